"""Reductions that leave entries out: ``where=`` and ``initial=``, and the reductions that skip NaN.

An entry that is left out is replaced before anything is computed with it, so exactly nothing flows back to it
whatever it is, NaN and infinity included.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.primitive import call
from compgraph.rules.complex_parts import abs2, is_complex, real_dtype
from compgraph.rules.composition import composed, value_of
from compgraph.rules.shape import cast
from compgraph.unknown import possible

__all__ = ["NAN_REDUCTIONS", "root", "with_gaps"]


def _in_dtype(a: Any, dtype: Any) -> Any:
    return a if dtype is None else cast(a, dtype=np.dtype(dtype))


def _counted(a: Any, where: Any, axis: Any, keepdims: Any) -> Any:
    """How many entries take part, in the precision of the array so that a division by it stays in its dtype."""
    return np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims, dtype=real_dtype(a))


def _sum(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = 0, where: Any = True
) -> Any:
    total = np.sum(np.where(where, _in_dtype(a, dtype), 0.0), axis=axis, keepdims=keepdims)
    return total if _is(initial, 0) else total + initial


def _prod(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = 1, where: Any = True
) -> Any:
    total = np.prod(np.where(where, _in_dtype(a, dtype), 1.0), axis=axis, keepdims=keepdims)
    return total if _is(initial, 1) else total * initial


def _is(initial: Any, neutral: int) -> bool:
    return isinstance(initial, (int, float)) and initial == neutral


def _mean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, where: Any = True) -> Any:
    a = _in_dtype(a, dtype)
    total = _sum(a, axis, keepdims=keepdims, where=where)
    with np.errstate(invalid="ignore"):
        return total / _counted(a, where, axis, keepdims)


def _extremum(reduce: Callable[..., Any], choose: Callable[..., Any], neutral: float) -> Callable[..., Any]:
    def extremum(a: Any, axis: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
        if initial is None and where is not True:
            reduce(value_of(a), axis=axis, where=where)  # NumPy's own error: it has no answer without initial
        best = reduce(np.where(where, a, neutral), axis=axis, keepdims=keepdims)
        return best if initial is None else choose(best, initial)

    return extremum


def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    a = _in_dtype(a, dtype)
    ddof = ddof if correction is None else correction
    centre = _mean(a, axis, keepdims=True, where=where) if mean is None else mean
    deviation = np.where(where, a - centre, 0.0)
    squares = abs2(deviation) if is_complex(deviation) else np.square(deviation)
    count = np.maximum(_counted(a, where, axis, keepdims) - ddof, 0)
    return np.sum(squares, axis=axis, keepdims=keepdims) / count


def root(variance: Any) -> Any:
    """The square root, whose derivative at 0 is taken to be 0: of the subgradients of a deviation the least."""
    constant = variance == 0
    return np.where(constant, 0.0, np.sqrt(np.where(constant, 1.0, variance)))


def _std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    return root(_var(a, axis, dtype, ddof, keepdims, where, mean, correction))


SOME = np.array([True, False, True])
MASKED = (
    call("3b", where=SOME[:, None]),
    call("3b", axis=0, where=~SOME[:, None], keepdims=True),
    call("a3", axis=1, where=SOME),
    call("2b3", axis=(0, 2), where=SOME),
)

composed(np.sum, _sum, domain=(-3, 3), calls=(*MASKED, call("ab", axis=0, initial=2.5), call("ab", dtype=np.float64)))
composed(np.mean, _mean, domain=(-3, 3), calls=(*MASKED, call("ab", axis=1, dtype=np.float64)))
composed(np.prod, _prod, domain=(0.4, 2), calls=(*MASKED, call("ab", axis=0, initial=2.5)))
for extremum, choose, neutral in ((np.max, np.maximum, -np.inf), (np.min, np.minimum, np.inf)):
    composed(
        extremum,
        _extremum(extremum, choose, neutral),
        domain=(-3, 3),
        calls=(
            call("ab", axis=0, initial=0.01),
            call("a3", axis=1, initial=neutral, where=SOME),
            call("3b", axis=0, initial=neutral, where=~SOME[:, None], keepdims=True),
        ),
    )
for spread, definition in ((np.var, _var), (np.std, _std)):
    composed(
        spread,
        definition,
        domain=(-3, 3),
        calls=(
            call("3b", where=SOME[:, None]),
            call("3b", axis=0, where=SOME[:, None], keepdims=True),
            call("a3", axis=1, where=SOME, ddof=1),
            call("3b", axis=0, mean=0.3),
            call("3b", axis=0, correction=1),
        ),
    )


# --------------------------------------------------------------------------------------------- reductions that skip NaN


def _nansum(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = 0, where: Any = True
) -> Any:
    return _sum(a, axis, dtype, keepdims, initial, where & ~np.isnan(a))


def _nanprod(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = 1, where: Any = True
) -> Any:
    return _prod(a, axis, dtype, keepdims, initial, where & ~np.isnan(a))


def _nanmean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, where: Any = True) -> Any:
    return _mean(a, axis, dtype, keepdims, where & ~np.isnan(a))


def _nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    where = where & ~np.isnan(a)
    short = _counted(a, where, axis, keepdims) <= (ddof if correction is None else correction)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = _var(a, axis, dtype, ddof, keepdims, where, mean, correction)
    return np.where(short, np.nan, variance) if possible(short) else variance


def _nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    return root(_nanvar(a, axis, dtype, ddof, keepdims, where, mean, correction))


def _nanextremum(reduce: Callable[..., Any], choose: Callable[..., Any], neutral: float) -> Callable[..., Any]:
    extremum = _extremum(reduce, choose, neutral)

    def nanextremum(a: Any, axis: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
        if where is not True:
            return extremum(a, axis, keepdims, initial, where & ~np.isnan(a))
        best = reduce(np.where(np.isnan(a), neutral, a), axis=axis, keepdims=keepdims)
        empty = np.all(np.isnan(a), axis=axis, keepdims=keepdims)
        best = np.where(empty, np.nan, best) if possible(empty) else best
        return best if initial is None else choose(best, initial)

    return nanextremum


def with_gaps(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as its tests call it: on an array one entry in four of which is NaN."""

    def gapped(a: Any, **params: Any) -> Any:
        gaps = np.arange(np.size(a)).reshape(np.shape(a)) % 4 == 1
        return function(np.where(gaps, np.nan, a), **params)

    return gapped


NAN_REDUCTIONS = (
    call("35"),
    call("35", axis=0),
    call("35", axis=-1, keepdims=True),
    call("253", axis=(0, 1)),
)

DEFINITIONS: tuple[tuple[Any, Any, Any], ...] = (
    (np.nansum, _nansum, (-3, 3)),
    (np.nanprod, _nanprod, (0.4, 2)),
    (np.nanmean, _nanmean, (-3, 3)),
    (np.nanvar, _nanvar, (-3, 3)),
    (np.nanstd, _nanstd, (-3, 3)),
    (np.nanmax, _nanextremum(np.max, np.maximum, -np.inf), (-3, 3)),
    (np.nanmin, _nanextremum(np.min, np.minimum, np.inf), (-3, 3)),
)
for function, nan_definition, domain in DEFINITIONS:
    composed(function, nan_definition, domain=domain, calls=NAN_REDUCTIONS, forward=with_gaps(function))
