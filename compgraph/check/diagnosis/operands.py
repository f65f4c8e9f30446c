"""Slips in a product: another array of the same shape in the place of a factor, or the factor's transpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from compgraph.check.backward_pass import values_of
from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.diagnosis.what_if import what_if
from compgraph.node import Node

__all__ = ["operands", "upstream"]


def operands(suspect: Suspect) -> Iterator[Guess]:
    """A step multiplies by another array than the one that stands in the product it differentiates."""
    if not suspect.fits:
        return
    for step in suspect.steps.steps:
        assert step.node.op is not None
        if not suspect.reaches(step.x) or len(step.node.inputs) < 2:
            continue
        sent = suspect.steps.sent(step)
        for place, operand in enumerate(step.node.inputs):
            value = operand.value if isinstance(operand, Node) else operand
            if place == step.place or np.ndim(value) == 0:
                continue
            name = suspect.spelling(operand)
            for kind, title, other in _in_its_place(suspect, name, np.asarray(value)):
                args = values_of(step.node)
                args[place] = other
                try:
                    instead = suspect.steps.sent(step, args=args)
                except (TypeError, ValueError, IndexError):  # a rule that other values do not suit
                    continue
                where = f"in d{suspect.spelling(step.x)}, from {suspect.spelling.inside(step.node)},"
                yield from what_if(
                    suspect,
                    {step.x: instead - sent},
                    kind,
                    ("operand", suspect.steps.place(step), place, title),
                    f"{where} the factor is {title} where {name} is needed",
                    0.1,
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
        sent = suspect.steps.sent(step)
        others: list[tuple[str, str, Any]] = [
            ("wrong-operand", f"d{name}", suspect.steps.cotangents[node])
            for node, name in named.items()
            if node.shape == step.node.shape and node is not step.node
        ]
        if grad.ndim == 2 and grad.shape[0] == grad.shape[1] > 1:
            others.append(("untransposed", f"d{suspect.spelling(step.node)}.T", grad.T))
        for kind, title, other in others:
            instead = suspect.steps.sent(step, np.broadcast_to(other, grad.shape))
            where = f"d{suspect.spelling(step.x)} goes on from {title}"
            yield from what_if(
                suspect,
                {step.x: instead - sent},
                kind,
                ("upstream", suspect.steps.place(step), title),
                f"{where} where d{suspect.spelling(step.node)} is needed",
                0.5,
            )


def _in_its_place(suspect: Suspect, name: str, value: Any) -> Iterator[tuple[str, str, Any]]:
    """The arrays that may have been taken for a factor: its transpose, its reverse, others of its shape."""
    if value.ndim >= 2 and value.shape[-1] == value.shape[-2] > 1:
        yield "untransposed", f"{name}.T", np.swapaxes(value, -1, -2)
    for title, other in suspect.arrays_of(value.shape):
        if other is not value and not np.array_equal(other, value):
            yield "wrong-operand", title, other
    for axis, n in enumerate(value.shape):
        if n > 1:
            yield "wrong-operand", f"{name} reversed along axis {axis}", np.flip(value, axis)
    if value.ndim > 1:
        yield "wrong-operand", f"{name} reversed along all axes", np.flip(value)
