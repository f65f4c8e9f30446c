"""A trained two-layer network with everything needed to judge new rows: scale, column names, the two values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compgraph.networks.data import Table
from compgraph.networks.standardise import Scale, standardise
from compgraph.networks.two_layer import TwoLayerParameters, two_layer_forward

__all__ = ["Model"]

Array: TypeAlias = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Model:
    """A trained two-layer network and the table it understands.

    >>> parameters = TwoLayerParameters(np.array([[1.0]]), np.zeros((1, 1)), np.array([[4.0]]), np.zeros((1, 1)))
    >>> scale = Scale(np.array([[10.0]]), np.array([[2.0]]))
    >>> model = Model(parameters, "tanh", ("size",), scale, "kind", ("small", "large"), np.array([0.7, 0.1]))
    >>> X = np.array([[6.0, 10.0, 14.0]])
    >>> model.probabilities(X).round(2)
    array([[0.02, 0.5 , 0.98]])
    >>> model.answers(X)
    ('small', 'large', 'large')

    Attributes:
        parameters: W1 (n_h, n_x), b1 (n_h, 1), W2 (1, n_h), b2 (1, 1).
        activation: the name of the hidden activation.
        feature_names: the columns it reads, in order.
        scale: the mean and standard deviation of each in the training rows.
        target: the column it predicts.
        values: what that column says for the label 0 and for the label 1.
        costs: the cost of the start values and after each epoch of the training.
    """

    parameters: TwoLayerParameters
    activation: str
    feature_names: tuple[str, ...]
    scale: Scale
    target: str
    values: tuple[str, str]
    costs: Array

    def probabilities(self, X: Array) -> Array:
        """For each example the probability of the label 1.

        Args:
            X: examples (n_x, m), one a column, as they stand in a table (not standardised).

        Returns:
            (1, m), in the dtype of the parameters.
        """
        dtype = self.parameters.W1.dtype
        A2: Array = two_layer_forward(*self.parameters, standardise(X, self.scale).astype(dtype), self.activation).A2
        return A2

    def predict(self, X: Array) -> Array:
        """The label of each example, 1 where its probability is at least one half: (1, m)."""
        return (self.probabilities(X) >= 0.5).astype(np.float64)

    def answers(self, X: Array) -> tuple[str, ...]:
        """The label of each example in the table's own words."""
        return tuple(self.values[int(label)] for label in self.predict(X)[0])

    def accuracy(self, table: Table) -> float:
        """The share of the examples of a labelled table that it judges right."""
        return float(np.mean(self.predict(table.X) == table.Y))
