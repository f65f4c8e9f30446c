"""Every op of the registry and every composition, compiled: its value and its derivatives are those of the call itself.

Each is compiled on one draw of numbers and called on another one of the same shapes, which tells what of the first was
taken for a constant. What is declared anywhere is tested here, with nothing more to write.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph import OPS, Op
from compgraph.errors import TracingError
from compgraph.rules.composition import COMPOSED, Composition, value_of
from compgraph.rules.scipy_loading import load_scipy_rules
from tests.compile.comparing import same_when_compiled
from tests.sampling import (
    SEEDS,
    apply,
    broadcasting_shapes,
    following,
    pieces,
    real_sum,
    shapes_of,
    sides,
    sizes_of,
    spread_over,
    values,
)

with contextlib.suppress(ImportError):  # where it is not installed, test_scipy_special.py is skipped and says so
    import scipy.special  # noqa: F401
load_scipy_rules()

every_op = pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)

SHAPED_BY_VALUES = {np.unique, np.trim_zeros}
"""The compositions whose results have shapes that depend on the values, which cannot be compiled."""

compiled_ones = [c for c in COMPOSED.values() if c.function not in SHAPED_BY_VALUES]
every_composition = pytest.mark.parametrize("composition", compiled_ones, ids=lambda c: c.name)

few = settings(max_examples=max(1, settings().max_examples // 12))  # each takes four traces and two compilations

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


def check(f: Any, draws: list[Any], positions: tuple[int, ...], seed: int, ulps: float) -> None:
    same_when_compiled(f, *draws, ulps=ulps)

    def cost(*args: Any) -> Any:
        return total(f(*args), seed)

    def largest(*args: Any) -> float:
        slopes = cg.grad(cost, positions)(*args)
        return max([size(f(*args), seed), *[float(np.max(np.abs(x), initial=0.0)) for x in slopes]])

    same_when_compiled(cg.value_and_grad(cost, positions), *draws, ulps=ulps, size=largest)


@every_op
@few
@given(data=st.data(), seed=SEEDS)
def test_an_op(op: Op, data: st.DataObject, seed: int) -> None:
    params: dict[str, Any] = {}
    least = 0 if op.elementwise else 1
    if op.calls:
        call = data.draw(st.sampled_from(op.calls))
        sizes = sizes_of(call.shapes, data.draw, sides(least))
        shapes = shapes_of(call.shapes, sizes)
        params = {name: following(value, sizes) for name, value in call.params.items()}
    else:
        shapes = data.draw(broadcasting_shapes(len(op.vjps), least)).input_shapes
    how = data.draw(st.sampled_from(["double", "single", "Python"]))

    def drawn(seed: int) -> tuple[Any, ...]:
        inputs = values(op, shapes, np.random.default_rng(seed))
        return tuple([as_given(x, how) for x in inputs])

    draws = [drawn(seed), drawn(seed + 1), drawn(seed + 2)]
    positions = tuple([i for i, x in enumerate(draws[0]) if isinstance(x, float) or x.dtype != bool])
    check(lambda *args: apply(op, args, params), draws, positions, seed, MORE.get(op.name, ULPS))


def as_given(x: Any, how: str) -> Any:
    if x.dtype == bool:
        return x
    if how == "Python" and not x.ndim:
        return float(x)
    return x.astype(np.float32 if how == "single" else np.float64)[()]


@every_composition
@few
@given(data=st.data(), seed=SEEDS, single=st.booleans())
def test_a_composition(composition: Composition, data: st.DataObject, seed: int, single: bool) -> None:
    draws, params = drawn_for(composition, data, seed, single)
    positions = tuple(range(len(draws[0])))
    check(
        lambda *args: composition.forward(*args, **params),
        draws, positions, seed, MORE.get(composition.name, ULPS),
    )  # fmt: skip


def drawn_for(
    composition: Composition, data: st.DataObject, seed: int, single: bool
) -> tuple[list[tuple[Any, ...]], dict[str, Any]]:
    call = data.draw(st.sampled_from(composition.calls))
    sizes = sizes_of(call.shapes, data.draw, sides(1))
    params = {name: following(value, sizes) for name, value in call.params.items()}
    draws = []
    for k in range(3):
        rng = np.random.default_rng(seed + k)
        arrays = []
        for position, shape in enumerate(shapes_of(call.shapes, sizes)):
            interval: Any = composition.domain[min(position, len(composition.domain) - 1)]
            x = spread_over(pieces(interval, composition.kinks), int(np.prod(shape)), rng).reshape(shape)
            arrays.append(x.astype(np.float32 if single else np.float64)[()])
        draws.append(tuple(arrays))
    return draws, params


@pytest.mark.parametrize("function", SHAPED_BY_VALUES, ids=lambda f: f.__name__)
@few
@given(data=st.data(), seed=SEEDS)
def test_a_result_whose_shape_depends_on_the_values(function: Any, data: st.DataObject, seed: int) -> None:
    draws, params = drawn_for(COMPOSED[function], data, seed, False)

    def f(*args: Any) -> Any:
        return COMPOSED[function].forward(*args, **params)

    for each in (f, cg.value_and_grad(lambda *args: total(f(*args), seed))):
        with pytest.raises(TracingError, match=r"has a result whose shape depends on the values.*np\.where.*static="):
            cg.compile(each)(*draws[0])
