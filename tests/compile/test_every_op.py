"""Every op of the registry and every composition, compiled: its value and its derivatives are those of the call itself.

Each is compiled on one draw of numbers and called on another one of the same shapes, which tells what of the first was
taken for a constant. What is declared anywhere is tested here, with nothing more to write.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings

import compgraph as cg
from compgraph import OPS, Op
from compgraph.errors import TracingError
from compgraph.primitive import Call
from compgraph.rules.composition import COMPOSED, Composition, value_of
from compgraph.rules.scipy_loading import load_scipy_rules
from tests.compile.comparing import same_when_compiled
from tests.sampling import (
    SEEDS,
    apply,
    as_given,
    following,
    pieces,
    real_sum,
    shapes_of,
    spread_over,
    values,
)

with contextlib.suppress(ImportError):  # where it is not installed, test_scipy_special.py is skipped and says so
    import scipy.special  # noqa: F401
load_scipy_rules()

every_op = pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)

SHAPED_BY_VALUES = (np.unique, np.trim_zeros)
"""The compositions whose results have shapes that depend on the values, which cannot be compiled."""

compiled_ones = [c for c in COMPOSED.values() if c.function not in SHAPED_BY_VALUES]
every_composition = pytest.mark.parametrize("composition", compiled_ones, ids=lambda c: c.name)

few = settings(max_examples=max(1, settings().max_examples // 25), phases=[Phase.explicit, Phase.reuse, Phase.generate])

ULPS = 4
"""Of the sum, in proportion to the sizes of what is added up; of a gradient, to its largest entry."""

MORE = {"linalg.expm": 50}


def parts(result: Any) -> list[Any]:
    if isinstance(result, (list, tuple)):
        return [part for each in result for part in parts(each)]
    return [result]


def weighted(result: Any, seed: int) -> list[Any]:
    """The entries of a result, each times a weight of its own, and the result's dtype kept."""
    rng = np.random.default_rng(seed)
    terms = []
    for part in parts(result):
        weights = rng.uniform(0.5, 1.5, np.shape(part)) * rng.choice([-1.0, 1.0], np.shape(part))
        if part is None or isinstance(part, (int, str)):
            continue
        dtype = np.dtype(float) if isinstance(part, float) else part.dtype
        if dtype.kind in "fc":
            single = dtype in (np.float32, np.complex64) and np.shape(part)
            terms.append((np.asarray(weights, np.float32) if single else weights) * part)
    return terms


def total(result: Any, seed: int) -> Any:
    return sum(real_sum(term) for term in weighted(result, seed))


def size(result: Any, seed: int) -> float:
    """Of what is added up to the total: rounding is in proportion to it."""
    return sum(float(np.sum(np.abs(value_of(term)))) for term in weighted(result, seed))


def added_up(*args: Any) -> float:
    """Of the arguments: the rounding of a sum is in proportion to that of what is added up."""
    return sum(float(np.sum(np.abs(x))) for x in args)


def check(f: Any, draws: list[Any], positions: tuple[int, ...], seed: int, ulps: float, sums: bool) -> None:
    same_when_compiled(f, *draws, ulps=ulps, size=added_up if sums else None)

    def cost(*args: Any) -> Any:
        return total(f(*args), seed)

    def largest(*args: Any) -> float:
        slopes = cg.grad(cost, positions)(*args)
        return max([size(f(*args), seed), *[float(np.max(np.abs(x), initial=0.0)) for x in slopes]])

    same_when_compiled(cg.value_and_grad(cost, positions), *draws, ulps=ulps, size=largest)


@every_op
@few
@given(seed=SEEDS)
def test_an_op(op: Op, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for call in op.calls or (None, None):
        shapes: tuple[tuple[int, ...], ...] = tuple(
            [((), (2, 1), (2, 3), (3,))[i] for i in rng.integers(0, 4, len(op.vjps))]
        )
        params: dict[str, Any] = {}
        if call is not None:
            shapes, params = called(call, rng)
        how = ("double", "single", "Python")[rng.integers(0, 3)]
        draws = [tuple([as_given(x, how) for x in values(op, shapes, rng)]) for _ in range(3)]
        positions = tuple([i for i, x in enumerate(draws[0]) if isinstance(x, float) or x.dtype != bool])

        def f(*args: Any, params: dict[str, Any] = params) -> Any:
            return apply(op, args, params)

        check(f, draws, positions, seed, MORE.get(op.name, ULPS), op.multilinear)


def called(call: Call, rng: np.random.Generator) -> tuple[tuple[tuple[int, ...], ...], dict[str, Any]]:
    """Shapes and parameters of one of the ways that a function is called in."""
    sizes = {letter: int(rng.integers(1, 4)) for letter in sorted(set(call.shapes)) if letter.isalpha()}
    return shapes_of(call.shapes, sizes), {name: following(value, sizes) for name, value in call.params.items()}


@every_composition
@few
@given(seed=SEEDS)
def test_a_composition(composition: Composition, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for call in composition.calls:
        f, draws = drawn_for(composition, call, rng)
        check(f, draws, tuple(range(len(draws[0]))), seed, MORE.get(composition.name, ULPS), False)


def drawn_for(composition: Composition, call: Call, rng: np.random.Generator) -> tuple[Any, list[tuple[Any, ...]]]:
    shapes, params = called(call, rng)
    how = ("double", "single")[rng.integers(0, 2)]
    draws = []
    for _ in range(3):
        arrays = []
        for position, shape in enumerate(shapes):
            interval: Any = composition.domain[min(position, len(composition.domain) - 1)]
            x = spread_over(pieces(interval, composition.kinks), int(np.prod(shape)), rng).reshape(shape)
            arrays.append(as_given(x, how))
        draws.append(tuple(arrays))
    return lambda *args: composition.forward(*args, **params), draws


@pytest.mark.parametrize("function", SHAPED_BY_VALUES, ids=lambda f: f.__name__)
@few
@given(seed=SEEDS)
def test_a_result_whose_shape_depends_on_the_values(function: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for call in COMPOSED[function].calls:
        f, draws = drawn_for(COMPOSED[function], call, rng)

        def cost(*args: Any, f: Any = f) -> Any:
            return total(f(*args), seed)

        for each in (f, cg.value_and_grad(cost)):
            with pytest.raises(
                TracingError, match=r"has a result whose shape depends on the values.*np\.where.*static="
            ):
                cg.compile(each)(*draws[0])
