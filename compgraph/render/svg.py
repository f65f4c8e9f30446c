"""A laid-out diagram as SVG text.

All text in it is set here, run by run, in the style of what it says. Colours are attributes and there are no ids, so
that several pictures can stand in one page; ``class`` and ``data-key`` are there for scripts and style sheets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from compgraph.render.diagram import Diagram, Run
from compgraph.render.fonts import FAMILY
from compgraph.render.layout import Curve, Layout, Point
from compgraph.render.legend import Legend, legend
from compgraph.render.palette import LIGHT, Palette
from compgraph.render.typesetting import NAME_SIZE, TEXT_SIZE, Bracket, Cell, Text, Typeset

__all__ = ["svg_text"]

_MARGIN = 16.0
_CORNER = {"variable": 14.0, "operation": 3.0, "constant": 0.0}
_HEAD_WIDTH = 6.0
_INSIDE = 8.0
_LEGEND_GAP = 14.0


def svg_text(diagram: Diagram, boxes: Mapping[str, Typeset], plan: Layout, palette: Palette = LIGHT) -> str:
    """Draw a diagram whose boxes have been set in type and laid out.

    >>> from compgraph.render.diagram import Box, Line
    >>> from compgraph.render.typesetting import typeset
    >>> box = Box("n0", "variable", True, (Line((Run("a & b", "name"),)),), "a & b")
    >>> text = svg_text(Diagram((box,), (), None, (), "one"), {"n0": typeset(box)}, Layout({"n0": (0, 0)}, ()))
    >>> text.startswith("<svg"), "a &amp; b" in text
    (True, True)

    Args:
        diagram: what is drawn.
        boxes: each box set in type, by key.
        plan: the places of boxes and arrows.
        palette: the colours.
    """
    left, top, right, bottom = _extent(boxes, plan)
    key = legend(diagram, right - left)
    width = max(right - left, key.width) + 2 * _MARGIN
    graph_height = bottom - top + _LEGEND_GAP if boxes else 0.0
    height = graph_height + key.height + 2 * _MARGIN
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": _n(width),
            "height": _n(height),
            "viewBox": f"0 0 {_n(width)} {_n(height)}",
            "role": "img",
            "font-family": FAMILY,
            "font-size": _n(TEXT_SIZE),
        },
    )
    SubElement(svg, "title").text = diagram.summary
    SubElement(svg, "rect", {"class": "ground", "width": "100%", "height": "100%", "fill": palette.ground})
    shift = (_MARGIN - left + (width - 2 * _MARGIN - (right - left)) / 2, _MARGIN - top)
    graph = SubElement(svg, "g", {"class": "graph", "transform": _translate(*shift)})
    for arrow, curve in zip(diagram.arrows, plan.curves, strict=True):
        group = SubElement(graph, "g", {"class": "arrow", "data-tail": arrow.tail, "data-head": arrow.head})
        _arrow(group, curve, palette)
    for box in diagram.boxes:
        x, y = plan.centres[box.key]
        group = SubElement(graph, "g", {"class": f"box {box.kind}", "data-key": box.key, "transform": _translate(x, y)})
        SubElement(group, "title").text = box.description
        _box(group, box.kind, boxes[box.key].width, boxes[box.key].height, palette, is_output=box.is_output)
        for piece in boxes[box.key].pieces:
            _piece(group, piece, palette)
    below = SubElement(svg, "g", {"class": "legend", "transform": _translate(_MARGIN, _MARGIN + graph_height)})
    _legend(below, key, palette)
    ElementTree.indent(svg, " ")
    return ElementTree.tostring(_unindented_text(svg), encoding="unicode") + "\n"


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


def _box(group: Element, kind: str, width: float, height: float, palette: Palette, *, is_output: bool) -> None:
    attributes = {
        "x": _n(-width / 2),
        "y": _n(-height / 2),
        "width": _n(width),
        "height": _n(height),
        "rx": _n(min(_CORNER[kind], height / 2)),
        "fill": palette.fill[kind],
        "stroke": palette.outline[kind],
        "stroke-width": "2.2" if is_output else "1.2",
    }
    if kind == "constant":
        attributes["stroke-dasharray"] = "3 2"
    SubElement(group, "rect", attributes)


def _arrow(group: Element, curve: Curve, palette: Palette) -> None:
    (x, y), *rest = curve.points
    away = math.hypot(rest[0][0] - x, rest[0][1] - y) or 1.0
    # begun a little inside the box, which is drawn over it: Graphviz ends a curve where a square corner would be
    inside = (x - _INSIDE * (rest[0][0] - x) / away, y - _INSIDE * (rest[0][1] - y) / away)
    path = f"M{_n(inside[0])},{_n(inside[1])}L{_n(x)},{_n(y)}C" + " ".join(f"{_n(x)},{_n(y)}" for x, y in rest)
    SubElement(group, "path", {"d": path, "fill": "none", "stroke": palette.arrow, "stroke-width": "1.2"})
    base, tip = curve.points[-1], curve.tip
    length = math.hypot(tip[0] - base[0], tip[1] - base[1]) or 1.0
    across = (
        -(tip[1] - base[1]) / length * _HEAD_WIDTH / 2,
        (tip[0] - base[0]) / length * _HEAD_WIDTH / 2,
    )
    corners = (tip, (base[0] + across[0], base[1] + across[1]), (base[0] - across[0], base[1] - across[1]))
    SubElement(group, "polygon", {"points": " ".join(f"{_n(x)},{_n(y)}" for x, y in corners), "fill": palette.arrow})


def _piece(group: Element, piece: Text | Cell | Bracket, palette: Palette) -> None:
    if isinstance(piece, Bracket):
        foot = _n(piece.x + piece.feet)
        path = f"M{foot},{_n(piece.top)}H{_n(piece.x)}V{_n(piece.bottom)}H{foot}"
        SubElement(group, "path", {"d": path, "fill": "none", "stroke": palette.text[piece.style]})
    elif isinstance(piece, Text):
        _text(group, piece.x, piece.y, piece.runs, "middle", palette)
    else:
        _text(group, piece.x, piece.y, (piece.run,), "end" if piece.ends else "start", palette)


def _text(group: Element, x: float, y: float, runs: tuple[Run, ...], anchor: str, palette: Palette) -> None:
    text = SubElement(group, "text", {"x": _n(x), "y": _n(y), "xml:space": "preserve"})
    if anchor != "start":
        text.set("text-anchor", anchor)
    for run in runs:
        part = text if len(runs) == 1 else SubElement(text, "tspan")
        part.set("class", run.style)
        part.set("fill", palette.text[run.style])
        if run.style == "name":
            part.set("font-weight", "bold")
            part.set("font-size", _n(NAME_SIZE))
        part.text = run.text


def _legend(group: Element, key: Legend, palette: Palette) -> None:
    for sample in key.samples:
        swatch = SubElement(group, "g", {"transform": _translate(sample.x, sample.y)})
        _box(swatch, sample.kind, sample.width, sample.height, palette, is_output=False)
    for cell in key.texts:
        _piece(group, cell, palette)


def _unindented_text(svg: Element) -> Element:
    """Take indentation back out of the texts, where spaces are part of what is said."""
    for text in svg.iter("text"):
        if len(text):
            text.text = None
        for part in text:
            part.tail = None
    return svg


def _translate(x: float, y: float) -> str:
    return f"translate({_n(x)},{_n(y)})"


def _n(x: float) -> str:
    return f"{round(x, 2) + 0.0:.10g}"
