"""Over how many examples a cost averages."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.averaging import averaged_over

SIZES = st.integers(2, 9)


@given(n=SIZES, m=SIZES)
def test_every_way_of_averaging_is_seen(n, m):
    w: Any = cg.Variable(np.ones((n, 1)))
    X = np.ones((n, m))
    L = (w.T @ X) ** 2
    for J in (
        np.mean(L),
        np.sum(L) / m,
        np.sum(L) * (1 / m),
        (1 / m) * np.sum(L),
        -np.sum(L) / m,
        np.sum(L) / np.float64(m),
        np.sum(L) / np.array(m),
        np.sum(L / m),
        np.average(L) if np.average in cg.OPS else np.mean(L),
    ):
        first, *others = averaged_over(J)
        assert first == m
        assert set(others) <= {m / 2}  # which may be the number too, and m twice that
    assert averaged_over(np.sum(L)) == ()
    both = averaged_over(np.sum(np.mean(w @ X[:1], axis=1)) / n)
    assert {n, m} <= set(both) <= {n, m, n / 2}


@given(m=st.integers(20, 40))
def test_a_number_that_is_no_length_is_none_of_examples(m):
    w: Any = cg.Variable(np.ones((3, 1)))
    assert averaged_over(np.sum(w**2) / m) == ()
    assert averaged_over(np.sum(w**2) * 0.0) == ()
    assert averaged_over(np.sum(w**2) / np.inf) == ()


def test_a_mean_of_one_entry_averages_over_nothing():
    w: Any = cg.Variable(np.ones((3, 1)))
    assert averaged_over(np.mean(np.sum(w, keepdims=True))) == ()


def test_a_division_by_a_node_is_no_average():
    w, m = cg.variables(w=np.ones(3), m=3.0)
    assert averaged_over(np.sum(w) / m) == ()


@pytest.mark.parametrize("times", [2, 0.5])
def test_half_the_mean(times):
    w: Any = cg.Variable(np.ones((3, 1)))
    X = np.ones((3, 7))
    assert averaged_over(times * np.sum((w.T @ X) ** 2) / 7) == (7,)
    assert averaged_over(np.sum((w.T @ X) ** 2) / (2 * 7)) == (7,)
    assert averaged_over(np.sum((w.T @ X) ** 2) * (1 / (2 * 7))) == (7,)
