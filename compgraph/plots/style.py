"""What the plots have in common: colours, sizes, axes to draw in.

The texts are large for their picture, so that they can be read when it is printed half a page wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compgraph.errors import MissingExtraError, SettingError, ShapeError
from compgraph.render.palette import LIGHT

__all__ = [
    "BLUE", "COLOURS", "DASHES", "FAINT", "GREEN", "GRID", "ORANGE", "PANEL", "TEXT", "TEXT_SIZE", "Axes", "AxesGrid",
    "colour_map", "dress", "dress_over_epochs", "legend", "one_panel", "panels",
]  # fmt: skip

Axes: TypeAlias = Any
"""Axes of matplotlib."""

AxesGrid: TypeAlias = NDArray[Any]
"""An array of axes, in rows and columns as in the picture."""

BLUE, ORANGE, GREEN = LIGHT.text["value"], LIGHT.text["derivative"], LIGHT.outline["variable"]
"""Values, derivatives and parameters, as in the drawings of graphs."""

TEXT, FAINT, GRID, GROUND = LIGHT.text["plain"], LIGHT.text["faint"], "#dfe4e8", LIGHT.ground

COLOURS = (BLUE, ORANGE, GREEN, "#c76aa3", "#3a9bd6", "#b98f00", TEXT)
"""For curves, one after the other: the hues of Okabe and Ito, dark enough for thin lines on white."""

DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.4, 1.4)), (0, (6, 1.6, 1.4, 1.6)), (0, (9, 2.4)))
"""For curves, one after the other: whoever sees no colours tells them apart by these."""

TEXT_SIZE = 11.0
"""Of axis labels and legends, in points."""

PANEL = (3.5, 2.9)
"""Width and height of one pair of axes in inches, where a plot makes them itself."""


def panels(
    axes: Any, rows: int, columns: int, *, size: tuple[float, float] = PANEL, task: str = "plotting", **subplots: Any
) -> AxesGrid:
    """The axes to draw in: those given, or those of a new figure that belongs to nobody else.

    >>> grid = panels(None, 2, 3)
    >>> grid.shape, grid[0, 0].figure.get_layout_engine() is not None
    ((2, 3), True)
    >>> panels(grid[0], 1, 3)[0, 2] is grid[0, 2]
    True

    Args:
        axes: None, or as many axes as there are panels, in an array or a sequence; row by row.
        rows, columns: of panels.
        size: width and height of each in inches, in a new figure.
        task: what is being done, for the message where matplotlib is missing.
        subplots: what else ``Figure.subplots`` is told where a figure is made, such as ``sharey``.

    Returns:
        An array of axes (rows, columns).

    Raises:
        MissingExtraError: there are no axes, and matplotlib is not installed.
        ShapeError: the number of axes given is another.
        SettingError: what was given is no axes.
    """
    if axes is None:
        try:
            from matplotlib.figure import Figure  # not pyplot, which would keep every figure
        except ImportError:
            raise MissingExtraError(task, "matplotlib", "plot") from None
        figure = Figure(
            figsize=(columns * size[0], rows * size[1]), dpi=150, facecolor=GROUND, layout="constrained"
        )  # fmt: skip
        made: AxesGrid = figure.subplots(rows, columns, squeeze=False, **subplots)
        return made
    given = np.asarray(axes, dtype=object)
    if given.size != rows * columns:
        noun = "pair of axes was" if given.size == 1 else "axes were"
        raise ShapeError(f"{given.size} {noun} given, and this plot has {rows * columns}: {rows} × {columns} of them")
    for each in given.flat:
        if not hasattr(each, "plot"):
            raise SettingError(
                f"{each!r} is no axes of matplotlib: give what figure.subplots() or plt.subplots() makes"
            )
    return given.reshape(rows, columns)


def one_panel(ax: Axes | None, *, size: tuple[float, float], task: str = "plotting") -> Axes:
    """The one pair of axes to draw in: that given, or that of a new figure.

    >>> one_panel(None, size=(4.8, 3.4)).figure.get_size_inches().tolist()
    [4.8, 3.4]

    Raises:
        MissingExtraError, ShapeError, SettingError: as :func:`panels`.
    """
    return panels(ax, 1, 1, size=size, task=task)[0, 0]


def dress(ax: Axes, x: str, y: str, title: str = "", *, markup: bool = True) -> None:
    """Give axes their labels and the look of all plots.

    Args:
        ax: the axes.
        x, y: what is written along them; an empty text writes nothing.
        title: what is written above.
        markup: whether ``$...$`` in the title is a formula; not in a text that somebody else wrote.
    """
    ax.set_facecolor(GROUND)
    ax.set_xlabel(x, color=TEXT, fontsize=TEXT_SIZE)
    ax.set_ylabel(y, color=TEXT, fontsize=TEXT_SIZE)
    if title:
        ax.set_title(title, color=TEXT, fontsize=TEXT_SIZE, loc="left", parse_math=markup)
    ax.grid(visible=True, which="major", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(which="both", colors=FAINT, length=0, labelsize=TEXT_SIZE - 1)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(GRID)


def dress_over_epochs(ax: Axes, y: str, title: str = "", *, markup: bool = True) -> None:
    """Give axes the look of all plots, with whole epochs along the horizontal one."""
    from matplotlib.ticker import MaxNLocator

    dress(ax, "epoch", y, title, markup=markup)
    ax.margins(x=0.01)
    if ax.get_xscale() == "linear":
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))


def legend(ax: Axes, *, markup: bool = True, **options: Any) -> Any:
    """Add a legend in the look of all plots.

    Args:
        ax: the axes.
        markup: whether ``$...$`` in a name is a formula; not in names that somebody else wrote.
        options: what else ``Axes.legend`` is told.
    """
    size = TEXT_SIZE - 1
    look = {"fontsize": size, "title_fontsize": size, "labelcolor": TEXT, "framealpha": 0.9, "edgecolor": GRID}
    made = ax.legend(**(look | options))
    for text in made.get_texts():
        text.set_parse_math(markup)
    return made


def colour_map(name: str, colours: Sequence[str]) -> Any:
    """A colour map of matplotlib that goes evenly through these colours."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(name, list(colours))
