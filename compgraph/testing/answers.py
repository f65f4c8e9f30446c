"""What the modes and nudging answer for one pair of directions, and whether they agree."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.testing.probe import MARGIN, SAFETY, SHARP, Probe, Slope

__all__ = ["Answers"]

FAINT = 1e-6
"""A slope may be uncertain by this part of the largest one."""

FLAT = 1e-4
"""A slope of zero is believed where its estimated error is below this part of the function."""


class Answers(NamedTuple):
    """The number <u, J t>, three ways.

    Attributes:
        values: for each mode what it gives.
        rounding: for each mode how far rounding may have moved that.
        slope: what nudging gives.
        scale: how large the terms of it are together.
        size: how large the terms of <u, f> are together.
        noise: what rounding does to <u, f>.
    """

    values: Mapping[str, float]
    rounding: Mapping[str, float]
    slope: Slope
    scale: float
    size: float
    noise: float

    @classmethod
    def of(cls, probe: Probe, t: Any, modes: Sequence[str]) -> Answers:
        """Ask the modes and nudging along t."""
        terms = {mode: probe.reverse(t) if mode == "rev" else probe.forward(t) for mode in modes}
        values = {mode: float(np.sum(found)) for mode, found in terms.items()}
        rounding = {mode: probe.rounding(t, found) for mode, found in terms.items()}
        scale = max(float(np.sum(np.abs(found))) for found in terms.values())
        return cls(values, rounding, probe.numeric(t), scale, probe.size, probe.noise)

    @property
    def wrong(self) -> list[str]:
        """The modes that nudging contradicts; what is not finite is contradicted by a slope that is."""
        if not math.isfinite(self.slope.error):
            return []
        return [
            mode
            for mode, value in self.values.items()
            if not abs(value - self.slope.value) <= MARGIN * self.slope.error + self.rounding[mode]  # NaN is wrong
        ]

    @property
    def apart(self) -> bool:
        """Whether the modes contradict one another."""
        values = list(self.values.values())
        return bool(len(values) == 2 and not abs(values[0] - values[1]) <= sum(self.rounding.values()))

    @property
    def drowned(self) -> bool:
        """Whether it is rounding that makes the numeric slope uncertain, and not a kink or a steep place."""
        return self.slope.step > 0 and self.slope.error < 10 * 4 * self.noise / self.slope.step

    def decided(self, largest: float) -> bool:
        """Whether the numeric slope is sharp enough to say something.

        A slope that is faint beside those along other entries need not be sharp itself. One that is zero in all
        answers has no size of its own to measure the error by: that of the function has to do, unless the function
        itself is zero but for rounding.

        Args:
            largest: the largest slope along a single entry.
        """
        error = self.slope.error
        if error <= SHARP * self.scale or error <= FAINT * largest:
            return True
        claimed = any(not abs(value) <= self.rounding[mode] for mode, value in self.values.items())
        nothing = self.size < SAFETY * self.noise and self.drowned
        return not claimed and (error <= FLAT * self.size or nothing)

    def distance(self, mode: str | None) -> float:
        """How far a mode is from nudging; without one, how far the modes are apart."""
        values = list(self.values.values())
        found = abs(values[0] - values[-1]) if mode is None else abs(self.values[mode] - self.slope.value)
        return found if math.isfinite(found) else math.inf
