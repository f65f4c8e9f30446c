"""The cost over the epochs, of several trainings at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from compgraph.errors import SettingError, ShapeError
from compgraph.networks.training import Training
from compgraph.plots.style import COLOURS, DASHES, Axes, dress_over_epochs, legend, one_panel

__all__ = ["cost_curves"]


def cost_curves(trainings: Mapping[str, Training | ArrayLike], *, ax: Axes | None = None) -> Axes:
    """Draw the cost J over the epochs, a curve for each training.

    >>> ax = cost_curves({"α = 0.1": [0.69, 0.6, 0.55], "α = 1": [0.69, 0.4, 0.3, 0.25]})
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['α = 0.1: 0.55', 'α = 1: 0.25']
    >>> ax.figure.savefig("costs.svg")

    The legend says the last cost of each, and is in their order. Where a cost is infinite or NaN the curve ends with
    a cross, and the legend says *diverged*. For a logarithmic axis: ``ax.set_yscale("log")``.

    Args:
        trainings: by what the legend calls them: what :func:`compgraph.networks.training.train` returned, or the
            costs of the start values and after each epoch, (epochs + 1,).
        ax: where to draw; by default in a new figure.

    Returns:
        The axes; ``ax.figure`` is the picture.

    Raises:
        SettingError: there is no training, or one without a cost.
        ShapeError: costs that are no sequence of numbers.
        MissingExtraError: see :func:`compgraph.plots.style.panels`.
    """
    if not trainings:
        raise SettingError("there is no training to draw: give a dict of costs by their names")
    curves = {name: _costs(name, given) for name, given in trainings.items()}
    ax = one_panel(ax, size=(5.0, 3.4), task="plotting cost curves")
    labels = {}
    for i, (name, costs) in enumerate(curves.items()):
        colour, dash = COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)]
        finite = costs.size if np.all(np.isfinite(costs)) else int(np.argmin(np.isfinite(costs)))
        (line,) = ax.plot(np.arange(finite), costs[:finite], color=colour, linestyle=dash, linewidth=2.2)
        if finite == costs.size:
            labels[line] = (float(costs[-1]), f"{name}: {costs[-1]:.3g}")
            continue
        labels[line] = (np.inf, f"{name}: diverged")
        last = slice(max(finite - 1, 0), finite)
        ax.plot(np.arange(finite)[last], costs[last], "X", color=colour, markersize=9)
    dress_over_epochs(ax, "cost $J$")
    if ax.get_yscale() == "linear":
        ax.set_ylim(bottom=0)  # a cost has a zero, and a fall is to be seen in relation to it
    ordered = sorted(labels, key=lambda line: -labels[line][0])
    legend(ax, markup=False, handles=ordered, labels=[labels[line][1] for line in ordered], handlelength=2.6)
    return ax


def _costs(name: str, given: Training | ArrayLike) -> Any:
    costs = np.array(given.costs if isinstance(given, Training) else given, dtype=np.float64)
    if costs.ndim != 1:
        raise ShapeError(f"the costs of {name!r} have shape {costs.shape}: give (epochs + 1,), a number for each epoch")
    if not costs.size:
        raise SettingError(f"{name!r} has no cost: give at least that of its start values")
    return costs
