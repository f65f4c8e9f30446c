"""The gamma function and what is made of it: beta, binomials, polygamma, and the incomplete integrals.

Source: Abramowitz and Stegun, chapter 6, and 26.5 for the incomplete beta function.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import primitive
from compgraph.rules.scipy_loading import scipy_special
from compgraph.rules.scipy_special.declaring import ANY, partly, ufunc_behind

__all__ = ["beta_density", "gamma_density"]

special = scipy_special()

digamma = special.digamma

# ----------------------------------------------------------------------------------------------------- gamma, polygamma


def rgamma_slope(x: Any) -> Any:
    """The derivative of 1/Γ(x), which is entire; by reflection below 1/2, where ψ has poles and 1/Γ zeros.

    >>> round(float(rgamma_slope(-3.0)), 12)
    -6.0
    """
    low = x < 0.5
    mirror = 1 - np.where(low, x, 0.0)
    turn = np.pi * np.where(low, x, 0.0)
    below = special.gamma(mirror) * (np.cos(turn) - np.sin(turn) * digamma(mirror) / np.pi)
    away = np.where(low, 1.0, x)
    return np.where(low, below, -special.rgamma(away) * digamma(away))[()]


primitive(special.gamma, lambda grad, out, x: grad * out * digamma(x), domain=(0.5, 4))
primitive(special.gammaln, lambda grad, out, x: grad * digamma(x), domain=(0.5, 4))
primitive(special.loggamma, lambda grad, out, x: grad * digamma(x), domain=(0.5, 4))
primitive(special.rgamma, lambda grad, out, x: grad * rgamma_slope(x), domain=(-2.5, 4))
primitive(special.gammasgn, None, domain=(-0.9, -0.1), exact=True)

# The derivative of ψ of order n is (-1)ⁿ⁺¹ n! ζ(n+1, x), and that of ζ(s, q) in q is -s ζ(s+1, q): one rule for all.
primitive(special.digamma, lambda grad, out, x: grad * special.zeta(2, x), domain=(0.5, 4))
if special.psi is not special.digamma:
    primitive(special.psi, lambda grad, out, x: grad * special.zeta(2, x), domain=(0.5, 4))
partly(
    ufunc_behind(special.zeta, 2.0, ANY),
    "x q",
    q=lambda grad, out, q, x: -grad * x * special.zeta(x + 1, q),
    domain=(0.5, 4),
    constants=({"x": 2}, {"x": 3.5}),
)

# ------------------------------------------------------------------------------------------------------ beta, binomials

primitive(
    special.beta,
    lambda grad, out, a, b: grad * out * (digamma(a) - digamma(a + b)),
    lambda grad, out, a, b: grad * out * (digamma(b) - digamma(a + b)),
    domain=(0.5, 4),
)
primitive(
    special.betaln,
    lambda grad, out, a, b: grad * (digamma(a) - digamma(a + b)),
    lambda grad, out, a, b: grad * (digamma(b) - digamma(a + b)),
    domain=(0.5, 4),
)


def _vjp_binom_n(grad: Any, out: Any, n: Any, k: Any) -> Any:
    # Where n - k + 1 is 0, -1, ... the binomial is 0, and its derivative that of 1/Γ.
    zero, away = _at_a_zero(n - k + 1)
    limit = special.gamma(n + 1) * special.rgamma(k + 1) * rgamma_slope(n - k + 1)
    return grad * np.where(zero, limit, out * (digamma(n + 1) - digamma(away)))


def _vjp_binom_k(grad: Any, out: Any, n: Any, k: Any) -> Any:
    zero, away = _at_a_zero(n - k + 1)
    low, above = _at_a_zero(k + 1)
    limit = special.gamma(n + 1) * np.where(
        low, rgamma_slope(k + 1) * special.rgamma(n - k + 1), -special.rgamma(k + 1) * rgamma_slope(n - k + 1)
    )
    return grad * np.where(zero | low, limit, out * (digamma(away) - digamma(above)))


def _at_a_zero(x: Any) -> tuple[Any, Any]:
    """Where 1/Γ(x) is zero, and the same numbers with 1 in those places."""
    zero = (x <= 0) & (x == np.floor(x))
    return zero, np.where(zero, 1.0, x)


primitive(special.binom, _vjp_binom_n, _vjp_binom_k, domain=((3.2, 5), (0.4, 2)))


def _vjp_poch_z(grad: Any, out: Any, z: Any, m: Any) -> Any:
    zero, away = _at_a_zero(z)
    end = np.where(zero, 1.0, z + m)
    limit = special.gamma(np.where(zero, z + m, 1.0)) * rgamma_slope(z)
    return grad * np.where(zero, limit, out * (digamma(end) - digamma(away)))


primitive(
    special.poch,
    _vjp_poch_z,
    lambda grad, out, z, m: grad * out * digamma(z + m),
    domain=((0.5, 3), (0.4, 2)),
)

# ------------------------------------------------------------------------------------------------- incomplete integrals


def gamma_density(a: Any, x: Any) -> Any:
    """xᵃ⁻¹ e⁻ˣ / Γ(a), the derivative of scipy.special.gammainc in x.

    >>> float(gamma_density(1.0, 0.0))
    1.0
    """
    return np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """xᵃ⁻¹ (1-x)ᵇ⁻¹ / B(a, b), the derivative of scipy.special.betainc in x.

    >>> float(beta_density(1.0, 1.0, 0.0))
    1.0
    """
    return np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b))


SHAPES = ({"a": 0.7}, {"a": 2.5})
partly(
    special.gammainc,
    "a x",
    x=lambda grad, out, x, a: grad * gamma_density(a, x),
    domain=(0.3, 4),
    constants=SHAPES,
)
partly(
    special.gammaincc,
    "a x",
    x=lambda grad, out, x, a: -grad * gamma_density(a, x),
    domain=(0.3, 4),
    constants=SHAPES,
)
partly(
    special.gammaincinv,
    "a y",
    y=lambda grad, out, y, a: grad / gamma_density(a, out),
    domain=(0.1, 0.9),
    constants=SHAPES,
)
partly(
    special.gammainccinv,
    "a y",
    y=lambda grad, out, y, a: -grad / gamma_density(a, out),
    domain=(0.1, 0.9),
    constants=SHAPES,
)
TWO_SHAPES = ({"a": 0.7, "b": 1.5}, {"a": 2.5, "b": 3})
partly(
    special.betainc,
    "a b x",
    x=lambda grad, out, x, a, b: grad * beta_density(a, b, x),
    domain=(0.1, 0.9),
    constants=TWO_SHAPES,
)
partly(
    special.betaincinv,
    "a b y",
    y=lambda grad, out, y, a, b: grad / beta_density(a, b, out),
    domain=(0.15, 0.85),
    constants=TWO_SHAPES,
)
if hasattr(special, "betaincc"):  # since SciPy 1.11
    partly(
        special.betaincc,
        "a b x",
        x=lambda grad, out, x, a, b: -grad * beta_density(a, b, x),
        domain=(0.1, 0.9),
        constants=TWO_SHAPES,
    )
    partly(
        special.betainccinv,
        "a b y",
        y=lambda grad, out, y, a, b: -grad / beta_density(a, b, out),
        domain=(0.15, 0.85),
        constants=TWO_SHAPES,
    )
