"""Over how many examples a cost averages, as its graph shows: the m of course notes."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["averaged_over"]

MEANS = frozenset({"mean", "average", "nanmean"})


def averaged_over(output: Node) -> tuple[int, ...]:
    """Return the numbers that a cost divides its sums by, the outermost first.

    >>> import numpy as np
    >>> import compgraph as cg
    >>> w = cg.Variable(np.ones((3, 1)))
    >>> X = np.ones((3, 7))
    >>> averaged_over(np.sum((w.T @ X) ** 2) / 7), averaged_over(np.mean((w.T @ X) ** 2))
    ((7,), (7,))

    Args:
        output: the cost. A mean divides by the number of entries it is taken over; a division by a constant counts
            where that is the length of an axis of some node, or the number of its entries, or twice that.
    """
    nodes = Tape(output).nodes
    lengths = {n for node in nodes for n in (*node.shape, node.size)}
    found: dict[int, None] = {}
    for node in reversed(nodes):
        if node.op is None:
            continue
        name = node.op.name
        if name in MEANS and isinstance(node.inputs[0], Node):
            found[node.inputs[0].size // max(node.size, 1)] = None
        elif name == "divide":
            _count(found, lengths, node.inputs[1], inverse=False)
        elif name == "multiply":
            for factor in node.inputs:
                _count(found, lengths, factor, inverse=True)
    return tuple([n for n in found if n > 1])


def _count(found: dict[int, None], lengths: set[int], constant: Any, *, inverse: bool) -> None:
    if isinstance(constant, Node) or np.ndim(constant) or not isinstance(constant, (int, float, np.number, np.ndarray)):
        return
    number = abs(float(constant))
    if inverse:
        number = 1 / number if number else 0.0
    whole = round(number) if np.isfinite(number) else 0
    if np.isclose(number, whole, rtol=1e-9):
        for length in (whole,) if whole % 2 else (whole, whole // 2):  # 1/(2m) of the squared error
            if length in lengths:
                found[length] = None
