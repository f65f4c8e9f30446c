"""Which memory each result of a tape is written into: planned once, by how long each is needed.

A buffer belongs to one shape and dtype. It is given back when what it holds is needed no more, and the result of an
elementwise op takes over the buffer of an input that is needed no more: the op runs in place. What the function returns
is never in a buffer, nor is a view of one returned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.node import Node
from compgraph.primitive import Op

__all__ = ["Buffer", "Plan", "planned"]

ndarray = np.ndarray

FRESH = frozenset({
    np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.where, np.concatenate, np.stack, np.dot, np.cumsum,
    np.cumprod, np.vdot, np.tensordot, np.outer, np.kron, np.sort, np.argsort, np.roll, np.tile, np.repeat, np.pad,
})  # fmt: skip
"""Functions, besides ufuncs, whose results are in memory of their own."""

WRITTEN_INTO = frozenset({np.dot, np.sum})
"""Functions, besides ufuncs, that write into a given array."""


class Buffer(NamedTuple):
    """An array that is made once and written to in every call."""

    number: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        """Its size in bytes."""
        return int(np.prod(self.shape)) * self.dtype.itemsize


class Plan(NamedTuple):
    """Where results go.

    Attributes:
        buffers: all of them.
        target: for a node that is written into a buffer, which.
        over: for a node that runs in place, the input that it overwrites.
        copied: positions among the outputs that have to be copied before they are returned.
    """

    buffers: tuple[Buffer, ...]
    target: Mapping[Node, Buffer]
    over: Mapping[Node, Node]
    copied: frozenset[int]


def planned(nodes: Sequence[Node], outputs: Sequence[Node], lasting: Collection[Node]) -> Plan:
    """Plan the memory of what is computed in every call.

    Args:
        nodes: what is computed, in order.
        outputs: what is returned.
        lasting: nodes that are there before and after: arguments, constants, what is computed from constants.
    """
    held = _memory(nodes, lasting)
    last: dict[Node, int] = {}
    for i, node in enumerate(nodes):
        for root in held[node]:
            last[root] = i
        for x in node.inputs:
            for root in held.get(x, ()) if isinstance(x, Node) else ():
                last[root] = i
    returned = {root for output in outputs for root in held.get(output, ())}
    target: dict[Node, Buffer] = {}
    over: dict[Node, Node] = {}
    free: dict[Any, list[Buffer]] = {}
    count = 0
    buffers = []
    for i, node in enumerate(nodes):
        if node in returned or not _writable(node):
            taken = None
        else:
            taken = next((x for x in node.inputs if _may_be_overwritten(x, node, i, target, held, last)), None)
            if taken is not None:
                target[node], over[node] = target[taken], taken
            else:
                value = node.value
                pool = free.get((value.shape, value.dtype))
                if pool:
                    target[node] = pool.pop()
                else:
                    buffers.append(Buffer(count, value.shape, value.dtype))
                    target[node] = buffers[-1]
                    count += 1
        for root in _roots(node, held):
            if last.get(root) == i and root in target and root is not taken and root is not node:
                free.setdefault((root.value.shape, root.value.dtype), []).append(target[root])
        if last.get(node) == i and node in target:
            free.setdefault((node.value.shape, node.value.dtype), []).append(target[node])
    return Plan(tuple(buffers), target, over, _copied(outputs, held, set(lasting)))


def _memory(nodes: Iterable[Node], lasting: Collection[Node]) -> dict[Node, frozenset[Node]]:
    """For each node those whose memory its own may be part of: itself, if its memory is its own."""
    held: dict[Node, frozenset[Node]] = {node: frozenset([node]) for node in lasting}
    for node in nodes:
        if type(node.value) is not ndarray and not isinstance(node.value, tuple):
            held[node] = frozenset()
        elif _owns(node.op):
            held[node] = frozenset([node])
        else:
            held[node] = frozenset().union(*[held.get(x, frozenset()) for x in node.inputs if isinstance(x, Node)])
            held[node] |= {node}
    return held


def _owns(op: Op | None) -> bool:
    if op is None:
        return False
    if isinstance(op.function, np.ufunc) or op.function in FRESH:
        return True
    computes = op.elementwise and not op.exact  # an activation; what only moves entries may return a view
    return computes and str(getattr(op.function, "__module__", "")).startswith("compgraph.rules.")


def _writable(node: Node) -> bool:
    """Whether a result can be written into a given array."""
    op = node.op
    if op is None or "call" in node.params or type(node.value) is not ndarray:
        return False
    if op.function is np.dot:
        return all(np.ndim(x.value if isinstance(x, Node) else x) == 2 for x in node.inputs)
    return op.function in WRITTEN_INTO or (isinstance(op.function, np.ufunc) and op.function.nout == 1)


def _may_be_overwritten(
    x: Any, node: Node, i: int, target: Mapping[Node, Buffer], held: Mapping[Node, Any], last: Mapping[Node, int]
) -> bool:
    return (
        isinstance(x, Node)
        and node.op is not None
        and node.op.elementwise
        and x in target
        and last.get(x) == i
        and x.value.shape == node.value.shape
        and x.value.dtype == node.value.dtype
        and all(y is x or x not in held.get(y, ()) for y in node.inputs if isinstance(y, Node))
    )


def _roots(node: Node, held: Mapping[Node, Any]) -> set[Node]:
    return {root for x in node.inputs if isinstance(x, Node) for root in held.get(x, ())} | set(held[node])


def _copied(outputs: Sequence[Node], held: Mapping[Node, frozenset[Node]], lasting: Collection[Node]) -> frozenset[int]:
    """The outputs that share memory with something: an argument, a constant, a buffer, an output before them."""
    seen: set[Node] = set()
    copied = set()
    for i, output in enumerate(outputs):
        if type(output.value) is not ndarray:
            continue
        roots = held.get(output, frozenset([output]))
        if roots != {output} or output in seen or output in lasting:
            copied.add(i)
        seen |= {output}
    return frozenset(copied)
