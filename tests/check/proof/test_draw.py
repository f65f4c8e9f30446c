"""Residues and atoms one by one: the identities that are built in, the degrees, what a shadow decides."""

import math
from fractions import Fraction

import numpy as np
import pytest

import compgraph as cg
from compgraph.check.proof.array import ExactArray
from compgraph.check.proof.draw import Draw
from compgraph.check.proof.residue import Residue, UndecidedError, ZeroDenominatorError
from compgraph.check.prove import prove


def pair(x=0.5, y=2.0, seed=0):
    return Draw(seed).parameters([x, y])


def test_the_sign_of_an_argument_is_seen_in_a_product_too():
    x, y = pair()
    assert np.exp((x - y) * y) * np.exp((y - x) * y) == 1
    assert np.cos((x - y) * y) == np.cos((y - x) * y)
    assert np.sin((x - y) * y) == -np.sin((y - x) * y)


@pytest.mark.parametrize("n", [2, 3, 4, 6, 12])
def test_multiples_of_an_argument_that_do_not_look_like_it(n):
    x, y = pair()
    whole, part = x * y + y * y, y * (x * n + y * n)
    assert np.exp(part) == np.exp(whole) ** n
    x, y = pair()
    whole, part = x * y + y * y, y * (x * n + y * n)
    power = np.exp(part)
    assert power == np.exp(whole) ** n


def test_the_logarithm_of_what_turns_out_to_be_a_reciprocal():
    x, _ = pair()
    assert np.log(1 - cg.sigmoid(x)) == -cg.softplus(x)
    assert np.log(cg.sigmoid(x)) == x - cg.softplus(x) == -cg.softplus(-x)


def test_logarithms_and_roots_of_constants():
    x, _ = pair()
    assert np.log(4 * x) == np.log(6 * x) + np.log(2 * x) - np.log(3 * x)
    assert np.exp(np.log(7 * x)) == 7 * x
    assert np.sqrt(12 * x) == 2 * np.sqrt(3 * x)
    assert np.sqrt(2 * x) ** 2 == 2 * x
    assert np.sqrt(4 * x / 9) == 2 * np.sqrt(x) / 3


def test_powers_that_are_not_whole():
    x, _ = pair()
    for n in (0.5, 1.5, -0.5, 0.25, 2 / 3, 0.7):
        assert x**n == x * x ** (n - 1)
    assert x**1.5 * x**-0.5 == x
    three_tenths = x.draw.constant(0.1) + x.draw.constant(0.2)  # whose shadow is no simple fraction
    assert x**three_tenths == x**0.3
    odd = x.draw.constant(2 / 7) + x.draw.constant(1e-7)  # whose shadow is no simple fraction
    assert (x**odd).shadow == pytest.approx(0.5 ** (2 / 7))
    assert x**odd != x ** Fraction(2, 7)
    assert (x**odd) * (x**-odd) == 1


def test_functions_of_zero_and_one():
    x, y = pair()
    zero = (x + y) ** 2 - x**2 - 2 * x * y - y**2
    assert np.exp(zero) == np.cos(zero * 0) == 1
    assert np.log(1 + zero) == np.arctan(zero) == np.sin(0 * x) == 0
    assert np.sqrt(1 + zero) == 1


def test_the_degrees_of_sums_products_and_quotients():
    x, y = pair()
    assert [(f.top, f.bottom) for f in (x + y, x * y, x / y, x**3, x**-2)] == [(1, 0), (2, 0), (1, 1), (3, 0), (0, 2)]
    assert [(f.top, f.bottom) for f in (1 / x + 1 / y, 1 / x - y, x * y + 1)] == [(1, 2), (2, 1), (2, 0)]
    assert np.exp(x).top == 12
    assert np.exp(-x).bottom == 12
    assert np.sqrt(x**3 + 1).top == 2
    assert np.sqrt(1 + 1 / x).bottom == 1


def test_the_bound_is_that_of_schwartz_and_zippel():
    draw = Draw(0)
    assert draw.chance(3) == 3 / (2**61 - 2)
    (x,) = draw.parameters([0.5])
    assert x**2 != 1  # which asks a question of degree 2
    assert draw.chance(3) == 5 / (2**61 - 2)
    np.sqrt(1 + x)
    assert draw.chance(3) >= 10 / (2**61 - 2)


def test_comparisons_go_by_the_shadow_and_are_counted():
    x, y = pair(0.5, -2.0)
    assert (x > y, x < y, abs(y) == -y, np.maximum(x, y) is x, np.sign(y)) == (True, False, True, True, -1.0)
    assert x.draw.decisions == 5
    assert (x >= x, x > x, x + y == y + x, x == y) == (True, False, True, False)
    assert x.draw.decisions == 5


def test_a_tie_is_undecided():
    x, y = pair(0.5, 0.5)
    for compare in (
        lambda: x < y,
        lambda: x >= y,
        lambda: np.maximum(x, y),
        lambda: abs(x - y),
        lambda: np.floor(2 * x),
    ):
        with pytest.raises(UndecidedError):
            compare()


def test_what_is_zero_has_no_reciprocal():
    x, y = pair()
    for divide in (
        lambda: 1 / (x - x),
        lambda: (x + y - y - x) ** -1,
        lambda: np.linalg.inv(np.array([[x, y], [x, y]]).view(ExactArray)),
    ):
        with pytest.raises(ZeroDenominatorError):
            divide()


def test_numbers_of_numpys_on_either_side():
    x, _ = pair()
    half, three = np.float64(0.5), np.int64(3)
    assert half * x == x * half == x / 2 == 0.5 * x
    assert three - x == -(x - three)
    assert half / x == 1 / (2 * x)
    assert (np.array([1.0, 2.0]) * x)[1] == 2 * x
    assert isinstance(np.array([1.0]) * x, ExactArray)
    assert x + np.float64(math.inf) == math.inf


def test_factors_that_are_negative_are_of_the_region():
    found = prove(lambda x, y: np.log(x * y), lambda x, y: (1 / x, 1 / y), (-2.0, -0.5))
    assert found.proved
    assert "comes out as at these parameters" in found.notes[0]
    alone = prove(lambda x, y: np.log(1 + x * x) + y, lambda x, y: (2 * x / (1 + x * x), 1.0), (-2.0, -0.5))
    assert alone.proved
    assert alone.notes == ()


@pytest.mark.parametrize("seed", range(12))
def test_a_root_of_a_root(seed):
    """Half of the draws have none; then others are drawn."""
    by_hand = lambda x: (1 + 0.5 / np.sqrt(1 + x)) / (2 * np.sqrt(x + np.sqrt(1 + x)))  # noqa: E731
    assert prove(lambda x: np.sqrt(x + np.sqrt(1 + x)), by_hand, [0.7], seed=seed).proved


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("x", [2.0, -2.0])
def test_a_root_of_a_square_that_does_not_look_like_one(x, seed):
    """Its residue has the sign of chance; the numbers tell that it is the wrong one."""

    def cost(x, y):
        return np.sqrt(x**2 - 2 * x * y + y**2)

    def wrong(x, y):
        sign = -1.0 if x > y else 1.0
        return sign + 0 * x, -sign + 0 * x

    assert not any(row.proved for row in prove(cost, wrong, (x, 0.5), repetitions=1, seed=seed))


def test_a_residue_is_no_float():
    x, _ = pair()
    for lose in (float, int, math.exp):
        with pytest.raises(cg.CompgraphError, match="exact entries"):
            lose(x)
    assert repr(Residue(x.draw, 3, 0.25)) == "<Residue 3 (0.25)>"
