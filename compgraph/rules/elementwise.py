"""Declarations of the elementwise ops: arithmetic, powers, exp and log, trigonometry, choices between two values.

Each line reads like a line of a table of derivatives: the function, then for each argument its cotangent.
Sources: any table of derivatives; the conventions at kinks are those of docs/conventions.md.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.primitive import primitive
from compgraph.rules.activation import sigmoid
from compgraph.rules.complex_parts import is_complex
from compgraph.unknown import Unknown

__all__: list[str] = []

ndarray = np.ndarray
LN2 = math.log(2.0)
LN10 = math.log(10.0)
SMALL = 1e-37  # whose reciprocal is finite in single precision too


def _power(x: Any, y: Any) -> Any:
    """x**y with NumPy's answer for a negative Python float and a broken exponent, where Python's would be complex."""
    unknown = isinstance(x, Unknown) or isinstance(y, Unknown)
    return np.power(x, y) if unknown or (isinstance(x, float) and x < 0) else x**y


def _vjp_base(grad: Any, out: Any, x: Any, y: Any) -> Any:
    if isinstance(y, (int, float, complex)):
        if y == 2:
            return grad * (2 * x)
        return grad * (y * _power(x, y - 1)) if y else 0.0 * grad
    # At y = 0 this is 0, but not 0/0 or 0 times overflow: only there is another exponent taken, since elsewhere the
    # derivative of this in y needs the true one.
    small = np.abs(x) < SMALL if is_complex(x) else (x < SMALL) & (x > -SMALL)
    return grad * y * _power(x, np.where(small & (y == 0), 1.0, y - 1))


def _vjp_exponent(grad: Any, out: Any, x: Any, y: Any) -> Any:
    if is_complex(out) and not is_complex(x):
        x = x + 0j  # the logarithm of a negative number that NumPy raises to a complex power
    return grad * out * np.log(np.where(x == 0, 1.0, x))  # 0**y is 0 for every y > 0: its slope in y is 0


def _secant(x: Any) -> Any:
    """√(1 + x²), which for a real number does not overflow."""
    return np.sqrt(1 + x**2) if is_complex(x) else np.hypot(x, 1.0)


def _share(grad: Any, wins: Any, ties: Any) -> Any:
    return np.where(wins, grad, np.where(ties, 0.5 * grad, 0.0))


def _or_one(x: Any) -> Any:
    return np.where(x == 0, 1.0, x)


def _vjp_absolute(grad: Any, out: Any, x: Any) -> Any:
    return grad * np.conjugate(np.sign(x)) if is_complex(x) else grad * np.sign(x)  # a named sign could not be reused


def _one_minus(square: Any) -> Any:
    """1 - square, of an array in its own memory, which must be nobody else's: new memory takes as long as the rule."""
    return np.subtract(1, square, square) if type(square) is ndarray else 1 - square


def _ahead(x: Any, y: Any) -> Any:
    """x - y, and 0 for two equal infinities."""
    return np.where(np.isinf(x) & (x == y), 0.0, x - y)


def _above(grad: Any, x: Any, y: Any) -> Any:
    return grad if y is None else _share(grad, x > y, x == y)


def _below(grad: Any, x: Any, y: Any) -> Any:
    return grad if y is None else _share(grad, x < y, x == y)


# arithmetic
primitive(np.add, lambda grad, out, x, y: grad, lambda grad, out, x, y: grad, domain=(-3, 3), symbol="+")
primitive(np.subtract, lambda grad, out, x, y: grad, lambda grad, out, x, y: -grad, domain=(-3, 3), symbol="-")
primitive(np.multiply, lambda grad, out, x, y: grad * y, lambda grad, out, x, y: grad * x, domain=(-3, 3), symbol="×")
primitive(
    np.divide,
    lambda grad, out, x, y: grad / y,
    lambda grad, out, x, y: -grad * out / y,
    domain=((-3, 3), (0.5, 3)),
    symbol="÷",
)
primitive(
    np.remainder,
    lambda grad, out, x, y: grad,
    lambda grad, out, x, y: -grad * np.floor_divide(x, y),
    domain=((3.1, 3.9), (1.02, 1.03)),  # where x // y is 3
    symbol="mod",
)
primitive(np.floor_divide, None, None, domain=((3.1, 3.9), (1.02, 1.03)), symbol="÷⌊⌋")
primitive(np.negative, lambda grad, out, x: -grad, exact=True, domain=(-3, 3), symbol="-")
primitive(np.positive, lambda grad, out, x: grad, exact=True, domain=(-3, 3), symbol="+")
primitive(np.absolute, _vjp_absolute, exact=True, domain=(-3, 3), kinks=(0.0,), symbol="abs")
primitive(np.fabs, lambda grad, out, x: grad * np.sign(x), exact=True, domain=(-3, 3), kinks=(0.0,))
primitive(np.floor, None, exact=True, domain=(1.1, 1.9))
primitive(np.ceil, None, exact=True, domain=(1.1, 1.9))
primitive(np.trunc, None, exact=True, domain=(1.1, 1.9))
primitive(np.rint, None, exact=True, domain=(0.6, 1.4))

# powers
primitive(np.power, _vjp_base, _vjp_exponent, domain=((0.3, 3), (-2, 3)), symbol="**")
primitive(np.square, lambda grad, out, x: grad * (2 * x), domain=(-3, 3))
primitive(np.sqrt, lambda grad, out, x: grad / (2 * out), domain=(0.2, 4), scalar=math.sqrt)
primitive(np.cbrt, lambda grad, out, x: grad / (3 * out**2), domain=(0.2, 4))
primitive(np.reciprocal, lambda grad, out, x: -grad * out**2, domain=(0.3, 3))

# exp and log
primitive(np.exp, lambda grad, out, x: grad * out, domain=(-3, 3), scalar=math.exp)
primitive(np.exp2, lambda grad, out, x: grad * out * LN2, domain=(-3, 3))
primitive(np.expm1, lambda grad, out, x: grad * np.exp(x), domain=(-3, 3), scalar=math.expm1)
primitive(np.log, lambda grad, out, x: grad / x, domain=(0.2, 4), scalar=math.log)
primitive(np.log2, lambda grad, out, x: grad / (x * LN2), domain=(0.2, 4), scalar=math.log2)
primitive(np.log10, lambda grad, out, x: grad / (x * LN10), domain=(0.2, 4), scalar=math.log10)
primitive(np.log1p, lambda grad, out, x: grad / (1 + x), domain=(-0.7, 3), scalar=math.log1p)
primitive(
    np.logaddexp,
    # exp(x - out) is the same, but x - out has lost the digits that a large out does not have
    lambda grad, out, x, y: grad * sigmoid(_ahead(x, y)),
    lambda grad, out, x, y: grad * sigmoid(_ahead(y, x)),
    domain=(-3, 3),
)

# trigonometry
primitive(np.sin, lambda grad, out, x: grad * np.cos(x), domain=(-3, 3), scalar=math.sin)
primitive(np.cos, lambda grad, out, x: -grad * np.sin(x), domain=(-3, 3), scalar=math.cos)
primitive(np.tan, lambda grad, out, x: grad * (1 + out**2), domain=(-1.2, 1.2), scalar=math.tan)
primitive(np.arcsin, lambda grad, out, x: grad / np.sqrt((1 - x) * (1 + x)), domain=(-0.8, 0.8), scalar=math.asin)
primitive(np.arccos, lambda grad, out, x: -grad / np.sqrt((1 - x) * (1 + x)), domain=(-0.8, 0.8), scalar=math.acos)
primitive(np.arctan, lambda grad, out, x: grad / (1 + x**2), domain=(-3, 3), scalar=math.atan)
# at the origin, where neither has a derivative: 0, the subgradient of least norm of hypot and a choice for arctan2
primitive(
    np.arctan2,
    lambda grad, out, x1, x2: grad * x2 / _or_one(x1**2 + x2**2),
    lambda grad, out, x1, x2: -grad * x1 / _or_one(x1**2 + x2**2),
    domain=((-3, 3), (0.4, 3)),
)
primitive(
    np.hypot,
    lambda grad, out, x1, x2: grad * x1 / _or_one(out),
    lambda grad, out, x1, x2: grad * x2 / _or_one(out),
    domain=(0.3, 3),
)
primitive(np.deg2rad, lambda grad, out, x: grad * (math.pi / 180), domain=(-180, 180))
primitive(np.rad2deg, lambda grad, out, x: grad * (180 / math.pi), domain=(-3, 3))
primitive(np.radians, lambda grad, out, x: grad * (math.pi / 180), domain=(-180, 180))
primitive(np.degrees, lambda grad, out, x: grad * (180 / math.pi), domain=(-3, 3))

# hyperbolic functions
primitive(np.sinh, lambda grad, out, x: grad * np.cosh(x), domain=(-3, 3), scalar=math.sinh)
primitive(np.cosh, lambda grad, out, x: grad * np.sinh(x), domain=(-3, 3), scalar=math.cosh)
primitive(np.tanh, lambda grad, out, x: grad * _one_minus(out * out), domain=(-3, 3), scalar=math.tanh)
primitive(np.arcsinh, lambda grad, out, x: grad / _secant(x), domain=(-3, 3), scalar=math.asinh)
primitive(np.arccosh, lambda grad, out, x: grad / (np.sqrt(x - 1) * np.sqrt(x + 1)), domain=(1.3, 4), scalar=math.acosh)
primitive(np.arctanh, lambda grad, out, x: grad / ((1 - x) * (1 + x)), domain=(-0.8, 0.8), scalar=math.atanh)

# choices: ties share the cotangent equally, the element of least norm of the joint subdifferential
primitive(
    np.maximum,
    lambda grad, out, x, y: _above(grad, x, y),
    lambda grad, out, x, y: _above(grad, y, x),
    domain=((-3, 3), (-2.9, 3.1)),
    symbol="max",
    exact=True,
)
primitive(
    np.minimum,
    lambda grad, out, x, y: _below(grad, x, y),
    lambda grad, out, x, y: _below(grad, y, x),
    domain=((-3, 3), (-2.9, 3.1)),
    symbol="min",
    exact=True,
)
primitive(
    np.fmax,
    lambda grad, out, x, y: _share(grad, (x > y) | np.isnan(y), x == y),
    lambda grad, out, x, y: _share(grad, (y > x) | np.isnan(x), x == y),
    domain=((-3, 3), (-2.9, 3.1)),
    exact=True,
)
primitive(
    np.fmin,
    lambda grad, out, x, y: _share(grad, (x < y) | np.isnan(y), x == y),
    lambda grad, out, x, y: _share(grad, (y < x) | np.isnan(x), x == y),
    domain=((-3, 3), (-2.9, 3.1)),
    exact=True,
)
primitive(
    np.where,
    None,
    lambda grad, out, condition, x, y: np.where(condition, grad, 0.0),
    lambda grad, out, condition, x, y: np.where(condition, 0.0, grad),
    domain=(bool, (-3, 3), (-3, 3)),
    elementwise=True,
    exact=True,
)


def _raised(a: Any, a_min: Any) -> Any:
    return a if a_min is None else np.maximum(a, a_min)


# clip(a, a_min, a_max) is minimum(maximum(a, a_min), a_max), and so are its derivatives
primitive(
    np.clip,
    lambda grad, out, a, a_min=None, a_max=None: _below(_above(grad, a, a_min), _raised(a, a_min), a_max),
    lambda grad, out, a, a_min=None, a_max=None: _below(_above(grad, a_min, a), _raised(a, a_min), a_max),
    lambda grad, out, a, a_min=None, a_max=None: _above(grad, _raised(a, a_min), a_max),
    domain=((-3, 3), (-2.2, -1.1), (1.1, 2.2)),
    elementwise=True,
    optional=True,
    synonyms={"min": "a_min", "max": "a_max"},
    exact=True,
)
