"""Algebra that changes no digit, or only for the better: ones and zeros, signs, double transposes, squares.

Each rule looks at one node and says what stands in its place, or None. What is put in its place has the node's shape
and dtype.

Signs and factors are moved in real floating point only. Whole numbers wrap around: -(3 * x) is not -3 * x where x is of
uint8. Of complex numbers the sign of a zero says on which side of a branch cut they lie, and 0 - z has others than -z.
"""

from __future__ import annotations

import operator
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
    if rule is None or "call" in node.params:
        return None
    found = rule(node, *inputs[: rule.__code__.co_argcount - 1])
    return found if not isinstance(found, Node) or _same(node, found) else None


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
    if not isinstance(x, np.ndarray) or not x.size or not np.all(x == x.flat[0]):
        return False
    of_one_sign = x.dtype.kind != "c" and bool(x.flat[0])
    return of_one_sign or x.tobytes() == np.full_like(x, x.flat[0]).tobytes()  # zeros have signs


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


def _complex(node: Node) -> bool:
    return bool(np.result_type(node.value).kind == "c")


def _real(x: Any, function: Callable[..., Any] | None = None) -> bool:
    """Whether an input is of real floating point, and if a function is given a result of it."""
    value = x.value if type(x) is Node else x
    return (function is None or _is(x, function)) and np.result_type(value).kind == "f"


def _is_factor(x: Any) -> bool:
    """Whether x is a number that may be negated and multiplied with another one: NumPy's whole numbers wrap around."""
    return type(x) is float or type(x) is int or isinstance(x, np.floating)


@np.errstate(all="ignore")
def _together(operate: Callable[[Any, Any], Any], first: Any, second: Any, node: Node) -> Any:
    """One factor for two; None where it is no normal number in the precision of the node, with all of its digits."""
    if not _is_factor(first):
        return None
    limits, found = np.finfo(np.result_type(node.value)), operate(first, second)
    return found if limits.tiny <= abs(found) <= limits.max else None


def _add(node: Node, x: Any, y: Any) -> Any:
    for one, other in ((x, y), (y, x)):
        if _equals(other, 0) and _same(node, one) and not _complex(node):
            return one
        if _real(other, np.negative) and _real(node):
            return applied(np.subtract, one, other.inputs[0])
    return None


def _subtract(node: Node, x: Any, y: Any) -> Any:
    if _equals(y, 0) and _same(node, x) and not _complex(node):
        return x
    if _equals(x, 0) and _same(node, y) and _real(node):
        return applied(np.negative, y)
    if _real(y, np.negative) and _real(node):
        return applied(np.add, x, y.inputs[0])
    return None


def _negative(node: Node, x: Any) -> Any:
    if _is(x, np.negative):
        return x.inputs[0]
    if _real(x, np.subtract):
        return applied(np.subtract, x.inputs[1], x.inputs[0])
    if _real(x, np.multiply) or _real(x, np.divide):
        first, second = x.inputs
        if _is_factor(first):
            return applied(x.op.function, -first, second)
        if _is_factor(second):
            return applied(x.op.function, first, -second)
    return None


def _multiply(node: Node, x: Any, y: Any) -> Any:
    if _complex(node):
        return None
    for one, other in ((x, y), (y, x)):
        if type(other) is Node or not is_number(other):
            continue
        if other == 1 and _same(node, one):
            return one
        if other == -1 and _same(node, one) and _real(one):
            return applied(np.negative, one)
        if not _is_factor(other):
            continue
        if _real(one, np.negative):
            return applied(np.multiply, -other, one.inputs[0])
        if other < 0 and _real(one, np.subtract):
            return applied(np.multiply, -other, applied(np.subtract, one.inputs[1], one.inputs[0]))
        if _real(one, np.multiply):
            for first, rest in (one.inputs, one.inputs[::-1]):
                factor = _together(operator.mul, first, other, node)
                if factor is not None:
                    return applied(np.multiply, factor, rest)
    for one, other, turned in ((x, y, False), (y, x, True)):
        if _real(one, np.negative) and isinstance(other, Node):
            inner = one.inputs[0]
            return applied(np.negative, applied(np.multiply, *((other, inner) if turned else (inner, other))))
    return None


def _divide(node: Node, x: Any, y: Any) -> Any:
    if not _real(node):
        return None
    if _equals(y, 1) and _same(node, x):
        return x
    if _equals(y, -1) and _same(node, x):
        return applied(np.negative, x)
    if _real(x, np.negative):
        return applied(np.negative, applied(np.divide, x.inputs[0], y))
    if _is_factor(y) and y != 0 and _real(x, np.multiply):
        for first, rest in (x.inputs, x.inputs[::-1]):
            factor = _together(operator.truediv, first, y, node)
            if factor is not None and type(factor) is type(first):
                return applied(np.multiply, factor, rest)
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


def _and(node: Node, x: Any, y: Any) -> Any:
    """Nothing is infinite and equal to a finite number."""
    for one, other in ((x, y), (y, x)):
        if _is(one, np.isinf) and _is(other, np.equal):
            rest = [z for z in other.inputs if z is not one.inputs[0]]
            if len(rest) == 1 and is_number(rest[0]) and np.isfinite(rest[0]):
                return _held(np.zeros(node.shape, bool))
    return None


def _where(node: Node, condition: Any, x: Any, y: Any) -> Any:
    """A choice that is the same for all entries."""
    mask = condition.value if isinstance(condition, Node) and condition.op is CONSTANT else condition
    if isinstance(mask, Node) or not (is_number(mask) or _uniform(mask)):
        return None
    taken = x if np.ravel(mask)[0] else y
    if is_number(taken):
        return _held(np.full(node.shape, taken, node.dtype))
    return taken if _same(node, taken) else None


def _held(array: Any) -> Node:
    array.setflags(write=False)
    return Node(CONSTANT, array, ())


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
    np.bitwise_and: _and,
    np.where: _where,
    np.reshape: _reshape,
}
