"""Gradient descent on a network of any number of layers, and what its layers do on the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compgraph.errors import SettingError, ShapeError
from compgraph.networks.deep import deep_cost, deep_forward
from compgraph.networks.initialise import DeepParameters
from compgraph.transforms import value_and_grad

__all__ = ["DeepTraining", "spread", "train_deep"]

Array: TypeAlias = NDArray[np.floating[Any]]


class DeepTraining(NamedTuple):
    """What was seen before the first and after each update of a network of L layers.

    Attributes:
        costs: (epochs + 1,).
        activations: how far the activations of each layer spread, (L, epochs + 1); see :func:`spread`.
        gradients: the root mean square of the entries of dJ/dW of each layer, (L, epochs + 1).
    """

    costs: Array
    activations: Array
    gradients: Array


def spread(A: Array) -> float:
    """How far the activations of a layer differ between the examples: the root mean square over its units.

    >>> spread(np.array([[1.0, 3.0], [7.0, 7.0]]))  # of the first unit 1, of the second 0
    0.7071067811865476

    Args:
        A: activations (n, m) of n units for m examples.

    Returns:
        0 where every unit says the same of all examples: nothing of the data comes through such a layer.
    """
    return float(np.sqrt(np.mean(np.var(A, axis=1))))


def train_deep(
    start: DeepParameters,
    X: ArrayLike,
    Y: ArrayLike,
    activations: Sequence[str],
    *,
    rate: float,
    epochs: int,
) -> DeepTraining:
    """Repeat the update θ := θ - α dθ for all layers, and measure them before the first and after each.

    >>> from compgraph.networks.initialise import random_layers
    >>> X = np.array([[-2.0, -1.0, 1.0, 2.0]])
    >>> found = train_deep(random_layers([1, 3, 1], scale=1.0), X, X > 0, ["tanh"], rate=1.0, epochs=50)
    >>> bool(found.costs[-1] < 0.1 < found.costs[0]), found.activations.shape
    (True, (2, 51))

    Args:
        start: the parameters to begin with (see :mod:`compgraph.networks.initialise`); they are not changed.
        X: examples (n_0, m), one a column.
        Y: labels 0 and 1, (n_L, m).
        activations: the name of g for each of the L - 1 hidden layers.
        rate: the learning rate α.
        epochs: the number of updates.

    Returns:
        What was measured; from the epoch on whose cost is not finite, NaN.

    Raises:
        SettingError: an unknown activation, as many of them as do not fit, a rate that is not positive, or a negative
            number of epochs.
        ShapeError: parameters, examples and labels do not fit together.
    """
    if not (0 < rate < math.inf and epochs >= 0):
        raise SettingError(f"a rate of {rate} and {epochs} epochs: give a positive rate, and 0 epochs or more")
    examples, labels = np.array(X, dtype=np.float64), np.array(Y, dtype=np.float64)
    W, b = ([np.array(v, dtype=np.float64) for v in layers] for layers in start)
    _check_shapes(W, b, examples, labels)
    evaluate = value_and_grad(deep_cost, argnums=(0, 1))
    found = DeepTraining(*(np.full((*rows, epochs + 1), math.nan) for rows in ((), (len(W),), (len(W),))))
    with np.errstate(over="ignore", invalid="ignore"):  # seen in the cost
        for epoch in range(epochs + 1):
            J, (dW, db) = evaluate(W, b, examples, labels, list(activations))
            if not math.isfinite(J):
                break
            found.costs[epoch] = J
            found.activations[:, epoch] = [spread(A) for A in deep_forward(W, b, examples, activations).A[1:]]
            found.gradients[:, epoch] = [np.sqrt(np.mean(dW_l**2)) for dW_l in dW]
            W = [W_l - rate * dW_l for W_l, dW_l in zip(W, dW, strict=True)]
            b = [b_l - rate * db_l for b_l, db_l in zip(b, db, strict=True)]
    return found


def _check_shapes(W: Sequence[Array], b: Sequence[Array], X: Array, Y: Array) -> None:
    m, n = (X.shape[1], X.shape[0]) if X.ndim == 2 else (0, 0)
    wrong = [] if m else [f"X is {X.shape}, not (n_0, m)"]
    for layer, (W_l, b_l) in enumerate(zip(W, b, strict=False), start=1):
        rows = W_l.shape[0] if W_l.ndim else 0
        for name, array, shape in ((f"W[{layer}]", W_l, (rows, n)), (f"b[{layer}]", b_l, (rows, 1))):
            if array.shape != shape:
                wrong.append(f"{name} is {array.shape}, not {shape}")
        n = rows
    if Y.shape != (n, m):
        wrong.append(f"Y is {Y.shape}, not {(n, m)}")
    if wrong:
        raise ShapeError(f"parameters, examples and labels do not fit together: {'; '.join(wrong)}")
