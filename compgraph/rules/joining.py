"""Arrays cut into parts, put together, and lengthened: the split family, the stack family, append, insert, pad."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.errors import MissingRuleError
from compgraph.primitive import call
from compgraph.rules.composition import composed, value_of
from compgraph.rules.indexing import embed

__all__ = ["pad"]

# ---------------------------------------------------------------------------------------------------------------- split


def _pieces(split: Any, ary: Any, indices_or_sections: Any, axis: int) -> list[Any]:
    """The parts of an array, at the places where NumPy itself would cut."""
    ndim = np.ndim(ary)
    before = (slice(None),) * (axis % ndim)
    cut = split(np.arange(np.shape(ary)[axis]), value_of(indices_or_sections))
    return [ary[(*before, slice(part[0], part[-1] + 1) if part.size else slice(0, 0))] for part in cut]


def _along(axis: int, least: int, vector_axis: int | None = None) -> Any:
    def split(ary: Any, indices_or_sections: Any) -> list[Any]:
        if np.ndim(ary) < least:
            raise ValueError(f"only works on arrays of {least} or more dimensions")
        along = vector_axis if vector_axis is not None and np.ndim(ary) == 1 else axis
        return _pieces(np.split, ary, indices_or_sections, along)

    return split


composed(
    np.split,
    lambda ary, indices_or_sections, axis=0: _pieces(np.split, ary, indices_or_sections, axis),
    domain=(-3, 3),
    calls=(
        call("4b", indices_or_sections=2),
        call("a4", indices_or_sections=(1, 3), axis=-1),
        call("4", indices_or_sections=(1, 1, 9)),
    ),
)
composed(
    np.array_split,
    lambda ary, indices_or_sections, axis=0: _pieces(np.array_split, ary, indices_or_sections, axis),
    domain=(-3, 3),
    calls=(call("5b", indices_or_sections=3), call("a5", indices_or_sections=2, axis=1)),
)
composed(
    np.hsplit,
    _along(1, 1, 0),
    domain=(-3, 3),
    calls=(call("a4", indices_or_sections=2), call("4", indices_or_sections=2)),
)
composed(np.vsplit, _along(0, 2), domain=(-3, 3), calls=(call("4b", indices_or_sections=[1]),))
composed(np.dsplit, _along(2, 3), domain=(-3, 3), calls=(call("ab4", indices_or_sections=2),))
if hasattr(np, "unstack"):  # since NumPy 2.1
    composed(
        np.unstack,
        lambda x, axis=0: tuple(np.moveaxis(x, axis, 0)),
        domain=(-3, 3),
        calls=(call("3b"), call("a2", axis=1)),
    )

# ---------------------------------------------------------------------------------------------------------------- stack


def _listed(function: Any) -> Any:
    return lambda *arrays, **params: function(list(arrays), **params)


def _column(a: Any) -> Any:
    return np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a


composed(
    np.vstack,
    lambda tup: np.concatenate([np.atleast_2d(a) for a in tup]),
    domain=(-3, 3),
    calls=(call("b,b"), call("ab,b"), call("ab,cb"), call(",")),
    forward=_listed(np.vstack),
)
composed(
    np.hstack,
    lambda tup: np.concatenate([np.atleast_1d(a) for a in tup], axis=0 if np.ndim(tup[0]) <= 1 else 1),
    domain=(-3, 3),
    calls=(call("a,b"), call("ab,ac"), call("a,")),
    forward=_listed(np.hstack),
)
composed(
    np.dstack,
    lambda tup: np.concatenate([np.atleast_3d(a) for a in tup], axis=2),
    domain=(-3, 3),
    calls=(call("a,a"), call("ab,ab"), call("abc,abd")),
    forward=_listed(np.dstack),
)
composed(
    np.column_stack,
    lambda tup: np.concatenate([_column(a) for a in tup], axis=1),
    domain=(-3, 3),
    calls=(call("a,a"), call("ab,a"), call("ab,ac")),
    forward=_listed(np.column_stack),
)


def _depth(arrays: Any) -> int:
    return 1 + max(map(_depth, arrays), default=0) if isinstance(arrays, list) else 0


def _ndim(arrays: Any) -> int:
    return max(map(_ndim, arrays)) if isinstance(arrays, list) else np.ndim(arrays)


def _block(arrays: Any) -> Any:
    """Innermost lists are joined along the last axis, those around them along the one before, and so on."""
    depth = _depth(arrays)
    ndim = max(depth, _ndim(arrays))
    return _joined(arrays, ndim - depth, ndim)


def _joined(part: Any, axis: int, ndim: int) -> Any:
    if isinstance(part, list):
        return np.concatenate([_joined(each, axis + 1, ndim) for each in part], axis=axis)
    return np.reshape(part, (1,) * (ndim - np.ndim(part)) + np.shape(part))


composed(
    np.block,
    _block,
    domain=(-3, 3),
    calls=(call("ab,ac,db,dc"), call("a1,aa,1,a"), call("cab,cad,ceb,ced")),
    forward=lambda a, b, c, d: np.block([[a, b], [c, d]]),
)

# -------------------------------------------------------------------------------------------- append, delete and insert


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        return np.concatenate([np.ravel(arr), np.ravel(values)])
    return np.concatenate([arr, values], axis=axis)


def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    arr, axis = (np.ravel(arr), 0) if axis is None else (arr, axis)
    kept = np.delete(np.arange(np.shape(arr)[axis]), obj)
    return arr[(slice(None),) * (axis % np.ndim(arr)) + (kept,)]


def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """NumPy's own insertion of places into places, carried out on the array with the values appended to it."""
    arr, axis = (np.ravel(arr), 0) if axis is None else (arr, axis % np.ndim(arr))
    n = np.shape(arr)[axis]
    ndim = np.ndim(arr)
    values = np.reshape(values, (1,) * (ndim - np.ndim(values)) + np.shape(values))
    if np.ndim(obj) == 0 and not isinstance(obj, slice):
        values = np.moveaxis(values, 0, axis)  # as NumPy does: along the axis stand the values of one place
    places = np.arange(n)[obj] if isinstance(obj, slice) else obj
    count = np.shape(values)[axis] if np.size(places) == 1 else np.size(places)
    shape = (*np.shape(arr)[:axis], count, *np.shape(arr)[axis + 1 :])
    order = np.insert(np.arange(n), places, n + np.arange(count))
    whole = np.concatenate([arr, np.broadcast_to(values, shape)], axis=axis)
    return whole[(slice(None),) * axis + (order,)]


composed(np.append, _append, domain=(-3, 3), calls=(call("ab,c"), call("ab,cb", axis=0), call("a,")))
composed(
    np.delete,
    _delete,
    domain=(-3, 3),
    calls=(call("3b", obj=1, axis=0), call("a4", obj=[0, -1], axis=1), call("23", obj=slice(0, None, 2))),
)
composed(
    np.insert,
    _insert,
    domain=(-3, 3),
    calls=(
        call("4,", obj=1),
        call("4,2", obj=1),
        call("4,2", obj=[3, 1]),
        call("3b,b", obj=1, axis=0),
        call("a3,a", obj=-1, axis=1),
        call("a3,a2", obj=[0, 2], axis=1),
        call("23,", obj=np.array([1, 1, 4])),
    ),
    forward=lambda arr, values, obj, axis=None: np.insert(arr, obj, values, axis),
)

# ------------------------------------------------------------------------------------------------------------------ pad

INDEXED_MODES = frozenset({"edge", "reflect", "symmetric", "wrap"})


def pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    shape = np.shape(array)
    if isinstance(pad_width, dict):  # since NumPy 2.4: by axis
        widths = np.zeros((len(shape), 2), int)
        for axis, width in pad_width.items():
            widths[axis] = width
    else:
        widths = np.broadcast_to(np.asarray(pad_width), (len(shape), 2))
    if mode == "constant":
        frame = np.pad(np.zeros(shape, np.result_type(value_of(array))), widths, **options)
        inside = tuple(slice(int(low), int(low) + n) for (low, _), n in zip(widths, shape, strict=True))
        return embed(array, index=inside, shape=frame.shape) + frame
    if mode not in INDEXED_MODES or options.get("reflect_type", "even") != "even":
        raise MissingRuleError(
            f"pad with mode={mode!r} and {options} cannot be differentiated; "
            f"the modes that can are: constant, {', '.join(sorted(INDEXED_MODES))} (of reflect_type='even')"
        )
    for axis, (width, n) in enumerate(zip(widths, shape, strict=True)):
        if width.any():
            array = array[(slice(None),) * axis + (np.pad(np.arange(n), tuple(width), mode),)]
    return array


composed(
    np.pad,
    pad,
    domain=(-3, 3),
    calls=(
        call("ab", pad_width=1),
        call("a", pad_width=(2, 0), constant_values=3.0),
        call("ab", pad_width=((0, 1), (2, 0)), constant_values=((0, 1.5), (2.5, 0))),
        call("ab", pad_width=2, mode="edge"),
        call("a4", pad_width=((1, 0), (2, 3)), mode="reflect"),
        call("a4", pad_width=5, mode="symmetric"),
        call("3b", pad_width=(2, 4), mode="wrap"),
    ),
)
