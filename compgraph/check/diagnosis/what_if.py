"""What if a step of the backward pass had been done otherwise: would it have led to the person's gradient?"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np

from compgraph.check.diagnosis.constants import recognise
from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.node import Node

__all__ = ["what_if"]

BESIDES = 2.0
"""How much further a guess is fetched that needs a constant factor besides."""


def what_if(
    suspect: Suspect,
    changes: Mapping[Node, Any],
    kind: str,
    key: Hashable,
    message: str,
    far: float = 0.0,
    *,
    scaled: bool = False,
) -> Iterator[Guess]:
    """Guess at a slip that changes what arrives at some nodes, if that leads to the person's gradient.

    The gradient that the slip leads to may also be a constant times the person's: then there are two slips, which is
    further fetched. Of an intermediate a constant such as m is a convention, and no slip.

    Args:
        suspect: the gradient.
        changes: by how much what arrives at some nodes changes.
        kind, key, message, far: those of the guess.
        scaled: whether any known constant is part of the slip itself.
    """
    with np.errstate(all="ignore"):
        effect = sum(suspect.effect(x, change) for x, change in changes.items())
    factor = suspect.factor(effect)
    if factor is None:
        return
    constant = None
    if abs(factor - 1) > 1e3 * suspect.precision:
        constant = recognise(suspect.scene, factor)
        if constant is None or constant.far > 0.5:
            return
        factor = constant.value
    else:
        factor = 1.0
    with np.errstate(all="ignore"):
        slipped = suspect.after(changes)
    if suspect.agree(slipped, suspect.right) or not suspect.is_manual(factor * slipped):
        return
    instead = suspect.instead_of(slipped)
    if constant is None:
        yield Guess(kind, key, message, instead, far)
        return
    scale = factor
    if scaled or (suspect.part == "intermediate" and suspect.examples == factor):
        yield Guess(kind, (key, "convention"), message, lambda manual: instead(manual / scale), far)
        return
    message = f"{message}; and {constant.remedy}"
    yield Guess(kind, (key, constant.remedy), message, lambda manual: instead(manual / scale), far + BESIDES)
