"""Slips of a term too many: the gradient has weight decay, of a bias for example, that the cost has not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from compgraph.check.diagnosis.constants import recognise
from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect

__all__ = ["further_term"]

PENALTIES = frozenset({"absolute", "power", "square"})


def further_term(suspect: Suspect) -> Iterator[Guess]:
    """What is too much in the gradient is a constant times the variable itself, or its sign: a penalty's derivative."""
    if not suspect.fits or not np.any(suspect.right):
        return
    value = np.asarray(suspect.target.value)
    for title, penalty, power in (
        (suspect.name, value, "the square"),
        (f"np.sign({suspect.name})", np.sign(value), "|.|"),
    ):
        if value.size == 1 and power == "|.|":
            continue  # the sign of a number is no more than a number
        strength = _strength(suspect, penalty)
        if strength is None or strength < 0 or _is_in_the_cost(suspect, penalty):
            continue
        constant = recognise(suspect.scene, strength)
        if constant is not None and constant.far <= (1.3 if value.size > 2 else 0.5):
            strength = constant.value
        elif value.size < 3 or suspect.part == "intermediate":
            continue
        further = strength * penalty
        if not suspect.is_manual(suspect.right + further):
            continue
        spelled = suspect.spelling.number(strength)
        term = title if strength == 1 else f"{spelled} * {title}"
        message = (
            f"manual d{suspect.name} has a term {term} too many, as of a penalty on {suspect.name}, which the "
            "cost does not have: leave it out"
        )
        yield Guess("extra-term", ("further", power), message, suspect.instead_of(suspect.right + further))


def _is_in_the_cost(suspect: Suspect, penalty: Any) -> bool:
    """Whether the cost has such a term, of whatever strength: then it is not one too many."""
    for step in suspect.steps.steps:
        if step.x is not suspect.target:
            continue
        sent = np.asarray(suspect.steps.sent(step))
        if penalty.size == 1:  # a number is a multiple of any other
            assert step.node.op is not None
            if step.node.op.name in PENALTIES or sum(x is step.x for x in step.node.inputs) == 2:
                return True
        elif np.any(sent):
            largest = np.unravel_index(int(np.argmax(np.abs(penalty))), penalty.shape)
            if suspect.agree(sent[largest] / penalty[largest] * penalty, sent):
                return True
    return False


def _strength(suspect: Suspect, penalty: Any) -> float | None:
    """By how many times a penalty's derivative the person's gradient exceeds the right one, if that is one number."""
    size = float(np.sum(penalty.astype(np.float64) ** 2))
    if not size:
        return None
    with np.errstate(all="ignore"):
        strength = float(np.sum((suspect.manual.astype(np.float64) - suspect.right) * penalty)) / size
    return strength if np.isfinite(strength) and abs(strength) > 1e3 * suspect.precision else None
