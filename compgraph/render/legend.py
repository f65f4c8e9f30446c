"""The legend below a picture: what the boxes and colours mean, and what has to be said besides."""

from __future__ import annotations

from dataclasses import dataclass

from compgraph.render.contents import Diagram, Kind, Matrix, Run
from compgraph.render.typesetting import Cell, run_width

__all__ = ["Legend", "Sample", "legend"]

_SAMPLE_WIDTH, _SAMPLE_HEIGHT = 22.0, 14.0
_LINE_HEIGHT = 20.0
_GAP = 18.0
_NARROWEST = 360.0
_BASELINE = 4.7
_SKETCHES = {
    "heatmap": "heat map: blue negative, orange positive, by size",
    "histogram": "histogram: how many entries are how large; line at 0",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A small box of a kind, centred at (x, y)."""

    x: float
    y: float
    kind: Kind
    width: float = _SAMPLE_WIDTH
    height: float = _SAMPLE_HEIGHT


@dataclass(frozen=True, slots=True)
class Legend:
    """The pieces of a legend from its upper left corner (0, 0), and its size."""

    samples: tuple[Sample, ...]
    texts: tuple[Cell, ...]
    width: float
    height: float


def legend(diagram: Diagram, width: float) -> Legend:
    """Set the legend of a diagram: only what occurs in it, in as many lines as the width asks for.

    >>> from compgraph.render.contents import Box, Line
    >>> box = Box("n0", "variable", True, (Line((Run("5", "value"),)),), "")
    >>> [text.run.text for text in legend(Diagram((box,), (), "derivative dJ/d·", (), ""), 500.0).texts]
    ['variable', 'value', 'derivative dJ/d·']

    Args:
        diagram: the picture's contents.
        width: the width there is; a narrow picture becomes as wide as its legend needs.
    """
    kinds: tuple[Kind, ...] = ("variable", "operation", "constant", "folded")
    boxes: list[_Item] = [
        (kind, Run(kind, "plain")) for kind in kinds if any(box.kind == kind for box in diagram.boxes)
    ]
    writing: list[_Item] = [(None, Run("value", "value"))] if _shows_values(diagram) else []
    if diagram.derivative is not None:
        writing.append((None, Run(diagram.derivative, "derivative")))
    if any(arrow.label for arrow in diagram.arrows):
        writing.append((None, Run("on an arrow: local derivative", "derivative")))
    sketched = {sketch.kind for box in diagram.boxes for sketch in box.sketches}
    writing += [(None, Run(_SKETCHES[kind], "faint")) for kind in sorted(sketched)]
    limit = max(width, _NARROWEST)
    together = _row_width([*boxes, *writing]) <= limit or not writing
    rows = [[*boxes, *writing]] if together else [boxes, writing]
    samples: list[Sample] = []
    texts: list[Cell] = []
    for line, row in enumerate(rows):
        x, middle = 0.0, _LINE_HEIGHT * (line + 0.5)
        for kind, run in row:
            if kind is not None:
                samples.append(Sample(x + _SAMPLE_WIDTH / 2, middle, kind))
            texts.append(Cell(round(x + _sample(kind), 1), middle + _BASELINE, run, ends=False))
            x += _sample(kind) + run_width(run) + _GAP
    line, widest = len(rows) - 1, max(map(_row_width, rows))
    for note in _wrapped(diagram.notes, limit):
        line += 1
        run = Run(note, "faint")
        texts.append(Cell(0.0, _LINE_HEIGHT * (line + 0.5) + _BASELINE, run, ends=False))
        widest = max(widest, run_width(run))
    return Legend(tuple(samples), tuple(texts), widest, _LINE_HEIGHT * (line + 1))


def _shows_values(diagram: Diagram) -> bool:
    return any(
        line.style == "value" if isinstance(line, Matrix) else any(run.style == "value" for run in line.runs)
        for box in diagram.boxes
        for line in box.lines
    )


_Item = tuple[Kind | None, Run]


def _sample(kind: Kind | None) -> float:
    return 0.0 if kind is None else _SAMPLE_WIDTH + 6


def _row_width(row: list[_Item]) -> float:
    return sum(_sample(kind) + run_width(run) for kind, run in row) + _GAP * (len(row) - 1)


def _wrapped(notes: tuple[str, ...], limit: float) -> list[str]:
    lines: list[str] = []
    for note in notes:
        current = ""
        for word in note.split(" "):
            longer = f"{current} {word}" if current else word
            if current and run_width(Run(longer, "faint")) > limit:
                lines.append(current)
                current = word
            else:
                current = longer
        lines.append(current)
    return lines
