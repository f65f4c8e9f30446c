"""The entries of an array for a page: a small array whole, of a larger one the first rows and columns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.render.values import number

__all__ = ["MOST_ENTRIES", "entries", "room_for"]

MOST_ENTRIES = 64
"""The entries shown of an array on a page of few arrays."""
_FEWEST_ENTRIES = 4
_ON_A_PAGE = 24_000
_DIGITS = 4


def room_for(arrays: int) -> int:
    """How many entries of each array there is room for on a page.

    >>> room_for(10), room_for(1_000), room_for(100_000)
    (64, 24, 4)
    """
    return min(MOST_ENTRIES, max(_FEWEST_ENTRIES, _ON_A_PAGE // max(arrays, 1)))


def entries(value: Any, most: int = MOST_ENTRIES) -> dict[str, Any] | None:
    """Write the first entries of an array, row by row.

    >>> entries(np.array([[1.0, -2.5], [0.125, 30.0]]))
    {'rows': [['1', '−2.5'], ['0.125', '30']]}
    >>> shown = entries(np.zeros((4, 400)))
    >>> len(shown["rows"]), len(shown["rows"][0]), shown["cut"]
    (4, 16, 'the first 16 of 400 columns')
    >>> entries(np.zeros((2, 3, 2)))["cut"]
    'the matrix at [0] of an array of shape (2, 3, 2)'
    >>> entries(5.0) is None
    True

    Args:
        value: an array; a vector is written as one row, and of a stack of matrices the first.
        most: how many entries.

    Returns:
        ``rows`` of text and, where not all is shown, what is under ``cut``; None for a number or an empty array.
    """
    array = np.asarray(value)
    if not array.ndim or not array.size:
        return None
    cut = []
    if array.ndim > 2:
        place = (0,) * (array.ndim - 2)
        cut.append(f"the matrix at [{', '.join(map(str, place))}] of an array of shape {array.shape}")
        array = array[place]
    matrix = array.reshape(1, -1) if array.ndim == 1 else array
    height, width = matrix.shape
    columns = min(width, max(most // min(height, max(1, math.isqrt(most))), 1))
    rows = min(height, max(most // columns, 1))
    parts = [
        f"{shown} of {total} {what}"
        for shown, total, what in ((rows, height, "rows"), (columns, width, "columns"))
        if shown < total
    ]
    if parts:
        cut.append(f"the first {' and '.join(parts)}")
    written = [[number(entry, _DIGITS) for entry in row] for row in matrix[:rows, :columns]]
    return {"rows": written} | ({"cut": "; ".join(cut)} if cut else {})
