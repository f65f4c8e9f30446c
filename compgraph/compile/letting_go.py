"""After which line of a source each result is needed no more: its name can be deleted, and its memory used again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from compgraph.compile.plan import Plan
from compgraph.compile.statements import Statements
from compgraph.node import Node

__all__ = ["LARGE", "in_no_buffer", "let_go", "with_deletions"]

ndarray = np.ndarray
LARGE = 1 << 16
"""Memory of so many bytes is worth a line: what is made next finds it still in the cache."""


def let_go(every: Sequence[Node], outputs: Collection[Node], statements: Statements) -> dict[int, list[Node]]:
    """The arrays and tuples that are needed no more after each place.

    Args:
        every: what is computed, in order.
        outputs: what is returned.
        statements: what has written the lines.
    """
    last = {node: i for i, node in enumerate(every)} | dict.fromkeys(outputs, len(every))
    for i in reversed(range(len(every))):
        # What has no line of its own stands where it is used, and so do its inputs.
        at = last[every[i]] if statements.is_inline(every[i]) else i
        for x in every[i].inputs:
            if isinstance(x, Node) and x in last:
                last[x] = max(last[x], at)
    gone: dict[int, list[Node]] = {}
    for node in every:
        if isinstance(node.value, (ndarray, tuple)) and not statements.is_inline(node):
            gone.setdefault(last[node], []).append(node)
    return gone


def in_no_buffer(gone: Mapping[int, Sequence[Node]], plan: Plan, least: int) -> dict[int, list[Node]]:
    """Of these what is in memory of its own, of so many bytes at least."""
    return {i: [x for x in nodes if x not in plan.target and _nbytes(x) >= least] for i, nodes in gone.items()}


def _nbytes(node: Node) -> int:
    arrays = node.value if isinstance(node.value, tuple) else (node.value,)
    return sum(x.nbytes for x in arrays if isinstance(x, ndarray))


def with_deletions(lines: Sequence[list[str]], gone: Mapping[int, Sequence[Node]], statements: Statements) -> list[str]:
    """The lines of each place, with the names deleted of what is gone after it."""
    found = []
    for i, part in enumerate(lines):
        found += part
        if gone.get(i):
            found.append(f"del {', '.join(statements.namer.name(node) for node in gone[i])}")
    return found
