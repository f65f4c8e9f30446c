"""Where a cost has kinks near a point: there it has several slopes, and a nudge across one measures none of them.

The numeric derivative at a kink, or within a nudge of one, contradicts every gradient however right it is. So before a
contradiction means anything, the tape of the cost is searched for ops with kinks: each says how far its inputs are from
one, as a number that is zero there (x for relu, x - y for maximum). How far that number moves when the leaves are
nudged is measured: the tape is computed again at points nearby.

What a tape cannot tell is a kink of the person's own making, by a comparison: ``z * (z > 0)`` and ``np.where(z > 0, z,
0)`` are recorded as products and choices by constants. The error estimates of compgraph.check.numeric see those.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.check.numeric import entry_sizes, relative_step
from compgraph.nested import flatten, unflatten
from compgraph.node import Node
from compgraph.rules.norms import euclidean, p_norm
from compgraph.silence import silently
from compgraph.tape import Tape

__all__ = ["Kink", "kinks_near", "nudged_point"]

SAMPLES = 8
"""So many points nearby: that none moves an entry as far as one nudge alone would is less than one in 2⁸."""

SAFETY = 2
"""Times the largest movement seen, within which a kink counts as near."""

NUDGE = 1e-3
"""How far a point is moved for a second look: far beyond the steps of a numeric slope."""


class Kink(NamedTuple):
    """An entry of a graph that is at a kink, or so close to one that nudges cross it.

    Attributes:
        node: the node whose op has the kink.
        op: the op's name, such as ``relu``.
        entry: which entry it is: the index in the op's input; of an op with a kink where its result is 0, as a norm,
            the index in the result.
        distance: how far from the kink, in units of what the op compares.
        reach: how far nudges may move that.
        source: the name of the op's input if it has one.
        message: the same in words, such as ``Z1[0,3] is 0, where relu has its kink``.
    """

    node: Node
    op: str
    entry: tuple[int, ...]
    distance: float
    reach: float
    source: str | None
    message: str


class Margin(NamedTuple):
    """How far something of a node is from a kink, entry by entry.

    Attributes:
        of: from the values of the node's inputs and its own to an array that is zero at a kink.
        entry: from the index in that array to that of the entry it is about.
        words: from the same index and the distance to the message.
    """

    of: Callable[[Sequence[Any], Any], Any]
    entry: Callable[[tuple[int, ...]], tuple[int, ...]]
    words: Callable[[tuple[int, ...], float], str]


@silently("divide", "over", "invalid")
def kinks_near(
    output: Node,
    *,
    step: float | Mapping[Node, Any] | None = None,
    names: Mapping[Node, str] | None = None,
    most: int = 20,
    rng: np.random.Generator | None = None,
) -> list[Kink]:
    """Return the kinks that nudges of the leaves of a graph may cross, the closest first.

    >>> import compgraph as cg
    >>> w = cg.Variable([[1.0, -1.0]], name="w")
    >>> z = w @ np.array([[1.0, 2.0], [1.0, 3.0]])
    >>> for kink in kinks_near(np.sum(cg.relu(z)), names={z: "Z1"}):
    ...     print(kink.message)
    Z1[0,0] is 0, where relu has its kink

    Args:
        output: the node of the cost.
        step: how far the leaves are nudged: a part of their entries' size (see
            :func:`compgraph.check.numeric.entry_sizes`), by default that of the widest nudges of a numeric slope; or
            for some leaves the distance itself, of a shape that broadcasts to the leaf's: the others stay.
        names: what nodes are called, where that is not ``node.name``.
        most: return at most so many.
        rng: the source of the nudges; by default always the same ones.

    Returns:
        The kinks whose distance is at most what nudges of all entries at once, up or down at random, have been seen to
        move, twice over. A kink that no nudge moves is not returned: relu of relu at 0 has one slope there.
    """
    tape = Tape(output)
    margins = [(node, margin) for node in tape.nodes if node.op is not None for margin in _margins(node, names or {})]
    if not margins:
        return []
    rng = rng or np.random.default_rng(0)
    nudges = _nudges(tape, step)
    middle = _measured(margins, _values(tape, {}))
    moved = [np.zeros(np.shape(m)) for m in middle]
    for _ in range(SAMPLES):
        shifts = {
            leaf: size * rng.choice([-1.0, 1.0], leaf.shape) * rng.uniform(0.5, 1.0, leaf.shape)
            for leaf, size in nudges.items()  # of different lengths: two entries that always move as one tell nothing
        }
        for i, margin in enumerate(_measured(margins, _values(tape, shifts))):
            moved[i] = np.fmax(moved[i], np.abs(margin - middle[i]))
    found = []
    for (node, margin), at, movement in zip(margins, middle, moved, strict=True):
        distance, reach = np.abs(at), SAFETY * movement
        near = (distance <= reach) & (reach > 0)
        closest = np.argsort(distance[near] / reach[near], kind="stable")[:most]
        for index in np.argwhere(near)[closest]:
            place = tuple(map(int, index))
            found.append(_kink(node, margin, place, float(distance[place]), float(reach[place]), names or {}))
    return sorted(found, key=lambda kink: kink.distance / kink.reach)[:most]


def nudged_point(parameters: Any, rng: np.random.Generator | None = None, size: float = NUDGE) -> Any:
    """Return parameters moved a little, each entry by an amount of its own: off a kink that they were at.

    >>> nudged_point({"w": np.zeros(2), "b": 3.0}, np.random.default_rng(0), size=0.25)["w"].tolist() != [0.0, 0.0]
    True

    Args:
        parameters: an array or a number, or a tree of them.
        rng: the source of the amounts; by default always the same.
        size: how far to move, as a part of the entries' size: each entry is moved by between half of that and that.

    Returns:
        The same tree of new arrays; what is single precision stays so.
    """
    rng = rng or np.random.default_rng(0)
    leaves, structure = flatten(parameters)
    return unflatten(structure, [_moved(leaf, rng, size) for leaf in leaves])


def _moved(leaf: Any, rng: np.random.Generator, size: float) -> Any:
    value = np.asarray(leaf)
    away = size * entry_sizes(value) * rng.choice([-1.0, 1.0], value.shape) * rng.uniform(0.5, 1.0, value.shape)
    moved = (value + away).astype(value.dtype if value.dtype.kind == "f" else np.float64)
    return moved if isinstance(leaf, np.ndarray) else moved[()] if isinstance(leaf, np.generic) else moved.tolist()


def _kink(
    node: Node, margin: Margin, place: tuple[int, ...], distance: float, reach: float, names: Mapping[Node, str]
) -> Kink:
    assert node.op is not None
    source = next((x for x in node.inputs if isinstance(x, Node)), None)
    name = None if source is None else names.get(source, source.name)
    return Kink(node, node.op.name, margin.entry(place), distance, reach, name, margin.words(place, distance))


# ------------------------------------------------------------------------------------------- the same graph, elsewhere


def _nudges(tape: Tape, step: float | Mapping[Node, Any] | None) -> dict[Node, Any]:
    if isinstance(step, Mapping):
        return {leaf: np.broadcast_to(step[leaf], leaf.shape) for leaf in tape.leaves if leaf in step}
    part = 2 * relative_step(1.0) if step is None else step
    return {leaf: part * entry_sizes(np.abs(leaf.value)) for leaf in tape.leaves}


def _values(tape: Tape, shifts: Mapping[Node, Any]) -> dict[Node, Any]:
    """The value of every node where the leaves are shifted, in double precision as numeric slopes are measured."""
    values: dict[Node, Any] = {}
    for node in tape.nodes:
        if node.op is None:
            values[node] = (np.asarray(node.value) + np.asarray(shifts.get(node, 0.0), dtype=np.float64))[()]
        else:
            inputs = [values[x] if isinstance(x, Node) else x for x in node.inputs]
            values[node] = node.op.forward(*inputs, **node.params)
    return values


def _measured(margins: Sequence[tuple[Node, Margin]], values: Mapping[Node, Any]) -> list[Any]:
    return [
        np.asarray(margin.of([values[x] if isinstance(x, Node) else x for x in node.inputs], values[node]))
        for node, margin in margins
    ]


# ------------------------------------------------------------------------------------------------ what each op compares

KINK, JUMP, EDGE = "has its kink", "jumps", "has its edge"

PAIRS = frozenset({np.maximum, np.minimum, np.fmax, np.fmin})
EXTREMA: Mapping[Any, int] = {np.max: 1, np.amax: 1, np.min: -1, np.amin: -1}
LENGTHS = frozenset({euclidean, p_norm, np.std, np.hypot})
"""The ops that are never negative, and have a tip where they are 0."""

POINTS: Mapping[Any, tuple[tuple[float, ...], str]] = {
    np.sign: ((0.0,), JUMP),
    np.heaviside: ((0.0,), JUMP),
    np.sqrt: ((0.0,), EDGE),
    np.cbrt: ((0.0,), EDGE),
    np.arcsin: ((-1.0, 1.0), EDGE),
    np.arccos: ((-1.0, 1.0), EDGE),
    np.arccosh: ((1.0,), EDGE),
}
"""Points of the first argument, besides those that an op declares as its kinks."""

WHOLE = frozenset({np.floor, np.ceil, np.trunc, np.fix})
HALVES = frozenset({np.rint, np.round, np.around})
QUOTIENTS = frozenset({np.floor_divide, np.remainder, np.fmod})


def _margins(node: Node, names: Mapping[Node, str]) -> Iterator[Margin]:
    """The distances from kinks that a node has."""
    op, inputs = node.op, node.inputs
    assert op is not None
    f: Any = op.function
    if any(np.iscomplexobj(x.value if isinstance(x, Node) else x) for x in inputs):
        return  # no number is greater than another one there
    if f in PAIRS:
        yield _between(node, 0, 1, names)
    elif f is np.clip:
        for bound in (1, 2):
            if len(inputs) > bound and inputs[bound] is not None:
                yield _between(node, 0, bound, names)
    elif f in EXTREMA:
        yield from _among(node, EXTREMA[f], names)
    elif f in LENGTHS:
        yield _length(node, names)
    elif f is operator.getitem:
        yield from _in_order(node, names)
    elif f in WHOLE or f in HALVES or f in QUOTIENTS:
        yield _steps(node, names)
    elif f is np.power:
        exponent = _value(inputs[1])
        if np.any(exponent != np.rint(exponent)):
            yield _at(node, 0, np.where(exponent != np.rint(exponent), 0.0, np.nan), EDGE, names)
    elif f is np.copysign:
        yield _at(node, 0, 0.0, KINK, names)
        yield _at(node, 1, 0.0, JUMP, names)
    elif f is np.arctan2:
        yield _at(node, 0, np.where(_value(inputs[1]) <= 0, 0.0, np.nan), JUMP, names)
    elif f in POINTS:
        for point in POINTS[f][0]:
            yield _at(node, 0, point, POINTS[f][1], names)
    else:
        for place in range(len(inputs) if op.kinks else 0):
            for point in op.kinks:
                yield _at(node, place, point, KINK, names)


def _at(node: Node, place: int, point: Any, verb: str, names: Mapping[Node, str]) -> Margin:
    """An input that may be at a certain point; of several points, entry by entry, NaN is none."""
    x = node.inputs[place]

    def words(index: tuple[int, ...], distance: float) -> str:
        where = np.broadcast_to(point, np.broadcast_shapes(np.shape(point), np.shape(_value(x))))[index]
        return _meets(_label(x, index, names), f"{where:g}", distance) + f", where {_name(node)} {verb}"

    return Margin(lambda inputs, out: inputs[place] - point, lambda index: _index(x, index), words)


def _between(node: Node, first: int, second: int, names: Mapping[Node, str]) -> Margin:
    """Two inputs that may be equal."""
    x, y = node.inputs[first], node.inputs[second]
    if not isinstance(x, Node):
        x, y = y, x

    def words(index: tuple[int, ...], distance: float) -> str:
        label, other = _label(x, index, names), _label(y, index, names)
        if not isinstance(y, Node):
            return _meets(label, other, distance) + f", where {_name(node)} {KINK}"
        return _tie(label, other, distance, _name(node))

    return Margin(lambda inputs, out: inputs[first] - inputs[second], lambda index: _index(x, index), words)


def _among(node: Node, sign: int, names: Mapping[Node, str]) -> Iterator[Margin]:
    """The entries of which a maximum or minimum is taken, each against the one that it is."""
    x = node.inputs[0]
    value = _value(x)
    axis, ndim = node.params.get("axis"), value.ndim
    axes = tuple(range(ndim)) if axis is None else tuple(i % ndim for i in np.atleast_1d(axis))

    def flat(a: Any) -> Any:
        moved = np.moveaxis(a, axes, range(ndim - len(axes), ndim))
        return moved.reshape(*moved.shape[: ndim - len(axes)], -1)

    if flat(value).shape[-1] < 2:
        return
    taken = np.argmax(sign * flat(value), axis=-1)[..., None]
    places = flat(np.arange(value.size).reshape(value.shape))

    def of(inputs: Sequence[Any], out: Any) -> Any:
        entries = flat(np.asarray(inputs[0]))
        return np.take_along_axis(entries, taken, -1) - entries  # from itself it is 0 ahead, and stays so

    def at(place: Any) -> tuple[int, ...]:
        return tuple(map(int, np.unravel_index(int(place), value.shape)))

    def words(index: tuple[int, ...], distance: float) -> str:
        largest = places[(*index[:-1], int(taken[(*index[:-1], 0)]))]
        return _tie(_label(x, at(largest), names), _label(x, at(places[index]), names), distance, _name(node))

    yield Margin(of, lambda index: at(places[index]), words)


def _in_order(node: Node, names: Mapping[Node, str]) -> Iterator[Margin]:
    """Entries that were taken in an order of their own: what a sort, a median or a quantile is made of."""
    index = node.params["index"]
    parts = index if isinstance(index, tuple) else (index,)
    if not any(isinstance(part, np.ndarray) and part.dtype.kind in "iu" for part in parts):
        return
    picked = np.asarray(node.value)
    for axis in range(picked.ndim):
        rises = np.diff(picked, axis=axis)
        if not rises.size or not (np.all(rises >= 0) or np.all(rises <= 0)):
            continue

        def words(index: tuple[int, ...], distance: float) -> str:
            apart = "are equal" if not distance else f"are {distance:.2g} apart"
            label = _label(_origin(node, names), (), names)
            return f"two entries of {label} {apart}, and a sort {KINK} where they are equal"

        yield Margin(lambda inputs, out, axis=axis: np.diff(out, axis=axis), lambda index: index, words)  # type: ignore[misc]


def _origin(node: Node, names: Mapping[Node, str]) -> Any:
    """What a node's entries are of, as far back as they were only moved about, and no further than to a name."""
    while node.op is not None and node.op.exact and not node.op.elementwise and isinstance(node.inputs[0], Node):
        node = node.inputs[0]
        if node in names or node.name:
            break
    return node


def _length(node: Node, names: Mapping[Node, str]) -> Margin:
    """A result that has a tip at 0."""
    inside = ", ".join(_label(x, (), names) for x in node.inputs if isinstance(x, Node))

    def words(index: tuple[int, ...], distance: float) -> str:
        return _meets(f"{_name(node)}({inside}){_bracket(index)}", "0", distance) + f", where {_name(node)} {KINK}"

    return Margin(lambda inputs, out: out, lambda index: index, words)


def _steps(node: Node, names: Mapping[Node, str]) -> Margin:
    """A number that is rounded, against the closest place where the rounded one jumps."""
    assert node.op is not None
    f: Any = node.op.function
    unit: Any = 10.0 ** -(node.params.get("decimals") or 0)

    def scaled(inputs: Sequence[Any]) -> Any:
        return inputs[0] / inputs[1] if f in QUOTIENTS else inputs[0] / unit

    at = scaled([_value(x) for x in node.inputs])
    jump = np.floor(at) + 0.5 if f in HALVES else np.rint(at)
    if f in (np.trunc, np.fix, np.fmod):
        jump = np.where(jump == 0, np.nan, jump)

    def words(index: tuple[int, ...], distance: float) -> str:
        label = _label(node.inputs[0], index, names)
        label = f"{label} / {_label(node.inputs[1], index, names)}" if f in QUOTIENTS else label
        where = np.asarray(jump)[index] * (1.0 if f in QUOTIENTS else unit)
        return _meets(label, f"{where:g}", distance) + f", where {_name(node)} {JUMP}"

    return Margin(lambda inputs, out: scaled(inputs) - jump, lambda index: _index(node.inputs[0], index), words)


# ---------------------------------------------------------------------------------------------------------------- words


def _value(x: Any) -> Any:
    return np.asarray(x.value if isinstance(x, Node) else x)


def _name(node: Node) -> str:
    return "a parameter" if node.op is None else node.op.name


def _bracket(index: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, index))}]" if index else ""


def _index(x: Any, index: tuple[int, ...]) -> tuple[int, ...]:
    """The index in an input of what is at an index of what it was broadcast to."""
    shape = np.shape(_value(x))
    return tuple([i if n > 1 else 0 for i, n in zip(index[len(index) - len(shape) :], shape, strict=True)])


def _label(x: Any, index: tuple[int, ...], names: Mapping[Node, str]) -> str:
    """An entry of an input, or all of it, as a person calls it."""
    place = _index(x, index) if index else ()
    if not isinstance(x, Node):
        return f"{_value(x)[place]:g}"
    name = names.get(x) or x.name
    if name:
        return f"{name}{_bracket(place)}"
    return f"entry {_bracket(place)} of {_name(x)}" if place else _name(x)


def _meets(label: str, point: str, distance: float) -> str:
    return f"{label} is {point}" if not distance else f"{label} is {distance:.2g} away from {point}"


def _tie(first: str, second: str, distance: float, op: str) -> str:
    apart = "are equal" if not distance else f"are {distance:.2g} apart"
    return f"{first} and {second} {apart}, and {op} {KINK} where they are equal"
