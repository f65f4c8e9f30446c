"""Reading a CSV file into text cells, whoever wrote it, or saying in one line why that cannot be done."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from compgraph.errors import DataError

__all__ = ["CsvFile", "CsvRow", "listed", "number", "quoted", "read_csv"]

QUOTED = re.compile(r'"(?:[^"]|"")*+"')
FIRST_RECORD = re.compile(r'(?:"(?:[^"]|"")*+"|[^"\r\n])*+')
"""Separators are looked for outside quotes only, in the line of column names, which may run over several lines."""


class CsvRow(NamedTuple):
    """One row of a file: the line it starts on, and its cells."""

    line: int
    cells: tuple[str, ...]


class CsvFile(NamedTuple):
    """A CSV file as text: its path as given, the column names, and the rows below them."""

    path: str
    header: tuple[str, ...]
    rows: tuple[CsvRow, ...]

    def column(self, name: str) -> int:
        """The position of the column of that name.

        >>> CsvFile("t.csv", ("a", "b"), ()).column("b")
        1

        Raises:
            DataError: there is none; the message lists those there are.
        """
        if name in self.header:
            return self.header.index(name)
        hint = ""
        if self.header and all(number(cell) is not None for cell in self.header if cell):
            hint = " (its first line holds numbers: the first line must hold the column names)"
        raise DataError(f"{self.path} has no column {name!r}{hint}; its columns are: {listed(self.header)}")


def read_csv(path: str | os.PathLike[str]) -> CsvFile:
    """Read a CSV file into text cells: UTF-8, the column names in the first line.

    >>> from pathlib import Path
    >>> _ = Path("cells.csv").write_text('size,"kind, or so"\\n1.5,M\\n\\n2,B\\n')
    >>> table = read_csv("cells.csv")
    >>> table.header
    ('size', 'kind, or so')
    >>> table.rows
    (CsvRow(line=2, cells=('1.5', 'M')), CsvRow(line=4, cells=('2', 'B')))

    A byte order mark, any line ends, quoted cells, blank lines, and commas at the end of a line are understood. Cells
    are separated by commas, or by semicolons or tabs where the first line holds no comma.

    Args:
        path: the file.

    Raises:
        DataError: the file cannot be read, is not UTF-8 text, is empty, has two columns of one name, or has a row with
            more or fewer cells than there are columns.
    """
    name = os.fspath(path)
    text = _text(name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    header: tuple[str, ...] = ()
    rows = []
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = tuple(_without_trailing_empty([cell.strip() for cell in cells], 0))
                continue
            row = tuple(_without_trailing_empty(cells, len(header)))
            if len(row) != len(header):
                raise DataError(
                    f"{name}, line {line}: {len(row)} cells where the first line names {len(header)} columns"
                )
            rows.append(CsvRow(line, row))
    except csv.Error as error:
        raise DataError(f"{name}, line {start}: not readable as CSV: {error}") from None
    if not header:
        raise DataError(f"{name} is empty: the first line must hold the column names")
    repeated = [column for column, count in Counter(header).items() if count > 1 and column]
    if repeated:
        raise DataError(f"{name} has more than one column called {listed(repeated)}: give each column its own name")
    return CsvFile(name, header, tuple(rows))


def _text(name: str) -> str:
    try:
        content = Path(name).read_bytes()
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {name}: {getattr(error, 'strerror', None) or error}") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{name} is UTF-16 text: save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')")
    if b"\0" in content:
        raise DataError(
            f"{name} is not a text file: a table is read from CSV, not from a spreadsheet's or another format"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}, line {line}: byte 0x{content[error.start]:02x} is not UTF-8: "
            "save the file as UTF-8 (in a spreadsheet: 'CSV UTF-8')"
        ) from None


def _delimiter(text: str) -> str:
    first = FIRST_RECORD.match(text.lstrip())
    bare = QUOTED.sub("", first.group() if first else "")
    return "," if "," in bare else max(",;\t", key=bare.count)


def _without_trailing_empty(cells: Sequence[str], least: int) -> Sequence[str]:
    end = len(cells)
    while end > least and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def number(cell: str) -> float | None:
    """The finite number that a cell holds, or None.

    >>> number(" 1.5e3 "), number("nan"), number("1,5"), number("1_000")
    (1500.0, None, None, None)

    Underscores between digits are Python's notation, not a table's.
    """
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def quoted(text: str) -> str:
    """Text from a file as a message shows it: in quotes, on one line, not too long.

    >>> print(quoted("two\\nlines"))
    'two\\nlines'
    """
    return repr(text if len(text) <= 30 else text[:27] + "...")


def listed(names: Collection[str]) -> str:
    """Several names from a file as a message shows them.

    >>> print(listed(["a", "b"]))
    'a', 'b'
    """
    shown = [quoted(name) for name in list(names)[:40]]
    return ", ".join(shown) + (f" and {len(names) - 40} more" if len(names) > 40 else "")
