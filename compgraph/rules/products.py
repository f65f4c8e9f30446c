"""Products of vectors, matrices and tensors by products that have rules: outer, inner, kron, tensordot, cross, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.errors import MissingRuleError
from compgraph.primitive import call
from compgraph.rules.complex_parts import conjugated
from compgraph.rules.composition import composed

__all__: list[str] = []


def _outer(a: Any, b: Any) -> Any:
    return np.expand_dims(np.ravel(a), 1) * np.expand_dims(np.ravel(b), 0)


def _linalg_outer(x1: Any, x2: Any) -> Any:
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(f"Input arrays must be one-dimensional, but they are {np.ndim(x1)=} and {np.ndim(x2)=}.")
    return _outer(x1, x2)


def _inner(a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return np.dot(a, b if np.ndim(b) == 1 else np.swapaxes(b, -1, -2))


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    if np.ndim(axes) == 0:
        left, right = list(range(np.ndim(a) - axes, np.ndim(a))), list(range(axes))
    else:
        left, right = (
            [x % max(np.ndim(of), 1) for x in np.atleast_1d(some)] for of, some in ((a, axes[0]), (b, axes[1]))
        )
    shape, other = np.shape(a), np.shape(b)
    if [shape[i] for i in left] != [other[i] for i in right]:
        raise ValueError("shape-mismatch for sum")
    rows = [i for i in range(len(shape)) if i not in left]
    columns = [i for i in range(len(other)) if i not in right]
    n = int(np.prod([shape[i] for i in left]))
    first = np.reshape(np.transpose(a, (*rows, *left)), (int(np.prod([shape[i] for i in rows])), n))
    second = np.reshape(np.transpose(b, (*right, *columns)), (n, int(np.prod([other[i] for i in columns]))))
    return np.reshape(first @ second, tuple([shape[i] for i in rows] + [other[i] for i in columns]))


def _kron(a: Any, b: Any) -> Any:
    ndim = max(np.ndim(a), np.ndim(b))
    left, right = ((1,) * (ndim - np.ndim(x)) + tuple(np.shape(x)) for x in (a, b))
    apart = np.reshape(a, tuple([n for m in left for n in (m, 1)])) * np.reshape(
        b, tuple([n for m in right for n in (1, m)])
    )
    return np.reshape(apart, tuple([m * n for m, n in zip(left, right, strict=True)]))


def _vecdot(x1: Any, x2: Any, axis: int = -1, keepdims: bool = False) -> Any:
    return np.sum(np.moveaxis(conjugated(x1), axis, -1) * np.moveaxis(x2, axis, -1), axis=-1, keepdims=keepdims)


def _matvec(x1: Any, x2: Any) -> Any:
    return np.squeeze(x1 @ np.expand_dims(x2, -1), -1)


def _vecmat(x1: Any, x2: Any) -> Any:
    return np.squeeze(np.expand_dims(conjugated(x1), -2) @ x2, -2)


def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if np.shape(a)[-1] != 3 or np.shape(b)[-1] != 3:
        raise MissingRuleError("cross of vectors of two components is deprecated in NumPy; make them three, the last 0")
    product = a[..., [1, 2, 0]] * b[..., [2, 0, 1]] - a[..., [2, 0, 1]] * b[..., [1, 2, 0]]
    return np.moveaxis(product, -1, axisc)


composed(np.outer, _outer, domain=(-2, 2), calls=(call("a,b"), call("ab,c"), call(",a")))
composed(np.linalg.outer, _linalg_outer, domain=(-2, 2), calls=(call("a,b"),))
composed(np.inner, _inner, domain=(-2, 2), calls=(call("a,a"), call("ab,cb"), call("ab,b"), call("b,cdb"), call("ab,")))
TENSORDOTS = (
    call("ab,abc"),
    call("abc,cd", axes=1),
    call("ab,cd", axes=0),
    call("abc,cad", axes=((2, 0), (0, 1))),
    call("ab,cb", axes=(1, -1)),
)
composed(np.tensordot, _tensordot, domain=(-2, 2), calls=TENSORDOTS)
composed(
    np.linalg.tensordot,
    lambda x1, x2, axes=2: _tensordot(x1, x2, axes),
    domain=(-2, 2),
    calls=TENSORDOTS,
    forward=lambda x1, x2, axes=2: np.linalg.tensordot(x1, x2, axes=axes),
)
composed(np.kron, _kron, domain=(-2, 2), calls=(call("ab,cd"), call("a,b"), call("a,bc"), call("abc,d"), call(",a")))
composed(
    np.vdot,
    lambda a, b: np.dot(conjugated(np.ravel(a)), np.ravel(b)),
    domain=(-2, 2),
    calls=(call("a,a"), call("ab,ab"), call(",")),
)
composed(
    np.linalg.matmul,
    lambda x1, x2: np.matmul(x1, x2),
    domain=(-2, 2),
    calls=(call("ab,bc"), call("dab,b"), call("b,b")),
)
VECDOTS = (call("a,a"), call("ab,b"), call("ab,1b"), call("ab,ab", axis=0))
composed(np.linalg.vecdot, lambda x1, x2, axis=-1: _vecdot(x1, x2, axis), domain=(-2, 2), calls=VECDOTS)
composed(np.vecdot, _vecdot, domain=(-2, 2), calls=VECDOTS)
if hasattr(np, "matvec"):  # since NumPy 2.2
    composed(np.matvec, _matvec, domain=(-2, 2), calls=(call("ab,b"), call("dab,b"), call("dab,db")))
    composed(np.vecmat, _vecmat, domain=(-2, 2), calls=(call("a,ab"), call("da,ab"), call("da,dab")))
CROSSES = (call("3,3"), call("a3,3"), call("a3,a3"))
composed(np.cross, _cross, domain=(-2, 2), calls=(*CROSSES, call("3a,a3", axisa=0, axisc=0), call("3a,3a", axis=0)))
composed(
    np.linalg.cross,
    lambda x1, x2, axis=-1: _cross(x1, x2, axis=axis),
    domain=(-2, 2),
    calls=(*CROSSES[:2], call("3a,3a", axis=0)),
    forward=lambda x1, x2, axis=-1: np.linalg.cross(x1, x2, axis=axis),
)


def _cheapest(sizes: tuple[int, ...]) -> dict[tuple[int, int], int]:
    """Where to cut each part (i, j) of a chain of matrix products for the fewest multiplications.

    Source: Cormen et al., Introduction to Algorithms, section 15.2.
    """
    n = len(sizes) - 1
    costs = {(i, i): 0 for i in range(n)}
    cuts = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            costs[i, j], cuts[i, j] = min(
                (costs[i, k] + costs[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
            )
    return cuts


def _product(arrays: list[Any], cuts: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return arrays[i]
    k = cuts[i, j]
    return _product(arrays, cuts, i, k) @ _product(arrays, cuts, k + 1, j)


def _multi_dot(arrays: Any) -> Any:
    arrays = list(arrays)
    if len(arrays) < 2:
        raise ValueError("Expecting at least two arrays.")
    first, last = np.ndim(arrays[0]), np.ndim(arrays[-1])
    arrays[0] = np.atleast_2d(arrays[0])
    if last == 1:
        arrays[-1] = np.expand_dims(arrays[-1], 1)
    cuts = _cheapest((np.shape(arrays[0])[0], *[np.shape(a)[1] for a in arrays]))
    whole = _product(arrays, cuts, 0, len(arrays) - 1)
    gone = tuple([axis for axis, ndim in ((0, first), (1, last)) if ndim == 1])
    return np.squeeze(whole, gone) if gone else whole


composed(
    np.linalg.multi_dot,
    _multi_dot,
    domain=(-2, 2),
    calls=(call("ab,bc,cd"), call("a,ab,bc,c"), call("ab,bc"), call("ab,bc,cd,d")),
    forward=lambda *arrays: np.linalg.multi_dot(arrays),
)


def _matrix_power(a: Any, n: int) -> Any:
    if n < 0:
        return _matrix_power(np.linalg.inv(a), -n)
    if n == 0:
        return a * 0.0 + np.eye(np.shape(a)[-1], dtype=a.dtype)
    power, square = None, a
    while n:  # by repeated squaring
        if n % 2:
            power = square if power is None else power @ square
        n //= 2
        square = square @ square if n else square
    return power


composed(
    np.linalg.matrix_power,
    _matrix_power,
    domain=(-1, 3),
    calls=(call("aa", n=3), call("22", n=-2), call("baa", n=2), call("aa", n=0), call("aa", n=1)),
)
