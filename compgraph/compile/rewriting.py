"""A tape made anew with some of its nodes replaced: what every pass of the compiler is made of."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT, PART, filled, op_of
from compgraph.node import Node
from compgraph.operand import scalar
from compgraph.primitive import Op
from compgraph.tape import Tape

__all__ = ["again", "applied", "evaluated", "is_number", "rewritten"]

Change = Callable[[Node, tuple[Any, ...]], Any]
NO_PARAMS: Mapping[str, Any] = {}

WHOLE: Mapping[Any, Callable[..., Any]] = {
    np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul, np.divide: operator.truediv,
    np.floor_divide: operator.floordiv, np.remainder: operator.mod, np.power: operator.pow, np.negative: operator.neg,
    np.absolute: abs,
}  # fmt: skip
"""What is done to Python's whole numbers."""


def rewritten(tape: Tape, change: Change) -> Tape:
    """Return the tape in which nodes are what a function says, in the order of the old ones.

    Nodes on which nothing depends any more are left out. Arguments and constants stay the same nodes.

    Args:
        tape: what to rewrite.
        change: called with each other node and its inputs as they are now. It returns what stands in its
            place, a node or a number, or None to keep the op.
    """
    now: dict[Any, Any] = {}
    for node in tape:
        if node.op is None or node.op is CONSTANT:
            now[node] = node
            continue
        inputs = tuple([now[x] if type(x) is Node else x for x in node.inputs])
        found = change(node, inputs)
        if found is None:
            found = again(node, inputs)
        elif isinstance(found, Node) and found.name is None:
            found.name = node.name
        now[node] = found
    return Tape([_as_node(now[node]) for node in tape.outputs])


def _as_node(x: Any) -> Node:
    return x if isinstance(x, Node) else Node(CONSTANT, x, ())


def again(node: Node, inputs: tuple[Any, ...]) -> Node:
    """The same op on other inputs that have the same values."""
    copy = Node(node.op, node.value, inputs, node.params)
    copy.name = node.name
    return copy


def applied(function: Callable[..., Any], *inputs: Any, **params: Any) -> Any:
    """A function on nodes and numbers: a node with the value that it has in the traced call, or a number.

    >>> applied(np.multiply, 2.0, 3.0)
    6.0
    """
    op = op_of(function)
    value = _value(op, [x.value if isinstance(x, Node) else x for x in inputs], params)
    return Node(op, value, inputs, params) if any(isinstance(x, Node) for x in inputs) else value


def evaluated(node: Node, values: list[Any]) -> Any:
    """What a node's op makes of these values."""
    assert node.op is not None
    if node.op is CONSTANT:
        return node.value
    if node.op is PART:
        return values[0][node.params["number"]]
    return _value(node.op, values, node.params)


@np.errstate(all="ignore")
def _value(op: Op, values: list[Any], params: Mapping[str, Any]) -> Any:
    if op.function in WHOLE and all(type(x) is int for x in values):  # which may be larger than those of NumPy
        try:
            return WHOLE[op.function](*values)
        except ArithmeticError:
            pass
    if "call" in params:
        args, kwargs = filled(params["call"], values)
        value = op.function(*args, **kwargs)
    elif op.scalar is not None and len(values) == 1 and type(values[0]) is float:
        try:
            return op.scalar(values[0])
        except (ValueError, ArithmeticError):
            value = op.forward(*values)
    else:
        value = op.forward(*values, **params)
    if isinstance(value, (tuple, list, bool)):
        return value
    return scalar(value, values) if not isinstance(value, np.ndarray) or not value.ndim else value


def is_number(x: Any) -> bool:
    """Whether an input of a node is a plain number."""
    return type(x) is float or (
        type(x) is not Node
        and (isinstance(x, (int, complex, np.generic)) or (isinstance(x, np.ndarray) and not x.ndim))
    )
