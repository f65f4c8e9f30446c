"""Numbers and arrays as they are written."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compgraph.render.values import matrix, number, shape, value_range


def read(text: str) -> float:
    return float(text.replace("−", "-"))


@given(st.floats(allow_nan=False))
def test_a_number_reads_back_to_six_digits(value):
    text = number(value)
    assert read(text) == pytest.approx(value, rel=1e-5, abs=0)
    assert len(text) <= 13
    assert "-" not in text


@given(st.integers())
def test_an_integer_reads_back(value):
    text = number(value)
    assert read(text) == pytest.approx(value, rel=1e-5) if abs(value) >= 10**6 else int(read(text)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (-0.0, "0"),
        (1e100, "1e100"),
        (-2.5e-7, "−2.5e−7"),
        (float("nan"), "nan"),
        (float("-inf"), "−inf"),
        (np.float32(0.1), "0.1"),
        (np.int64(7), "7"),
        (np.True_, "True"),
        (1 + 2j, "1+2j"),
        (None, "None"),
        ("a\nb", "a b"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


arrays = hnp.arrays(
    st.sampled_from([np.float64, np.float32, np.int64]),
    hnp.array_shapes(min_dims=1, max_dims=2, max_side=4),
    elements={"allow_nan": False, "allow_infinity": False},
    fill=st.nothing(),
)


@given(arrays)
def test_a_small_array_is_written_in_full(array):
    assume(np.abs(array.astype(float)).max() < 1.79e308)  # rounded up, what is larger reads back as infinite
    rows = matrix(array)
    assert rows is not None
    back = np.array([[read(entry) for entry in row] for row in rows])
    assert back.shape == np.atleast_2d(array).shape
    largest = float(np.abs(array).max())
    assert np.allclose(back, array.astype(float), rtol=1e-3, atol=1.1e-3 * largest)
    assert ((back == 0) == (np.atleast_2d(array) == 0)).all(), "what is not zero is not written as zero"


@given(hnp.arrays(np.float64, (3, 2), elements=st.floats(-1000, 1000).map(lambda x: round(x, 1)), fill=st.nothing()))
def test_plain_entries_have_as_many_decimals_each(array):
    rows = matrix(array)
    assert rows is not None
    assert len({len(entry.partition(".")[2]) for row in rows for entry in row}) == 1


def test_what_is_too_large_for_a_matrix():
    for large in ((7,), (1, 7), (5, 4), (0,), (0, 3), (2, 2, 2), ()):
        assert matrix(np.zeros(large)) is None
    for small in ((6,), (1, 6), (6, 1), (4, 4), (3, 5)):
        assert matrix(np.zeros(small)) is not None


def test_entries_of_special_kinds():
    assert matrix(np.array([-0.0, 1.5])) == (("0.0", "1.5"),)
    assert matrix(np.array([1.5, np.nan, -np.inf])) == (("1.5", "nan", "−inf"),)
    assert matrix(np.array([True, False])) == (("True", "False"),)
    assert matrix(np.array([1e-9, 1e9])) == (("1e−9", "1e9"),)


@given(
    hnp.arrays(
        np.float64, hnp.array_shapes(max_dims=3), elements=st.floats(allow_nan=True, allow_infinity=True, width=32)
    )
)
def test_the_range_bounds_the_entries(array):
    text = value_range(array)
    finite = array[np.isfinite(array)]
    nans, infinities = np.isnan(array).sum(), np.isinf(array).sum()
    assert (f"{nans} nan" in text) == bool(nans)
    assert (f"{infinities} inf" in text) == bool(infinities)
    if finite.size:
        ends = re.findall(r"−?[\d.]+(?:e−?\d+)?", text.removeprefix("all "))
        assert read(ends[0]) == pytest.approx(finite.min(), rel=1e-3, abs=1e-300)
        high = read(ends[0] if text.startswith("all") else ends[1])
        assert high == pytest.approx(finite.max(), rel=1e-3, abs=1e-300)


def test_ranges_of_other_kinds():
    assert value_range(np.array([True, False, True])) == "2 of 3 True"
    assert value_range(np.array(["a"], dtype=object)) == "dtype object"
    assert value_range(np.arange(10)) == "0 … 9"
    assert math.isnan(read(value_range(np.array([np.nan])).split()[1]))


def test_shapes():
    assert shape(np.zeros((2, 3))) == "(2, 3)"
