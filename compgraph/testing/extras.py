"""hypothesis, imported where strategies are made and not before."""

from __future__ import annotations

from typing import Any

from compgraph.errors import MissingExtraError

__all__ = ["hypothesis_strategies"]


def hypothesis_strategies() -> Any:
    """Return the module ``hypothesis.strategies``.

    >>> hypothesis_strategies().booleans()
    booleans()

    Raises:
        MissingExtraError: hypothesis is not installed.
    """
    try:
        from hypothesis import strategies
    except ImportError:
        raise MissingExtraError("drawing random test cases", "hypothesis", "testing") from None
    return strategies
