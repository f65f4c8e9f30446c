"""Convolution, interpolation, evenly spaced values and polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import RECORD, call, differentiable
from compgraph.rules.complex_parts import conjugated, real_only
from compgraph.rules.composition import composed, value_of
from compgraph.rules.indexing import take
from compgraph.rules.joining import pad
from compgraph.rules.shape import cast
from compgraph.unknown import certain

__all__ = ["convolve_fully"]

# ---------------------------------------------------------------------------------------------------------- convolution


def _vjp_first(grad: Any, out: Any, a: Any, v: Any) -> Any:
    return convolve_fully(grad, v[::-1])[np.shape(v)[0] - 1 : np.shape(grad)[0]]


def _vjp_second(grad: Any, out: Any, a: Any, v: Any) -> Any:
    return convolve_fully(grad, a[::-1])[np.shape(a)[0] - 1 : np.shape(grad)[0]]


@differentiable(
    _vjp_first, _vjp_second, domain=(-2, 2), elementwise=False, symbol="∗", calls=(call("a,b"), call("4,2"))
)
def convolve_fully(a: Any, v: Any) -> Any:
    """Every product of an entry of one vector with one of the other, summed by the sum of their places.

    >>> convolve_fully(np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    array([ 1., 12., 20.])

    The cotangent of one vector is the valid part of the correlation of the result's cotangent with the other.
    """
    return np.convolve(a, v)


def _part(full: Any, n: int, m: int, mode: str) -> Any:
    """The part of a full convolution of n and m entries that NumPy calls same or valid."""
    if mode == "full":
        return full
    long, short = max(n, m), min(n, m)
    if mode == "same":
        start = (short - 1) // 2
        return full[start : start + long]
    if mode == "valid":
        return full[short - 1 : long]
    raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")


def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    return _part(convolve_fully(a, v), np.size(a), np.size(v), mode)


def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    n, m = np.size(a), np.size(v)
    full = convolve_fully(a, conjugated(v[::-1]))
    # of an even number of entries NumPy takes the middle nearer to the first array's beginning
    return _part(full, n, m, mode) if n >= m or mode != "same" else _part(full[::-1], n, m, mode)[::-1]


CONVOLUTIONS = tuple(
    call(shapes, mode=mode) for shapes in ("5,3", "2,5", "4,4", "5,2", "3,4") for mode in ("full", "same", "valid")
)
composed(np.convolve, _convolve, domain=(-2, 2), calls=CONVOLUTIONS)
composed(np.correlate, _correlate, domain=(-2, 2), calls=CONVOLUTIONS)

# -------------------------------------------------------------------------------------------------------- interpolation


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """The straight lines through (xp, fp), all three of which may be nodes; constant outside."""
    real_only("interp at places that are complex", x, xp)
    if period is not None:
        period = abs(period)
        xp, x = np.remainder(xp, period), np.remainder(x, period)
        order = np.argsort(value_of(xp))
        xp, fp = take(xp, order), take(fp, order)
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
        left = right = None
    n = np.shape(xp)[0]
    if n == 1:
        return np.where(
            value_of(x) < value_of(xp)[0], fp[0] if left is None else left, fp[0] if right is None else right
        )
    plain, places = value_of(x), value_of(xp)
    cell = np.clip(np.searchsorted(places, plain, side="right") - 1, 0, n - 2)
    start, end = take(xp, cell), take(xp, cell + 1)
    left_end, right_end = take(fp, cell), take(fp, cell + 1)
    inside = left_end + (right_end - left_end) / (end - start) * (x - start)
    inside = np.where(plain < places[0], fp[0] if left is None else left, inside)
    return np.where(plain > places[-1], fp[-1] if right is None else right, inside)


def _at_fixed_places(x: Any, fp: Any, **params: Any) -> Any:
    return np.interp(x, np.array([0.0, 1.0, 1.5, 3.0]), fp, **params)


composed(
    np.interp,
    _interp,
    domain=((1.05, 1.45), (-3, 3)),
    calls=(call("ab,4"), call(",4"), call("a,4", left=0.5, right=1.5), call("a,4", period=2.9)),
    forward=_at_fixed_places,
)

# --------------------------------------------------------------------------------------------------------- even spacing


def _linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0
) -> Any:
    steps = num - 1 if endpoint else num
    step = (stop - start) / steps if steps > 0 else np.nan * (stop - start)
    dtype_of_both = np.result_type(value_of(start), value_of(stop), 1.0)
    share = (np.arange(num) / max(steps, 1)).astype(dtype_of_both)
    share = share.reshape((-1,) + (1,) * np.ndim(value_of(stop - start)))
    values = start * (1 - share) + stop * share
    values = np.moveaxis(values, 0, axis) if axis else values
    values = values if dtype is None else cast(values, dtype=np.dtype(dtype))
    return (values, step) if retstep else values


def _logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    values = np.power(base, _linspace(start, stop, num, endpoint, axis=axis))
    return values if dtype is None else cast(values, dtype=np.dtype(dtype))


def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    common = np.result_type(value_of(start), value_of(stop), float)  # as NumPy does
    sign = np.sign(start if common.kind == "c" else value_of(start))
    through_zero = np.equal(value_of(start) * value_of(stop), 0)
    if common.kind != "c":
        through_zero = through_zero | (value_of(sign) * value_of(stop) <= 0)
    if certain(np.any(through_zero)):
        raise ValueError("Geometric sequence cannot include zero, nor go through it")
    # turned until the first value is positive: of a complex sequence that chooses the branch of the logarithm
    start, stop = (cast(x, dtype=common) / sign for x in (start, stop))
    values = sign * np.exp(_linspace(np.log(start), np.log(stop), num, endpoint))
    values = np.moveaxis(values, 0, axis) if axis else values
    return values if dtype is None else cast(values, dtype=np.dtype(dtype))


SPACES = (call(",", num=4), call("a,a", num=3, endpoint=False), call("a,", num=3, axis=-1))
composed(np.linspace, _linspace, domain=(-3, 3), calls=(*SPACES, call(",", num=5, retstep=True)))
composed(np.logspace, _logspace, domain=(-1, 1), calls=(*SPACES, call(",", num=3, base=2.0)))
composed(np.geomspace, _geomspace, domain=(0.5, 3), calls=SPACES)


def _full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    device: Any = None,
) -> Any:
    shape = np.shape(a) if shape is None else shape
    dtype = np.result_type(value_of(a)) if dtype is None else np.dtype(dtype)
    if not hasattr(fill_value, RECORD):
        return np.full(shape, fill_value, dtype)
    return np.broadcast_to(cast(fill_value, dtype=dtype), shape)


composed(
    np.full_like,
    _full_like,
    domain=(-3, 3),
    calls=(call("ab,"), call("ab,b"), call("a,", shape=(2, 2))),
)

# ---------------------------------------------------------------------------------------------------------- polynomials


def _polyval(p: Any, x: Any) -> Any:
    """By Horner's rule; the first coefficient is that of the highest power."""
    value: Any = x * 0.0
    for i in range(np.shape(p)[0]):
        value = value * x + p[i]
    return value


def _lengthened(a: Any, n: int) -> Any:
    return pad(a, (n - np.size(a), 0)) if np.size(a) < n else a


def _polyadd(a1: Any, a2: Any) -> Any:
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    n = max(np.size(a1), np.size(a2))
    return _lengthened(a1, n) + _lengthened(a2, n)


def _polysub(a1: Any, a2: Any) -> Any:
    return _polyadd(a1, -a2)


def _polyder(p: Any, m: int = 1) -> Any:
    for _ in range(m):
        n = np.size(p) - 1
        p = p[:-1] * np.arange(n, 0, -1)
    return p


def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    constants = np.zeros(m) if k is None else np.broadcast_to(k, (m,))
    for i in range(m):
        n = np.size(p)
        p = np.concatenate([p / np.arange(n, 0, -1), np.reshape(constants[i], (1,))])
    return p


composed(np.polyval, _polyval, domain=(-2, 2), calls=(call("3,ab"), call("4,"), call("1,a")))
composed(np.polyadd, _polyadd, domain=(-2, 2), calls=(call("a,b"),))
composed(np.polysub, _polysub, domain=(-2, 2), calls=(call("a,b"),))
composed(np.polymul, lambda a1, a2: _convolve(a1, a2), domain=(0.3, 2), calls=(call("a,b"),))
composed(np.polyder, _polyder, domain=(-2, 2), calls=(call("4"), call("4", m=2)))
composed(np.polyint, _polyint, domain=(-2, 2), calls=(call("a"), call("a", m=2, k=0.5)))
composed(
    np.apply_along_axis,
    lambda func1d, axis, arr, *args, **kwargs: _apply_along(func1d, axis, arr, args, kwargs),
    domain=(0.5, 2),
    calls=(call("ab", axis=0), call("abc", axis=-1)),
    forward=lambda arr, axis: np.apply_along_axis(_powers, axis, arr),
)


def _powers(v: Any) -> Any:
    return np.stack([np.sum(v * v), np.prod(v)])


def _apply_along(function: Any, axis: int, arr: Any, args: Any, kwargs: Any) -> Any:
    moved = np.moveaxis(arr, axis, -1)
    *stack, n = np.shape(moved)
    rows = [function(row, *args, **kwargs) for row in np.reshape(moved, (-1, n))]
    inner = np.shape(rows[0])
    whole = np.reshape(np.stack(rows), (*stack, *inner))
    first = axis % np.ndim(arr)
    return np.moveaxis(whole, range(len(stack), len(stack) + len(inner)), range(first, first + len(inner)))
