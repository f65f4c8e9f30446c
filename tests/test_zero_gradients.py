"""A node that is on the way to the output, but that nothing flows to, has a gradient of zeros: not its old one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph import OPS

Variable: Any = cg.Variable


@pytest.fixture
def first() -> Iterator[Any]:
    """An op whose derivative by its second argument is declared to be zero."""

    def returned(x: Any, y: Any) -> Any:
        return x + 0.0 * y

    function: Any = cg.differentiable(lambda grad, out, x, y: grad, None, domain=(0, 1), name="first")(returned)
    yield function
    del OPS[function]


@pytest.mark.parametrize("value", [2.0, np.float32(2.0), np.array([1.0, 2.0]), np.ones((2, 2), np.float32)], ids=repr)
def test_zeros_take_the_place_of_an_old_gradient(first: Any, value: Any) -> None:
    x, y = Variable(value), Variable(value)
    squared = y * y
    np.sum(x * squared).backward()
    assert np.all(y.grad != 0)
    assert np.all(squared.grad != 0)
    np.sum(first(x, squared)).backward()
    np.testing.assert_array_equal(x.grad, np.ones_like(value), strict=np.ndim(value) > 0)
    for node in (y, squared):
        np.testing.assert_array_equal(node.grad, np.zeros_like(value), strict=np.ndim(value) > 0)
        assert np.asarray(node.grad).dtype == np.asarray(value).dtype
    for gradient in cg.gradients(np.sum(first(x, squared)), [y, squared]):
        np.testing.assert_array_equal(gradient, np.zeros_like(value), strict=np.ndim(value) > 0)
