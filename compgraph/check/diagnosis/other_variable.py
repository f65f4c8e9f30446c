"""Slips of the variable: the gradient of another one, or a gradient of one that the cost does not depend on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect

__all__ = ["other_variable"]


def other_variable(suspect: Suspect) -> Iterator[Guess]:
    """The gradient is that of another variable, as where a tuple is returned in another order."""
    title = f"manual d{suspect.name}"
    if suspect.target not in suspect.steps.cotangents:
        message = f"the cost does not depend on {suspect.name}: d{suspect.name} is zero"
        yield Guess("independent", "independent", message, suspect.replaced_by(np.zeros(suspect.target.shape)))
        return
    for other, gradient in suspect.scene.autodiff.items():
        if other == suspect.name or not np.any(gradient) or not suspect.agree(gradient, suspect.as_given):
            continue
        if suspect.agree(gradient, suspect.right):
            continue
        message = f"{title} is the gradient with respect to {other}: are d{suspect.name} and d{other} exchanged?"
        both = suspect.agree(suspect.scene.given(other), suspect.right)
        yield Guess("exchanged", ("exchanged", other), message, suspect.replaced_by(suspect.right), 0 if both else 1.5)
