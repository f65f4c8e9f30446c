"""The derivatives of a function at a point, asked of both modes and of nudging, one pair of directions at a time.

A pair is a weight u for each entry of the result and a direction t in the arguments. Everything that is asked is one
number, <u, J t>: reverse mode gives it as <uJ, t>, forward mode as <u, Jt>, and nudging as the slope of <u, f(x + et)>.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from compgraph.check.numeric import numeric_slopes, relative_step
from compgraph.check.rounding import rounding_spread
from compgraph.nested import unravel
from compgraph.node import Node, Variable
from compgraph.testing.leaf_function import LeafFunction, along, flat, plain, pulled_back

__all__ = ["Probe", "Slope"]

SAFETY = 64
"""Times the measured effect of rounding, which a correct derivative stays within."""

MARGIN = 8
"""Times the estimated error of a numeric slope, which is right to within a small factor."""

SHARP = 1e-3
"""A numeric slope says something where its estimated error is below this part of it."""

STEPS = (1.0, 2.0**-4, 2.0**-8, 2.0**-12, 2.0**6, 2.0**-18, 2.0**-24)
"""The steps that are tried until one gives a very sharp slope, as multiples of the usual one."""


FINER = (2.0**-18, 2.0**-24, 2.0**-30, 2.0**-36, 2.0**-42)
"""The steps that have to confirm that something is wrong."""


class Slope(NamedTuple):
    """A numeric slope, an estimate of its error, and the step along the direction that it was found with."""

    value: float
    error: float
    step: float


class Probe:
    """A function at a point, with fixed weights of the entries of its result.

    >>> from compgraph.testing.leaf_function import leaf_function
    >>> probe = Probe(leaf_function(lambda x: x**2, [np.array([1.0, 2.0])]), u=np.array([1.0, 10.0]))
    >>> t = np.array([1.0, 0.0])
    >>> float(np.sum(probe.reverse(t))), float(np.sum(probe.forward(t))), round(probe.numeric(t).value, 6)
    (2.0, 2.0, 2.0)

    Args:
        function: what is asked.
        u: the weights, end to end in one vector of float64.

    Attributes:
        point: the arguments, end to end in one vector of float64.
        value: <u, f> of plain values in float64.
        size: how large its terms are together.
    """

    def __init__(self, function: LeafFunction, u: Any) -> None:
        self.function = function
        self.u = u
        self.double = tuple([np.asarray(x, np.float64)[()] for x in function.at])
        self.point = flat(self.double)
        terms = u * flat(function.call(*[_own(x) for x in self.double]))
        self.value = float(np.sum(terms))
        self.size = float(np.sum(np.abs(terms)))

    @cached_property
    def recorded(self) -> Any:
        """<u, f> as a node, of arguments in float64; a number if it depends on none of them."""
        return self._record(self.double)[0]

    @cached_property
    def noise(self) -> float:
        """What rounding does to <u, f> in float64."""
        total, variables = self._record(self.double)
        return rounding_spread(total, variables).output if isinstance(total, Node) else 0.0

    @cached_property
    def spread(self) -> Any:
        """What rounding does to each entry of the gradient of <u, f>, in the precision of the arguments."""
        total, variables = self._record(self.function.at)
        if not isinstance(total, Node):
            return np.zeros(self.point.size)
        return flat(rounding_spread(total, variables).gradients)

    def _record(self, at: tuple[Any, ...]) -> tuple[Any, list[Node]]:
        variables: list[Node] = [Variable(x) for x in at]
        start = 0
        total: Any = 0.0
        for x in self.function.call(*variables):
            stop = start + int(np.size(x))
            dtype = np.result_type(plain(x))
            total = total + np.sum(x * self.u[start:stop].reshape(np.shape(x)).astype(dtype))
            start = stop
        return total, variables

    # ------------------------------------------------------------------------------------------- the three answers

    @cached_property
    def gradient(self) -> Any:
        """uJ, by reverse mode: the gradient of <u, f> by every entry of the arguments."""
        return flat([plain(x) for x in pulled_back(self.function, self.u).call(*self.function.at)])

    def reverse(self, t: Any) -> Any:
        """The terms of <uJ, t>, one for each entry of the arguments."""
        return np.multiply(self.gradient, t, out=np.zeros_like(t), where=t != 0)  # a NaN elsewhere is not asked for

    def forward(self, t: Any) -> Any:
        """The terms of <u, Jt>, one for each entry of the result."""
        return self.u * flat(along(self.function, t).call(*self.function.at))

    def numeric(self, t: Any) -> Slope:
        """The slope of <u, f> along t by nudging: the sharpest of several steps, if any is sharp."""
        found = []
        for factor in STEPS:
            found.append(self._slope(t, factor))
            if found[-1].error <= SHARP**2 * abs(found[-1].value):
                return found[-1]
        sharp = [slope for slope in found if slope.error <= SHARP * abs(slope.value)]
        if sharp:
            return min(sharp, key=lambda slope: slope.error / abs(slope.value))
        return min(found, key=lambda slope: slope.error)

    def steeper(self, t: Any, value: float) -> bool:
        """Whether a step far below those shows another slope than they do: the function varies too fast for them."""
        best = self.numeric(t)
        finer = [self._slope(t, factor) for factor in FINER]
        return any(abs(found.value - value) + MARGIN * found.error < 0.5 * abs(best.value - value) for found in finer)

    def _slope(self, t: Any, factor: float) -> Slope:
        with np.errstate(all="ignore"):  # a nudge may lead out of the function's domain
            found = numeric_slopes(self._at(factor * t), np.zeros(1), noise=self.noise)
        value, error = float(found.slopes[0]) / factor, float(found.errors[0]) / factor
        step = relative_step(self.value, self.noise) * factor
        return Slope(value, error if np.isfinite(value) else np.inf, step)

    def _at(self, t: Any) -> Callable[[Any], float]:
        """<u, f> as a function of how far the point is moved along t."""

        def moved(distance: Any) -> float:
            leaves = unravel(self.point + float(distance[0]) * t, self.double)
            return float(np.sum(self.u * flat(self.function.call(*leaves))))

        return moved

    # ------------------------------------------------------------------------------------------------- how exact

    def rounding(self, t: Any, terms: Any) -> float:
        """How far a correct answer along t, the sum of these terms, may be off through rounding."""
        eps = max([float(np.finfo(x.dtype).eps) for x in map(np.asarray, self.function.at)])
        return SAFETY * (
            float(np.sum(self.spread * np.abs(t))) + eps * float(np.sum(np.abs(terms), where=np.isfinite(terms)))
        )


def _own(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x
