"""Functions that pick entries: take, compress, sort, partition, select, choose, unique and their like.

The order of a sort is found on the plain values; then the entries are taken in that order, and cotangents go back to
where the entries came from. Equal entries stay in their order, so each of them gets the cotangent of its own place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call
from compgraph.rules.complex_parts import is_complex
from compgraph.rules.composition import composed, value_of
from compgraph.rules.indexing import embed
from compgraph.rules.shape import cast
from compgraph.unknown import Unknown

__all__ = ["along"]


def _flat(a: Any, axis: int | None) -> tuple[Any, int]:
    return (np.ravel(a), 0) if axis is None else (a, axis % np.ndim(a))


def _take(a: Any, indices: Any, axis: int | None = None, mode: Any = "raise") -> Any:
    a, axis = _flat(a, axis)
    n = np.shape(a)[axis]
    places: Any = value_of(indices)
    if isinstance(places, Unknown):
        unknown: Any = places
        places = np.clip(unknown, 0, n - 1) if mode == "clip" else unknown % n if mode == "wrap" else unknown
    else:
        places = np.take(np.arange(n), places, mode=mode)
    return a[(slice(None),) * axis + (places,)]


composed(
    np.take,
    _take,
    domain=(-3, 3),
    calls=(
        call("4b", indices=2, axis=0),
        call("a4", indices=[[0, -1], [0, 3]], axis=1),
        call("23", indices=[5, 0, 5]),
        call("23", indices=[7, -9], mode="wrap"),
        call("23", indices=[7, -9], mode="clip", axis=1),
    ),
)


def along(arr: Any, indices: Any, axis: int) -> Any:
    """Take from each slice along an axis the entries at that slice's own places, as np.take_along_axis does."""
    axis = axis % np.ndim(arr)
    shape = np.broadcast_shapes(_but(np.shape(arr), axis), _but(np.shape(indices), axis))
    grid = [
        indices if i == axis else np.arange(n).reshape((1,) * i + (n,) + (1,) * (len(shape) - i - 1))
        for i, n in enumerate(shape)
    ]
    return np.broadcast_to(arr, (*shape[:axis], np.shape(arr)[axis], *shape[axis + 1 :]))[tuple(grid)]


def _but(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], 1, *shape[axis + 1 :])


def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    arr, axis = _flat(arr, axis)
    np.take_along_axis(value_of(arr), value_of(indices), axis)  # NumPy's own errors
    return along(arr, value_of(indices), axis)


composed(
    np.take_along_axis,
    _take_along_axis,
    domain=(-3, 3),
    calls=(
        call("23", indices=np.array([[2, 0], [1, 1]]), axis=1),
        call("23", indices=np.array([[1, 0, 1]]), axis=0),
        call("23", indices=np.array([5, 0, 0]), axis=None),
    ),
)
composed(
    np.compress,
    lambda condition, a, axis=None: _take(a, np.flatnonzero(condition), axis),
    domain=(-3, 3),
    calls=(call("3b", condition=[True, False, True], axis=0), call("22", condition=[False, True, True])),
    forward=lambda a, condition, axis=None: np.compress(condition, a, axis),
)
composed(
    np.extract,
    lambda condition, arr: np.ravel(arr)[np.flatnonzero(condition)],
    domain=(-3, 3),
    calls=(call("23", condition=np.array([[True, False, True], [False, True, True]])),),
    forward=lambda arr, condition: np.extract(condition, arr),
)

# ----------------------------------------------------------------------------------------------------------------- sort


def _sort(a: Any, axis: int | None = -1, kind: Any = None, stable: Any = None) -> Any:
    a, axis = _flat(a, axis)
    return along(a, np.argsort(value_of(a), axis=axis, kind="stable"), axis)


def _partition(a: Any, kth: Any, axis: int | None = -1, kind: Any = "introselect") -> Any:
    a, axis = _flat(a, axis)
    return along(a, np.argpartition(value_of(a), kth, axis=axis, kind=kind), axis)


composed(np.sort, _sort, domain=(-3, 3), calls=(call("5"), call("a4"), call("4b", axis=0), call("23", axis=None)))
composed(
    np.sort_complex,
    lambda a: cast(np.sort(a), dtype=np.result_type(value_of(a)) if is_complex(a) else np.dtype(complex)),
    domain=(-3, 3),
    calls=(call("5"), call("a4")),
)
composed(np.partition, _partition, domain=(-3, 3), calls=(call("5", kth=2), call("4b", kth=(0, 2), axis=0)))


def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """The first of equal entries is the one that is taken."""
    find: Any = np.unique
    plain = find(value_of(ar), True, return_inverse, return_counts, axis=axis, equal_nan=equal_nan)
    values = _take(ar, plain[1], axis)
    parts = (values, *(plain[1:] if return_index else plain[2:]))
    return parts if len(parts) > 1 else values


composed(
    np.unique,
    _unique,
    domain=(-3, 3),
    calls=(call("5"), call("23"), call("5", return_index=True, return_counts=True), call("4b", axis=0)),
)
composed(
    np.trim_zeros,
    lambda filt, trim="fb": filt[_untrimmed(value_of(filt), trim)],
    domain=(-3, 3),
    calls=(call("4"), call("4", trim="f")),
    forward=lambda filt, trim="fb": np.trim_zeros(filt * np.array([0, 1, 1, 0]), trim),
)


def _untrimmed(filt: Any, trim: str) -> slice:
    places = np.flatnonzero(filt)
    if not places.size:
        return slice(0, 0)
    trim = trim.lower()
    return slice(places[0] if "f" in trim else None, places[-1] + 1 if "b" in trim else None)


# -------------------------------------------------------------------------------------------------------------- choices


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    chosen = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        chosen = np.where(value_of(condition), choice, chosen)
    shape = np.broadcast_shapes(*map(np.shape, condlist), *map(np.shape, choicelist), np.shape(default))
    return chosen if np.shape(chosen) == shape else np.broadcast_to(chosen, shape)


def _choose(a: Any, choices: Any, mode: Any = "raise") -> Any:
    choices = list(choices)
    which = np.choose(value_of(a), range(len(choices)), mode=mode)
    shape = np.broadcast_shapes(np.shape(which), *map(np.shape, choices))
    chosen = choices[-1]
    for i, choice in enumerate(choices[:-1]):
        chosen = np.where(which == i, choice, chosen)
    return np.broadcast_to(chosen, shape)


FIRST, SECOND = np.array([True, False, False]), np.array([True, True, False])
composed(
    np.select,
    _select,
    domain=(-3, 3),
    calls=(call("a3,3,"), call("3,a1,")),
    forward=lambda a, b, default: np.select([FIRST, SECOND], [a, b], default),
)
composed(
    np.choose,
    _choose,
    domain=(-3, 3),
    calls=(call("3,3"), call("a3,"), call("3,a1", mode="wrap")),
    forward=lambda a, b, mode="clip": np.choose(np.array([0, 1, 2]), [a, b], mode=mode),
)


def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Each function sees only the entries it is for, so nothing flows through the others; the last condition wins."""
    plain = np.asarray(value_of(condlist)) if not isinstance(condlist, (list, tuple)) else condlist
    masks = [
        np.broadcast_to(value_of(c), np.shape(x)) for c in (plain if np.ndim(plain[0]) or np.ndim(x) == 0 else [plain])
    ]
    if len(funclist) == len(masks) + 1:
        masks = [*masks, ~np.any(masks, axis=0)]
    later = np.zeros(np.shape(x), bool)
    total: Any = np.zeros(np.shape(x), np.result_type(value_of(x)))
    for mask, function in zip(reversed(masks), reversed(list(funclist)), strict=True):
        mine = np.asarray(mask & ~later)
        later |= mask
        if mine.any():
            entries = function(np.reshape(x, mine.shape)[mine], *args, **kw) if callable(function) else function
            entries = cast(np.broadcast_to(entries, (int(mine.sum()),)), dtype=total.dtype)
            total = total + embed(entries, index=mine, shape=mine.shape)
    return total


def _places_of(x: Any) -> Any:
    return np.arange(np.size(x)).reshape(np.shape(x)) % 4


composed(
    np.piecewise,
    _piecewise,
    domain=(0.5, 3),
    calls=(call("23"), call("a")),
    forward=lambda x: np.piecewise(x, [_places_of(x) < 2, _places_of(x) == 1], [np.sqrt, lambda v: v * v, 0.5]),
)


def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    places = value_of(x)
    size = max(minlength, int(np.max(places, initial=-1)) + 1)
    if weights is None:
        return np.bincount(places, minlength=minlength)
    return embed(cast(weights, dtype=np.dtype(float)), index=np.asarray(places), shape=(size,))


composed(
    np.bincount,
    _bincount,
    domain=(-3, 3),
    calls=(call("4", x=np.array([1, 3, 1, 0])), call("4", x=np.array([1, 3, 1, 0]), minlength=6)),
    forward=lambda weights, x, minlength=0: np.bincount(x, weights, minlength),
)
