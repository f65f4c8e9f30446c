"""Slips of a constant factor: -1, 2, m, 1/m, a hyperparameter."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from compgraph.check.diagnosis.constants import recognise
from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect

__all__ = ["constant_factor", "ratio_of"]


def ratio_of(suspect: Suspect) -> float | None:
    """The person's gradient over the right one, if that is one number in all entries, and not 1."""
    if not suspect.fits or not suspect.right.size:
        return None
    right, manual = suspect.right.astype(np.float64), suspect.manual.astype(np.float64)
    largest = int(np.argmax(np.abs(right)))
    with np.errstate(all="ignore"):
        ratio = float(manual.reshape(-1)[largest] / right.reshape(-1)[largest])
    if not np.isfinite(ratio) or ratio == 0 or suspect.is_manual(suspect.right):
        return None
    return ratio if suspect.is_manual(ratio * right) else None


def constant_factor(suspect: Suspect) -> Iterator[Guess]:
    """The whole gradient is a constant times too large or small."""
    ratio = ratio_of(suspect)
    if ratio is None:
        return
    title = f"manual d{suspect.name}"
    m = suspect.examples
    if suspect.part == "intermediate" and m and abs(ratio + m) < 1e-6 * m:
        message = f"{title} has the opposite sign (and is m = {m} times dJ/d{suspect.name}, as the notes write it)"
        yield Guess("sign", ("factor", "-m"), message, lambda manual: -manual / m)
        return
    constant = recognise(suspect.scene, ratio)
    size = int(suspect.right.size)
    if constant is None:
        if size > 1:
            message = f"{title} is {ratio:.6g} times the gradient of the cost in every entry: divide by {ratio:.6g}"
            yield Guess("factor", ("factor", f"{ratio:.6g}"), message, lambda manual: manual / ratio, 3)
        return
    value = constant.value
    if value == -1:
        message = f"{title} has the opposite sign: write d{suspect.name} = -(...), or look for a sign lost on the way"
        yield Guess("sign", ("factor", "-1"), message, lambda manual: -manual)
        return
    if shared := _axis_meant(suspect, value):
        yield shared
    message = f"{title} is exactly {constant.times} times the gradient of the cost: {constant.remedy}"
    yield Guess("factor", ("factor", constant.remedy), message, lambda manual: manual / value, constant.far)


def _axis_meant(suspect: Suspect, ratio: float) -> Guess | None:
    """A mean where the sum over the broadcast axes belongs, which is a factor of 1/n."""
    for step in suspect.steps.steps:
        if step.x is not suspect.target or step.node.shape == step.x.shape:
            continue
        repeated = step.node.size // max(step.x.size, 1)
        if repeated > 1 and np.isclose(ratio, 1 / repeated, rtol=1e-9):
            message = (
                f"manual d{suspect.name} is the mean over the axis along which {suspect.name} was broadcast, of "
                f"length {repeated}, where the sum belongs: use np.sum there (or multiply by "
                f"{suspect.spelling.number(repeated)})"
            )
            return Guess("mean-for-sum", ("mean", step.place), message, partial(np.multiply, repeated))
    return None
