"""Shares and distances in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.commands.wording import distance, percent, power_of_ten


@given(st.integers(0, 10**5), st.integers(1, 10**5))
def test_all_and_none_are_written_only_of_all_and_none(right: int, rows: int) -> None:
    right = min(right, rows)
    text = percent(right / rows)
    assert (text == "100 %") == (right == rows)
    assert (text == "0 %") == (right == 0)
    assert float(text.removesuffix(" %")) == pytest.approx(100 * right / rows, abs=0.1)


@given(st.floats(1e-300, 1e300))
def test_both_forms_of_a_distance_say_the_same(size: float) -> None:
    mantissa, _, power = power_of_ten(size).partition(" · 10")
    plain = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    assert float(f"{mantissa}e{plain}") == float(distance(size)) == pytest.approx(size, rel=0.06)


def test_no_distance_is_zero() -> None:
    assert distance(0.0) == power_of_ten(0.0) == "0"


def test_an_infinite_distance_is_said() -> None:
    assert distance(float("inf")) == power_of_ten(float("inf")) == "inf"
