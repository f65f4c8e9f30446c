"""Functions by simpler ones, in NumPy, for runtimes that lack them: accurate to a few units in the last place.

Each has the arguments of the function that it stands for, and is traced like any other code.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from compgraph.rules.activation import sigmoid, softplus
from compgraph.rules.indexing import embed
from compgraph.rules.signals import convolve_fully

__all__ = ["FORMS", "forms_of_special"]

Form = Callable[..., Any]

LN2, LN10 = math.log(2.0), math.log(10.0)


# ----------------------------------------------------------------------- exponentials, logarithms, hyperbolic functions


def _log1p(x: Any) -> Any:
    """log(1 + x), corrected for what 1 + x loses (Kahan; Goldberg 1991, theorem 4)."""
    above = 1 + x
    taken = above - 1
    plain = (taken == 0) | (x == np.inf)
    return np.where(plain, x, np.log(above) * (x / np.where(plain, 1.0, taken)))


def _expm1(x: Any) -> Any:
    """exp(x) - 1, where it is small corrected for what exp(x) loses (Kahan)."""
    small = np.abs(x) < 0.5
    near = np.where(small, x, 0.25)
    power = np.exp(near)
    none = power == 1
    corrected = (power - 1) * (near / np.where(none, 1.0, np.log(power)))
    return np.where(small, np.where(none, x, corrected), np.exp(x) - 1)


def _sinh(x: Any) -> Any:
    half = np.exp(np.abs(x) / 2)  # twice, so that it overflows no earlier than the result
    less = _expm1(np.abs(x))
    size = np.where(np.abs(x) < 1, (less + less / (less + 1)) / 2, (half / 2) * half - 0.5 / half / half)
    return np.where(x < 0, -size, size)


def _cosh(x: Any) -> Any:
    half = np.exp(np.abs(x) / 2)
    return (half / 2) * half + 0.5 / half / half


def _arcsinh(x: Any) -> Any:
    size = np.abs(x)
    large = size > 1e9 if np.result_type(x) == np.float64 else size > 1e4
    near = np.where(large, 1.0, size)
    direct = np.log1p(near + near * near / (1 + np.sqrt(near * near + 1)))
    found = np.where(large, np.log(np.where(large, size, 1.0)) + LN2, direct)
    return np.where(x < 0, -found, found)


def _arccosh(x: Any) -> Any:
    t = x - 1
    large = t > (1e9 if np.result_type(x) == np.float64 else 1e4)
    near = np.where(large, 1.0, t)
    return np.where(large, np.log(np.where(large, x, 1.0)) + LN2, np.log1p(near + np.sqrt(near) * np.sqrt(near + 2)))


def _arctanh(x: Any) -> Any:
    size = np.abs(x)
    half = np.log1p(2 * size / (1 - size)) / 2
    return np.where(x < 0, -half, half)


def _logaddexp(x: Any, y: Any) -> Any:
    return np.where(x == y, x + LN2, np.maximum(x, y) + np.log1p(np.exp(-np.abs(x - y))))


def _logaddexp2(x: Any, y: Any) -> Any:
    return np.where(x == y, x + 1.0, np.maximum(x, y) + np.log1p(np.exp2(-np.abs(x - y))) / LN2)


def _cbrt(x: Any) -> Any:
    """The root by a power, and a step of Newton's method, which squares the error."""
    size = np.abs(x)
    plain = (size == 0) | np.isinf(size)
    root = np.where(plain, 1.0, size) ** (1 / 3)
    root = root - (root - np.where(plain, 1.0, size) / (root * root)) / 3
    return np.where(plain, x, np.where(x < 0, -root, root))


def _hypot(x: Any, y: Any) -> Any:
    large, small = np.maximum(np.abs(x), np.abs(y)), np.minimum(np.abs(x), np.abs(y))
    plain = (large == 0) | np.isinf(large)
    share = small / np.where(plain, 1.0, large)
    return np.where(plain, large, large * np.sqrt(1 + share * share))


# -------------------------------------------------------------------------------------------------------------- angles


def _arcsin(x: Any) -> Any:
    return np.arctan2(x, np.sqrt((1 - x) * (1 + x)))


def _arccos(x: Any) -> Any:
    return 2 * np.arctan2(np.sqrt(1 - x), np.sqrt(1 + x))


def _arctan2(y: Any, x: Any) -> Any:
    above, beside = np.abs(y), np.abs(x)
    steep = above > beside
    longer = np.where(steep, above, beside)
    angle = np.arctan(np.where(steep, beside, above) / np.where(longer == 0, 1.0, longer))
    angle = np.where(steep, math.pi / 2 - angle, angle)
    angle = np.where(x < 0, math.pi - angle, angle)
    return np.where(y < 0, -angle, angle)


def _sinc(x: Any) -> Any:
    angle = math.pi * np.where(x == 0, 1.0, x)
    return np.where(x == 0, 1.0, np.sin(angle) / angle)


# ----------------------------------------------------------------------------------------------------- parts, and signs


def _signbit(x: Any) -> Any:
    return (x < 0) | ((x == 0) & (1.0 / np.where(x == 0, x, 1.0) < 0))


def _remainder(x: Any, y: Any) -> Any:
    rest = np.fmod(x, y)
    return np.where((rest != 0) & ((rest < 0) != (y < 0)), rest + y, rest)


def _floor_divide(x: Any, y: Any) -> Any:
    share = (x - _remainder(x, y)) / y
    return np.floor(share + 0.5)  # a whole number but for its rounding


def _fmax(x: Any, y: Any) -> Any:
    return np.where(np.isnan(x), y, np.where(np.isnan(y), x, np.maximum(x, y)))


def _fmin(x: Any, y: Any) -> Any:
    return np.where(np.isnan(x), y, np.where(np.isnan(y), x, np.minimum(x, y)))


def _heaviside(x: Any, y: Any) -> Any:
    return np.where(np.isnan(x), x, np.where(x == 0, y, np.where(x < 0, np.zeros_like(x), np.ones_like(x))))


def _trunc(x: Any) -> Any:
    return np.where(x < 0, np.ceil(x), np.floor(x))


def _round(a: Any, decimals: int = 0) -> Any:
    if not decimals:
        return np.rint(a)
    scale = 10.0 ** abs(decimals)
    return np.rint(a * scale) / scale if decimals > 0 else np.rint(a / scale) * scale


# ---------------------------------------------------------------------------------------------------------------- axes


def _var(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    apart = a - np.mean(a, axis=axis, keepdims=True)
    total = np.sum(apart * apart, axis=axis, keepdims=keepdims)
    return total / max(np.size(a) // max(np.size(total), 1) - ddof, 0)


def _std(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    return np.sqrt(_var(a, axis, ddof=ddof, keepdims=keepdims))


def _cumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """The products one by one: so many operations as the axis is long."""
    a = np.ravel(a) if axis is None else np.moveaxis(a, axis, 0)
    products = [a[0]]
    for i in range(1, len(a)):
        products.append(products[-1] * a[i])
    whole = np.stack(products)
    return whole if axis is None else np.moveaxis(whole, 0, axis)


def _convolve(a: Any, v: Any) -> Any:
    places = np.arange(len(a))[:, None] + np.arange(len(v))
    return embed(a[:, None] * v, index=places, shape=(len(a) + len(v) - 1,))


FORMS: Mapping[Form, Form] = MappingProxyType({
    np.log1p: _log1p, np.expm1: _expm1, np.sinh: _sinh, np.cosh: _cosh, np.arcsinh: _arcsinh, np.arccosh: _arccosh,
    np.arctanh: _arctanh, np.logaddexp: _logaddexp, np.logaddexp2: _logaddexp2, np.cbrt: _cbrt, np.hypot: _hypot,
    np.exp2: lambda x: np.power(2.0, x), np.log2: lambda x: np.log(x) / LN2, np.log10: lambda x: np.log(x) / LN10,
    np.tan: lambda x: np.sin(x) / np.cos(x), np.arcsin: _arcsin, np.arccos: _arccos, np.arctan2: _arctan2,
    np.deg2rad: lambda x: x * (math.pi / 180), np.radians: lambda x: x * (math.pi / 180),
    np.rad2deg: lambda x: x * (180 / math.pi), np.degrees: lambda x: x * (180 / math.pi), np.sinc: _sinc,
    np.signbit: _signbit, np.copysign: lambda x, y: np.where(np.signbit(y), -np.abs(x), np.abs(x)),
    np.remainder: _remainder, np.floor_divide: _floor_divide, np.fmax: _fmax, np.fmin: _fmin,
    np.heaviside: _heaviside, np.trunc: _trunc, np.fix: _trunc, np.round: _round, np.around: _round,
    np.isfinite: lambda x: ~(np.isnan(x) | np.isinf(x)), np.cumprod: _cumprod, convolve_fully: _convolve,
    np.conjugate: np.positive, np.real: np.positive, np.var: _var, np.std: _std,
})  # fmt: skip
"""By function its definition by simpler ones, for real numbers."""

# ------------------------------------------------------------------------------------------------ SciPy's own functions


def _xlogy(x: Any, y: Any) -> Any:
    none = (x == 0) & ~np.isnan(y)
    return np.where(none, 0.0, x * np.log(np.where(none, 1.0, y)))


def _xlog1py(x: Any, y: Any) -> Any:
    none = (x == 0) & ~np.isnan(y)
    return np.where(none, 0.0, x * np.log1p(np.where(none, 0.0, y)))


def _entr(x: Any) -> Any:
    return np.where(x < 0, -np.inf, -_xlogy(x, x))


SPECIAL: MappingProxyType[str, Form] = MappingProxyType(
    {
        "expit": sigmoid,
        "log_expit": lambda x: -softplus(-x),
        "logit": lambda x: np.log(x) - np.log1p(-x),
        "xlogy": _xlogy,
        "xlog1py": _xlog1py,
        "entr": _entr,
    }
)
"""Ufuncs of scipy.special by name."""


def forms_of_special() -> dict[Form, Form]:
    """The definitions of functions of scipy.special, if anybody has imported it."""
    special = sys.modules.get("scipy.special")
    return {} if special is None else {getattr(special, name): form for name, form in SPECIAL.items()}
