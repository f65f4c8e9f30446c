"""Elliptic integrals of Legendre's form in the parameter m, Jacobi's elliptic functions, and Gauss's mean.

The textbook's derivatives in m are 0/0 at m = 0. Those of the complete integrals are hypergeometric functions, which
SciPy computes to full precision on the whole of m < 1; for the incomplete ones a series takes over near 0.
Sources: Abramowitz and Stegun 17.3.9 and 17.3.10; NIST DLMF 19.4 and 22.13.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.primitive import differentiable, primitive
from compgraph.rules.scipy_loading import scipy_special
from compgraph.rules.scipy_special.declaring import several

__all__ = ["ellipem1"]

special = scipy_special()

# ------------------------------------------------------------------------------------------------------------- complete


def _vjp_ellipem1(grad: Any, out: Any, p: Any) -> Any:
    low = p < 0.5
    small = np.where(low, p, 0.25)
    near = (special.ellipkm1(small) - np.where(low, out, 1.0)) / (2 * (1 - small))
    return grad * np.where(low, near, math.pi / 8 * special.hyp2f1(0.5, 1.5, 2.0, 1 - np.where(low, 1.0, p)))


@differentiable(_vjp_ellipem1, domain=(0.2, 2))
def ellipem1(p: Any) -> Any:
    """E(1 - p), with a derivative that keeps its digits near p = 0, where 1 - p has none of p's left.

    >>> float(ellipem1(0.0))
    1.0

    Args:
        p: any shape; a number, an array or a node.
    """
    return special.ellipe(1 - p)


def _ellipkm1_slope(p: Any) -> Any:
    """The derivative of K(1 - p) in p."""
    low = p < 0.5
    small = np.where(low, p, 0.25)
    near = (ellipem1(small) - small * special.ellipkm1(small)) / (2 * small * (1 - small))
    return -np.where(low, near, math.pi / 8 * special.hyp2f1(1.5, 1.5, 2.0, 1 - np.where(low, 1.0, p)))


primitive(
    special.ellipk, lambda grad, out, m: grad * (math.pi / 8 * special.hyp2f1(1.5, 1.5, 2.0, m)), domain=(-2, 0.8)
)
primitive(
    special.ellipe, lambda grad, out, m: -grad * (math.pi / 8 * special.hyp2f1(0.5, 1.5, 2.0, m)), domain=(-2, 0.8)
)
primitive(special.ellipkm1, lambda grad, out, p: grad * _ellipkm1_slope(p), domain=(0.2, 2))


def _vjp_agm(grad: Any, out: Any, a: Any, b: Any) -> Any:
    """From agm(a, b) = π/4 (a + b) / K(1 - p) with p = 4ab / (a + b)²."""
    total = a + b
    p = 4 * (a / total) * (b / total)
    change = _ellipkm1_slope(p) / special.ellipkm1(p) * (4 * (b / total) * ((b - a) / total))
    return grad * out / total * (1 - change)


primitive(
    special.agm,
    _vjp_agm,
    lambda grad, out, a, b: _vjp_agm(grad, out, b, a),
    domain=(0.3, 3),
)

# ----------------------------------------------------------------------------------------------------------- incomplete

SMALL = 0.01
TERMS = 9


def _series(phi: Any, m: Any, power: float) -> Any:
    """½ ∫₀^φ sin²θ (1 - m sin²θ)^-power dθ where m is small, by powers of m."""
    sine, cosine = np.sin(phi), np.cos(phi)
    integral, coefficient, total = phi, 0.5, 0.0
    for k in range(TERMS):  # the integral of sin²ᵏ gives that of sin²ᵏ⁺²
        integral = ((2 * k + 1) * integral - sine ** (2 * k + 1) * cosine) / (2 * k + 2)
        total = total + coefficient * m**k * integral
        coefficient *= (power + k) / (k + 1)
    return total


def _split(m: Any) -> tuple[Any, Any, Any]:
    """Where m is small; m there, 0 elsewhere; m elsewhere, 1/2 there."""
    small = np.abs(m) < SMALL
    return small, np.where(small, m, 0.0), np.where(small, 0.5, m)


def _slope_of_f(phi: Any, m: Any, f: Any) -> Any:
    """The derivative in m of F(φ | m), whose value is f."""
    small, near, away = _split(m)
    root = np.sqrt(1 - away * np.sin(phi) ** 2)
    e = special.ellipeinc(phi, away)
    slope = (e / (1 - away) - f) / (2 * away) - np.sin(2 * phi) / (4 * (1 - away) * root)
    return np.where(small, _series(phi, near, 1.5), slope)


def _slope_of_e(phi: Any, m: Any, e: Any) -> Any:
    """The derivative in m of E(φ | m), whose value is e."""
    small, near, away = _split(m)
    return np.where(small, -_series(phi, near, 0.5), (e - special.ellipkinc(phi, away)) / (2 * away))


primitive(
    special.ellipkinc,
    lambda grad, out, phi, m: grad / np.sqrt(1 - m * np.sin(phi) ** 2),
    lambda grad, out, phi, m: grad * _slope_of_f(phi, m, out),
    domain=((-2, 2), (-0.8, 0.8)),
)
primitive(
    special.ellipeinc,
    lambda grad, out, phi, m: grad * np.sqrt(1 - m * np.sin(phi) ** 2),
    lambda grad, out, phi, m: grad * _slope_of_e(phi, m, out),
    domain=((-2, 2), (-0.8, 0.8)),
)

# ------------------------------------------------------------------------------------------ Jacobi's elliptic functions


def _slope_of_am(u: Any, m: Any) -> Any:
    """The derivative in m of the amplitude φ, from F(φ | m) = u."""
    _, _, dn, phi = special.ellipj(u, m)
    return -dn * _slope_of_f(phi, m, u)


def _vjp_sn(grad: Any, out: Any, u: Any, m: Any) -> Any:
    _, cn, dn, _ = special.ellipj(u, m)
    return grad * cn * dn


def _vjp_cn(grad: Any, out: Any, u: Any, m: Any) -> Any:
    sn, _, dn, _ = special.ellipj(u, m)
    return -grad * sn * dn


def _vjp_dn(grad: Any, out: Any, u: Any, m: Any) -> Any:
    sn, cn, _, _ = special.ellipj(u, m)
    return -grad * m * sn * cn


def _vjp_dn_m(grad: Any, out: Any, u: Any, m: Any) -> Any:
    sn, cn, _, _ = special.ellipj(u, m)
    return -grad * sn * (sn / 2 + m * cn * _slope_of_am(u, m)) / out


several(
    special.ellipj,
    "u m",
    {
        "sn": {"u": _vjp_sn, "m": lambda grad, out, u, m: grad * special.ellipj(u, m)[1] * _slope_of_am(u, m)},
        "cn": {"u": _vjp_cn, "m": lambda grad, out, u, m: -grad * special.ellipj(u, m)[0] * _slope_of_am(u, m)},
        "dn": {"u": _vjp_dn, "m": _vjp_dn_m},
        "ph": {
            "u": lambda grad, out, u, m: grad * special.ellipj(u, m)[2],
            "m": lambda grad, out, u, m: grad * _slope_of_am(u, m),
        },
    },
    domain=((-1.5, 1.5), (0.1, 0.8)),
)
