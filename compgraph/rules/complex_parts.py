"""Parts of complex numbers: real, imag, conjugate, angle.

The cotangent c of a complex number z is the number for which dL = Re(c dz), so c = ∂L/∂x - i ∂L/∂y for z = x + iy. With
that a holomorphic function's rule multiplies by its derivative, as a real one's does, and the engine takes the real
part for an input that is real. Source: docs/complex_numbers.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call, primitive
from compgraph.rules.composition import composed

__all__: list[str] = []


def _or_one(z: Any) -> Any:
    return np.where(z == 0, 1.0, z)


primitive(np.conjugate, lambda grad, out, x: np.conjugate(grad), domain=(-3, 3), exact=True)
primitive(np.real, lambda grad, out, val: grad, domain=(-3, 3), elementwise=True, exact=True, symbol="Re")
primitive(np.imag, lambda grad, out, val: grad * -1j, domain=(-3, 3), elementwise=True, exact=True, symbol="Im")
primitive(
    np.angle,
    lambda grad, out, z, deg=False: grad * (-180j / np.pi if deg else -1j) / _or_one(z) * (z != 0),
    domain=(0.3, 3),
    elementwise=True,
    calls=(call("ab"), call("ab", deg=True)),
)
composed(
    np.real_if_close,
    lambda a, tol=100: np.real(a) if np.isrealobj(np.real_if_close(_value(a), tol)) else a,
    domain=(-3, 3),
    calls=(call("ab"),),
)


def _value(x: Any) -> Any:
    return getattr(x, "value", x)
