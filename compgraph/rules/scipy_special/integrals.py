"""Functions that are integrals of elementary ones, and the functions of Airy and of the parabolic cylinder.

Sources: Abramowitz and Stegun, chapters 5, 7.3, 10.4 and 19.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.primitive import primitive
from compgraph.rules.scipy_loading import scipy_special
from compgraph.rules.scipy_special.declaring import partly, real, several

__all__: list[str] = []

special = scipy_special()

# ------------------------------------------------------------------------------------------------ exponential integrals

primitive(special.expi, lambda grad, out, x: grad * np.exp(x) / x, domain=(0.3, 3))
primitive(special.exp1, lambda grad, out, x: -grad * np.exp(-x) / x, domain=(0.3, 3))


def _vjp_expn(grad: Any, out: Any, x: Any, n: Any) -> Any:
    # Eₙ' = -Eₙ₋₁, and E₋₁, which SciPy does not have, by x Eₙ₋₁ = e⁻ˣ - (n-1) Eₙ; for larger n that would cancel.
    n = np.asarray(n)
    return -grad * np.where(n <= 1, (np.exp(-x) - (n - 1) * out) / x, special.expn(np.maximum(n - 1, 0), x))


partly(
    special.expn,
    "n x",
    x=_vjp_expn,
    domain=(0.3, 3),
    constants=({"n": 0}, {"n": 1}, {"n": 2}, {"n": 4}),
    why="its order is a whole number",
)

# --------------------------------------------------------------------------------- sine, cosine and Fresnel's integrals


def _sinhc(x: Any) -> Any:
    """sinh(x) / x, which is 1 at 0."""
    return (special.exprel(x) + special.exprel(-x)) / 2


several(
    special.sici,
    "x",
    {
        "Si": {"x": lambda grad, out, x: grad * np.sinc(x / math.pi)},
        "Ci": {"x": lambda grad, out, x: grad * np.cos(x) / x},
    },
    domain=(0.3, 6),
)
several(
    special.shichi,
    "x",
    {
        "Shi": {"x": lambda grad, out, x: grad * _sinhc(x)},
        "Chi": {"x": lambda grad, out, x: grad * np.cosh(x) / x},
    },
    domain=(0.3, 3),
)
several(
    special.fresnel,
    "z",
    {
        "S": {"z": lambda grad, out, z: grad * np.sin(math.pi / 2 * z**2)},
        "C": {"z": lambda grad, out, z: grad * np.cos(math.pi / 2 * z**2)},
    },
    domain=(-1.5, 1.5),
)

# ---------------------------------------------------------------------------------------- integrals of Bessel functions


def _per_argument(numerator: Any, x: Any) -> Any:
    """The numerator / x, and 0, its limit here, where x is 0."""
    return np.where(x == 0, 0.0, numerator / np.where(x == 0, 1.0, x))


several(
    special.itj0y0,
    "x",
    {
        "J": {"x": lambda grad, out, x: grad * special.j0(x)},
        "Y": {"x": lambda grad, out, x: grad * special.y0(x)},
    },
    domain=(0.5, 4),
)
several(
    special.iti0k0,
    "x",
    {
        "I": {"x": lambda grad, out, x: grad * special.i0(x)},
        "K": {"x": lambda grad, out, x: grad * special.k0(x)},
    },
    domain=(0.5, 4),
)
several(
    special.it2j0y0,  # ∫₀ˣ (1 - J₀(t)) / t dt and ∫ₓ^∞ Y₀(t) / t dt
    "x",
    {
        "J": {"x": lambda grad, out, x: grad * _per_argument(1 - special.j0(x), x)},
        "Y": {"x": lambda grad, out, x: -grad * special.y0(x) / x},
    },
    domain=(0.5, 4),
)
several(
    special.it2i0k0,  # ∫₀ˣ (I₀(t) - 1) / t dt and ∫ₓ^∞ K₀(t) / t dt
    "x",
    {
        "I": {"x": lambda grad, out, x: grad * _per_argument(special.i0(x) - 1, x)},
        "K": {"x": lambda grad, out, x: -grad * special.k0(x) / x},
    },
    domain=(0.5, 4),
)

# ----------------------------------------------------------------------------------------------------------------- Airy

several(
    special.airy,
    "z",
    {
        "Ai": {"z": lambda grad, out, z: grad * special.airy(z)[1]},
        "Aip": {"z": lambda grad, out, z: grad * z * special.airy(z)[0]},
        "Bi": {"z": lambda grad, out, z: grad * special.airy(z)[3]},
        "Bip": {"z": lambda grad, out, z: grad * z * special.airy(z)[2]},
    },
    domain=(-3, 2),
)


def _root(z: Any) -> Any:
    """√z where z is positive, and 0 elsewhere: the logarithmic derivative of airye's scaling."""
    positive = real(z, "airye") > 0
    return np.where(positive, np.sqrt(np.where(positive, z, 1.0)), 0.0)


# Ai times e^(2/3 z^(3/2)), which has real values for z >= 0 only; Bi times its inverse for z > 0.
several(
    special.airye,
    "z",
    {
        "eAi": {"z": lambda grad, out, z: grad * (special.airye(z)[1] + _root(z) * out)},
        "eAip": {"z": lambda grad, out, z: grad * (z * special.airye(z)[0] + _root(z) * out)},
        "eBi": {"z": lambda grad, out, z: grad * (special.airye(z)[3] - _root(z) * out)},
        "eBip": {"z": lambda grad, out, z: grad * (z * special.airye(z)[2] - _root(z) * out)},
    },
    domain=(0.5, 3),
)

# --------------------------------------------------------------------------------------------------- parabolic cylinder

several(
    special.pbdv,
    "v x",
    {
        "D": {"x": lambda grad, out, x, v: grad * special.pbdv(v, x)[1]},
        "Dp": {"x": lambda grad, out, x, v: grad * (x**2 / 4 - v - 0.5) * special.pbdv(v, x)[0]},
    },
    domain=(-2, 2),
    constants=({"v": 0.5}, {"v": 2}),
)
several(
    special.pbvv,
    "v x",
    {
        "V": {"x": lambda grad, out, x, v: grad * special.pbvv(v, x)[1]},
        "Vp": {"x": lambda grad, out, x, v: grad * (x**2 / 4 - v - 0.5) * special.pbvv(v, x)[0]},
    },
    domain=(0.3, 2),
    constants=({"v": 0.5}, {"v": 1.5}),
)
several(
    special.pbwa,
    "a x",
    {
        "W": {"x": lambda grad, out, x, a: grad * special.pbwa(a, x)[1]},
        "Wp": {"x": lambda grad, out, x, a: grad * (a - x**2 / 4) * special.pbwa(a, x)[0]},
    },
    domain=(-2, 2),
    constants=({"a": 0.5}, {"a": 2}),
)
