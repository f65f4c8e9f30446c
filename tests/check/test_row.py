"""One row: the verdict that rounding leaves, the entry that is shown, and what takes a verdict back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.check.numeric import Slopes
from compgraph.check.report_errors import relative_errors
from compgraph.check.row import SAFETY, Row, distance, index_of_largest, last_digit
from compgraph.check.verdicts import BOTH_DIFFER, KINK, PRECISION

SHAPES = st.sampled_from([(), (1,), (4,), (3, 1), (2, 3), (2, 1, 3)])
SEEDS = st.integers(0, 2**32)
DTYPES = st.sampled_from([np.float64, np.float32])


@given(shape=SHAPES, seed=SEEDS, dtype=DTYPES, spread=st.sampled_from([0.0, 1e-3]))
def test_right_is_what_lies_within_the_tolerance_and_wrong_what_does_not(shape, seed, dtype, spread):
    rng = np.random.default_rng(seed)
    right = np.asarray(rng.normal(size=shape).astype(dtype))
    row = Row("dw", right, right, spread)
    np.testing.assert_array_equal(row.tolerance, SAFETY * (spread + last_digit(right)))
    assert (row.verdict, row.max_abs, row.max_ulp, row.is_right) == ("right", 0.0, 0.0, True)
    assert row.remark == ("16 digits" if dtype == np.float64 else "7 digits")
    off = np.array(right, dtype=np.float64)
    index = tuple(int(rng.integers(n)) for n in shape)
    off[index] += 0.5 * row.tolerance[index]
    assert Row("dw", right, off, spread).is_right
    off[index] += 2 * row.tolerance[index]
    wrong = Row("dw", right, off, spread)
    assert (wrong.verdict, wrong.where, wrong.is_right) == ("wrong", index, False)
    assert wrong.max_abs == pytest.approx(float(abs(off[index] - right[index])))
    assert wrong.max_rel == pytest.approx(wrong.max_abs / max(np.max(np.abs(right)), np.max(np.abs(off))))


@given(seed=SEEDS)
def test_the_entry_that_is_shown_is_the_farthest_of_those_beyond_their_tolerance(seed):
    rng = np.random.default_rng(seed)
    right = rng.normal(size=8)
    spread = np.where(np.arange(8) < 4, 1.0, 0.0)
    manual = right + np.concatenate([np.full(4, 30.0), 1e-6 * rng.uniform(1, 2, 4)])
    row = Row("dw", right, manual, spread)
    assert row.verdict == "wrong"
    assert row.where == (4 + int(np.argmax(np.abs(manual - right)[4:])),)


def test_one_unit_in_the_last_place_is_one():
    right = np.array([1.0, 3.0])
    row = Row("dw", right, np.nextafter(right, 4), 0.0)
    assert row.max_ulp == pytest.approx(1.0)


@pytest.mark.parametrize("manual", [np.ones(3), np.ones((1, 3)), np.ones((3, 2)), np.array(1.0)])
def test_another_shape_is_wrong(manual):
    row = Row("db", np.ones((3, 1)), manual, 0.0)
    assert (row.verdict, row.remark, row.max_abs) == ("wrong", f"has shape {manual.shape}", math.inf)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_wrong_unless_both_are(bad):
    right = np.array([1.0, 2.0])
    row = Row("dw", right, np.array([1.0, bad]), 1e300)
    assert (row.verdict, row.where) == ("wrong", (1,))
    row.allow_for_cancellation(np.full(2, 1e300))
    assert row.verdict == "wrong"
    both = Row("dw", np.array([1.0, bad]), np.array([1.0, bad]), 0.0)
    assert both.is_right == (not np.isnan(bad))


def test_no_entries_are_right():
    row = Row("dw", np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3)))
    assert (row.verdict, row.max_abs) == ("right", 0.0)


def test_the_manual_value_is_kept_as_it_was():
    manual = np.ones(2)
    row = Row("dw", np.ones(2), manual, 0.0)
    manual[:] = 5
    assert row.manual.tolist() == [1.0, 1.0]


def test_digits_that_a_formula_loses():
    row = Row("dw", np.array([1.0, 1e-8]), np.array([1.0, 1.1e-8]), 0.0)
    assert row.verdict == "wrong"
    row.allow_for_cancellation(np.array([0.0, 1e-12]))
    assert row.verdict == "wrong"
    row.allow_for_cancellation(np.array([0.0, 1e-9]))
    assert (row.verdict, row.where, row.remark) == ("right up to rounding", (1,), "1 digit")


def test_nothing_left_of_either_is_inconclusive():
    row = Row("dw", np.array([1e-20], np.float32), np.array([-1e-20], np.float32), 1e-10)
    row.doubt_digits()
    assert (row.verdict, row.remark) == (PRECISION, "rounding exceeds it; compare in float64")
    double = Row("dw", np.array([1e-20]), np.array([-1e-20]), 1e-10)
    double.doubt_digits()
    assert (double.verdict, double.remark) == (PRECISION, "rounding exceeds it; compare elsewhere")
    right = Row("dw", np.ones(2), np.ones(2), 0.0)
    right.doubt_digits()
    assert right.is_right


def test_slopes_that_contradict_cast_doubt_on_a_right_and_not_on_a_wrong():
    entries = np.array([0, 2])
    agreeing = Slopes(entries, np.array([1.0, 3.0 + 1e-9]), np.array([1e-8, 1e-8]))
    contradicting = Slopes(entries, np.array([1.0, 3.1]), np.array([1e-8, 1e-8]))
    right = np.array([1.0, 2.0, 3.0])
    row = Row("dw", right, right, 0.0)
    row.take_numeric(agreeing)
    assert row.is_right
    np.testing.assert_array_equal(row.numeric, [1.0, np.nan, 3.0 + 1e-9])
    row.take_numeric(contradicting)
    assert row.verdict == BOTH_DIFFER
    assert row.numeric_abs == pytest.approx(0.1)
    wrong = Row("dw", right, -right, 0.0)
    wrong.take_numeric(contradicting)
    wrong.doubt("")
    assert wrong.verdict == "wrong"


def test_a_convention_and_a_kink_take_a_verdict_back():
    row = Row("dZ", np.array([1.0, 2.0]), np.array([7.0, 14 + 7e-15]), 0.0, "intermediate")
    assert (row.verdict, row.max_rel > 0.8, row.times) == ("wrong", True, 1)
    row.call_convention(7)
    assert row.is_right
    assert row.judgement == "right: 7 · dJ/dZ"
    assert 0 < row.max_abs < 2e-15  # of the seventh part
    assert (row.where, row.times, row.max_rel < 1e-15, row.max_ulp < 3) == ((1,), 7, True, True)
    np.testing.assert_array_equal(relative_errors(row) < 1e-15, True)
    (explanation,) = row.explanations
    assert explanation.kind == "convention"
    np.testing.assert_allclose(explanation.fix(row.manual), row.autodiff, rtol=1e-15)
    row.call_kink("Z1[0] is 0")
    assert (row.verdict, row.is_right, repr(row)) == (KINK, False, f"<Row dZ (2,): {KINK}: Z1[0] is 0>")


def test_distances():
    one, other = np.array([np.inf, -np.inf, np.nan, 1e308, 1.0]), np.array([np.inf, np.inf, np.nan, -1e308, 3.0])
    assert distance(one, other).tolist() == [0.0, np.inf, np.inf, np.inf, 2.0]
    assert index_of_largest(np.array([[1.0, 5.0], [2.0, 3.0]])) == (0, 1)
    assert index_of_largest(np.array(1.0)) == ()
    assert last_digit(np.array([1.0, np.inf], np.float32)).tolist() == pytest.approx([2.0**-23, 0.0])
