"""What is asked of compgraph, and whether a run reached it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

__all__ = ["Ahead", "Asked", "Goal", "Limit", "Verdict", "judged", "seconds"]

Medians = Mapping[str, float]
"""Seconds per call of those that have a time."""


class Verdict(NamedTuple):
    """What became of a goal.

    Attributes:
        goal: what was asked, of whom.
        value: what was reached; None where there was nothing to measure or to compare with.
        text: the same, to be printed.
        met: whether it is enough.
    """

    goal: str
    value: float | None
    text: str
    met: bool

    def line(self) -> str:
        """The verdict below a table."""
        return f"  goal: {self.goal}: {self.text}" + ("" if self.value is None else f", {self.word}")

    @property
    def word(self) -> str:
        """The verdict in a word."""
        return "met" if self.met else "MISSED" if self.value is not None else "–"


class Asked(Protocol):
    """A goal that is judged by times."""

    def judge(self, medians: Medians) -> Verdict: ...


@dataclass(frozen=True)
class Goal:
    """`of` is to take at most `factor` times what `reference` takes."""

    reference: str
    factor: float
    of: str = "compgraph"

    def judge(self, medians: Medians) -> Verdict:
        return judged(f"{self.of} at most {self.factor} x {self.reference}", _ratio(medians, self), self.factor)


@dataclass(frozen=True)
class Limit:
    """`of` is to take at most so many seconds."""

    limit: float
    of: str = "compgraph"

    def judge(self, medians: Medians) -> Verdict:
        return judged(f"{self.of} within {seconds(self.limit)}", medians.get(self.of), self.limit, seconds)


@dataclass(frozen=True)
class Ahead:
    """`of` is to take less than each of `references` that is there."""

    of: str
    references: Sequence[str]

    def judge(self, medians: Medians) -> Verdict:
        goal = f"{self.of} ahead of all others"
        ratios = {name: _ratio(medians, Goal(name, 1.0, self.of)) for name in self.references}
        known = {name: ratio for name, ratio in ratios.items() if ratio is not None}
        if not known:
            return judged(goal, None, 1.0)
        closest = max(known, key=known.__getitem__)
        return judged(goal, known[closest], 1.0, lambda ratio: f"{ratio:.2f} x {closest}")


def judged(goal: str, value: float | None, most: float, told: Any = lambda ratio: f"{ratio:.2f}") -> Verdict:
    """The verdict on a figure that has to be `most` or less."""
    if value is None:
        return Verdict(goal, None, "no time to compare", False)
    return Verdict(goal, value, told(value), value <= most)


def _ratio(medians: Medians, goal: Goal) -> float | None:
    own, reference = medians.get(goal.of), medians.get(goal.reference)
    return own / reference if own and reference else None


def seconds(value: float) -> str:
    """A time in three digits.

    >>> seconds(0.3), seconds(12.34e-6), seconds(1e-6), seconds(85e-9)
    ('300 ms', '12.3 µs', '1 µs', '85 ns')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}" if value < 1000 * size else f"{value / size:.0f} {unit}"
    return f"{value * 1e9:.3g} ns"
