"""Derivative code: :func:`compile` runs it, :func:`to_numpy` shows it."""

from compgraph.compile.compiled import Compiled, CompileWarning, compile
from compgraph.compile.to_numpy import to_numpy

__all__ = ["CompileWarning", "Compiled", "compile", "to_numpy"]
