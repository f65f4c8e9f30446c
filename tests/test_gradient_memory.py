"""Whatever memory a rule returns, its own or somebody else's, a gradient is an array by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph import OPS

Variable: Any = cg.Variable

VIEWS: dict[str, Callable[[Any], Any]] = {
    "reshape": lambda x: x.reshape(3, 2),
    "transpose": lambda x: x.T,
    "expand_dims": lambda x: np.expand_dims(x, 1),
    "flip": lambda x: np.flip(x, 0),
    "add": lambda x: x + 0.0,
    "concatenate": lambda x: np.concatenate([x, x]),
    "stack": lambda x: np.stack([x[0], x[1]]),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2, 3)),
    "index": lambda x: x[:, ::-1],
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_writing_into_a_gradient_before_the_others_are_looked_at(view: Callable[[Any], Any]) -> None:
    x = Variable(np.arange(6.0).reshape(2, 3))
    u = view(x)
    v = u * 1.0
    weights = np.arange(1.0, 1.0 + v.size).reshape(v.shape)
    np.sum(v * weights).backward()
    x.grad[...] = -7.0
    np.testing.assert_array_equal(v.grad, weights)
    np.testing.assert_array_equal(u.grad, weights)
    u.grad[...] = -8.0
    np.testing.assert_array_equal(v.grad, weights)
    assert np.all(x.grad == -7.0)


RETURNED: dict[str, Callable[..., Any]] = {
    "the cotangent": lambda grad, out, x, y: grad,
    "the result": lambda grad, out, x, y: out,
    "its argument": lambda grad, out, x, y: x,
    "the other argument": lambda grad, out, x, y: y,
    "a part of the cotangent": lambda grad, out, x, y: grad[::-1],
    "a part of its argument": lambda grad, out, x, y: x[::-1],
    "a part of the other argument": lambda grad, out, x, y: y[::-1],
}


@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("rule", RETURNED.values(), ids=list(RETURNED))
def test_a_rule_may_return_what_it_was_given(rule: Callable[..., Any], constant: bool) -> None:
    def added(x: Any, y: Any) -> Any:
        return x + y

    function: Any = cg.differentiable(rule, rule, domain=(0, 1), name="handing on")(added)
    try:
        x, other = Variable([1.0, 2.0]), np.array([3.0, 4.0])
        y: Any = other if constant else Variable(other)
        out = function(x, y)
        seed = np.array([5.0, 6.0])
        out.backward(seed)
        (found,) = cg.gradients(out, [x], seed=seed)
        others = [seed, other, x.value, out.value, out.grad, found]
        others += [] if constant else [y.value, y.grad]
        assert x.grad.flags.writeable
        assert found.flags.writeable
        assert not any(np.shares_memory(x.grad, array) for array in others)
        assert not any(np.shares_memory(found, array) for array in others if array is not found)
        np.testing.assert_array_equal(x.grad, rule(seed, out.value, x.value, other))
    finally:
        del OPS[function]
