"""Sums as products where BLAS is faster: of a product of arrays as their inner product, along an axis by a row of ones.

On small arrays NumPy's sums take most of their time to begin; on long ones they are as fast, and add up more exactly.
So this is done below a size only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.rewriting import applied, rewritten
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["products"]

ndarray = np.ndarray
LONGEST = 8192
"""Sums of more terms are left to NumPy, which adds them in pairs."""

FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


def products(tape: Tape, longest: int = LONGEST) -> Tape:
    """Return the tape with sums and matrix products as the functions of BLAS that compute them.

    >>> import compgraph as cg
    >>> x, y = cg.variables(x=[[1.0, 2.0]], y=[[3.0, 4.0]])
    >>> [node.op.name for node in products(cg.Tape(np.sum(x * y))) if node.op]
    ['vdot']

    Args:
        tape: what to rewrite.
        longest: so many terms a sum may have.
    """
    used: dict[Node, int] = {}
    for node in tape:
        for x in node.inputs:
            if isinstance(x, Node):
                used[x] = used.get(x, 0) + 1
    once = {x for x, count in used.items() if count == 1} - set(tape.outputs)
    ones: dict[Any, Node] = {}

    def row(shape: tuple[int, ...], dtype: Any) -> Node:
        if (shape, dtype) not in ones:
            array = np.ones(shape, dtype)
            array.setflags(write=False)
            ones[shape, dtype] = Node(CONSTANT, array, ())
            ones[shape, dtype].name = "ones"
        return ones[shape, dtype]

    def total(x: Any, before: Any) -> Any:
        """The sum of all entries."""
        function = x.op.function if x.op is not None and "call" not in x.params else None
        alone = before in once
        if alone and function in (np.add, np.subtract) and all(_like(y, x) and _is_rounded(y) for y in x.inputs):
            return applied(function, *[total(y, z) for y, z in zip(x.inputs, before.inputs, strict=True)])
        if alone and function is np.multiply and all(_like(y, x) for y in x.inputs):
            return applied(np.vdot, *x.inputs)
        return applied(np.vdot, x, row(x.value.shape, x.value.dtype))

    def change(node: Node, inputs: tuple[Any, ...]) -> Any:
        op = node.op
        if op is None or "call" in node.params:
            return None
        if op.function is np.matmul and all(_is_matrix(x) for x in inputs):
            return applied(np.dot, *inputs)
        if op.function is np.sum and isinstance(inputs[0], Node):
            return summed(node, inputs[0])
        return None

    def summed(node: Node, x: Node) -> Any:
        value = x.value
        if not isinstance(value, ndarray) or value.dtype not in FLOATS or not value.size >= 2:
            return None
        axis, ndim = node.params.get("axis"), value.ndim
        axes = set(range(ndim)) if axis is None else {i % ndim for i in (axis if isinstance(axis, tuple) else (axis,))}
        if len(axes) == ndim and not node.params.get("keepdims"):
            return total(x, node.inputs[0]) if value.size <= longest and isinstance(node.value, np.generic) else None
        if ndim == 2 and node.params.get("keepdims") and len(axes) == 1:
            rows, columns = value.shape
            if axes == {1} and columns <= longest:
                return applied(np.dot, x, row((columns, 1), value.dtype))
            if axes == {0} and rows <= longest:
                return applied(np.dot, row((1, rows), value.dtype), x)
        return None

    return rewritten(tape, change)


def _is_rounded(x: Node) -> bool:
    """Whether an input is made of products: of two arrays the difference may be exact, and that of their sums not."""
    if x.op is None or "call" in x.params:
        return False
    if x.op.function in (np.add, np.subtract):
        return all(isinstance(y, Node) and _is_rounded(y) for y in x.inputs)
    return x.op.function is np.multiply


def _is_matrix(x: Any) -> bool:
    value = x.value if isinstance(x, Node) else x
    return isinstance(value, ndarray) and value.ndim == 2 and value.dtype in FLOATS


def _like(x: Any, y: Node) -> bool:
    """Whether an input is an array of the same shape and dtype."""
    return isinstance(x, Node) and np.shape(x.value) == np.shape(y.value) and x.value.dtype == y.value.dtype
