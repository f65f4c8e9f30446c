"""Checks of gradients: numeric slopes, the rounding error to expect, and the comparison of all three ways."""

from compgraph.check.compare import compare
from compgraph.check.explanation import KINDS, Explanation
from compgraph.check.numeric import Slopes, nudge, numeric_slopes
from compgraph.check.report import Comparison
from compgraph.check.rounding import rounding_spread
from compgraph.check.row import Row

__all__ = [
    "KINDS",
    "Comparison",
    "Explanation",
    "Row",
    "Slopes",
    "compare",
    "nudge",
    "numeric_slopes",
    "rounding_spread",
]
