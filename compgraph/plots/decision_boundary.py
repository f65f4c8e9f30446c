"""What a trained two-layer network says of every point of the plane, and the lines its hidden units draw there."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compgraph.errors import ShapeError
from compgraph.networks.two_layer import TwoLayerParameters, two_layer_forward
from compgraph.plots.style import BLUE, FAINT, ORANGE, TEXT, TEXT_SIZE, Axes, colour_map, dress, legend, one_panel

__all__ = ["decision_boundary", "line_in_box"]

Array: TypeAlias = NDArray[np.floating[Any]]

_GRID = 161
_MOST_NUMBERED = 12
_ALONG = (0.06, 0.94, 0.14, 0.86)  # where on its line a unit's number can stand
_SIDES = ("#f0bfa4", "#ffffff", "#a3c8e6")  # y = 0, undecided, y = 1: pale, as the examples are drawn on them


def decision_boundary(
    parameters: TwoLayerParameters,
    X: ArrayLike,
    Y: ArrayLike,
    *,
    activation: str = "tanh",
    names: tuple[str, str] = ("$x_1$", "$x_2$"),
    ax: Axes | None = None,
) -> Axes:
    """Draw a two-layer network over the plane of its two features: its output, its decision, its hidden units' lines.

    >>> W1, b1 = np.array([[1.0, 0.0], [0.0, 1.0]]), np.zeros((2, 1))
    >>> parameters = TwoLayerParameters(W1, b1, np.array([[3.0, 3.0]]), np.zeros((1, 1)))
    >>> X, Y = np.array([[1.0, 2.0, -1.0, -2.0], [1.0, 0.0, 0.0, -1.0]]), np.array([[1.0, 1.0, 0.0, 0.0]])
    >>> ax = decision_boundary(parameters, X, Y)
    >>> ax.get_title(loc="left")
    '2 hidden units (tanh), 4 of 4 right'
    >>> ax.figure.savefig("boundary.svg")

    A hidden unit is a line, w·x + b = 0 with its row of W1 and its entry of b1: on one side, to which a small arrow
    points, z is positive, on the other negative. The bold line is where the network is undecided, A2 = ½.

    Args:
        parameters: W1 (n_h, 2), b1 (n_h, 1), W2 (1, n_h), b2 (1, 1), as :func:`compgraph.networks.training.train`
            returns them.
        X: examples (2, m), one a column, scaled as they were for the training.
        Y: their labels 0 and 1, (1, m).
        activation: the hidden activation: sigmoid, tanh, relu, leaky_relu or linear.
        names: of the two features.
        ax: where to draw; by default in a new figure.

    Returns:
        The axes; ``ax.figure`` is the picture.

    Raises:
        ShapeError: the network has not two features and one output, or examples and labels do not fit.
        SettingError: there is no such activation.
        MissingExtraError: see :func:`compgraph.plots.style.panels`.
    """
    points, labels = np.array(X, dtype=np.float64), np.array(Y, dtype=np.float64)
    W1, b1, W2, b2 = (np.array(v, dtype=np.float64) for v in parameters)
    _check(W1, b1, W2, b2, points, labels)
    ax = one_panel(ax, size=(4.6, 4.2), task="plotting a decision boundary")
    box = _box(points)
    _output(ax, TwoLayerParameters(W1, b1, W2, b2), activation, box)
    _hidden_units(ax, W1, b1, box)
    _examples(ax, points, labels)
    right = int(np.sum((two_layer_forward(W1, b1, W2, b2, points, activation).A2 >= 0.5) == (labels >= 0.5)))
    units = "hidden unit" if len(W1) == 1 else "hidden units"
    dress(ax, *names, f"{len(W1)} {units} ({activation}), {right} of {points.shape[1]} right")
    ax.grid(visible=False)
    ax.locator_params(nbins=6)
    ax.set(xlim=box[0], ylim=box[1])
    legend(
        ax, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4, handlelength=1.5, columnspacing=1.1, frameon=False
    )
    return ax


def line_in_box(w: Array, b: float, box: Array) -> Array | None:
    """The part of the line w·x + b = 0 that lies in a rectangle: its two ends, or None where it passes by.

    >>> line_in_box(np.array([1.0, -1.0]), 0.0, np.array([[-1.0, 1.0], [-2.0, 2.0]]))
    array([[-1., -1.],
           [ 1.,  1.]])
    >>> line_in_box(np.array([1.0, 0.0]), -5.0, np.array([[-1.0, 1.0], [-2.0, 2.0]])) is None
    True

    Args:
        w: (2,).
        b: a number.
        box: the lower and the upper end of each axis, (2, 2).

    Returns:
        The ends (2, 2), each a row.
    """
    length = float(np.hypot(*w))
    if not length > 0:
        return None  # the unit says the same everywhere
    w, b = w / length, b / length
    centre = box.mean(axis=1)
    nearest = centre - (w @ centre + b) * w  # the foot of the perpendicular
    along = np.array([-w[1], w[0]])
    low, high = -np.inf, np.inf
    for axis in (0, 1):
        if abs(along[axis]) < 1e-12:
            if not box[axis, 0] <= nearest[axis] <= box[axis, 1]:
                return None
            continue
        ends = np.sort((box[axis] - nearest[axis]) / along[axis])
        low, high = max(low, ends[0]), min(high, ends[1])
    if not low < high:
        return None
    ends = nearest + np.array([[low], [high]]) * along
    return np.asarray(ends[np.lexsort(ends.T[::-1])])


def _check(W1: Array, b1: Array, W2: Array, b2: Array, X: Array, Y: Array) -> None:
    n_h = W1.shape[0] if W1.ndim else 0
    m = X.shape[1] if X.ndim == 2 else 0
    fitting = {"W1": (W1, (n_h, 2)), "b1": (b1, (n_h, 1)), "W2": (W2, (1, n_h)), "b2": (b2, (1, 1))}
    fitting |= {"X": (X, (2, m)), "Y": (Y, (1, m))}
    wrong = [
        f"{name} is {array.shape}, not {shape}" for name, (array, shape) in fitting.items() if array.shape != shape
    ]
    if wrong or not m:
        raise ShapeError(
            f"a network of two features and one output over a plane with examples: {'; '.join(wrong) or 'X is empty'}"
        )


def _box(points: Array) -> Array:
    low, high = points.min(axis=1), points.max(axis=1)
    room = np.where(high > low, 0.1 * (high - low), 1.0)
    return np.stack([low - room, high + room], axis=1)


def _output(ax: Axes, parameters: TwoLayerParameters, activation: str, box: Array) -> None:
    x1, x2 = (np.linspace(low, high, _GRID) for low, high in box)
    plane = np.stack([each.ravel() for each in np.meshgrid(x1, x2)])
    A2 = np.asarray(two_layer_forward(*parameters, plane, activation).A2).reshape(_GRID, _GRID)
    shades = ax.contourf(x1, x2, A2, np.linspace(0, 1, 11), cmap=colour_map("decision", _SIDES))
    shades.set_rasterized(True)  # the lines stay sharp, and a vector file stays small
    if A2.min() < 0.5 < A2.max():
        ax.contour(x1, x2, A2, [0.5], colors=TEXT, linewidths=2.8)
    ax.plot([], [], color=TEXT, linewidth=2.8, label="$A_2$ = ½")


def _hidden_units(ax: Axes, W1: Array, b1: Array, box: Array) -> None:
    size = box[:, 1] - box[:, 0]
    numbers: list[Array] = []
    for unit, (w, (b,)) in enumerate(zip(W1, b1, strict=True), start=1):
        ends = line_in_box(w, float(b), box)
        if ends is None:
            continue
        label = "hidden unit, $z$ = 0" if not any(line.get_gid() == "unit" for line in ax.lines) else None
        ax.plot(*ends.T, color=FAINT, linewidth=1.4, linestyle=(0, (4, 2)), label=label, gid="unit")
        if len(W1) > _MOST_NUMBERED:
            continue
        at = max((ends[0] + t * (ends[1] - ends[0]) for t in _ALONG), key=lambda p: _distance(p / size, numbers))
        numbers.append(at / size)
        # To the side where z > 0, at a right angle to the line on paper, where the axes have scales of their own.
        across = w * size / np.hypot(*(w * size))
        tip = at + 0.075 * across * size
        ax.annotate("", tip, at, arrowprops={"arrowstyle": "-|>", "color": FAINT, "linewidth": 1.4, "shrinkA": 0})
        ax.text(
            *at, str(unit), color=TEXT, fontsize=TEXT_SIZE - 2, ha="center", va="center",
            bbox={"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": FAINT},
        )  # fmt: skip


def _distance(point: Array, others: list[Array]) -> float:
    return min((float(np.hypot(*(point - other))) for other in others), default=0.0)


def _examples(ax: Axes, points: Array, labels: Array) -> None:
    for label, marker, colour in ((0, "o", ORANGE), (1, "^", BLUE)):
        chosen = (labels[0] >= 0.5) == label
        ax.plot(
            *points[:, chosen], marker, color=colour, markeredgecolor="white", markeredgewidth=0.7, markersize=6.5,
            label=f"$y$ = {label}", zorder=3,
        )  # fmt: skip
