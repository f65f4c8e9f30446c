"""A step that does not follow from the ones before it: what is said when no more is known of the slip."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect

__all__ = ["inconsistent_step"]


def inconsistent_step(suspect: Suspect) -> Iterator[Guess]:
    """With intermediates given, the step from them to this gradient is where it goes wrong."""
    upstream = set(suspect.steps.given_before(suspect.target))
    before = [name for name in suspect.scene.intermediates if suspect.scene.node(name) in upstream]
    if not before or not suspect.fits or not suspect.right.size or not np.all(np.isfinite(suspect.right)):
        return
    apart = np.abs(suspect.manual - suspect.right)
    where = tuple(int(i) for i in np.unravel_index(int(np.argmax(apart)), suspect.right.shape))
    at = f" at [{', '.join(map(str, where))}]" if where else ""
    given = " and ".join([f"d{name}" for name in before])
    message = (
        f"manual d{suspect.name} does not follow from manual {given}, which {'is' if len(before) == 1 else 'are'} "
        f"given: from {'it' if len(before) == 1 else 'them'} follows {suspect.right[where]:.6g}{at}, not "
        f"{suspect.manual[where]:.6g}; look at this step"
    )
    yield Guess("step", "step", message, suspect.replaced_by(suspect.right))
