"""One gradient three ways, and the verdict on it."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from compgraph.check.explanation import Explanation
from compgraph.check.numeric import DirectionalSlopes, Slopes
from compgraph.check.verdicts import AUTODIFF_DIFFERS, BOTH_DIFFER, KINK, PRECISION

__all__ = ["Row"]

SAFETY = 64
"""Times the measured effect of rounding, which a correct formula that rounds in another order stays within."""


SINGLE = 1e-2
"""A gradient in single precision may be off the slopes, nudged in double, by such a part of its largest entry."""

VAGUE = 1e-2
"""Gradients that differ by more than such a part of the largest entry and pass all the same are looked at again."""


class Row:
    """One gradient, three ways.

    Attributes:
        name: the derivative, such as ``dW1``.
        part: whether it is that of a ``parameter`` or of an ``intermediate``.
        shape: the shape of what it is the derivative with respect to.
        autodiff: the engine's gradient, an array of that shape.
        manual: the hand-derived gradient, as it was given.
        numeric: the numeric slopes, an array of that shape; NaN in the entries of a large array that were not nudged.
        tolerance: for each entry how far autodiff and manual may lie apart through rounding.
        max_abs: the largest difference between autodiff and manual.
        max_rel: the same over the largest entry of either.
        max_ulp: the largest difference in units in the last place of the entry itself.
        numeric_abs: the largest difference between autodiff and numeric.
        where: the index of the entry with the largest difference; if some are beyond their tolerance, among those.
        verdict: ``right``; ``right up to rounding`` where the formula loses digits that the engine keeps, as 1 - a of
            an a near 1 does; ``wrong``; ``inconclusive: kink`` where there are several right answers;
            ``inconclusive: precision`` where rounding leaves nothing to compare; ``both differ from numeric``: then
            the cost or the engine is suspect, for example because the cost draws random numbers; or ``autodiff differs
            from numeric`` where the nudged slopes agree with the hand-derived gradient: then the engine is.
        remark: the number of digits that agree (of the largest entry; where a formula loses digits, of the entry that
            loses most), or what does not.
        explanations: for a wrong row what the slip may be, the likeliest first, each verified.
        times: of an intermediate that is given as m · dJ/dZ, as course notes write it, this m; else 1. The differences
            are those of the m-th part.
        step: ``slip`` if this is the first step of the backward pass that does not follow from the ones before,
            ``inherited`` if it does follow and is wrong only because of those; else empty.
    """

    def __init__(
        self,
        name: str,
        autodiff: Any,
        manual: Any,
        spread: Any,
        part: Literal["parameter", "intermediate"] = "parameter",
    ) -> None:
        self.name = name
        self.part = part
        self.autodiff = np.asarray(autodiff)
        self.manual = np.array(manual)  # a copy: what is done to it later is not what was compared
        self.shape = self.autodiff.shape
        self.numeric = np.full(self.shape, np.nan)
        self.numeric_abs = math.nan
        self.tolerance = SAFETY * (np.asarray(spread) + last_digit(self.autodiff)) * self._coarser()
        self.max_abs = self.max_rel = self.max_ulp = math.inf
        self.where: tuple[int, ...] = (0,) * len(self.shape)
        self.verdict = "wrong"
        self.remark = ""
        self.explanations: tuple[Explanation, ...] = ()
        self.step: Literal["", "slip", "inherited"] = ""
        self.times = 1
        if self.manual.shape != self.shape:
            self.remark = f"has shape {self.manual.shape}"
            return
        if not np.any(self._measure() > 0):
            self._call_right("right", self.max_rel)

    @property
    def compared(self) -> Any:
        """The hand-derived gradient without the m of the notes' convention."""
        return self.manual if self.times == 1 else self.manual / self.times

    def _measure(self) -> Any:
        """Set the differences and where the largest is; returns how far beyond its tolerance each entry lies."""
        manual = self.compared
        apart = distance(self.autodiff, manual)
        beyond = apart - self.tolerance
        if apart.size:
            self.where = index_of_largest(np.where(beyond > 0, apart, 0.0) if np.any(beyond > 0) else apart)
        self.max_abs = float(np.max(apart, initial=0.0))
        largest = max(float(np.max(np.abs(a), initial=0.0)) for a in (self.autodiff, manual))
        self.max_rel = self.max_abs / largest if 0 < largest < math.inf else float(self.max_abs > 0)
        self.max_ulp = float(np.max(in_last_places(apart, self.autodiff, manual), initial=0.0))
        return beyond

    def _coarser(self) -> float:
        """How many times coarser the digits of a hand-derived gradient in single precision are than the engine's."""
        if self.manual.dtype.kind != "f":
            return 1.0
        return max(1.0, float(np.finfo(self.manual.dtype).eps / np.finfo(self.autodiff.dtype).eps))

    @property
    def judgement(self) -> str:
        """The verdict with its remark."""
        return f"{self.verdict}: {self.remark}" if self.remark else self.verdict

    @property
    def is_right(self) -> bool:
        """Whether the formula is right, be it that it loses digits."""
        return self.verdict.startswith("right")

    def allow_for_cancellation(self, spread: Any) -> None:
        """Take back a ``wrong`` that is explained by a formula that loses digits where the engine keeps them."""
        if self.verdict != "wrong" or self.manual.shape != self.shape or not np.all(np.isfinite(self.manual)):
            return
        apart = distance(self.autodiff, self.manual)
        if np.all(apart <= self.tolerance + SAFETY * np.asarray(spread)):
            size = np.maximum(np.abs(self.autodiff), np.abs(self.manual))
            relative = np.asarray(apart / np.where(size == 0, 1.0, size))
            self.where = index_of_largest(relative)
            self._call_right("right up to rounding", float(relative[self.where]))

    def doubt_digits(self) -> None:
        """Take back a ``right`` of two gradients that agree only because rounding leaves nothing of either."""
        if self.is_right and self.max_rel > 0.5:
            self.verdict = PRECISION
            single = self.autodiff.dtype == np.float32
            self.remark = "rounding exceeds it; " + ("compare in float64" if single else "compare elsewhere")

    @property
    def is_vague(self) -> bool:
        """Whether two gradients pass as the same only because rounding may do much to them, as where it flips a max."""
        return self.verdict == PRECISION or (self.verdict == "right" and self.max_rel > VAGUE)

    def call_wrong(self) -> None:
        """Take back a verdict that rounding at a kink had made too mild."""
        self.verdict, self.remark = "wrong", ""

    def doubt(self, remark: str) -> None:
        """Take back a ``right`` of a cost that cannot be trusted."""
        if self.verdict not in ("wrong", AUTODIFF_DIFFERS, PRECISION):
            self.verdict, self.remark = BOTH_DIFFER, remark

    def call_convention(self, factor: int) -> None:
        """Take back a ``wrong`` of an intermediate that is given as a multiple, as course notes do."""
        self.verdict = "right"
        self.remark = f"{factor} · dJ/{self.name}"
        self.times = factor
        self._measure()
        message = (
            f"given as m = {factor} times the derivative of the cost, that of the summed loss, as course notes write "
            "it; the 1/m comes with the parameters"
        )
        self.explanations = (Explanation("convention", message, lambda manual: np.asarray(manual) / factor),)

    def take_numeric(self, slopes: Slopes) -> None:
        """Set the numeric column, and take back a ``right`` that the numeric slopes contradict."""
        self.numeric.reshape(-1)[slopes.entries] = slopes.slopes
        autodiff = self.autodiff.reshape(-1)[slopes.entries].astype(np.float64)
        apart = np.where(np.isfinite(autodiff) | ~np.isfinite(slopes.slopes), np.abs(autodiff - slopes.slopes), np.inf)
        self.numeric_abs = float(np.max(apart, initial=0.0))
        tolerance = self.tolerance.reshape(-1)[slopes.entries]
        allowed = 8 * slopes.errors + np.where(np.isfinite(tolerance), tolerance, 0.0)
        if self.autodiff.dtype == np.float32 and (
            (self.is_right and np.any(apart > allowed) and self.numeric_abs <= SINGLE * self._largest())
            or (self.verdict == "wrong" and self.max_abs <= 2 * self.numeric_abs)
        ):  # the engine's own digits, in single precision, are what is lost
            self.verdict, self.remark = PRECISION, "numeric has more digits; compare in float64"
        if not np.any(apart > allowed):
            return
        if self.verdict == "wrong" and self.manual.shape == self.shape:
            theirs = np.abs(self.manual.reshape(-1)[slopes.entries].astype(np.float64) - slopes.slopes)
            if np.all(theirs <= allowed):
                self.verdict, self.remark = AUTODIFF_DIFFERS, ""
        self.doubt("")

    def _largest(self) -> float:
        return float(np.max(np.abs(self.autodiff), initial=0.0))

    def take_directions(self, slopes: DirectionalSlopes) -> None:
        """Take back a ``right`` that the slopes along directions contradict, in which all entries take part."""
        apart = np.abs(slopes.along(self.autodiff) - slopes.slopes)
        allowed = 8 * slopes.errors + np.sum(np.abs(slopes.directions) * self.tolerance, axis=_axes(self.shape))
        if np.any(apart > allowed):
            self.doubt("")

    def call_kink(self, remark: str) -> None:
        """Take back a verdict at a place that has several right answers."""
        self.verdict, self.remark = KINK, remark

    def _call_right(self, verdict: str, relative: float) -> None:
        self.verdict = verdict
        digits = math.floor(-math.log10(relative)) if relative else 16
        most = math.ceil(-math.log10(np.finfo(self.autodiff.dtype).eps * self._coarser()))
        count = max(0, min(digits, most))
        self.remark = f"{count} digit{'' if count == 1 else 's'}"

    def __repr__(self) -> str:
        return f"<Row {self.name} {self.shape}: {self.judgement}>"


def _axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of the entries in an array of directions."""
    return tuple(range(1, len(shape) + 1))


def last_digit(x: Any) -> Any:
    """What one unit in the last place comes to at each entry; at infinite ones, the least."""
    number = np.finfo(x.dtype)
    size = np.where(np.isfinite(x), np.abs(x), 0.0).astype(np.float64)
    return float(number.eps) * size + float(number.tiny)


def distance(one: Any, other: Any) -> Any:
    """How far two arrays lie apart entry by entry: infinitely far from NaN, not at all where infinities agree."""
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf, 1e308 + 1e308
        apart = np.asarray(np.abs(one.astype(np.float64) - other.astype(np.float64)))
    apart[np.isnan(apart)] = np.inf
    apart[one == other] = 0.0  # infinities of the same sign too
    return apart


def in_last_places(apart: Any, one: Any, other: Any) -> Any:
    """A distance in units in the last place of the larger of the two entries."""
    with np.errstate(over="ignore"):  # of a number too large for single precision
        return apart / np.maximum(last_digit(one), last_digit(other.astype(one.dtype)))


def index_of_largest(x: Any) -> tuple[int, ...]:
    """The index of an array's largest entry."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(x)), np.shape(x)))
