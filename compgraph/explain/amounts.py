"""Values in an explanation: numbers, small arrays in full, larger ones by what lies in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.render.values import matrix, number, statistics, value_range

__all__ = ["amount", "brief"]


def amount(value: Any) -> str:
    """Write a value: a small array in full, row by row; a larger one as its range and mean.

    >>> amount(6.0), amount(np.array([[1.0, -2.5], [0.5, 3.0]]))
    ('6', '[[1.0, −2.5], [0.5, 3.0]]')
    >>> amount(np.arange(100.0))
    '0 … 99, mean 49.5'
    """
    if not np.ndim(value):
        return number(np.asarray(value)[()])
    rows = matrix(value)
    if rows is not None:
        lines = [f"[{', '.join(row)}]" for row in rows]
        return lines[0] if np.ndim(value) == 1 else f"[{', '.join(lines)}]"
    return statistics(value)


def brief(value: Any) -> str:
    """The same in a cell of a table: a vector of up to four entries in full, any other array as a range.

    >>> brief(np.array([1.0, 2.0])), brief(np.ones((3, 4))), brief(np.arange(6.0))
    ('[1, 2]', 'all 1', '0 … 5')
    """
    if not np.ndim(value):
        return number(np.asarray(value)[()])
    if np.ndim(value) == 1 and np.size(value) <= 4:
        rows = matrix(value)
        if rows is not None:
            return f"[{', '.join(rows[0])}]"
    return value_range(value)
