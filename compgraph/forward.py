"""Forward mode: tangents pushed through a tape in the order it was computed.

There is no second table of derivatives. The rule of an elementwise op multiplies by a diagonal matrix, which is its
own transpose, so it serves tangents as it serves cotangents. Any other rule is a linear map of its cotangent; the
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
from compgraph.reverse import fit, sweep
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
    reached = dict(tangents)
    for node in tape.nodes:
        op = node.op
        if op is None or node in reached:
            continue
        inputs, params = node.inputs, node.params
        out = node if create_graph else node.value
        args = inputs if create_graph else [x.value if isinstance(x, Node) else x for x in inputs]
        total: Any = None
        for x, vjp in zip(inputs, op.vjps, strict=False):
            if vjp is None or not isinstance(x, Node) or x not in reached:
                continue

            def rule(grad: Any, vjp: Callable[..., Any] = vjp) -> Any:
                return vjp(grad, out, *args, **params)  # noqa: B023 - called before the loop goes on

            part = _along(rule, reached[x], x, node, op, create_graph)
            if part is not None:
                total = part if total is None else total + part
        if total is not None:
            reached[node] = total
    return reached


def _along(rule: Callable[[Any], Any], tangent: Any, x: Node, node: Node, op: Op, create_graph: bool) -> Any:
    """The tangent of a node that one input's tangent makes; None for zero."""
    shape = node.shape
    if op.elementwise:
        spread = tangent if np.shape(tangent) == shape else np.broadcast_to(tangent, shape)
        return rule(spread)
    covector = Node(None, np.zeros(shape, node.dtype) if shape else 0.0, ())
    pulled = rule(covector)
    if not isinstance(pulled, Node):
        return None
    pulled = fit(pulled, x.value, op)
    if np.shape(pulled) != x.shape:
        pulled = np.broadcast_to(pulled, x.shape)
    found = sweep(Tape(pulled), tangent, {covector}, create_graph).get(covector)
    return found if found is None or np.shape(found) == shape else np.broadcast_to(found, shape)
