"""Memory against time: results that are cheap to make again are given up and made again, to stay below a budget.

What makes the memory of a derivative large is what the forward part leaves for the reverse part. Where it is more than
the budget, the result that holds the most for the least work is dropped after its last use before the gap, and computed
once more just before it is needed: what :func:`compgraph.checkpoint` does by hand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.compile.calls import CONSTANT, PART
from compgraph.compile.capture import Program
from compgraph.compile.rewriting import again, rewritten
from compgraph.compile.source import sorted_by_need
from compgraph.errors import UseError
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["bytes_of", "least_memory", "within"]

ndarray = np.ndarray
MOST_ROUNDS = 60
"""After so many rounds without a gain there is none to be had."""
LONGEST = 200
"""So many operations may be computed again for one result."""

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
    if found is None:
        raise UseError(f'memory={memory!r} is no size: give a number of bytes, or text such as "200MB" or "1.5GiB"')
    return int(float(found[1]) * UNITS[found[2].upper()])


class Gap(NamedTuple):
    """A stretch of the program over which a result is kept and not used.

    Attributes:
        node: the result.
        stop: the place of its next use.
        again: what has to be computed for it then, in order: itself, and what it is made of and is gone by then.
    """

    node: Node
    stop: int
    again: tuple[Node, ...]


def least_memory(program: Program) -> int:
    """The bytes that are held at once, at the worst place of a program: results, without arguments and constants."""
    _, every = sorted_by_need(program.tape, program.arguments)
    return max(_held(every, program.tape), default=0)


def within(program: Program, budget: int) -> Program:
    """Return the program with results computed again where that is needed to hold no more than so many bytes at once.

    Args:
        program: what to rewrite.
        budget: in bytes. Where it cannot be kept, the result is what comes closest.
    """
    best = now = program
    least = least_memory(program)
    rounds = 0
    while least > budget and rounds < MOST_ROUNDS:
        tape = _with_one_gap_less(now)
        if tape is None:
            break
        now = now._replace(tape=tape)
        held = least_memory(now)
        if held < least:  # several places may hold as much: then it takes several rounds
            best, least, rounds = now, held, 0
        rounds += 1
    return best


def _held(every: Sequence[Node], tape: Tape) -> list[int]:
    """The bytes held while each node is computed."""
    last = {node: i for i, node in enumerate(every)}
    for i, node in enumerate(every):
        for x in node.inputs:
            if x in last:
                last[x] = i
    for node in tape.outputs:
        if node in last:
            last[node] = len(every)
    change = [0] * (len(every) + 2)
    for i, node in enumerate(every):
        change[i] += _nbytes(node)
        change[last[node] + 1] -= _nbytes(node)
    held, total = [], 0
    for i in range(len(every)):
        total += change[i]
        held.append(total)
    return held


def _with_one_gap_less(program: Program) -> Tape | None:
    """The tape in which one result less is held at the place that holds the most; None if there is none to give up."""
    tape = program.tape
    _, every = sorted_by_need(tape, program.arguments)
    held = _held(every, tape)
    if not held:
        return None
    worst = max(range(len(held)), key=held.__getitem__)
    place = {node: i for i, node in enumerate(every)}
    uses: dict[Node, list[int]] = {node: [i] for node, i in place.items()}
    for i, node in enumerate(every):
        for x in node.inputs:
            if x in uses:
                uses[x].append(i)
    outputs = set(tape.outputs)
    last = {node: (len(every) if node in outputs else found[-1]) for node, found in uses.items()}
    best: tuple[float, Gap] | None = None
    for node, found in uses.items():
        if node.op is PART or not isinstance(node.value, ndarray) or node in outputs or not _nbytes(node):
            continue
        after = next((i for i in found if i > worst), None)
        if after is None or worst in found or found[0] > worst:
            continue
        again_ = _gone(node, place, last, worst)
        if again_ is None:
            continue
        gain = _nbytes(node) / sum(map(_work, again_))
        if best is None or gain > best[0]:
            best = gain, Gap(node, after, again_)
    return None if best is None else _made_again(tape, best[1], place)


def _gone(node: Node, place: Mapping[Node, int], last: Mapping[Node, int], worst: int) -> tuple[Node, ...] | None:
    """What has to be computed for a result once more: itself and what of its making is gone by then, in order."""
    found: dict[Node, None] = {node: None}
    waiting = [node]
    while waiting:
        for x in waiting.pop().inputs:
            if isinstance(x, Node) and x in place and last[x] < worst and x not in found:
                if x.op is PART or len(found) == LONGEST:
                    return None
                found[x] = None
                waiting.append(x)
    return tuple(sorted(found, key=place.__getitem__))


def _work(node: Node) -> float:
    """A rough measure of how much work a result is."""
    size = float(max(node.value.size, 1))
    if node.op is not None and node.op.function in (np.dot, np.matmul):
        first = node.inputs[0]
        return size * int(np.shape(first.value if isinstance(first, Node) else first)[-1])
    return size * (1.0 if node.op is not None and node.op.elementwise else 4.0)


def _made_again(tape: Tape, gap: Gap, place: Mapping[Node, int]) -> Tape:
    """The tape in which a result is computed again after a gap."""
    now: dict[Node, Any] = {}
    copies: dict[Node, Node] = {}

    def change(node: Node, inputs: tuple[Any, ...]) -> Node | None:
        if any(x is gap.node for x in node.inputs) and place.get(node, -1) >= gap.stop:
            if not copies:
                for old in gap.again:
                    parts = [copies.get(x, now.get(x, x)) if isinstance(x, Node) else x for x in old.inputs]
                    copies[old] = made = again(old, tuple(parts))
                    made.name = None
            copy = copies[gap.node]
            inputs = tuple([copy if old is gap.node else x for old, x in zip(node.inputs, inputs, strict=True)])
        now[node] = kept = again(node, inputs)
        return kept

    return rewritten(tape, change)


def _nbytes(node: Node) -> int:
    if node.op is None or node.op is CONSTANT or not isinstance(node.value, ndarray):
        return 0
    return 0 if node.op.function is np.transpose else math.prod(node.value.shape) * node.value.dtype.itemsize
