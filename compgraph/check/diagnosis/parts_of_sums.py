"""Slips of a loop or a range: the last example is left out, or nothing but the last one counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.diagnosis.what_if import what_if

__all__ = ["parts_of_sums"]

PARTS = (
    ("leaves out the last", slice(-1, None), True, "look at the range of the sum"),
    ("leaves out the first", slice(0, 1), True, "look at the range of the sum"),
    ("is that of the last alone", slice(-1, None), False, "add them up (+=, or a sum over the axis)"),
    ("is that of the first alone", slice(0, 1), False, "add them up (+=, or a sum over the axis)"),
)


def parts_of_sums(suspect: Suspect) -> Iterator[Guess]:
    """A sum over an axis lacks its last or its first part, or consists of it."""
    if not suspect.fits:
        return
    for step in suspect.steps.steps:
        if not suspect.reaches(step.x):
            continue
        grad = np.broadcast_to(np.asarray(suspect.steps.passed_on(step.node)), step.node.shape)
        sent = suspect.steps.sent(step)
        named = step.node in suspect.scene.names
        far = (0.0 if named else 0.2) - 0.1 * suspect.steps.place(step) / len(suspect.steps.steps)  # near the end
        title = f"d{suspect.spelling(step.node)}" if named else f"the derivative of {suspect.spelling(step.node)}"
        whole = f"manual d{suspect.name}"
        if not suspect.is_all(step):
            through = suspect.spelling.inside(step.node) if step.x is suspect.target else suspect.spelling(step.x)
            whole = f"the part of {whole} that comes through {through}"
        for axis, n in enumerate(grad.shape):
            if n < 3:
                continue
            for words, part, left_out, remedy in PARTS:
                cut = _cut(grad, axis, part, left_out)
                instead = suspect.steps.sent(step, cut)
                if not np.any(suspect.effect(step.x, instead)):
                    continue  # the first alone, which is zero: all is missing
                noun = _noun(suspect, n)
                yield from what_if(
                    suspect,
                    {step.x: instead - sent},
                    "off-by-one",
                    ("part", suspect.steps.place(step), axis, words),
                    f"{whole} {words} of the {n} {noun} along axis {axis} of {title}: {remedy}",
                    far,
                )


def _noun(suspect: Suspect, n: int) -> str:
    return "examples" if n == suspect.examples else "parts"


def _cut(grad: Any, axis: int, part: slice, left_out: bool) -> Any:
    """A cotangent without a part of an axis, or with nothing but that part."""
    index = (slice(None),) * axis + (part,)
    if left_out:
        cut = np.array(grad)
        cut[index] = 0
        return cut
    cut = np.zeros_like(grad)
    cut[index] = grad[index]
    return cut
