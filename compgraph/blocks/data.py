"""Data: arrays whose examples lie along one axis, and iterators of such arrays, cut into blocks of examples."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from compgraph.errors import DtypeError, SettingError, ShapeError
from compgraph.nested import Structure, flatten, paths, unflatten
from compgraph.node import Node
from compgraph.transforms import stop_gradient

__all__ = ["Block", "Whole", "arrays_in", "axis_of", "cut", "is_stream"]

ndarray = np.ndarray

Block: TypeAlias = tuple[int, Sequence[Any]]
"""How many examples a block has, and its data arguments."""

LAYOUTS = {"columns": -1, "rows": 0}
"""Along which axis the examples lie. Labels of one axis are the same in both."""

BLOCK_BYTES = 1 << 20
"""So much data a block has by default: it, and what is computed from it, stays in the processor's cache."""

MOST_AXES = 64
"""NumPy's limit."""

_END = object()


def axis_of(over: str | int) -> int:
    """Return along which axis the examples lie.

    >>> axis_of("columns"), axis_of("rows"), axis_of(2)
    (-1, 0, 2)

    Raises:
        SettingError: it is neither a layout nor an axis.
    """
    axis = LAYOUTS.get(over) if isinstance(over, str) else over
    if axis is None or isinstance(axis, bool) or not hasattr(axis, "__index__"):
        raise SettingError(f"over is 'columns', 'rows' or the number of an axis, not {over!r}")
    number = axis.__index__()
    if abs(number) > MOST_AXES:
        raise SettingError(
            f"over={number} is the number of an axis, and no array has so many axes: "
            f"how many examples a block has is size={abs(number)}"
        )
    return number


def cut(data: Mapping[str, Any], others: Sequence[Any], axis: int, size: int | None) -> Iterator[Block]:
    """Return the blocks of data one after the other.

    >>> X, Y = np.zeros((2, 5)), np.zeros((1, 5))
    >>> [(m, x.shape, y.shape) for m, (x, y) in cut({"X": X, "Y": Y}, [], -1, 3)]
    [(3, (2, 3), (1, 3)), (2, (2, 2), (1, 2))]

    Args:
        data: the data arguments by name: trees of arrays, or an iterator of blocks for each.
        others: the other arguments.
        axis: along which the examples lie.
        size: of a block of arrays; None: chosen by the bytes of data and other arguments.

    Raises:
        ShapeError: arrays without that axis, or with different numbers of examples; iterators of different lengths.
    """
    streams = [name for name, argument in data.items() if is_stream(argument)]
    if not streams:
        arrays = arrays_in(data, axis)
        return _slices(arrays, size or _default_size(arrays, others))
    if mixed := [name for name in data if name not in streams]:
        raise ShapeError(
            f"{streams[0]} is an iterator of blocks and {mixed[0]} is not: "
            "give whole arrays, or an iterator for each of the data"
        )
    return _drawn(data, axis)


def is_stream(argument: Any) -> bool:
    """Return whether an argument gives blocks, and is no array and no tree of arrays.

    >>> is_stream(iter([np.ones(2)])), is_stream([np.ones(2)]), is_stream(np.ones(2))
    (True, False, False)
    """
    if isinstance(argument, (dict, list, tuple, str)) or hasattr(argument, "shape"):
        return False
    return isinstance(argument, Iterable)


class Whole(NamedTuple):
    """Arrays of data: the leaves of all data arguments, their places and structure, and where the examples lie."""

    leaves: list[Any]
    places: list[str]
    structure: Structure
    examples: int
    axis: int

    def part(self, start: int, stop: int) -> Sequence[Any]:
        """The arguments for some of the examples."""
        leaves = zip(self.leaves, self.places, strict=True)
        arguments: Sequence[Any] = unflatten(
            self.structure, [_slice(x, place, self.axis, start, stop) for x, place in leaves]
        )
        return arguments


def arrays_in(data: Mapping[str, Any], axis: int) -> Whole:
    """Return the arrays in some arguments, which have equally many examples.

    Raises:
        ShapeError: they have not, or have no such axis.
        DtypeError: something is no array.
    """
    leaves, structure = flatten(tuple(data.values()))
    leaves = [np.asarray(x) if isinstance(x, list) else x for x in leaves]
    places = [path for name, x in data.items() for path in paths(flatten(x)[1], name)]
    counts = set()
    for x, place in zip(leaves, places, strict=True):
        _refuse_no_array(x, place)
        shape = np.shape(x)
        if not -len(shape) <= axis < len(shape):
            raise ShapeError(
                f"{place} has shape {shape} and no axis {axis} along which its examples could lie: "
                "what belongs to all examples is an argument of its own that is not named in data"
            )
        counts.add(shape[axis])
    if not counts:
        raise ShapeError(f"there is no array in {' and '.join(data)}, which is to be cut into blocks")
    if len(counts) > 1:
        told = " and ".join(f"{place} of shape {np.shape(x)}" for x, place in zip(leaves, places, strict=True))
        raise ShapeError(
            f"the data differ in their number of examples along axis {axis}: {told}{_other_layout(leaves, axis)}"
        )
    return Whole(leaves, places, structure, counts.pop(), axis)


def _refuse_no_array(x: Any, place: str) -> None:
    if isinstance(x, (str, bytes, os.PathLike)):
        raise DtypeError(f"{place} is {x!r}, which is no array: open the file, as np.load('X.npy', mmap_mode='r') does")
    if x is None:
        raise DtypeError(f"{place} is None, which is no array that could be cut into blocks")


def _other_layout(leaves: Sequence[Any], axis: int) -> str:
    """What to say of data that differ: that they agree along the other axis, if they do, or what the layouts are."""
    words = {"rows": "first", "columns": "last"}
    for layout, other in LAYOUTS.items():
        if other != axis and all(np.ndim(x) for x in leaves) and len({np.shape(x)[other] for x in leaves}) == 1:
            return f"; along the {words[layout]} they have the same, which is over={layout!r}"
    return " (the last axis is over='columns', the first over='rows')"


def _slice(x: Any, place: str, axis: int, start: int, stop: int) -> Any:
    """Some of the examples, one after the other in memory: a view of the array where they are, else a copy."""
    index = [slice(None)] * len(np.shape(x))
    index[axis] = slice(start, stop)
    part = x[tuple(index)]
    if isinstance(x, np.memmap) or not isinstance(x, (ndarray, Node)):
        read = np.array(part)  # once, however often it is used
        if read.ndim != len(index):
            raise DtypeError(
                f"a slice of {place}, of type {type(x).__name__}, is nothing that NumPy reads as an array: convert it, "
                "as toarray() does for a sparse matrix"
            )
        return read
    if isinstance(part, Node) or part.flags.forc:
        return part
    return part.copy()  # columns that lie far apart take matrix products up to half as long again


def _default_size(data: Whole, others: Sequence[Any]) -> int:
    """How many examples make a block of which most work is on the examples, and little on adding gradients."""
    per_example = sum(map(_bytes, data.leaves)) / max(data.examples, 1)
    kept = sum(map(_bytes, flatten(list(others))[0]))  # about as much as the gradients that each block has
    return max(1, int(max(BLOCK_BYTES, 8 * kept) / max(per_example, 1.0)))


def _bytes(x: Any) -> int:
    x = stop_gradient(x)
    return math.prod(x.shape) * np.dtype(x.dtype).itemsize if hasattr(x, "shape") and hasattr(x, "dtype") else 0


def _slices(data: Whole, size: int) -> Iterator[Block]:
    for start in range(0, data.examples, size):
        stop = min(start + size, data.examples)
        yield stop - start, data.part(start, stop)


def _drawn(data: Mapping[str, Any], axis: int) -> Iterator[Block]:
    streams = [iter(argument) for argument in data.values()]
    for number in count():
        block = [next(stream, _END) for stream in streams]  # zip would keep the first of them to the end
        by_name = dict(zip(data, block, strict=True))
        ended = [name for name, argument in by_name.items() if argument is _END]
        if len(ended) == len(data):
            return
        if ended:
            raise ShapeError(f"{ended[0]} gave {number} blocks, and the other data more")
        examples = arrays_in(by_name, axis).examples
        if examples:
            yield examples, block
