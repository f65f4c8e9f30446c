"""Who watches a reverse sweep: debugging, which checks every step of it, and the compiler, which takes note of names.

A sweep that nobody watches knows nothing of this but one question, asked once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

from compgraph.node import Node

__all__ = ["Watcher", "watching"]


class Watcher(NamedTuple):
    """What is told of each step of a sweep.

    Attributes:
        reached: called with a node and its cotangent, once that is complete and before it is sent on.
        sent: called with a node, one of its inputs, the node's cotangent, and what of it flows to that input.
    """

    reached: Callable[[Node, Any], None]
    sent: Callable[[Node, Node, Any, Any], None]


watching: ContextVar[Watcher | None] = ContextVar("compgraph.watching", default=None)
"""Who watches the sweeps of this thread or task."""
