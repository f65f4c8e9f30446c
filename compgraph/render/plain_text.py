"""A diagram as a tree of plain text, for a terminal, a mail or a comment in code."""

from __future__ import annotations

import unicodedata
from collections import Counter

from compgraph.render.contents import Box, Diagram, Line, Matrix

__all__ = ["WIDTH", "plain_text"]

WIDTH = 80
"""The columns of the text, at most."""

_DEEPEST = 8
_NOTE_INDENT = "  "


def plain_text(diagram: Diagram) -> str:
    """Write a diagram as trees: under each operation its operands.

    >>> import compgraph as cg
    >>> from compgraph.render.diagram import diagram
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> u = b * c
    >>> J = 3 * (a + u)
    >>> J.backward()
    >>> print(plain_text(diagram(cg.Tape(J), {id(u): "u", id(J): "J"})))
    Computation graph of J: 3 variables, 3 operations, 1 constant
    <BLANKLINE>
    J = 3 × (a + u)                       33            dJ/dJ = 1
    ├─ 3
    └─ a + u                              11            dJ/d· = 3
       ├─ a                               5             dJ/da = 3
       └─ u = b × c                       6             dJ/du = 3
          ├─ b                            3             dJ/db = 6
          └─ c                            2             dJ/dc = 9
    <BLANKLINE>

    An operation that is used more than once, and one too deep for the width, has a tree of its own further down; where
    it is used stands its name, or its number in brackets.

    Args:
        diagram: what to write.
    """
    return _Forest(diagram).text()


class _Forest:
    """A diagram on its way to trees."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.boxes = {box.key: box for box in diagram.boxes}
        self.operands: dict[str, list[str]] = {key: [] for key in self.boxes}
        for arrow in diagram.arrows:
            self.operands[arrow.head].append(arrow.tail)
        uses = Counter(arrow.tail for arrow in diagram.arrows)
        self.shared = {key for key, count in uses.items() if count > 1}
        outputs = [box.key for box in diagram.boxes if box.is_output]
        self.roots = list(reversed(outputs))
        self.planted = set(self.roots)
        self.told: set[str] = set()

    def text(self) -> str:
        lines = [_cut(line, WIDTH) for line in _wrapped(self.diagram.summary)]
        for root in self.roots:  # which grows while the trees are written
            lines.append("")
            self.tree(root, "", "", 0, lines)
        if self.diagram.notes:
            lines += ["", *(part for note in self.diagram.notes for part in _wrapped(note))]
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def tree(self, key: str, lead: str, below: str, depth: int, lines: list[str]) -> None:
        box = self.boxes[key]
        grafted = bool(depth) and (key in self.planted or self.is_root_of_its_own(key, depth))
        if grafted and key not in self.planted:
            self.planted.add(key)
            self.roots.append(key)
        operands = [] if grafted else self.operands[key]
        number = f" [{key}]" if key in self.planted and not _is_named(box) else ""
        again = grafted or key in self.told
        if not grafted:
            self.told.add(key)
        inner = below + ("│  " if operands else "   ")
        lines += _box_lines(box, lead, inner, number, see=grafted, again=again)
        for place, operand in enumerate(operands):
            last = place == len(operands) - 1
            self.tree(operand, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "), depth + 1, lines)

    def is_root_of_its_own(self, key: str, depth: int) -> bool:
        return bool(self.operands[key]) and (key in self.shared or depth >= _DEEPEST)


def _is_named(box: Box) -> bool:
    first = box.lines[0] if box.lines else None
    return isinstance(first, Line) and any(run.style == "name" for run in first.runs)


def _box_lines(box: Box, lead: str, inner: str, number: str, *, see: bool, again: bool) -> list[str]:
    """The title with what fits beside it, and the rest in lines of their own.

    ``see``: the box stands further down or above, here goes its title only. ``again``: its value has been told.
    """
    title, *rest = box.lines or (None,)
    if isinstance(title, Matrix):
        rest.insert(0, title)
        title = None
    text = title.text if isinstance(title, Line) else box.kind
    if see:
        return [_cut(f"{lead}{_name_of(box) or text}{number}  …", WIDTH)]
    beside = [line.text for line in rest if isinstance(line, Line)]
    first = lead + text + number
    if again and any(isinstance(line, Matrix) for line in rest):
        return [_cut(f"{first}  (as above)", WIDTH)]
    if not any(isinstance(line, Matrix) for line in rest) and _fits(first, beside):
        for column, text in zip(_COLUMNS, beside, strict=False):
            first = _padded(first, column) + text
        return [first]
    below = [text for part in rest for text in ([part.text] if isinstance(part, Line) else matrix_lines(part))]
    return [_cut(line, WIDTH) for line in (first, *(f"{inner}{_NOTE_INDENT}{text}" for text in below))]


_COLUMNS = (38, 52)


def _fits(first: str, beside: list[str]) -> bool:
    widths = [_width(part) for part in beside]
    if len(beside) > 2 or (_width(first) > _COLUMNS[0] - 2 and beside):
        return False
    ends = [*_COLUMNS[1 : len(beside)], WIDTH + 2]
    return all(start + width <= end - 2 for start, width, end in zip(_COLUMNS, widths, ends, strict=False))


def matrix_lines(matrix: Matrix) -> list[str]:
    """A matrix with its entries in columns, what stands before it in its first line.

    >>> from compgraph.render.contents import Run
    >>> for line in matrix_lines(Matrix(Run("(2, 2)", "faint"), (("1.0", "−2.5"), ("30.0", "4.0")), "value")):
    ...     print(line)
    (2, 2) [  1.0 −2.5 ]
           [ 30.0  4.0 ]
    """
    widths = [max(map(len, column)) for column in zip(*matrix.rows, strict=True)]
    lead = matrix.lead.text
    lines = []
    for row in matrix.rows:
        entries = " ".join(entry.rjust(width) for entry, width in zip(row, widths, strict=True))
        lines.append(f"{lead} [ {entries} ]")
        lead = " " * len(lead)
    return lines


def _name_of(box: Box) -> str:
    first = box.lines[0] if box.lines else None
    return "".join(run.text for run in first.runs if run.style == "name") if isinstance(first, Line) else ""


def _wrapped(note: str) -> list[str]:
    lines = [""]
    for word in note.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _width(longer) > WIDTH:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _width(text: str) -> int:
    """The columns that a terminal gives a text: wide letters have two and combining ones none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _padded(text: str, column: int) -> str:
    return text + " " * (column - _width(text))


def _cut(text: str, columns: int) -> str:
    """The text, with its end left out where it is too wide."""
    if _width(text) <= columns:
        return text
    while _width(text) > columns - 1:
        text = text[:-1]
    return f"{text}…"
