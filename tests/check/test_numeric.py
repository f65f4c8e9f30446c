"""Numeric slopes and the error they state for themselves."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compgraph.check.numeric import (
    ALL_ENTRIES,
    DIRECTIONS,
    directional_slopes,
    entries_to_nudge,
    entry_sizes,
    nudge,
    numeric_slopes,
    relative_step,
)

SMOOTH: dict[str, tuple[Any, Any]] = {
    "cube": (lambda w: np.sum(w**3), lambda w: 3 * w**2),
    "exp": (lambda w: np.sum(np.exp(w)), np.exp),
    "sin of the sum": (lambda w: np.sin(np.sum(w)), lambda w: np.full(w.shape, np.cos(np.sum(w)))),
    "an offset": (lambda w: 10 + np.sum(w**2), lambda w: 2 * w),
}


@pytest.mark.parametrize("name", SMOOTH)
@given(seed=st.integers(0, 2**32), scale=st.sampled_from([1e-3, 1.0, 3.0]))
@example(seed=160, scale=3.0)  # a cost next to 0, which is known no better than its large arguments are
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


# ---------------------------------------------------------------------------------------------------------- directions

SIZES = st.integers(1, 3000)


@pytest.mark.parametrize("name", SMOOTH)
@given(seed=st.integers(0, 2**32), size=SIZES, scale=st.sampled_from([1e-3, 1.0]))
def test_the_stated_error_of_a_directional_slope_is_its_error_to_a_small_factor(name, seed, size, scale):
    f, derivative = SMOOTH[name]
    w = np.random.default_rng(seed).normal(size=(size, 2)) * scale / size
    found = directional_slopes(f, w)
    apart = np.abs(found.along(derivative(w)) - found.slopes)
    assert np.all(apart <= 4 * found.errors)
    size_of_terms = np.abs(derivative(w)).ravel() @ entry_sizes(w).ravel()
    assert np.all(found.errors <= 1e-3 * (size_of_terms + abs(f(w)) * 1e-5))  # and it does not excuse everything


@given(seed=st.integers(0, 2**32), size=st.integers(1000, 20_000), data=st.data())
def test_a_wrong_entry_anywhere_is_off_along_every_direction(seed, size, data):
    w = np.random.default_rng(seed).normal(size=size)
    found = directional_slopes(lambda w: np.sum(np.tanh(w)), w)
    wrong = 1 - np.tanh(w) ** 2
    wrong[data.draw(st.integers(0, size - 1))] += 1e-3
    assert np.all(np.abs(found.along(wrong) - found.slopes) > 8 * found.errors)


@given(seed=st.integers(0, 2**32), data=st.data())
def test_two_entries_that_are_wrong_by_opposite_amounts_do_not_cancel(seed, data):
    w = np.random.default_rng(seed).normal(size=(20, 40))
    found = directional_slopes(lambda w: np.sum(w**2), w)
    wrong = 2 * w.ravel()
    first, second = data.draw(st.lists(st.integers(0, w.size - 1), min_size=2, max_size=2, unique=True))
    wrong[first] += 0.1
    wrong[second] -= 0.1
    assert np.any(np.abs(found.along(wrong) - found.slopes) > 8 * found.errors)


@given(data=st.data())
def test_directions_may_be_given_and_are_taken_as_numbers_can(data):
    w = np.array([[1.0, -2.0, 1e6]])
    picked = np.zeros((1, 1, 3))
    picked[0, 0, data.draw(st.integers(0, 2))] = 1.0
    found = directional_slopes(lambda w: np.sum(w**2), w, directions=picked)
    np.testing.assert_allclose(found.directions, picked, rtol=1e-4)
    assert np.all(np.abs(found.along(2 * w) - found.slopes) <= found.errors)


def test_directions_are_always_the_same_ones_and_as_many_as_asked_for():
    w = np.linspace(1, 2, 6).reshape(2, 3)
    found = directional_slopes(np.sum, w)
    assert found.directions.shape == (DIRECTIONS, 2, 3)
    assert np.array_equal(found.directions, directional_slopes(np.sum, w).directions)
    assert np.all(np.abs(found.directions) > 0.49 * entry_sizes(w))
    other = directional_slopes(np.sum, w, count=2, rng=np.random.default_rng(5)).directions
    assert other.shape == (2, 2, 3)
    assert not np.array_equal(other, found.directions[:2])


def test_a_kink_under_one_entry_of_many_is_in_the_error_of_the_directions():
    w = np.linspace(1, 2, 1000)
    w[77] = 0.0
    found = directional_slopes(lambda w: np.sum(np.abs(w)), w)
    expected = np.sign(w)
    assert np.all(np.abs(found.along(expected) - found.slopes) <= found.errors)
    assert np.all(found.errors > 0.1)


def test_directions_do_not_touch_the_array_and_take_numbers():
    w = np.array([1.0, 2.0])
    w.setflags(write=False)

    def careless(v):
        v *= 2
        return np.sum(v)

    found = directional_slopes(careless, w)
    assert w.tolist() == [1.0, 2.0]
    np.testing.assert_allclose(found.slopes, found.along([2.0, 2.0]))
    number = directional_slopes(lambda w: w**2, 3.0, count=1)
    assert number.slopes == pytest.approx(number.along(6.0))
    assert directional_slopes(np.sum, np.zeros((0, 2))).slopes.tolist() == [0.0] * DIRECTIONS


# ----------------------------------------------------------------------------------------------------- steps and noise


def test_a_cost_of_few_digits_is_nudged_further():
    """A step for 16 digits, where the cost has 7, would leave nothing but rounding of the slope."""
    w = np.array([0.3, -0.7])
    slopes = 4 * w**3

    def single(w):
        return np.sum(w.astype(np.float32) ** 4)

    found = numeric_slopes(single, w)
    assert np.all(np.abs(found.slopes - slopes) <= found.errors)
    assert np.all(found.errors < 2e-3)

    def rounded(w):
        return round(float(np.sum(w**4)), 10)

    told = numeric_slopes(rounded, w, noise=1e-10)
    assert np.all(np.abs(told.slopes - slopes) <= told.errors)
    assert np.all(told.errors < 1e-5)


@given(seed=st.integers(0, 2**32))
def test_where_the_cost_is_zero_the_digits_of_the_array_count(seed):
    """The cost is small because large entries cancel, and is known no better than they are."""
    w = np.random.default_rng(seed).normal(size=6) * 100
    w[0] -= np.sum(w)
    found = numeric_slopes(lambda w: np.sin(np.sum(w)), w)
    assert np.all(np.abs(found.slopes - np.cos(np.sum(w))) <= 4 * found.errors)
    along = directional_slopes(lambda w: np.sin(np.sum(w)), w)
    assert np.all(np.abs(along.along(np.full(6, np.cos(np.sum(w)))) - along.slopes) <= 8 * along.errors)


@given(seed=st.integers(0, 2**32))
def test_a_cost_of_single_precision_is_known_to_its_own_digits(seed):
    w = np.random.default_rng(seed).normal(size=3)
    found = numeric_slopes(lambda w: np.float32(np.sum(w)), w)
    assert np.all(np.abs(found.slopes - 1) <= 4 * found.errors)


@given(size=st.floats(1e-200, 1e200), noise=st.floats(0, 1e300))
def test_the_step_is_that_of_double_to_single_precision(size, noise):
    step = relative_step(size, noise)
    assert relative_step(1.0) <= step <= relative_step(np.float32(1.0))
    if noise <= size * 2e-16:
        assert step == relative_step(1.0)


def test_an_error_is_infinite_where_the_cost_is_not_finite():
    found = numeric_slopes(lambda w: np.sum(np.sqrt(w)), np.array([0.0, 1.0]))  # and no warning leaves the call
    assert found.errors[0] == np.inf
    assert found.errors[1] < 1e-8
    assert np.all(directional_slopes(lambda w: np.sum(np.log(w)), np.array([0.0, 1.0])).errors == np.inf)
