"""Start values of the weights compared: what they do to the activations of a deep network, and to its learning."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from compgraph.errors import SettingError
from compgraph.networks.initialise import DeepParameters, random_layers
from compgraph.plots.deep_training import train_deep
from compgraph.plots.style import (
    COLOURS,
    DASHES,
    FAINT,
    TEXT_SIZE,
    Axes,
    AxesGrid,
    dress,
    dress_over_epochs,
    legend,
    panels,
)

__all__ = ["SCHEMES", "he", "scaled_layers", "start_values", "xavier"]

Scheme: TypeAlias = Callable[[int], float]
"""The standard deviation of a layer's weights, by the number of units before it."""


def xavier(n: int) -> float:
    """√(1/n), which keeps the spread of tanh's activations: the standard deviation of weights after n units.

    >>> xavier(100)
    0.1

    X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward neural networks (2010), in the
    form that looks at the layer before only.
    """
    return math.sqrt(1 / n)


def he(n: int) -> float:
    """√(2/n), which keeps the spread of relu's activations: the standard deviation of weights after n units.

    >>> he(50)
    0.2

    K. He et al., Delving deep into rectifiers (2015), equation 10.
    """
    return math.sqrt(2 / n)


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "zero": lambda n: 0.0,
        "0.01": lambda n: 0.01,
        "large, 3": lambda n: 3.0,
        "Xavier, √(1/n)": xavier,
        "He, √(2/n)": he,
    }
)
"""What is compared by default: by its name in the legend, the standard deviation of weights after n units."""

_CUT = 3.2  # times what guessing costs: there the axis of costs ends
_MARKERS = ("s", "v", "D", "o", "^", "P", "X")


def start_values(
    X: ArrayLike,
    Y: ArrayLike,
    sizes: Sequence[int],
    *,
    activation: str = "tanh",
    schemes: Mapping[str, Scheme] = SCHEMES,
    rate: float = 0.1,
    epochs: int = 200,
    seed: int = 0,
    axes: Any = None,
) -> AxesGrid:
    """Draw a deep network's activations by layer at the start, and its cost over the epochs, for several start values.

    >>> X = np.random.default_rng(0).normal(size=(10, 40))
    >>> axes = start_values(X, X[:1] > 0, [10, 10, 10, 10, 1], epochs=10)
    >>> zero, small, *_ = axes[0, 0].lines
    >>> zero.get_ydata().tolist()
    [0.0, 0.0, 0.0]
    >>> bool(small.get_ydata()[-1] < 1e-4)
    True
    >>> axes[0, 0].figure.savefig("start_values.svg")

    All draw the same random numbers, and differ in their scale alone. On the left is how far the activations of each
    hidden layer spread over the examples, on a logarithmic axis that ends in 0; tanh that is driven to ±1 by large
    weights spreads by 1, and its derivative there is 0. On the
    right a line says what guessing costs, A = ½ for every example; what costs far more is beyond the axis.

    Args:
        X: examples (n_0, m), one a column, standardised.
        Y: labels 0 and 1, (n_L, m).
        sizes: the numbers of units n_0 (the features), n_1, ..., n_L.
        activation: of all hidden layers: sigmoid, tanh, relu, leaky_relu or linear.
        schemes: by their names, functions that say for the number of units before a layer the standard deviation of
            its weights.
        rate: the learning rate α.
        epochs: the number of updates.
        seed: of the random numbers.
        axes: two axes, side by side; by default those of a new figure.

    Returns:
        The axes, an array (1, 2); ``axes[0, 0].figure`` is the picture.

    Raises:
        SettingError: there is no hidden layer or no scheme, the activation is unknown, or the rate or the number of
            epochs is wrong.
        ShapeError: sizes, examples and labels do not fit together.
        MissingExtraError: see :func:`compgraph.plots.style.panels`.
    """
    if len(sizes) < 3 or not schemes:
        raise SettingError(f"layers of {list(sizes)} units, {len(schemes)} schemes: give a hidden layer and a scheme")
    grid = panels(axes, 1, 2, size=(3.3, 3.2), task="comparing start values")
    left, right = grid[0]
    hidden = range(1, len(sizes) - 1)
    smallest, labels = 1.0, []
    guessing = sizes[-1] * float(np.log(2))
    for i, (name, scheme) in enumerate(schemes.items()):
        start = scaled_layers(sizes, scheme, seed)
        found = train_deep(start, X, Y, [activation] * len(hidden), rate=rate, epochs=epochs)
        look = {
            "color": COLOURS[i % len(COLOURS)],
            "linestyle": DASHES[i % len(DASHES)],
            "linewidth": 2.0,
            "label": name,
        }
        spreads = found.activations[:-1, 0]
        left.plot(hidden, spreads, marker=_MARKERS[i % len(_MARKERS)], markersize=6, clip_on=False, **look)
        right.plot(found.costs, **look)
        last = found.costs[-1]
        labels.append(f"{name}{'' if last < _CUT * guessing else ': higher' if np.isfinite(last) else ': diverged'}")
        smallest = float(np.min(spreads[spreads > 0], initial=smallest))
    dress(left, "hidden layer $l$", "", "spread of $A^{[l]}$ at the start")
    _down_to_zero(left, smallest)
    left.set_xticks(list(hidden))
    left.tick_params(axis="x", pad=8)  # for the markers at 0
    right.axhline(guessing, color=FAINT, linewidth=1.0, zorder=1)
    right.annotate(
        "guessing: log 2" if sizes[-1] == 1 else f"guessing: {sizes[-1]} log 2", (1, guessing), (0, 4),
        xycoords=("axes fraction", "data"), textcoords="offset points", ha="right", color=FAINT, fontsize=TEXT_SIZE - 2,
    )  # fmt: skip
    dress_over_epochs(right, "", "cost $J$")
    right.set_ylim(0, _CUT * guessing)
    legend(
        right, markup=False, handles=left.lines[-len(labels) :], labels=labels, title="standard\ndeviation of W",
        alignment="left", loc="upper left", bbox_to_anchor=(1.0, 1.05), frameon=False, handlelength=3.4,
    )  # fmt: skip
    return grid


def _down_to_zero(ax: Axes, smallest: float) -> None:
    """A logarithmic axis for numbers from the smallest up, with a place for 0 below it."""
    from matplotlib.ticker import SymmetricalLogLocator

    least = 10.0 ** np.floor(np.log10(smallest))
    ax.set_yscale("symlog", linthresh=least)
    ticks = SymmetricalLogLocator(base=10, linthresh=least)
    ticks.set_params(numticks=7)
    ax.yaxis.set_major_locator(ticks)
    ax.set_ylim(bottom=0)


def scaled_layers(sizes: Sequence[int], scheme: Scheme, seed: int = 0) -> DeepParameters:
    """Start values whose weights have the standard deviation that a scheme says; the biases are 0.

    >>> W, b = scaled_layers([100, 400, 1], he)
    >>> round(float(W[0].std()), 2), round(float(W[1].std()), 2)
    (0.14, 0.07)

    Args:
        sizes: the numbers of units n_0 (the features), n_1, ..., n_L.
        scheme: the standard deviation by the number of units before the layer.
        seed: the same seed gives the same numbers, up to their scale.

    Raises:
        SettingError: fewer than two sizes, or a size below 1.
    """
    W, b = random_layers(sizes, seed, scale=1.0)
    return DeepParameters([W_l * scheme(W_l.shape[1]) for W_l in W], b)
