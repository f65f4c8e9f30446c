"""Outer products that are multiplied and summed: the same sums, without the outer product."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.compile.passes import outer_products as the_pass
from compgraph.compile.passes.outer_products import outer_products
from tests.compile.passes.test_passes import names, traced, values

SIZES = st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 4))
ROW, COLUMN = np.arange(1.0, 8.0).reshape(1, 7), np.array([[2.0], [-3.0], [0.5]])
S = np.linspace(-1, 1, 21).reshape(3, 7)


@pytest.fixture(autouse=True, scope="module")
def _small_arrays_too() -> Iterator[None]:
    with mock.patch.object(the_pass, "LEAST", 0):
        yield


@given(sizes=SIZES, seed=st.integers(0, 99), right=st.booleans(), swapped=st.booleans())
def test_the_sums_are_the_same(sizes: tuple[int, int, int], seed: int, right: bool, swapped: bool) -> None:
    rows, columns, k = sizes
    rng = np.random.default_rng(seed)
    u, v, s = rng.normal(size=(rows, 1)), rng.normal(size=(1, columns)), rng.normal(size=(rows, columns))
    b = rng.normal(size=(k, rows) if right else (columns, k))

    def sums(u: Any, v: Any, s: Any, b: Any) -> Any:
        z = s * (u @ v) if swapped else (u @ v) * s
        if right:
            return b @ z, np.sum(z, axis=0, keepdims=True)
        return z @ b, np.sum(z, axis=1, keepdims=True)

    tape = traced(sums, u, v, s, b)
    for found, expected in zip(values(outer_products(tape)), values(tape), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        (lambda u, v: ((u @ v) * S) @ np.ones((7, 1)), ["multiply", "matmul", "multiply"]),
        (lambda u, v: np.ones((1, 3)) @ (S * (u @ v)), ["multiply", "matmul", "multiply"]),
        (lambda u, v: np.sum((u @ v) * S, axis=1, keepdims=True), ["multiply", "sum", "multiply"]),
        (lambda u, v: np.sum((u @ v) * S, axis=0, keepdims=True), ["multiply", "sum", "multiply"]),
        # Where it would save nothing, or what is left out is needed.
        (lambda u, v: ((u @ v) * S) @ np.ones((7, 6)), ["matmul", "multiply", "matmul"]),
        (lambda u, v: ((u @ v) * S, ((u @ v) * S) @ np.ones((7, 1)))[1:] * 2, None),
        (lambda u, v: np.sum((u @ v) * S, axis=1), ["matmul", "multiply", "sum"]),
        (lambda u, v: np.sum((u @ v) * S), ["matmul", "multiply", "sum"]),
        (lambda u, v: np.tanh((u @ v) * S) @ np.ones((7, 1)), ["matmul", "multiply", "tanh", "matmul"]),
        (lambda u, v: ((u @ v) * np.stack([S, S])) @ np.ones((7, 1)), None),
    ],
)
def test_where_it_is_done(sums: Any, expected: list[str] | None) -> None:
    tape = traced(sums, COLUMN, ROW)
    found = outer_products(tape)
    for one, other in zip(values(found), values(tape), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14, atol=1e-14)
    if expected is not None:
        assert names(found) == expected


def test_not_where_the_product_is_needed_as_well() -> None:
    def sums(u: Any, v: Any) -> Any:
        z = (u @ v) * S
        return z, z @ np.ones((7, 1)), np.ones((1, 3)) @ z

    tape = traced(sums, COLUMN, ROW)
    assert names(outer_products(tape)) == names(tape)

    def both_ways(u: Any, v: Any) -> Any:
        z = (u @ v) * S
        return z @ np.ones((7, 1)), np.ones((1, 3)) @ z

    tape = traced(both_ways, COLUMN, ROW)
    assert names(outer_products(tape)) == names(tape)


def test_what_is_left_of_a_cotangent_does_not_go_by_its_name() -> None:
    W2, Y = np.ones((1, 3)), np.ones((1, 7))

    def cost(Z1: Any) -> Any:
        A1 = np.tanh(Z1)
        return np.sum((W2 @ A1 - Y) ** 2)

    def of_bias(b1: Any) -> Any:
        return cost(S + b1)

    tape = outer_products(traced(cg.grad(of_bias), COLUMN))
    assert "dA1" not in [node.name for node in tape]
    assert names(tape).count("matmul") == 1


def test_not_for_small_arrays() -> None:
    tape = traced(lambda u, v: ((u @ v) * S) @ np.ones((7, 1)), COLUMN, ROW)
    with mock.patch.object(the_pass, "LEAST", S.size + 1):
        assert names(outer_products(tape)) == names(tape)
    with mock.patch.object(the_pass, "LEAST", S.size):
        assert names(outer_products(tape)) != names(tape)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, bool])
def test_whole_numbers_wrap_around_and_stay(dtype: Any) -> None:
    u, v = np.arange(100, 108).astype(dtype).reshape(8, 1), np.arange(200, 207).astype(dtype).reshape(1, 7)
    s = np.linspace(-1, 1, 56).reshape(8, 7)

    def sums(u: Any, v: Any, s: Any) -> Any:
        return np.sum((u @ v) * s, axis=1, keepdims=True)

    np.testing.assert_allclose(cg.compile(sums)(u, v, s), sums(u, v, s), rtol=1e-12)
