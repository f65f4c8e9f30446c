"""What a picture shows, as text and numbers: boxes with their lines, the arrows between them, and a legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from compgraph.render.frames import Frame
from compgraph.render.sketch import Sketch

__all__ = ["Arrow", "Box", "Diagram", "Kind", "Line", "Matrix", "Run", "Style", "box_text"]

Kind = Literal["variable", "operation", "constant", "folded"]
Style = Literal["name", "plain", "faint", "value", "derivative", "scope"]


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line in one style."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text."""

    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """The line without its styles."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A small matrix in full, with what is written before it."""

    lead: Run
    rows: tuple[tuple[str, ...], ...]
    style: Style


@dataclass(frozen=True, slots=True)
class Box:
    """A node, a constant or several nodes folded, as it is drawn.

    Attributes:
        key: its name in the diagram, ``n0``, ``n1``, ... in tape order for nodes, ``c0``, ... for constants and
            ``g0``, ... for what is folded.
        kind: variable (a leaf), operation, constant or folded.
        is_output: whether it is one of the outputs the picture was asked of, or holds one.
        lines: what is written in it, from top to bottom.
        description: the same and more as plain text, for tooltips and screen readers.
        sketches: little pictures of arrays between the lines.
        holds: the keys that the nodes folded into it have where they are drawn one by one.
    """

    key: str
    kind: Kind
    is_output: bool
    lines: tuple[Line | Matrix, ...]
    description: str
    sketches: tuple[Sketch, ...] = ()
    holds: tuple[str, ...] = ()


def box_text(box: Box) -> list[str]:
    """What is in a box as lines of text, a matrix as one line for each row."""
    lines: list[str] = []
    for line in box.lines:
        if isinstance(line, Matrix):
            lines += [line.lead.text, *(f"[{'  '.join(row)}]" for row in line.rows)]
        else:
            lines.append(line.text)
    return lines


@dataclass(frozen=True, slots=True)
class Arrow:
    """From an operand to the operation it enters; an operand used twice has two.

    Attributes:
        tail: the operand's key.
        head: the operation's key.
        label: the local derivative, such as ``dv/du = 1``; None where none is shown.
    """

    tail: str
    head: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Diagram:
    """All that a picture shows.

    Attributes:
        boxes: operands before what is made of them.
        arrows: in the order of the operations and of their operands.
        derivative: what the legend says of derivatives, such as ``derivative dJ/d·``; None where none is shown.
        notes: sentences below the picture.
        summary: one sentence that says what the picture is of.
        frames: the scopes that are drawn open.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    derivative: str | None
    notes: tuple[str, ...]
    summary: str
    frames: tuple[Frame, ...] = ()
