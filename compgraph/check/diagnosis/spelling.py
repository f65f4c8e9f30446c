"""What nodes and numbers are called in an instruction: as the person's code calls them, or as a short formula."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from compgraph.check.diagnosis.constants import readings
from compgraph.check.scene import Scene
from compgraph.node import Node

__all__ = ["Spelling", "windows"]

INFIX = {
    "add": (" + ", 1),
    "subtract": (" - ", 1),
    "multiply": (" * ", 2),
    "divide": (" / ", 2),
    "matmul": (" @ ", 2),
    "dot": (" @ ", 2),
}
CALL = 9
LONGEST = 60
LARGEST = 100_000
"""A constant of so many entries at most is tried as a product of others."""
MOST_WINDOWS = 20
"""A part of a series is recognised if the series is at most so much longer."""
NOTHING: Mapping[str, Any] = MappingProxyType({})
"""A formula beyond so many letters is cut."""


class Spelling:
    """Spell nodes, arrays and numbers in the words of the person's code."""

    def __init__(
        self, scene: Scene, names: Mapping[Node, str] | None = None, arrays: Mapping[str, Any] = NOTHING
    ) -> None:
        self.scene = scene
        self.names = scene.names if names is None else names
        self.arrays = {**scene.arrays, **arrays}

    def among(self, names: Mapping[Node, str], arrays: Mapping[str, Any] = NOTHING) -> Spelling:
        """The same for nodes of another graph, and the constants in it."""
        return Spelling(self.scene, names, arrays)

    def __call__(self, x: Any) -> str:
        """The name of a node or array, or a short formula for it in terms of names."""
        text = self._formula(x, 4)[0]
        return text if len(text) <= LONGEST else self._formula(x, 1)[0]

    def atom(self, x: Any) -> str:
        """The same, in parentheses where it is a sum or a product, so that it can stand in another formula."""
        text, strength = self._formula(x, 4)
        if len(text) > LONGEST:
            text, strength = self._formula(x, 1)
        return text if strength == CALL else f"({text})"

    def transposed(self, x: Any) -> str:
        """The transpose of the derivative of the cost with respect to a node."""
        return f"d{self(x)}.T" if x in self.names else f"the transpose of {self.derivative(x)}"

    def derivative(self, x: Any) -> str:
        """The derivative of the cost with respect to a node: dZ1, or in words."""
        return f"d{self(x)}" if x in self.names else f"the derivative with respect to {self(x)}"

    def inside(self, x: Any) -> str:
        """The formula of a node even where it has a name."""
        return self._formula(x, 3, named=False)[0]

    def index(self, x: Node) -> str:
        """The index that a node was looked up by: the name of an array, or its formula."""
        index = x.params["index"]
        if isinstance(index, tuple) and len(index) == 1:
            (index,) = index
        return self._constant(index)[0] if isinstance(index, np.ndarray) else "the index"

    def number(self, value: float) -> str:
        """A number, after the name it has in the person's code, or as a product of such."""
        if not float(value).is_integer() or abs(value) > 2:
            for text, known, far in readings(self.scene):
                if math.isclose(known, value, rel_tol=1e-12) and far <= 1.3 and ".shape" not in text:
                    return text
        return f"{value:.6g}"

    def _formula(self, x: Any, depth: int, named: bool = True) -> tuple[str, int]:
        """A formula, and how strongly its outermost operation binds."""
        if not isinstance(x, Node):
            return self._constant(x)
        if x in self.names and named:
            return self.names[x], CALL
        if x.op is None:
            return x.name or "a parameter", CALL
        name = x.op.name
        if depth == 0:
            return "…", CALL
        if name in INFIX and len(x.inputs) == 2:
            sign, strength = INFIX[name]
            left, right = (self._formula(each, depth - 1) for each in x.inputs)
            return (
                (left[0] if left[1] >= strength else f"({left[0]})")
                + sign
                + (right[0] if right[1] > strength else f"({right[0]})")
            ), strength
        if name == "negative":
            text, strength = self._formula(x.inputs[0], depth - 1)
            return f"-{text}" if strength > 1 else f"-({text})", 1
        if name == "power" and len(x.inputs) == 2:
            left, right = (self._formula(each, depth - 1) for each in x.inputs)
            return f"{left[0] if left[1] > 3 else f'({left[0]})'}**{right[0] if right[1] > 3 else f'({right[0]})'}", 3
        if name == "square":
            text, strength = self._formula(x.inputs[0], depth - 1)
            return f"{text if strength > 3 else f'({text})'}**2", 3
        if name == "transpose" and not x.params:
            text, strength = self._formula(x.inputs[0], depth - 1)
            return f"{text if strength > 3 else f'({text})'}.T", CALL
        if name == "getitem":
            text, strength = self._formula(x.inputs[0], depth - 1)
            return f"{text if strength == CALL else f'({text})'}[{self._index(x.params['index'])}]", CALL
        inside = ", ".join([self._formula(each, depth - 1)[0] for each in x.inputs])
        return f"{name}({inside})", CALL

    def _constant(self, x: Any) -> tuple[str, int]:
        if isinstance(x, np.ndarray):
            for name, known in self.arrays.items():
                if known is x or (known.shape == x.shape and known.dtype == x.dtype and np.array_equal(known, x)):
                    return name, CALL
            if x.ndim == 2:
                for name, known in self.arrays.items():
                    if known.shape == x.shape[::-1] and np.array_equal(known.T, x):
                        return f"{name}.T", CALL
            if x.ndim == 0:
                return self.number(float(x)), CALL
            if window := self._window(x):
                return window, CALL
            if x.size <= LARGEST and (product := self._product(x)):
                return product
            for name, known in self.arrays.items():
                if known.shape == x.shape and np.array_equal(1 - known, x):
                    return f"1 - {name}", 1
                if known.shape == x.shape and np.array_equal(-known, x):
                    return f"-{name}", 1
            return f"an array of shape {x.shape}", CALL
        if isinstance(x, (int, float, np.number)) and not isinstance(x, bool) and math.isfinite(x):
            return self.number(float(x)), CALL
        return str(x), CALL

    def _index(self, index: Any) -> str:
        """An index as one writes it."""
        if isinstance(index, tuple):
            return ", ".join(map(self._index, index))
        if isinstance(index, slice):
            start, stop, step = ("" if part is None else str(part) for part in (index.start, index.stop, index.step))
            return f"{start}:{stop}" + (f":{step}" if step else "")
        if index is Ellipsis:
            return "..."
        if isinstance(index, np.ndarray) and index.ndim:
            return next((name for name, known in self.arrays.items() if known is index), "…")
        return str(index) if isinstance(index, (int, np.integer)) or index is None else "…"

    def _product(self, x: Any) -> tuple[str, int] | None:
        """The formula of an array that is the square of a named one, or a product of two."""
        for name, known in self.arrays.items():
            if known.shape == x.shape and known.dtype == x.dtype and np.array_equal(known**2, x):
                return f"{name}**2", 3
            for other, factor in self.arrays.items() if known.ndim == x.ndim == 2 else ():
                fits = factor.ndim == 2 and (len(known), factor.shape[1]) == x.shape and known.shape[1] == len(factor)
                if fits and np.array_equal(known @ factor, x):
                    return f"{name} @ {other}", 2
        return None

    def _window(self, x: Any) -> str:
        """A part of a named series, such as x[1:-1]; nothing for other arrays."""
        for name, series in self.arrays.items():
            for index, window in windows(series, x):
                if np.array_equal(window, x):
                    return f"{name}[{index}]"
        return ""


def windows(series: Any, part: Any) -> Iterator[tuple[str, Any]]:
    """The parts of a series that are as long as one of its parts, by their index; none where they cannot be."""
    if not series.ndim or series.ndim != part.ndim or series.shape[1:] != part.shape[1:]:
        return
    more = len(series) - len(part)
    if 0 < more <= MOST_WINDOWS and len(part):
        for start in range(more + 1):
            yield f"{start or ''}:{start - more or ''}", series[start : start + len(part)]
