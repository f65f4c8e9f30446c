"""Ctrl-C may come between any two steps of the interpreter: wherever it does, everything is as before or as after.

The interpreter looks for signals where a function is called and where one has returned, and where a loop starts over. A
profile function is called at the former, a trace function at the beginning of every line: both can raise there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np
import pytest

import compgraph as cg

Variable: Any = cg.Variable

X = np.array([0.5, -1.0, 2.0])


def cost(x: Any) -> Any:
    return np.sum(np.tanh(x * x) * np.exp(-x) + np.sqrt(np.abs(x)))


def backward(x: Any) -> Any:
    v = Variable(x)
    cost(v).backward()
    return v.grad


WORK: dict[str, Callable[[Any], Any]] = {
    "backward": backward,
    "grad": cg.grad(cost),
    "grad of grad": cg.grad(lambda x: np.sum(cg.grad(cost)(x) ** 2)),
    "jvp": lambda x: cg.jvp(cost, [x], [np.ones(3)])[1],
    "jacobian": cg.jacobian(lambda x: np.tanh(x) * x),
    "forward jacobian": cg.jacobian(lambda x: np.tanh(x) * x, mode="forward"),
    "infinite on the way": cg.grad(lambda x: np.sum(np.where(x > 1.0, np.sqrt(x - 2.0), x))),
}


@pytest.fixture(autouse=True)
def keep_the_error_state() -> Iterator[None]:
    """So that a failure here is not one of other tests too."""
    with np.errstate():
        yield


def interrupted_at(step: int, work: Callable[[], Any], lines: bool = False) -> bool:
    """Whether the work was cut short by an interrupt at so many calls and returns, or lines, from its beginning."""
    left = step

    def count(event: str) -> None:
        nonlocal left
        if lines == (event == "line"):
            left -= 1
            if left == 0:
                raise KeyboardInterrupt

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        count(event)

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        count(event)
        return trace

    before = sys.gettrace()  # which a debugger or a measurement of coverage may have set
    try:
        try:
            if lines:
                sys.settrace(trace)
            else:
                sys.setprofile(profile)
            work()
        finally:
            if lines:
                sys.settrace(before)
            else:
                sys.setprofile(None)
    except KeyboardInterrupt:
        return True
    return False


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of generators that were cut short
@pytest.mark.parametrize("work", WORK.values(), ids=list(WORK))
def test_interrupted_anywhere(work: Callable[[Any], Any]) -> None:
    """NumPy's error state is what it was, and so is the next answer."""
    with np.errstate(divide="ignore", invalid="ignore", over="warn", under="warn"):
        right = work(X)
        state = np.geterr()
        step = 1
        while interrupted_at(step, lambda: work(X)):
            assert np.geterr() == state, f"an interrupt at step {step} leaves NumPy's error state changed"
            step += 1
        assert step > 50
        np.testing.assert_array_equal(work(X), right)


def test_gradients_are_set_all_at_once() -> None:
    """An interrupt at any line of a reverse pass leaves the gradients of all nodes as they were, or all new."""
    x = Variable(X)
    u = np.tanh(x)
    v = u * x
    J = np.sum(v * u)
    tripled = 3.0 * J
    nodes = [x, u, v, J]

    def gradients() -> list[Any]:
        return [np.asarray(node.grad).tolist() for node in nodes]

    J.backward()
    new = gradients()
    tripled.backward()
    old = gradients()
    step = 1
    while interrupted_at(step, J.backward, lines=True):
        assert gradients() in (old, new), f"an interrupt at line {step} leaves the new gradients on some nodes only"
        tripled.backward()
        step += 1
    assert step > 50
    assert gradients() == new
