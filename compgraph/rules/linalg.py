"""Declarations of matrix products.

For Z = X Y the cotangents are dX = dZ Yᵀ and dY = Xᵀ dZ; a vector is a row on the left and a column on the right.
Stacks of matrices that were broadcast against each other are summed by the engine.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.primitive import call, primitive

__all__: list[str] = []


def _transposed(a: Any) -> Any:
    return a.T if a.ndim == 2 else np.swapaxes(a, -1, -2)


def _vjp_matmul_left(grad: Any, out: Any, x: Any, y: Any) -> Any:
    if x.ndim == y.ndim == 2:
        return np.dot(grad, y.T)  # of matrices the same as @, in less time: much less for a column times a row
    if y.ndim == 1:
        return grad * y if x.ndim == 1 else np.expand_dims(grad, -1) * y
    if x.ndim == 1:
        return (y @ np.expand_dims(grad, -1))[..., 0]
    return grad @ _transposed(y)


def _vjp_matmul_right(grad: Any, out: Any, x: Any, y: Any) -> Any:
    if x.ndim == y.ndim == 2:
        return np.dot(x.T, grad)
    if x.ndim == 1:
        return grad * x if y.ndim == 1 else np.expand_dims(x, -1) * np.expand_dims(grad, -2)
    if y.ndim == 1:
        return (_transposed(x) @ np.expand_dims(grad, -1))[..., 0]
    return _transposed(x) @ grad


def _vjp_dot_left(grad: Any, out: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return grad * b
    if np.ndim(b) <= 2:
        return _vjp_matmul_left(grad, out, a, b)
    # out[i..., j..., k] = a[i..., :] · b[j..., :, k]: read grad as a matrix (i..., jk) against b as (jk, :)
    columns = np.moveaxis(b, -2, -1)
    flat = np.reshape(grad, (*np.shape(a)[:-1], math.prod(np.shape(columns)[:-1])))
    return flat @ np.reshape(columns, (np.shape(flat)[-1], np.shape(a)[-1]))


def _vjp_dot_right(grad: Any, out: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return grad * a
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return grad * a
    if np.ndim(a) <= 2 and np.ndim(b) <= 2:
        return _vjp_matmul_right(grad, out, a, b)
    rows = np.reshape(a, (math.prod(np.shape(a)[:-1]), np.shape(a)[-1]))  # -1 would not do for an empty array
    if np.ndim(b) == 1:
        return np.reshape(grad, (-1,)) @ rows
    columns = np.swapaxes(b, -1, -2)
    flat = np.reshape(grad, (np.shape(rows)[0], math.prod(np.shape(columns)[:-1])))
    return np.swapaxes(np.reshape(_transposed(flat) @ rows, np.shape(columns)), -1, -2)


primitive(
    np.matmul,
    _vjp_matmul_left,
    _vjp_matmul_right,
    multilinear=True,
    domain=(-2, 2),
    symbol="@",
    calls=(
        call("ab,bc"),
        call("b,b"),
        call("ab,b"),
        call("b,bc"),
        call("dab,bc"),
        call("ab,dbc"),
        call("d1ab,ebc"),
        call("dab,b"),
        call("b,dbc"),
    ),
)
primitive(
    np.dot,
    _vjp_dot_left,
    _vjp_dot_right,
    multilinear=True,
    domain=(-2, 2),
    symbol="@",
    calls=(
        call("ab,bc"),
        call("b,b"),
        call("ab,b"),
        call("b,bc"),
        call("dab,ebc"),
        call("b,ebc"),
        call(",ab"),
        call("ab,"),
    ),
)
