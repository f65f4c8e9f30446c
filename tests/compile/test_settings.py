"""NumPy's settings in a compiled function, and around it when it is done."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile.capture import Program, capture, signature_of
from compgraph.compile.settings import BUFFER, LARGE, settled

HERE: ContextVar[str] = ContextVar("here", default="nowhere")
AROUND: ContextVar[Any] = ContextVar("around", default=None)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = np.getbufsize(), np.geterr()
    assert before[0] > BUFFER
    yield
    assert (np.getbufsize(), np.geterr()) == before


def looked(*arguments: Any) -> Any:
    return np.getbufsize(), np.geterr()["divide"], HERE.get()


def failing(*arguments: Any) -> Any:
    raise KeyError


def traced(f: Callable[..., Any], *args: Any) -> Program:
    leaves, signature = signature_of(args, {})
    return capture(f, leaves, signature)


def cost(x: Any) -> Any:
    return np.sum(np.tanh(x) ** 2)


GRADIENT = traced(cg.grad(cost), np.ones(3))
SMALL, BIG = traced(cost, np.ones(3)), traced(np.tanh, np.ones(LARGE // 8))
NUMBERS = traced(cg.grad(lambda x: x * x), 2.0)


@pytest.mark.parametrize(
    ("program", "of_its_own", "expected"),
    [
        (GRADIENT, True, (BUFFER, "ignore", "nowhere")),
        (GRADIENT, False, (BUFFER, "ignore", "here")),
        (BIG, True, (BUFFER, "print", "here")),
        (BIG, False, (BUFFER, "print", "here")),
        (SMALL, True, (None, "print", "here")),
        (NUMBERS, True, (None, "print", "here")),
    ],
)
def test_the_settings_within(program: Program, of_its_own: bool, expected: Any) -> None:
    run = settled(looked, program, of_its_own)
    token = HERE.set("here")
    try:
        with np.errstate(divide="print"):
            for _ in range(2):
                assert run(1.0) == (expected[0] or np.getbufsize(), *expected[1:])
                assert np.geterr()["divide"] == "print"
    finally:
        HERE.reset(token)


@pytest.mark.parametrize("of_its_own", [True, False])
@pytest.mark.parametrize("program", [GRADIENT, BIG], ids=["gradient", "large"])
def test_after_an_exception_they_are_as_before(program: Program, of_its_own: bool) -> None:
    with pytest.raises(KeyError):
        settled(failing, program, of_its_own)()


def test_warnings_are_the_persons_where_no_derivative_is() -> None:
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        cg.compile(lambda x: np.log(x) + x)(np.zeros(LARGE // 8))


def test_each_thread_and_each_function_has_its_own() -> None:
    X = np.random.default_rng(0).normal(size=(8, 300))
    inner = cg.compile(cg.grad(lambda w: np.sum(np.tanh(w @ X))))
    w = np.ones((2, 8))
    expected = inner(w)
    found: list[Any] = []

    def work() -> None:
        outer = cg.compile(cg.grad(lambda b: np.sum(np.exp(inner(w)[:, :1] * b) ** 2)))
        for _ in range(3):
            outer(np.ones((2, 5)))
            found.append(inner(w))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    for result in found:
        np.testing.assert_array_equal(result, expected)


def test_a_function_that_works_in_no_buffers_has_settings_for_each_thread() -> None:
    fast = cg.compile(cg.grad(lambda x: np.sum(x * x)))
    x = np.linspace(-1.0, 1.0, 500_000)
    fast(x)
    assert "buffer" not in fast.source
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(30):
                fast(x)
        except RuntimeError as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_what_the_first_caller_has_around_it_is_not_kept() -> None:
    class Request:
        """Something large that a person keeps in a context variable."""

    request = Request()
    alive = weakref.ref(request)
    token = AROUND.set(request)
    fast = cg.compile(cg.grad(cost))
    fast(np.ones(3))
    AROUND.reset(token)
    del request, token
    gc.collect()
    assert alive() is None
    assert fast(np.ones(3)).shape == (3,)
