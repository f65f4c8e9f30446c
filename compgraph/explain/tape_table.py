"""The list of all operations behind an output as a table: the Wengert list of the textbooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compgraph.errors import ConversionError, SettingError
from compgraph.explain.amounts import brief
from compgraph.explain.naming import Naming
from compgraph.node import Node
from compgraph.render.derivatives import differentiated_output
from compgraph.render.one_line import one_line
from compgraph.tape import Tape

__all__ = ["TapeTable", "listed"]

_WIDE = 100
_LONGEST_CELL = 40


@dataclass(frozen=True)
class TapeTable:
    """The operations behind an output as text, row by row; ``print`` aligns them.

    Attributes:
        head: the titles of the columns: number, name, op, inputs, shape, value and derivative.
        rows: the nodes in the order they were computed; of a long list the first and the last ones.
        left_out: how many are left out.
        before_gap: how many rows stand before those.
        notes: sentences on the derivatives and on what is left out.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int
    before_gap: int
    notes: tuple[str, ...]

    def __str__(self) -> str:
        from compgraph.check.table import aligned

        lines = [self.head, *self.rows]
        if self.left_out:
            lines.insert(1 + self.before_gap, ("…", f"{self.left_out:,} more", *[""] * (len(self.head) - 2)))
        table = aligned(_narrowed(lines), left=(1, 2, 3, 4))
        return "\n".join([table, *(["", *self.notes] if self.notes else [])])

    def __repr__(self) -> str:
        return f"<TapeTable of {len(self.rows) + self.left_out} nodes>"

    def _repr_html_(self) -> str:
        from html import escape

        def row(cells: Iterable[str], kind: str) -> str:
            return f"<tr>{''.join(f'<{kind}>{escape(cell)}</{kind.split()[0]}>' for cell in cells)}</tr>"

        rows = [row(cells, "td") for cells in self.rows]
        if self.left_out:
            rows.insert(self.before_gap, f'<tr><td colspan="{len(self.head)}">… {self.left_out:,} more …</td></tr>')
        head = row(self.head, 'th scope="col"')
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>{notes}"


def listed(output: Node | Tape | Iterable[Node], spaces: Sequence[Mapping[str, Any]], most_rows: int) -> TapeTable:
    """List the operations behind an output.

    Args:
        output, most_rows: those of :func:`compgraph.tape`, as is what is returned and raised.
        spaces: the variables that nodes and constant arrays are named after, nearest first.
    """
    limit: Any = most_rows
    if isinstance(limit, bool) or not isinstance(limit, (int, np.integer)) or limit < 2:
        raise SettingError(f"most_rows={most_rows!r}: give a whole number from 2 on")
    given: Any = output
    if not isinstance(given, (Node, Tape, Iterable)):
        raise ConversionError(
            f"tape lists the operations behind a node, not behind {type(given).__name__}: "
            "does the output depend on a Variable at all?"
        )
    whole = given if isinstance(given, Tape) else Tape(given)
    naming = Naming(whole, *spaces)
    last = most_rows // 2
    left_out = max(0, len(whole) - most_rows)
    shown = [*whole.nodes[: most_rows - last], *whole.nodes[len(whole) - last :]] if left_out else list(whole.nodes)
    differentiated = differentiated_output(whole)
    with_derivative = [node for node in whole if node.grad is not None]
    rows = [
        (
            str(naming.number[node]),
            naming(node),
            "variable" if node.op is None else one_line(node.op.name, _LONGEST_CELL),
            one_line(", ".join(naming(x) for x in node.inputs[:20]), _LONGEST_CELL),
            str(node.shape),
            brief(node.value),
            "" if node.grad is None else brief(node.grad),
        )
        for node in shown
    ]
    notes = []
    derivative = "grad"
    if differentiated is not None:
        derivative = f"d{one_line(naming(differentiated), 16)}/d·"
    elif with_derivative:
        notes.append("grad: what the last backward() left, started from another node or with another seed than 1.")
    else:
        notes.append(f"Derivatives are not computed yet: call {naming(whole.outputs[-1])}.backward() first.")
    if with_derivative and len(with_derivative) < len(whole):
        notes.append("Blank: no backward() has reached that node.")
    head = ("#", "name", "op", "inputs", "shape", "value", derivative)
    return TapeTable(head, tuple(rows), left_out, most_rows - last, tuple(notes))


def _narrowed(lines: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Lines of cells cut so that the table is no wider than it may be, the widest columns first."""
    from compgraph.check.columns import shortened, width

    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    room = _WIDE - 2 * (len(widths) - 1)
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    return [tuple(shortened(cell, limit) for cell, limit in zip(cells, widths, strict=True)) for cells in lines]
