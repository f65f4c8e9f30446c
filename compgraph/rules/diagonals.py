"""Diagonals of matrices and matrices made of diagonals; matrices of powers."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call
from compgraph.rules.composition import composed
from compgraph.rules.indexing import embed

__all__ = ["diagonal", "on_diagonal"]


def _places(rows: int, columns: int, offset: int) -> tuple[slice, int]:
    """Where in a matrix read row by row a diagonal stands, and how many entries it has."""
    start, down, right = (offset, 0, offset) if offset >= 0 else (-offset * columns, -offset, 0)
    count = max(min(rows - down, columns - right), 0)
    return slice(start, start + (count - 1) * (columns + 1) + 1 if count else start, columns + 1), count


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of two axes, as the last axis of the result: of the rows laid end to end every (columns + 1)-th."""
    ndim = np.ndim(a)
    if (axis1 % ndim, axis2 % ndim) != (ndim - 2, ndim - 1):
        a = np.moveaxis(a, (axis1, axis2), (-2, -1))
    *stack, rows, columns = np.shape(a)
    places, count = _places(rows, columns, offset)
    return np.reshape(a, (*stack, rows * columns))[(..., places if count else slice(0, 0))]


def on_diagonal(v: Any, k: int = 0) -> Any:
    """Square matrices of zeros with the last axis of ``v`` on a diagonal.

    >>> on_diagonal(np.array([1.0, 2.0]))
    array([[1., 0.],
           [0., 2.]])
    """
    *stack, n = np.shape(v)
    side = n + abs(k)
    places, _ = _places(side, side, k)
    flat = embed(v, index=(..., places if n else slice(0, 0)), shape=(*stack, side * side))
    return np.reshape(flat, (*stack, side, side))


def _diag(v: Any, k: int = 0) -> Any:
    if np.ndim(v) not in {1, 2}:
        raise ValueError("Input must be 1- or 2-d.")
    return on_diagonal(v, k) if np.ndim(v) == 1 else diagonal(v, k)


def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1)


DIAGONALS = (
    call("ab"),
    call("33", offset=1),
    call("34", offset=-2),
    call("abc", axis1=2, axis2=0),
    call("abc", axis1=-1, axis2=1, offset=1),
    call("22", offset=5),
)
composed(np.diagonal, diagonal, domain=(-3, 3), calls=DIAGONALS)
composed(np.trace, _trace, domain=(-3, 3), calls=DIAGONALS)
composed(
    np.linalg.diagonal,
    lambda x, offset=0: diagonal(x, offset, -2, -1),
    domain=(-3, 3),
    calls=(call("ab"), call("abc", offset=1)),
)
composed(
    np.linalg.trace,
    lambda x, offset=0: _trace(x, offset, -2, -1),
    domain=(-3, 3),
    calls=(call("ab"), call("abc", offset=-1)),
)
composed(
    np.diag, _diag, domain=(-3, 3), calls=(call("a"), call("a", k=2), call("a", k=-1), call("ab"), call("33", k=1))
)
composed(
    np.diagflat,
    lambda v, k=0: on_diagonal(np.ravel(v), k),
    domain=(-3, 3),
    calls=(call("ab"), call("a", k=-1), call("")),
)


def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    powers = np.arange(np.shape(x)[0] if N is None else N)
    return np.expand_dims(x, -1) ** (powers if increasing else powers[::-1])


composed(np.vander, _vander, domain=(0.3, 3), calls=(call("3"), call("a", N=4, increasing=True), call("a", N=2)))
