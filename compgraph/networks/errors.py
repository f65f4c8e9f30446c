"""What can go wrong with a training run, besides its data."""

from __future__ import annotations

from compgraph.errors import CompgraphError

__all__ = ["DivergenceError", "SettingError"]


class SettingError(CompgraphError, ValueError):
    """A setting of a network or of its training that is outside its range."""


class DivergenceError(CompgraphError, ArithmeticError):
    """A training run whose cost is no longer a finite number."""
