"""Running sums and products, differences and integrals along an axis.

The transpose of a running sum is the running sum from the other end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call, primitive
from compgraph.rules.composition import composed, value_of
from compgraph.rules.masked_reduction import with_gaps
from compgraph.unknown import certain

__all__ = ["RUNNING"]

RUNNING = (call("ab"), call("ab", axis=0), call("abc", axis=-2), call(""))
"""The forms of a call that running reductions are tested with."""


def _from_the_end(a: Any, axis: int) -> Any:
    return np.flip(np.cumsum(np.flip(a, axis), axis=axis), axis)


def _vjp_cumsum(grad: Any, out: Any, a: Any, axis: int | None = None) -> Any:
    return np.reshape(_from_the_end(grad, 0 if axis is None else axis), np.shape(a))


def _vjp_cumprod(grad: Any, out: Any, a: Any, axis: int | None = None) -> Any:
    if axis is None:
        return np.reshape(_vjp_cumprod(grad, out, np.ravel(a), 0), np.shape(a))
    if certain(a != 0):
        return _from_the_end(grad * out, axis) / a
    # With a zero among them, out / a is no answer. Row j: the running products with entry j left out.
    last = np.moveaxis(a, axis, -1)
    n = np.shape(last)[-1]
    others = np.cumprod(np.where(np.eye(n, dtype=bool), 1.0, np.expand_dims(last, -2)), axis=-1)
    reached = np.triu(np.ones((n, n), dtype=bool))
    flowing = np.where(reached, np.expand_dims(np.moveaxis(grad, axis, -1), -2) * others, 0.0)
    return np.moveaxis(np.sum(flowing, axis=-1), -1, axis)


primitive(np.cumsum, _vjp_cumsum, multilinear=True, domain=(-3, 3), calls=RUNNING)
primitive(np.cumprod, _vjp_cumprod, domain=(0.4, 2), calls=RUNNING)


def _filled(a: Any, neutral: float) -> Any:
    return np.where(np.isnan(a), neutral, a)


composed(
    np.nancumsum,
    lambda a, axis=None: np.cumsum(_filled(a, 0.0), axis=axis),
    domain=(-3, 3),
    calls=(call("25"), call("25", axis=1)),
    forward=with_gaps(np.nancumsum),
)
composed(
    np.nancumprod,
    lambda a, axis=None: np.cumprod(_filled(a, 1.0), axis=axis),
    domain=(0.4, 2),
    calls=(call("25"), call("25", axis=1)),
    forward=with_gaps(np.nancumprod),
)


def _cumulative(function: Any, neutral: float) -> Any:
    """The array API's form: the axis is optional for a vector only, and the neutral element may stand in front."""

    def cumulative(x: Any, axis: int | None = None, include_initial: bool = False) -> Any:
        if axis is None:
            if np.ndim(x) != 1:
                raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
            axis = 0
        running = function(x, axis=axis)
        if not include_initial:
            return running
        shape = list(np.shape(x))
        shape[axis] = 1
        return np.concatenate([np.full(shape, neutral, x.dtype), running], axis=axis)

    return cumulative


for function, plainer, neutral, domain in (
    ("cumulative_sum", np.cumsum, 0.0, (-3, 3)),
    ("cumulative_prod", np.cumprod, 1.0, (0.4, 2)),
):
    if hasattr(np, function):  # since NumPy 2.1
        composed(
            getattr(np, function),
            _cumulative(plainer, neutral),
            domain=domain,
            calls=(call("a"), call("ab", axis=1), call("ab", axis=0, include_initial=True)),
        )


# -------------------------------------------------------------------------------------------- differences and integrals


def _along(axis: int, ndim: int, part: slice) -> tuple[slice, ...]:
    return (slice(None),) * (axis % ndim) + (part,)


def _end(value: Any, a: Any, axis: int) -> Any:
    """What is put before or after an array: one number stands for a slice of it."""
    if np.ndim(value) == 0:
        shape = list(np.shape(a))
        shape[axis] = 1
        return np.broadcast_to(value, shape)
    return value


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    if n < 0:
        np.diff(value_of(a), n=n)  # NumPy's own error
    parts = [a if end is None else end for end in (prepend, a, append) if end is not None]
    if n and len(parts) > 1:
        a = np.concatenate([part if part is a else _end(part, a, axis) for part in parts], axis=axis)
    ndim = np.ndim(a)
    for _ in range(n):
        a = a[_along(axis, ndim, slice(1, None))] - a[_along(axis, ndim, slice(None, -1))]
    return a


composed(
    np.diff,
    _diff,
    domain=(-3, 3),
    calls=(
        call("4"),
        call("4b", n=2, axis=0),
        call("a4", n=3),
        call("a3", prepend=0.5),
        call("3b", axis=0, prepend=lambda b: np.ones((2, b)), append=2.0),
        call("a3", n=0),
    ),
)


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    steps = _diff(np.ravel(ary))
    dtype = np.result_type(value_of(ary))
    ends = [
        end if end is None else np.ravel(end if end is not value_of(end) else np.asarray(end, dtype))
        for end in (to_begin, to_end)
    ]
    parts = [part for part in (ends[0], steps, ends[1]) if part is not None]
    return np.concatenate(parts) if len(parts) > 1 else steps


composed(
    np.ediff1d,
    _ediff1d,
    domain=(-3, 3),
    calls=(call("4"), call("23"), call("4", to_end=1.5, to_begin=np.array([0.5, 2.0]))),
)


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    ndim = np.ndim(y)
    if x is None:
        steps = dx
    elif np.ndim(x) == 1:
        shape = [1] * ndim
        shape[axis] = np.shape(x)[0] - 1
        steps = np.reshape(x[1:] - x[:-1], tuple(shape))
    else:
        steps = _diff(x, axis=axis)
    heights = y[_along(axis, ndim, slice(1, None))] + y[_along(axis, ndim, slice(None, -1))]
    return np.sum(steps * heights / 2.0, axis=axis)


composed(
    np.trapezoid,
    _trapezoid,
    domain=((-3, 3), (0, 4)),
    calls=(call("4"), call("a4,4"), call("4b", axis=0, dx=0.5), call("4b,4", axis=0), call("a4,a4"), call("4,4")),
)


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    ndim = np.ndim(f)
    axes = tuple(range(ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    spacings = varargs * len(axes) if len(varargs) == 1 and np.ndim(varargs[0]) == 0 else varargs or (1.0,) * len(axes)
    if len(spacings) != len(axes):
        raise TypeError("invalid number of arguments")
    slopes = [_slope(f, spacing, along % ndim, edge_order) for along, spacing in zip(axes, spacings, strict=True)]
    return slopes[0] if len(axes) == 1 else tuple(slopes)


def _slope(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """The slope along one axis: of second order inside, whatever the steps; at the edges of ``edge_order``.

    Source: the formulas of numpy.gradient (Fornberg 1988; Durran 1999), with the steps hd before and hs after.
    """
    n = np.shape(f)[axis]
    if n < edge_order + 1:
        raise ValueError("Shape of array too small to calculate a numerical gradient, at least (edge_order + 1)")
    f = np.moveaxis(f, axis, -1)
    steps = (
        spacing * np.ones(n - 1, np.result_type(value_of(f))) if np.ndim(spacing) == 0 else spacing[1:] - spacing[:-1]
    )
    if np.ndim(spacing) == 1 and np.shape(spacing)[0] != n:
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    hd, hs = steps[:-1], steps[1:]
    rises = (f[..., 1:] - f[..., :-1]) / steps
    inside = (hs * rises[..., :-1] + hd * rises[..., 1:]) / (hd + hs)
    first, last = rises[..., :1], rises[..., -1:]
    if edge_order == 2:
        # the parabola through three points: its slope at the end is this far from that of the first chord
        bend = (rises[..., 1:] - rises[..., :-1]) / (hd + hs)
        first = first - bend[..., :1] * steps[:1]
        last = last + bend[..., -1:] * steps[-1:]
    return np.moveaxis(np.concatenate([first, inside, last], axis=-1), -1, axis)


composed(
    np.gradient,
    _gradient,
    domain=((-3, 3), (0.5, 4)),
    calls=(
        call("5"),
        call("5,"),
        call("34"),
        call("34", axis=1),
        call("34", axis=(1, 0), edge_order=2),
        call("a4,", axis=-1, edge_order=2),
    ),
)
