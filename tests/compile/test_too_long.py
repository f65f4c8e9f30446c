"""A trace that is too long to be compiled: the function runs as it is, and says so once."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile import tracer


def chain(x: Any, n: int) -> Any:
    for _ in range(n):
        x = x * 0.5 + 1.0
    return np.sum(x)


def test_it_runs_as_it_is_and_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracer, "MOST_OPERATIONS", 100)
    fast = cg.compile(cg.value_and_grad(chain), static="n")
    x = np.array([1.0, 2.0])
    with pytest.warns(cg.CompileWarning, match=r"chain takes more than \d+ operations .* it is run as it is"):
        value, gradient = fast(x, 500)
    expected = cg.value_and_grad(chain)(x, 500)
    assert value == expected[0]
    np.testing.assert_array_equal(gradient, expected[1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fast(x, 500)[0] == value
        short = fast(x, 5)  # which is compiled
    np.testing.assert_allclose(short[1], cg.value_and_grad(chain)(x, 5)[1])
    assert "def chain" in fast.source


def test_a_function_that_catches_everything_cannot_hide_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracer, "MOST_OPERATIONS", 100)

    def careful(x: Any) -> Any:
        try:
            return chain(x, 500)
        except Exception:
            return 0.0

    with pytest.warns(cg.CompileWarning):
        assert cg.compile(careful)(np.ones(2)) == chain(np.ones(2), 500)
