"""Parts of complex numbers: real, imag, conjugate, angle, sign, |z|².

The cotangent c of a complex number z is the number for which dL = Re(c dz), so c = ∂L/∂x - i ∂L/∂y for z = x + iy. With
that a holomorphic function's rule multiplies by its derivative, as a real one's does, and the engine takes the real
part for an input that is real. The functions here are not holomorphic, so their rules conjugate or take a part.
Source: docs/complex_numbers.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.errors import DtypeError
from compgraph.primitive import call, differentiable, primitive
from compgraph.rules.composition import composed, value_of

__all__ = ["abs2", "conjugated", "is_complex", "real_dtype", "real_only", "real_part"]

FLOAT = np.dtype(float)


def is_complex(x: Any) -> bool:
    """Whether a number, an array or a node is complex; the same as np.iscomplexobj, in less time.

    >>> is_complex(1j), is_complex(np.ones(2, np.complex64)), is_complex(1.0)
    (True, True, False)
    """
    return type(x) is complex or getattr(x, "dtype", FLOAT).kind == "c"


def conjugated(x: Any) -> Any:
    """The conjugate; of what is real the thing itself, which makes no copy and no node."""
    return np.conjugate(x) if is_complex(x) else x


def real_part(x: Any) -> Any:
    """The real part; of what is real the thing itself, which makes no node."""
    return np.real(x) if is_complex(x) else x


def real_dtype(x: Any) -> Any:
    """The dtype of the absolute values of a number, an array or a node.

    >>> real_dtype(np.ones(2, np.complex64)), real_dtype(1.0)
    (dtype('float32'), dtype('float64'))
    """
    return np.empty(0, np.result_type(value_of(x))).real.dtype


def real_only(name: str, *arguments: Any) -> None:
    """Refuse complex arguments of a function that NumPy has for real ones only.

    Raises:
        DtypeError: one of them is complex.
    """
    if any(is_complex(x) for x in arguments):
        raise DtypeError(f"{name} is no function of complex numbers: take node.real, node.imag or np.abs(node)")


def _or_one(z: Any) -> Any:
    return np.where(z == 0, 1.0, z)


def _vjp_angle(grad: Any, out: Any, z: Any, deg: bool = False) -> Any:
    if not is_complex(z):
        return 0.0  # a real number that moves stays on its side of the plane
    return grad * (-180j / np.pi if deg else -1j) / _or_one(z) * (z != 0)


def _vjp_sign(grad: Any, out: Any, x: Any) -> Any:
    """z / |z| turns and does not grow: d sign = i sign Im(dz / z); at 0 nothing flows."""
    return 1j * np.imag(grad * out) / _or_one(x) if is_complex(x) else 0.0


@differentiable(lambda grad, out, z: grad * (2 * conjugated(z)), domain=(-3, 3), elementwise=True, name="abs2")
def abs2(z: Any) -> Any:
    """The square of the absolute value, by a rule that asks for no root; a real number's is its square.

    >>> abs2(np.array([3 + 4j, -2.0]))
    array([25.,  4.])
    """
    return np.square(np.real(z)) + np.square(np.imag(z)) if is_complex(z) else np.square(z)


primitive(np.conjugate, lambda grad, out, x: conjugated(grad), domain=(-3, 3), exact=True, multilinear=True)
primitive(
    np.real,
    lambda grad, out, val: grad,
    domain=(-3, 3),
    elementwise=True,
    exact=True,
    multilinear=True,
    symbol="Re",
)
primitive(
    np.imag,
    lambda grad, out, val: grad * -1j if is_complex(val) else 0.0,
    domain=(-3, 3),
    elementwise=True,
    exact=True,
    multilinear=True,
    symbol="Im",
)
primitive(
    np.angle, _vjp_angle, domain=(0.3, 3), elementwise=True, calls=(call("ab"), call("ab", deg=True)), symbol="arg"
)
primitive(np.sign, _vjp_sign, exact=True, domain=(-3, 3), kinks=(0.0,))
composed(
    np.real_if_close,
    lambda a, tol=100: np.real(a) if np.isrealobj(np.real_if_close(value_of(a), tol)) else a,
    domain=(-3, 3),
    calls=(call("ab"),),
)
