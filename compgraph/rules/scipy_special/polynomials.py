"""Hypergeometric functions and orthogonal polynomials: derivatives in the argument, of any order.

Each derivative is a function of the same kind with shifted parameters. Those in the parameters have no closed form.
Sources: Abramowitz and Stegun 13.4.8, 13.4.21, 15.2.1 and 22.5; NIST DLMF 14.10.5 and 18.9.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.rules.scipy_loading import scipy_special
from compgraph.rules.scipy_special.declaring import partly
from compgraph.unknown import possible

__all__: list[str] = []

special = scipy_special()

# ------------------------------------------------------------------------------------------------------- hypergeometric

PARAMETERS = "the derivative of a hypergeometric function in its parameters has no closed form"
partly(
    special.hyp0f1,
    "v z",
    z=lambda grad, out, z, v: grad * special.hyp0f1(v + 1, z) / v,
    domain=(-2, 2),
    constants=({"v": 1.5},),
    why=PARAMETERS,
)
partly(
    special.hyp1f1,
    "a b x",
    x=lambda grad, out, x, a, b: grad * special.hyp1f1(a + 1, b + 1, x) * (a / b),
    domain=(-2, 2),
    constants=({"a": 0.7, "b": 1.9},),
    why=PARAMETERS,
)
partly(
    special.hyp2f1,
    "a b c z",
    z=lambda grad, out, z, a, b, c: grad * special.hyp2f1(a + 1, b + 1, c + 1, z) * (a * b / c),
    domain=(-0.7, 0.7),
    constants=({"a": 0.7, "b": 1.2, "c": 1.9},),
    why=PARAMETERS,
)
partly(
    special.hyperu,
    "a b x",
    x=lambda grad, out, x, a, b: -grad * a * special.hyperu(a + 1, b + 1, x),
    domain=(0.5, 3),
    constants=({"a": 0.7, "b": 1.3},),
    why=PARAMETERS,
)

# ----------------------------------------------------------------------------------------------- orthogonal polynomials

DEGREE = "the derivative of a polynomial in its degree or its parameters has no closed form"
DEGREES = ({"n": 0}, {"n": 1}, {"n": 4})


def _below(n: Any) -> Any:
    """The degree of the derivative; 0 for that of a constant."""
    return np.where(np.equal(n, 0), 0, np.subtract(n, 1))[()]


def _unless_constant(n: Any, slope: Any) -> Any:
    """A derivative that is 0 where the degree is 0."""
    return np.where(np.equal(n, 0), 0.0, slope) if possible(np.equal(n, 0)) else slope


def _jacobi_slope(n: Any, alpha: Any, beta: Any, x: Any) -> Any:
    slope = special.eval_jacobi(_below(n), alpha + 1, beta + 1, x) * ((n + alpha + beta + 1) / 2)
    return _unless_constant(n, slope)


def _gegenbauer_slope(n: Any, alpha: Any, x: Any) -> Any:
    return _unless_constant(n, special.eval_gegenbauer(_below(n), alpha + 1, x) * (2 * alpha))


partly(
    special.eval_jacobi,
    "n alpha beta x",
    x=lambda grad, out, x, n, alpha, beta: grad * _jacobi_slope(n, alpha, beta, x),
    domain=(-1, 1),
    constants=tuple([{**degree, "alpha": 0.7, "beta": 1.2} for degree in DEGREES]),
    why=DEGREE,
)
partly(
    special.eval_sh_jacobi,
    "n p q x",
    x=lambda grad, out, x, n, p, q: (
        grad * (2 * _jacobi_slope(n, p - q, q - 1, 2 * x - 1)) / special.binom(2 * n + p - 1, n)
    ),
    domain=(0, 1),
    constants=tuple([{**degree, "p": 2.5, "q": 1.2} for degree in DEGREES]),
    why=DEGREE,
)
partly(
    special.eval_gegenbauer,
    "n alpha x",
    x=lambda grad, out, x, n, alpha: grad * _gegenbauer_slope(n, alpha, x),
    domain=(-1, 1),
    constants=tuple([{**degree, "alpha": 0.7} for degree in DEGREES]),
    why=DEGREE,
)
partly(
    special.eval_legendre,
    "n x",
    x=lambda grad, out, x, n: grad * _jacobi_slope(n, 0.0, 0.0, x),
    domain=(-1, 1),
    constants=DEGREES,
    why=DEGREE,
)
partly(
    special.eval_sh_legendre,
    "n x",
    x=lambda grad, out, x, n: grad * (2 * _jacobi_slope(n, 0.0, 0.0, 2 * x - 1)),
    domain=(0, 1),
    constants=DEGREES,
    why=DEGREE,
)
partly(
    special.eval_chebyt,
    "n x",
    x=lambda grad, out, x, n: grad * n * special.eval_chebyu(_below(n), x),
    domain=(-1, 1),
    constants=DEGREES,
    why=DEGREE,
)
partly(
    special.eval_chebyu,
    "n x",
    x=lambda grad, out, x, n: grad * _gegenbauer_slope(n, 1.0, x),
    domain=(-1, 1),
    constants=DEGREES,
    why=DEGREE,
)
partly(
    special.eval_chebyc,  # 2 Tₙ(x/2)
    "n x",
    x=lambda grad, out, x, n: grad * n * special.eval_chebyu(_below(n), x / 2),
    domain=(-2, 2),
    constants=DEGREES,
    why=DEGREE,
)
partly(
    special.eval_chebys,  # Uₙ(x/2)
    "n x",
    x=lambda grad, out, x, n: grad * (_gegenbauer_slope(n, 1.0, x / 2) / 2),
    domain=(-2, 2),
    constants=DEGREES,
    why=DEGREE,
)
partly(
    special.eval_sh_chebyt,
    "n x",
    x=lambda grad, out, x, n: grad * (2 * n) * special.eval_chebyu(_below(n), 2 * x - 1),
    domain=(0, 1),
    constants=DEGREES,
    why=DEGREE,
)
partly(
    special.eval_sh_chebyu,
    "n x",
    x=lambda grad, out, x, n: grad * (2 * _gegenbauer_slope(n, 1.0, 2 * x - 1)),
    domain=(0, 1),
    constants=DEGREES,
    why=DEGREE,
)
partly(
    special.eval_laguerre,
    "n x",
    x=lambda grad, out, x, n: -grad * _unless_constant(n, special.eval_genlaguerre(_below(n), 1.0, x)),
    domain=(0, 3),
    constants=DEGREES,
    why=DEGREE,
)
partly(
    special.eval_genlaguerre,
    "n alpha x",
    x=lambda grad, out, x, n, alpha: -grad * _unless_constant(n, special.eval_genlaguerre(_below(n), alpha + 1, x)),
    domain=(0, 3),
    constants=tuple([{**degree, "alpha": 0.7} for degree in DEGREES]),
    why=DEGREE,
)
partly(
    special.eval_hermite,
    "n x",
    x=lambda grad, out, x, n: grad * (2 * n) * special.eval_hermite(_below(n), x),
    domain=(-1.5, 1.5),
    constants=DEGREES,
    why=DEGREE,
)
partly(
    special.eval_hermitenorm,
    "n x",
    x=lambda grad, out, x, n: grad * n * special.eval_hermitenorm(_below(n), x),
    domain=(-1.5, 1.5),
    constants=DEGREES,
    why=DEGREE,
)
if hasattr(special, "lpmv"):
    partly(
        special.lpmv,
        "m v x",
        x=lambda grad, out, x, m, v: grad * ((v + m) * special.lpmv(m, v - 1, x) - v * x * out) / ((1 - x) * (1 + x)),
        domain=(-0.8, 0.8),
        constants=({"m": 0, "v": 2}, {"m": 1, "v": 3}, {"m": 2, "v": 2}),
        why=DEGREE,
    )
