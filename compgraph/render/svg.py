"""A picture as SVG text.

Colours are attributes and there are no ids, so that several pictures can stand in one page; ``class`` and ``data-``
attributes are there for scripts and style sheets.
"""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from compgraph.render.fonts import FAMILY
from compgraph.render.palette import Palette
from compgraph.render.placement import Point
from compgraph.render.scene import Group, Polygon, Rectangle, Scene, Stroke, Writing
from compgraph.render.typesetting import NAME_SIZE, TEXT_SIZE

__all__ = ["svg_text"]


def svg_text(scene: Scene) -> str:
    """Write a picture as SVG.

    >>> from compgraph.render.contents import Run
    >>> from compgraph.render.palette import LIGHT
    >>> text = Writing(0.0, 0.0, "start", (Run("a & b", "name"),))
    >>> svg = svg_text(Scene(40.0, 20.0, "one", (Group("box", (5.0, 5.0), (text,)),), (), LIGHT))
    >>> svg.startswith("<svg"), "a &amp; b" in svg
    (True, True)

    Args:
        scene: shapes and texts with their places and colours.
    """
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": _n(scene.width),
            "height": _n(scene.height),
            "viewBox": f"0 0 {_n(scene.width)} {_n(scene.height)}",
            "role": "img",
            "font-family": FAMILY,
            "font-size": _n(TEXT_SIZE),
        },
    )
    SubElement(svg, "title").text = scene.title
    SubElement(svg, "rect", {"class": "ground", "width": "100%", "height": "100%", "fill": scene.palette.ground})
    graph = SubElement(svg, "g", {"class": "graph"})
    for group in scene.graph:
        _group(graph, group, scene.palette)
    for group in scene.legend:
        _group(svg, group, scene.palette)
    ElementTree.indent(svg, " ")
    return ElementTree.tostring(_unindented_text(svg), encoding="unicode") + "\n"


def _group(parent: Element, group: Group, palette: Palette) -> None:
    data = {f"data-{name}": value for name, value in group.data.items()}
    place = f"translate({_pair(group.place)})"
    element = SubElement(parent, "g", {"class": group.kind, **data, "transform": place})
    if group.title:
        SubElement(element, "title").text = group.title
    for shape in group.shapes:
        match shape:
            case Rectangle():
                _rectangle(element, shape)
            case Stroke():
                _stroke(element, shape)
            case Polygon():
                corners = " ".join(map(_pair, shape.corners))
                SubElement(element, "polygon", {"points": corners, "fill": shape.fill})
            case Writing():
                _writing(element, shape, palette)


def _rectangle(parent: Element, box: Rectangle) -> None:
    attributes = {
        "x": _n(box.x),
        "y": _n(box.y),
        "width": _n(box.width),
        "height": _n(box.height),
        "rx": _n(box.radius),
        "fill": box.fill,
    }
    if box.outline is not None:
        attributes |= {"stroke": box.outline, "stroke-width": _n(box.line_width)}
    elif not box.radius:
        attributes["shape-rendering"] = "crispEdges"  # no seams between the squares of a heat map
    if box.dashed:
        attributes["stroke-dasharray"] = "3 2"
    SubElement(parent, "rect", attributes)


def _stroke(parent: Element, stroke: Stroke) -> None:
    path = "M" + "L".join(map(_pair, stroke.line))
    if stroke.curve:
        path += "C" + " ".join(map(_pair, stroke.curve))
    width = _n(stroke.line_width)
    SubElement(parent, "path", {"d": path, "fill": "none", "stroke": stroke.colour, "stroke-width": width})


def _writing(parent: Element, writing: Writing, palette: Palette) -> None:
    text = SubElement(parent, "text", {"x": _n(writing.x), "y": _n(writing.y), "xml:space": "preserve"})
    if writing.anchor != "start":
        text.set("text-anchor", writing.anchor)
    for run in writing.runs:
        part = text if len(writing.runs) == 1 else SubElement(text, "tspan")
        part.set("class", run.style)
        part.set("fill", palette.text[run.style])
        if run.style == "name":
            part.set("font-weight", "bold")
            part.set("font-size", _n(NAME_SIZE))
        part.text = run.text


def _unindented_text(svg: Element) -> Element:
    """Take indentation back out of the texts, where spaces are part of what is said."""
    for text in svg.iter("text"):
        if len(text):
            text.text = None
        for part in text:
            part.tail = None
    return svg


def _pair(point: Point) -> str:
    return f"{_n(point[0])},{_n(point[1])}"


def _n(x: float) -> str:
    return f"{round(x, 2) + 0.0:.10g}"
