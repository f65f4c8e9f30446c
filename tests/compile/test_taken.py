"""Entries taken at places that are arguments themselves: compiled for any places, not for those of the first call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import compgraph as cg

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize("mode", ["raise", "clip", "wrap"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_np_take_at_unknown_places(mode: Any, axis: int | None) -> None:
    def f(x: Any, places: Any) -> Any:
        return np.sum(np.take(x, places, axis=axis, mode=mode) ** 2)

    eager = cg.value_and_grad(f)
    fast = cg.compile(eager)
    fast(X, np.array([0, 0]))
    beyond = np.array([1, 0] if mode == "raise" else [1, 4])
    value, gradient = fast(X, beyond)
    assert value == eager(X, beyond)[0]
    np.testing.assert_array_equal(gradient, eager(X, beyond)[1])
