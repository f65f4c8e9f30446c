"""Memory against time: results that are cheap to make again are given up and made again, to stay below a budget.

What makes the memory of a derivative large is what the forward part leaves for the reverse part. Where it is more than
the budget, the results that hold the most for the least work are dropped after their last use before the gap, and
computed once more just before they are needed: what :func:`compgraph.checkpoint` does by hand.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from compgraph.compile.calls import CONSTANT, PART
from compgraph.compile.capture import Program
from compgraph.compile.plan import planned
from compgraph.compile.rewriting import again, rewritten
from compgraph.errors import UseError
from compgraph.node import Node
from compgraph.rules.shape import cast
from compgraph.tape import Tape

__all__ = ["bytes_of", "least_memory", "within"]

ndarray = np.ndarray
MOST_ROUNDS = 40
"""After so many rounds without a gain there is none to be had. Each of them aims lower."""
LONGEST = 200
"""So many operations may be computed again for one result."""

VIEWS = frozenset({
    np.transpose, np.swapaxes, np.moveaxis, np.squeeze, np.expand_dims, np.broadcast_to, np.flip, np.fliplr, np.flipud,
    np.rot90, np.diagonal, np.real, np.imag,
})  # fmt: skip
RESHAPED = frozenset({np.reshape, np.ravel})
"""Functions whose results are in the memory of their input: of these where that is in one piece."""

UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def bytes_of(memory: int | str) -> int:
    """A budget as a number of bytes.

    >>> bytes_of("200MB"), bytes_of("1.5 GiB"), bytes_of(4096)
    (200000000, 1610612736, 4096)

    Raises:
        UseError: it is no size.
    """
    if isinstance(memory, int) and not isinstance(memory, bool) and memory > 0:
        return memory
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMG]?i?B)\s*", str(memory), re.IGNORECASE)
    if found is None or not float(found[1]):
        raise UseError(f'memory={memory!r} is no size: give a number of bytes, or text such as "200MB" or "1.5GiB"')
    return int(float(found[1]) * UNITS[found[2].upper()])


class Lives(NamedTuple):
    """When the memory of each result is held, if it is let go after its last use.

    Attributes:
        every: what is computed, in order.
        place: the position of each in it.
        roots: for each the results whose memory it is in: itself, or those that it is a view of.
        uses: of each result with memory of its own, the places where it or a view of it is read, in order.
        last: of each such result, the place after which nothing reads it.
        held: the bytes that are held at each place, and at the end, where results are copied that may be views.
    """

    every: tuple[Node, ...]
    place: Mapping[Node, int]
    roots: Mapping[Node, tuple[Node, ...]]
    uses: Mapping[Node, list[int]]
    last: Mapping[Node, int]
    held: list[int]


class Gap(NamedTuple):
    """A stretch of the program over which a result is kept and not used.

    Attributes:
        node: the result.
        stop: the place of its next use.
        again: what has to be computed for it then, in order: itself, and what it is made of and is gone by then.
        needed: what that is made of and is still there.
    """

    node: Node
    stop: int
    again: tuple[Node, ...]
    needed: frozenset[Node]


def least_memory(program: Program, once: Collection[Node] = ()) -> int:
    """The bytes that are held at once, at the worst place of a program, if each result is let go after its last use.

    Args:
        program: what is computed.
        once: what of that is computed beforehand, and kept.
    """
    return max(_lives(program, once).held) + sum(map(_nbytes, once))


def within(program: Program, budget: int, once: Collection[Node] = ()) -> Program:
    """Return the program with results computed again where that is needed to hold no more than so many bytes at once.

    Args:
        program: what to rewrite.
        budget: in bytes. Where it cannot be kept, the result is what comes closest.
        once: what is computed beforehand, and kept.
    """
    budget -= sum(map(_nbytes, once))
    best = program
    lives = _lives(program, once)
    least = max(lives.held)
    rounds = 0
    while max(lives.held) > budget and rounds < MOST_ROUNDS:
        gaps = _given_up(lives, program.tape, budget - rounds * budget // MOST_ROUNDS)
        if not gaps:
            break
        program = program._replace(tape=_made_again(program.tape, gaps, lives))
        lives = _lives(program, once)
        rounds += 1
        if max(lives.held) < least:  # several places may hold as much: then it takes several rounds
            best, least, rounds = program, max(lives.held), 0
    return best


def _lives(program: Program, once: Collection[Node]) -> Lives:
    tape = program.tape
    kept = set(once)
    every = tuple([x for x in tape if x.op is not None and x.op is not CONSTANT and x not in kept])
    lasting = [x for x in tape if x.op is None or x.op is CONSTANT or x in kept]
    plan = planned(every, tape.outputs, lasting)
    roots: dict[Node, tuple[Node, ...]] = {}
    uses: dict[Node, list[int]] = {}
    in_pieces: set[Node] = set()
    for i, node in enumerate(every):
        read = dict.fromkeys(root for x in node.inputs if isinstance(x, Node) for root in roots.get(x, ()))
        for root in read:
            uses[root].append(i)
        if _is_view(node, in_pieces):
            roots[node] = roots.get(node.inputs[0], ())
            if node.op is not None and node.op.function not in RESHAPED:
                in_pieces.add(node)
        else:
            roots[node] = (node,)
            uses[node] = []
    last = {node: max(found, default=-1) for node, found in uses.items()}
    place = {node: i for i, node in enumerate(every)}
    for output in tape.outputs:
        for root in roots.get(output, ()):
            last[root] = len(every)
    change = [0] * (len(every) + 2)
    for node in uses:
        last[node] = max(last[node], place[node])
        change[place[node]] += _nbytes(node)
        change[last[node] + 1] -= _nbytes(node)
    for node, x in plan.over.items():  # which is written into the memory of that
        if x in uses:
            change[place[node]] -= _nbytes(x)
            change[place[node] + 1] += _nbytes(x)
    change[len(every)] += sum(_nbytes(tape.outputs[i]) for i in plan.copied)
    held, total = [], 0
    for difference in change[:-1]:
        total += difference
        held.append(total)
    return Lives(every, place, roots, uses, last, held)


def _given_up(lives: Lives, tape: Tape, budget: int) -> list[Gap]:
    """Results that are not used at the place that holds the most, and cheap to make again: as many as it takes."""
    worst = max(range(len(lives.held)), key=lives.held.__getitem__)
    outputs = {root for output in tape.outputs for root in lives.roots.get(output, ())}
    found: list[tuple[float, Gap]] = []
    for node, uses in lives.uses.items():
        if lives.place[node] >= worst or lives.last[node] <= worst or node in outputs or worst in uses:
            continue
        gap = _gap(node, lives, worst) if isinstance(node.value, ndarray) and _nbytes(node) else None
        if gap is not None:
            found.append((_nbytes(node) / sum(map(_work, gap.again)), gap))
    found.sort(key=lambda pair: -pair[0])
    gaps: list[Gap] = []
    given: set[Node] = set()
    needed: set[Node] = set()
    more = lives.held[worst] - budget
    for _, gap in found:
        if more > 0 and gap.node not in needed and given.isdisjoint(gap.needed):
            gaps.append(gap)
            given.add(gap.node)
            needed |= gap.needed
            more -= _nbytes(gap.node)
    return gaps


def _gap(node: Node, lives: Lives, worst: int) -> Gap | None:
    """The gap in which a place lies; None where too much would have to be computed for it once more."""
    stop = next(i for i in lives.uses[node] if i > worst)
    found: dict[Node, None] = {node: None}
    needed: set[Node] = set()
    waiting = [node]
    while waiting:
        for x in waiting.pop().inputs:
            if not isinstance(x, Node) or x not in lives.place or x in found:
                continue
            if all(lives.last[root] > worst for root in lives.roots[x]):
                needed.update(lives.roots[x])
            elif isinstance(x.value, tuple) or len(found) == LONGEST:
                return None
            else:
                found[x] = None
                waiting.append(x)
    return Gap(node, stop, tuple(sorted(found, key=lives.place.__getitem__)), frozenset(needed))


def _made_again(tape: Tape, gaps: list[Gap], lives: Lives) -> Tape:
    """The tape in which results are computed again after gaps."""
    now: dict[Node, Any] = {}
    copies: dict[tuple[Node, Node], Node] = {}
    by_node = {gap.node: gap for gap in gaps}

    def copied(old: Node, gap: Gap) -> Node:
        """A result, or a view of it, from what is computed again."""
        if (gap.node, gap.node) not in copies:
            for node in gap.again:
                parts = [copies.get((gap.node, x), now.get(x, x)) if isinstance(x, Node) else x for x in node.inputs]
                copies[gap.node, node] = made = again(node, tuple(parts))
                made.name = None
        if (gap.node, old) not in copies:
            parts = [
                copied(x, gap) if isinstance(x, Node) and gap.node in lives.roots.get(x, ()) else now.get(x, x)
                for x in old.inputs
            ]
            copies[gap.node, old] = made = again(old, tuple(parts))
            made.name = None
        return copies[gap.node, old]

    def change(node: Node, inputs: tuple[Any, ...]) -> Node:
        if node not in lives.place:  # it is computed once, of constants
            return node
        changed = list(inputs)
        for i, x in enumerate(node.inputs):
            for root in lives.roots.get(x, ()) if isinstance(x, Node) else ():
                gap = by_node.get(root)
                if gap is not None and lives.place[node] >= gap.stop and lives.place[x] < gap.stop:
                    changed[i] = copied(x, gap)
        now[node] = kept = again(node, tuple(changed))
        return kept

    return rewritten(tape, change)


def _is_view(node: Node, in_pieces: Collection[Node]) -> bool:
    """Whether a result is in the memory of its first input, as far as that can be told without their memory.

    Args:
        node: the result.
        in_pieces: views that may not be in one piece: of another shape they are copied.
    """
    op = node.op
    x = node.inputs[0] if node.inputs else None
    if op is None or not isinstance(x, Node) or not isinstance(node.value, ndarray):
        return False
    if op.function is operator.getitem:
        index = node.params["call"][0][1:] if "call" in node.params else node.params.get("index")
        return len(node.inputs) == 1 and _is_basic(index)
    if op.function is cast:
        return bool(node.value.dtype == np.asarray(x.value).dtype)
    if op.function in RESHAPED:
        return x not in in_pieces
    return op is PART or op.function in VIEWS


def _is_basic(index: Any) -> bool:
    """Whether an index takes a regular part of an array."""
    if isinstance(index, tuple):
        return all(map(_is_basic, index))
    return index is None or index is Ellipsis or (isinstance(index, (int, slice)) and not isinstance(index, bool))


def _work(node: Node) -> float:
    """A rough measure of how much work a result is."""
    size = float(max(node.value.size, 1)) if isinstance(node.value, ndarray) else 1.0
    function = None if node.op is None else node.op.function
    if function in (np.dot, np.matmul):
        first = node.inputs[0]
        return size * int(np.shape(first.value if isinstance(first, Node) else first)[-1])
    if getattr(function, "__module__", "") == "numpy.linalg":
        return size * max(node.value.shape, default=1) * 4.0
    return size * (1.0 if node.op is not None and node.op.elementwise else 4.0)


def _nbytes(node: Node) -> int:
    """The bytes of a result, or of all results of a function that has several."""
    parts = node.value if isinstance(node.value, tuple) else (node.value,)
    return sum(math.prod(x.shape) * x.dtype.itemsize for x in parts if isinstance(x, ndarray))
