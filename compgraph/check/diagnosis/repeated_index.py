"""Slips of a variable that is looked up by an index, as word vectors are, one entry more than once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from compgraph.check.backward_pass import Step
from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.diagnosis.what_if import what_if

__all__ = ["repeated_index"]


def repeated_index(suspect: Suspect) -> Iterator[Guess]:
    """What arrives at an entry from several places is not added up: ``dE[words] += dx`` adds once for each index."""
    for step in suspect.steps.steps:
        assert step.node.op is not None
        if step.node.op.name != "getitem" or not suspect.reaches(step.x):
            continue
        source = _source(step)
        count = np.bincount(source.reshape(-1), minlength=step.x.size)[source]
        if np.max(count, initial=0) < 2:
            continue
        yield from _slips(suspect, step, source, count)


def _source(step: Step) -> Any:
    """For every entry of what was looked up, the place of the entry that it is."""
    assert step.node.op is not None
    places = np.arange(step.x.size).reshape(step.x.shape)
    return np.asarray(step.node.op.forward(places, *step.node.inputs[1:], **step.node.params))


def _slips(suspect: Suspect, step: Step, source: Any, count: Any) -> Iterator[Guess]:
    grad = np.broadcast_to(np.asarray(suspect.steps.passed_on(step.node)), step.node.shape)
    index = suspect.spelling.index(step.node)
    x, dx = suspect.spelling(step.x), suspect.spelling.derivative(step.x)
    place = suspect.steps.place(step)
    add = f"add them up: np.add.at(d{x}, {index}, ...), or a loop with +="
    if step.x is suspect.target and suspect.as_given.shape == grad.shape and suspect.agree(grad, suspect.as_given):
        message = f"manual {dx} is the derivative of {x}[{index}], one part for each place in {index}: {add}"
        yield Guess("missing-sum", ("places", place), message, suspect.replaced_by(suspect.right))
    if not suspect.fits:
        return
    sent = suspect.steps.sent(step)
    last = np.zeros(grad.size, bool)
    last[grad.size - 1 - np.unique(source.reshape(-1)[::-1], return_index=True)[1]] = True
    slips = (
        ("missing-sum", np.where(last.reshape(grad.shape), grad, 0), "that of the last place alone"),
        ("mean-for-sum", grad / count, "the mean over its places"),
    )
    for kind, slipped, words in slips:
        message = f"{dx} is, for what occurs in {index} more than once, {words}: {add}"
        change = {step.x: suspect.steps.sent(step, slipped) - sent}
        yield from what_if(suspect, change, kind, ("repeated", place, words), message, -0.1)
