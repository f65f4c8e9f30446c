"""Norms of vectors and matrices, of every order; where a norm has no derivative, its least subgradient.

At 0 that is 0, so ``np.linalg.norm(x)`` at ``x = 0`` has the gradient 0 and leaves no NaN behind.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call, differentiable
from compgraph.rules.complex_parts import abs2, conjugated, is_complex, real_dtype
from compgraph.rules.composition import composed, value_of
from compgraph.rules.reduction import REDUCTIONS, put_back

__all__ = ["euclidean", "p_norm"]


def _or_one(x: Any) -> Any:
    return np.where(x == 0, 1.0, x)


@differentiable(
    lambda grad, out, x, axis=None, keepdims=False: (
        put_back(grad, x, axis, keepdims) * conjugated(x) / put_back(_or_one(out), x, axis, keepdims)
    ),
    domain=(0.3, 3),
    elementwise=False,
    name="norm",
    symbol="‖·‖",
    calls=REDUCTIONS,
)
def euclidean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The root of the sum of squares; its derivative x / ‖x‖, of complex x its conjugate, is taken to be 0 at 0.

    >>> float(euclidean(np.array([3.0, 4.0])))
    5.0
    """
    return np.sqrt(np.sum(abs2(x) if is_complex(x) else np.square(x), axis=axis, keepdims=keepdims))


def _vjp_p_norm(grad: Any, out: Any, x: Any, p: float, axis: Any = None, keepdims: bool = False) -> Any:
    size = np.abs(x)
    ratio = _or_one(size) / put_back(_or_one(out), x, axis, keepdims)
    return put_back(grad, x, axis, keepdims) * conjugated(np.sign(x)) * ratio ** (p - 1.0)


@differentiable(
    _vjp_p_norm,
    domain=(0.3, 3),
    elementwise=False,
    name="p-norm",
    symbol="‖·‖ₚ",
    calls=(call("ab", p=3.0), call("ab", p=1.5, axis=0), call("abc", p=0.5, axis=-1, keepdims=True), call("3", p=-1.0)),
)
def p_norm(x: Any, p: float, axis: Any = None, keepdims: bool = False) -> Any:
    """(Σ |x|ᵖ)^(1/p); its derivative sign(x) (|x| / ‖x‖)^(p-1) is taken to be 0 where x is 0.

    >>> round(float(p_norm(np.array([3.0, 4.0]), p=2.0)), 12)
    5.0
    """
    return np.sum(np.abs(x) ** p, axis=axis, keepdims=keepdims) ** (1.0 / p)


def _vector_norm(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    size = {"axis": axis, "keepdims": keepdims}
    if ord is None or ord == 2:
        return euclidean(x, **size)
    if ord == np.inf:
        return np.max(np.abs(x), **size)
    if ord == -np.inf:
        return np.min(np.abs(x), **size)
    if ord == 0:  # how many entries are not 0, which a small change does not change
        return np.sum(value_of(x) != 0, **size, dtype=real_dtype(x))
    if ord == 1:
        return np.sum(np.abs(x), **size)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    return p_norm(x, p=float(ord), **size)


def _singular(x: Any, axes: tuple[int, int]) -> Any:
    """The singular values, in which those that are 0 but for rounding are constants: their least subgradient is 0."""
    s = np.linalg.svd(np.moveaxis(x, axes, (-2, -1)), compute_uv=False)
    limit = np.max(value_of(s), axis=-1, keepdims=True, initial=0.0) * np.finfo(s.dtype).eps
    return np.where(value_of(s) > limit, s, 0.0)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, int], keepdims: bool) -> Any:
    rows, columns = (i % np.ndim(x) for i in axes)
    if rows == columns:
        raise ValueError("Duplicate axes given.")
    if ord in {None, "fro", "f"}:
        return euclidean(x, axis=(rows, columns), keepdims=keepdims)
    if ord in {"nuc", 2, -2}:
        reduce: Any = np.sum if ord == "nuc" else np.max if ord == 2 else np.min
        norm = reduce(_singular(x, (rows, columns)), axis=-1)
    elif ord in {1, -1, np.inf, -np.inf}:
        summed, along = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = np.sum(np.abs(x), axis=summed)
        norm = (np.max if ord > 0 else np.min)(sums, axis=along - (summed < along))
    else:
        raise ValueError("Invalid norm order for matrices.")
    return np.expand_dims(norm, tuple(sorted((rows, columns)))) if keepdims else norm


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if axis is None and (ord is None or np.ndim(x) == 1):
        return _vector_norm(x, ord, None, keepdims)
    axes = tuple(range(np.ndim(x))) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, tuple(axes), keepdims)
    raise ValueError("Improper number of dimensions to norm.")


def _array_api_vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return _vector_norm(x, ord, axis, keepdims)


def _array_api_matrix_norm(x: Any, keepdims: bool = False, ord: Any = "fro") -> Any:
    return _matrix_norm(x, ord, (-2, -1), keepdims)


SUMS = (1, -1, np.inf, -np.inf)  # of one row or one column, so that no two sums are equal

composed(
    np.linalg.norm,
    _norm,
    domain=(-1, 3),
    kinks=(0.0,),
    calls=(
        call("ab"),
        call("a", ord=3),
        *[call("3", ord=p) for p in (1, 2, np.inf, -np.inf)],
        call("abc", axis=1, keepdims=True),
        *[call("22", ord=p) for p in ("fro", "nuc", 2, -2)],
        *[call("13", ord=p) for p in SUMS],
        *[call("31", ord=p) for p in SUMS],
        call("1a2", ord=1, axis=(0, 2)),
        call("2a1", ord=-np.inf, axis=(-1, 0), keepdims=True),
        call("12", ord="nuc", keepdims=True),
        call("212", ord=2, axis=(0, -1), keepdims=True),
    ),
)
composed(
    np.linalg.vector_norm,
    _array_api_vector_norm,
    domain=(-1, 3),
    kinks=(0.0,),
    calls=(call("ab"), call("ab", axis=0, ord=1), call("abc", axis=(0, 2), ord=3, keepdims=True)),
)
composed(
    np.linalg.matrix_norm,
    _array_api_matrix_norm,
    domain=(-1, 3),
    kinks=(0.0,),
    calls=(call("ab"), call("22", ord="nuc"), call("a12", ord=1, keepdims=True)),
)
