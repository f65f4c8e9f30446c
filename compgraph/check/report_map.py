"""A gradient's relative errors as a small picture inside a page: a square for each entry, or for a block of entries."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from compgraph.check.report_cells import fits, index, magnitude, number
from compgraph.check.report_errors import as_matrix, beyond_tolerance, block_edges, largest_in_blocks, relative_errors
from compgraph.check.row import Row

__all__ = ["LEVELS", "error_map"]

LEVELS = ("within rounding", "to 1e-6", "to 0.001", "to 0.1", "above 0.1", "NaN or infinite")
"""What the colours say of an entry: that it is right, or how large its relative error is."""

_UPPER = (0.0, 1e-6, 1e-3, 0.1, np.finfo(np.float64).max)
_MOST_ROWS, _MOST_COLUMNS = 24, 48
_MOST_SQUARES = 300
_WIDTH, _HEIGHT, _SMALLEST, _LARGEST = 480, 240, 8, 18


def error_map(row: Row) -> str:
    """Return a figure with the relative error of every entry of a gradient.

    >>> figure = error_map(Row("dw", np.array([1.0, 2.0]), np.array([1.0, 2.1]), 0.0))
    >>> "Relative error of each of the 1 × 2 entries" in figure, "[1]: relative error 0.048" in figure
    (True, True)

    Args:
        row: a row of a comparison. Of a large gradient each square shows the largest error of a block of entries.

    Returns:
        The figure; a sentence where all of it had one colour; nothing for a single number, or where the manual gradient
        has another shape.
    """
    if not fits(row) or np.size(row.autodiff) < 2:
        return ""
    errors = relative_errors(row)
    all_levels = as_matrix(np.where(beyond_tolerance(row), np.searchsorted(_UPPER, errors), 0))
    levels = largest_in_blocks(all_levels, _MOST_ROWS, _MOST_COLUMNS)
    if not np.any(levels):
        return ""
    if np.all(all_levels) and np.all(levels == levels[0, 0]):
        return _one_colour(errors)
    height, width = levels.shape
    side = max(_SMALLEST, min(_LARGEST, _WIDTH // width, _HEIGHT // height))
    squares = _squares(row, errors, levels) if levels.shape == all_levels.shape and levels.size <= _MOST_SQUARES else ""
    legend = "".join(
        f'<span class="key"><svg viewBox="0 0 1 1" width="12" height="12" aria-hidden="true">'
        f'<rect class="level{level}" width="1" height="1"/></svg> {LEVELS[level]}</span> '
        for level in np.unique(levels)
    )
    caption = _caption(row, all_levels.shape, levels.shape)
    return (
        f'<figure><svg class="map" viewBox="0 0 {width} {height}" width="{width * side}" height="{height * side}" '
        f'role="img" aria-label="{caption}">{squares or _areas(levels)}</svg>'
        f'<figcaption>{caption}<br/><span class="keys">{legend}</span></figcaption></figure>'
    )


def _one_colour(errors: NDArray[Any]) -> str:
    """What is said in place of a picture without any pattern in it."""
    least, most = magnitude(np.min(errors)), magnitude(np.max(errors))
    sizes = f"all have a relative error of {least}" if least == most else f"their relative errors are {least} to {most}"
    return f'<p class="other">It is wrong everywhere: of its {errors.size} entries {sizes}.</p>'


def _squares(row: Row, errors: NDArray[Any], levels: NDArray[Any]) -> str:
    """A square for each entry, which says its numbers when it is pointed at."""
    parts = []
    for position, (place, error) in enumerate(np.ndenumerate(errors)):
        y, x = divmod(position, levels.shape[1])
        words = (
            f"{index(place, '[]')}: relative error {magnitude(error)}, manual {number(np.asarray(row.manual)[place])}, "
            f"autodiff {number(np.asarray(row.autodiff)[place])}"
        )
        parts.append(
            f'<rect class="level{levels[y, x]}" x="{x + 0.04:g}" y="{y + 0.04:g}" width=".92" height=".92">'
            f"<title>{words}</title></rect>"
        )
    return "".join(parts)


def _areas(levels: NDArray[Any]) -> str:
    """An area for each level, of as many squares as it has."""
    parts = []
    for level in np.unique(levels):
        squares = "".join(f"M{x} {y}h1v1h-1z" for y, x in np.argwhere(levels == level))
        parts.append(f'<path class="level{level}" d="{squares}"/>')
    return "".join(parts)


def _caption(row: Row, whole: tuple[int, ...], shown: tuple[int, ...]) -> str:
    rows, columns = whole
    sizes = f"{rows} × {columns}" + f" (of the shape {index(row.shape)})" * (len(row.shape) > 2)
    if shown == whole:
        return f"Relative error of each of the {sizes} entries"
    high, wide = (int(np.max(np.diff(block_edges(n, most)))) for n, most in zip(whole, shown, strict=True))
    return f"Relative error of the {sizes} entries: of each block of up to {high} × {wide} the largest"
