"""What becomes of one mutant, of whichever kind: a module of its own, so that other processes can import it."""

from __future__ import annotations

from typing import Any

from tests.mutants import engine, mutation

__all__ = ["fate"]


def fate(mutant: Any) -> tuple[Any, str, str]:
    """The mutant, what killed it, and the error by which it could be neither killed nor let live."""
    try:
        return mutant, engine.fate(mutant) if isinstance(mutant, engine.EngineMutant) else mutation.fate(mutant), ""
    except Exception as error:
        return mutant, "", f"{type(error).__name__}: {error}"
