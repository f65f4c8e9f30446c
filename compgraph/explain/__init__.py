"""Derivatives explained: :func:`explain` writes out the chain rule for one, :func:`tape` the list of all operations."""

from typing import TYPE_CHECKING

from compgraph.explain.explaining import explain, tape
from compgraph.later import later

if TYPE_CHECKING:
    from compgraph.explain.explanation import Explanation
    from compgraph.explain.tape_table import TapeTable
else:
    __getattr__, __dir__ = later(
        __name__,
        {"Explanation": "compgraph.explain.explanation", "TapeTable": "compgraph.explain.tape_table"},
    )

__all__ = ["Explanation", "TapeTable", "explain", "tape"]
