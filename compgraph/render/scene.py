"""A laid-out picture as shapes and texts with places and colours: what SVG, PDF and TikZ each write in their own words.

Lengths are pixels from the upper left corner, y growing downward; a group's shapes are placed from the group's own
point.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from compgraph.render.contents import Diagram, Run
from compgraph.render.frames import Frame
from compgraph.render.legend import legend
from compgraph.render.palette import Palette
from compgraph.render.placement import Curve, Layout, Point
from compgraph.render.typesetting import (
    TEXT_SIZE,
    TITLE_MARGIN,
    Bracket,
    Cell,
    Place,
    Text,
    Typeset,
    run_width,
    title_width,
)

__all__ = ["Group", "Polygon", "Rectangle", "Scene", "Stroke", "Writing", "label_size", "scene"]

_MARGIN = 16.0
_CORNER = {"variable": 14.0, "operation": 3.0, "constant": 0.0, "folded": 3.0}
_STACKED = 4.0
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
        kind: a word or two for style sheets: ``scope``, ``title`` of one, ``box variable``, ``arrow``,
            ``label``, ``legend``, ``sample``.
        place: where the group's (0, 0) is.
        shapes: back to front.
        data: what a script may want to know: ``key`` of a box or scope, ``tail`` and ``head`` of an arrow.
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

    >>> from compgraph.render.contents import Box, Line
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
    frames, titles = _frames(diagram.frames, plan, shift, palette)
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
        width_height = boxes[box.key].width, boxes[box.key].height
        shapes: list[Shape] = [*_box(box.kind, *width_height, palette, is_output=box.is_output)]
        for piece in boxes[box.key].pieces:
            shapes += _sketch(piece, palette) if isinstance(piece, Place) else [_piece(piece, palette)]
        place = (shift[0] + x, shift[1] + y)
        drawn.append(Group(f"box {box.kind}", place, tuple(shapes), {"key": box.key}, box.description))
    corner = (_MARGIN, _MARGIN + graph_height)
    samples = [
        Group(
            "sample",
            (corner[0] + sample.x, corner[1] + sample.y),
            _box(sample.kind, sample.width, sample.height, palette, is_output=False),
        )
        for sample in key.samples
    ]
    texts = Group("legend", corner, tuple(_piece(cell, palette) for cell in key.texts))
    height = graph_height + key.height + 2 * _MARGIN
    return Scene(
        width, height, diagram.summary, (*frames, *arrows, *titles, *labels, *drawn), (*samples, texts), palette
    )


def _extent(boxes: Mapping[str, Typeset], plan: Layout) -> tuple[float, float, float, float]:
    """The left, top, right and bottom of everything that is drawn."""
    points: list[Point] = [point for curve in plan.curves for point in (*curve.points, curve.tip)]
    for left, top, right, bottom in plan.frames.values():
        points += [(left, top), (right, bottom)]
    for key, box in boxes.items():
        x, y = plan.centres[key]
        points += [(x - box.width / 2, y - box.height / 2), (x + box.width / 2, y + box.height / 2)]
    if not points:
        return 0.0, 0.0, 0.0, 0.0
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _box(kind: str, width: float, height: float, palette: Palette, *, is_output: bool) -> tuple[Rectangle, ...]:
    """The outline of a box; one that is folded lies on others."""
    front = Rectangle(
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
    if kind != "folded":
        return (front,)
    step = min(_STACKED, height / 5)
    front = replace(front, y=front.y + step, width=width - step, height=height - step)
    return replace(front, x=front.x + step, y=front.y - step), front


def _frames(frames: Iterable[Frame], plan: Layout, shift: Point, palette: Palette) -> tuple[list[Group], list[Group]]:
    """The scopes that are drawn open, outer ones behind inner ones, and their titles, which arrows may not cross."""
    outlines: list[Group] = []
    titles: list[Group] = []
    for frame in frames:
        left, top, right, bottom = plan.frames[frame.key]
        around = Rectangle(0.0, 0.0, right - left, bottom - top, 6.0, palette.ground, palette.outline["folded"])
        place = (shift[0] + left, shift[1] + top)
        outlines.append(Group("scope", place, (around,), {"key": frame.key}, f"scope {frame.title}"))
        behind = Rectangle(4.0, 3.0, title_width(frame.title) - 8.0, 17.0, 4.0, palette.ground)
        title = Writing(TITLE_MARGIN, 16.0, "start", (Run(frame.title, "scope"),))
        titles.append(Group("title", place, (behind, title), {"key": frame.key}))
        inner = _frames(frame.frames, plan, shift, palette)
        outlines += inner[0]
        titles += inner[1]
    return outlines, titles


def _sketch(place: Place, palette: Palette) -> list[Shape]:
    """A heat map as squares, of which those alike in a row are one, or a histogram as bars on a line."""
    rows = place.sketch.cells
    wide, tall = place.width / len(rows[0]), place.height / len(rows)
    shapes: list[Shape] = []
    if place.sketch.kind == "heatmap":
        for y, row in enumerate(rows):
            x = 0
            for part, alike in groupby(row):
                many = len(list(alike))
                left, top = place.x + x * wide, place.y + y * tall
                shapes.append(Rectangle(left, top, many * wide, tall, 0.0, palette.shade(part)))
                x += many
        corners = ((0.0, 0.0), (place.width, 0.0), (place.width, place.height), (0.0, place.height), (0.0, 0.0))
        around = tuple([(place.x + x, place.y + y) for x, y in corners])
        return [*shapes, Stroke(around, (), palette.arrow, 0.6)]
    floor = place.y + place.height
    for x, part in enumerate(rows[0]):
        if part:
            shapes.append(
                Rectangle(
                    place.x + x * wide,
                    floor - part * tall,
                    wide - 1,
                    part * tall,
                    0.0,
                    palette.text[place.sketch.style],
                )
            )
    shapes.append(Stroke(((place.x, floor), (place.x + place.width, floor)), (), palette.arrow, 1.0))
    if place.sketch.zero is not None:
        zero = place.x + place.sketch.zero * place.width
        shapes.append(Stroke(((zero, place.y), (zero, floor + 3)), (), palette.arrow, 1.0))
    return shapes


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
