"""The number of threads that NumPy's matrix products take: one while several of ours compute, then what it was."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile import blas_threads, choosing, tiling
from compgraph.compile.blas_threads import one_blas_thread_each, openblas


class Counted:
    """In the place of OpenBLAS: what was set last, and all that was set."""

    def __init__(self) -> None:
        self.threads, self.history = 6, [6]

    def put(self, threads: int) -> None:
        self.threads = threads
        self.history.append(threads)

    def get(self) -> int:
        return self.threads


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted()
    monkeypatch.setattr(blas_threads, "openblas", lambda: (counted.get, counted.put))
    return counted


def test_it_is_one_within_and_what_it_was_after(library: Counted) -> None:
    with one_blas_thread_each():
        assert library.threads == 1
        with one_blas_thread_each():
            assert library.threads == 1
        assert library.threads == 1
    assert library.history == [6, 1, 6]


def test_also_after_an_exception(library: Counted) -> None:
    with pytest.raises(KeyError), one_blas_thread_each():
        raise KeyError
    assert library.threads == 6


def test_of_callers_that_overlap_the_last_sets_it_back(library: Counted) -> None:
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with one_blas_thread_each():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with one_blas_thread_each():
        thread.start()
        assert entered.wait(10)
    assert library.threads == 1
    leave.set()
    thread.join(10)
    assert library.history == [6, 1, 6]


def test_with_another_library_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas_threads, "openblas", lambda: None)
    with one_blas_thread_each():
        assert blas_threads.blas_threads() == 1
    monkeypatch.setattr("ctypes.CDLL", lambda path: object())
    assert openblas.__wrapped__() is None

    def missing(path: str) -> Any:
        raise OSError(path)

    monkeypatch.setattr("ctypes.CDLL", missing)
    assert openblas.__wrapped__() is None


def test_the_library_that_numpy_has_is_found() -> None:
    found = openblas()
    if found is None:
        pytest.skip("this NumPy is not linked to an OpenBLAS")
    get, _ = found
    before = get()
    assert before >= 1
    with one_blas_thread_each():
        assert get() == 1
        square = np.ones((300, 300))
        assert (square @ square).max() == 300
    assert get() == before


@pytest.mark.parametrize("threads", [1, 2])
def test_a_compiled_function_computes_within_it_where_it_has_threads(
    threads: int, library: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiling, "MUCH", 0)
    monkeypatch.setattr(choosing, "blas_threads", lambda: 1)
    monkeypatch.setattr(choosing, "_faster", lambda alone, together, arguments: together)
    X = np.ones((3, 128))

    def cost(W: Any) -> Any:
        return np.sum(np.tanh(W @ X))

    fast = cg.compile(cg.value_and_grad(cost), threads=threads)
    fast(np.ones((2, 3)))
    assert library.history[:3] == ([6, 1, 6] if threads == 2 else [6])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
@pytest.mark.parametrize("locked", [False, True])
def test_a_process_that_is_forked_meanwhile_has_the_threads_of_before(locked: bool, library: Counted) -> None:
    """Of the parent's threads only the one that forks goes on in it."""
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with one_blas_thread_each(), blas_threads._lock if locked else contextlib.nullcontext():
            entered.set()
            leave.wait(0.5 if locked else 10)

    thread = threading.Thread(target=other)
    thread.start()
    assert entered.wait(10)
    pid = os.fork()
    if not pid:
        signal.alarm(10)  # ends it where it waits for a thread that is not there
        right = library.threads == 6
        with one_blas_thread_each():
            right = right and library.threads == 1
        os._exit(0 if right and library.threads == 6 else 1)
    leave.set()
    thread.join(10)
    assert os.waitpid(pid, 0)[1] == 0
    assert library.threads == 6


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
def test_a_process_that_is_forked_within_leaves_it_too(library: Counted) -> None:
    with one_blas_thread_each():
        pid = os.fork()
        if not pid:
            with one_blas_thread_each():
                pass
    if not pid:
        os._exit(0 if library.threads == 6 and blas_threads._inside == 0 else 1)
    assert os.waitpid(pid, 0)[1] == 0
