"""A comparison as a picture: for each gradient where it is off, and its entries by hand against those of the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compgraph.check.columns import shortened
from compgraph.check.report_cells import clean, fits, index, tone, verdict
from compgraph.check.report_errors import as_matrix, beyond_tolerance, largest_in_blocks, relative_errors
from compgraph.check.row import Row
from compgraph.errors import MissingExtraError

if TYPE_CHECKING:
    from compgraph.check.report import Comparison

__all__ = ["MOST_GRADIENTS", "MOST_POINTS", "figure", "points_to_show"]

MOST_GRADIENTS = 20
"""A picture shows so many gradients; the wrong ones come first where there are more."""

MOST_POINTS = 2000
"""A scatter plot shows so many entries, among them those that are furthest off."""

_MOST_SQUARES = 200
_ROW_HEIGHT = 2.6
_LEAST_ERROR, _LARGEST_ERROR = 1e-16, 2.0
_RIGHT, _NOT_FINITE = "#e9edf0", "#d1123f"
_LARGEST_DRAWN = 1e100  # beyond, the arithmetic of the axes overflows
_TEXT, _SOFT, _GRID = "#1a2127", "#55616c", "#dbe1e5"
_WITHIN, _BEYOND = "#005a9c", "#b3430a"
_Part: TypeAlias = tuple[str, Callable[[Any], Any], bool]
_REAL_PART: Sequence[_Part] = [("", np.real, True)]
_COMPLEX_PARTS: Sequence[_Part] = [("real part", np.real, True), ("imaginary part", np.imag, False)]
_TONES = {"good": "#00694b", "doubt": "#7a4a00", "bad": "#a8201a"}


def figure(comparison: Comparison) -> Any:
    """Return a picture of a comparison: for each gradient a heat map of its relative errors and a scatter plot.

    >>> import compgraph as cg
    >>> found = cg.compare(lambda w: np.sum(w**2), lambda w: 3 * w, at={"w": np.array([1.0, 2.0])})
    >>> picture = figure(found)
    >>> len(picture.axes)  # the heat map, its scale, the scatter plot
    3

    Of a large gradient each square of the heat map shows the largest error of a block of entries, and the scatter plot
    a part of the entries; the worst are always among them. What lies within rounding is grey in the one and on the
    diagonal in the other.

    Args:
        comparison: what :func:`compgraph.compare` returned.

    Returns:
        A :class:`matplotlib.figure.Figure`; ``savefig`` writes it.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # not pyplot, which would keep every figure
    except ImportError:
        raise MissingExtraError("plotting a comparison", "matplotlib", "plot") from None
    rows = _shown(comparison.rows)
    made = Figure(figsize=(9, _ROW_HEIGHT * max(1, len(rows)) + 0.4), layout="constrained", facecolor="white")
    if len(rows) < len(comparison.rows):
        made.suptitle(f"{len(rows)} of {len(comparison.rows)} gradients, wrong ones first", color=_SOFT, fontsize=10)
    for row, (left, right) in zip(rows, made.subplots(len(rows), 2, squeeze=False) if rows else (), strict=True):
        for axes in (left, right):
            axes.tick_params(colors=_SOFT, labelsize=8)
            for spine in axes.spines.values():
                spine.set_color(_GRID)
        title = f"{shortened(clean(row.name), 20)} {index(row.shape, columns=16)}  "
        left.set_title(title + verdict(row, 28)[0], color=_TONES[tone(row)], fontsize=9, loc="left", parse_math=False)
        if not np.size(row.autodiff) or not fits(row):
            reason = f"manual has shape {index(np.shape(row.manual), columns=30)}" if not fits(row) else "no entries"
            _say(left, reason)
            _say(right, reason)
            continue
        _heat_map(made, left, row)
        _scatter(right, row)
    return made


def _shown(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    order = {"bad": 0, "doubt": 1, "good": 2}
    return rows if len(rows) <= MOST_GRADIENTS else tuple(sorted(rows, key=lambda r: order[tone(r)]))[:MOST_GRADIENTS]


def _say(axes: Any, text: str) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, ha="center", va="center", color=_SOFT, fontsize=9, transform=axes.transAxes)


def _heat_map(made: Any, axes: Any, row: Row) -> None:
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm

    errors = as_matrix(np.where(beyond_tolerance(row), relative_errors(row), 0.0))
    shown = largest_in_blocks(errors, _MOST_SQUARES, _MOST_SQUARES)
    colours = colormaps["cividis_r"].with_extremes(bad=_RIGHT, over=_NOT_FINITE)
    height, width = errors.shape
    image = axes.imshow(
        np.ma.masked_equal(np.minimum(shown, 2 * _LARGEST_ERROR), 0.0),
        cmap=colours,
        norm=LogNorm(_LEAST_ERROR, _LARGEST_ERROR),
        aspect="auto",
        interpolation="nearest",
        extent=(-0.5, width - 0.5, height - 0.5, -0.5),
    )
    for axis, length in ((axes.xaxis, width), (axes.yaxis, height)):
        axis.get_major_locator().set_params(integer=True)
        if length == 1:
            axis.set_ticks([0])
    if len(row.shape) > 2:
        axes.set_ylabel(f"{height} rows of {width}", fontsize=8, color=_SOFT)
    scale = made.colorbar(
        image, ax=axes, extend="max" if np.isinf(errors).any() else "neither", ticks=[1e-15, 1e-9, 1e-3, 1]
    )
    scale.set_label("relative error", fontsize=8, color=_SOFT)
    scale.ax.tick_params(colors=_SOFT, labelsize=8)
    scale.outline.set_edgecolor(_GRID)
    if not np.any(errors):
        axes.text(
            0.5, 0.5, "all within rounding", ha="center", va="center", color=_SOFT, fontsize=9, transform=axes.transAxes
        )


def points_to_show(errors: NDArray[Any], most: int = MOST_POINTS) -> NDArray[np.intp]:
    """Which entries a scatter plot shows: always the same, half of them the worst, half spread over the array.

    >>> points_to_show(np.array([0.0, 0, 0, 0, 0, 9, 0, 8]), most=4)
    array([0, 4, 5, 7])

    Args:
        errors: how wrong each entry is, one-dimensional.
        most: how many there may be.
    """
    if errors.size <= most:
        return np.arange(errors.size)
    worst = np.argsort(-errors, kind="stable")[: most // 2]
    return np.union1d(worst, np.arange(most // 2) * errors.size // (most // 2))


def _scatter(axes: Any, row: Row) -> None:
    autodiff, manual = (np.asarray(x).reshape(-1) for x in (row.autodiff, row.compared))
    beyond = beyond_tolerance(row).reshape(-1)
    chosen = points_to_show(np.where(beyond, relative_errors(row).reshape(-1), 0.0))
    with np.errstate(all="ignore"):  # the size of a complex number may overflow
        can_be_drawn = (np.abs(autodiff) < _LARGEST_DRAWN) & (np.abs(manual) < _LARGEST_DRAWN)
    drawn = chosen[can_be_drawn[chosen]]
    is_complex = np.iscomplexobj(autodiff) or np.iscomplexobj(manual)
    for label, part, filled in _COMPLEX_PARTS if is_complex else _REAL_PART:
        for which, colour, marker, size in ((~beyond, _WITHIN, "o", 14), (beyond, _BEYOND, "D", 18)):
            entries = drawn[which[drawn]]
            if entries.size:
                axes.scatter(
                    np.asarray(part(autodiff[entries]), dtype=np.float64),
                    np.asarray(part(manual[entries]), dtype=np.float64),
                    s=size,
                    marker=marker,
                    facecolors=colour if filled else "none",
                    edgecolors=colour,
                    linewidths=0.8,
                    alpha=0.75,
                    label=" ".join(filter(None, [label, "wrong" if colour == _BEYOND else "right"])),
                )
    axes.locator_params(nbins=5)
    limits = {"xlim": axes.get_xlim(), "ylim": axes.get_ylim()}
    axes.axline((0, 0), slope=1, color=_SOFT, linewidth=0.8, zorder=0)
    axes.set(**limits)  # those of the entries, not of the line
    axes.set_xlabel("autodiff", fontsize=8, color=_SOFT)
    axes.set_ylabel("manual" if row.times == 1 else f"manual / {row.times}", fontsize=8, color=_SOFT)
    axes.grid(color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    unshown = int(np.sum(~can_be_drawn))
    said = [f"{chosen.size} of {autodiff.size} entries" if chosen.size < autodiff.size else ""]
    said.append(f"without {unshown} infinite, NaN or huge" if unshown else "")
    axes.set_title(", ".join(filter(None, said)), fontsize=8, color=_SOFT, loc="right")
    if axes.collections:
        axes.legend(fontsize=7, frameon=False, labelcolor=_SOFT)
