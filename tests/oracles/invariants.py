"""Decompositions that are unique up to signs only, as what does not depend on the signs; for any engine's arrays."""

from __future__ import annotations

from typing import Any

__all__ = ["singular", "spectral"]


def spectral(w: Any, v: Any) -> tuple[Any, Any]:
    """Eigenvalues, and the projections onto their eigenvectors."""
    return w, v[..., :, None, :] * v[..., None, :, :]


def singular(u: Any, s: Any, vh: Any) -> tuple[Any, Any]:
    """Singular values, and for each the product of its two vectors."""
    return s, u[..., :, :, None] * vh[..., None, :, :]
