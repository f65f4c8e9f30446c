"""Slips in the derivative of the softmax, whose Jacobian is no diagonal: dS = P * (dP - sum(dP * P))."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.diagnosis.what_if import what_if
from compgraph.node import Node

__all__ = ["softmax_derivative"]


class Softmax(NamedTuple):
    """A node that is the softmax of another, along an axis, whatever it is written with."""

    probabilities: Node
    scores: Node
    axis: int


def softmax_derivative(suspect: Suspect) -> Iterator[Guess]:
    """The softmax's Jacobian is taken for a diagonal one, or is summed over another axis."""
    if not suspect.fits:
        return
    for found in _softmaxes(suspect):
        P = np.asarray(found.probabilities.value)
        dP = np.broadcast_to(np.asarray(suspect.steps.passed_on(found.probabilities)), P.shape)
        right = P * (dP - np.sum(dP * P, axis=found.axis, keepdims=True))
        p, s = suspect.spelling(found.probabilities), suspect.spelling.derivative(found.scores)
        dp = suspect.spelling.derivative(found.probabilities)
        needed = f"{p} * ({dp} - np.sum({dp} * {p}, axis={found.axis}, keepdims=True))"
        at = (suspect.steps.position(found.probabilities), suspect.steps.position(found.scores))
        slips: list[tuple[str, str, Any]] = [
            ("wrong-derivative", f"{dp} * {p} * (1 - {p})", dP * P * (1 - P)),
            ("missing-term", f"{dp} * {p}", dP * P),
            ("missing-term", f"-{p} * np.sum({dp} * {p}, axis={found.axis}, keepdims=True)", right - dP * P),
            ("missing-derivative", dp, dP),
            ("missing-derivative", f"{dp} - np.sum({dp} * {p}, axis={found.axis})", right / np.where(P == 0, 1, P)),
        ]
        slips += [
            (
                "wrong-derivative",
                f"{p} * ({dp} - np.sum({dp} * {p}, axis={axis}))",
                P * (dP - np.sum(dP * P, axis=axis, keepdims=True)),
            )
            for axis in range(P.ndim)
            if axis != found.axis
        ]
        for title, other in suspect.arrays_of(P.shape):
            if other is not found.probabilities.value:
                slipped = P * (dP - np.sum(dP * other, axis=found.axis, keepdims=True))
                slips.append(("wrong-operand", f"{p} * ({dp} - np.sum({dp} * {title}, axis={found.axis}))", slipped))
        for kind, title, slipped in slips:
            message = (
                f"{s} is {title} where {needed} is needed: each entry of {p} depends on all scores along axis "
                f"{found.axis}, not on its own alone"
            )
            change = {found.scores: slipped - right}
            yield from what_if(suspect, change, kind, ("softmax", at, title), message, -0.1)


def _softmaxes(suspect: Suspect) -> Iterator[Softmax]:
    nodes = [node for node in suspect.steps.tape.nodes if node.shape and node.dtype.kind == "f"]
    sums = [
        (node, axis)
        for node in nodes
        if node.op is not None and suspect.reaches(node)
        for axis in range(node.value.ndim)
        if node.shape[axis] > 1 and np.all(node.value >= 0) and np.allclose(np.sum(node.value, axis=axis), 1)
    ]
    for node, axis in sums:
        for scores in nodes:
            if scores.shape != node.shape or scores.index >= node.index or not suspect.reaches(scores):
                continue
            with np.errstate(all="ignore"):
                powers = np.exp(scores.value - np.max(scores.value, axis=axis, keepdims=True))
                same = suspect.agree(powers / np.sum(powers, axis=axis, keepdims=True), node.value)
            if same and not _is_derived(scores, nodes, axis):
                yield Softmax(node, scores, axis)


def _is_derived(scores: Node, nodes: list[Node], axis: int) -> bool:
    """Whether scores are other scores less their maximum, which are not those that a person means."""
    return any(
        other.shape == scores.shape
        and other.index < scores.index
        and np.allclose(other.value - np.max(other.value, axis=axis, keepdims=True), scores.value)
        for other in nodes
    )
