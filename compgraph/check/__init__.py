"""Checks of gradients: compared three ways, the slip named, the formula proved; the modules say which is where."""

from compgraph.check.compare import compare
from compgraph.check.explanation import KINDS, Explanation
from compgraph.check.gradient_of import gradient_of
from compgraph.check.prove import prove
from compgraph.check.report import Comparison

__all__ = ["KINDS", "Comparison", "Explanation", "compare", "gradient_of", "prove"]
