"""Constants that a person may have left out or written twice: m, 1/m, 2, a weight λ, √d, and products of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple
from weakref import WeakKeyDictionary

from compgraph.check.scene import Scene

__all__ = ["Constant", "readings", "recognise"]


class Constant(NamedTuple):
    """A factor between a person's value and the right one.

    Attributes:
        times: how many times as large the person's value is, such as ``m = 400``.
        remedy: what to do, such as ``divide by m``.
        far: how far-fetched the reading is: 0 for those that have a name, more for others.
        value: its value.
    """

    times: str
    remedy: str
    far: float
    value: float


def recognise(scene: Scene, ratio: float) -> Constant | None:
    """Read a factor: as -1, 2, 1/2, m, 1/m, a hyperparameter, the length of an axis, a small fraction; None for 1.

    Args:
        scene: whose names there are.
        ratio: the factor.
    """
    for text, value, far in readings(scene):
        if math.isclose(ratio, value, rel_tol=1e-7) and value != 1:
            return _described(text, value, far)
    fraction = Fraction(ratio).limit_denominator(20) if math.isfinite(ratio) else Fraction(0)
    if fraction not in (0, 1) and abs(fraction.numerator) <= 100 and math.isclose(ratio, float(fraction), rel_tol=1e-9):
        return Constant(str(fraction), _undo(str(abs(fraction)), fraction < 0, fraction.denominator == 1), 2, ratio)
    return None


def _described(text: str, value: float, far: float) -> Constant:
    size = abs(value)
    sign = "-" if value < 0 else ""
    if text.startswith("1/"):
        name = text[2:]
        shown = f"{sign}{text}" + ("" if name.isdigit() else f" = {sign}1/{1 / size:.6g}")
        remedy = f"multiply by {name}"
    elif text in ("1", "2"):
        shown, remedy = f"{sign}{text}", f"divide by {text}"
    else:
        shown = f"{sign}{text}" + ("" if _is_number(text) else f" = {value:.6g}")
        remedy = f"divide by {text}"
    if text == "1":
        remedy = "change the sign"
    elif value < 0:
        remedy += " and change the sign"
    return Constant(shown, remedy, far, value)


def _undo(text: str, negative: bool, whole: bool) -> str:
    remedy = f"divide by {text}" if whole else f"multiply by {1 / Fraction(text)}"
    return remedy + (" and change the sign" if negative else "")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def readings(scene: Scene) -> tuple[tuple[str, float, float], ...]:
    """Every constant that the names of a scene make: its formula, its value and how far-fetched it is."""
    if scene not in _READINGS:
        _READINGS[scene] = tuple(
            [(text, sign * value, far + (sign < 0) / 10) for text, value, far in _sizes(scene) for sign in (1, -1)]
        )
    return _READINGS[scene]


_READINGS: WeakKeyDictionary[Scene, tuple[tuple[str, float, float], ...]] = WeakKeyDictionary()


def _sizes(scene: Scene) -> Iterator[tuple[str, float, float]]:
    yield "1", 1.0, 0.0
    yield "2", 2.0, 0.0
    yield "1/2", 0.5, 0.0
    single = {name: node.value for name, node in scene.nodes.items() if node.shape == () and node is not scene.output}
    numbers = {**scene.numbers, **single}
    named = [(name, float(value)) for name, value in numbers.items() if _tells(name, value)]
    for name, value in named:
        yield name, value, 0.0
        yield f"1/{name}", 1 / value, 0.0
    lengths = lengths_of(scene)
    for name, value in lengths:
        yield name, value, 0.5
        yield f"1/{name}", 1 / value, 0.5
    for name, value in (*named, *lengths):
        if value > 1 and value == int(value):
            yield f"({name} - 1)", value - 1, 1.5
            yield f"1/({name} - 1)", 1 / (value - 1), 1.5
            yield f"({name} / ({name} - 1))", value / (value - 1), 1.5
            yield f"1/({name} / ({name} - 1))", (value - 1) / value, 1.5
        for factor in (2.0, 0.5):
            text = f"(2 * {name})" if factor == 2 else f"({name} / 2)"
            yield text, factor * value, 1.0
            yield f"1/{text}", 1 / (factor * value), 1.0
        if value > 0:
            yield f"sqrt({name})", math.sqrt(value), 1.0
            yield f"1/sqrt({name})", 1 / math.sqrt(value), 1.0
        yield f"({name}**2)", value**2, 1.2
        yield f"1/({name}**2)", 1 / value**2, 1.2
    for i, (one, first) in enumerate(named):
        for other, second in named[i + 1 :]:
            yield f"({one} * {other})", first * second, 1.3
            yield f"1/({one} * {other})", 1 / (first * second), 1.3
            yield f"({one} / {other})", first / second, 1.3
            yield f"({other} / {one})", second / first, 1.3
            yield f"({one} / (2 * {other}))", first / (2 * second), 1.3
            yield f"({other} / (2 * {one}))", second / (2 * first), 1.3


def lengths_of(scene: Scene) -> list[tuple[str, float]]:
    """The lengths of axes that no variable names, such as that of X along axis 1."""
    known = {float(value) for value in scene.numbers.values()}
    found: dict[float, str] = {}
    arrays = [(name, leaf.shape) for name, leaf in scene.leaves.items()]
    for name, shape in [*[(name, array.shape) for name, array in scene.arrays.items()], *arrays]:
        for axis, n in enumerate(shape):
            if n > 2 and n not in known:
                found.setdefault(float(n), f"{name}.shape[{axis}]")
    return [(text, n) for n, text in found.items()]


def _tells(name: str, value: float) -> bool:
    return math.isfinite(value) and value not in (0, 1, -1, 2) and name.isidentifier()
