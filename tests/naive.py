"""A second differentiation engine, as naive as it can be, to check the first one by.

It shares nothing with compgraph: no tape, no sweep, no un-broadcasting, no derivative rules. A term is a name, the
terms it is made of and its value; every operation spells out its Jacobian as a dense matrix, entry by entry; the
derivative of an output by a term is found by recursion over the terms that use it. Slow, and short enough to believe.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Matrix = Any  # one row for each entry of the result, one column for each entry of the input


class Term:
    """A value, the operation and the terms it came from; constants are terms as well."""

    def __init__(self, value: Any, operation: str = "given", parts: tuple[Term, ...] = (), detail: Any = None):
        self.value: Any = np.asarray(value, dtype=np.float64)
        self.operation = operation
        self.parts = parts
        self.detail = detail

    def reshaped(self, shape: tuple[int, ...]) -> Term:
        """The same term, its entries laid out in this shape."""
        self.value = self.value.reshape(shape)
        return self


def given(value: Any) -> Term:
    return Term(value)


# ------------------------------------------------------------------------------------------------- values and slopes

# For a function of numbers: the function, then its derivative by each argument.
ONE: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "negative": (lambda x: -x, lambda x: -1.0),
    "exp": (math.exp, math.exp),
    "log": (math.log, lambda x: 1 / x),
    "sqrt": (math.sqrt, lambda x: 0.5 / math.sqrt(x)),
    "sin": (math.sin, math.cos),
    "tanh": (math.tanh, lambda x: 1 / math.cosh(x) ** 2),
    "absolute": (abs, lambda x: (x > 0) - (x < 0)),
    "square": (lambda x: x * x, lambda x: 2 * x),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2),
    "sigmoid": (lambda x: 1 / (1 + math.exp(-x)), lambda x: 1 / (2 + math.exp(x) + math.exp(-x))),
    "relu": (lambda x: max(x, 0.0), lambda x: 1.0 if x >= 0 else 0.0),
    "softplus": (lambda x: math.log(1 + math.exp(x)), lambda x: 1 / (1 + math.exp(-x))),
}

Two = Callable[[float, float], float]
TWO: dict[str, tuple[Two, Two, Two]] = {
    "add": (lambda x, y: x + y, lambda x, y: 1.0, lambda x, y: 1.0),
    "subtract": (lambda x, y: x - y, lambda x, y: 1.0, lambda x, y: -1.0),
    "multiply": (lambda x, y: x * y, lambda x, y: y, lambda x, y: x),
    "divide": (lambda x, y: x / y, lambda x, y: 1 / y, lambda x, y: -x / y**2),
    "power": (lambda x, y: x**y, lambda x, y: y * x ** (y - 1), lambda x, y: x**y * math.log(x)),
    "maximum": (max, lambda x, y: (1 + (x > y) - (x < y)) / 2, lambda x, y: (1 + (y > x) - (y < x)) / 2),
    "minimum": (min, lambda x, y: (1 + (x < y) - (x > y)) / 2, lambda x, y: (1 + (y < x) - (y > x)) / 2),
    "hypot": (math.hypot, lambda x, y: x / math.hypot(x, y), lambda x, y: y / math.hypot(x, y)),
}


def numbered(shape: tuple[int, ...]) -> Any:
    """An array whose entries are their own numbers: what is done to it tells where each entry goes."""
    return np.arange(math.prod(shape)).reshape(shape)


def one(name: str, x: Term) -> Term:
    f, _ = ONE[name]
    return Term([f(float(v)) for v in x.value.flat], name, (x,)).reshaped(x.value.shape)


def two(name: str, x: Term, y: Term) -> Term:
    f, _, _ = TWO[name]
    shape = np.broadcast_shapes(x.value.shape, y.value.shape)
    pairs = zip(np.broadcast_to(x.value, shape).flat, np.broadcast_to(y.value, shape).flat, strict=True)
    return Term([f(float(a), float(b)) for a, b in pairs], name, (x, y)).reshaped(shape)


def moved(x: Term, where: Any) -> Term:
    """Entries of x picked by their numbers: every transpose, reshape, view, index and broadcast is one of these."""
    return Term(x.value.reshape(-1)[where], "moved", (x,), np.asarray(where))


def joined(xs: list[Term], where: Any) -> Term:
    """Entries of several terms, laid end to end, picked by their numbers: concatenate and stack."""
    line = np.concatenate([x.value.reshape(-1) for x in xs])
    return Term(line[where], "joined", tuple(xs), np.asarray(where))


def total(x: Term, groups: Any) -> Term:
    """Sums of entries; ``groups`` has the shape of the result and holds for each of its entries the numbers to add."""
    line = x.value.reshape(-1)
    return Term([math.fsum(line[g]) for g in groups.flat], "total", (x,), groups).reshaped(groups.shape)


def largest(x: Term, groups: Any) -> Term:
    line = x.value.reshape(-1)
    return Term([max(line[g]) for g in groups.flat], "largest", (x,), groups).reshaped(groups.shape)


def product(x: Term, y: Term) -> Term:
    """The product of two matrices."""
    rows, inner = x.value.shape
    columns = y.value.shape[1]
    value = [
        [math.fsum(x.value[i, k] * y.value[k, j] for k in range(inner)) for j in range(columns)] for i in range(rows)
    ]
    return Term(value, "product", (x, y)).reshaped((rows, columns))


def groups_of(shape: tuple[int, ...], axis: int | None, keepdims: bool) -> Any:
    """For a reduction: the numbers of the entries that each entry of the result is made of."""
    numbers = numbered(shape)
    if axis is None:
        lines = [numbers.reshape(-1)]
        reduced: tuple[int, ...] = (1,) * len(shape) if keepdims else ()
    else:
        lines = list(np.moveaxis(numbers, axis, -1).reshape(-1, shape[axis]))
        reduced = shape[:axis] + ((1,) if keepdims else ()) + shape[axis:][1:]
    groups = np.empty(len(lines), dtype=object)
    for i, line in enumerate(lines):
        groups[i] = line
    return groups.reshape(reduced)


def jacobian(term: Term, position: int) -> Matrix:
    """The derivative of every entry of a term by every entry of one of its parts."""
    part = term.parts[position]
    matrix = np.zeros((term.value.size, part.value.size))
    name, detail = term.operation, term.detail
    if name in ONE:
        for i, x in enumerate(part.value.flat):
            matrix[i, i] = ONE[name][1](float(x))
    elif name in TWO:
        shape = term.value.shape
        x, y = (np.broadcast_to(p.value, shape).reshape(-1) for p in term.parts)
        source = np.broadcast_to(numbered(part.value.shape), shape).reshape(-1)
        for i, number in enumerate(source):
            matrix[i, number] = TWO[name][1 + position](float(x[i]), float(y[i]))
    elif name in ("moved", "joined"):
        before = sum(p.value.size for p in term.parts[:position])
        for i, number in enumerate(detail.reshape(-1)):
            if before <= number < before + part.value.size:
                matrix[i, number - before] = 1.0
    elif name == "total":
        for i, group in enumerate(detail.flat):
            matrix[i, group] = 1.0
    elif name == "largest":
        entries = part.value.reshape(-1)
        for i, group in enumerate(detail.flat):
            winners = [number for number in group if entries[number] == max(entries[group])]
            matrix[i, winners] = 1.0 / len(winners)
    elif name == "product":
        x, y = term.parts[0].value, term.parts[1].value
        for i in range(x.shape[0]):
            for j in range(y.shape[1]):
                for k in range(x.shape[1]):
                    row = i * y.shape[1] + j
                    if position == 0:
                        matrix[row, i * x.shape[1] + k] = y[k, j]
                    else:
                        matrix[row, k * y.shape[1] + j] = x[i, k]
    else:
        raise AssertionError(name)
    return matrix


# --------------------------------------------------------------------------------------------------------- derivatives


def users(output: Term) -> dict[int, list[tuple[Term, int]]]:
    """For each term under an output, by id: the terms that are made of it, and in which place."""
    found: dict[int, list[tuple[Term, int]]] = {id(output): []}
    seen = set()

    def visit(term: Term) -> None:
        if id(term) in seen:
            return
        seen.add(id(term))
        for position, part in enumerate(term.parts):
            found.setdefault(id(part), []).append((term, position))
            visit(part)

    visit(output)
    return found


class Slopes:
    """The derivatives of ⟨seed, output⟩ by any term, and beside each the sum of the sizes of what it was added from."""

    def __init__(self, output: Term, seed: Any):
        self.output = output
        self.seed = np.asarray(seed, dtype=np.float64).reshape(-1)
        self.users = users(output)
        self.known: dict[int, tuple[Any, Any]] = {}

    def by(self, term: Term) -> tuple[Any, Any]:
        shape = term.value.shape
        slope, size = self._line(term)
        return slope.reshape(shape), size.reshape(shape)

    def _line(self, term: Term) -> tuple[Any, Any]:
        if id(term) not in self.known:
            slope = self.seed.copy() if term is self.output else np.zeros(term.value.size)
            size = np.abs(slope)
            for user, position in self.users.get(id(term), []):
                above, size_above = self._line(user)
                matrix = jacobian(user, position)
                slope = slope + matrix.T @ above
                size = size + np.abs(matrix).T @ size_above
            self.known[id(term)] = slope, size
        return self.known[id(term)]
