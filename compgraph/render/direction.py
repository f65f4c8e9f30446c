"""Which way a picture runs."""

from __future__ import annotations

from typing import Literal

__all__ = ["Direction"]

Direction = Literal["LR", "TB"]
"""From left to right or from top to bottom."""
