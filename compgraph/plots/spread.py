"""What becomes of activations and gradients on their way through the layers of a deep network, while it learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compgraph.errors import SettingError
from compgraph.networks.initialise import DeepParameters
from compgraph.plots.deep_training import DeepTraining, train_deep
from compgraph.plots.style import AxesGrid, colour_map, dress_over_epochs, legend, panels

__all__ = ["Trial", "layer_spread"]

Array: TypeAlias = NDArray[np.floating[Any]]

# From the first layer to the last: matplotlib's "plasma", which grows evenly lighter, without its pale end.
_SCALE = ("#0d0887", "#6a00a8", "#b12a90", "#e16462", "#f2913a")
_LEAST = 1e-12  # of a logarithmic axis: below, all is nothing


class Trial(NamedTuple):
    """A network to be trained: its start values, and its hidden activations.

    Attributes:
        start: W and b of each layer (see :mod:`compgraph.networks.initialise`).
        activation: the name of the activation of all hidden layers, or a name for each.
    """

    start: DeepParameters
    activation: str | Sequence[str]


def layer_spread(
    trials: Mapping[str, Trial],
    X: ArrayLike,
    Y: ArrayLike,
    *,
    rate: float = 0.1,
    epochs: int = 200,
    axes: Any = None,
) -> AxesGrid:
    """Train deep networks, and draw how far the activations and the gradients of each layer spread over the epochs.

    >>> from compgraph.networks.initialise import random_layers
    >>> X = np.random.default_rng(0).normal(size=(2, 30))
    >>> start = random_layers([2, 4, 4, 4, 1], scale=0.5)
    >>> trials = {"all tanh": Trial(start, "tanh"), "all sigmoid": Trial(start, "sigmoid")}
    >>> axes = layer_spread(trials, X, X[:1] > 0, epochs=20)
    >>> of_dW1, *_, of_dW4 = [line.get_ydata()[0] for line in axes[1, 1].lines]
    >>> bool(of_dW1 < of_dW4 / 50)  # what reaches the first layer of the sigmoid network
    True
    >>> axes[0, 0].figure.savefig("spread.svg")

    Each network has a column. Above: the standard deviation of the activations A[l] over the examples; where it is
    small, a layer says of all examples nearly the same. Below: the root mean square of the entries of dJ/dW[l]; where
    it is small, a layer does not learn. The axes are logarithmic, and each row has the same, so that columns compare.

    Args:
        trials: the networks, by what is written above them.
        X: examples (n_0, m), one a column, standardised.
        Y: labels 0 and 1, (n_L, m).
        rate: the learning rate α.
        epochs: the number of updates.
        axes: two rows with a column for each network; by default those of a new figure.

    Returns:
        The axes, an array (2, number of networks); ``axes[0, 0].figure`` is the picture.

    Raises:
        SettingError: there is no network, an activation is unknown, or the rate or the number of epochs is wrong.
        ShapeError: parameters, examples and labels do not fit together.
        MissingExtraError: see :func:`compgraph.plots.style.panels`.
    """
    if not trials:
        raise SettingError("there is no network to train: give a dict of start values and activations by their names")
    grid = panels(
        axes, 2, len(trials), size=(6.6 / max(len(trials), 2), 2.4), task="plotting activations and gradients",
        sharex=True, sharey="row",
    )  # fmt: skip
    found = [_trained(trial, X, Y, rate, epochs) for trial in trials.values()]
    layers = max(len(each.activations) for each in found)
    colours = colour_map("layers", _SCALE)(np.linspace(0, 1, layers))
    for above, below, name, each in zip(*grid, trials, found, strict=True):
        for ax, sizes in ((above, each.activations), (below, each.gradients)):
            for layer, size in enumerate(sizes, start=1):
                ax.plot(_positive(size), color=colours[layer - 1], linewidth=1.8, label=f"$l$ = {layer}")
        first = above is grid[0, 0]
        dress_over_epochs(above, "spread of $A^{[l]}$" if first else "", name, markup=False)
        dress_over_epochs(below, "rms of $dW^{[l]}$" if first else "")
        above.set_xlabel("")
    for row, measured in zip(grid, ([e.activations for e in found], [e.gradients for e in found]), strict=True):
        _logarithmic(row, np.concatenate([each.ravel() for each in measured]))
    deepest = max(grid[0], key=lambda ax: len(ax.lines))
    legend(
        grid[0, -1], handles=deepest.lines[-layers:], loc="upper left", bbox_to_anchor=(1.0, 1.05), frameon=False,
        title="layer", handlelength=1.4,
    )  # fmt: skip
    return grid


def _trained(trial: Trial, X: ArrayLike, Y: ArrayLike, rate: float, epochs: int) -> DeepTraining:
    start, activation = trial
    names = [activation] * (len(start.W) - 1) if isinstance(activation, str) else list(activation)
    return train_deep(start, X, Y, names, rate=rate, epochs=epochs)


def _positive(sizes: Array) -> Array:
    """What a logarithmic axis can show: the rest is left out."""
    return np.where(sizes > 0, sizes, np.nan)


def _logarithmic(row: Any, sizes: Array) -> None:
    """Give axes the same logarithmic scale, from the smallest to the largest number that counts."""
    counting = sizes[np.isfinite(sizes) & (sizes > _LEAST)]
    for ax in row:
        ax.set_yscale("log")
        if counting.size:
            ax.set_ylim(counting.min() / 2, counting.max() * 2)
