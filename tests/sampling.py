"""Inputs for testing an op, drawn from what its declaration says: its domain, its kinks, its ways of being called.

Values lie on a jittered grid over the domain, in random order: so no two entries of an input are equal, and none is
close to a kink. For an elementwise op the same holds for entries that meet each other through broadcasting.
"""

from __future__ import annotations

import functools
import inspect
import operator
from typing import Any, NamedTuple

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from compgraph import Op

MARGIN = 0.02
"""How far, in widths of the domain, values stay away from kinks and from each other."""

QUICKLY = 10
"""Of an op so many examples are drawn in the quick profile, for each of its tests; `make mutants` does with as many."""

PER_OP = settings(max_examples=QUICKLY if settings().max_examples < 100 else settings().max_examples)
"""For tests that are run on every op: what they have in common, the engine, is met in hundreds of them."""

Shape = tuple[int, ...]

SEEDS = st.integers(0, 2**32 - 1)

# A strategy is made once: making and checking one takes longer than drawing from it.


@functools.cache
def sides(least: int) -> st.SearchStrategy[int]:
    return st.integers(least, 3)


@functools.cache
def broadcasting_shapes(count: int, min_side: int) -> st.SearchStrategy[Any]:
    return mutually_broadcastable_shapes(num_shapes=count, max_dims=3, min_side=min_side, max_side=3)


class Sample(NamedTuple):
    """Arguments to call an op with: float64 arrays (bool ones for masks), some of no axes, and parameters."""

    inputs: tuple[Any, ...]
    params: dict[str, Any]

    @property
    def differentiable(self) -> tuple[int, ...]:
        """The positions of the inputs that can be variables."""
        return tuple(i for i, x in enumerate(self.inputs) if x.dtype != bool)


def domain_of(op: Op, position: int) -> Any:
    """The interval of one input, or bool; a function of any number of arrays declares one for all."""
    return op.domain[0 if op.variadic else position]


def pieces(interval: tuple[float, float], kinks: tuple[float, ...]) -> list[tuple[float, float]]:
    """An interval without the neighbourhoods of its kinks."""
    low, high = interval
    margin = MARGIN * (high - low)
    inside = sorted(kink for kink in kinks if low <= kink <= high)
    starts = [low, *[kink + margin for kink in inside]]
    ends = [*[kink - margin for kink in inside], high]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]


def spread_over(intervals: list[tuple[float, float]], size: int, rng: np.random.Generator) -> Any:
    """As many different numbers, in random order, evenly spread over some intervals laid end to end."""
    lengths = np.array([high - low for low, high in intervals])
    place = (rng.permutation(size) + rng.uniform(0.2, 0.8, size)) / max(size, 1) * lengths.sum()
    ends = np.cumsum(lengths)
    which = np.minimum(np.searchsorted(ends, place, side="right"), len(lengths) - 1)
    lows = np.array([low for low, _ in intervals])
    return lows[which] + place - (ends - lengths)[which]


def meet_closely(inputs: list[Any], gap: float) -> bool:
    """Whether entries of two inputs that broadcasting brings together are closer than a gap."""
    numbers = np.broadcast_arrays(*[x for x in inputs if x.dtype != bool])
    return any(bool(np.any(np.abs(numbers[i] - numbers[j]) < gap)) for i in range(len(numbers)) for j in range(i))


def values(op: Op, shapes: tuple[Shape, ...], rng: np.random.Generator) -> tuple[Any, ...]:
    """Arrays of these shapes that the op's derivative can be measured at."""
    for _ in range(1000):
        inputs: list[Any] = []
        widths = []
        for position, shape in enumerate(shapes):
            interval = domain_of(op, position)
            size = int(np.prod(shape))
            if interval is bool:
                inputs.append((rng.permutation(size) % 2 == 0).reshape(shape))
            else:
                widths.append(interval[1] - interval[0])
                inputs.append(spread_over(pieces(interval, op.kinks), size, rng).reshape(shape))
        if not (op.elementwise and meet_closely(inputs, MARGIN * min(widths))):
            return tuple(inputs)
    raise AssertionError(f"{op.name}: no values without ties in {op.domain}")


def sizes_of(shapes: str, draw: st.DrawFn, sides: st.SearchStrategy[int]) -> dict[str, int]:
    return {letter: draw(sides) for letter in sorted(set(shapes)) if letter.isalpha()}


def shapes_of(shapes: str, sizes: dict[str, int]) -> tuple[Shape, ...]:
    """``"ab,3"`` with sizes for a and b as the shapes it stands for."""
    return tuple(tuple(sizes[c] if c.isalpha() else int(c) for c in part) for part in shapes.split(","))


@st.composite
def samples(draw: st.DrawFn, op: Op, min_side: int = 1) -> Sample:
    """Arguments to call an op with, in one of the ways that it declares."""
    params: dict[str, Any] = {}
    if op.calls:
        call = draw(st.sampled_from(op.calls))
        sizes = sizes_of(call.shapes, draw, sides(min_side))
        shapes = shapes_of(call.shapes, sizes)
        params = {name: following(value, sizes) for name, value in call.params.items()}
    else:
        shapes = draw(broadcasting_shapes(len(op.vjps), min_side)).input_shapes
    rng = np.random.default_rng(draw(SEEDS))
    return Sample(values(op, shapes, rng), params)


def following(value: Any, sizes: dict[str, int]) -> Any:
    """A parameter of a call; one that is a function follows the sizes that its arguments name."""
    if not inspect.isfunction(value):
        return value
    return value(*[sizes[letter] for letter in inspect.signature(value).parameters])


def real_sum(x: Any) -> Any:
    """The sum of all entries, of complex ones its real part: a number that has a derivative."""
    total = np.sum(x)
    return np.real(total) if total.dtype.kind == "c" else total


def apply(op: Op, inputs: tuple[Any, ...] | list[Any], params: dict[str, Any]) -> Any:
    """Call the op's function as people call it."""
    if op.function is operator.getitem:
        array = inputs[0] if hasattr(inputs[0], "shape") else np.asarray(inputs[0])
        return array[params["index"]]
    return op.function(list(inputs), **params) if op.variadic else op.function(*inputs, **params)


def as_given(x: Any, how: str) -> Any:
    """An argument as people have it: an array of either precision, a NumPy scalar, a Python number."""
    if x.dtype == bool:
        return x
    if how == "Python" and not x.ndim:
        return float(x)
    return x.astype(np.float32 if how == "single" else np.float64)[()]
