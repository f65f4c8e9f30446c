"""What nodes and numbers are called in an instruction: as the person's code calls them, or as a short formula."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from compgraph.check.diagnosis.constants import readings
from compgraph.check.scene import Scene
from compgraph.node import Node
from compgraph.notation import ATOM, OPERATORS, POWER, PRODUCT, SIGN, SUM, Text, index_text, operation

__all__ = ["Spelling", "windows"]

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
        return self._short(x).text

    def atom(self, x: Any) -> str:
        """The same, in parentheses where it is a sum or a product, so that it can stand in another formula."""
        return self._short(x).at_least(ATOM)

    def _short(self, x: Any) -> Text:
        written = self._formula(x, 4)
        return written if len(written.text) <= LONGEST else self._formula(x, 1)

    def transposed(self, x: Any) -> str:
        """The transpose of the derivative of the cost with respect to a node."""
        return f"d{self(x)}.T" if x in self.names else f"the transpose of {self.derivative(x)}"

    def derivative(self, x: Any) -> str:
        """The derivative of the cost with respect to a node: dZ1, or in words."""
        return f"d{self(x)}" if x in self.names else f"the derivative with respect to {self(x)}"

    def inside(self, x: Any) -> str:
        """The formula of a node even where it has a name."""
        return self._formula(x, 3, named=False).text

    def index(self, x: Node) -> str:
        """The index that a node was looked up by: the name of an array, or its formula."""
        index = x.params["index"]
        if isinstance(index, tuple) and len(index) == 1:
            (index,) = index
        return self._constant(index).text if isinstance(index, np.ndarray) else "the index"

    def number(self, value: float) -> str:
        """A number, after the name it has in the person's code, or as a product of such."""
        if not float(value).is_integer() or abs(value) > 2:
            for text, known, far in readings(self.scene)[::2]:  # each is followed by its negative
                if math.isclose(abs(known), abs(value), rel_tol=1e-12) and far <= 1.3 and ".shape" not in text:
                    return text if known * value > 0 else f"-{text}"
        return f"{value:.6g}"

    def _formula(self, x: Any, depth: int, named: bool = True) -> Text:
        if not isinstance(x, Node):
            return self._constant(x)
        if x in self.names and named:
            return Text(self.names[x])
        if x.op is None:
            return Text(x.name or "a parameter")
        if depth == 0:
            return Text("…")
        function = np.matmul if x.op.function is np.dot else x.op.function
        inputs = [self._formula(each, depth - 1) for each in x.inputs]
        if function is np.negative:  # -a * b is minus the product, which it would not be of a // b
            return Text(f"-{inputs[0].at_least(PRODUCT)}", SUM)
        if function is np.square:
            return operation(np.power, *inputs, Text("2"))
        if function in OPERATORS and function not in (np.floor_divide, np.remainder) and not x.params:
            return operation(function, *inputs)
        if function is operator.getitem:
            return Text(f"{inputs[0].at_least(ATOM)}[{index_text(x.params['index'], self._part)}]")
        return Text(f"{x.op.name}({', '.join([text for text, _ in inputs])})")

    def _constant(self, x: Any) -> Text:
        if isinstance(x, np.ndarray):
            for name, known in self.arrays.items():
                if known is x or (known.shape == x.shape and known.dtype == x.dtype and np.array_equal(known, x)):
                    return Text(name)
            if x.ndim == 2:
                for name, known in self.arrays.items():
                    if known.shape == x.shape[::-1] and np.array_equal(known.T, x):
                        return Text(f"{name}.T")
            if x.ndim == 0:
                return self._number(float(x))
            if window := self._window(x):
                return Text(window)
            if x.size <= LARGEST and (product := self._product(x)):
                return product
            for name, known in self.arrays.items():
                if known.shape == x.shape and np.array_equal(1 - known, x):
                    return Text(f"1 - {name}", SUM)
                if known.shape == x.shape and np.array_equal(-known, x):
                    return Text(f"-{name}", SUM)
            return Text(f"an array of shape {x.shape}")
        if isinstance(x, (int, float, np.number)) and not isinstance(x, bool) and math.isfinite(x):
            return self._number(float(x))
        return Text(str(x))

    def _number(self, x: float) -> Text:
        text = self.number(x)
        return Text(text, PRODUCT if "1/" in text[:3] else SIGN if text.startswith("-") else ATOM)

    def _part(self, index: Any) -> str:
        if isinstance(index, np.ndarray) and index.ndim:
            return next((name for name, known in self.arrays.items() if known is index), "…")
        return str(index) if isinstance(index, (int, np.integer, tuple)) or index is None else "…"

    def _product(self, x: Any) -> Text | None:
        """The formula of an array that is the square of a named one, or a product of two."""
        for name, known in self.arrays.items():
            if known.shape == x.shape and known.dtype == x.dtype and np.array_equal(known**2, x):
                return Text(f"{name}**2", POWER)
            for other, factor in self.arrays.items() if known.ndim == x.ndim == 2 else ():
                fits = factor.ndim == 2 and (len(known), factor.shape[1]) == x.shape and known.shape[1] == len(factor)
                if fits and np.array_equal(known @ factor, x):
                    return Text(f"{name} @ {other}", PRODUCT)
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
