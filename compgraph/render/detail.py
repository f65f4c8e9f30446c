"""How much of each node a picture shows."""

from __future__ import annotations

from typing import Literal

__all__ = ["Detail"]

Detail = Literal["names", "values", "full"]
"""Names and operations only; values and derivatives too; and on the arrows the local derivatives besides."""
