"""What is cut into blocks, and what is not, though it looks like a sum over the examples."""

from __future__ import annotations

import collections
import itertools
import signal
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile import choosing, tiling

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 2000))
MASK = X[:1] > 0


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling, "LEAST", 1)
    monkeypatch.setattr(tiling, "CACHED", 1)
    monkeypatch.setattr(choosing, "GAIN", 1e9)


def hidden(w: Any) -> Any:
    return np.tanh(w @ X) * np.exp(-((w @ X) ** 2))


SUMS: dict[str, Any] = {
    "plain": lambda w: np.sum(hidden(w)),
    "with a start": lambda w: np.sum(hidden(w), initial=5.0),
    "of rows, with a start": lambda w: np.sum(hidden(w), axis=1, initial=5.0),
    "of columns, with a start": lambda w: np.sum(hidden(w) * np.sum(hidden(w), axis=0, keepdims=True, initial=2.0)),
    "of some": lambda w: np.sum(hidden(w), where=MASK),
    "of some columns": lambda w: np.sum(hidden(w) * np.sum(hidden(w), axis=0, where=MASK)),
}


@pytest.mark.parametrize("name", SUMS)
def test_sums_with_settings(name: str) -> None:
    w = RNG.normal(size=(2, 3))
    fast = cg.compile(SUMS[name])
    fast(w)
    np.testing.assert_allclose(fast(w), SUMS[name](w), rtol=1e-12)
    assert ("def block(" in fast.source) is (name == "plain")


def test_a_mask_that_is_an_argument() -> None:
    w = RNG.normal(size=(2, 3))

    def some(w: Any, mask: Any) -> Any:
        return np.sum(hidden(w), where=mask)

    np.testing.assert_allclose(cg.compile(some)(w, MASK), some(w, MASK), rtol=1e-12)


def test_a_square_with_the_examples_along_both_axes_is_computed_as_it_is() -> None:
    calls: list[None] = []

    def cost(w: Any, c: Any) -> Any:
        calls.append(None)
        others = np.broadcast_to(c, (3, 600))  # as many as there are examples
        return np.sum(np.max(np.tanh(X.T[:600] * w) @ others, axis=1))

    w, c = RNG.normal(size=3), RNG.normal(size=(3, 1))
    fast = cg.compile(cost)
    found = fast(w, c)
    assert len(calls) == 2  # to be compiled; more where its code fails
    np.testing.assert_allclose(found, cost(w, c), rtol=1e-12)


class Interruption(BaseException):
    """What nobody catches, like Ctrl-C."""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timer that interrupts")
@pytest.mark.parametrize("threads", [2, 3])
def test_after_an_interruption_no_thread_works_in_the_memory_of_the_next_call(threads: int) -> None:
    """An interrupted call leaves tasks behind, which go on while the next call begins."""
    data = RNG.normal(size=(20, 100_000))
    fast = cg.compile(lambda w: np.mean(np.exp(-(np.tanh(w @ data) ** 2)) * 2.0), threads=threads)
    w = RNG.normal(size=(5, 20))
    other, expected = 1.5 * w, fast(w)
    assert f"ThreadPoolExecutor({threads - 1})" in fast.source

    def interrupt(*_: Any) -> None:
        raise Interruption

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for i in range(30):
            signal.setitimer(signal.ITIMER_REAL, 0.004 + 0.001 * (i % 10))
            with pytest.raises(Interruption):
                collections.deque(map(fast, itertools.repeat(other)), maxlen=0)
            assert fast(w) == expected
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_square_of_a_mask_is_a_mask(threads: int) -> None:
    calls: list[None] = []

    def some(w: Any) -> Any:
        calls.append(None)
        mask = w @ X > 0
        return np.sum(np.where(mask * mask, w @ X, 0.0))

    w = RNG.normal(size=(2, 3))
    found = cg.compile(some, threads=threads)(w)
    assert len(calls) == 2  # to be compiled; more where its code fails
    np.testing.assert_allclose(found, some(w), rtol=1e-12)


def test_a_form_that_fails_is_no_reason_not_to_compile() -> None:
    """The first call says what there is to say, or the function itself is called."""
    failing = False

    @cg.differentiable(lambda grad, out, x: grad, domain=(-2, 2))
    def moody(x: Any) -> Any:
        if failing:
            raise TypeError("not today")
        return x + 0.0

    def cost(w: Any) -> Any:
        nonlocal failing
        failing = False
        found = np.sum(np.tanh(moody(w @ X)) * np.exp(w @ X))
        failing = True
        return found

    w = RNG.normal(size=(2, 3))
    assert cg.compile(cost, threads=2)(w) == cost(w)
