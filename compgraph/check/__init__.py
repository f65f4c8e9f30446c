"""Checks of gradients: numeric slopes, the rounding error to expect, and the comparison of all three ways."""

from compgraph.check.compare import Comparison, Row, compare
from compgraph.check.numeric import Slopes, nudge, numeric_slopes
from compgraph.check.rounding import rounding_spread

__all__ = ["Comparison", "Row", "Slopes", "compare", "nudge", "numeric_slopes", "rounding_spread"]
