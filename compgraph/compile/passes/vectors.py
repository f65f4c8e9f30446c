"""Products with vectors, which a derivative makes of a column of a matrix, as a person writes them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from compgraph.compile.rewriting import applied, rewritten
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["products_with_vectors"]

FIRST_COLUMN = (Ellipsis, 0)
FIRST_ROW = (Ellipsis, 0, slice(None))


def products_with_vectors(tape: Tape) -> Tape:
    """Return the tape with W.T @ dz for (W.T @ dz[:, None])[:, 0], and an outer product for dz[:, None] * x.

    It is for reading: a product with a column and one with a vector take the same time.

    >>> W, dz = Node(None, np.ones((3, 2)), ()), Node(None, np.ones(2), ())
    >>> column = applied(np.expand_dims, dz, axis=-1)
    >>> dx = applied(operator.getitem, applied(np.matmul, W, column), index=FIRST_COLUMN)
    >>> [node.op.name for node in products_with_vectors(Tape(dx)) if node.op]
    ['matmul']
    """

    def change(node: Node, inputs: tuple[Any, ...]) -> Any:
        if node.op is None or "call" in node.params:
            return None
        function = node.op.function
        if function is operator.getitem and _is(inputs[0], np.matmul):
            left, right = inputs[0].inputs
            index = node.params["index"]
            if index == FIRST_COLUMN and _widened(right, -1) and np.ndim(_value(left)) >= 2:
                return applied(np.matmul, left, right.inputs[0])
            if index == FIRST_ROW and _widened(left, -2) and np.ndim(_value(right)) >= 2:
                return applied(np.matmul, left.inputs[0], right)
        if function is np.multiply:
            column, row = inputs
            if _widened(column, -1) and np.ndim(_value(row)) == 1:
                return applied(np.outer, column.inputs[0], row)
        return None

    return rewritten(tape, change)


def _is(x: Any, function: Any) -> bool:
    return isinstance(x, Node) and x.op is not None and x.op.function is function and "call" not in x.params


def _widened(x: Any, axis: int) -> bool:
    """Whether x is a vector as a column (-1) or as a row (-2) of a matrix."""
    return _is(x, np.expand_dims) and x.params.get("axis") == axis and np.ndim(_value(x.inputs[0])) == 1


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Node) else x
