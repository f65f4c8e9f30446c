"""The lines of a box set in type: how large the box is and where in it each piece of text stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compgraph.render.contents import Box, Line, Matrix, Run, Style
from compgraph.render.fonts import text_width
from compgraph.render.sketch import Sketch

__all__ = [
    "NAME_SIZE",
    "TEXT_SIZE",
    "TITLE_HEIGHT",
    "TITLE_MARGIN",
    "Bracket",
    "Cell",
    "Place",
    "Text",
    "Typeset",
    "run_width",
    "title_width",
    "typeset",
]

TEXT_SIZE = 13.0
NAME_SIZE = 14.0
TITLE_MARGIN, TITLE_HEIGHT = 8.0, 24.0
_LINE_HEIGHT = 18.0
_ROW_HEIGHT = 16.0
_BASELINE = 0.36
"""How far below the middle of a line its letters stand, in font sizes: half the height of a capital."""

_MARGIN = {"variable": (12.0, 6.0), "operation": (12.0, 6.0), "constant": (9.0, 4.0), "folded": (14.0, 8.0)}
_MATRIX_GAP = 4.0
_COLUMN_GAP = 10.0
_BRACKET = 5.0
_LEAD_GAP = 7.0
_HEAT_CELL = 5.0
_BAR, _TALLEST_BAR = 5.0, 32.0
_SKETCH_GAP = 4.0


@dataclass(frozen=True, slots=True)
class Text:
    """A line of runs, centred at (x, y); y is the baseline and the middle of the box is (0, 0)."""

    x: float
    y: float
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A single text that ends (an entry of a matrix) or starts (what stands before it) at (x, y)."""

    x: float
    y: float
    run: Run
    ends: bool


@dataclass(frozen=True, slots=True)
class Bracket:
    """A bracket of a matrix: its upright stands at x from top to bottom, its feet point ``feet`` far to the side."""

    x: float
    top: float
    bottom: float
    feet: float
    style: Style


@dataclass(frozen=True, slots=True)
class Place:
    """The room of a sketch, from its upper left corner (x, y)."""

    x: float
    y: float
    width: float
    height: float
    sketch: Sketch


@dataclass(frozen=True, slots=True)
class Typeset:
    """The size of a box and what is in it, in pixels (= points of the layout)."""

    width: float
    height: float
    pieces: tuple[Text | Cell | Bracket | Place, ...]


def run_width(run: Run) -> float:
    """Measure a run in the size and weight its style is set in."""
    named = run.style == "name"
    return text_width(run.text, NAME_SIZE if named else TEXT_SIZE, bold=named)


def title_width(title: str) -> float:
    """Measure what stands above the boxes of a frame, with the room around it.

    >>> title_width("hidden layer") > title_width("loss")
    True
    """
    return run_width(Run(title, "scope")) + 2 * TITLE_MARGIN


def typeset(box: Box) -> Typeset:
    """Set the lines of a box in type.

    >>> box = Box("n0", "variable", False, (Line((Run("a", "name"),)), Line((Run("5", "value"),))), "a")
    >>> set_box = typeset(box)
    >>> set_box.width, set_box.height
    (40.0, 48.0)
    >>> [(text.x, text.y, text.runs[0].text) for text in set_box.pieces]
    [(0.0, -4.0, 'a'), (0.0, 13.7, '5')]
    """
    below = {sketch.line: sketch for sketch in box.sketches}
    heights = [_height(line) for line in box.lines]
    side, above = _MARGIN[box.kind]
    widest = max([*map(_width, box.lines), *(_sketch_size(sketch)[0] for sketch in box.sketches)], default=0.0)
    width = max(2 * side + widest, 40.0 if box.kind != "constant" else 24.0)
    height = 2 * above + sum(heights) + sum(_sketch_size(sketch)[1] + 2 * _SKETCH_GAP for sketch in box.sketches)
    pieces: list[Text | Cell | Bracket | Place] = []
    top = above - height / 2
    for place, (line, line_height) in enumerate(zip(box.lines, heights, strict=True)):
        middle = top + line_height / 2
        pieces += _matrix(line, middle) if isinstance(line, Matrix) else [_line(line.runs, middle)]
        top += line_height
        if place in below:
            wide, tall = _sketch_size(below[place])
            pieces.append(Place(-wide / 2, top + _SKETCH_GAP, wide, tall, below[place]))
            top += tall + 2 * _SKETCH_GAP
    return Typeset(float(round(width)), height, tuple(pieces))


def _sketch_size(sketch: Sketch) -> tuple[float, float]:
    columns = len(sketch.cells[0])
    if sketch.kind == "histogram":
        return _BAR * columns, _TALLEST_BAR
    return _HEAT_CELL * columns, _HEAT_CELL * len(sketch.cells)


def _line(runs: tuple[Run, ...], middle: float) -> Text:
    size = NAME_SIZE if any(run.style == "name" for run in runs) else TEXT_SIZE
    return Text(0.0, round(middle + _BASELINE * size, 1), runs)


def _height(line: Line | Matrix) -> float:
    return _LINE_HEIGHT if isinstance(line, Line) else max(_LINE_HEIGHT, _ROW_HEIGHT * len(line.rows) + 2 * _MATRIX_GAP)


def _width(line: Line | Matrix) -> float:
    if isinstance(line, Line):
        return sum(map(run_width, line.runs))
    return run_width(line.lead) + _LEAD_GAP + _inside(_columns(line)) + 2 * _BRACKET


def _columns(matrix: Matrix) -> list[float]:
    return [max(run_width(Run(entry, matrix.style)) for entry in column) for column in zip(*matrix.rows, strict=True)]


def _inside(columns: Sequence[float]) -> float:
    return sum(columns) + _COLUMN_GAP * (len(columns) - 1) + 2 * _BRACKET


def _matrix(matrix: Matrix, middle: float) -> list[Text | Cell | Bracket]:
    columns = _columns(matrix)
    left = -_width(matrix) / 2
    drop = _BASELINE * TEXT_SIZE
    pieces: list[Text | Cell | Bracket] = [Cell(round(left, 1), round(middle + drop, 1), matrix.lead, ends=False)]
    left += run_width(matrix.lead) + _LEAD_GAP
    half = _ROW_HEIGHT * len(matrix.rows) / 2 + 1
    right = left + _inside(columns) + 2 * _BRACKET
    pieces.append(Bracket(round(left + 1, 1), middle - half, middle + half, _BRACKET - 1, matrix.style))
    pieces.append(Bracket(round(right - 1, 1), middle - half, middle + half, 1 - _BRACKET, matrix.style))
    edge = left + 2 * _BRACKET - _COLUMN_GAP
    for place, width in enumerate(columns):
        edge += _COLUMN_GAP + width
        for row, entries in enumerate(matrix.rows):
            y = middle + drop + _ROW_HEIGHT * (row - (len(matrix.rows) - 1) / 2)
            pieces.append(Cell(round(edge, 1), round(y, 1), Run(entries[place], matrix.style), ends=True))
    return pieces
