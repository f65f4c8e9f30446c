"""Warnings in the words of a command: those that a reader can use in one line on stderr, and no others."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from compgraph.render.notice import LayoutWarning

__all__ = ["warnings_told"]


@contextmanager
def warnings_told() -> Iterator[None]:
    """Tell of another layout in one line, and say nothing of infinities and NaNs, which stand in what is shown.

    >>> with warnings_told():
    ...     print(np.log(np.float64(0.0)))
    -inf
    """
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        yield
    for each in caught:
        if issubclass(each.category, LayoutWarning):
            print(f"compgraph: {' '.join(str(each.message).split())}", file=sys.stderr)
