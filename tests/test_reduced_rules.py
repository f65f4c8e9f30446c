"""A rule may return fewer axes than its input has, where every entry receives the same: in both modes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph import OPS


@pytest.fixture
def total() -> Iterator[Any]:
    """A sum whose rule returns the one cotangent as it is."""

    def summed(x: Any) -> Any:
        return np.sum(x)

    function: Any = cg.differentiable(
        lambda grad, out, x: grad, domain=(-1, 1), elementwise=False, calls=(cg.call("ab"),), name="total"
    )(summed)
    yield function
    del OPS[function]


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 1)])
def test_one_number_for_all_entries(total: Any, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x, v = rng.normal(size=shape), rng.normal(size=shape)
    np.testing.assert_array_equal(cg.grad(total)(x), np.ones(shape))
    value, tangent = cg.jvp(total, [x], [v])
    assert value == np.sum(x)
    assert tangent == pytest.approx(np.sum(v))
    second = cg.grad(lambda x: cg.jvp(lambda y: total(y) ** 2, [x], [v])[1])(x)
    np.testing.assert_allclose(second, np.full(shape, 2 * np.sum(v)))
