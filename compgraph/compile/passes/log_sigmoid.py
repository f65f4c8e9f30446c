"""Logarithms of a sigmoid from what it is made of: log A = -log(1 + e) and log(1 - A) = n - log(1 + e), e = exp(n).

For A = 1 / (1 + exp(n)). One logarithm instead of two, and none of a difference that has lost its digits. Where n is
large the second is a difference of equal numbers, in the end of infinite ones. There log(1 - A) is -1/e, which is
nowhere above it: the larger of the two is right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.compile.passes.sigmoid_slope import sigmoid_parts
from compgraph.compile.rewriting import applied, is_number, rewritten
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["log_sigmoids"]


def log_sigmoids(tape: Tape) -> Tape:
    """Return the tape with logarithms of sigmoids in this form.

    >>> import compgraph as cg
    >>> z = cg.Variable([0.5, -2.0])
    >>> a = 1 / (1 + np.exp(-z))
    >>> [node.op.name for node in log_sigmoids(cg.Tape(np.log(1 - a))) if node.op]
    ['negative', 'exp', 'add', 'log', 'subtract', 'divide', 'fmax']
    """

    def change(node: Node, inputs: tuple[Any, ...]) -> Any:
        if node.op is None or node.op.function is not np.log or "call" in node.params:
            return None
        (x,) = inputs
        parts = sigmoid_parts(x) if isinstance(x, Node) else None
        if parts is not None:
            return applied(np.negative, applied(np.log, parts[0]))
        if isinstance(x, Node) and x.op is not None and x.op.function is np.subtract and _is_one(x.inputs[0]):
            parts = sigmoid_parts(x.inputs[1]) if isinstance(x.inputs[1], Node) else None
            if parts is not None:
                difference = applied(np.subtract, parts[1].inputs[0], applied(np.log, parts[0]))
                return applied(np.fmax, difference, applied(np.divide, -1.0, parts[1]))
        return None

    return rewritten(tape, change)


def _is_one(x: Any) -> bool:
    return is_number(x) and bool(x == 1)
