"""A guess at the slip behind a wrong gradient: what the person's value would be, were it true."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

__all__ = ["Guess"]


class Guess(NamedTuple):
    """A slip that would lead to the person's value.

    Attributes:
        kind: one of :data:`compgraph.check.explanation.KINDS`.
        key: what the guess is, in terms that are the same at other values of the parameters.
        message: the instruction that mends it.
        fix: the instruction as a function of the manual value.
        far: how far-fetched it is among those of its kind; the least is told first.
    """

    kind: str
    key: Hashable
    message: str
    fix: Callable[[Any], Any]
    far: float = 0.0
