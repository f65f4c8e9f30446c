"""What can be wrong with the way the command was called."""

from __future__ import annotations

from compgraph.errors import CompgraphError

__all__ = ["UseError"]


class UseError(CompgraphError, ValueError):
    """Arguments that make no call, or a target that must not be written to."""
