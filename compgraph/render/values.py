"""How numbers and arrays are written in a picture: small ones in full, large ones as a range."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.render.one_line import one_line

__all__ = ["dtype_told", "is_told", "matrix", "number", "shape", "statistics", "value_range"]

_MOST_ENTRIES, _LONGEST_SIDE = 16, 6

_DIGITS = 6
_CELL_DIGITS = 4


def number(value: Any, digits: int = _DIGITS) -> str:
    """Write a number as short as it reads well.

    >>> number(5.0), number(-2.0), number(0.1 + 0.2), number(1e-10), number(True)
    ('5', '−2', '0.3', '1e−10', 'True')

    Args:
        value: a number of any type, Python's or NumPy's.
        digits: the number of significant digits.
    """
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, np.integer)) and abs(int(value)) < 10**digits:
        return str(int(value)).replace("-", "−")
    try:
        text = format(complex(value) if isinstance(value, (complex, np.complexfloating)) else value, f".{digits}g")
    except (TypeError, ValueError):
        return one_line(str(value), 24)
    mantissa, e, exponent = text.partition("e")
    if e and exponent.lstrip("+-").isdigit():
        text = f"{mantissa}e{int(exponent)}"
    if "j" not in text and not text.lstrip("-").strip("0."):
        text = "0"  # the sign of a zero says nothing to a reader
    return text.replace("-", "−")


def shape(value: Any) -> str:
    """Write the shape of an array, and of several results those of each.

    >>> shape(np.zeros((4, 400))), shape(np.zeros(3)), shape(5.0), shape((np.zeros(3), np.zeros((3, 3))))
    ('(4, 400)', '(3,)', '()', '(3,) and (3, 3)')
    """
    return " and ".join(map(shape, value)) if isinstance(value, tuple) else str(np.shape(value))


def is_told(value: Any) -> bool:
    """Whether there are numbers to tell: not of several results, nor where zeros stand for an array that was let go.

    A compiled function keeps no large arrays of the call that it was made from. In their places are zeros that take no
    memory, of which no picture should say that they are zeros.

    >>> is_told(np.zeros((4, 400))), is_told(np.broadcast_to(0.0, (4, 400))), is_told(0.0)
    (True, False, True)
    """
    if isinstance(value, np.ndarray):
        return value.size < 2 or any(value.strides) or bool(value.flat[0])
    return not isinstance(value, tuple)


def dtype_told(value: Any) -> str:
    """Name the dtype of an array or a NumPy number; float64 goes without saying.

    >>> dtype_told(np.zeros(3, np.float32)), dtype_told(np.zeros(3)), dtype_told(5.0), dtype_told(np.int64(3))
    ('float32', '', '', 'int64')
    """
    dtype = value.dtype if isinstance(value, (np.ndarray, np.number)) else np.dtype(float)
    return "" if dtype == np.float64 else str(dtype)


def matrix(value: Any) -> tuple[tuple[str, ...], ...] | None:
    """Write a small vector or matrix in full, row by row, all of its entries with as many decimals.

    Small is at most 16 entries with at most six rows and six columns.

    >>> matrix(np.array([[1.0, -2.5], [0.125, 30.0]]))
    (('1.00', '−2.50'), ('0.12', '30.00'))
    >>> matrix(np.array([1, 2, 3]))
    (('1', '2', '3'),)
    >>> matrix(np.zeros((4, 400))) is None
    True

    Args:
        value: an array; a vector is written as one row.

    Returns:
        The rows, or None where the array is too large, empty, or has no rows and columns.
    """
    array = np.asarray(value)
    if array.ndim not in (1, 2) or not 0 < array.size <= _MOST_ENTRIES or max(array.shape) > _LONGEST_SIDE:
        return None
    rows = np.atleast_2d(array)
    decimals = _common_decimals(rows)
    if decimals is None:
        return tuple(tuple(number(entry, _CELL_DIGITS) for entry in row) for row in rows)
    return tuple(
        tuple(_fixed(float(entry), decimals) if math.isfinite(entry) else number(entry) for entry in row)
        for row in rows
    )


def value_range(value: Any) -> str:
    """Write an array too large to be shown as the interval its entries lie in.

    >>> value_range(np.linspace(-2, 3, 1000).reshape(10, 100))
    '−2 … 3'
    >>> value_range(np.array([1.0, np.nan, np.inf, np.nan]))
    '1 … 1, 2 nan, 1 inf'
    >>> value_range(np.full((3, 3), 0.5)), value_range(np.zeros((0, 3)))
    ('all 0.5', 'empty')
    >>> value_range(np.array([3 + 4j, 1j]))  # of complex numbers the absolute values
    '|·| 1 … 5'
    """
    array = np.asarray(value)
    if not array.size:
        return "empty"
    if array.dtype == bool:
        return f"{int(array.sum())} of {array.size} True"
    if array.dtype.kind == "c":
        return f"|·| {value_range(np.abs(array))}"
    if array.dtype.kind not in "iuf":
        return f"dtype {array.dtype}"
    finite = array[np.isfinite(array)]
    parts = []
    if finite.size:
        low, high = (number(end, _CELL_DIGITS) for end in (finite.min(), finite.max()))
        alike = finite.size == array.size and finite.min() == finite.max()
        parts.append(f"all {low}" if alike else f"{low} … {high}")
    nans = int(np.isnan(array).sum())
    infinities = array.size - finite.size - nans
    parts += [f"{count} {what}" for count, what in ((nans, "nan"), (infinities, "inf")) if count]
    return ", ".join(parts)


def statistics(value: Any) -> str:
    """Write an array too large to be shown as the interval its entries lie in and their mean.

    >>> statistics(np.linspace(-2, 3, 1000).reshape(10, 100))
    '−2 … 3, mean 0.5'
    >>> statistics(np.full((3, 3), 0.5)), statistics(np.array([1.0, np.nan]))
    ('all 0.5', '1 … 1, 1 nan')

    Returns:
        The range as :func:`value_range` writes it, and the mean where there is one that says more: of finite numbers
        that are not all the same.
    """
    array = np.asarray(value)
    told = value_range(array)
    if not array.size or array.dtype.kind not in "iufc" or told.startswith("all ") or not np.isfinite(array).all():
        return told
    with np.errstate(all="ignore"):
        sizes = np.abs(array) if array.dtype.kind == "c" else array
        mean = float(np.mean(sizes, dtype=np.float64))
    return f"{told}, mean {number(mean, _CELL_DIGITS)}" if math.isfinite(mean) else told


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.") else text.replace("-", "−")


def _common_decimals(rows: np.ndarray[Any, Any]) -> int | None:
    """The decimals that show each entry to four digits of the largest; None where no common number does."""
    if rows.dtype.kind != "f":
        return None
    sizes = np.abs(rows[np.isfinite(rows) & (rows != 0)].astype(float))
    if not sizes.size:
        return 0
    largest, smallest = float(sizes.max()), float(sizes.min())
    most = max(0, _CELL_DIGITS - 1 - math.floor(math.log10(largest)))
    if largest >= 10**_DIGITS or most > _DIGITS or smallest < 0.5 * 10.0**-most:
        return None  # a common number of decimals would write zeros for what is not zero
    return max(len(f"{size:.{most}f}".rstrip("0").partition(".")[2]) for size in sizes)
