"""Memory within a budget: what is given up is computed again, and the result is the same to the last bit."""

from __future__ import annotations

import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.compile.budget import measured
from compgraph.compile.calls import CONSTANT
from compgraph.compile.capture import Program, capture, signature_of
from compgraph.compile.loading import loaded, plainly
from compgraph.compile.optimise import optimised, quickened
from compgraph.compile.recomputing import bytes_of, least_memory, within
from compgraph.compile.source import sorted_by_need, written
from compgraph.compile.sparing import written_sparingly
from compgraph.errors import UseError
from tests.compile.comparing import agree
from tests.compile.test_random_programs import ProgramOf, programs, sizes

x = np.random.default_rng(0).normal(size=(300, 100))
ONE = x.nbytes


def deep(x: Any) -> Any:
    for _ in range(12):
        x = np.tanh(x) * 0.9 + 0.1 * np.sin(x)
    return np.sum(x * x)


def peak(f: Any) -> int:
    """The bytes that making the function's memory and a call take at most, beside what was there before."""
    f(x)
    make = loaded(f._versions[-1].source)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        make()(x)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def program_of(f: Any, *arguments: Any) -> Program:
    """What is written for these arguments, from shapes and dtypes alone."""
    leaves, signature = signature_of(arguments, {})
    traced = capture(f, leaves, signature)
    for node in traced.tape:
        if node.op is not CONSTANT and isinstance(node.value, np.ndarray):
            node.value = np.broadcast_to(np.zeros((), node.value.dtype), node.value.shape)
    return quickened(optimised(traced._replace(structure=plainly(traced.structure)))[0])[0]


@pytest.mark.parametrize("arrays", [20, 15, 11, 5])
def test_the_peak_is_below_the_budget(arrays: int) -> None:
    free = cg.compile(cg.value_and_grad(deep))
    bound = cg.compile(cg.value_and_grad(deep), memory=arrays * ONE)
    value, gradient = bound(x)
    assert peak(free) > arrays * ONE
    assert peak(bound) <= arrays * ONE + 10_000  # for the interpreter
    np.testing.assert_array_equal(value, free(x)[0])
    np.testing.assert_array_equal(gradient, free(x)[1])


def test_what_fits_is_left_alone() -> None:
    free, bound = (cg.compile(cg.value_and_grad(deep), memory=memory) for memory in (None, "1GB"))
    free(x), bound(x)
    assert free.source == bound.source


def test_a_budget_that_cannot_be_kept_is_told() -> None:
    tight = cg.compile(cg.value_and_grad(deep), memory="1KB")
    with pytest.warns(cg.CompileWarning, match=r"deep takes \d+ bytes at least, where memory=1000 was asked for"):
        value, _ = tight(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(tight(x)[0], value)


def views(x: Any) -> Any:
    """Results that are used much later, and only through views of them."""
    kept = [np.reshape(np.tanh(x + 0.1 * i), (10, -1, 300)) for i in range(6)]
    return sum(np.sum(np.sin(k) * (i + 1)) for i, k in enumerate(kept))


def turned(x: Any) -> Any:
    """Results that have to be copied."""
    y = np.tanh(x)
    return np.sum(y * y), y.T, np.reshape(y, (100, 300))


def branches(x: Any) -> Any:
    for i in range(8):
        z = x * 1.1 + 0.05 * i
        x = np.where(z > 0, z, 0.01 * z)
    return np.sum(x * x)


def gathered(x: Any) -> Any:
    order = np.random.default_rng(1).permutation(len(x))
    for _ in range(6):
        x = np.tanh(x[order]) * 1.1
    return np.sum(x * x)


def shapes(x: Any) -> Any:
    """Each result of a shape of its own."""
    weights = np.random.default_rng(2).normal(size=(130, 130)) / 10
    for n in (110, 120, 130, 125, 115):
        x = np.tanh(x @ np.array(weights[: x.shape[1], :n]))
    return np.sum(x * x)


GRADIENTS = [cg.value_and_grad(f) for f in (deep, views, branches, gathered, shapes)]


@pytest.mark.parametrize("f", [*GRADIENTS, turned])
@pytest.mark.parametrize("share", [1.0, 0.7, 0.4, 0.1])
def test_a_call_holds_what_was_planned(f: Any, share: float) -> None:
    """Nothing is kept for longer than the plan says; what NumPy's loops work in is less than half of an array."""
    program = program_of(f, x)
    budget = int(share * least_memory(program))
    less = within(program, budget)
    planned = least_memory(less)
    assert planned <= least_memory(program)
    taken = measured(less, written_sparingly(less), [x]).nbytes
    assert planned <= taken <= planned + 0.4 * ONE


@pytest.mark.parametrize(("f", "arrays"), [(deep, 5), (views, 6), (gathered, 5), (shapes, 5)])
def test_much_of_a_derivative_is_to_be_had_for_work(f: Any, arrays: int) -> None:
    program = program_of(cg.value_and_grad(f), x)
    assert least_memory(program) > 1.3 * arrays * ONE
    assert least_memory(within(program, arrays * ONE)) <= arrays * ONE


@given(programs(), st.floats(0.0, 1.0), st.booleans())
def test_recomputed_it_is_the_same(drawn: tuple[ProgramOf, list[tuple[Any, ...]]], share: float, keeping: bool) -> None:
    """Random programs, with as much given up as a budget of some share asks for, and nothing held for too long."""
    program, (arguments, *others) = drawn
    f = cg.value_and_grad(program.cost, tuple(range(len(arguments))))
    traced = program_of(f, *arguments)
    once = sorted_by_need(traced.tape, traced.arguments)[0] if keeping else ()
    less = within(traced, int(share * least_memory(traced, once)), once)
    free, spare = loaded(written(traced))(), loaded(written_sparingly(less, once))()
    again = loaded(written(less))()
    for at in (arguments, *others):
        given = [at[i] for i in traced.places]
        with np.errstate(all="ignore"):
            size = 1.0 if not given else sizes(program)(*at)
            agree(spare(*given), free(*given), ulps=16, size=size)
            agree(again(*given), free(*given), ulps=16, size=size)


def test_what_is_computed_once_counts_and_can_be_given_up() -> None:
    """An array that is made of a constant is kept where there is room for it, and made anew in each call where not."""
    table = np.random.default_rng(1).random(x.shape)

    def f(x: Any) -> Any:
        A = 1 / (1 + np.exp(-np.tanh(x)))
        return -np.sum(table * np.log(A) * A + (1 - table) * np.sin(A))

    program = program_of(cg.grad(f), x)
    nodes = sorted_by_need(program.tape, program.arguments)[0]
    assert least_memory(program, nodes) >= least_memory(program)
    assert {*nodes} <= {*within(program, least_memory(program, nodes) // 2, nodes).tape}
    kept, given_up = (measured(program, written_sparingly(program, kept_nodes), [x]) for kept_nodes in (nodes, ()))
    np.testing.assert_array_equal(loaded(kept.source)()(x), loaded(given_up.source)()(x))
    assert (
        kept.source.text.index("1 - table") < kept.source.text.index("def f") < given_up.source.text.index("1 - table")
    )


@pytest.mark.parametrize("text", ["", "MB", "12 MX", "-3MB", 0, -1, True, 1.5])
def test_what_is_no_size_is_refused(text: Any) -> None:
    with pytest.raises(UseError, match="is no size"):
        bytes_of(text)
