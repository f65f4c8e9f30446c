"""Numeric slopes and the error they state for themselves."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.check.numeric import ALL_ENTRIES, entries_to_nudge, nudge, numeric_slopes

SMOOTH: dict[str, tuple[Any, Any]] = {
    "cube": (lambda w: np.sum(w**3), lambda w: 3 * w**2),
    "exp": (lambda w: np.sum(np.exp(w)), np.exp),
    "sin of the sum": (lambda w: np.sin(np.sum(w)), lambda w: np.full(w.shape, np.cos(np.sum(w)))),
    "an offset": (lambda w: 10 + np.sum(w**2), lambda w: 2 * w),
}


@pytest.mark.parametrize("name", SMOOTH)
@given(seed=st.integers(0, 2**32), scale=st.sampled_from([1e-3, 1.0, 3.0]))
def test_the_stated_error_is_that_of_the_slope_to_a_small_factor(name, seed, scale):
    f, derivative = SMOOTH[name]
    w = np.random.default_rng(seed).normal(size=(2, 3)) * scale
    found = numeric_slopes(f, w)
    true = derivative(w).reshape(-1)
    assert np.all(np.abs(found.slopes - true) <= 4 * found.errors + 1e-15)
    assert np.all(found.errors <= 1e-3 * (1 + np.abs(true)))  # an error that excuses everything would say nothing


def test_the_error_is_large_at_a_kink_and_small_beside_it():
    found = numeric_slopes(lambda w: np.sum(np.maximum(w, 0.0)), np.array([0.0, 1.0, -1.0]))
    assert found.errors[0] > 0.4
    assert np.all(found.errors[1:] < 1e-8)
    assert found.slopes[1] == pytest.approx(1.0)
    assert found.slopes[2] == 0.0


def test_the_array_is_not_touched():
    w = np.array([1.0, 2.0])
    w.setflags(write=False)
    seen: list[Any] = []

    def total(v):
        seen.append(v)
        return np.sum(v)

    numeric_slopes(total, w)
    assert w.tolist() == [1.0, 2.0]
    assert len({id(v) for v in seen}) == len(seen)  # a cost that keeps or changes what it is given sees no other's


def test_all_entries_of_a_small_array_and_a_few_of_a_large_one_always_the_same():
    assert entries_to_nudge(ALL_ENTRIES).tolist() == list(range(ALL_ENTRIES))
    chosen = entries_to_nudge(10**6)
    assert len(set(chosen.tolist())) == len(chosen) < ALL_ENTRIES
    assert chosen.tolist() == entries_to_nudge(10**6).tolist()


def test_numbers_and_empty_arrays_have_slopes_too():
    assert numeric_slopes(lambda w: w**2, 3.0).slopes == pytest.approx([6.0])
    assert numeric_slopes(np.sum, np.zeros((0, 2))).slopes.size == 0


def test_a_nudge_is_the_course_s():
    assert nudge(lambda w: w**2, 3.0) == pytest.approx(6.0, rel=1e-9)
    assert nudge(lambda w: w**3, 3.0, step=0.1) == pytest.approx(27.01)  # 3w² + step²: the error is visible
