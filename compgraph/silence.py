"""Running something without NumPy's floating-point warnings, and leaving no trace of that however it ends."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Literal, ParamSpec, TypeVar

import numpy as np

__all__ = ["silently"]

P = ParamSpec("P")
R = TypeVar("R")


def silently(*kinds: Literal["divide", "over", "invalid"]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a function so that NumPy says nothing of some kinds of infinities and NaNs while it runs.

    >>> @silently("divide")
    ... def inverse(x):
    ...     return 1 / x
    >>> print(inverse(np.float64(0.0)))
    inf

    NumPy keeps its error state in a context variable, and the function runs in a copy of the context. So there is
    nothing to put back, and not even a Ctrl-C between two steps of the interpreter can leave it changed.

    Args:
        kinds: what NumPy calls them: ``"divide"``, ``"over"``, ``"invalid"``.
    """
    ignored: dict[str, Any] = dict.fromkeys(kinds, "ignore")

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        quiet = np.errstate(**ignored)(function)

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            return copy_context().run(quiet, *args, **kwargs)

        return run

    return decorate
