"""Declarations of indexing and of its transpose, which puts entries back where they were taken from."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from compgraph.primitive import OPS, RECORD, call, differentiable, primitive
from compgraph.unknown import Unknown

__all__ = ["embed", "may_repeat", "take"]


ONCE = (int, np.integer, slice, type(None), type(Ellipsis))
"""What names an entry, or a stretch of them, once."""


def may_repeat(index: Any) -> bool:
    """Whether an index may name one entry twice: it holds an array, a list or another sequence of integers."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(not (isinstance(part, ONCE) or _is_mask(part)) for part in parts)


def _is_mask(part: Any) -> bool:
    return (part if isinstance(part, Unknown) else np.asarray(part)).dtype == bool


def take(a: Any, index: Any) -> Any:
    """What an index names of an array, a node or a Python float."""
    unknown = None if type(index) is int else _unknown_part(index)
    if unknown is not None:  # which takes note of the op itself
        return getattr(unknown, RECORD)(OPS[operator.getitem], (a,), {"index": index})
    return np.asarray(a)[index] if isinstance(a, float) else a[index]


def _unknown_part(index: Any) -> Unknown | None:
    parts = index if isinstance(index, tuple) else (index,)
    return next((part for part in parts if isinstance(part, Unknown)), None)


INDEXINGS = (
    call("3b", index=1),
    call("3b", index=(slice(None), 0)),
    call("34", index=(slice(None, None, -2), slice(1, 3))),
    call("3b", index=(None, ..., 0)),
    call("34", index=np.array([0, 2, 0, 0])),
    call("34", index=([0, 0, 2], [1, 1, 3])),
    call("34", index=(slice(None), np.array([[3, 3], [0, 3]]))),
    call("23", index=np.array([[True, False, True], [False, True, True]])),
    call("", index=()),
)


@differentiable(
    lambda grad, out, entries, index, shape: take(grad, index),
    domain=(-3, 3),
    multilinear=True,
    elementwise=False,
    calls=(
        call("b", index=1, shape=lambda b: (3, b)),
        call("22", index=(slice(None), np.array([2, 2])), shape=(2, 3)),
        call("a", index=(slice(None), 0), shape=lambda a: (a, 2)),
    ),
)
def embed(entries: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Place ``entries`` at ``index`` of an array of zeros; entries that fall on the same place add up.

    >>> embed(np.array([1.0, 2.0, 4.0]), index=np.array([0, 2, 2]), shape=(3,))
    array([1., 0., 6.])

    Args:
        entries: an array of the shape that ``zeros(shape)[index]`` has.
        index: anything NumPy indexes by.
        shape: the shape of the result.

    Returns:
        An array of ``shape`` and the dtype of ``entries``.
    """
    unknown = _unknown_part(index)
    if unknown is not None:
        return getattr(unknown, RECORD)(OPS[embed], (entries,), {"index": index, "shape": shape})
    whole = np.zeros(shape, np.result_type(entries))
    if may_repeat(index):
        np.add.at(whole, index, entries)
    else:
        whole[index] = entries
    return whole


primitive(
    operator.getitem,
    lambda grad, out, a, index: embed(grad, index=index, shape=np.shape(a)),
    forward=take,
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    name="getitem",
    symbol="[ ]",
    calls=INDEXINGS,
)
