"""Gradient descent on the two-layer network, with the gradients from the engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from compgraph.errors import DivergenceError, SettingError, ShapeError
from compgraph.networks.activations import hidden_activation
from compgraph.networks.data import Table
from compgraph.networks.initialise import random_two_layer
from compgraph.networks.model import Model
from compgraph.networks.standardise import scale_of, standardise
from compgraph.networks.two_layer import TwoLayerParameters, two_layer_cost
from compgraph.transforms import value_and_grad

__all__ = ["Fit", "Training", "fit", "train"]

Array: TypeAlias = NDArray[np.floating[Any]]
OnEpoch: TypeAlias = Callable[[int, float], None]

_cost_and_gradients = value_and_grad(two_layer_cost, argnums=(0, 1, 2, 3))


class Training(NamedTuple):
    """Where gradient descent got to.

    Attributes:
        parameters: W1, b1, W2, b2.
        costs: the cost of the start values and after each epoch, so one more than there were epochs.
        interrupted: whether Ctrl-C ended it early.
    """

    parameters: TwoLayerParameters
    costs: Array
    interrupted: bool

    @property
    def epochs(self) -> int:
        """The number of updates made."""
        return len(self.costs) - 1


class Fit(NamedTuple):
    """A network trained on a table, and whether Ctrl-C ended the training early."""

    model: Model
    interrupted: bool


def train(
    start: TwoLayerParameters,
    X: Array,
    Y: Array,
    *,
    activation: str = "tanh",
    rate: float = 0.5,
    epochs: int = 1000,
    on_epoch: OnEpoch | None = None,
) -> Training:
    """Repeat the update θ := θ - α dθ for W1, b1, W2, b2, every epoch with all examples.

    >>> from compgraph.networks.initialise import random_two_layer
    >>> X, Y = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]]), np.array([[0.0, 1.0, 1.0, 0.0]])
    >>> start = random_two_layer(n_x=2, n_h=4, seed=1, scale=1.0)
    >>> parameters, costs, interrupted = train(start, X, Y, rate=2.0, epochs=300)
    >>> bool(costs[0] > 0.5), bool(costs[-1] < 0.02), len(costs)
    (True, True, 301)

    Ctrl-C ends the training, not the program: the parameters reached so far come back.

    Args:
        start: the parameters to begin with (see :mod:`compgraph.networks.initialise`); they are not changed.
        X: examples (n_x, m), one a column, standardised.
        Y: labels 0 and 1, (n_y, m), of the dtype of ``X``.
        activation: the hidden activation: sigmoid, tanh, relu, leaky_relu or linear.
        rate: the learning rate α.
        epochs: the number of updates.
        on_epoch: called after each update with the number of updates made and the cost that it began with, for a
            progress bar.

    Returns:
        The parameters, the costs, and whether Ctrl-C came.

    Raises:
        SettingError: an unknown activation, a rate that is not positive, or a negative number of epochs.
        ShapeError: parameters, examples and labels do not fit together.
        DivergenceError: the cost is no longer a finite number, usually because the rate is too large.
    """
    hidden_activation(activation)
    if not 0 < rate < math.inf:
        raise SettingError(f"a learning rate of {rate} is not a positive number: 0.5 is a fair start")
    if epochs < 0:
        raise SettingError(f"{epochs} epochs: give 0 or more")
    _check_shapes(start, X, Y)

    costs = np.empty(epochs + 1)
    reached = (start, 0)  # one name, so that Ctrl-C never finds the one without the other
    interrupted = False
    # An overflow shows in the cost, where it is reported with its remedy.
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            for epoch in range(epochs):
                cost, gradients = _cost_and_gradients(*reached[0], X, Y, activation)
                costs[epoch] = cost
                _check_finite(costs, epoch, rate)
                updated = [theta - rate * gradient for theta, gradient in zip(reached[0], gradients, strict=True)]
                reached = (TwoLayerParameters(*updated), epoch + 1)
                if on_epoch is not None:
                    on_epoch(epoch + 1, float(cost))
        except KeyboardInterrupt:
            interrupted = True
        parameters, done = reached
        costs[done] = two_layer_cost(*parameters, X, Y, activation)
        _check_finite(costs, done, rate)
    return Training(parameters, costs[: done + 1].copy(), interrupted)


def fit(
    table: Table,
    *,
    hidden: int = 8,
    activation: str = "tanh",
    rate: float = 0.5,
    epochs: int = 1000,
    seed: int | np.random.Generator = 0,
    dtype: DTypeLike = np.float64,
    on_epoch: OnEpoch | None = None,
) -> Fit:
    """Train a two-layer network on a table: standardise its features, draw start values, descend.

    >>> X = np.linspace(-3.0, 5.0, 20)[None]
    >>> table = Table(("size",), X, (X > 1).astype(float), "kind", ("small", "large"), tuple(range(2, 22)))
    >>> model, interrupted = fit(table, hidden=2, epochs=200, seed=1)
    >>> model.accuracy(table)
    1.0

    Args:
        table: the training rows.
        hidden: the number of hidden units.
        activation, rate, epochs, on_epoch: as for :func:`train`.
        seed: a seed, or a generator to draw the start values from. The same seed gives the same network.
        dtype: float64 or float32.

    Returns:
        The trained network, with the scale of its features and the names of its columns.

    Raises:
        DataError: a feature that cannot be standardised.
        SettingError, DivergenceError: as for :func:`train`.
    """
    scale = scale_of(table.X, table.feature_names)
    start = random_two_layer(len(table.feature_names), hidden, 1, seed, dtype=dtype)
    parameters, costs, interrupted = train(
        start,
        standardise(table.X, scale).astype(dtype),
        table.Y.astype(dtype),
        activation=activation,
        rate=rate,
        epochs=epochs,
        on_epoch=on_epoch,
    )
    model = Model(
        parameters=parameters,
        activation=activation,
        feature_names=table.feature_names,
        scale=scale,
        target=table.target,
        values=table.values,
        costs=costs,
    )
    return Fit(model, interrupted)


def _check_shapes(start: TwoLayerParameters, X: Array, Y: Array) -> None:
    n_h, n_x = start.W1.shape
    n_y, m = start.W2.shape[0], X.shape[1]
    given = {"W1": start.W1, "b1": start.b1, "W2": start.W2, "b2": start.b2, "X": X, "Y": Y}
    fitting = {"W1": (n_h, n_x), "b1": (n_h, 1), "W2": (n_y, n_h), "b2": (n_y, 1), "X": (n_x, m), "Y": (n_y, m)}
    wrong = [
        f"{name} is {given[name].shape}, not {shape}" for name, shape in fitting.items() if given[name].shape != shape
    ]
    if wrong:
        raise ShapeError(f"with {n_x} features, {n_h} hidden units, {n_y} outputs and {m} examples {'; '.join(wrong)}")


def _check_finite(costs: Array, epoch: int, rate: float) -> None:
    if math.isfinite(costs[epoch]):
        return
    if epoch == 0:
        raise DivergenceError(
            f"the cost is {costs[0]} before the first update: the data or the start values hold numbers "
            "that are infinite, NaN or far too large"
        )
    raise DivergenceError(
        f"the cost became {costs[epoch]} after {epoch} updates (it began at {costs[0]:.4g}): "
        f"the learning rate {rate:g} is too large; try {rate / 10:.1g}"
    )
