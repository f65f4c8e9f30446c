"""Derivative code: :func:`compile` runs it, :func:`to_numpy` shows it."""

from compgraph.compile.compiling import compile
from compgraph.compile.to_numpy import to_numpy

__all__ = ["compile", "to_numpy"]
