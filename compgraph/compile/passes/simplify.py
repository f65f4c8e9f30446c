"""Algebra that changes no digit, or only for the better: ones and zeros, signs, double transposes, squares.

Each rule looks at one node and says what stands in its place, or None. What is put in its place has the node's shape
and dtype.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT, PART
from compgraph.compile.rewriting import applied, evaluated, is_number, rewritten
from compgraph.node import Node
from compgraph.rules.shape import cast
from compgraph.tape import Tape

__all__ = ["simplify"]

SAME = frozenset({np.positive, np.broadcast_to, np.reshape, np.squeeze, np.expand_dims, np.ravel, cast})
"""Functions that return their argument where it has the shape and dtype of the result."""

SCALES = frozenset({np.multiply, np.divide, np.negative})
WEAK = (float, int, complex)
MOST_ROUNDS = 8


def simplify(tape: Tape) -> Tape:
    """Return the tape with the same results by fewer and simpler ops.

    >>> import compgraph as cg
    >>> x = cg.Variable([[1.0, 2.0]])
    >>> [node.op.name for node in simplify(cg.Tape(-(1.0 * -np.transpose(x)))) if node.op]
    ['transpose']
    """
    for _ in range(MOST_ROUNDS):
        changed = False

        def change(node: Node, inputs: tuple[Any, ...]) -> Any:
            nonlocal changed
            found = _simpler(node, inputs)
            changed = changed or found is not None
            return found

        tape = rewritten(tape, change)
        if not changed:
            break
    return tape


def _simpler(node: Node, inputs: tuple[Any, ...]) -> Any:
    op = node.op
    if op is PART or op is None:
        return None
    function = op.function
    of_nodes = of_constants = False
    for x in inputs:
        if type(x) is Node:
            of_nodes = True
            of_constants = of_constants or x.op is CONSTANT
    if inputs and not of_nodes and all(map(is_number, inputs)):
        return evaluated(node, list(inputs))
    if of_constants and op.elementwise:
        spread = _with_number(node, inputs)
        if spread is not None:
            return spread
    if op.elementwise and len(inputs) > 1:
        narrow = _unspread(node, inputs)
        if narrow is not None:
            return narrow
    if function in SAME and inputs and _same(node, inputs[0]):
        return inputs[0]
    rule = RULES.get(function)
    return None if rule is None or "call" in node.params else rule(node, *inputs[: rule.__code__.co_argcount - 1])


def _with_number(node: Node, inputs: tuple[Any, ...]) -> Node | None:
    """The op with a number in the place of an array of that number, where its shape is that of another input too."""
    for i, x in enumerate(inputs):
        if isinstance(x, Node) and x.op is CONSTANT and _uniform(x.value):
            number = x.value.flat[0]
            number = float(number) if x.value.dtype == np.float64 else number
            others = [y for j, y in enumerate(inputs) if j != i]
            values = [y.value if isinstance(y, Node) else y for y in others]
            if (
                any(isinstance(y, Node) for y in others)
                and np.broadcast_shapes(*map(np.shape, values)) == node.shape
                and np.result_type(number, *values) == np.result_type(x.value, *values)
            ):
                return Node(node.op, node.value, (*inputs[:i], number, *inputs[i + 1 :]), node.params)
    return None


def _unspread(node: Node, inputs: tuple[Any, ...]) -> Node | None:
    """The op on an array that was broadcast for it, where the op broadcasts it anyway."""
    for i, x in enumerate(inputs):
        if _is(x, np.broadcast_to) and np.ndim(x.inputs[0].value):
            narrow = (*inputs[:i], x.inputs[0], *inputs[i + 1 :])
            shapes = [np.shape(y.value if isinstance(y, Node) else y) for y in narrow]
            if np.broadcast_shapes(*shapes) == node.shape:
                return Node(node.op, node.value, narrow, node.params)
    return None


def _uniform(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.size > 0 and bool(np.all(x == x.flat[0]))


def _same(node: Node, x: Any) -> bool:
    """Whether x may stand in a node's place."""
    return (
        isinstance(x, Node)
        and np.shape(x.value) == np.shape(node.value)
        and np.result_type(x.value) == np.result_type(node.value)
        and (type(x.value) in WEAK) == (type(node.value) in WEAK)
    )


def _is(x: Any, function: Callable[..., Any]) -> bool:
    return type(x) is Node and x.op is not None and x.op.function is function and "call" not in x.params


def _equals(x: Any, number: float) -> bool:
    return type(x) is not Node and is_number(x) and bool(x == number)


def _add(node: Node, x: Any, y: Any) -> Any:
    for one, other in ((x, y), (y, x)):
        if _equals(other, 0) and _same(node, one):
            return one
        if _is(other, np.negative):
            return applied(np.subtract, one, other.inputs[0])
    return None


def _subtract(node: Node, x: Any, y: Any) -> Any:
    if _equals(y, 0) and _same(node, x):
        return x
    if _equals(x, 0) and _same(node, y):
        return applied(np.negative, y)
    if _is(y, np.negative):
        return applied(np.add, x, y.inputs[0])
    return None


def _negative(node: Node, x: Any) -> Any:
    if _is(x, np.negative):
        return x.inputs[0]
    if _is(x, np.subtract):
        return applied(np.subtract, x.inputs[1], x.inputs[0])
    if _is(x, np.multiply) or _is(x, np.divide):
        first, second = x.inputs
        if is_number(first):
            return applied(x.op.function, -first, second)
        if is_number(second):
            return applied(x.op.function, first, -second)
    return None


def _multiply(node: Node, x: Any, y: Any) -> Any:
    for one, other in ((x, y), (y, x)):
        if type(other) is Node or not is_number(other):
            continue
        if other == 1 and _same(node, one):
            return one
        if other == -1 and _same(node, one):
            return applied(np.negative, one)
        if _is(one, np.negative):
            return applied(np.multiply, -other, one.inputs[0])
        if _is(one, np.multiply):
            first, second = one.inputs
            if is_number(first):
                return applied(np.multiply, first * other, second)
            if is_number(second):
                return applied(np.multiply, second * other, first)
    for one, other, turned in ((x, y, False), (y, x, True)):
        if _is(one, np.negative) and isinstance(other, Node):
            inner = one.inputs[0]
            return applied(np.negative, applied(np.multiply, *((other, inner) if turned else (inner, other))))
    return None


def _divide(node: Node, x: Any, y: Any) -> Any:
    if _equals(y, 1) and _same(node, x):
        return x
    if _equals(y, -1) and _same(node, x):
        return applied(np.negative, x)
    if _is(x, np.negative):
        return applied(np.negative, applied(np.divide, x.inputs[0], y))
    if is_number(y) and _is(x, np.multiply) and any(map(is_number, x.inputs)):
        first, second = x.inputs if is_number(x.inputs[0]) else x.inputs[::-1]
        if type(first / y) is type(first):
            return applied(np.multiply, first / y, second)
    return None


def _power(node: Node, x: Any, y: Any) -> Any:
    if _equals(y, 2) and isinstance(x, Node):
        return applied(np.multiply, x, x)
    if _equals(y, 1) and _same(node, x):
        return x
    return None


def _square(node: Node, x: Any) -> Any:
    return applied(np.multiply, x, x)


def _transpose(node: Node, a: Any) -> Any:
    if _is(a, np.transpose) and not node.params and not a.params:
        return a.inputs[0]
    if np.ndim(a.value if isinstance(a, Node) else a) <= 1 and not node.params and _same(node, a):
        return a
    return None


def _reshape(node: Node, a: Any) -> Any:
    """A sum whose axes are kept and then dropped is one that does not keep them."""
    if not _is(a, np.sum) or not a.params.get("keepdims"):
        return None
    (x,) = a.inputs
    axis = a.params.get("axis")
    axes = {i % np.ndim(x.value) for i in (axis if isinstance(axis, tuple) else (axis,))} if axis is not None else None
    if axes is None or len(axes) == np.ndim(x.value):
        return applied(np.sum, x) if node.value.shape == () else None
    left = tuple(n for i, n in enumerate(x.value.shape) if i not in axes)
    return applied(np.sum, x, axis=axis) if left == node.value.shape else None


RULES: dict[Any, Callable[..., Any]] = {
    np.add: _add,
    np.subtract: _subtract,
    np.negative: _negative,
    np.multiply: _multiply,
    np.divide: _divide,
    np.power: _power,
    np.square: _square,
    np.transpose: _transpose,
    np.reshape: _reshape,
}
