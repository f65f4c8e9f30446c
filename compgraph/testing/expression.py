"""``expressions``: a strategy of random functions of arrays, each at a point where it is smooth.

An expression is drawn step by step. Every step that could come next is tried with NumPy on the values at hand, and only
those are drawn from whose result is finite, of moderate size, and clear of kinks and ties: so hypothesis rejects
nothing, and what it shrinks to is well-posed too.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compgraph.errors import SettingError
from compgraph.rules.activation import logsumexp, relu, sigmoid, softmax, softplus
from compgraph.testing.arrays import array_of, numbers_between
from compgraph.testing.extras import hypothesis_strategies

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["Expression", "expressions"]

OURS: Mapping[str, Callable[..., Any]] = {
    function.__name__: function for function in (logsumexp, relu, sigmoid, softmax, softplus)
}
NAMES: Mapping[str, Any] = {"np": np, **OURS}
"""What an expression's source may name."""

LARGEST = 20.0
"""Results beyond this are not kept."""

CLEAR = 0.01
"""How far values stay from kinks, from ties, and from the edges of domains."""

SHAPES = ((3,), (), (2, 3), (2, 1), (2, 2), (1, 3), (2, 2, 2))
"""Of the arguments."""

MOST = 36
"""Entries of a result."""

Test = Callable[..., bool]


def _anywhere(*xs: Any) -> bool:
    return True


def _between(low: float, high: float) -> Test:
    return lambda x: bool(np.all((x >= low) & (x <= high)))


def _off_zero(x: Any) -> bool:
    return bool(np.all(np.abs(x) > CLEAR))


def _apart(x: Any, y: Any) -> bool:
    return bool(np.all(np.abs(np.subtract(x, y)) > CLEAR))


def _distinct(x: Any) -> bool:
    return np.size(x) < 2 or bool(np.min(np.diff(np.sort(np.ravel(x)))) > CLEAR)


def _both_axes(x: Any, y: Any) -> bool:
    return np.ndim(x) > 0 and np.ndim(y) > 0


def _axes(minimum: int) -> Test:
    return lambda x: np.ndim(x) >= minimum


STEPS: Mapping[str, Mapping[str, Test]] = {
    "function": {
        **dict.fromkeys(("-{0}", "np.sin({0})", "np.tanh({0})", "np.arctan({0})", "sigmoid({0})"), _anywhere),
        **dict.fromkeys(("softplus({0})", "np.log1p({0} ** 2)"), _anywhere),
        **dict.fromkeys(("np.abs({0})", "relu({0})", "np.where({0} > 0, {0}, 0.1 * {0})"), _off_zero),
        **dict.fromkeys(("np.log({0})", "np.sqrt({0})", "1 / {0}"), _between(0.3, LARGEST)),
        "np.exp({0})": _between(-3, 2),
        "{0} ** 2": _between(-4, 4),
        "{0} ** 3": _between(-2, 2),
    },
    "pair": {
        **dict.fromkeys(("{0} + {1}", "{0} - {1}", "{0} * {1}", "np.logaddexp({0}, {1})"), _anywhere),
        **dict.fromkeys(("np.maximum({0}, {1})", "np.where({0} > {1}, {0}, {1} ** 2)"), _apart),
        **dict.fromkeys(("{0} @ {1}", "np.einsum('i...,i...->...', {0}, {1})"), _both_axes),
        "{0} / {1}": lambda x, y: bool(np.all(np.abs(y) > 0.3)),
        "np.hypot({0}, {1})": lambda x, y: bool(np.all(np.hypot(x, y) > 0.3)),
    },
    "reduction": {
        **dict.fromkeys(("np.sum({0})", "np.mean({0})", "logsumexp({0})", "np.sum({0}, axis=0)"), _axes(1)),
        **dict.fromkeys(
            ("{0}.mean(axis=-1, keepdims=True)", "softmax({0}, axis=0)", "np.cumsum({0}, axis=0)"), _axes(1)
        ),
        "np.max({0}, axis=-1)": lambda x: np.ndim(x) > 0 and _distinct(x),
        "np.sum({0} * {0}, axis=(0, 1))": _axes(2),
    },
    "rearrangement": {
        **dict.fromkeys(("{0}.reshape(-1)", "{0}[0]", "{0}[::-1]", "{0}[..., None]", "{0}[[0, -1, 0]]"), _axes(1)),
        **dict.fromkeys(("{0}.T", "{0}[:, -1]", "np.swapaxes({0}, 0, 1)"), _axes(2)),
        "np.concatenate([{0}, 2 * {0}])": _axes(1),
        "np.stack([{0}, {0} ** 2])": _between(-4, 4),
        "np.sort({0}, axis=0)": lambda x: np.ndim(x) > 0 and _distinct(x),
    },
}
"""What a step may be, by kind: how it is written, and for which values it may be taken."""


KINDS = ("function", "pair", "reduction", "pair", "rearrangement")
"""What is drawn from first: a pair brings in an argument, or an earlier value once more."""


class Step(NamedTuple):
    """One line of an expression: the name of its value, how it is computed, and from which."""

    name: str
    text: str
    operands: tuple[str, ...]


class Expression:
    """A function of arrays made of random steps, with arguments at which it is smooth: call it as any function.

    >>> double = Expression({"x0": np.array([1.0, 2.0])}, (Step("v1", "2 * {0}", ("x0",)),))
    >>> print(double.source)
    def expression(x0):
        v1 = 2 * x0
        return v1
    >>> double(*double.arguments)
    array([2., 4.])

    Its ``repr`` is a program that can be run as it stands: the function, and a call with the arguments.

    Args:
        inputs: the arguments by name.
        steps: in order; the last one's value is the result.
    """

    def __init__(self, inputs: Mapping[str, Any], steps: Sequence[Step]) -> None:
        kept: list[Step] = []
        used = {steps[-1].name}
        for step in reversed(steps):  # what the result does not depend on is left out
            if step.name in used:
                kept.insert(0, step)
                used.update(step.operands)
        self.steps = tuple(kept)
        self.inputs = {name: value for name, value in inputs.items() if name in used}

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments in order, arrays of float64 of their own."""
        return tuple([value.copy() for value in self.inputs.values()])

    @property
    def source(self) -> str:
        """The function's source, plain NumPy code and functions of compgraph."""
        lines = [f"    {step.name} = {step.text.format(*step.operands)}" for step in self.steps]
        return "\n".join([f"def expression({', '.join(self.inputs)}):", *lines, f"    return {self.steps[-1].name}"])

    @functools.cached_property
    def _function(self) -> Callable[..., Any]:
        space = dict(NAMES)
        exec(self.source, space)  # the source is put together above
        function: Callable[..., Any] = space["expression"]
        return function

    def __call__(self, *args: Any) -> Any:
        return self._function(*args)

    def __repr__(self) -> str:
        arguments = [f"    np.array({value.tolist()!r})," for value in self.inputs.values()]
        ours = sorted(name for name in OURS if f"{name}(" in self.source.replace(".", " "))
        imports = ["import numpy as np", *([f"from compgraph import {', '.join(ours)}"] if ours else [])]
        return "\n".join(["", *imports, "", self.source, "", "expression(", *arguments, ")"])


def expressions(*, max_steps: int = 6, max_inputs: int = 3) -> SearchStrategy[Expression]:
    """Return a hypothesis strategy of random functions of arrays, each at a point where it is smooth.

    >>> from hypothesis import given
    >>> from compgraph.testing import assert_gradient
    >>> @given(expressions())
    ... def test(f):
    ...     assert_gradient(f, *f.arguments, order=1)
    >>> test()

    A test of something that takes functions draws its functions here; a failing one is shown as a program to run.

    Args:
        max_steps: the largest number of steps; there is at least one.
        max_inputs: the largest number of arguments. Those that the result does not depend on are left out.

    Returns:
        A strategy of :class:`Expression`: of arrays of up to three axes, through functions with kinks (away
        from them), products of matrices, reductions, indexing and joining; the result may have any shape.

    Raises:
        SettingError: a number below 1.
        MissingExtraError: hypothesis is not installed.
    """
    if min(max_steps, max_inputs) < 1:
        raise SettingError(f"max_steps={max_steps} and max_inputs={max_inputs}: each is at least 1")
    st = hypothesis_strategies()
    numbers = numbers_between(-2.0, 2.0)

    def drawn(draw: DrawFn) -> Expression:
        shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=max_inputs))
        inputs = {f"x{i}": draw(array_of(shape, np.float64, numbers)) for i, shape in enumerate(shapes)}
        values: dict[str, Any] = dict(inputs)
        steps: list[Step] = []
        for i in range(draw(st.integers(1, max_steps))):
            possible = {kind: found for kind, table in STEPS.items() if (found := _possible(table, values))}
            kind = draw(st.sampled_from([kind for kind in KINDS if kind in possible]))
            text, operands = draw(st.sampled_from(list(possible[kind])))
            step = Step(f"v{i + 1}", text, operands)
            values[step.name] = possible[kind][text, operands]
            steps.append(step)
        return Expression(inputs, steps)

    strategy: SearchStrategy[Expression] = st.composite(drawn)()
    return strategy


def _possible(table: Mapping[str, Test], values: dict[str, Any]) -> dict[tuple[str, tuple[str, ...]], Any]:
    """The steps of a table that take the latest value, so that none is in vain, and what they give."""
    latest = next(reversed(values))
    found: dict[tuple[str, tuple[str, ...]], Any] = {}
    for text, test in table.items():
        for operands in itertools.permutations(values, 2 if "{1}" in text else 1):
            if latest not in operands:
                continue
            value = _value(text, test, [values[name] for name in operands])
            if value is not None:
                found[text, operands] = value
    return found


def _value(text: str, test: Test, xs: Sequence[Any]) -> Any:
    """What a step gives; None where it may not be taken, or gives what is not to be kept."""
    try:
        if not test(*xs):
            return None
        with np.errstate(all="raise"):
            value = np.asarray(eval(_code(text), dict(NAMES, a=xs[0], b=xs[-1])))
    except (ValueError, IndexError, FloatingPointError):  # shapes that do not fit
        return None
    fits = 0 < value.size <= MOST and value.ndim <= 4 and np.all(np.isfinite(value))
    return value if fits and np.all(np.abs(value) <= LARGEST) else None


@functools.cache
def _code(text: str) -> CodeType:
    return compile(text.format("a", "b"), "<step>", "eval")
