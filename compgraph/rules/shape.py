"""Declarations of the ops that move entries about without changing them; all of them are linear."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call, differentiable, primitive
from compgraph.rules.complex_parts import is_complex, real_part

__all__ = ["cast"]


def _vjp_transpose(grad: Any, out: Any, a: Any, axes: Any = None) -> Any:
    if axes is None:
        return np.transpose(grad)
    ndim = len(axes)
    back = sorted(range(ndim), key=lambda i: axes[i] % ndim)
    return np.transpose(grad, back)


def _vjp_concatenate(grad: Any, out: Any, *arrays: Any, argnum: int, axis: Any = 0) -> Any:
    if axis is None:
        sizes = [np.size(a) for a in arrays]
        start = sum(sizes[:argnum])
        return np.reshape(grad[start : start + sizes[argnum]], np.shape(arrays[argnum]))
    axis = axis % np.ndim(grad)
    lengths = [np.shape(a)[axis] for a in arrays]
    start = sum(lengths[:argnum])
    return grad[(slice(None),) * axis + (slice(start, start + lengths[argnum]),)]


def _vjp_stack(grad: Any, out: Any, *arrays: Any, argnum: int, axis: int = 0) -> Any:
    return grad[(slice(None),) * (axis % np.ndim(grad)) + (argnum,)]


def _reshape(a: Any, shape: Any, order: Any = "C") -> Any:
    if order not in ("C", "F"):
        raise ValueError(f"order={order!r} depends on how an array happens to be stored: say 'C' or 'F'")
    return np.reshape(a, shape, order=order)


def _ravel(a: Any, order: Any = "C") -> Any:
    return _reshape(a, -1, order)


primitive(
    np.transpose,
    _vjp_transpose,
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    symbol="ᵀ",
    calls=(call("ab"), call("abc", axes=(1, -1, 0)), call("a")),
)
primitive(
    np.swapaxes,
    lambda grad, out, a, axis1, axis2: np.swapaxes(grad, axis1, axis2),
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    calls=(call("ab", axis1=0, axis2=1), call("abc", axis1=-1, axis2=0)),
)
primitive(
    np.moveaxis,
    lambda grad, out, a, source, destination: np.moveaxis(grad, destination, source),
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    calls=(call("abc", source=0, destination=-1), call("abc", source=(0, 1), destination=(2, 0))),
)
primitive(
    np.reshape,
    # `order` reads and writes in the same way, so the way back is the same call with the old shape
    lambda grad, out, a, shape, order="C": np.reshape(grad, np.shape(a), order=order),
    forward=_reshape,
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    calls=(
        call("ab", shape=-1),
        call("ab", shape=lambda a, b: (b, a)),
        call("abc", shape=lambda a, b, c: (a * b, c), order="F"),
        call("", shape=(1, 1)),
    ),
)
primitive(
    np.ravel,
    lambda grad, out, a, order="C": np.reshape(grad, np.shape(a), order=order),
    forward=_ravel,
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    calls=(call("ab"), call("ab", order="F"), call("")),
)
primitive(
    np.expand_dims,
    lambda grad, out, a, axis: np.reshape(grad, np.shape(a)),
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    calls=(call("ab", axis=1), call("a", axis=(0, -1)), call("", axis=0)),
)
primitive(
    np.squeeze,
    lambda grad, out, a, axis=None: np.reshape(grad, np.shape(a)),
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    calls=(call("1a1"), call("1a1", axis=-1), call("11", axis=(0, 1))),
)
primitive(
    np.broadcast_to,
    # The rule says nothing: summing over what was repeated is the engine's own work.
    lambda grad, out, array, shape: grad,
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    calls=(call("a", shape=lambda a: (2, a)), call("a1", shape=lambda a: (a, 3)), call("", shape=(2, 2))),
)
primitive(
    np.concatenate,
    _vjp_concatenate,
    domain=(-3, 3),
    exact=True,
    variadic=True,
    calls=(call("ab,cb"), call("ab,ac,ad", axis=1), call("ab,c", axis=None), call("a", axis=-1)),
)
primitive(
    np.stack,
    _vjp_stack,
    domain=(-3, 3),
    exact=True,
    variadic=True,
    calls=(call("ab,ab"), call("ab,ab,ab", axis=-1), call(",")),
)


def _vjp_cast(grad: Any, out: Any, a: Any, dtype: Any) -> Any:
    grad = grad if is_complex(a) else real_part(grad)
    return cast(grad, a.dtype) if hasattr(a, "dtype") else grad


@differentiable(
    _vjp_cast,
    domain=(-3, 3),
    elementwise=True,
    calls=(call("ab", dtype=np.float64),),
)
def cast(a: Any, dtype: Any) -> Any:
    """Give ``a`` another floating dtype, real or complex; the cotangent goes back to the dtype of ``a``.

    Other dtypes are refused: integers and bools have no derivative, and of a complex number a part has to be chosen.

    >>> import numpy as np
    >>> cast(np.ones(2), np.float32).dtype
    dtype('float32')
    """
    if np.dtype(dtype).kind not in "fc":
        raise TypeError(f"{np.dtype(dtype)} has no derivative: take node.value.astype(...)")
    if np.dtype(dtype).kind == "f" and is_complex(a):
        raise TypeError(f"in {np.dtype(dtype)} their imaginary parts would be lost")
    return np.asarray(a).astype(dtype)
