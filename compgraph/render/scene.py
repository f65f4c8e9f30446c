"""A laid-out picture as shapes and texts with places and colours: what SVG, PDF and TikZ each write in their own words.

Lengths are pixels from the upper left corner, y growing downward; a group's shapes are placed from the group's own
point.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from compgraph.render.diagram import Diagram, Run
from compgraph.render.legend import legend
from compgraph.render.palette import Palette
from compgraph.render.placement import Curve, Layout, Point
from compgraph.render.typesetting import TEXT_SIZE, Bracket, Cell, Text, Typeset, run_width

__all__ = ["Group", "Polygon", "Rectangle", "Scene", "Stroke", "Writing", "label_size", "scene"]

_MARGIN = 16.0
_CORNER = {"variable": 14.0, "operation": 3.0, "constant": 0.0}
_HEAD_WIDTH = 6.0
_INSIDE = 8.0
_LEGEND_GAP = 14.0
_LABEL_HEIGHT = 20.0


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A box from its upper left corner (x, y); without an outline where ``outline`` is None."""

    x: float
    y: float
    width: float
    height: float
    radius: float
    fill: str
    outline: str | None = None
    line_width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points: straight between those of ``line``, then along the Bézier points of ``curve``."""

    line: tuple[Point, ...]
    curve: tuple[Point, ...]
    colour: str
    line_width: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled area."""

    corners: tuple[Point, ...]
    fill: str


@dataclass(frozen=True, slots=True)
class Writing:
    """Runs of text on one baseline; ``anchor`` says which part of them stands at x: start, middle or end."""

    x: float
    y: float
    anchor: str
    runs: tuple[Run, ...]


Shape = Rectangle | Stroke | Polygon | Writing


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that belong together.

    Attributes:
        kind: a word or two for style sheets: ``box variable``, ``arrow``, ``label``, ``legend``, ``sample``.
        place: where the group's (0, 0) is.
        shapes: back to front.
        data: what a script may want to know: ``key`` of a box, ``tail`` and ``head`` of an arrow.
        title: what is told when one points at the group.
    """

    kind: str
    place: Point
    shapes: tuple[Shape, ...]
    data: Mapping[str, str] = field(default_factory=dict)
    title: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture: its size, what it is of, and its groups from back to front: the graph's, then the legend's."""

    width: float
    height: float
    title: str
    graph: tuple[Group, ...]
    legend: tuple[Group, ...]
    palette: Palette


def label_size(text: str) -> tuple[float, float]:
    """Measure what stands on an arrow: width and height, with the room around it.

    >>> label_size("dv/du = 1")[1]
    20.0
    """
    return float(round(run_width(Run(text, "derivative")) + 10)), _LABEL_HEIGHT


def scene(diagram: Diagram, boxes: Mapping[str, Typeset], plan: Layout, palette: Palette) -> Scene:
    """Give every part of a diagram its place and colours.

    >>> from compgraph.render.diagram import Box, Line
    >>> from compgraph.render.palette import LIGHT
    >>> from compgraph.render.typesetting import typeset
    >>> box = Box("n0", "variable", True, (Line((Run("a", "name"),)),), "a")
    >>> whole = scene(Diagram((box,), (), None, (), "one"), {"n0": typeset(box)}, Layout({"n0": (0, 0)}, ()), LIGHT)
    >>> [group.kind for group in (*whole.graph, *whole.legend)]
    ['box variable', 'sample', 'legend']

    Args:
        diagram: what is drawn.
        boxes: each box set in type, by key.
        plan: the places of boxes, arrows and labels.
        palette: the colours.
    """
    left, top, right, bottom = _extent(boxes, plan)
    key = legend(diagram, right - left)
    width = max(right - left, key.width) + 2 * _MARGIN
    graph_height = bottom - top + _LEGEND_GAP if boxes else 0.0
    shift = (_MARGIN - left + (width - 2 * _MARGIN - (right - left)) / 2, _MARGIN - top)
    arrows, labels = [], []
    for arrow, curve in zip(diagram.arrows, plan.curves, strict=True):
        ends = {"tail": arrow.tail, "head": arrow.head}
        arrows.append(Group("arrow", shift, _arrow(curve, palette), ends))
        if arrow.label and curve.label is not None:
            place = (shift[0] + curve.label[0], shift[1] + curve.label[1])
            labels.append(Group("label", place, _label(arrow.label, palette), ends))
    drawn = []
    for box in diagram.boxes:
        x, y = plan.centres[box.key]
        outline = _box(box.kind, boxes[box.key].width, boxes[box.key].height, palette, is_output=box.is_output)
        shapes = [outline, *(_piece(piece, palette) for piece in boxes[box.key].pieces)]
        place = (shift[0] + x, shift[1] + y)
        drawn.append(Group(f"box {box.kind}", place, tuple(shapes), {"key": box.key}, box.description))
    corner = (_MARGIN, _MARGIN + graph_height)
    samples = [
        Group(
            "sample",
            (corner[0] + sample.x, corner[1] + sample.y),
            (_box(sample.kind, sample.width, sample.height, palette, is_output=False),),
        )
        for sample in key.samples
    ]
    texts = Group("legend", corner, tuple(_piece(cell, palette) for cell in key.texts))
    height = graph_height + key.height + 2 * _MARGIN
    return Scene(width, height, diagram.summary, (*arrows, *labels, *drawn), (*samples, texts), palette)


def _extent(boxes: Mapping[str, Typeset], plan: Layout) -> tuple[float, float, float, float]:
    """The left, top, right and bottom of everything that is drawn."""
    points: list[Point] = [point for curve in plan.curves for point in (*curve.points, curve.tip)]
    for key, box in boxes.items():
        x, y = plan.centres[key]
        points += [(x - box.width / 2, y - box.height / 2), (x + box.width / 2, y + box.height / 2)]
    if not points:
        return 0.0, 0.0, 0.0, 0.0
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _box(kind: str, width: float, height: float, palette: Palette, *, is_output: bool) -> Rectangle:
    return Rectangle(
        -width / 2,
        -height / 2,
        width,
        height,
        min(_CORNER[kind], height / 2),
        palette.fill[kind],
        palette.outline[kind],
        2.2 if is_output else 1.2,
        kind == "constant",
    )


def _arrow(curve: Curve, palette: Palette) -> tuple[Shape, ...]:
    (x, y), *rest = curve.points
    away = math.hypot(rest[0][0] - x, rest[0][1] - y) or 1.0
    # begun a little inside the box, which is drawn over it: Graphviz ends a curve where a square corner would be
    inside = (x - _INSIDE * (rest[0][0] - x) / away, y - _INSIDE * (rest[0][1] - y) / away)
    base, tip = curve.points[-1], curve.tip
    length = math.hypot(tip[0] - base[0], tip[1] - base[1]) or 1.0
    across = (
        -(tip[1] - base[1]) / length * _HEAD_WIDTH / 2,
        (tip[0] - base[0]) / length * _HEAD_WIDTH / 2,
    )
    corners = (tip, (base[0] + across[0], base[1] + across[1]), (base[0] - across[0], base[1] - across[1]))
    return Stroke((inside, (x, y)), tuple(rest), palette.arrow, 1.2), Polygon(corners, palette.arrow)


def _label(text: str, palette: Palette) -> tuple[Shape, ...]:
    """A text over its arrow, which the ground behind it interrupts."""
    width, height = label_size(text)
    run = Run(text, "derivative")
    return (
        Rectangle(-width / 2 + 2, -height / 2, width - 4, height, 4.0, palette.ground),
        Writing(0.0, round(0.36 * TEXT_SIZE, 1), "middle", (run,)),
    )


def _piece(piece: Text | Cell | Bracket, palette: Palette) -> Shape:
    if isinstance(piece, Bracket):
        foot = piece.x + piece.feet
        corners = ((foot, piece.top), (piece.x, piece.top), (piece.x, piece.bottom), (foot, piece.bottom))
        return Stroke(corners, (), palette.text[piece.style], 1.0)
    if isinstance(piece, Text):
        return Writing(piece.x, piece.y, "middle", piece.runs)
    return Writing(piece.x, piece.y, "end" if piece.ends else "start", (piece.run,))
