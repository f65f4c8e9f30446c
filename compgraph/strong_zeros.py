"""Strong zeros: from an entry whose cotangent is exactly zero nothing flows, whatever the local derivative is there.

``np.where(x > 0, np.sqrt(x), 0.0)`` computes the root of every entry, and at x = 0 the entry that was not taken sends
back 0 · inf, which is NaN to floating-point arithmetic and 0 to whoever reads the formula. The sweep of
:mod:`compgraph.reverse` multiplies as NumPy does, which costs nothing more while all is finite. Where a gradient does
not come out finite, the tape is swept once more by the steps here: what is infinite or NaN is looked at again, and
what of it came from zeros only becomes zero.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from compgraph.node import Node
from compgraph.primitive import Op
from compgraph.pull import apply_rule, borrowed, fit, in_full
from compgraph.rules.composition import value_of
from compgraph.silence import silently
from compgraph.tape import Tape
from compgraph.unknown import Unknown
from compgraph.watching import watching

__all__ = ["is_finite", "masked_sweep", "strong"]

ndarray = np.ndarray


def is_finite(x: Any) -> bool:
    """Whether a number or every entry of an array or node is finite; what has no such notion is taken to be.

    >>> is_finite(2.0), is_finite(np.array([1.0, np.inf])), is_finite(np.float32("nan"))
    (True, False, False)
    """
    if type(x) is float:
        return x - x == 0
    x = value_of(x)
    if type(x) is ndarray and x.dtype.kind in "fc":
        return bool(np.isfinite(x).all())
    return not isinstance(x, (float, complex, np.inexact)) or bool(np.isfinite(x))


def masked_sweep(
    tape: Tape, seed: Any, wanted: Collection[Node] | None, needed: Collection[Node] | None, create_graph: bool
) -> dict[Node, Any]:
    """Run the derivative rules of a tape backward, with zeros that are strong.

    >>> import compgraph as cg
    >>> x = cg.Variable([0.0, 4.0])
    >>> J = np.sum(np.where(x.value > 0, np.sqrt(x), 0.0))
    >>> masked_sweep(cg.Tape(J), 1.0, {x}, None, False)[x]
    array([0.  , 0.25])

    Args:
        tape, seed, wanted, create_graph: those of :func:`compgraph.reverse.sweep`, which also says what is returned.
        needed: the nodes that lead to those that are wanted; None for all.
    """
    (output,) = tape.outputs
    watched = watching.get()
    cotangents: dict[Node, Any] = {output: seed}
    for node in reversed(tape.nodes):
        grad = cotangents.get(node)
        if grad is None:
            continue
        if wanted is not None and node not in wanted:
            del cotangents[node]
        if watched:
            watched.reached(node, grad)
        op = node.op
        if op is None:
            continue
        grad = in_full(grad, node, op, create_graph)
        out = node if create_graph else node.value
        args = node.inputs if create_graph else [value_of(x) for x in node.inputs]
        for x, vjp in zip(node.inputs, op.vjps, strict=False):
            if vjp is None or not isinstance(x, Node) or (needed is not None and x not in needed):
                continue

            def rule(out: Any, args: Sequence[Any], vjp: Any = vjp, grad: Any = grad, params: Any = node.params) -> Any:
                return apply_rule(vjp, grad, out, args, params)

            cotangent = fit(strong(rule, op, grad, out, args), x.value, op)
            if watched:
                watched.sent(node, x, grad, cotangent)
            if type(cotangent) is ndarray and borrowed(cotangent, grad, node.value, node.inputs):
                cotangent = cotangent.copy()
            cotangents[x] = cotangents[x] + cotangent if x in cotangents else cotangent
    return cotangents


def strong(rule: Callable[..., Any], op: Op, grad: Any, out: Any, args: Sequence[Any]) -> Any:
    """What a rule makes of a cotangent, or of a tangent, with nothing from the entries where that is zero.

    Args:
        rule: called with the op's result and its inputs.
        op: whose rule it is.
        grad: what the rule is applied to.
        out: the op's result: a value or a node.
        args: the op's inputs: values or nodes.
    """
    if isinstance(value_of(out), Unknown):
        return rule(out, args)
    flown = _masked(rule, op, grad, out, args)
    if flown is not None and not is_finite(flown):  # then once more, for the warnings that the caller asks for
        again = rule if np.any(np.isnan(value_of(flown))) else silently("invalid")(rule)
        again(out, args)
    return flown


@silently("divide", "over", "invalid")
def _masked(rule: Callable[..., Any], op: Op, grad: Any, out: Any, args: Sequence[Any]) -> Any:
    flown = rule(out, args)
    if flown is None or is_finite(flown):
        return flown
    zero = np.equal(value_of(grad), 0)
    if np.any(zero):
        if not op.elementwise:
            return _of_finite_parts(rule, flown, out, args)
        reached = ~np.isfinite(value_of(flown)) & zero
        if np.any(reached):
            return np.where(reached, 0.0, flown)
    return flown


def _of_finite_parts(rule: Callable[..., Any], flown: Any, out: Any, args: Sequence[Any]) -> Any:
    """The entries that do not depend on what is infinite or NaN in a rule's arguments, computed without it.

    Which they are is found by putting other numbers in its place, twice: a rule is linear in its cotangent, so an
    entry that comes out the same has met nothing but zeros there.
    """
    if all(is_finite(x) for x in (out, *args)):
        return flown
    rng = np.random.default_rng(0)
    try:
        first, second = [rule(_filled(out, rng), [_filled(x, rng) for x in args]) for _ in range(2)]
    except np.linalg.LinAlgError:
        return flown
    same = np.equal(value_of(first), value_of(second))
    return np.where(same, first, flown) if np.any(same) else flown


def _filled(x: Any, rng: np.random.Generator) -> Any:
    value = value_of(x)
    if is_finite(value):
        return x
    return np.where(np.isfinite(value), x, rng.uniform(0.5, 1.5, np.shape(value)).astype(value.dtype))
