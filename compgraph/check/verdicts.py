"""The verdicts on a gradient that are neither right nor wrong."""

from __future__ import annotations

__all__ = ["AUTODIFF_DIFFERS", "BOTH_DIFFER", "KINK", "PRECISION"]

KINK = "inconclusive: kink"
PRECISION = "inconclusive: precision"
BOTH_DIFFER = "both differ from numeric"
AUTODIFF_DIFFERS = "autodiff differs from numeric"
