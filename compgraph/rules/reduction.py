"""Declarations of the reductions: sum, mean, max, min, prod, var, std.

A rule gives the cotangent with the reduced axes put back as axes of length one; the engine spreads it over them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.primitive import call, primitive
from compgraph.rules.complex_parts import conjugated
from compgraph.unknown import certain

__all__ = ["REDUCTIONS", "put_back"]

REDUCTIONS = (
    call("ab"),
    call("ab", axis=0),
    call("abc", axis=-1),
    call("abc", axis=(0, 2)),
    call("ab", axis=1, keepdims=True),
    call("ab", keepdims=True),
    call("", axis=None),
)
"""The forms of a call that every reduction is tested with."""


def put_back(reduced: Any, a: Any, axis: Any, keepdims: bool) -> Any:
    """Give a reduced array its reduced axes of ``a`` back, each of length one.

    >>> import numpy as np
    >>> put_back(np.zeros(2), np.zeros((2, 3)), axis=1, keepdims=False).shape
    (2, 1)
    """
    if keepdims or axis is None:
        return reduced
    return np.expand_dims(reduced, axis)


def _count(a: Any, axis: Any) -> int:
    shape = np.shape(a)
    if axis is None:
        return math.prod(shape)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return math.prod(shape[i] for i in axes)


def _sum(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """np.sum without its layers of Python, which on a small array take longer than the sum."""
    if type(a) is np.ndarray:
        return np.add.reduce(a, axis=axis, keepdims=keepdims)  # type: ignore[call-overload]  # wants a literal
    return np.sum(a, axis=axis, keepdims=keepdims)


def _vjp_extremum(grad: Any, out: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    hits = a == put_back(out, a, axis, keepdims)
    share = put_back(grad, a, axis, keepdims) / np.sum(hits, axis=axis, keepdims=True)
    return np.where(hits, share, 0.0)


def _vjp_prod(grad: Any, out: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    grad = put_back(grad, a, axis, keepdims)
    size = np.abs(out)
    if certain(size >= np.finfo(np.result_type(out)).tiny) and certain(size < np.inf):
        return grad * put_back(out, a, axis, keepdims) / a
    # With a zero among them, or a product that is one by underflow, out / a is no answer: multiply the others.
    ndim = np.ndim(a)
    axes = tuple(range(ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(i % ndim for i in axes)
    last = tuple(range(ndim - len(axes), ndim))
    moved = np.moveaxis(a, axes, last)
    shape = np.shape(moved)
    flat = np.reshape(moved, (*shape[: ndim - len(axes)], _count(a, axes)))
    others = np.where(np.eye(flat.shape[-1], dtype=bool), 1.0, np.expand_dims(flat, -2))
    return grad * np.moveaxis(np.reshape(np.prod(others, axis=-1), shape), last, axes)


def _deviation(a: Any, axis: Any) -> Any:
    return a - np.mean(a, axis=axis, keepdims=True)


def _freedom(a: Any, axis: Any, ddof: float) -> float:
    """The divisor of a variance; NaN where NumPy has none and the variance itself is NaN or infinite."""
    freedom = _count(a, axis) - ddof
    return freedom if freedom > 0 else math.nan


def _vjp_var(grad: Any, out: Any, a: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return put_back(grad, a, axis, keepdims) * conjugated(_deviation(a, axis)) * (2.0 / _freedom(a, axis, ddof))


def _vjp_std(grad: Any, out: Any, a: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    # At a constant the subgradient of least norm is 0. It is asked for as such: the mean of a constant may be rounded,
    # and then the deviations and their root mean square are not 0 but noise.
    constant = np.max(a, axis=axis, keepdims=True) == np.min(a, axis=axis, keepdims=True)
    deviation = np.where(constant, 0.0, conjugated(_deviation(a, axis)))
    out = np.where(constant, 1.0, put_back(out, a, axis, keepdims))
    return put_back(grad, a, axis, keepdims) * deviation / (out * _freedom(a, axis, ddof))


primitive(
    np.sum,
    lambda grad, out, a, axis=None, keepdims=False: put_back(grad, a, axis, keepdims),
    forward=_sum,
    multilinear=True,
    domain=(-3, 3),
    symbol="Σ",
    calls=REDUCTIONS,
)
primitive(
    np.mean,
    lambda grad, out, a, axis=None, keepdims=False: put_back(grad, a, axis, keepdims) / _count(a, axis),
    multilinear=True,
    domain=(-3, 3),
    calls=REDUCTIONS,
)
for extremum in (np.max, np.min, np.amax, np.amin):
    primitive(extremum, _vjp_extremum, domain=(-3, 3), exact=True, calls=REDUCTIONS)
primitive(np.prod, _vjp_prod, domain=(0.4, 2), symbol="Π", calls=REDUCTIONS)
SPREADS = (
    call("3"),
    call("3b", axis=0),
    call("ab3", axis=-1),
    call("a2c3", axis=(1, 3)),
    call("a4", axis=1, keepdims=True),
    call("4", ddof=1),
    call("3b", axis=0, ddof=0.5, keepdims=True),
)
primitive(np.var, _vjp_var, domain=(-3, 3), calls=SPREADS)
primitive(np.std, _vjp_std, domain=(-3, 3), calls=SPREADS)
