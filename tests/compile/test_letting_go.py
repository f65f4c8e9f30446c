"""Results that are in no buffer are let go after their last use, however the code is written."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile import block_source, source, tiling
from tests.compile.networks import ACTIVATIONS, LOSSES, network
from tests.compile.test_networks import PLACES, assert_same


def chain(x: Any) -> Any:
    for i in range(8):
        x = np.where(x > 0.1 * i, x * 1.01, x - 0.1)
    return np.cumsum(x)


def peak(run: Any, *args: Any) -> int:
    run(*args)
    tracemalloc.start()
    try:
        run(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_large_results_are_let_go() -> None:
    x = np.random.default_rng(0).normal(size=40_000)
    fast = cg.compile(chain)
    np.testing.assert_array_equal(fast(x), chain(x))
    assert fast.source.count("del ") >= 8
    assert peak(fast, x) < 4 * x.nbytes  # of eight that are made


def test_small_ones_are_not_worth_a_line() -> None:
    fast = cg.compile(chain)
    fast(np.ones(100))
    assert "del " not in fast.source


@pytest.mark.parametrize("block", [None, 8])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nothing_is_let_go_that_is_needed(
    activation: str, loss: str, block: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "LARGE", 0)
    monkeypatch.setattr(block_source, "LARGE", 0)
    if block is not None:
        monkeypatch.setattr(tiling, "LEAST", 0)
        monkeypatch.setattr(tiling, "SHORTEST", block)
        monkeypatch.setattr(tiling, "LONGEST", block)
    net = network(activation, loss, (3, 4, 2), 20)
    eager = cg.value_and_grad(net.cost, PLACES)
    fast = cg.compile(eager, threads=1)
    for seed in (1, 2):
        assert_same(fast(*net.parameters(seed)), eager(*net.parameters(seed)))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (x[::2].T, np.where(x > 0, x, 1.0)[1:]),
        lambda x: np.sum(np.where(x > 0, x, 1.0).T[0] * 2.0) + np.cumsum(x)[-1],
        lambda x: np.stack(np.split(np.where(x > 0, x, 1.0), 2)),
        lambda x: [np.where(x > 0, x, 1.0)] * 2,
    ],
)
def test_views_of_what_is_let_go_stay(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LARGE", 0)
    x = np.random.default_rng(0).normal(size=(4, 4))
    found, expected = (parts if isinstance(parts, (tuple, list)) else [parts] for parts in (cg.compile(f)(x), f(x)))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
