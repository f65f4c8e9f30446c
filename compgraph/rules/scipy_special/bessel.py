"""Bessel functions and their relatives: derivatives in the argument, of any order, by the recurrences between orders.

The derivatives in the order have no closed form. Sources: Abramowitz and Stegun 9.1.27, 9.6.26, 9.9.1, 12.1.9, 12.2.4;
NIST DLMF 10.46 for Wright's function.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.primitive import primitive
from compgraph.rules.scipy_loading import scipy_special
from compgraph.rules.scipy_special.declaring import partly, real

__all__: list[str] = []

special = scipy_special()

WHY = "the derivative of a Bessel function in its order has no closed form"
ORDERS = ({"v": 0}, {"v": 1}, {"v": 2.5})
WHOLE = ({"n": 0}, {"n": 1}, {"n": 3})

# ------------------------------------------------------------------------------------------------------------ any order

partly(
    special.jv,
    "v z",
    z=lambda grad, out, z, v: grad * (special.jv(v - 1, z) - special.jv(v + 1, z)) / 2,
    domain=(0.3, 6),
    constants=ORDERS,
    why=WHY,
)
partly(
    special.yv,
    "v z",
    z=lambda grad, out, z, v: grad * (special.yv(v - 1, z) - special.yv(v + 1, z)) / 2,
    domain=(0.8, 6),
    constants=ORDERS,
    why=WHY,
)
partly(
    special.iv,
    "v z",
    z=lambda grad, out, z, v: grad * (special.iv(v - 1, z) + special.iv(v + 1, z)) / 2,
    domain=(0.3, 4),
    constants=ORDERS,
    why=WHY,
)
partly(
    special.kv,
    "v z",
    z=lambda grad, out, z, v: -grad * (special.kv(v - 1, z) + special.kv(v + 1, z)) / 2,
    domain=(0.8, 4),
    constants=ORDERS,
    why=WHY,
)
if special.jn is not special.jv:
    partly(
        special.jn,
        "n z",
        z=lambda grad, out, z, n: grad * (special.jv(n - 1, z) - special.jv(n + 1, z)) / 2,
        domain=(0.3, 6),
        constants=WHOLE,
        why=WHY,
    )
partly(
    special.yn,
    "n x",
    x=lambda grad, out, x, n: grad * (special.yn(n - 1, x) - special.yn(n + 1, x)) / 2,
    domain=(0.8, 6),
    constants=WHOLE,
    why=WHY,
)
partly(
    special.kn,
    "n x",
    x=lambda grad, out, x, n: -grad * (special.kn(np.abs(n - 1), x) + special.kn(n + 1, x)) / 2,
    domain=(0.8, 4),
    constants=WHOLE,
    why=WHY,
)

# Times exp(-|Im z|), exp(-|z|) and exp(z); of a real argument the first is no scaling.
partly(
    special.jve,
    "v z",
    z=lambda grad, out, z, v: grad * (special.jve(v - 1, real(z, "jve")) - special.jve(v + 1, z)) / 2,
    domain=(0.3, 6),
    constants=ORDERS,
    why=WHY,
)
partly(
    special.yve,
    "v z",
    z=lambda grad, out, z, v: grad * (special.yve(v - 1, real(z, "yve")) - special.yve(v + 1, z)) / 2,
    domain=(0.8, 6),
    constants=ORDERS,
    why=WHY,
)
partly(
    special.ive,
    "v z",
    z=lambda grad, out, z, v: (
        grad * ((special.ive(v - 1, z) + special.ive(v + 1, z)) / 2 - np.sign(real(z, "ive")) * out)
    ),
    domain=(0.3, 4),
    constants=ORDERS,
    why=WHY,
)
partly(
    special.kve,
    "v z",
    z=lambda grad, out, z, v: grad * (out - (special.kve(v - 1, z) + special.kve(v + 1, z)) / 2),
    domain=(0.8, 4),
    constants=ORDERS,
    why=WHY,
)

# ------------------------------------------------------------------------------------------------------- orders 0 and 1

primitive(special.j0, lambda grad, out, x: -grad * special.j1(x), domain=(-6, 6))
primitive(special.j1, lambda grad, out, x: grad * (special.j0(x) - special.jv(2, x)) / 2, domain=(-6, 6))
primitive(special.y0, lambda grad, out, x: -grad * special.y1(x), domain=(0.8, 6))
primitive(special.y1, lambda grad, out, x: grad * (special.y0(x) - special.yn(2, x)) / 2, domain=(0.8, 6))
primitive(special.i0, lambda grad, out, x: grad * special.i1(x), domain=(-3, 3), name="special.i0")
primitive(special.i1, lambda grad, out, x: grad * (special.i0(x) + special.iv(2, x)) / 2, domain=(-3, 3))
primitive(special.k0, lambda grad, out, x: -grad * special.k1(x), domain=(0.8, 4))
primitive(special.k1, lambda grad, out, x: -grad * (special.k0(x) + special.kn(2, x)) / 2, domain=(0.8, 4))
primitive(special.i0e, lambda grad, out, x: grad * (special.i1e(x) - np.sign(x) * out), domain=(-3, 3), kinks=(0.0,))
primitive(
    special.i1e,
    lambda grad, out, x: grad * ((special.i0e(x) + special.ive(2, x)) / 2 - np.sign(x) * out),
    domain=(-3, 3),
    kinks=(0.0,),
)
primitive(special.k0e, lambda grad, out, x: grad * (out - special.k1e(x)), domain=(0.8, 4))
primitive(special.k1e, lambda grad, out, x: grad * (out - (special.k0e(x) + special.kve(2, x)) / 2), domain=(0.8, 4))

# ----------------------------------------------------------------------------------------------------- Kelvin functions


def _over(y: Any, x: Any, limit: float) -> Any:
    """y / x, and its limit where x is 0."""
    return np.where(x == 0, limit, y / np.where(x == 0, 1.0, x))


# ber + i bei solves y'' + y'/x - i y = 0, and so does ker + i kei.
primitive(special.ber, lambda grad, out, x: grad * special.berp(x), domain=(0.3, 4))
primitive(special.bei, lambda grad, out, x: grad * special.beip(x), domain=(0.3, 4))
primitive(special.ker, lambda grad, out, x: grad * special.kerp(x), domain=(0.8, 4))
primitive(special.kei, lambda grad, out, x: grad * special.keip(x), domain=(0.8, 4))
primitive(special.berp, lambda grad, out, x: -grad * (special.bei(x) + _over(out, x, 0.0)), domain=(0.3, 4))
primitive(special.beip, lambda grad, out, x: grad * (special.ber(x) - _over(out, x, 0.5)), domain=(0.3, 4))
primitive(special.kerp, lambda grad, out, x: -grad * (special.kei(x) + out / x), domain=(0.8, 4))
primitive(special.keip, lambda grad, out, x: grad * (special.ker(x) - out / x), domain=(0.8, 4))

# ---------------------------------------------------------------------------------------------------- Struve and Wright


def _struve_source(v: Any, x: Any) -> Any:
    """(x/2)ᵛ / (√π Γ(v + 3/2)), what a Struve function's recurrence has beside a Bessel function's."""
    return np.power(x / 2, v) * special.rgamma(v + 1.5) / math.sqrt(math.pi)


partly(
    special.struve,
    "v x",
    x=lambda grad, out, x, v: grad * (special.struve(v - 1, x) - special.struve(v + 1, x) + _struve_source(v, x)) / 2,
    domain=(0.5, 5),
    constants=ORDERS,
    why=WHY,
)
partly(
    special.modstruve,
    "v x",
    x=lambda grad, out, x, v: (
        grad * (special.modstruve(v - 1, x) + special.modstruve(v + 1, x) + _struve_source(v, x)) / 2
    ),
    domain=(0.5, 4),
    constants=ORDERS,
    why=WHY,
)
primitive(special.itstruve0, lambda grad, out, x: grad * special.struve(0, x), domain=(0.5, 4))
primitive(special.itmodstruve0, lambda grad, out, x: grad * special.modstruve(0, x), domain=(0.5, 4))
primitive(special.it2struve0, lambda grad, out, x: -grad * special.struve(0, x) / x, domain=(0.5, 4))
WRIGHT = ({"a": 0.7, "b": 1.2}, {"a": 1.5, "b": 0.8})
partly(
    special.wright_bessel,
    "a b x",
    x=lambda grad, out, x, a, b: grad * special.wright_bessel(a, b + a, x),
    domain=(0.3, 3),
    constants=WRIGHT,
)
if hasattr(special, "log_wright_bessel"):  # since SciPy 1.14
    partly(
        special.log_wright_bessel,
        "a b x",
        x=lambda grad, out, x, a, b: grad * np.exp(special.log_wright_bessel(a, b + a, x) - out),
        domain=(0.3, 3),
        constants=WRIGHT,
    )
