"""The verdicts on a gradient that are neither right nor wrong."""

from __future__ import annotations

__all__ = ["BOTH_DIFFER", "KINK", "PRECISION"]

KINK = "inconclusive: kink"
PRECISION = "inconclusive: precision"
BOTH_DIFFER = "both differ from numeric"
