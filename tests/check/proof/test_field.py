"""Arithmetic modulo the prime: a field, and the fractions that floats stand for."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.proof.field import PRIME, Pair, fraction_of, inverse, of_fraction, of_number, power, root

ints = st.integers(1, PRIME - 1)
elements = st.one_of(ints, st.builds(Pair, ints, ints))


@given(elements, elements, elements)
def test_pairs_and_ints_are_one_field(x, y, z):
    assert (x * (y + z) - (x * y + x * z)) % PRIME == 0
    assert x * inverse(x) % PRIME == 1
    assert (x * y % PRIME) * inverse(y) % PRIME == x % PRIME
    assert (5 - x + x) % PRIME == 5


@given(elements, st.integers(-20, 20))
def test_powers_are_repeated_products(x, n):
    product: Any = 1
    for _ in range(abs(n)):
        product = product * (x if n > 0 else inverse(x)) % PRIME
    assert power(x, n) == product


@given(ints)
def test_every_int_has_a_root(x):
    found: Any = root(x)
    assert found * found % PRIME == x


@given(ints, ints)
def test_the_root_of_a_square_of_a_pair(a, b):
    square = Pair(a, b) * Pair(a, b)
    found = root(square)
    assert found is not None
    assert found * found % PRIME == square


@given(st.integers(-3000, 3000), st.integers(1, 3000))
def test_a_simple_fraction_is_read_off_its_float(n, d):
    assert fraction_of(n / d) == fraction_of(n / d * (1 + 2**-52)) == Fraction(n, d)
    assert of_number(n / d) * d % PRIME == n % PRIME


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30))
def test_what_a_float_is_read_as_rounds_to_it(x):
    assert abs(fraction_of(x) - Fraction(x)) <= abs(Fraction(x)) / 2**50


@given(st.floats(0.5, 1.0))
def test_a_float_that_is_no_simple_fraction_is_itself(x):
    found = fraction_of(x)
    assert found == Fraction(x) or found.numerator * found.denominator <= 10**10


def test_numbers_of_all_kinds():
    assert of_number(True) == 1
    assert of_number(np.float64(0.5)) * 2 % PRIME == 1
    assert of_number(np.int64(-3)) == PRIME - 3
    assert of_fraction(Fraction(2, 3)) * 3 % PRIME == 2
    for x in (math.inf, -math.inf, math.nan):
        with pytest.raises(cg.CompgraphError, match="no number to compute with exactly"):
            of_number(x)
