"""A source that runs on its own: it refuses what it was not written for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import compgraph as cg

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(3, 100_000)), (RNG.random((1, 100_000)) < 0.5) * 1.0
W = RNG.normal(size=(3, 1))
MORE, FEWER = np.hstack([X, X]), X[:, :50_000]


def run(text: str) -> dict[str, Any]:
    module: dict[str, Any] = {}
    exec(text, module)
    return module


def test_of_constants() -> None:
    def cost(w: Any) -> Any:
        return np.mean((np.tanh(w.T @ X) - Y) ** 2)

    fast = cg.compile(cg.grad(cost), threads=1)
    expected = fast(W)
    prepare = run(fast.source)["prepare"]
    np.testing.assert_array_equal(prepare(X, Y)(W), expected)
    for other in (MORE, FEWER):
        with pytest.raises(ValueError, match=r"X has shape \(3, \d+\), and this code is for \(3, 100000\)"):
            prepare(other, Y)
    assert "X: float64 (3, 100000)" in prepare.__doc__


def test_of_arguments() -> None:
    def cost(w: Any, X: Any, Y: Any) -> Any:
        return np.mean((np.tanh(w.T @ X) - Y) ** 2)

    fast = cg.compile(cg.grad(cost), threads=1)
    expected = fast(W, X, Y)
    alone = run(fast.source)["prepare"]()
    np.testing.assert_array_equal(alone(W, X, Y), expected)
    for other in (MORE, FEWER):  # of more examples the blocks would leave some out
        with pytest.raises(ValueError, match=r"X has shape \(3, \d+\), and this code is for \(3, 100000\)"):
            alone(W, other, Y)
    np.testing.assert_allclose(fast(W, MORE, np.hstack([Y, Y])), cg.grad(cost)(W, MORE, np.hstack([Y, Y])), rtol=1e-12)
