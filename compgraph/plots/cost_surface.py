"""The cost of logistic regression over its two parameters: cross-entropy against squared error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compgraph.errors import SettingError, ShapeError
from compgraph.plots.style import BLUE, ORANGE, TEXT, TEXT_SIZE, AxesGrid, colour_map, dress, legend, panels
from compgraph.rules.activation import binary_cross_entropy_with_logits, sigmoid
from compgraph.transforms import value_and_grad

__all__ = ["LOSSES", "Segment", "cost", "cost_surface", "descent", "rise", "telling_segment"]

Array: TypeAlias = NDArray[np.floating[Any]]
Loss: TypeAlias = Callable[[Any, Any], Any]
Range: TypeAlias = tuple[float, float]


def _squared_error(z: Any, y: Any) -> Any:
    return 0.5 * (sigmoid(z) - y) ** 2


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {"cross-entropy": binary_cross_entropy_with_logits, "squared error": _squared_error}
)
"""The two losses of one example, as functions of z = wx + b and of the label y."""

_GRID = 61
_ALONG = np.linspace(0.0, 1.0, 61)
_ROUNDING = 1e-9


class Segment(NamedTuple):
    """A straight line between two points (w, b), called P and Q."""

    P: Array
    Q: Array

    def at(self, t: Array) -> Array:
        """The points P + t (Q - P), an array (2, len(t))."""
        return self.P[:, None] + (self.Q - self.P)[:, None] * t


def cost_surface(
    X: ArrayLike,
    Y: ArrayLike,
    *,
    w: Range = (-8.0, 8.0),
    b: Range = (-8.0, 8.0),
    start: tuple[float, float] | None = None,
    rate: float = 1.0,
    epochs: int = 100,
    axes: Any = None,
) -> AxesGrid:
    """Draw the cost of logistic regression over (w, b), of cross-entropy and of squared error, and which is convex.

    >>> X, Y = np.array([[-2.0, -1.0, 1.0, 2.0]]), np.array([[0.0, 0.0, 1.0, 1.0]])
    >>> axes = cost_surface(X, Y, start=(-6.0, 4.0))
    >>> [ax.get_title(loc="left") for ax in axes[0]]
    ['cross-entropy: convex', 'squared error: not convex']
    >>> axes[0, 0].figure.savefig("cost_surface.svg")

    Above are the two costs J = (1/m) Σ L with L = -(y log a + (1 - y) log(1 - a)) and L = ½ (a - y)², where
    a = σ(wx + b). Below is each along one and the same segment PQ, with its chord: a convex function nowhere rises
    above a chord (https://en.wikipedia.org/wiki/Convex_function). The segment is that on which the two costs differ
    most in this, out of some hundreds.

    Args:
        X: examples of one feature (1, m).
        Y: their labels 0 and 1, (1, m).
        w, b: the parts of the two axes to show.
        start: where gradient descent begins whose path is drawn on both costs; None draws none.
        rate, epochs: of that gradient descent: the learning rate α and the number of updates.
        axes: four axes, two above and two below; by default those of a new figure.

    Returns:
        The axes, an array (2, 2); ``axes[0, 0].figure`` is the picture.

    Raises:
        ShapeError: X is not (1, m), Y has another shape, or the start is not two numbers.
        SettingError: a range is empty, the rate is not positive, or the number of epochs is negative.
        MissingExtraError: see :func:`compgraph.plots.style.panels`.
    """
    x, y = np.array(X, dtype=np.float64), np.array(Y, dtype=np.float64)
    if x.ndim != 2 or x.shape[0] != 1 or not x.size or y.shape != x.shape:
        raise ShapeError(f"X is {x.shape} and Y is {y.shape}: both are to be (1, m), one feature of m examples")
    for name, (low, high) in {"w": w, "b": b}.items():
        if not -np.inf < low < high < np.inf:
            raise SettingError(f"{name} = ({low}, {high}) is no range: give a lower and an upper end")
    grid = panels(axes, 2, 2, size=(3.3, 2.75), task="plotting a cost surface")
    segment = telling_segment(x, y, w, b)
    for (above, below), (name, loss) in zip(grid.T, LOSSES.items(), strict=True):
        _surface(above, loss, x, y, w, b)
        if start is not None:
            _path(above, descent(loss, x, y, start, rate, epochs))
        _mark(above, segment)
        _along(below, loss, x, y, segment)
        rises = bool(np.max(rise(loss, x, y, segment)) > _ROUNDING)
        # Cross-entropy always is: its second derivative by z is a (1 - a), and z is linear in w and b.
        verdict = "not convex" if rises else "convex" if name == "cross-entropy" else "convex as far as seen"
        dress(above, "$w$", "$b$", f"{name}: {verdict}")
        dress(below, "along PQ", "cost $J$", "rises above its chord PQ" if rises else "nowhere above its chord PQ")
        above.grid(visible=False)
        for axis in (above, below):
            axis.locator_params(nbins=5, steps=[1, 2, 4, 5, 10])
        below.set_xticks([0, 1], ["P", "Q"])
    if start is not None:
        legend(grid[0, 0], loc="lower left", handlelength=1.6, borderpad=0.3)
    legend(grid[1, 0], handlelength=1.8, borderpad=0.3)
    return grid


def cost(loss: Loss, w: Any, b: Any, x: Array, y: Array) -> Any:
    """J = (1/m) Σ L(wx + b, y) for parameters of any shape that broadcasts against (m,) at its end.

    >>> cost(LOSSES["squared error"], 0.0, 0.0, np.array([[1.0, 2.0]]), np.array([[0.0, 1.0]])).tolist()
    0.125
    """
    return np.mean(loss(w * x[0] + b, y[0]), axis=-1)


def descent(loss: Loss, x: Array, y: Array, start: tuple[float, float], rate: float, epochs: int) -> Array:
    """The path of gradient descent over (w, b), an array (2, epochs + 1), its gradients from the engine.

    >>> descent(LOSSES["squared error"], np.array([[1.0]]), np.array([[1.0]]), (0.0, 0.0), rate=8.0, epochs=1)
    array([[0., 1.],
           [0., 1.]])

    Raises:
        SettingError: the rate is not positive, or the number of epochs is negative.
        ShapeError: the start is not two numbers.
    """
    if not (0 < rate < np.inf and epochs >= 0):
        raise SettingError(f"a rate of {rate} and {epochs} epochs: give a positive rate, and 0 epochs or more")
    if np.shape(start) != (2,):
        raise ShapeError(f"start = {start!r} has shape {np.shape(start)}: give two numbers, w and b")
    gradient = value_and_grad(lambda theta: cost(loss, theta[0], theta[1], x, y))
    path = np.empty((2, epochs + 1))
    path[:, 0] = start
    for epoch in range(epochs):
        path[:, epoch + 1] = path[:, epoch] - rate * gradient(path[:, epoch].copy())[1]
    return path


def rise(loss: Loss, x: Array, y: Array, segment: Segment) -> Array:
    """How far the cost is above its chord along a segment, in units of its own range there; (61,).

    >>> across = Segment(np.array([-8.0, 0.0]), np.array([8.0, 0.0]))
    >>> x, y = np.array([[1.0]]), np.array([[1.0]])
    >>> [bool(np.max(rise(loss, x, y, across)) > 0.1) for loss in LOSSES.values()]
    [False, True]
    """
    w, b = segment.at(_ALONG)
    J = cost(loss, w[:, None], b[:, None], x, y)
    return np.asarray((J - J[0] - _ALONG * (J[-1] - J[0])) / (np.ptp(J) or 1.0))


def telling_segment(x: Array, y: Array, w: Range, b: Range, tries: int = 300) -> Segment:
    """The segment on which the squared error is furthest above its chord and cross-entropy furthest below it.

    >>> x, y = np.array([[-1.0, 1.0]]), np.array([[0.0, 1.0]])
    >>> found = telling_segment(x, y, (-8, 8), (-8, 8))
    >>> [float(np.max(rise(loss, x, y, found))) > 0.5 for loss in LOSSES.values()]
    [False, True]

    Args:
        x, y: examples and labels (1, m).
        w, b: the part of the plane that it lies in.
        tries: out of so many at random, always the same ones.
    """
    rng = np.random.default_rng(0)
    low, high = np.array([w[0], b[0]]), np.array([w[1], b[1]])
    margin = 0.06 * (high - low)  # so that the letters at the ends are inside
    segments = [Segment(P, Q) for P, Q in rng.uniform(low + margin, high - margin, (tries, 2, 2))]
    cross_entropy, squared_error = LOSSES.values()

    def contrast(segment: Segment) -> float:
        above, below = np.max(rise(squared_error, x, y, segment)), -np.min(rise(cross_entropy, x, y, segment))
        return float(min(above, below))

    return max(segments, key=contrast)


def _surface(ax: Any, loss: Loss, x: Array, y: Array, w: Range, b: Range) -> None:
    ws, bs = np.linspace(*w, _GRID), np.linspace(*b, _GRID)
    J = np.stack([cost(loss, ws[:, None], b_i, x, y) for b_i in bs])  # a row at a time: m may be large
    # Closer together near the bottom, where J is flat.
    levels = np.linspace(np.sqrt(J.min()), np.sqrt(J.max()), 12) ** 2
    shades = ax.contourf(ws, bs, J, levels, cmap=colour_map("cost", ("#ffffff", "#9fc3e0", BLUE)))
    shades.set_rasterized(True)  # the lines stay sharp, and a vector file stays small
    ax.contour(ws, bs, J, levels[1:-1], colors=TEXT, linewidths=0.4, alpha=0.6)
    ax.text(
        0.97, 0.96, f"$J$: {J.min():.2g} (white) to {J.max():.2g}", transform=ax.transAxes, ha="right", va="top",
        color=TEXT, fontsize=TEXT_SIZE - 2, bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 2},
    )  # fmt: skip
    ax.set(xlim=w, ylim=b)


def _path(ax: Any, path: Array) -> None:
    ax.plot(*path, color=ORANGE, linewidth=2.2, marker="o", markersize=2.2, label="gradient descent")
    ax.plot(*path[:, 0], "o", color=ORANGE, markersize=7, markerfacecolor="white", markeredgewidth=2)
    ax.plot(*path[:, -1], "o", color=ORANGE, markersize=7)


def _mark(ax: Any, segment: Segment) -> None:
    ax.plot(*segment.at(np.array([0.0, 1.0])), color=TEXT, linewidth=1.6, linestyle=(0, (4, 2)))
    for name, point in (("P", segment.P), ("Q", segment.Q)):
        ax.text(
            *point, name, color=TEXT, fontsize=TEXT_SIZE - 2, weight="bold", ha="center", va="center",
            bbox={"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": TEXT},
        )  # fmt: skip


def _along(ax: Any, loss: Loss, x: Array, y: Array, segment: Segment) -> None:
    w, b = segment.at(_ALONG)
    J = cost(loss, w[:, None], b[:, None], x, y)
    chord = J[0] + _ALONG * (J[-1] - J[0])
    ax.plot(_ALONG, J, color=BLUE, linewidth=2.4, label="cost J")
    ax.plot(_ALONG, chord, color=TEXT, linewidth=1.6, linestyle=(0, (4, 2)), label="chord PQ")
    above = (J - chord) > _ROUNDING * np.ptp(J)
    if above.any():
        ax.fill_between(_ALONG, chord, J, where=above, color=ORANGE, alpha=0.25, linewidth=0)
    ax.set_ylim(bottom=0)
    ax.margins(x=0.03)
