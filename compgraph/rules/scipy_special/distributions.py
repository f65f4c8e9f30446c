"""Cumulative distribution functions and their inverses: derivatives where the variable is, by the density.

The derivatives in degrees of freedom and other shapes have no closed form. Source: Abramowitz and Stegun, chapter 26.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.rules.scipy_loading import scipy_special
from compgraph.rules.scipy_special.declaring import partly
from compgraph.rules.scipy_special.gamma import beta_density, gamma_density
from compgraph.unknown import possible

__all__: list[str] = []

special = scipy_special()

WHY = "the derivative of a distribution in its shape has no closed form"

# ---------------------------------------------------------------------------------------------------- binomial, Poisson


def _binomial(k: Any, n: Any, p: Any) -> Any:
    """The derivative of bdtrc(k, n, p) in p."""
    return beta_density(np.floor(k) + 1, n - np.floor(k), p)


def _poisson(k: Any, m: Any) -> Any:
    """The derivative of pdtrc(k, m) in m."""
    return gamma_density(np.floor(k) + 1, m)


# of 64 bits: of Python's numbers SciPy makes float32 beside a float32, and warns that n is no whole number then
COUNTS = ({"k": np.int64(1), "n": np.int64(4)}, {"k": np.int64(2), "n": np.int64(5)})
partly(
    special.bdtr,
    "k n p",
    p=lambda grad, out, p, k, n: -grad * _binomial(k, n, p),
    domain=(0.2, 0.8),
    constants=COUNTS,
    why=WHY,
)
partly(
    special.bdtrc,
    "k n p",
    p=lambda grad, out, p, k, n: grad * _binomial(k, n, p),
    domain=(0.2, 0.8),
    constants=COUNTS,
    why=WHY,
)
partly(
    special.bdtri,
    "k n y",
    y=lambda grad, out, y, k, n: -grad / _binomial(k, n, out),
    domain=(0.2, 0.8),
    constants=COUNTS,
    why=WHY,
)
partly(
    special.nbdtr,
    "k n p",
    p=lambda grad, out, p, k, n: grad * beta_density(n, k + 1, p),
    domain=(0.2, 0.8),
    constants=COUNTS,
    why=WHY,
)
partly(
    special.nbdtrc,
    "k n p",
    p=lambda grad, out, p, k, n: -grad * beta_density(n, k + 1, p),
    domain=(0.2, 0.8),
    constants=COUNTS,
    why=WHY,
)
partly(
    special.nbdtri,
    "k n y",
    y=lambda grad, out, y, k, n: grad / beta_density(n, k + 1, out),
    domain=(0.2, 0.8),
    constants=COUNTS,
    why=WHY,
)
KS = ({"k": 0}, {"k": 3})
partly(
    special.pdtr,
    "k m",
    m=lambda grad, out, m, k: -grad * _poisson(k, m),
    domain=(0.5, 4),
    constants=KS,
    why=WHY,
)
partly(
    special.pdtrc,
    "k m",
    m=lambda grad, out, m, k: grad * _poisson(k, m),
    domain=(0.5, 4),
    constants=KS,
    why=WHY,
)
partly(
    special.pdtri,
    "k y",
    y=lambda grad, out, y, k: -grad / _poisson(k, out),
    domain=(0.2, 0.8),
    constants=KS,
    why=WHY,
)

# --------------------------------------------------------------------------------------------------------- gamma and χ²

partly(
    special.gdtr,
    "a b x",
    a=lambda grad, out, a, x, b: grad * x * gamma_density(b, a * x),
    x=lambda grad, out, a, x, b: grad * a * gamma_density(b, a * x),
    domain=((0.3, 0.9), (1, 3)),
    constants=({"b": 0.7}, {"b": 2.5}),
    why=WHY,
)
partly(
    special.gdtrc,
    "a b x",
    a=lambda grad, out, a, x, b: -grad * x * gamma_density(b, a * x),
    x=lambda grad, out, a, x, b: -grad * a * gamma_density(b, a * x),
    domain=((0.3, 0.9), (1, 3)),
    constants=({"b": 0.7}, {"b": 2.5}),
    why=WHY,
)
partly(
    special.gdtrix,  # the x for which gdtr(a, b, x) = p
    "a b p",
    a=lambda grad, out, a, p, b: -grad * out / a,
    p=lambda grad, out, a, p, b: grad / (a * gamma_density(b, a * out)),
    domain=((1, 2), (0.2, 0.8)),
    constants=({"b": 0.7}, {"b": 2.5}),
    why=WHY,
)
partly(
    special.gdtria,  # the a for which gdtr(a, b, x) = p
    "p b x",
    p=lambda grad, out, p, x, b: grad / (x * gamma_density(b, out * x)),
    x=lambda grad, out, p, x, b: -grad * out / x,
    domain=((0.2, 0.8), (1, 2)),
    constants=({"b": 0.7}, {"b": 2.5}),
    why=WHY,
)
FREEDOM = ({"v": 1.5}, {"v": 4})


def _chi_squared(v: Any, x: Any) -> Any:
    return gamma_density(v / 2, x / 2) / 2


partly(
    special.chdtr,
    "v x",
    x=lambda grad, out, x, v: grad * _chi_squared(v, x),
    domain=(0.5, 5),
    constants=FREEDOM,
    why=WHY,
)
partly(
    special.chdtrc,
    "v x",
    x=lambda grad, out, x, v: -grad * _chi_squared(v, x),
    domain=(0.5, 5),
    constants=FREEDOM,
    why=WHY,
)
partly(
    special.chdtri,
    "v p",
    p=lambda grad, out, p, v: -grad / _chi_squared(v, out),
    domain=(0.2, 0.8),
    constants=FREEDOM,
    why=WHY,
)

# -------------------------------------------------------------------------------------------------------------- F and t


def _f(dfn: Any, dfd: Any, x: Any) -> Any:
    a, b, ratio = dfn / 2, dfd / 2, dfn / dfd
    return np.exp(a * np.log(ratio) + special.xlogy(a - 1, x) - (a + b) * np.log1p(ratio * x) - special.betaln(a, b))


TWO_FREEDOMS = ({"dfn": 1.5, "dfd": 4}, {"dfn": 5, "dfd": 3})
partly(
    special.fdtr,
    "dfn dfd x",
    x=lambda grad, out, x, dfn, dfd: grad * _f(dfn, dfd, x),
    domain=(0.3, 3),
    constants=TWO_FREEDOMS,
    why=WHY,
)
partly(
    special.fdtrc,
    "dfn dfd x",
    x=lambda grad, out, x, dfn, dfd: -grad * _f(dfn, dfd, x),
    domain=(0.3, 3),
    constants=TWO_FREEDOMS,
    why=WHY,
)
partly(
    special.fdtri,
    "dfn dfd p",
    p=lambda grad, out, p, dfn, dfd: grad / _f(dfn, dfd, out),
    domain=(0.2, 0.7),
    constants=TWO_FREEDOMS,
    why=WHY,
)


def _t(df: Any, t: Any) -> Any:
    """Student's density; of infinitely many degrees of freedom the normal one."""
    normal = np.isinf(df)
    finite = np.where(normal, 1.0, df)
    student = np.exp(-(finite + 1) / 2 * np.log1p(t**2 / finite) - special.betaln(0.5, finite / 2)) / np.sqrt(finite)
    if not possible(normal):
        return student
    return np.where(normal, np.exp(-(t**2) / 2) / math.sqrt(2 * math.pi), student)


partly(
    special.stdtr,
    "df t",
    t=lambda grad, out, t, df: grad * _t(df, t),
    domain=(-3, 3),
    constants=({"df": 1.5}, {"df": 6}),
    why=WHY,
)
partly(
    special.stdtrit,
    "df p",
    p=lambda grad, out, p, df: grad / _t(df, out),
    domain=(0.15, 0.85),
    constants=({"df": 1.5}, {"df": 6}),
    why=WHY,
)
