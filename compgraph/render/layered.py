"""A layout in layers of the package's own, for where there is no Graphviz or a graph is too large for it.

Each box stands one layer after the last of its operands; inside a layer the boxes are ordered by where their
neighbours stand (the barycentre heuristic of Sugiyama, Tagawa & Toda, 1981) and moved as little as keeps them apart.
An arrow past a few layers is led between their boxes, a longer one behind them. A long graph is broken into rows, as a
text is into lines. Time is n log n.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from compgraph.render.direction import Direction
from compgraph.render.placement import Curve, Layout, Point

__all__ = ["Arrows", "Sizes", "bend", "layered", "layers"]

_BETWEEN_BOXES = 22.0
_BETWEEN_LAYERS = 44.0
_BETWEEN_ROWS = 60.0
_BESIDE_LABEL = 30.0
_HEAD = 9.0
_PORTS = 22.0
_ROUNDS = 3
_LONGEST_ROW = 8_000.0
_SHAPE_OF_ROWS = 1.5
_LONGEST_WAY = 12
_LANE = 6.0
_LIGHT = 0.02

Sizes = Mapping[str, tuple[float, float]]
Arrows = Sequence[tuple[str, str]]


def layered(
    sizes: Sizes,
    arrows: Arrows,
    direction: Direction = "LR",
    labels: Mapping[int, tuple[float, float]] | None = None,
) -> Layout:
    """Lay out boxes and arrows without Graphviz.

    >>> plan = layered({"a": (40, 40), "b": (40, 40)}, [("a", "b")])
    >>> plan.centres
    {'a': (20.0, 0.0), 'b': (104.0, 0.0)}

    Args:
        sizes: width and height of each box by its key.
        arrows: (tail, head) by key; the graph has no cycles.
        direction: "LR" for left to right, "TB" for top to bottom.
        labels: width and height of what stands on an arrow, by the arrow's place.
    """
    across = {key: size[direction == "LR"] for key, size in sizes.items()}
    along = {key: size[direction == "TB"] for key, size in sizes.items()}
    label_lengths = {place: size[direction == "TB"] for place, size in (labels or {}).items()}
    stack = layers(list(sizes), arrows)
    gaps = _gaps(stack, arrows, label_lengths)
    ways = _ways(stack, arrows, along, across)
    steps = [pair for i, (tail, head) in enumerate(arrows) for pair in pairwise((tail, *ways[i], head))]
    sideways = _sideways(stack, steps, across)
    ahead, row_of, layer_ends = _rows(stack, gaps, along, across, sideways)
    curves = _curves(arrows, ways, ahead, sideways, along, across, row_of, layer_ends, set(label_lengths))
    if direction == "LR":
        return Layout({key: (ahead[key], sideways[key]) for key in sizes}, curves)
    turned = [Curve(tuple((y, x) for x, y in c.points), c.tip[::-1], c.label and c.label[::-1]) for c in curves]
    return Layout({key: (sideways[key], ahead[key]) for key in sizes}, tuple(turned))


def layers(keys: list[str], arrows: Arrows) -> list[list[str]]:
    """Put each box one layer after the last of its operands, and one without operands just before its first use.

    >>> layers(["a", "b", "c", "d"], [("a", "b"), ("b", "c"), ("d", "c")])
    [['a'], ['b', 'd'], ['c']]
    """
    heads: dict[str, list[str]] = {key: [] for key in keys}
    missing = dict.fromkeys(keys, 0)
    for tail, head in arrows:
        heads[tail].append(head)
        missing[head] += 1
    layer = dict.fromkeys(keys, 0)
    sources = [key for key in keys if not missing[key]]
    ready = list(sources)
    for key in ready:  # which grows as it is walked
        for head in heads[key]:
            layer[head] = max(layer[head], layer[key] + 1)
            missing[head] -= 1
            if not missing[head]:
                ready.append(head)
    for key in sources:
        layer[key] = min((layer[head] - 1 for head in heads[key]), default=0)
    found: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for key in keys:
        found[layer[key]].append(key)
    return [keys_of for keys_of in found if keys_of]


def _ways(
    stack: list[list[str]], arrows: Arrows, along: dict[str, float], across: dict[str, float]
) -> list[tuple[str, ...]]:
    """The lanes that an arrow takes through the layers between its ends; puts them into the layers beside the boxes."""
    layer_of = {key: i for i, keys in enumerate(stack) for key in keys}
    thick = [max(along[key] for key in keys) for keys in stack]
    ways: list[tuple[str, ...]] = []
    for place, (tail, head) in enumerate(arrows):
        between = range(layer_of[tail] + 1, layer_of[head])
        lanes = [f"lane {place} {i}" for i in between] if len(between) <= _LONGEST_WAY else []
        for i, lane in zip(between, lanes, strict=False):
            stack[i].append(lane)
            along[lane], across[lane] = thick[i], _LANE
        ways.append(tuple(lanes))
    return ways


def _sideways(stack: list[list[str]], arrows: Arrows, across: Mapping[str, float]) -> dict[str, float]:
    """Where each box stands across the direction of the arrows; reorders the layers."""
    before: dict[str, list[str]] = {key: [] for keys in stack for key in keys}
    after: dict[str, list[str]] = {key: [] for key in before}
    for tail, head in arrows:
        before[head].append(tail)
        after[tail].append(head)
    # what is used once and made of nothing, a constant mostly, stands aside for the others
    weights = {key: 1.0 if before[key] or len(after[key]) > 1 else _LIGHT for key in before}
    place = dict.fromkeys(before, 0.0)
    for keys in stack:
        _settle(keys, [0.0] * len(keys), weights, across, place)
    for step in range(2 * _ROUNDS + 1):
        neighbours = after if step % 2 == 0 else before
        for keys in reversed(stack) if step % 2 == 0 else stack:
            wished = {
                key: sum(place[other] for other in neighbours[key]) / len(neighbours[key])
                if neighbours[key]
                else place[key]
                for key in keys
            }
            keys.sort(key=wished.__getitem__)
            _settle(keys, [wished[key] for key in keys], weights, across, place)
    return place


def _settle(
    keys: list[str],
    wished: list[float],
    weights: Mapping[str, float],
    across: Mapping[str, float],
    place: dict[str, float],
) -> None:
    """Move boxes in their order as little as possible from where they wish to be, until none touches the next.

    Less the room that those before it take, each wish is a number, and the numbers have to ascend: the closest that do
    (in squares) are found by pooling neighbours that are out of order.
    """
    room = list(accumulate((across[key] + _BETWEEN_BOXES for key in keys), initial=0.0))
    offsets = [room[i] + across[key] / 2 for i, key in enumerate(keys)]
    pools: list[tuple[float, float, int]] = []  # sum of the weighted wishes, of the weights, and how many they are
    for key, wish, offset in zip(keys, wished, offsets, strict=True):
        weight, count = weights[key], 1
        total = weight * (wish - offset)
        while pools and pools[-1][0] * weight >= total * pools[-1][1]:
            last = pools.pop()
            total, weight, count = total + last[0], weight + last[1], count + last[2]
        pools.append((total, weight, count))
    settled = [total / weight for total, weight, count in pools for _ in range(count)]
    for key, offset, base in zip(keys, offsets, settled, strict=True):
        place[key] = base + offset


def _gaps(stack: list[list[str]], arrows: Arrows, label_lengths: Mapping[int, float]) -> list[float]:
    """The room before each layer: as much as the labels of the arrows into it take."""
    layer_of = {key: i for i, keys in enumerate(stack) for key in keys}
    gaps = [_BETWEEN_LAYERS] * len(stack)
    for place, length in label_lengths.items():
        i = layer_of[arrows[place][1]]
        gaps[i] = max(gaps[i], length + _BESIDE_LABEL)
    return gaps


def _rows(
    stack: list[list[str]],
    gaps: list[float],
    along: Mapping[str, float],
    across: Mapping[str, float],
    sideways: dict[str, float],
) -> tuple[dict[str, float], dict[str, tuple[int, float]], dict[str, tuple[float, float]]]:
    """How far ahead each box stands, in rows where one would be too long, and for each box its row and the row's
    upper edge, and from where to where its layer reaches; moves the boxes of later rows sideways."""
    thick = [max(along[key] for key in keys) for keys in stack]
    low = [min(sideways[key] - across[key] / 2 for key in keys) for keys in stack]
    high = [max(sideways[key] + across[key] / 2 for key in keys) for keys in stack]
    length = sum(thick) + sum(gaps)
    longest = math.inf
    if length > _LONGEST_ROW:
        typical = sum(h - b for h, b in zip(high, low, strict=True)) / len(stack) + _BETWEEN_ROWS
        longest = max(_LONGEST_ROW, math.sqrt(_SHAPE_OF_ROWS * length * typical))
    rows: list[list[int]] = []
    end = math.inf
    for i, size in enumerate(thick):
        if end + gaps[i] + size > longest or not rows:
            rows.append([])
            end = -gaps[i]
        rows[-1].append(i)
        end += gaps[i] + size
    ahead: dict[str, float] = {}
    row_of: dict[str, tuple[int, float]] = {}
    layer_ends: dict[str, tuple[float, float]] = {}
    floor = min(low[i] for i in rows[0]) if rows else 0.0
    for number, row in enumerate(rows):
        top, edge = min(low[i] for i in row), -gaps[row[0]]
        lift = floor - top
        for i in row:
            edge += gaps[i] + thick[i]
            for key in stack[i]:
                ahead[key] = edge - thick[i] / 2
                sideways[key] += lift
                row_of[key] = (number, floor)
                layer_ends[key] = (edge - thick[i], edge)
        floor += max(high[i] for i in row) - top + _BETWEEN_ROWS
    return ahead, row_of, layer_ends


def _curves(
    arrows: Arrows,
    ways: list[tuple[str, ...]],
    ahead: Mapping[str, float],
    sideways: Mapping[str, float],
    along: Mapping[str, float],
    across: Mapping[str, float],
    row_of: Mapping[str, tuple[int, float]],
    layer_ends: Mapping[str, tuple[float, float]],
    labelled: set[int],
) -> tuple[Curve, ...]:
    order = sorted(range(len(arrows)), key=lambda i: (sideways[arrows[i][0]], sideways[arrows[i][1]], i))
    into = _ports(order, [head for _, head in arrows], across)
    order.sort(key=lambda i: (sideways[arrows[i][1]], sideways[arrows[i][0]], i))
    out_of = _ports(order, [tail for tail, _ in arrows], across)
    curves = []
    for i, (tail, head) in enumerate(arrows):
        start = (ahead[tail] + along[tail] / 2, sideways[tail] + out_of[i])
        tip = (ahead[head] - along[head] / 2, sideways[head] + into[i])
        base = (tip[0] - _HEAD, tip[1])
        row, top = row_of[head]
        if row == row_of[tail][0]:
            stops = [(ahead[lane], sideways[lane], along[lane] / 2) for lane in ways[i]]
            # straight ahead until past the thickest box of the layer, and from before the thickest of the other
            out, back = (layer_ends[tail][1], start[1]), (layer_ends[head][0] - _HEAD, base[1])
            points = (start, *_straight(start, out), *_way(out, stops, back)[1:], *_straight(back, base))
        else:
            points = _row_change(start, base, top - _BETWEEN_ROWS / 2)
        curves.append(Curve(points, tip, _middle(points) if i in labelled else None))
    return tuple(curves)


def _ports(order: list[int], ends: list[str], across: Mapping[str, float]) -> dict[int, float]:
    """Where on the side of its box each arrow ends: apart from the others there, in the given order."""
    at: dict[str, list[int]] = {}
    for i in order:
        at.setdefault(ends[i], []).append(i)
    ports: dict[int, float] = {}
    for key, places in at.items():
        step = min(_PORTS, 0.8 * across[key] / len(places))
        for k, i in enumerate(places):
            ports[i] = step * (k - (len(places) - 1) / 2)
    return ports


def _way(start: Point, lanes: list[tuple[float, float, float]], base: Point) -> tuple[Point, ...]:
    """A curve to each lane, given by its middle and half its length, straight through it, and a curve to the end."""
    points = [start]
    for x, y, half in lanes:
        points += [*bend(points[-1], (x - half, y)), (x, y), (x, y), (x + half, y)]
    return (*points, *bend(points[-1], base))


def _straight(start: Point, end: Point) -> tuple[Point, ...]:
    return (start, end, end) if end[0] - start[0] > 1 else ()


def bend(start: Point, end: Point, direction: Direction = "LR") -> tuple[Point, Point, Point]:
    """The rest of a curve that leaves a point straight ahead and comes straight ahead to another.

    >>> bend((0, 0), (10, 4))
    ((5.0, 0), (5.0, 4), (10, 4))
    """
    if direction == "TB":
        reach = (end[1] - start[1]) / 2
        return (start[0], start[1] + reach), (end[0], end[1] - reach), end
    reach = (end[0] - start[0]) / 2
    return (start[0] + reach, start[1]), (end[0] - reach, end[1]), end


def _row_change(start: Point, base: Point, between: float) -> tuple[Point, ...]:
    """Out to the right, back between the rows, and in from the left."""
    right, left = start[0] + _BETWEEN_LAYERS / 2, base[0] - _BETWEEN_LAYERS / 2
    return (
        *(start, (right, start[1]), (right, between)),
        *((start[0], between), (start[0], between), (base[0], between)),
        *((base[0], between), (left, between), (left, base[1])),
        base,
    )


def _middle(points: tuple[Point, ...]) -> Point:
    """The middle of the middle piece."""
    first = 3 * ((len(points) - 1) // 3 // 2)
    a, b, c, d = points[first : first + 4]
    return (a[0] + 3 * b[0] + 3 * c[0] + d[0]) / 8, (a[1] + 3 * b[1] + 3 * c[1] + d[1]) / 8
