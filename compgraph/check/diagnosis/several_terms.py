"""Slips in several terms of a sum at once: strengths exchanged, one of all terms alone, all penalties divided by m."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from compgraph.check.backward_pass import Step
from compgraph.check.diagnosis.constants import recognise
from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.diagnosis.terms import SUMS, part_of
from compgraph.node import Node

__all__ = ["one_term_alone", "several_terms"]

MOST_TERMS = 4
SCALINGS = frozenset({"multiply", "divide", "negative"})


def several_terms(suspect: Suspect) -> Iterator[Guess]:
    """The gradient is made of the right terms, of which two or more have a wrong constant factor, or are missing."""
    if not suspect.fits or suspect.right.size <= MOST_TERMS:
        return
    parts = [step for step in suspect.steps.steps if step.x is suspect.target]
    for steps in (_terms_of_the_cost(suspect), parts):
        if not 2 <= len(steps) <= MOST_TERMS:
            continue
        shares = [_share(suspect, step) for step in steps]
        times = _coefficients(suspect, shares)
        told = None if times is None else _told(suspect, steps, shares, times)
        if told is not None:
            yield told
            return


def one_term_alone(suspect: Suspect) -> Iterator[Guess]:
    """Of a cost that is added up in a loop only the last or the first term was differentiated: ``=`` for ``+=``."""
    steps = _terms_of_the_cost(suspect)
    if not suspect.fits or len(steps) < 3:
        return
    for which, step in (("last", steps[0]), ("first", steps[-1])):
        alone = _share(suspect, step)
        if suspect.is_manual(alone) and not suspect.agree(alone, suspect.right):
            message = (
                f"manual d{suspect.name} is that of the {which} alone of the {len(steps)} terms that the cost adds up: "
                "add them up (+=)"
            )
            yield Guess("off-by-one", ("term alone", which), message, suspect.instead_of(alone), 0.1)


def _told(suspect: Suspect, steps: Sequence[Step], shares: Sequence[Any], times: Sequence[float]) -> Guess | None:
    words, key, values = [], [], []
    for step, factor in zip(steps, times, strict=True):
        constant = None if abs(factor) < 1e-6 else recognise(suspect.scene, factor)
        if abs(factor) < 1e-6:
            words.append(f"lacks {part_of(suspect, step)}: add it")
        elif constant is not None and constant.far <= 1.3:
            words.append(f"has {part_of(suspect, step)} exactly {constant.times} times: {constant.remedy} there")
        elif abs(factor - 1) > 1e-7:
            return None
        values.append(0.0 if abs(factor) < 1e-6 else 1.0 if constant is None else constant.value)
        key.append("missing" if abs(factor) < 1e-6 else "right" if constant is None else constant.remedy)
    slipped = sum(value * share for value, share in zip(values, shares, strict=True))
    if len(words) < 2 or len(set(values)) < 2 or not suspect.is_manual(slipped):
        return None
    message = f"manual d{suspect.name} " + ", and ".join(words)
    return Guess("term-factor", ("several", *key), message, suspect.instead_of(slipped), 0.9)


def _share(suspect: Suspect, step: Step) -> Any:
    """The part of the gradient that comes along a step."""
    shape = suspect.right.shape
    change = suspect.steps.change({step.x: suspect.steps.sent(step)})
    return np.broadcast_to(np.asarray(change.get(suspect.target, 0.0)), shape)


def _coefficients(suspect: Suspect, shares: Sequence[Any]) -> list[float] | None:
    """How many times each part is in the person's gradient; None where they do not make it up."""
    if not suspect.agree(sum(shares), suspect.right) or not np.all(np.isfinite(suspect.manual)):
        return None
    matrix = np.stack([np.ravel(share).astype(np.float64) for share in shares], axis=1)
    found, _, rank, _ = np.linalg.lstsq(matrix, np.ravel(suspect.manual).astype(np.float64))
    return [float(x) for x in found] if rank == len(shares) else None


def _terms_of_the_cost(suspect: Suspect) -> list[Step]:
    """The steps into what the cost is the sum of, be the sum scaled: the last term first."""
    found: list[Step] = []
    sums: set[Node] = {suspect.steps.tape.outputs[0]}
    for step in suspect.steps.steps:
        if step.node in sums and _is_sum(step.x):
            sums.add(step.x)
        elif step.node in sums and suspect.reaches(step.x):
            found.append(step)
    return found


def _is_sum(x: Any) -> bool:
    """Whether a number is a sum of others, or such a sum times a constant."""
    while isinstance(x, Node) and x.op is not None and x.shape == ():
        if x.op.name in SUMS:
            return True
        nodes = [each for each in x.inputs if isinstance(each, Node)]
        if x.op.name not in SCALINGS or len(nodes) != 1:
            return False
        (x,) = nodes
    return False
