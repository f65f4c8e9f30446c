"""A diagram as DOT text, the language of Graphviz."""

from __future__ import annotations

import graphviz

from compgraph.render.contents import Diagram, box_text
from compgraph.render.direction import Direction
from compgraph.render.frames import Frame
from compgraph.render.palette import LIGHT, Palette

__all__ = ["dot_text"]

_STYLES = {"variable": "rounded,filled", "operation": "filled", "constant": "filled,dashed", "folded": "filled"}


def dot_text(diagram: Diagram, direction: Direction = "LR", palette: Palette = LIGHT) -> str:
    r"""Write a diagram in DOT, for Graphviz and the programs that read its language.

    >>> from compgraph.render.contents import Box, Line, Run
    >>> box = Box("n0", "variable", True, (Line((Run('a "b" <c>', "name"),)), Line((Run("5", "value"),))), "")
    >>> print(dot_text(Diagram((box,), (), None, (), "")))
    digraph compgraph {
        graph [bgcolor="#ffffff" fontname="DejaVu Sans" fontsize=13 rankdir=LR]
        node [fontcolor="#14181c" fontname="DejaVu Sans" fontsize=13 margin="0.17,0.08" shape=box]
        edge [arrowsize=0.8 color="#6a747d" fontcolor="#b3430a" fontname="DejaVu Sans" fontsize=13]
        n0 [label="a \"b\" <c>\n5" color="#00805c" fillcolor="#e3f3ec" penwidth=2 style="rounded,filled"]
    }
    <BLANKLINE>

    Args:
        diagram: what to draw.
        direction: "LR" to draw from left to right, "TB" from top to bottom.
        palette: the colours of boxes and arrows; text has one colour in DOT's plain labels.
    """
    font = {"fontname": "DejaVu Sans", "fontsize": "13"}
    graph = graphviz.Digraph("compgraph")
    graph.attr("graph", rankdir=direction, bgcolor=palette.ground, **font)
    graph.attr("node", shape="box", margin="0.17,0.08", fontcolor=palette.text["plain"], **font)
    graph.attr("edge", color=palette.arrow, arrowsize="0.8", fontcolor=palette.text["derivative"], **font)
    for box in diagram.boxes:
        graph.node(
            box.key,
            _label(box_text(box)),
            style=_STYLES[box.kind],
            fillcolor=palette.fill[box.kind],
            color=palette.outline[box.kind],
            penwidth="2" if box.is_output else "1",
            peripheries="2" if box.kind == "folded" else None,
        )
    for arrow in diagram.arrows:
        graph.edge(arrow.tail, arrow.head, _label([arrow.label]) if arrow.label else None)
    for frame in diagram.frames:
        _cluster(graph, frame, palette)
    if diagram.notes:
        graph.attr("graph", label=_label(diagram.notes), labelloc="b")
    return str(graph.source).expandtabs(4)


def _cluster(graph: graphviz.Digraph, frame: Frame, palette: Palette) -> None:
    with graph.subgraph(name=f"cluster_{frame.key}") as cluster:
        colour = {"color": palette.outline["folded"], "fontcolor": palette.text["scope"]}
        cluster.attr("graph", label=_label([frame.title]), labeljust="l", style="rounded", **colour)
        for key in frame.boxes:
            cluster.node(key)
        for inner in frame.frames:
            _cluster(cluster, inner, palette)


def _label(lines: list[str] | tuple[str, ...]) -> graphviz.quoting.NoHtml:
    """The lines as one label; Graphviz reads backslashes and entities such as ``&lt;`` in it, and tags around it."""
    escaped = [graphviz.escape(line.replace("&", "&amp;")) for line in lines]
    return graphviz.nohtml("\\n".join(escaped))
