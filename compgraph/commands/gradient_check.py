"""The gradients of the network three ways: by the engine, by the hand-derived formulas, by nudging."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np

import compgraph as cg
from compgraph.check.compare import compare
from compgraph.check.report import Comparison
from compgraph.check.row import Row
from compgraph.commands.experiment import Experiment
from compgraph.networks import closed_form
from compgraph.networks.standardise import standardise
from compgraph.networks.two_layer import TwoLayerParameters, two_layer_cost, two_layer_forward
from compgraph.render import Picture, render

__all__ = ["Difference", "GradientCheck", "check_gradients", "difference", "network_picture"]

Value: TypeAlias = Any


class Difference(NamedTuple):
    """How far two gradients lie apart: the largest difference of two entries, and the same over the largest entry."""

    absolute: float
    relative: float


class GradientCheck(NamedTuple):
    """The comparisons at the parameters that the training began with, and at those it ended with."""

    initial: Comparison
    trained: Comparison

    @property
    def rows(self) -> tuple[tuple[str, Row], ...]:
        """Every row, after the name of the parameters it was computed at."""
        return tuple([(at, row) for at, found in self._asdict().items() for row in found.rows])

    @property
    def right(self) -> int:
        """The number of gradients that are right."""
        return sum(row.verdict == "right" for _, row in self.rows)

    @property
    def ok(self) -> bool:
        """Whether all are."""
        return self.right == len(self.rows)


def check_gradients(experiment: Experiment) -> GradientCheck:
    """Compare dW1, db1, dW2, db2 three ways on the training rows, at the initial and at the trained parameters.

    Args:
        experiment: with the trained network and the rows it learned from.
    """
    X = standardise(experiment.train.X, experiment.model.scale)
    Y = experiment.train.Y
    activation = experiment.settings.activation

    def cost(W1: Value, b1: Value, W2: Value, b2: Value) -> Value:
        return two_layer_cost(W1, b1, W2, b2, X, Y, activation)

    def by_hand(W1: Value, b1: Value, W2: Value, b2: Value) -> closed_form.TwoLayer:
        return closed_form.two_layer(W1, b1, W2, b2, X, Y, activation)

    def at(parameters: TwoLayerParameters) -> Comparison:
        return compare(cost, by_hand, at=parameters._asdict())

    return GradientCheck(at(experiment.start), at(experiment.model.parameters))


def difference(one: Any, other: Any) -> Difference:
    """How far two gradients lie apart.

    >>> difference(np.array([1.0, 4.0]), np.array([1.5, 4.0]))
    Difference(absolute=0.5, relative=0.125)

    Args:
        one, other: arrays; entries that are NaN in either, because they were not computed, are passed over. Arrays of
            different shapes are infinitely far apart.
    """
    if np.shape(one) != np.shape(other):
        return Difference(math.inf, math.inf)
    known = ~(np.isnan(one) | np.isnan(other))
    first, second = np.asarray(one)[known], np.asarray(other)[known]
    absolute = float(np.max(np.abs(first - second), initial=0.0))
    largest = float(max(np.max(np.abs(first), initial=0.0), np.max(np.abs(second), initial=0.0)))
    return Difference(absolute, absolute / largest if largest else 0.0)


def network_picture(experiment: Experiment) -> Picture:
    """Draw the cost of the trained network on its training rows, with the value and derivative of every step.

    Args:
        experiment: with the trained network and the rows it learned from.
    """
    X = standardise(experiment.train.X, experiment.model.scale)
    Y = experiment.train.Y
    W1, b1, W2, b2 = cg.variables(**experiment.model.parameters._asdict())
    forward = two_layer_forward(W1, b1, W2, b2, X, experiment.settings.activation)
    J = np.sum(cg.binary_cross_entropy_with_logits(forward.Z2, Y)) / X.shape[1]
    J.backward()
    names = {"X": X, "Y": Y, "Z1": forward.Z1, "A1": forward.A1, "Z2": forward.Z2, "J": J}
    return render(J, direction="TB", names=names)
