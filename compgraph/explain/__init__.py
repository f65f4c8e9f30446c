"""Derivatives explained: :func:`explain` writes out the chain rule for one, :func:`tape` the list of all operations."""

from compgraph.explain.explanation import Explanation, explain
from compgraph.explain.tape_table import TapeTable, tape

__all__ = ["Explanation", "TapeTable", "explain", "tape"]
