"""What algebra must not do: change a number that is whole, complex, or at the end of the range."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile.capture import capture, signature_of
from compgraph.compile.passes.simplify import simplify
from tests.compile.comparing import agree

ON_THE_CUT = np.array([4 + 0j, -4 + 0j, complex(4, -0.0), complex(-4, -0.0), 2 + 1j])
"""Where the sign of a zero decides about a root, as is and times -1."""

SMALL = np.array([1, 100, 200, 0], np.uint8)
X = np.array([0.5, -2.0, 3.0, 1.0])


def compiled(f: Any, *args: Any) -> Any:
    with np.errstate(all="ignore"):
        return cg.compile(f)(*args)


def operations(f: Any, *args: Any) -> list[str]:
    return [node.op.name for node in simplify(capture(f, *signature_of(args, {})).tape) if node.op is not None]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 2 * 3 * 50,
        lambda x: -(x * 3),
        lambda x: -(3 * x),
        lambda x: (-x) * 3,
        lambda x: X + (-x),
        lambda x: X - (-x),
        lambda x: X * (-x),
        lambda x: (-x) / X,
        lambda x: (x * 2) * 0.5,
        lambda x: (x * 2) / 4.0,
        lambda x: -(X * x[1] * np.uint8(3)),
        lambda x: -(X * np.uint8(3)) + x,
        lambda x: (X * np.uint8(200)) * np.uint8(2) + x,
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64])
def test_whole_numbers_wrap_around_as_they_do(f: Any, dtype: Any) -> None:
    x = SMALL.astype(dtype)
    with np.errstate(all="ignore"):
        expected = f(x)
    agree(compiled(f, x), expected, 2)


@pytest.mark.parametrize("f", [lambda x: x**2, lambda x: np.square(x), lambda x: x * 1, lambda x: x + 0])
def test_bools_become_numbers_where_they_do(f: Any) -> None:
    agree(compiled(f, X > 0), f(X > 0), 0)


@pytest.mark.parametrize(
    ("x", "power"), [(np.arange(3), 2.0), (np.arange(3), np.float64(2)), (X.astype(np.float32), np.float64(2))]
)
def test_a_square_has_the_dtype_of_the_power(x: Any, power: Any) -> None:
    agree(compiled(lambda x: x**power, x), x**power, 1)


@pytest.mark.parametrize(
    "f",
    [
        lambda z: 0 - z,
        lambda z: z + 0,
        lambda z: z - 0,
        lambda z: z * -1,
        lambda z: -1.0 * z,
        lambda z: z / -1,
        lambda z: z / 1,
        lambda z: -(z * 1),
        lambda z: -(2.0 * z),
        lambda z: (-z) * 2.0,
        lambda z: (z * -2.0) / 2.0,
        lambda z: -(z - z.conj()),
        lambda z: (-z) / z.real,
        lambda z: 3.0 + (-z),
    ],
)
def test_a_complex_number_stays_on_its_side_of_the_cut(f: Any) -> None:
    agree(compiled(lambda z: np.sqrt(f(z)), ON_THE_CUT), np.sqrt(f(ON_THE_CUT)), 4)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x * 1e200 * 1e200, 1e-300),
        (lambda x: x * 1e-200 * 1e-200, 1e300),
        (lambda x: x * 1e-160 * 1e-155, 1e300),  # 1e-315 has lost digits
        (lambda x: (x * 1e200) / 1e-200, 1e-300),
        (lambda x: x * np.float32(1e30) * np.float32(1e30), np.float32(1e-35)),
        (lambda x: x * 1e30 * 1e30, np.float32(1e-35)),
        (lambda x: (x * 2.0) / np.float64(0.0), 1.0),
    ],
)
def test_factors_are_multiplied_only_to_what_keeps_its_digits(f: Any, x: Any) -> None:
    with np.errstate(all="ignore"):
        expected = f(np.array([x]))
    agree(compiled(f, np.array([x])), expected, 2)


def test_factors_of_usual_size_are_one() -> None:
    assert operations(lambda x: 2.0 * (x * np.float64(3.0)) / 4.0, X) == ["multiply"]


def test_zeros_of_both_signs_are_no_single_number() -> None:
    zeros = np.array([0.0, -0.0, 0.0, -0.0])
    agree(compiled(lambda x: np.copysign(x, zeros), X), np.copysign(X, zeros), 0)


def test_complex_constants_that_differ_in_the_sign_of_a_zero_are_not_the_same() -> None:
    turned = np.where(np.arange(30) % 2, complex(-1.0, 0.0), complex(-1.0, -0.0))

    def branch(x: Any) -> Any:
        return np.log(np.multiply(x, turned))

    x = np.ones(30)
    np.testing.assert_array_equal(cg.compile(branch)(x), branch(x))
