"""The layout of the package's own for a picture with frames: each is laid out by itself, and is one box of the whole.

An arrow that leads into a frame or out of it is drawn in pieces that meet on the frame's border.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compgraph.render.direction import Direction
from compgraph.render.frames import Frame
from compgraph.render.layered import Arrows, Sizes, bend, layered
from compgraph.render.placement import Curve, Layout, Point, Rectangle
from compgraph.render.typesetting import TITLE_HEIGHT, title_width

__all__ = ["framed"]

_MARGIN = 14.0


def framed(
    sizes: Sizes,
    arrows: Arrows,
    direction: Direction = "LR",
    labels: Mapping[int, tuple[float, float]] | None = None,
    frames: Sequence[Frame] = (),
) -> Layout:
    """Lay out boxes, arrows and frames without Graphviz.

    >>> plan = framed({"a": (40, 40), "b": (40, 40)}, [("a", "b")], frames=[Frame("s0", "", ("b",), ())])
    >>> plan.centres, plan.frames
    ({'a': (20.0, 0.0), 'b': (118.0, 5.0)}, {'s0': (84.0, -39.0, 152.0, 39.0)})

    Args:
        sizes: width and height of each box by its key.
        arrows: (tail, head) by key; the graph has no cycles.
        direction: "LR" for left to right, "TB" for top to bottom.
        labels: width and height of what stands on an arrow, by the arrow's place.
        frames: what is drawn around boxes, each with a title above them.
    """
    labels = labels or {}
    if not frames:
        return layered(sizes, arrows, direction, labels)
    inside = {key: frame.key for frame in frames for key in frame.all_boxes}
    outer_sizes = {key: size for key, size in sizes.items() if key not in inside}
    plans: dict[str, Layout] = {}
    corners: dict[str, Point] = {}
    own: dict[str, list[int]] = {frame.key: [] for frame in frames}
    for place, (tail, head) in enumerate(arrows):
        if inside.get(tail) == inside.get(head) is not None:
            own[inside[tail]].append(place)
    for frame in frames:
        places = own[frame.key]
        own_labels = {i: labels[place] for i, place in enumerate(places) if place in labels}
        plan = framed(
            {key: sizes[key] for key in frame.all_boxes},
            [arrows[place] for place in places],
            direction,
            own_labels,
            frame.frames,
        )
        left, top, right, bottom = _extent(plan, sizes, own_labels)
        plans[frame.key], corners[frame.key] = plan, (left - _MARGIN, top - TITLE_HEIGHT)
        width = max(right - left + 2 * _MARGIN, title_width(frame.title))
        outer_sizes[frame.key] = (width, bottom - top + TITLE_HEIGHT + _MARGIN)
    crossing = [i for i, (tail, head) in enumerate(arrows) if inside.get(tail, tail) != inside.get(head, head)]
    outer = layered(
        _ordered(outer_sizes, sizes, inside),
        [(inside.get(arrows[i][0], arrows[i][0]), inside.get(arrows[i][1], arrows[i][1])) for i in crossing],
        direction,
        {place: labels[i] for place, i in enumerate(crossing) if i in labels},
    )
    centres = {key: outer.centres[key] for key in sizes if key not in inside}
    boxes: dict[str, Rectangle] = {}
    curves: dict[int, Curve] = {}
    for frame in frames:
        (x, y), (width, height) = outer.centres[frame.key], outer_sizes[frame.key]
        left, top = x - width / 2, y - height / 2
        boxes[frame.key] = (left, top, left + width, top + height)
        shift = (left - corners[frame.key][0], top - corners[frame.key][1])
        plan = plans[frame.key]
        centres |= {key: _moved(point, shift) for key, point in plan.centres.items()}
        boxes |= {key: (*_moved(box[:2], shift), *_moved(box[2:], shift)) for key, box in plan.frames.items()}
        for place, curve in zip(own[frame.key], plan.curves, strict=True):
            label = None if curve.label is None else _moved(curve.label, shift)
            points = tuple([_moved(point, shift) for point in curve.points])
            curves[place] = Curve(points, _moved(curve.tip, shift), label)
    for place, curve in zip(crossing, outer.curves, strict=True):
        curves[place] = _crossing(curve, arrows[place], inside, centres, sizes, direction)
    return Layout({key: centres[key] for key in sizes}, tuple([curves[i] for i in range(len(arrows))]), frames=boxes)


def _ordered(
    outer: dict[str, tuple[float, float]], sizes: Sizes, inside: Mapping[str, str]
) -> dict[str, tuple[float, float]]:
    """The boxes and frames of the whole in the order of the boxes, a frame in the place of the first of its own."""
    return {key: outer[key] for key in dict.fromkeys(inside.get(key, key) for key in sizes)}


def _extent(plan: Layout, sizes: Sizes, labels: Mapping[int, tuple[float, float]]) -> Rectangle:
    points: list[Point] = [point for curve in plan.curves for point in (*curve.points, curve.tip)]
    for left, top, right, bottom in plan.frames.values():
        points += [(left, top), (right, bottom)]
    middles = [(curve.label, labels[i]) for i, curve in enumerate(plan.curves) if curve.label is not None]
    for (x, y), (width, height) in (*((plan.centres[key], sizes[key]) for key in plan.centres), *middles):
        points += [(x - width / 2, y - height / 2), (x + width / 2, y + height / 2)]
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _moved(point: Sequence[float], shift: Point) -> Point:
    return point[0] + shift[0], point[1] + shift[1]


def _crossing(
    curve: Curve,
    arrow: tuple[str, str],
    inside: Mapping[str, str],
    centres: Mapping[str, Point],
    sizes: Sizes,
    direction: Direction,
) -> Curve:
    """From the box inside to the frame's border, on as the whole has it, and from the border to the box inside."""
    ahead = 0 if direction == "LR" else 1
    tail, head = arrow
    points, tip = list(curve.points), curve.tip
    if tail in inside:
        start = list(centres[tail])
        start[ahead] += sizes[tail][ahead] / 2
        points = [(start[0], start[1]), *bend((start[0], start[1]), points[0], direction), *points[1:]]
    if head in inside:
        end = list(centres[head])
        end[ahead] -= sizes[head][ahead] / 2
        base = list(end)
        base[ahead] -= abs(tip[ahead] - points[-1][ahead])
        points += [*bend(points[-1], tip, direction), *bend(tip, (base[0], base[1]), direction)]
        tip = (end[0], end[1])
    return Curve(tuple(points), tip, curve.label)
