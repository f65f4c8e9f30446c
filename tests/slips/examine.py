"""A slip held against the comparison: which gradients are called wrong, and what is said first of the one that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import compgraph as cg
from compgraph.check.explanation import Explanation
from compgraph.check.report import Comparison
from compgraph.check.row import Row
from tests.slips.corpus import Slip
from tests.slips.problems import PROBLEMS


@dataclass(frozen=True)
class Outcome:
    """What the comparison makes of a slip."""

    slip: Slip
    found: Comparison
    m: int

    @property
    def row(self) -> Row:
        """The row to be explained."""
        name = (self.slip.wrong or self.slip.steps).split()[0]
        return next(row for row in self.found if row.name == name)

    @property
    def first(self) -> Explanation | None:
        return self.row.explanations[0] if self.row.explanations else None

    @property
    def is_diagnosed(self) -> bool:
        """Whether the first explanation is of the expected kind and mentions what it must."""
        first = self.first
        return first is not None and first.kind in self.slip.kinds and self.slip.says.lower() in first.message.lower()

    @property
    def mends(self) -> bool:
        """Whether the first explanation's fix makes the engine's gradient of the person's.

        Of a step that the notes write so, m times the derivative is as good.
        """
        assert self.first is not None
        with np.errstate(all="ignore"):
            mended = np.asarray(self.first.fix(self.row.manual))
        factors = (1, self.m) if self.row.name in PROBLEMS[self.slip.problem].in_notes else (1,)
        return any(agrees(mended, self.row.autodiff * factor) for factor in factors)


def examine(slip: Slip, seed: int = 0, dtype: Any = np.float64) -> Outcome:
    """Compare a slip at the point that a seed draws."""
    problem = PROBLEMS[slip.problem]
    at, data = problem.draw(np.random.default_rng(seed), dtype)
    manual = problem.written(slip.was, slip.written, tuple(slip.steps.split()))
    with np.errstate(all="ignore"):  # some slips overflow
        found = cg.compare(problem.cost, manual, at=at, data=data)
    return Outcome(slip, found, m=data["X"].shape[1] if "X" in data else 1)


def agrees(one: Any, other: Any) -> bool:
    """Whether two arrays are equal to 9 digits in float64, 3 in float32, of the largest entry."""
    if np.shape(one) != np.shape(other):
        return False
    digits = 1e-9 if np.asarray(other).dtype == np.float64 else 1e-3
    return bool(np.max(np.abs(one - other), initial=0.0) <= digits * np.max(np.abs(other), initial=0.0))
