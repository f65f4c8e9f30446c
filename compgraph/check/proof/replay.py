"""The engine's gradient on residues: a recorded graph computed again with them, and the rules applied to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compgraph.check.proof.array import wrapped
from compgraph.check.proof.meanings import evaluated, rules_of
from compgraph.errors import CompgraphError, MissingRuleError
from compgraph.node import Node
from compgraph.pull import fit
from compgraph.tape import Tape

__all__ = ["exact_gradients"]


def exact_gradients(output: Node, leaves: Sequence[Node], values: Sequence[Any], seed: Any = 1.0) -> list[Any]:
    """The gradients of a recorded cost, at residues in the place of its variables.

    >>> import compgraph as cg
    >>> from compgraph.check.proof.draw import Draw
    >>> w = cg.Variable(3.0)
    >>> (x,) = Draw(seed=0).parameters([3.0])
    >>> (slope,) = exact_gradients(np.tanh(w) ** 2, [w], [x])
    >>> bool(slope == 2 * np.tanh(x) * (1 - np.tanh(x) ** 2))
    True

    Args:
        output: the cost, one number.
        leaves: the variables.
        values: for each a residue or an array of them, of its shape.
        seed: the cotangent of the output, 1; as a residue so that products of data alone are exact as well.

    Raises:
        MissingRuleError: an op has no exact meaning.
    """
    tape = Tape(output)
    known: dict[Node, Any] = dict(zip(leaves, values, strict=True))
    for node in tape:
        if node not in known:
            known[node] = node.value if node.op is None else evaluated(node.op, _inputs(node, known), node.params)
    on_the_way = tape.towards(set(leaves)) or set(tape.nodes)
    cotangents: dict[Node, Any] = {output: seed}
    for node in reversed(tape.nodes):
        grad = cotangents.get(node)
        if grad is None or node.op is None:
            continue
        if np.shape(grad) != node.shape:
            grad = wrapped(np.full(node.shape, grad, object))
        for x, cotangent in _pulled(node, grad, known, on_the_way):
            cotangent = wrapped(fit(cotangent, known[x], node.op))
            cotangents[x] = cotangents[x] + cotangent if x in cotangents else cotangent
    return [cotangents.get(leaf, 0.0) for leaf in leaves]


def _inputs(node: Node, known: Mapping[Node, Any]) -> tuple[Any, ...]:
    return tuple([known[x] if isinstance(x, Node) else x for x in node.inputs])


def _pulled(node: Node, grad: Any, known: Mapping[Node, Any], needed: Any) -> list[tuple[Node, Any]]:
    assert node.op is not None
    args, out = _inputs(node, known), known[node]
    try:
        return [
            (x, vjp(grad, out, *args, **node.params))
            for x, vjp in zip(node.inputs, rules_of(node.op), strict=False)
            if vjp is not None and isinstance(x, Node) and x in needed
        ]
    except CompgraphError:
        raise
    except (TypeError, AttributeError, ValueError) as error:
        raise MissingRuleError(
            f"the derivative rule of {node.op.name} has no exact meaning, so what uses it cannot be proved: {error}"
        ) from error
