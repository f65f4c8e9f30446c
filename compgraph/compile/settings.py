"""NumPy's settings while compiled code runs: quiet where a reverse sweep is in it, and with short buffers.

Where an operand is broadcast along an axis that is shorter than NumPy's buffers, which have 8192 entries, NumPy copies
it into these first. With buffers that are shorter than the axis it takes it as it is: to add a bias takes a third of
the time. What has to be converted, such as a mask beside floats, takes as long as before.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import Context
from typing import Any

import numpy as np

from compgraph.compile.capture import Program

__all__ = ["BUFFER", "is_quiet", "settled"]

ndarray = np.ndarray
BUFFER = 256
"""Entries; at 64 conversions take twice the time, at 1024 there are fewer axes that are longer."""

LARGE = 1 << 20
"""So many bytes of results are worth the time of changing a setting, where that has to be done in each call."""


def settled(function: Callable[..., Any], program: Program, of_its_own: bool) -> Callable[..., Any]:
    """The function of a compiled program with the settings that it runs fastest with, for one thread.

    Args:
        function: what the source of the program makes.
        program: what was compiled.
        of_its_own: whether it calls nothing but NumPy: then it may run in a context of its own, which is entered in no
            time; another function might look for something in the caller's.
    """
    arrays = [node.value.nbytes for node in program.tape if node.op is not None and isinstance(node.value, ndarray)]
    quiet = is_quiet(program)
    if quiet and of_its_own:
        context = Context()  # of nothing that the caller has around it: that is let go when the caller does
        context.run(_settings)
        return functools.partial(context.run, function)
    if not quiet and sum(arrays) < LARGE:
        return function

    @functools.wraps(function)
    def within(*arguments: Any) -> Any:
        with np.errstate(all="ignore" if quiet else None):  # which sets the buffers back too
            np.setbufsize(BUFFER)
            return function(*arguments)

    return within


def is_quiet(program: Program) -> bool:
    """Whether NumPy is to say nothing of what happens on the way: then the function belongs to one thread."""
    return program.differentiated and any(type(node.value) is not float for node in program.tape if node.op is not None)


def _settings() -> None:
    np.seterr(all="ignore")
    np.setbufsize(BUFFER)
