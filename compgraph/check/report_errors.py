"""The relative error of every entry of a gradient, as the pictures of a comparison show it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from compgraph.check.row import Row

__all__ = ["as_matrix", "beyond_tolerance", "block_edges", "largest_in_blocks", "relative_errors"]


def relative_errors(row: Row) -> NDArray[np.float64]:
    """How far autodiff and manual lie apart in each entry, over the larger of the two; infinite next to NaN or inf.

    >>> relative_errors(Row("dw", np.array([1.0, 2.0, 0.0]), np.array([1.0, -2.0, np.nan]), 0.0))
    array([ 0.,  2., inf])

    Args:
        row: a row whose manual gradient has the shape it must have.
    """
    autodiff, manual = (_in_full_precision(x) for x in (row.autodiff, row.compared))
    scale = np.maximum(_largest_part(autodiff), _largest_part(manual))
    with np.errstate(all="ignore"):  # what is infinite or NaN is seen to below
        one, other = (x / np.where(scale == 0, 1.0, scale) for x in (autodiff, manual))  # no square, no sum overflows
        errors = np.asarray(np.abs(one - other) / np.maximum(np.abs(one), np.abs(other)))
    errors[~np.isfinite(errors)] = np.inf
    errors[autodiff == manual] = 0.0  # infinities of the same sign too
    return errors


def _largest_part(x: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.maximum(np.abs(x.real), np.abs(x.imag)))


def beyond_tolerance(row: Row) -> NDArray[np.bool_]:
    """Which entries of the manual gradient lie further off than rounding explains.

    >>> beyond_tolerance(Row("dw", np.array([1.0, 2.0]), np.array([1.0 + 1e-15, 2.1]), 0.0))
    array([False,  True])

    Args:
        row: a row whose manual gradient has the shape it must have.
    """
    autodiff, manual = (_in_full_precision(x) for x in (row.autodiff, row.compared))
    with np.errstate(all="ignore"):
        apart = np.abs(autodiff - manual)
    return np.asarray(~(apart <= row.tolerance) & (autodiff != manual))


def _in_full_precision(x: Any) -> NDArray[Any]:
    return np.asarray(x).astype(np.complex128 if np.iscomplexobj(x) else np.float64)


def as_matrix(x: NDArray[Any]) -> NDArray[Any]:
    """An array of any shape as rows and columns: the last axis as the columns, all others as the rows.

    >>> [as_matrix(np.zeros(shape)).shape for shape in [(), (3,), (4, 2), (5, 4, 2), (0, 3)]]
    [(1, 1), (1, 3), (4, 2), (20, 2), (0, 3)]
    """
    columns = x.shape[-1] if x.ndim else 1
    return x.reshape(x.size // columns if columns else 0, columns)


def block_edges(length: int, most: int) -> NDArray[np.intp]:
    """Where at most so many blocks of about equal length begin, and where the last one ends.

    >>> block_edges(10, 4)
    array([ 0,  2,  5,  7, 10])
    """
    blocks = min(length, most)
    return np.arange(blocks + 1) * length // max(blocks, 1)


def largest_in_blocks(x: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """A matrix made small: of every block of entries the largest, so that a single wrong entry stays in sight.

    >>> largest_in_blocks(np.array([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]), rows=2, columns=2)
    array([[ 1,  3],
           [ 9, 11]])

    Args:
        x: a matrix.
        rows, columns: how many there may be of each.
    """
    if not x.size:
        return x
    by_rows = np.maximum.reduceat(x, block_edges(x.shape[0], rows)[:-1], axis=0)
    return np.maximum.reduceat(by_rows, block_edges(x.shape[1], columns)[:-1], axis=1)
