"""A comparison's report as plain text: a table with one line for each gradient, and beneath it what explains them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from compgraph.check.columns import shortened, width, wrapped
from compgraph.check.report_cells import (
    clean,
    entry,
    explained,
    fits,
    index,
    inherited,
    magnitude,
    slip,
    tone,
    verdict,
)
from compgraph.check.row import Row
from compgraph.check.table import padded

if TYPE_CHECKING:
    from compgraph.check.report import Comparison

__all__ = ["COLUMNS", "Piece", "lines", "text"]

COLUMNS = 100
"""The width that a report as text never exceeds."""

NARROWEST = 40
"""A report is laid out for this width where there is less."""

HEAD = ("", "shape", "at", "autodiff", "manual", "numeric", "|a-m|", "/max", "ulp", "verdict")
ON_THE_LEFT = ("", "shape", "at", "verdict")
VALUES = ("autodiff", "manual", "numeric")


class Piece(NamedTuple):
    """A part of a line and what it is: ``head``, ``rule``, ``name``, ``plain``, ``soft``, or the tone of a verdict."""

    text: str
    style: str = "plain"


class _Room(NamedTuple):
    """How much a row's cells may take: digits of the numbers, and columns of the verdict, of tuples, of names."""

    digits: int
    verdict: int
    tuples: int
    names: int


_ROOMS = (
    _Room(17, 60, 40, 40),
    _Room(12, 60, 30, 40),
    _Room(8, 48, 24, 30),
    _Room(5, 36, 24, 24),
    _Room(5, 26, 16, 20),
    _Room(4, 26, 14, 16),
    _Room(4, 24, 12, 12),
    _Room(3, 24, 10, 10),
)
"""From the most to the least; the table takes the first that it fits with."""


def text(comparison: Comparison, columns: int = COLUMNS) -> str:
    """Return the report on a comparison as plain text.

    Args:
        comparison: what :func:`compgraph.compare` returned.
        columns: the width that no line exceeds.

    Returns:
        A table with one line for each gradient: its shape, the entry shown, its value three ways, the largest
        difference of autodiff and manual, the same over the largest entry and in units in the last place, and the
        verdict. Then what explains the wrong ones, and the notes. Of a table that is too wide numbers, names and
        shapes are shortened, and if it still is, its last columns stand in a second table.
    """
    return "\n".join("".join(piece.text for piece in line).rstrip() for line in lines(comparison, columns))


def lines(comparison: Comparison, columns: int = COLUMNS) -> list[list[Piece]]:
    """The lines of the report, each in pieces that say what they are.

    Args:
        comparison: what :func:`compgraph.compare` returned.
        columns: the width that no line exceeds.
    """
    columns = max(NARROWEST, columns)
    rows = tuple(comparison.rows)
    room, tables = _fitted(rows, columns)
    found: list[list[Piece]] = []
    for table in tables:
        found += [[], *_table_lines(rows, table)]
    for paragraphs in (_explanations(rows, room, columns), _notes(comparison.notes, columns)):
        below = list(paragraphs)
        found += [[], *below] if below else []
    return found[1:]


def _fitted(rows: Sequence[Row], columns: int) -> tuple[_Room, list[list[list[str]]]]:
    """The table's columns with as much in their cells as fits; or those of two tables, the values second; or more."""
    for room in _ROOMS:
        table = _table(rows, room)
        if _width_of(table) <= columns:
            return room, [table]
    for room in _ROOMS:
        names, *others = _table(rows, room)
        values = [column for column in others if column[0] in VALUES]
        tables = [[names, *[column for column in others if column[0] not in VALUES]], [names, *values]]
        if max(map(_width_of, tables)) <= columns:
            return room, tables
    return room, [part for table in tables for part in _folded(table, columns)]


def _table(rows: Sequence[Row], room: _Room) -> list[list[str]]:
    return [list(column) for column in zip(HEAD, *[_cells(row, room) for row in rows], strict=True)]


def _width_of(table: list[list[str]]) -> int:
    return sum(max(map(width, column)) for column in table) + 2 * (len(table) - 1)


def _folded(table: list[list[str]], columns: int) -> list[list[list[str]]]:
    """The columns of a table as those of several that fit, each beginning with the names."""
    names, *others = table
    tables = [[names]]
    for column in others:
        if _width_of([*tables[-1], column]) > columns:
            tables.append([names])
        tables[-1].append(column)
    return tables


def _cells(row: Row, room: _Room) -> list[str]:
    differences = (row.max_abs, row.max_rel, row.max_ulp) if fits(row) else ()
    return [
        shortened(clean(row.name), room.names),
        index(row.shape, columns=room.tuples),
        index(row.where, "[]", room.tuples) if row.where and fits(row) and row.autodiff.size else "",
        *entry(row, room.digits),
        *(map(magnitude, differences) if differences else ("", "", "")),
        verdict(row, room.verdict)[0],
    ]


def _table_lines(rows: Sequence[Row], table: list[list[str]]) -> Iterator[list[Piece]]:
    heads = [column[0] for column in table]
    left = [position for position, head in enumerate(heads) if head in ON_THE_LEFT]
    head, rule, *body = padded(list(zip(*table, strict=True)), left)
    yield _joined([Piece(cell, "head") for cell in head])
    yield _joined([Piece(cell, "rule") for cell in rule])
    for row, cells in zip(rows, body, strict=True):
        styles = {"": "name", "verdict": tone(row)}
        yield _joined([Piece(cell, styles.get(head, "plain")) for head, cell in zip(heads, cells, strict=True)])


def _joined(pieces: list[Piece]) -> list[Piece]:
    return [part for piece in pieces for part in (Piece("  "), piece)][1:]


def _explanations(rows: Sequence[Row], room: _Room, columns: int) -> Iterator[list[Piece]]:
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        remark, messages = verdict(row, room.verdict)[1], explained(row)
        alike.setdefault((*[remark] * bool(remark), *messages), []).append(row)
    for told, same in alike.items():
        if not told:
            continue
        row, messages = same[0], explained(same[0])
        name = shortened(", ".join([clean(each.name) for each in same]), columns - 30)  # room for the words after it
        label = f"{name}, {slip(row, rows)}: " if len(same) == 1 and row.step == "slip" else f"{name}: "
        hanging = " " * min(width(name) + 2, 8)
        first, *rest = wrapped(told[0], columns, first=label, rest=hanging)
        yield [Piece(label, tone(row)), Piece(first.removeprefix(label))]
        yield from ([Piece(line)] for line in rest)
        for position, message in enumerate(told[1:], start=1):
            start = "or: " if position > len(told) - len(messages) else ""
            yield from (
                [Piece(line, "soft" if start else "plain")]
                for line in wrapped(message, columns, first=hanging + start, rest=hanging + " " * len(start))
            )
    for line in wrapped(inherited(rows), columns, rest="    ") if inherited(rows) else ():
        yield [Piece(line)]


def _notes(notes: Sequence[str], columns: int) -> Iterator[list[Piece]]:
    for note in notes:
        for line in wrapped(clean(note), columns):
            yield [Piece(line, "soft")]
