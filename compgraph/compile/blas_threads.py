"""One thread for each matrix product, for as long as several of our own compute at once.

OpenBLAS shares each product among threads of its own, and lets one caller at a time do so: two threads that multiply
at once wait for each other. NumPy has no function for that setting; the library that it is linked to has.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

__all__ = ["blas_threads", "one_blas_thread_each", "openblas"]

_lock = threading.Lock()
_inside = 0
_before = 1


@functools.cache
def openblas() -> tuple[Callable[[], int], Callable[[int], Any]] | None:
    """The functions of the OpenBLAS that NumPy uses that get and set its number of threads; None if there is none."""
    module = find_spec("numpy._core._multiarray_umath")
    if module is None or module.origin is None:
        return None
    try:
        library = ctypes.CDLL(module.origin)  # what the module is linked to is searched with it
    except OSError:
        return None
    for prefix, suffix in itertools.product(("scipy_", ""), ("64_", "")):
        get = getattr(library, f"{prefix}openblas_get_num_threads{suffix}", None)
        put = getattr(library, f"{prefix}openblas_set_num_threads{suffix}", None)
        if get is not None and put is not None:
            return get, put
    return None


def blas_threads() -> int:
    """How many threads a matrix product of NumPy's takes; 1 where that cannot be asked."""
    found = openblas()
    return 1 if found is None else found[0]()


@contextmanager
def one_blas_thread_each() -> Iterator[None]:
    """Within it, NumPy's matrix products take one thread each; where NumPy uses another BLAS nothing changes.

    Callers may overlap: what was set before is set again when the last of them leaves.
    """
    global _inside, _before
    found = openblas()
    if found is None:
        yield
        return
    get, put = found
    with _lock:
        if not _inside:
            _before = get()
            put(1)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside = max(_inside - 1, 0)
            if not _inside:
                put(_before)


def _alone() -> None:
    """In a forked process only the thread that forked goes on: nobody else is inside, or holds the lock."""
    global _lock, _inside
    _lock = threading.Lock()
    found = openblas() if _inside else None
    _inside = 0
    if found is not None:
        found[1](_before)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_alone)
