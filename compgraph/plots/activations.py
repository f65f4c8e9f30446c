"""Activation functions and their derivatives, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compgraph.errors import SettingError, ShapeError
from compgraph.plots.style import BLUE, DASHES, FAINT, ORANGE, Axes, AxesGrid, dress, legend, panels
from compgraph.rules.activation import leaky_relu, relu, sigmoid, softplus
from compgraph.transforms import elementwise_grad

__all__ = ["ACTIVATIONS", "activation_functions", "jumps"]

Array: TypeAlias = NDArray[np.floating[Any]]
Function: TypeAlias = Callable[[Any], Any]


class Activation(NamedTuple):
    """An activation function, and how one writes it."""

    formula: str
    g: Function


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "sigmoid": Activation(r"$\sigma(z) = 1 / (1 + e^{-z})$", sigmoid),
        "tanh": Activation(r"$\tanh(z)$", np.tanh),
        "relu": Activation(r"relu: $\max(0, z)$", relu),
        "leaky_relu": Activation(r"leaky relu: $\max(0.1\,z, z)$", lambda z: leaky_relu(z, slope=0.1)),
        "softplus": Activation(r"softplus: $\log(1 + e^z)$", softplus),
        "linear": Activation(r"linear: $z$", lambda z: z),
    }
)
"""What is drawn by default. The leaky relu has the slope 0.1 instead of 0.01, so that it can be seen."""

_JUMP = 0.05  # in units of the panel's height: what still changes by so much between neighbouring numbers jumps


def activation_functions(
    functions: str | Sequence[str] | Mapping[str, Function] = tuple(ACTIVATIONS),
    *,
    z: tuple[float, float] = (-4.0, 4.0),
    heights: tuple[float, float] = (-1.25, 2.25),
    axes: Any = None,
) -> AxesGrid:
    """Draw activation functions g(z), each with its derivative g′(z) as the engine computes it.

    >>> axes = activation_functions(["tanh", "relu"])
    >>> g, slope = axes[0, 0].lines[:2]
    >>> bool(np.allclose(slope.get_ydata(), 1 - g.get_ydata() ** 2))
    True
    >>> axes[0, 0].figure.savefig("tanh_and_relu.svg")

    Where a derivative jumps, as that of relu at 0, a dot says which value the engine takes there, and a ring which not.

    Args:
        functions: names out of sigmoid, tanh, relu, leaky_relu, softplus and linear, or one of them; or functions of
            one's own by their name, each elementwise, of arrays and of nodes alike.
        z: the part of the horizontal axis to show.
        heights: the part of the vertical axis to show, the same in all panels, so that derivatives can be compared.
        axes: axes for each function; by default those of a new figure, at most three in a row.

    Returns:
        The axes, an array (rows, columns), one row of them where they were given; ``axes[0, 0].figure`` is the picture.

    Raises:
        SettingError: there is no activation of that name, or no function at all, or a range is empty.
        MissingExtraError, ShapeError: see :func:`compgraph.plots.style.panels`.
    """
    chosen = _chosen(functions)
    for name, (low, high) in {"z": z, "heights": heights}.items():
        if not -np.inf < low < high < np.inf:
            raise SettingError(f"{name} = ({low}, {high}) is no range: give a lower and an upper end")
    columns = len(chosen) if axes is not None else next(k for k in (3, 2, 1) if k <= len(chosen))
    rows = -(-len(chosen) // columns)
    grid = panels(
        axes, rows, columns, size=(2.2, 2.05), task="plotting activation functions", sharex=True, sharey=True
    )  # fmt: skip
    for each in grid.flat[len(chosen) :]:
        each.set_axis_off()
    for ax, (title, g, markup) in zip(grid.flat, chosen, strict=False):
        _draw(ax, g, z, heights)
        dress(ax, "$z$", "", title, markup=markup)
        ax.locator_params(axis="x", nbins=4, prune="both")  # numbers at the ends would touch those of the next panel
    legend(grid[0, 0], loc="upper left", handlelength=1.8, borderpad=0.3)
    return grid


def _chosen(functions: str | Sequence[str] | Mapping[str, Function]) -> list[tuple[str, Function, bool]]:
    """What is written above each panel, what is drawn in it, and whether the former holds formulas."""
    if not functions:
        raise SettingError("there is no function to draw: name some, or leave them out to see all")
    if isinstance(functions, Mapping):
        return [(name, g, False) for name, g in functions.items()]
    names = [functions] if isinstance(functions, str) else functions
    unknown = [name for name in names if name not in ACTIVATIONS]
    if unknown:
        raise SettingError(f"no activation is called {unknown[0]!r}: choose some of {', '.join(ACTIVATIONS)}")
    return [(*ACTIVATIONS[name], True) for name in names]


def _draw(ax: Axes, g: Function, z: tuple[float, float], heights: tuple[float, float]) -> None:
    points = np.linspace(*z, 401)
    slope = elementwise_grad(g)
    value, derivative = np.asarray(g(points)), slope(points)
    if value.shape != points.shape:
        raise ShapeError(
            f"of {points.size} numbers {g!r} makes an array of shape {value.shape}: give an elementwise function"
        )
    broken, drawn = points, derivative
    dots: set[tuple[float, float]] = set()  # each once: from -1 over 0 to 1 are two jumps at one place
    rings: set[tuple[float, float]] = set()
    for below, above in jumps(slope, points, _JUMP * (heights[1] - heights[0])):
        at = round((below + above) / 2, 9)  # where one would say that it is: the ends are rounded
        left, there, right = slope(np.array([below, at, above]))
        place = int(np.searchsorted(broken, above))
        broken, drawn = np.insert(broken, place, [below, at, above]), np.insert(drawn, place, [left, np.nan, right])
        dots.add((at, there))
        rings.update((at, side) for side in (left, right) if side != there)
    ax.plot(points, value, color=BLUE, linewidth=2.4, label="$g(z)$")
    ax.plot(broken, drawn, color=ORANGE, linewidth=2.0, linestyle=DASHES[1], label="$g'(z)$")
    ax.axhline(0, color=FAINT, linewidth=0.8, zorder=1)
    ax.axvline(0, color=FAINT, linewidth=0.8, zorder=1)
    for places, inside in ((dots, ORANGE), (rings, "white")):
        if places:
            ax.plot(
                *zip(*sorted(places), strict=True), "o", color=ORANGE, markerfacecolor=inside, markersize=5.5, zorder=3
            )
    ax.set(xlim=z, ylim=heights)


def jumps(f: Function, points: Array, least: float) -> list[tuple[float, float]]:
    """Where a function jumps between neighbouring points: for each jump a number just below it and one just above.

    >>> (below, above), = jumps(lambda z: np.where(z < 1, 0.0, 2.0), np.array([0.0, 0.7, 1.4, 2.1]), least=0.5)
    >>> below < 1 <= above, round(above - below, 9)
    (True, 0.0)
    >>> jumps(lambda z: np.tanh(1000 * z), np.linspace(-1, 1, 20), least=0.5)  # steep, but it does not jump
    []

    Args:
        f: an elementwise function of an array.
        points: increasing numbers (n,).
        least: what changes by less does not jump.
    """
    values = f(points)
    found = []
    for i in np.flatnonzero(np.abs(np.diff(values)) > least):
        below, above = float(points[i]), float(points[i + 1])
        left, right = float(values[i]), float(values[i + 1])
        for _ in range(60):  # halving 60 times leaves nothing of an interval
            middle = (below + above) / 2
            value = float(f(np.array([middle]))[0])
            if abs(value - left) <= abs(value - right):
                below, left = middle, value
            else:
                above, right = middle, value
        if abs(right - left) > least:
            found.append((below, above))
    return found
