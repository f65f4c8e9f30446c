"""Reading a table: anybody's CSV with numeric columns and one column of two values.

A file's cells (:func:`compgraph.networks.csv_file.read_csv`) become arrays: by :func:`labelled_table` for training, by
:func:`features` and :func:`labels` where a trained network is to judge. Nothing is left out silently: the rows and
columns that cannot be used are listed with their line number or name, and with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compgraph.errors import DataError
from compgraph.networks.csv_file import CsvFile, CsvRow, listed, number, quoted

__all__ = [
    "Features",
    "LeftOutColumn",
    "LeftOutRow",
    "Table",
    "features",
    "labelled_table",
    "labels",
    "split",
]

Array: TypeAlias = NDArray[np.floating[Any]]

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})
"""What a cell says, in any case, when it says nothing."""


class LeftOutRow(NamedTuple):
    """A row that was not used: its line in the file, and why."""

    line: int
    reason: str


class LeftOutColumn(NamedTuple):
    """A column that was not used: its name, and why."""

    name: str
    reason: str


@dataclass(frozen=True, eq=False)
class Table:
    """A labelled table as arrays, and how it came about.

    Attributes:
        feature_names: the names of the columns in ``X``.
        X: examples (n_x, m), one a column, as they stand in the file (not standardised).
        Y: labels 0 and 1, (1, m).
        target: the name of the column that the labels come from.
        values: what that column says for the label 0 and for the label 1.
        lines: the line of each example in the file.
        left_out_rows: the rows that were not used.
        left_out_columns: the columns that were not used.
    """

    feature_names: tuple[str, ...]
    X: Array
    Y: Array
    target: str
    values: tuple[str, str]
    lines: tuple[int, ...]
    left_out_rows: tuple[LeftOutRow, ...] = ()
    left_out_columns: tuple[LeftOutColumn, ...] = ()

    @property
    def m(self) -> int:
        """The number of examples."""
        return len(self.lines)


class Features(NamedTuple):
    """The features of a table without labels: ``X`` (n_x, m), the line of each example, the rows not used."""

    X: Array
    lines: tuple[int, ...]
    left_out_rows: tuple[LeftOutRow, ...]


def labelled_table(table: CsvFile, target: str, *, ignore: Collection[str] = ()) -> Table:
    """Turn a file's cells into features and labels for training.

    >>> cells = (CsvRow(2, ("1.5", "a1", "M")), CsvRow(3, ("", "a2", "B")), CsvRow(4, ("2", "a3", "B")))
    >>> table = labelled_table(CsvFile("t.csv", ("size", "id", "kind"), cells), target="kind")
    >>> table.X, table.Y, table.values
    (array([[1.5, 2. ]]), array([[1., 0.]]), ('B', 'M'))
    >>> table.left_out_rows
    (LeftOutRow(line=3, reason="'size' is empty"),)
    >>> table.left_out_columns
    (LeftOutColumn(name='id', reason='it holds no number'),)

    Args:
        table: the file's cells.
        target: the name of the column with the two values to tell apart. The value that sorts first, as a number or
            else as text, becomes the label 0, the other 1.
        ignore: names of columns that are no features, such as a patient's number.

    Returns:
        The arrays in float64. Every other column is a feature, except one that has no name or holds no number at all.
        A row with a cell that is empty or no finite number is left out. Both are listed with the reason.

    Raises:
        DataError: there is no such column, no column of numbers besides it, no row that can be used, or the column
            has not exactly two values in those rows.
    """
    at = table.column(target)
    for name in ignore:
        table.column(name)
    if target in ignore:
        raise DataError(f"column {target!r} is the target and cannot be ignored")
    if not table.rows:
        raise DataError(f"{table.path} has no rows below the column names")

    columns: list[int] = []
    left_out_columns: list[LeftOutColumn] = []
    for column, name in enumerate(table.header):
        if column == at:
            continue
        if name in ignore:
            left_out_columns.append(LeftOutColumn(name, "it is to be ignored"))
        elif not name:
            left_out_columns.append(LeftOutColumn(f"column {column + 1}", "it has no name"))
        elif all(number(row.cells[column]) is None for row in table.rows):
            left_out_columns.append(LeftOutColumn(name, "it holds no number"))
        else:
            columns.append(column)
    if not columns:
        raise DataError(f"{table.path} has no column of numbers besides {target!r}: {listed(table.header)}")

    X, kept, left_out_rows = _numbers(table, columns, required=at)
    cells = [row.cells[at].strip() for row in kept]
    values = _two_values(table.path, target, cells)
    Y = np.array([[float(_same(cell, values[1])) for cell in cells]])
    return Table(
        feature_names=tuple(table.header[column] for column in columns),
        X=X,
        Y=Y,
        target=target,
        values=values,
        lines=tuple(row.line for row in kept),
        left_out_rows=left_out_rows,
        left_out_columns=tuple(left_out_columns),
    )


def features(table: CsvFile, feature_names: Sequence[str]) -> Features:
    """The named columns of a file as an array, in the order of the names.

    >>> cells = (CsvRow(2, ("1.5", "3")), CsvRow(3, ("x", "4")))
    >>> features(CsvFile("t.csv", ("a", "b"), cells), ["b", "a"])
    Features(X=array([[3. ],
           [1.5]]), lines=(2,), left_out_rows=(LeftOutRow(line=3, reason="'a' is 'x', not a number"),))

    Args:
        table: the file's cells.
        feature_names: the columns that a network was trained on.

    Raises:
        DataError: columns are missing (the message names them), or there is no row that can be used.
    """
    absent = [name for name in feature_names if name not in table.header]
    if absent:
        raise DataError(
            f"{table.path} lacks {len(absent)} of the {len(feature_names)} columns needed: {listed(absent)}; "
            f"its columns are: {listed(table.header)}"
        )
    if not table.rows:
        raise DataError(f"{table.path} has no rows below the column names")
    X, kept, left_out = _numbers(table, [table.header.index(name) for name in feature_names])
    return Features(X, tuple(row.line for row in kept), left_out)


def labels(table: CsvFile, target: str, values: tuple[str, str], lines: Sequence[int]) -> Array:
    """The labels that a file itself gives for some of its lines, to measure predictions by.

    >>> cells = (CsvRow(2, ("1", "M")), CsvRow(3, ("2", "B")), CsvRow(4, ("3", "")))
    >>> labels(CsvFile("t.csv", ("size", "kind"), cells), "kind", ("B", "M"), [2, 3, 4])
    array([[ 1.,  0., nan]])

    Args:
        table: the file's cells.
        target: the name of the column.
        values: what it says for the label 0 and for the label 1.
        lines: the lines asked for, such as ``Features.lines``.

    Returns:
        (1, len(lines)): 0, 1, or NaN where the cell holds neither value.

    Raises:
        DataError: there is no such column.
    """
    at = table.column(target)
    cells = {row.line: row.cells[at].strip() for row in table.rows}
    known = [[label for label, value in enumerate(values) if _same(cells[line], value)] for line in lines]
    return np.array([[float(label[0]) if label else math.nan for label in known]])


def split(table: Table, held_out: float = 0.2, seed: int | np.random.Generator = 0) -> tuple[Table, Table]:
    """Split a table at random into a part to train on and a part to judge the result by.

    >>> table = Table(("x",), np.arange(10.0)[None], np.array([[0.0, 1.0] * 5]), "y", ("no", "yes"), (*range(2, 12),))
    >>> train, test = split(table, held_out=0.3, seed=1)
    >>> train.m, test.m
    (7, 3)
    >>> sorted([*train.lines, *test.lines]) == list(table.lines)
    True

    Args:
        table: the examples.
        held_out: the share of them to keep for judging, between 0 and 1; each part gets at least one.
        seed: a seed, or a generator to draw from. The same seed gives the same split.

    Returns:
        The two parts, the examples of each in the order of the file.

    Raises:
        DataError: there are fewer than two examples, or the share is not between 0 and 1.
    """
    if not 0 < held_out < 1:
        raise DataError(f"a held-out share of {held_out} is not between 0 and 1: 0.2 keeps every fifth row for judging")
    if table.m < 2:
        raise DataError(f"{table.m} usable row cannot be split into a part to train on and a part to judge by")
    count = min(max(round(held_out * table.m), 1), table.m - 1)
    order = np.random.default_rng(seed).permutation(table.m)
    return _rows(table, np.sort(order[count:])), _rows(table, np.sort(order[:count]))


def _rows(table: Table, chosen: NDArray[np.integer[Any]]) -> Table:
    return replace(table, X=table.X[:, chosen], Y=table.Y[:, chosen], lines=tuple(table.lines[i] for i in chosen))


def _numbers(
    table: CsvFile, columns: Sequence[int], required: int | None = None
) -> tuple[Array, list[CsvRow], tuple[LeftOutRow, ...]]:
    """The rows with a number in every one of the columns, and something in the required one."""
    kept: list[CsvRow] = []
    numbers: list[list[float]] = []
    left_out: list[LeftOutRow] = []
    for row in table.rows:
        cells = [number(row.cells[column]) for column in columns]
        reason = next((_reason(table, row, c) for c, cell in zip(columns, cells, strict=True) if cell is None), None)
        if reason is None and required is not None and row.cells[required].strip().lower() in MISSING:
            reason = _reason(table, row, required)
        if reason is not None:
            left_out.append(LeftOutRow(row.line, reason))
            continue
        kept.append(row)
        numbers.append([cell for cell in cells if cell is not None])
    if not kept:
        line, reason = left_out[0]
        raise DataError(f"{table.path} has no row with a number in every column needed; line {line}: {reason}")
    return np.ascontiguousarray(np.array(numbers).T), kept, tuple(left_out)


def _reason(table: CsvFile, row: CsvRow, column: int) -> str:
    cell = row.cells[column].strip()
    name = table.header[column]
    return f"{name!r} is {quoted(cell)}, not a number" if cell.lower() not in MISSING else _absent(name, cell)


def _absent(name: str, cell: str) -> str:
    return f"{name!r} is missing ({cell})" if cell else f"{name!r} is empty"


def _two_values(path: str, target: str, cells: Sequence[str]) -> tuple[str, str]:
    counts: dict[str, int] = {}
    for cell in cells:
        value = next((known for known in counts if _same(known, cell)), cell) if cell not in counts else cell
        counts[value] = counts.get(value, 0) + 1
        if len(counts) > 50:
            break
    if len(counts) != 2:
        found = f"more than {len(counts) - 1}" if len(counts) > 50 else str(len(counts))
        noun = "value" if found == "1" else "values"
        raise DataError(
            f"the target column must have two values, but {target!r} in {path} has {found} {noun} in the usable rows: "
            f"{listed(counts)}"
        )
    numeric = all(number(value) is not None for value in counts)
    first, second = sorted(counts, key=float if numeric else str)
    return first, second


def _same(cell: str, other: str) -> bool:
    """Whether two cells say the same value: the same text, or the same number (0 and 0.0)."""
    return cell == other or ((value := number(cell)) is not None and value == number(other))
