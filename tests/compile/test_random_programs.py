"""Random programs, compiled: their values and all their derivatives are those of the programs themselves.

A program is a list of steps, each an op on values that are there already: arguments, constants, earlier results; of
several shapes that broadcast with each other, some of them Python's floats, with views and results used many times.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import compgraph as cg
from tests.compile.comparing import same_when_compiled

SHAPES = ((), (3,), (2, 3), (2, 1), (3, 3))

ONE: dict[str, Callable[[Any], Any]] = {
    "sin": np.sin, "tanh": np.tanh, "exp": lambda x: np.exp(-np.abs(x)), "sigmoid": cg.sigmoid,
    "logistic": lambda x: 1 / (1 + np.exp(-x)), "negative": np.negative, "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "root": lambda x: np.sqrt(1 + x * x), "log": lambda x: np.log(2 + np.cos(x)), "relu": cg.relu,
    "half": lambda x: x / 2, "scaled": lambda x: -1.5 * x, "one less": lambda x: 1 - x,
    "entropy": lambda x: -np.log(cg.sigmoid(x)),
    "softplus": cg.softplus, "abs": np.abs, "twice": lambda x: x + x,
}  # fmt: skip
VIEWS: dict[str, Callable[[Any], Any]] = {
    "T": np.transpose, "flat": np.ravel, "first": lambda x: x[0] if np.ndim(x) else x, "turned": np.flip,
    "last axis": lambda x: x[..., ::-1] if np.ndim(x) else x, "sum": np.sum, "mean": np.mean,
    "rows": lambda x: np.sum(x, axis=0) if np.ndim(x) else x,
    "columns": lambda x: np.mean(x, axis=-1, keepdims=True) if np.ndim(x) else x,
    "max": np.max, "norm": lambda x: np.sqrt(np.sum(x * x) + 1), "centred": lambda x: x - np.mean(x),
    "softmax": lambda x: cg.softmax(x) if np.ndim(x) else x, "running": lambda x: np.cumsum(x),
}  # fmt: skip
TWO: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "/": lambda x, y: x / (1 + y * y),
    "maximum": np.maximum, "where": lambda x, y: np.where(x > y, x * y, y), "hypot": lambda x, y: np.hypot(x, y + 3),
    "logaddexp": np.logaddexp, "cross": lambda x, y: -(y * np.log(cg.sigmoid(x)) + (1 - y) * np.log(1 - cg.sigmoid(x))),
}  # fmt: skip


class Step(NamedTuple):
    """An op by its name, and where its inputs are."""

    name: str
    left: int
    right: int


class ProgramOf(NamedTuple):
    """A function of arguments of these shapes: each step adds a value, and the last ones are returned."""

    shapes: tuple[tuple[int, ...], ...]
    steps: tuple[Step, ...]
    constants: tuple[Any, ...]

    def results(self, *arguments: Any) -> tuple[Any, ...]:
        values = [*arguments, *self.constants]
        for name, left, right in self.steps:
            x, y = values[left % len(values)], values[right % len(values)]
            if name in TWO:
                if not fits(np.shape(x), np.shape(y)):
                    y = np.mean(y)
                values.append(TWO[name](x, y))
            elif name == "@":
                a, b = np.reshape(x, (1, -1)), np.reshape(y, (-1, 1))
                n = min(np.size(x), np.size(y))
                values.append(a[:, :n] @ b[:n])
            else:
                values.append((ONE | VIEWS)[name](x))
        return tuple(values[-3:])

    def cost(self, *arguments: Any) -> Any:
        return sum(np.mean(x * (i + 1)) for i, x in enumerate(self.results(*arguments)))


def fits(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(shape, other)
    except ValueError:
        return False
    return True


NAMES = sorted((*ONE, *VIEWS, *TWO, "@"))


@st.composite
def programs(draw: st.DrawFn) -> tuple[ProgramOf, list[tuple[Any, ...]]]:
    shapes = tuple(draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3)))
    places = st.integers(0, 30)
    steps = draw(st.lists(st.builds(Step, st.sampled_from(NAMES), places, places), min_size=1, max_size=14))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    constants = (rng.normal(size=(2, 3)), 0.75, rng.normal(size=3))
    single = draw(st.booleans())

    def drawn(shape: tuple[int, ...]) -> Any:
        if not shape:  # no Python floats beside single precision: see Compiled on what those are
            return np.float32(rng.normal()) if single else float(rng.normal())
        x = rng.normal(size=shape)
        return np.asarray(x.astype(np.float32) if single else x, order=rng.choice(["C", "F"]))

    return ProgramOf(shapes, tuple(steps), constants), [tuple(map(drawn, shapes)) for _ in range(3)]


def sizes(program: ProgramOf) -> Any:
    """How large the numbers on the way are, in the value and in its derivatives: rounding is in proportion."""

    def largest(*arguments: Any) -> float:
        wide = [x.astype(np.float64) if isinstance(x, np.ndarray) else x for x in arguments]
        variables = [cg.Variable(x) for x in wide]
        cost = program.cost(*variables)
        tape = list(cg.Tape(cost)) if isinstance(cost, cg.Node) else []
        if not tape:
            return 1.0
        slopes = cg.gradients(cost, tape)
        found = [float(np.max(np.abs(x), initial=0.0)) for x in (*[node.value for node in tape], *slopes)]
        products = [float(np.max(np.abs(g * node.value), initial=0.0)) for node, g in zip(tape, slopes, strict=True)]
        return max(1.0, *found, *products)

    return largest


@settings(max_examples=6 * settings().max_examples)
@given(programs())
def test_values_and_gradients(drawn: tuple[ProgramOf, list[tuple[Any, ...]]]) -> None:
    program, draws = drawn
    largest = sizes(program)
    same_when_compiled(program.results, *draws, ulps=16, size=largest)
    every = tuple(range(len(draws[0])))
    same_when_compiled(cg.value_and_grad(program.cost, every), *draws, ulps=16, size=largest)


@settings(max_examples=2 * settings().max_examples)
@given(programs())
def test_second_derivatives(drawn: tuple[ProgramOf, list[tuple[Any, ...]]]) -> None:
    program, draws = drawn
    bound = sizes(program)

    def curved(*arguments: Any) -> Any:
        slopes = cg.grad(program.cost, tuple(range(len(arguments))))(*arguments)
        return sum(np.sum(slope * slope) for slope in slopes)

    def largest(*arguments: Any) -> float:
        gradient = cg.grad(curved)(*arguments)
        return max(bound(*arguments) ** 3, float(np.max(np.abs(gradient), initial=0.0)))

    same_when_compiled(cg.value_and_grad(curved), *draws, ulps=32, size=largest)
    pushed = lambda *arguments: cg.jvp(program.cost, arguments, [x * 0.5 for x in arguments])  # noqa: E731
    same_when_compiled(pushed, *draws, ulps=32, size=lambda *x: bound(*x) ** 2)
