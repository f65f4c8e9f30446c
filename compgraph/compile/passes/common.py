"""Common subexpressions: what is computed twice from the same things is computed once."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.compile.rewriting import rewritten
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["common_subexpressions"]


def common_subexpressions(tape: Tape) -> Tape:
    """Return the tape in which no op is applied twice to the same inputs.

    >>> import compgraph as cg
    >>> x = cg.Variable([1.0, 2.0])
    >>> len(cg.Tape(np.exp(x) * np.exp(x))), len(common_subexpressions(cg.Tape(np.exp(x) * np.exp(x))))
    (4, 3)
    """
    seen: dict[Any, Node] = {}

    def shared(node: Node, inputs: tuple[Any, ...]) -> Any:
        key = (node.op, tuple(map(_key, inputs)), repr(node.params) if node.params else "")
        if key in seen:
            return seen[key]
        kept = Node(node.op, node.value, inputs, node.params)
        kept.name = node.name
        seen[key] = kept
        return kept

    return rewritten(tape, shared)


def _key(x: Any) -> Any:
    if type(x) is Node:
        return x.index
    if type(x) is float:
        return (float, repr(x))
    if isinstance(x, np.ndarray):
        return (x.dtype.str, x.shape, x.tobytes())
    return (type(x), repr(x))
