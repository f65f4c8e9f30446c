"""Matrix products of vectors, matrices and stacks of them, against the sums they stand for, written out with einsum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg

Variable: Any = cg.Variable
sides = st.integers(1, 3)

# op, shapes, and the same product as a sum over repeated letters
MATMUL = [
    ("b", "b", "b,b->"),
    ("ab", "b", "ab,b->a"),
    ("b", "bc", "b,bc->c"),
    ("ab", "bc", "ab,bc->ac"),
    ("dab", "bc", "dab,bc->dac"),
    ("ab", "dbc", "ab,dbc->dac"),
    ("dab", "dbc", "dab,dbc->dac"),
    ("dab", "b", "dab,b->da"),
    ("b", "dbc", "b,dbc->dc"),
    ("edab", "dbc", "edab,dbc->edac"),
]
DOT = [
    ("b", "b", "b,b->"),
    ("ab", "b", "ab,b->a"),
    ("ab", "bc", "ab,bc->ac"),
    ("dab", "b", "dab,b->da"),
    ("dab", "ebc", "dab,ebc->daec"),
    ("b", "ebc", "b,ebc->ec"),
    ("ab", "debc", "ab,debc->adec"),
    ("", "ab", ",ab->ab"),
    ("ab", "", "ab,->ab"),
    ("", "", ",->"),
]
CASES = [*[(np.matmul, *case) for case in MATMUL], *[(np.dot, *case) for case in DOT]]


@pytest.mark.parametrize(("function", "left", "right", "sums"), CASES, ids=lambda p: getattr(p, "__name__", p))
@given(sizes=st.fixed_dictionaries(dict.fromkeys("abcde", sides)), seed=st.integers(0, 2**32 - 1))
def test_products(function: Any, left: str, right: str, sums: str, sizes: dict[str, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = (Variable(rng.normal(size=[sizes[c] for c in letters])) for letters in (left, right))
    out = function(x, y)
    np.testing.assert_allclose(out.value, np.einsum(sums, x.value, y.value), atol=1e-12)
    w = rng.normal(size=out.shape)
    dx, dy = cg.gradients(out, [x, y], seed=w)
    result = sums.split("->")[1]
    np.testing.assert_allclose(dx, np.einsum(f"{result},{right}->{left}", w, y.value), atol=1e-12)
    np.testing.assert_allclose(dy, np.einsum(f"{result},{left}->{right}", w, x.value), atol=1e-12)
    assert (np.shape(dx), np.shape(dy)) == (x.shape, y.shape)


def test_a_matrix_with_itself() -> None:
    a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_array_equal(cg.grad(lambda a: np.sum(a.T @ a))(a), 2 * np.sum(a, axis=1, keepdims=True) + 0 * a)
    s = np.array([[1.0, 2.0], [3.0, 4.0]])
    ones = np.ones((2, 2))
    np.testing.assert_array_equal(cg.grad(lambda s: np.sum(s @ s))(s), ones @ s.T + s.T @ ones)


def test_broadcast_stacks_are_summed() -> None:
    x, y = Variable(np.ones((4, 1, 2, 3))), Variable(np.ones((5, 3, 2)))
    dx, dy = cg.gradients(np.sum(x @ y), [x, y])
    np.testing.assert_array_equal(dx, np.full((4, 1, 2, 3), 10.0))
    np.testing.assert_array_equal(dy, np.full((5, 3, 2), 8.0))


def test_products_over_nothing() -> None:
    x, y = Variable(np.ones((2, 0))), Variable(np.ones((0, 3)))
    for product in (x @ y, np.dot(x, y)):
        np.testing.assert_array_equal(product.value, np.zeros((2, 3)))
        assert [g.shape for g in cg.gradients(np.sum(product), [x, y])] == [(2, 0), (0, 3)]


def test_precision_is_kept() -> None:
    x, y = Variable(np.ones((2, 3), np.float32)), np.ones((3, 2))
    (gradient,) = cg.gradients(np.sum(x @ y), [x])
    np.testing.assert_array_equal(gradient, np.full((2, 3), 2.0, np.float32), strict=True)
