"""Forward mode: tangents pushed through a tape in the order it was computed.

There is no second table of derivatives. The rule of an elementwise op multiplies by a diagonal matrix, which is its
own transpose, so it serves tangents as it serves cotangents (of real numbers: a complex one may multiply the conjugate
as well). An op that is linear in an input is its own derivative there. Any other rule is a linear map of its cotangent;
the derivative of <rule(u), t> with respect to u is the map's transpose applied to t, which is the tangent wanted: the
double-VJP identity.

Source: J. Townsend, "A new trick for calculating Jacobian vector products", 2017.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compgraph.node import Node, record
from compgraph.primitive import Op
from compgraph.pull import apply_rule, fit
from compgraph.reverse import sweep
from compgraph.silence import silently
from compgraph.strong_zeros import is_finite, strong
from compgraph.tape import Tape
from compgraph.watching import watching

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
    reached = _pushed_silently(tape, tangents, create_graph, _as_it_is)
    watcher = watching.get()
    if watcher:
        for node, tangent in reached.items():
            watcher.reached(node, tangent)
    if all(is_finite(reached.get(output, 0.0)) for output in tape.outputs):
        return reached
    return _pushed(tape, tangents, create_graph, strong)  # see compgraph.strong_zeros


def _as_it_is(rule: Callable[..., Any], op: Op, tangent: Any, out: Any, args: Any) -> Any:
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
        for place, (x, vjp) in enumerate(zip(inputs, op.vjps, strict=False)):
            if vjp is None or not isinstance(x, Node) or x not in reached:
                continue
            tangent = reached[x] if np.shape(reached[x]) == x.shape else np.broadcast_to(reached[x], x.shape)

            def along(
                out: Any,
                args: Any,
                place: int = place,
                x: Node = x,
                vjp: Any = vjp,
                tangent: Any = tangent,
                node: Node = node,
                op: Op = op,
            ) -> Any:
                if op.multilinear:
                    return _in_its_place(tangent, place, args, node)
                rule = functools.partial(_rule_of, vjp, out, args, node.params)
                if op.elementwise and not _any_complex(node, x):  # multiplies by a diagonal matrix
                    return rule(tangent if x.shape == node.shape else np.broadcast_to(tangent, node.shape))
                return _transposed(rule, tangent, x, node, create_graph)

            part = flow(along, op, tangent, out, args)
            if part is not None:
                total = part if total is None else total + part
        if total is not None:
            reached[node] = total
    return reached


_pushed_silently = silently("divide", "over", "invalid")(_pushed)


def _rule_of(vjp: Callable[..., Any], out: Any, args: Any, params: Mapping[str, Any], grad: Any) -> Any:
    return apply_rule(vjp, grad, out, args, params)


def _in_its_place(tangent: Any, place: int, args: Any, node: Node) -> Any:
    """The tangent of a result that is linear in an input: the op applied to that input's tangent."""
    assert node.op is not None
    moved = [*args[:place], tangent, *args[place + 1 :]]
    if any(isinstance(x, Node) for x in moved):
        return record(node.op, tuple(moved), node.params)
    return node.op.forward(*moved, **node.params)


def _any_complex(node: Node, x: Node) -> bool:
    return node.dtype.kind == "c" or x.dtype.kind == "c"


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
    seed = fit(tangent, pulled.value, node.op)  # the real part, where the rule's result is real
    found = sweep(Tape(pulled), seed, {covector}, create_graph).get(covector)
    return found if found is None or np.shape(found) == shape else np.broadcast_to(found, shape)
