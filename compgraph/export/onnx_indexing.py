"""Indexing in ONNX: slices as slices, and anything else by the numbers of the places that are named.

An index that depends on no argument is evaluated here, on an array of numbers in place of the entries.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.errors import TracingError
from compgraph.export.onnx_graph import Graph
from compgraph.export.ready import dtype_of
from compgraph.node import Node

__all__ = ["add_at", "embedded", "entries_at", "moved", "reshaped", "set_at", "taken_along_axis"]

Emit = Callable[..., str]

SIMPLE = (int, np.integer, slice, type(None), type(Ellipsis))


def reshaped(graph: Graph, tensor: str, shape: tuple[int, ...]) -> str:
    """A tensor in another shape."""
    return graph.add("Reshape", tensor, graph.lengths(*shape), **({"allowzero": 1} if 0 in shape else {}))


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Node) else x


def entries_at(graph: Graph, node: Node, a: Any, index: Any) -> str:
    """The entries that an index names."""
    shape = np.shape(_value(a))
    parts = index if isinstance(index, tuple) else (index,)
    if all(isinstance(part, SIMPLE) and not isinstance(part, bool) for part in parts):
        return reshaped(graph, _sliced(graph, graph.of(a), shape, parts), node.shape)
    flat = graph.add("Reshape", graph.of(a), graph.lengths(-1))
    return graph.add("Gather", flat, _places(graph, shape, index), axis=0)


def _sliced(graph: Graph, tensor: str, shape: tuple[int, ...], parts: tuple[Any, ...]) -> str:
    """The entries that slices and places name, with an axis of length 1 where a place is named."""
    own = [part for part in parts if part is not None]
    if Ellipsis in own:
        i = own.index(Ellipsis)
        own[i : i + 1] = [slice(None)] * (len(shape) - len(own) + 1)
    starts, ends, axes, steps = [], [], [], []
    for axis, (part, length) in enumerate(zip(own, shape, strict=False)):
        if not isinstance(part, slice):
            place = int(part) % length
            part = slice(place, place + 1)
        start, stop, step = part.indices(length)
        if (start, stop, step) != (0, length, 1):
            starts.append(start)
            ends.append(stop if stop >= 0 else -length - 1)  # before the first entry: -1 would be the last one
            axes.append(axis)
            steps.append(step)
    if not axes:
        return tensor
    return graph.add("Slice", tensor, *[graph.lengths(*numbers) for numbers in (starts, ends, axes, steps)])


def _places(graph: Graph, shape: tuple[int, ...], index: Any) -> str:
    """The places that an index names, as numbers of the entries of a flat array."""
    if not _depends(index):
        return graph.constant(_numbered(shape)[index].astype(np.int64))
    parts = index if isinstance(index, tuple) else (index,)
    if any(isinstance(part, (slice, type(None), type(Ellipsis))) or dtype_of(part).kind == "b" for part in parts):
        raise TracingError("an index of slices or masks beside arrays that depend on the arguments")
    total = None
    for part, length, axis in zip(parts, shape, range(len(shape)), strict=False):
        places = graph.of(np.asarray(part) if isinstance(part, list) else part, np.int64)
        negative = graph.add("Less", places, graph.constant(np.int64(0)))
        above = graph.add("Add", places, graph.constant(np.int64(length)))
        term = graph.add("Where", negative, above, places)
        stride = math.prod(shape[axis + 1 :])
        if stride != 1:
            term = graph.add("Mul", term, graph.constant(np.int64(stride)))
        total = term if total is None else graph.add("Add", total, term)
    rest = shape[len(parts) :]
    assert total is not None
    if not rest:
        return total
    named = np.broadcast_shapes(*[np.shape(_value(part)) for part in parts])
    column = reshaped(graph, total, (*named, *[1] * len(rest)))
    return graph.add("Add", column, graph.constant(_numbered(rest).astype(np.int64)))


def _depends(index: Any) -> bool:
    return any(map(_depends, index)) if isinstance(index, (tuple, list)) else isinstance(index, Node)


def _numbered(shape: tuple[int, ...]) -> Any:
    return np.arange(math.prod(shape)).reshape(shape)


def moved(function: Callable[..., Any]) -> Emit:
    """A function that moves entries about: they are gathered by their places."""

    def emit(graph: Graph, node: Node, a: Any, *args: Any, **kwargs: Any) -> str:
        places = function(_numbered(np.shape(_value(a))), *args, **kwargs)
        flat = graph.add("Reshape", graph.of(a), graph.lengths(-1))
        return graph.add("Gather", flat, graph.constant(places.astype(np.int64)), axis=0)

    return emit


def _zeros(graph: Graph, node: Node) -> str:
    value = graph.onnx.numpy_helper.from_array(np.zeros(1, dtype_of(node)))
    return graph.add("ConstantOfShape", graph.lengths(math.prod(node.shape)), value=value)


def _scattered(graph: Graph, node: Node, flat: str, places: str, entries: str, reduction: str) -> str:
    """A flat array with entries at places, in the shape of the result."""
    one = graph.lengths(-1)
    places, entries = graph.add("Reshape", places, one), graph.add("Reshape", entries, one)
    changed = graph.add("ScatterElements", flat, places, entries, axis=0, reduction=reduction)
    return reshaped(graph, changed, node.shape)


def embedded(graph: Graph, node: Node, entries: Any, index: Any, shape: Any) -> str:
    """Entries placed in an array of zeros; those for one place add up."""
    if not np.size(_value(entries)):
        return reshaped(graph, _zeros(graph, node), node.shape)
    places = _places(graph, tuple(shape), index)
    return _scattered(graph, node, _zeros(graph, node), places, graph.of(entries, dtype_of(node)), "add")


def _spread(graph: Graph, node: Node, entries: Any, index: Any) -> tuple[Any, str]:
    """The places that an index names, and the entries, one for each."""
    if _depends(index):
        raise TracingError("an update at places that depend on the arguments")
    places = _numbered(node.shape)[index]
    own = list(np.shape(_value(entries)))
    while len(own) > np.ndim(places) and own[0] == 1:
        own = own[1:]
    tensor = reshaped(graph, graph.of(entries, dtype_of(node)), tuple(own))
    return places.astype(np.int64), graph.add("Expand", tensor, graph.lengths(*np.shape(places)))


def _names_nothing(node: Node, index: Any) -> bool:
    return not _depends(index) and not np.size(_numbered(node.shape)[index])


def add_at(graph: Graph, node: Node, a: Any, entries: Any, index: Any) -> str:
    """An array with entries added; those for one place add up."""
    if _names_nothing(node, index):
        return graph.of(a, dtype_of(node))
    places, tensor = _spread(graph, node, entries, index)
    flat = graph.add("Reshape", graph.of(a, dtype_of(node)), graph.lengths(-1))
    return _scattered(graph, node, flat, graph.constant(places), tensor, "add")


def set_at(graph: Graph, node: Node, a: Any, entries: Any, index: Any) -> str:
    """An array with entries replaced; of those for one place the last stays."""
    if _names_nothing(node, index):
        return graph.of(a, dtype_of(node))
    places, tensor = _spread(graph, node, entries, index)
    order = np.ravel(places)
    kept = order.size - 1 - np.unique(order[::-1], return_index=True)[1]
    flat = graph.add("Reshape", graph.of(a, dtype_of(node)), graph.lengths(-1))
    chosen = graph.add("Gather", graph.add("Reshape", tensor, graph.lengths(-1)), graph.lengths(*kept), axis=0)
    return _scattered(graph, node, flat, graph.constant(order[kept]), chosen, "none")


def taken_along_axis(graph: Graph, node: Node, arr: Any, indices: Any, axis: Any = -1) -> str:
    """One entry for each place of an index of as many axes."""
    return graph.add("GatherElements", graph.of(arr), graph.of(indices, np.int64), axis=int(axis))
