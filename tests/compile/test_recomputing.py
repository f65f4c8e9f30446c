"""Memory within a budget: what is given up is computed again, and the result is the same to the last bit."""

from __future__ import annotations

import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile.recomputing import bytes_of
from compgraph.errors import UseError

x = np.random.default_rng(0).normal(size=(300, 100))
ONE = x.nbytes


def deep(x: Any) -> Any:
    for _ in range(12):
        x = np.tanh(x) * 0.9 + 0.1 * np.sin(x)
    return np.sum(x * x)


def peak(f: Any) -> int:
    """The bytes that making the function's memory and a call take at most, beside what was there before."""
    f(x)
    tracemalloc.start()
    try:
        f.source
        make = f._versions[-1].make
        run = make()
        before = tracemalloc.get_traced_memory()[0] - held(run)
        tracemalloc.reset_peak()
        run(x)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def held(run: Any) -> int:
    """The bytes of the arrays that a function works in."""
    cells = getattr(run, "__closure__", None) or ()
    return sum(cell.cell_contents.nbytes for cell in cells if isinstance(cell.cell_contents, np.ndarray))


@pytest.mark.parametrize("arrays", [20, 15, 11])
def test_the_peak_is_below_the_budget(arrays: int) -> None:
    free = cg.compile(cg.value_and_grad(deep))
    bound = cg.compile(cg.value_and_grad(deep), memory=arrays * ONE)
    value, gradient = bound(x)
    assert peak(free) > arrays * ONE
    assert peak(bound) <= arrays * ONE + 100_000  # for the interpreter
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


@pytest.mark.parametrize("text", ["", "MB", "12 MX", "-3MB", 0, -1, True, 1.5])
def test_what_is_no_size_is_refused(text: Any) -> None:
    with pytest.raises(UseError, match="is no size"):
        bytes_of(text)
