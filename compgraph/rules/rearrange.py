"""Ops that put the entries of an array in another order or repeat them: flip, roll, rot90, tile, repeat, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call, primitive
from compgraph.rules.composition import composed, value_of

__all__: list[str] = []

primitive(
    np.flip,
    lambda grad, out, m, axis=None: np.flip(grad, axis),
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    calls=(call("ab"), call("ab", axis=0), call("abc", axis=(0, -1)), call("")),
)


def _vjp_roll(grad: Any, out: Any, a: Any, shift: Any, axis: Any = None) -> Any:
    return np.roll(grad, tuple([-s for s in shift]) if isinstance(shift, (tuple, list)) else -shift, axis=axis)


primitive(
    np.roll,
    _vjp_roll,
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    calls=(call("ab", shift=2), call("ab", shift=-1, axis=1), call("abc", shift=(1, 2), axis=(0, -1))),
)
primitive(
    np.rot90,
    lambda grad, out, m, k=1, axes=(0, 1): np.rot90(grad, -k, axes),
    multilinear=True,
    domain=(-3, 3),
    exact=True,
    calls=(call("ab"), call("ab", k=2), call("abc", k=-1, axes=(1, 2))),
)
for function in (np.tril, np.triu):
    primitive(
        function,
        (lambda grad, out, m, k=0: np.tril(grad, k))
        if function is np.tril
        else (lambda grad, out, m, k=0: np.triu(grad, k)),
        multilinear=True,
        domain=(-3, 3),
        exact=True,
        calls=(call("33"), call("ab", k=1), call("abc", k=-1)),
    )
primitive(
    np.copy,
    lambda grad, out, a, order="K": grad,
    forward=lambda a, order="K": np.array(a, order=order, copy=True),
    domain=(-3, 3),
    exact=True,
    calls=(call("ab"), call("ab", order="F")),
)

FLIPS = (call("ab"), call("abc"))
composed(np.fliplr, lambda m: np.flip(_of_axes(m, 2), 1), domain=(-3, 3), calls=FLIPS)
composed(np.flipud, lambda m: np.flip(_of_axes(m, 1), 0), domain=(-3, 3), calls=(call("a"), *FLIPS))


def _of_axes(m: Any, least: int) -> Any:
    if np.ndim(m) < least:
        raise ValueError(f"Input must be >= {least}-d.")
    return m


composed(
    np.rollaxis,
    lambda a, axis, start=0: np.transpose(a, _rolled(np.ndim(a), axis, start)),
    domain=(-3, 3),
    calls=(call("abc", axis=2), call("abc", axis=0, start=2), call("abc", axis=-1, start=1)),
)


def _rolled(ndim: int, axis: int, start: int) -> tuple[int, ...]:
    return np.rollaxis(np.empty(range(ndim)), axis, start).shape  # of lengths 0, 1, 2, ... so that they tell the axes


composed(
    np.matrix_transpose,
    lambda x: np.swapaxes(_of_axes(x, 2), -1, -2),
    domain=(-3, 3),
    calls=(call("ab"), call("abc")),
)
composed(
    np.linalg.matrix_transpose,
    lambda x: np.swapaxes(_of_axes(x, 2), -1, -2),
    domain=(-3, 3),
    calls=(call("ab"), call("abc")),
)


# -------------------------------------------------------------------------------------------------------------- repeats


def _tile(A: Any, reps: Any) -> Any:
    reps = tuple(reps) if np.ndim(reps) else (int(reps),)
    shape = np.shape(A)
    ndim = max(len(reps), len(shape))
    reps = (1,) * (ndim - len(reps)) + reps
    shape = (1,) * (ndim - len(shape)) + shape
    apart = tuple([n for pair in zip((1,) * ndim, shape, strict=True) for n in pair])
    repeated = tuple([n for pair in zip(reps, shape, strict=True) for n in pair])
    whole = tuple([rep * n for rep, n in zip(reps, shape, strict=True)])
    return np.reshape(np.broadcast_to(np.reshape(A, apart), repeated), whole)


composed(
    np.tile,
    _tile,
    domain=(-3, 3),
    calls=(call("ab", reps=2), call("a", reps=(2, 3)), call("ab", reps=(3, 1)), call("abc", reps=(2,))),
)


def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    ndim = np.ndim(a)
    axis = axis % ndim
    n = np.shape(a)[axis]
    repeats = np.asarray(value_of(repeats))
    if repeats.size != 1:
        return a[(slice(None),) * axis + (np.repeat(np.arange(n), repeats),)]
    times = int(repeats.reshape(()))
    shape = np.shape(a)
    spread = np.broadcast_to(np.expand_dims(a, axis + 1), (*shape[: axis + 1], times, *shape[axis + 1 :]))
    return np.reshape(spread, (*shape[:axis], n * times, *shape[axis + 1 :]))


composed(
    np.repeat,
    _repeat,
    domain=(-3, 3),
    calls=(call("ab", repeats=2), call("ab", repeats=3, axis=1), call("3b", repeats=np.array([1, 0, 2]), axis=0)),
)
composed(
    np.resize,
    lambda a, new_shape: np.reshape(np.ravel(a)[_cycled(np.size(a), new_shape)], new_shape),
    domain=(-3, 3),
    calls=(call("ab", new_shape=(2, 5)), call("ab", new_shape=3)),
)


def _cycled(size: int, shape: Any) -> Any:
    return np.resize(np.arange(size), shape).ravel()


def _broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*[np.shape(a) for a in args])
    return tuple([np.broadcast_to(a, shape) for a in args])


composed(np.broadcast_arrays, _broadcast_arrays, domain=(-3, 3), calls=(call("ab,b"), call("a1,1b,")))


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    if indexing not in {"xy", "ij"}:
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    places = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        places[:2] = [1, 0]
    open_ = [
        np.reshape(x, (1,) * place + (np.size(x),) + (1,) * (len(xi) - place - 1))
        for x, place in zip(xi, places, strict=True)
    ]
    return tuple(open_) if sparse else _broadcast_arrays(*open_)


composed(
    np.meshgrid,
    _meshgrid,
    domain=(-3, 3),
    calls=(call("a,b"), call("a,b,c", indexing="ij"), call("a,b,c", sparse=True), call("a")),
)


# ----------------------------------------------------------------------------------------------------- at least so many


def _at_least(ndim: int) -> Any:
    def at_least(*arys: Any) -> Any:
        raised = tuple([_raise_to(a, ndim) for a in arys])
        return raised[0] if len(raised) == 1 else raised

    return at_least


def _raise_to(a: Any, ndim: int) -> Any:
    have = np.ndim(a)
    if have >= ndim:
        return a
    shape = {(2, 0): (1, 1), (3, 0): (1, 1, 1), (1, 0): (1,)}.get((ndim, have))
    if shape is None:  # NumPy puts a vector in the middle and a matrix in front
        lengths = np.shape(a)
        shape = (1, *lengths) if have == 1 and ndim == 2 else (1, *lengths, 1) if have == 1 else (*lengths, 1)
    return np.reshape(a, shape)


for raising, ndim in ((np.atleast_1d, 1), (np.atleast_2d, 2), (np.atleast_3d, 3)):
    composed(
        raising, _at_least(ndim), domain=(-3, 3), calls=(call(""), call("a"), call("ab"), call("abc"), call(",a,ab"))
    )
