"""Forward mode: tangents pushed through a tape in the order it was computed.

There is no second table of derivatives. The rule of an elementwise op multiplies by a diagonal matrix, which is its
own transpose, so it serves tangents as it serves cotangents (of real numbers: a complex one may multiply the conjugate
as well). Any other rule is a linear map of its cotangent; the
derivative of <rule(u), t> with respect to u is the map's transpose applied to t, which is the tangent wanted: the
double-VJP identity.

Source: J. Townsend, "A new trick for calculating Jacobian vector products", 2017.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compgraph.node import Node
from compgraph.primitive import Op
from compgraph.pull import apply_rule, fit
from compgraph.reverse import sweep
from compgraph.strong_zeros import is_finite, strong
from compgraph.tape import Tape

__all__ = ["push"]


def push(tape: Tape, tangents: Mapping[Node, Any], create_graph: bool = False) -> dict[Node, Any]:
    """Push tangents of some nodes forward through a tape.

    >>> import compgraph as cg
    >>> a, b = cg.variables(a=5.0, b=3.0)
    >>> J = a * b
    >>> push(cg.Tape(J), {a: 1.0})[J]
    3.0

    Args:
        tape: what to push them through.
        tangents: for some nodes their tangent, of the node's shape.
        create_graph: compute with the nodes themselves, which makes the tangents nodes of a graph.

    Returns:
        The tangent of each node that anything reached; the others' are zero.
    """
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        reached = _pushed(tape, tangents, create_graph, as_it_is)
    if all(is_finite(reached.get(output, 0.0)) for output in tape.outputs):
        return reached
    return _pushed(tape, tangents, create_graph, strong)  # see compgraph.strong_zeros


def as_it_is(rule: Callable[..., Any], op: Op, tangent: Any, out: Any, args: Any) -> Any:
    """What :func:`compgraph.strong_zeros.strong` is where all is finite."""
    return rule(out, args)


def _pushed(tape: Tape, tangents: Mapping[Node, Any], create_graph: bool, flow: Callable[..., Any]) -> dict[Node, Any]:
    reached = dict(tangents)
    for node in tape.nodes:
        op = node.op
        if op is None or node in reached:
            continue
        inputs = node.inputs
        out = node if create_graph else node.value
        args = inputs if create_graph else [x.value if isinstance(x, Node) else x for x in inputs]
        total: Any = None
        for x, vjp in zip(inputs, op.vjps, strict=False):
            if vjp is None or not isinstance(x, Node) or x not in reached:
                continue
            along = _through if op.elementwise and not _any_complex(node, x) else _transposed

            def rule(out: Any, args: Any, along: Any = along, vjp: Any = vjp, x: Node = x, node: Node = node) -> Any:
                return along(
                    lambda grad: apply_rule(vjp, grad, out, args, node.params), reached[x], x, node, create_graph
                )

            part = flow(rule, op, reached[x], out, args)
            if part is not None:
                total = part if total is None else total + part
        if total is not None:
            reached[node] = total
    return reached


def _any_complex(node: Node, x: Node) -> bool:
    return node.dtype.kind == "c" or x.dtype.kind == "c"


def _through(rule: Callable[[Any], Any], tangent: Any, x: Node, node: Node, create_graph: bool) -> Any:
    """The tangent of the result of an elementwise op of real numbers: the rule multiplies by a diagonal matrix."""
    return rule(tangent if np.shape(tangent) == node.shape else np.broadcast_to(tangent, node.shape))


def _transposed(rule: Callable[[Any], Any], tangent: Any, x: Node, node: Node, create_graph: bool) -> Any:
    """The tangent of the result of any op, by the transpose of its rule; None for zero."""
    shape = node.shape
    covector = Node(None, np.zeros(shape, node.dtype) if shape else node.dtype.type(0), ())
    pulled = rule(covector)
    if not isinstance(pulled, Node):
        return None
    assert node.op is not None
    pulled = fit(pulled, x.value, node.op)
    if np.shape(pulled) != x.shape:
        pulled = np.broadcast_to(pulled, x.shape)
    found = sweep(Tape(pulled), tangent, {covector}, create_graph).get(covector)
    return found if found is None or np.shape(found) == shape else np.broadcast_to(found, shape)
