"""Long sums in blocks: where a tape is a sum over the examples, it is computed for some of them at a time.

What is computed of a block stays in the processor's cache; computed of all examples at once, each result goes to memory
and comes back. And several threads can share the blocks. A node is inside the loop if it has the axis of the examples;
a sum or a matrix product over that axis is added up block by block; everything after is done once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.compile.calls import Slot
from compgraph.compile.plan import planned
from compgraph.node import Node

__all__ = ["Tiling", "in_cache", "of_small_products", "shared", "tiled"]

ndarray = np.ndarray

LEAST = 1 << 21
"""Below so many bytes of results everything stays in the cache anyway."""

CACHED = 3 << 19
"""So many bytes a block may work in, with what it takes of the data: they stay in the second-level cache; and blocks
are long enough for threads not to wait for each other at every step."""

SHORTEST, LONGEST = 256, 8192
"""How many examples a block may have."""

GROUPS = 16
"""Among so many groups the blocks are dealt out, each of which is added up by itself, and by one thread."""

FEWEST = 32
"""Each thread must have so many examples: matrix products of fewer columns are slow."""

MUCH = 15e6
"""Threads are worth a try from so many additions and multiplications: handing work over takes as long as a tenth."""


SMALL = 5e6
"""A matrix product of fewer additions and multiplications is computed sooner than shared among threads."""


class Tiling(NamedTuple):
    """Which nodes are computed block by block.

    Attributes:
        length: how many examples there are.
        block: how many of them at a time.
        groups: among how many groups the blocks are dealt out.
        along: for each node that has the axis of the examples, and is used block by block, which axis that is.
        before: what is computed first, once.
        inside: what is computed of each block, in order.
        partial: what of that is to be added up.
        after: what is computed of the sums, once.
    """

    length: int
    block: int
    groups: int
    along: Mapping[Node, int]
    before: Sequence[Node]
    inside: Sequence[Node]
    partial: Sequence[Node]
    after: Sequence[Node]


def tiled(every: Sequence[Node], lasting: Collection[Node], outputs: Collection[Node]) -> Tiling | None:
    """Find the axis of the examples, and what has it, in a single block so far; None where there is none.

    Args:
        every: what is computed in every call, in order.
        lasting: what is there before: arguments, constants, what is computed from constants.
        outputs: what is returned; if some of it has an axis, that is needed as a whole.
    """
    lengths = Counter(n for node in every if isinstance(node.value, ndarray) for n in set(node.value.shape))
    for length in sorted(lengths, reverse=True):
        if length > 1 and lengths[length] >= 3:
            found = _along(every, lasting, length)
            if found is not None and {*outputs}.isdisjoint({*found.inside} - {*found.partial}):
                return found
    return None


def in_cache(tiling: Tiling) -> Tiling | None:
    """The same in blocks of which the results stay in the cache; None where they do so anyway."""
    arrays = [x.value for x in (*tiling.before, *tiling.inside, *tiling.after) if isinstance(x.value, ndarray)]
    if tiling.length < 2 * SHORTEST or sum(array.nbytes for array in arrays) < LEAST:
        return None
    plan = planned(tiling.inside, tiling.partial, [])
    data = [node.value for node in tiling.along if node not in {*tiling.inside}]
    width = sum(x.nbytes for x in (*plan.buffers, *data))
    block = 1 << int(math.log2(max(CACHED * tiling.length // max(width, 1), 1)))
    block = min(max(block, SHORTEST), LONGEST)
    # Where all blocks can be of the same length, they work in the same memory.
    block = next((n for n in range(block, block * 3 // 4, -1) if tiling.length % n == 0), block)
    return tiling._replace(block=block, groups=min(GROUPS, -(-tiling.length // block)))


def shared(tiling: Tiling, threads: int) -> Tiling | None:
    """The same in as many blocks as there are threads; None where that can gain nothing."""
    if threads < 2 or tiling.length < FEWEST * threads or _work(tiling.inside) < MUCH:
        return None
    block = -(-tiling.length // threads)
    return tiling._replace(block=block, groups=-(-tiling.length // block))


def of_small_products(tiling: Tiling) -> bool:
    """Whether BLAS should not share the matrix products of a block among threads, which would take longer."""
    return all(_product_work(node) * tiling.block < SMALL * tiling.length for node in tiling.inside)


def _work(nodes: Iterable[Node]) -> float:
    """How much work some nodes are, in additions and multiplications of a matrix product."""
    return sum(max(10 * np.size(node.value), _product_work(node)) for node in nodes)


def _product_work(node: Node) -> int:
    """The additions and multiplications of a matrix product; 0 for anything else."""
    if node.op is None or node.op.function not in (np.matmul, np.dot):
        return 0
    first = node.inputs[0]
    return 2 * int(np.shape(first.value if isinstance(first, Node) else first)[-1]) * int(np.size(node.value))


def _along(every: Sequence[Node], lasting: Collection[Node], length: int) -> Tiling | None:
    along: dict[Node, int] = {}
    for node in lasting:
        if isinstance(node.value, ndarray) and node.value.shape.count(length) == 1:
            along[node] = node.value.shape.index(length)
    summed: set[Node] = set()
    before: list[Node] = []
    inside: list[Node] = []
    partial: list[Node] = []
    after: list[Node] = []
    for node in every:
        nodes = [x for x in node.inputs if isinstance(x, Node)]
        late = any(x in summed for x in nodes)
        if not any(x in along for x in nodes):
            (after if late else before).append(node)
            if late:
                summed.add(node)
            continue
        if late:
            return None  # it needs a sum over all examples and is computed of each
        rule = _rule(node)
        axis = None if rule is None else rule(node, along, length)
        if axis is None:
            return None
        inside.append(node)
        if axis < 0:
            partial.append(node)
            summed.add(node)
        else:
            along[node] = axis
    used = {x for node in inside for x in node.inputs if isinstance(x, Node)}
    along = {node: axis for node, axis in along.items() if node in used}
    if not partial or any(node in along for node in before):
        return None
    return Tiling(length, length, 1, along, before, inside, partial, after)


SUM = -1
"""In the place of an axis: what is computed is a sum over it."""

Rule = Callable[[Node, Mapping[Node, int], int], "int | None"]


def _rule(node: Node) -> Rule | None:
    op = node.op
    assert op is not None
    if not isinstance(node.value, (ndarray, np.floating)):
        return None
    if "call" in node.params:
        return _sum if op.function is np.sum and node.params["call"][0] == (Slot(0),) else None
    if op.elementwise and not node.params:
        return _elementwise
    return RULES.get(op.function)


def _elementwise(node: Node, along: Mapping[Node, int], length: int) -> int | None:
    ndim = np.ndim(node.value)
    places = {ndim - np.ndim(x.value) + along[x] for x in node.inputs if isinstance(x, Node) and x in along}
    if len(places) != 1 or node.value.shape.count(length) != 1:
        return None
    (place,) = places
    # An input of that length along the axis has to be taken in blocks too; one that is repeated along it is not.
    for x in node.inputs:
        value = x.value if isinstance(x, Node) else x
        at = place - (ndim - np.ndim(value))
        if at >= 0 and np.shape(value)[at] == length and not (isinstance(x, Node) and x in along):
            return None
    return place


def _product(node: Node, along: Mapping[Node, int], length: int) -> int | None:
    left, right = node.inputs
    if np.ndim(node.value) != 2 or not all(isinstance(x, Node) and np.ndim(x.value) == 2 for x in (left, right)):
        return None
    first, second = along.get(left), along.get(right)
    if first == 1 and second == 0:
        return SUM
    if node.value.shape.count(length) != 1:
        return None
    if first == 0 and second is None:
        return 0
    if first is None and second == 1:
        return 1
    return None


def _inner(node: Node, along: Mapping[Node, int], length: int) -> int | None:
    left, right = node.inputs
    same = isinstance(left, Node) and isinstance(right, Node) and along.get(left) == along.get(right)
    return SUM if same and np.shape(left.value) == np.shape(right.value) else None


def _transpose(node: Node, along: Mapping[Node, int], length: int) -> int | None:
    (x,) = node.inputs
    return 1 - along[x] if np.ndim(node.value) == 2 and not node.params else None


def _sum(node: Node, along: Mapping[Node, int], length: int) -> int | None:
    if len(node.inputs) > 1:  # the second is a mask
        return None
    (x,) = node.inputs
    ndim = np.ndim(x.value)
    params = node.params["call"][1] if "call" in node.params else node.params
    if not params.keys() <= {"axis", "keepdims", "dtype"}:  # a start would be added to each block
        return None
    axis = params.get("axis")
    axes = set(range(ndim)) if axis is None else {i % ndim for i in (axis if isinstance(axis, tuple) else (axis,))}
    if along[x] in axes:
        return SUM
    return along[x] if params.get("keepdims") else along[x] - sum(i < along[x] for i in axes)


def _extremum(node: Node, along: Mapping[Node, int], length: int) -> int | None:
    axis = _sum(node, along, length)
    return None if axis == SUM else axis


RULES: dict[Any, Rule] = {
    np.matmul: _product,
    np.dot: _product,
    np.vdot: _inner,
    np.transpose: _transpose,
    np.sum: _sum,
    np.max: _extremum,
    np.min: _extremum,
}
