"""Outer products that are multiplied with an array and summed: a factor that does not change along the sum comes last.

For a column u and a row v, (u v * S) @ B = u * ((v * S) @ B): the array u v is never made, and what is left to multiply
by u has as many entries as the result. In a network with one output that is the cotangent of the hidden layer,
W2.T @ dZ2, on its way to dW1 and db1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from compgraph.compile.rewriting import again, applied, rewritten
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["outer_products"]

ndarray = np.ndarray
LEAST = 1 << 13
"""An array of fewer entries costs less than the call that each result takes instead."""


class Scaled(NamedTuple):
    """What stands for u v * S: one of (v * S, u) and (u * S, v).

    Attributes:
        rest: the first of these.
        factor: the second, by which sums of it are multiplied.
    """

    rest: Node
    factor: Any


def outer_products(tape: Tape) -> Tape:
    """Return the tape with products of outer products in this form, where that makes the arrays smaller.

    >>> import compgraph as cg
    >>> u, v = cg.variables(u=np.ones((16, 1)), v=np.ones((1, 1000)))
    >>> S, B = np.ones((16, 1000)), np.ones((1000, 1))
    >>> [node.op.name for node in outer_products(cg.Tape((((u @ v) * S) @ B))) if node.op]
    ['multiply', 'matmul', 'multiply']
    """
    uses: dict[Node, list[Node]] = {}
    for node in tape:
        for x in node.inputs:
            if isinstance(x, Node):
                uses.setdefault(x, []).append(node)
    outputs = set(tape.outputs)
    scaled: dict[Node, Scaled] = {}  # by what it stands for, on the old tape

    def change(node: Node, inputs: tuple[Any, ...]) -> Any:
        if node.op is None or "call" in node.params:
            return None
        if node.op.function is np.multiply:
            for i in (0, 1):
                outer, other = node.inputs[i], inputs[1 - i]
                axis = _summed_axis(node, uses) if _is_outer(outer, node, uses) else None
                if axis is not None and node not in outputs:
                    row, column = inputs[i].inputs[::-1] if axis == 1 else inputs[i].inputs
                    scaled[node] = Scaled(applied(np.multiply, row, other), column)
                    return again(node, inputs)  # which nothing uses
            return None
        for i, x in enumerate(node.inputs):
            if isinstance(x, Node) and x in scaled:
                rest, factor = scaled[x]
                summed = again(node, (*inputs[:i], rest, *inputs[i + 1 :]))
                summed.name = None
                return applied(np.multiply, factor, summed)
        return None

    return rewritten(tape, change)


def _is_outer(x: Any, product: Node, uses: Mapping[Node, list[Node]]) -> bool:
    """Whether an input is a column times a row, made for a product of this shape and nothing else."""
    if not isinstance(x, Node) or x.op is None or x.op.function not in (np.dot, np.matmul) or len(uses[x]) > 1:
        return False
    if x.dtype.kind not in "fc":  # whole numbers wrap around
        return False
    shapes = [np.shape(y.value if isinstance(y, Node) else y) for y in x.inputs]
    return (
        all(len(shape) == 2 for shape in shapes)
        and shapes[0][1] == 1
        and x.value.shape == product.value.shape
        and x.value.size >= LEAST
        and all(n > 1 for n in x.value.shape)
    )


def _summed_axis(node: Node, uses: Mapping[Node, list[Node]]) -> int | None:
    """The axis over which all that takes a matrix sums it, where the results are smaller; None if there is none."""
    axes = set()
    for user in uses.get(node, ()):
        op = user.op
        if op is None or "call" in user.params or 2 * np.size(user.value) > np.size(node.value):
            return None
        if op.function in (np.dot, np.matmul) and np.ndim(user.value) == 2 and user.inputs[0] is not user.inputs[1]:
            axes.add(1 if user.inputs[0] is node else 0)
        elif op.function is np.sum and user.params.get("keepdims") and user.params.get("axis") in (0, 1, (0,), (1,)):
            axes.add(np.ravel(user.params["axis"]).item())
        else:
            return None
    return axes.pop() if len(axes) == 1 else None
