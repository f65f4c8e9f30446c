"""Whether a picture is dark on light or light on dark."""

from __future__ import annotations

from typing import Literal

__all__ = ["Theme"]

Theme = Literal["light", "dark"]
"""For paper and the projector, or for a dark screen."""
