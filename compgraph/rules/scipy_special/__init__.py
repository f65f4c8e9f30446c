"""Declarations for the functions of ``scipy.special``, a module per family; importing this package fills the registry.

Nothing imports it but :func:`compgraph.rules.scipy_loading.load_scipy_rules`, and that only once SciPy has been
imported by somebody else. Inside, ``special`` is what that module's ``scipy_special()`` returns and not an import
statement: an optional package is imported inside functions only, so that the base install works without it.
"""

from compgraph.rules.scipy_special import (
    bessel,
    declaring,
    distributions,
    elliptic,
    error_functions,
    gamma,
    integrals,
    logarithms,
    polynomials,
    refused,
)

__all__ = [
    "bessel",
    "declaring",
    "distributions",
    "elliptic",
    "error_functions",
    "gamma",
    "integrals",
    "logarithms",
    "polynomials",
    "refused",
]
