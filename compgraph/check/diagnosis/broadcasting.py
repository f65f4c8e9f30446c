"""Slips of a sum over broadcast axes: it is missing, or goes over another axis, or is a mean."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

import numpy as np

from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect

__all__ = ["broadcasting"]


def broadcasting(suspect: Suspect) -> Iterator[Guess]:
    """The variable was broadcast, and the person's gradient is not summed over the axes along which it was."""
    given = suspect.as_given
    yield from _one_number_for_all(suspect)
    yield from _one_by_one(suspect)
    for step in suspect.steps.steps:
        if step.x is not suspect.target or step.node.shape == step.x.shape:
            continue
        raw = np.asarray(suspect.steps.raw(step))
        if raw.shape != step.node.shape:
            continue
        rest = suspect.right - suspect.steps.sent(step)
        repeated = _repeated(raw.shape, suspect.target.shape)
        axes = ", ".join(map(str, repeated))
        keep = ", keepdims=True" if len(suspect.target.shape) == raw.ndim else ""
        over_all = repeated[0] if len(repeated) == 1 else repeated
        title = f"manual d{suspect.name}"
        place = suspect.steps.place(step)

        def mend(_: object) -> np.ndarray:
            return np.array(suspect.right)

        if given.shape == raw.shape and suspect.agree(raw + rest, given):
            message = (
                f"{title} has shape {given.shape}: {suspect.name} was broadcast along axis {axes}, sum over it: "
                f"np.sum(..., axis={over_all}{keep})"
            )
            yield Guess("missing-sum", ("unsummed", place), message, mend)
            continue
        for count in range(1, raw.ndim + 1):
            for over in itertools.combinations(range(raw.ndim), count):
                for name, reduce in (("sum", np.sum), ("mean", np.mean)):
                    if name == "sum" and over == repeated:
                        continue
                    for keepdims in (True, False):
                        value = reduce(raw, axis=over, keepdims=keepdims)
                        if value.shape != given.shape or not suspect.agree(value, given):
                            continue
                        if suspect.is_manual(suspect.right):
                            continue
                        over_text = over[0] if len(over) == 1 else over
                        message = (
                            f"{title} is the {name} over axis {over_text}; {suspect.name} was broadcast along axis "
                            f"{axes}: take np.sum(..., axis={over_all}{keep})"
                        )
                        kind = "missing-sum" if name == "sum" else "mean-for-sum"
                        yield Guess(kind, ("axis", place, over, name, keepdims), message, mend, 0.2)


def _one_by_one(suspect: Suspect) -> Iterator[Guess]:
    """The gradients of the examples one by one, in an array with an axis more."""
    given, right = suspect.as_given, suspect.right
    if given.ndim != right.ndim + 1 and not (given.ndim == right.ndim and 1 in right.shape):
        return
    for axis, n in enumerate(given.shape):
        summed = np.sum(given, axis=axis, keepdims=given.ndim == right.ndim)
        if n > 1 and summed.shape == right.shape and suspect.agree(summed, right):
            message = (
                f"manual d{suspect.name} has shape {given.shape}, one gradient for each of {n} parts: "
                f"sum over axis {axis}"
            )
            keep = given.ndim == right.ndim
            yield Guess("missing-sum", ("one by one", axis), message, partial(np.sum, axis=axis, keepdims=keep), 0.1)


def _one_number_for_all(suspect: Suspect) -> Iterator[Guess]:
    """A part of the gradient is summed to one number, which broadcasting then spreads over all entries."""
    for step in suspect.steps.steps:
        if step.x is not suspect.target or suspect.right.size < 2:
            continue
        sent = suspect.steps.sent(step)
        slipped = suspect.right - sent + np.sum(sent)
        if suspect.is_manual(slipped) and not suspect.agree(slipped, suspect.right):
            message = (
                f"the part of manual d{suspect.name} that comes from {suspect.spelling.inside(step.node)} is summed to "
                "one number: leave out np.sum"
            )
            key = ("part", suspect.steps.place(step))
            flat = 0.4 if np.ptp(np.abs(sent)) == 0 else 0.0  # signs of one size: the sum may be one of them by chance
            yield Guess("summed-to-number", key, message, suspect.instead_of(slipped), flat)


def _repeated(shape: tuple[int, ...], target: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of a result along which an input of another shape was repeated."""
    extra = len(shape) - len(target)
    return tuple([i for i, n in enumerate(shape) if i < extra or (target[i - extra] == 1 and n != 1)])
