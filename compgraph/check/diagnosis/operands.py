"""Slips in a product: another array of the same shape in the place of a factor, or the factor's transpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from compgraph.check.backward_pass import Step, values_of
from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.spelling import windows
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.diagnosis.what_if import what_if
from compgraph.node import Node
from compgraph.pull import fit

__all__ = ["exchanged_operands", "missing_operands", "operands", "shifted_operands", "upstream"]


class Alternative(NamedTuple):
    """What may have been taken for a factor."""

    kind: str
    title: str
    value: Any


def operands(suspect: Suspect) -> Iterator[Guess]:
    """Steps multiply by another array than the one that stands in the product they differentiate.

    A factor may have gone into several products, as the weights of a recurrent network do, or into one in parts, as
    those of a filter: the other array is put in its place everywhere, and then in single products.
    """
    if not suspect.fits:
        return
    for factor in _factors(suspect):
        held = _moved_from(suspect, factor)
        uses = [
            step
            for step in suspect.steps.steps
            if suspect.reaches(step.x) and not _is_sum(step) and _operands_among(step, held)
        ]
        if not uses:
            continue
        name = suspect.spelling(factor)
        for other in _alternatives(suspect, suspect.spelling.atom(factor), _value(factor)):
            put = _substituted(held, other.value)
            if put is None:
                continue
            changed = {step: _args(step, put) for step in uses}
            try:
                together = suspect.steps.redone(changed).get(suspect.target, 0.0) - suspect.right
            except (TypeError, ValueError, IndexError):  # a rule that other values do not suit
                continue
            key = ("operand", _place(suspect, factor), other.title)
            message = f"{_where(suspect, uses)} the factor is {other.title} where {name} is needed"
            yield from what_if(suspect, {suspect.target: together}, other.kind, key, message, 0.1)
            if len(uses) > 1:
                for step in uses:
                    change = suspect.steps.sent(step, args=changed[step]) - suspect.steps.sent(step)
                    message = f"{_where(suspect, [step])} the factor is {other.title} where {name} is needed"
                    yield from what_if(
                        suspect, {step.x: change}, other.kind, (*key, suspect.steps.place(step)), message, 0.2
                    )


def exchanged_operands(suspect: Suspect) -> Iterator[Guess]:
    """Two arrays of one shape stand in each other's place."""
    if not suspect.fits:
        return
    named = [node for node in suspect.steps.tape.nodes if node.shape and node in suspect.scene.names]
    for i, one in enumerate(named):
        for other in named[i + 1 :]:
            if one.shape != other.shape:
                continue
            put = [
                *(_substituted(_moved_from(suspect, one), other.value) or ()),
                *(_substituted(_moved_from(suspect, other), one.value) or ()),
            ]
            uses = [step for step in suspect.steps.steps if suspect.reaches(step.x) and _args_change(step, put)]
            if len(uses) < 2:
                continue
            try:
                slipped = suspect.steps.redone({step: _args(step, put) for step in uses}).get(suspect.target, 0.0)
            except (TypeError, ValueError, IndexError):
                continue
            names = f"{suspect.spelling(one)} and {suspect.spelling(other)}"
            message = f"on the way to d{suspect.name}, {names} stand in each other's place: exchange them"
            key = ("exchanged", suspect.steps.position(one), suspect.steps.position(other))
            yield from what_if(suspect, {suspect.target: slipped - suspect.right}, "wrong-operand", key, message, 0.3)


def shifted_operands(suspect: Suspect) -> Iterator[Guess]:
    """Of several products that add up each has its neighbour's factor, as the state after a step for that before."""
    if not suspect.fits:
        return
    uses = [step for step in suspect.steps.steps if step.x is suspect.target and len(step.node.inputs) == 2]
    if len(uses) < 2 or len({(step.node.op, step.place) for step in uses}) > 1:
        return
    operands_used = [step.node.inputs[1 - step.place] for step in uses]
    shapes = {np.shape(_value(x)) for x in operands_used}
    if len(shapes) > 1:
        return
    ends = [(suspect.spelling(node), node.value) for node in suspect.steps.tape.nodes if node.shape in shapes]
    for title, end in ends:
        for way, shifted in (
            ("after", [end, *map(_value, operands_used[:-1])]),
            ("before", [*map(_value, operands_used[1:]), end]),
        ):
            changes: dict[Node, Any] = {suspect.target: 0.0}
            for step, value in zip(uses, shifted, strict=True):
                args = values_of(step.node)
                args[1 - step.place] = value
                changes[step.x] = changes[step.x] + suspect.steps.sent(step, args=args) - suspect.steps.sent(step)
            message = (
                f"manual d{suspect.name} multiplies each step by the value {way} it, as {title} for "
                f"{suspect.spelling(operands_used[0] if way == 'after' else operands_used[-1])}: shift the index by one"
            )
            yield from what_if(suspect, changes, "wrong-operand", ("shifted", way), message, 0.2)


def _args_change(step: Step, put: list[tuple[Any, Any]]) -> bool:
    return any(x is old for place, x in enumerate(step.node.inputs) if place != step.place for old, _ in put)


def missing_operands(suspect: Suspect) -> Iterator[Guess]:
    """A step hands on what arrives without multiplying by the other factor."""
    if not suspect.fits:
        return
    for step in suspect.steps.steps:
        assert step.node.op is not None
        if not suspect.reaches(step.x) or len(step.node.inputs) != 2 or _is_sum(step):
            continue
        grad = np.asarray(suspect.steps.passed_on(step.node))
        other = step.node.inputs[1 - step.place]
        divided = step.node.op.name == "divide"
        if divided and step.place == 1:
            continue  # its factor is no operand
        if np.ndim(_value(other)) == 0 or (grad.shape != step.x.shape and not step.node.op.elementwise):
            continue
        handed_on = np.broadcast_to(fit(grad, step.x.value, step.node.op), step.x.shape)
        where = _where(suspect, [step]).removeprefix("in ")
        message = f"{'divide' if divided else 'multiply'} {where} by {suspect.spelling(other)}"
        key = ("without", suspect.steps.place(step))
        yield from what_if(
            suspect, {step.x: handed_on - suspect.steps.sent(step)}, "missing-derivative", key, message, 0.2
        )


def upstream(suspect: Suspect) -> Iterator[Guess]:
    """A step goes on from the derivative of another node, or from a transposed one."""
    if not suspect.fits:
        return
    named = {node: name for node, name in suspect.scene.names.items() if node in suspect.steps.cotangents}
    for step in suspect.steps.steps:
        if not suspect.reaches(step.x) or step.node.shape == ():
            continue
        grad = np.asarray(suspect.steps.passed_on(step.node))
        others = [
            Alternative("wrong-operand", f"d{name}", suspect.steps.cotangents[node])
            for node, name in named.items()
            if node.shape == step.node.shape and node is not step.node
        ]
        title = suspect.spelling.derivative(step.node)
        if grad.ndim == 2 and grad.shape[0] == grad.shape[1] > 1:
            others.append(Alternative("untransposed", suspect.spelling.transposed(step.node), grad.T))
        for other in others:
            instead = suspect.steps.sent(step, np.broadcast_to(other.value, grad.shape))
            message = f"{suspect.spelling.derivative(step.x)} goes on from {other.title} where {title} is needed"
            key = ("upstream", suspect.steps.place(step), other.title)
            change = {step.x: instead - suspect.steps.sent(step)}
            yield from what_if(suspect, change, other.kind, key, message, 0.5)


def _factors(suspect: Suspect) -> Iterator[Any]:
    """The arrays that stand in products: nodes that have a name, and constants."""
    seen: list[Any] = []
    for node in suspect.steps.tape.nodes:
        if node.op is None or (node.shape and node in suspect.scene.names):
            yield node
        product = node.op is not None and node.op.name in ("matmul", "dot")
        for x in node.inputs:
            if product and isinstance(x, Node) and x.shape and x not in suspect.scene.names and x.op is not None:
                yield x  # a factor that the cost gives no name, such as r * h in U @ (r * h)
            if isinstance(x, np.ndarray) and x.ndim and len(node.inputs) > 1 and not any(x is each for each in seen):
                seen.append(x)
                yield x


def _moved_from(suspect: Suspect, factor: Any) -> list[Node] | Any:
    """A constant as it is; of a node all that consists of its entries, moved or selected, itself the first."""
    if not isinstance(factor, Node):
        return factor
    held = {factor: None}
    for node in suspect.steps.tape.nodes:
        if node.op is not None and node.op.exact and node.op.name not in ("negative", "where"):
            inputs = [x for x in node.inputs if isinstance(x, Node)]
            if len(inputs) == 1 and inputs[0] in held:
                held[node] = None
    return list(held)


def _is_sum(step: Step) -> bool:
    """Whether a step's rule multiplies by nothing, whatever the node's other input is."""
    assert step.node.op is not None
    return step.node.op.name in ("add", "subtract")


def _operands_among(step: Step, held: Any) -> bool:
    """Whether a step's rule is given one of these values besides the input it is for."""
    others = [x for place, x in enumerate(step.node.inputs) if place != step.place]
    if not isinstance(held, list):
        return any(x is held for x in others)
    return any(x is node for x in others for node in held)


def _substituted(held: Any, value: Any) -> list[tuple[Any, Any]] | None:
    """The values of what was moved from a factor, were the factor another array."""
    if not isinstance(held, list):
        return [(held, value)]
    found: dict[Node, Any] = {held[0]: value}
    for node in held[1:]:
        assert node.op is not None
        try:
            found[node] = node.op.forward(
                *[found[x] if isinstance(x, Node) and x in found else x for x in node.inputs], **node.params
            )
        except (TypeError, ValueError, IndexError):
            return None
    return list(found.items())


def _args(step: Step, put: list[tuple[Any, Any]]) -> list[Any]:
    """The values of a step's inputs, with others in the place of its operands."""
    args = values_of(step.node)
    for place, x in enumerate(step.node.inputs):
        for old, new in put:
            if x is old and place != step.place:
                args[place] = new
    return args


def _alternatives(suspect: Suspect, name: str, value: Any) -> Iterator[Alternative]:
    """The arrays that may have been taken for a factor: its transpose, its reverse, others of its shape."""
    if value.ndim >= 2 and value.shape[-1] == value.shape[-2] > 1:
        yield Alternative("untransposed", f"{name}.T", np.swapaxes(value, -1, -2))
    for title, other in suspect.arrays_of(value.shape):
        if other is not value and not np.array_equal(other, value):
            yield Alternative("wrong-operand", title, other)
    yield from _other_windows(suspect, value)
    for axis, n in enumerate(value.shape):
        if n > 1:
            yield Alternative("wrong-operand", f"{name} reversed along axis {axis}", np.flip(value, axis))
    if value.ndim > 1:
        yield Alternative("wrong-operand", f"{name} reversed along all axes", np.flip(value))


def _other_windows(suspect: Suspect, value: Any) -> Iterator[Alternative]:
    """Of a part of a series, such as x[1:-1], the other parts of the same length."""
    for name, series in suspect.scene.arrays.items():
        found = list(windows(series, value))
        if any(np.array_equal(window, value) for _, window in found):
            for index, window in found:
                if not np.array_equal(window, value):
                    yield Alternative("wrong-operand", f"{name}[{index}]", window)


def _where(suspect: Suspect, steps: list[Step]) -> str:
    """Where in the pass steps are, in words."""
    step = steps[0]
    return f"in {suspect.spelling.derivative(step.x)}, from {suspect.spelling.inside(step.node)},"


def _value(x: Any) -> Any:
    return np.asarray(x.value if isinstance(x, Node) else x)


def _place(suspect: Suspect, factor: Any) -> Any:
    return suspect.steps.position(factor) if isinstance(factor, Node) else suspect.spelling(factor)
