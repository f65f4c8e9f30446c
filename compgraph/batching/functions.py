"""What NumPy's functions do to batches: the same to each array, as one call on the data of all of them.

A function without a line here still works, array by array. Elementwise ufuncs need no line. The axis of the batch is
the first of the data, so most lines only tell a function which axes it has left.
"""

from __future__ import annotations

import math
import operator
import string
from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.batching.batch import BATCHED, Batch, aligned, entrywise, holds_a_batch, normal_axes
from compgraph.rules.contraction import contract
from compgraph.rules.indexing import embed

__all__: list[str] = []

Rule = Callable[..., Any]
function: Any  # of NumPy, in the loops below


def _of_all(*functions: Callable[..., Any]) -> Callable[[Rule], Rule]:
    """Write down a rule of these functions, any of whose arguments may be batches."""

    def declare(rule: Rule) -> Rule:
        BATCHED.update(dict.fromkeys(functions, rule))
        return rule

    return declare


def _of_the_first(*functions: Callable[..., Any]) -> Callable[[Rule], Rule]:
    """Write down a rule of these functions, whose first argument may be a batch and no other; it returns data."""

    def declare(rule: Rule) -> Rule:
        def guarded(a: Any, *args: Any, **kwargs: Any) -> Any:
            if not isinstance(a, Batch) or (args and holds_a_batch(args)) or (kwargs and holds_a_batch(kwargs)):
                return NotImplemented
            data = rule(a, *args, **kwargs)
            return data if data is NotImplemented else Batch(data)

        BATCHED.update(dict.fromkeys(functions, guarded))
        return rule

    return declare


# ---------------------------------------------------------------------------------------------- what a batch has


def _plainly(function: Any, of: Callable[[Batch], Any] | None = None) -> None:
    """Declare a function that asks for the shape and dtype only, which all arrays of a batch share."""

    def rule(a: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(a, Batch):
            return NotImplemented
        return of(a) if of and not args and not kwargs else function(a.data[0], *args, **kwargs)

    BATCHED[function] = rule


_plainly(np.shape, lambda a: a.shape)
_plainly(np.ndim, lambda a: a.ndim)
_plainly(np.size, lambda a: a.size)
for function in (np.iscomplexobj, np.isrealobj, np.zeros_like, np.ones_like, np.empty_like):
    _plainly(function)


@_of_all(np.result_type)
def _result_type(*args: Any) -> Any:
    return np.result_type(*[x.dtype if isinstance(x, Batch) else x for x in args])


# ---------------------------------------------------------------------------------------------- entry by entry

for function in (np.real, np.imag, np.copy, np.nan_to_num, np.angle):
    _of_the_first(function)(lambda a, *args, function=function, **kwargs: function(a.data, *args, **kwargs))


@_of_all(np.where)
def _where(condition: Any, *choices: Any) -> Any:
    return entrywise(np.where, condition, *choices) if choices else NotImplemented


@_of_all(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, **kwargs: Any) -> Any:
    return NotImplemented if kwargs else entrywise(np.clip, a, a_min, a_max)


# ---------------------------------------------------------------------------------------------- along axes


def _along(function: Any) -> None:
    """Declare a reduction: one that takes ``axis`` second and means all axes by None."""

    def rule(a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        return function(a.data, normal_axes(axis, a.ndim), *args, **kwargs)

    _of_the_first(function)(rule)


for function in (np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin, np.all, np.any, np.var, np.std, np.flip):
    _along(function)


def _flat(a: Batch) -> Any:
    return a.data.reshape(len(a.data), a.size)


for function in (np.cumsum, np.cumprod):

    def _running(a: Batch, axis: Any = None, function: Any = function) -> Any:
        return function(_flat(a), axis=1) if axis is None else function(a.data, axis=normal_axes(axis, a.ndim))

    _of_the_first(function)(_running)


for function in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft):

    def _transform(a: Batch, n: Any = None, axis: int = -1, norm: Any = None, function: Any = function) -> Any:
        return function(a.data, n, normal_axes(axis, a.ndim), norm)

    _of_the_first(function)(_transform)


@_of_the_first(np.roll)
def _roll(a: Batch, shift: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.roll(_flat(a), shift, axis=1).reshape(a.data.shape)
    return np.roll(a.data, shift, axis=normal_axes(axis, a.ndim))


@_of_the_first(np.rot90)
def _rot90(m: Batch, k: int = 1, axes: Any = (0, 1)) -> Any:
    return np.rot90(m.data, k, normal_axes(tuple(axes), m.ndim))


for function in (np.tril, np.triu):
    _of_the_first(function)(
        lambda m, k=0, function=function: function(m.data, k) if m.ndim > 1 else NotImplemented  # of a vector: a matrix
    )


# ---------------------------------------------------------------------------------------------- shapes


@_of_the_first(np.reshape)
def _reshape(a: Batch, shape: Any, order: Any = "C", copy: Any = None) -> Any:
    lengths = tuple(shape) if np.ndim(shape) else (shape,)
    if order == "C":
        return a.data.reshape(len(a.data), *lengths)
    if order != "F":
        return NotImplemented
    return np.moveaxis(np.moveaxis(a.data, 0, -1).reshape((*lengths, len(a.data)), order="F"), -1, 0)


@_of_the_first(np.ravel)
def _ravel(a: Batch, order: Any = "C") -> Any:
    return _reshape(a, (a.size,), order)


@_of_the_first(np.transpose)
def _transpose(a: Batch, axes: Any = None) -> Any:
    order = range(a.ndim, 0, -1) if axes is None else normal_axes(tuple(axes), a.ndim)
    return a.data.transpose(0, *order)


@_of_the_first(np.swapaxes)
def _swapaxes(a: Batch, axis1: int, axis2: int) -> Any:
    return a.data.swapaxes(normal_axes(axis1, a.ndim), normal_axes(axis2, a.ndim))


@_of_the_first(np.moveaxis)
def _moveaxis(a: Batch, source: Any, destination: Any) -> Any:
    return np.moveaxis(a.data, normal_axes(source, a.ndim), normal_axes(destination, a.ndim))


@_of_the_first(np.expand_dims)
def _expand_dims(a: Batch, axis: Any) -> Any:
    axes = tuple(axis) if np.ndim(axis) else (axis,)
    return np.expand_dims(a.data, normal_axes(axes, a.ndim + len(axes)))


@_of_the_first(np.squeeze)
def _squeeze(a: Batch, axis: Any = None) -> Any:
    ones = tuple([i for i, n in enumerate(a.shape) if n == 1])
    return np.squeeze(a.data, normal_axes(ones if axis is None else axis, a.ndim))


@_of_the_first(np.broadcast_to)
def _broadcast_to(array: Batch, shape: Any) -> Any:
    lengths = tuple(shape) if np.ndim(shape) else (shape,)
    return np.broadcast_to(aligned(array, len(lengths)), (len(array.data), *lengths))


@_of_all(np.concatenate)
def _concatenate(arrays: Any, axis: Any = 0) -> Any:
    if axis is None:
        arrays, axis = [np.ravel(a) for a in arrays], 0
    parts = _all_in_full(arrays)
    return Batch(np.concatenate(parts, axis=normal_axes(axis, parts[0].ndim - 1)))


@_of_all(np.stack)
def _stack(arrays: Any, axis: Any = 0) -> Any:
    parts = _all_in_full(arrays)
    return Batch(np.stack(parts, axis=normal_axes(axis, parts[0].ndim)))


def _all_in_full(arrays: Any) -> list[Any]:
    """The data of batches, and other arrays as batches of one and the same."""
    size = next(len(a.data) for a in arrays if isinstance(a, Batch))
    return [a.data if isinstance(a, Batch) else np.broadcast_to(a, (size, *np.shape(a))) for a in arrays]


for function in (np.split, np.array_split):

    def _split(ary: Any, indices_or_sections: Any, axis: int = 0, function: Any = function) -> Any:
        return [Batch(part) for part in function(ary.data, indices_or_sections, normal_axes(axis, ary.ndim))]

    BATCHED[function] = _split


# ---------------------------------------------------------------------------------------------- indexing


def _whole(index: Any) -> tuple[Any, ...] | None:
    """An index of whole numbers and slices as one of the data; None if there is an array or a mask in it."""
    parts = index if isinstance(index, tuple) else (index,)
    for part in parts:
        if isinstance(part, bool) or not (
            part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice))
        ):
            return None
    return (slice(None), *parts)


def _places(index: Any, shape: tuple[int, ...]) -> Any:
    """Where an index points to among the entries of an array, numbered one after the other."""
    return np.arange(math.prod(shape)).reshape(shape)[index]


@_of_the_first(operator.getitem)
def _getitem(a: Batch, index: Any) -> Any:
    whole = _whole(index)
    if whole is not None:
        return a.data[whole]
    places = _places(index, a.shape)
    return _flat(a)[:, places.ravel()].reshape(len(a.data), *places.shape)


@_of_the_first(embed)
def _embed(entries: Batch, index: Any, shape: tuple[int, ...]) -> Any:
    k, size, dtype = len(entries.data), math.prod(shape), entries.dtype
    whole = _whole(index)
    if whole is not None:
        result = np.zeros((k, *shape), dtype)
        part = result[whole]
        part[...] = aligned(entries, part.ndim - 1)
        return result
    places = _places(index, shape)
    data = np.broadcast_to(aligned(entries, places.ndim), (k, *places.shape)).reshape(k, places.size)
    places = places.ravel()
    if np.unique(places).size == places.size:
        result = np.zeros((k, size), dtype)
        result[:, places] = data
    else:
        bins = (size * np.arange(k)[:, None] + places).ravel()
        result = _binned(data.ravel(), bins, k * size).astype(dtype, copy=False)
    return result.reshape(k, *shape)


def _binned(data: Any, bins: Any, count: int) -> Any:
    if np.iscomplexobj(data):
        return _binned(data.real, bins, count) + 1j * _binned(data.imag, bins, count)
    return np.bincount(bins, data, count)


# ---------------------------------------------------------------------------------------------- products


@_of_all(np.matmul)
def _matmul(x: Any, y: Any) -> Any:
    """One product of matrices for all where that is possible; else a product for each array of the batch."""
    left, right = np.ndim(x), np.ndim(y)
    if isinstance(x, Batch) and not isinstance(y, Batch) and left and right in (1, 2):
        data = x.data
        rows = data.reshape(math.prod(data.shape[:-1]), data.shape[-1])
        return Batch((rows @ y).reshape(*data.shape[:-1], *np.shape(y)[1:]))
    if isinstance(y, Batch) and not isinstance(x, Batch) and left in (1, 2):
        if right == 1:
            return Batch(y.data @ np.transpose(x))
        if right == 2 and y.shape[1] == 1:
            return Batch((y.data[..., 0] @ np.transpose(x))[..., None])
    if not left or not right:
        return NotImplemented  # which NumPy refuses
    first = x if left > 1 else np.expand_dims(x, 0)
    second = y if right > 1 else np.expand_dims(y, 1)
    ndim = max(np.ndim(first), np.ndim(second))
    product = np.matmul(aligned(first, ndim), aligned(second, ndim))
    if left == 1:
        product = product[..., 0, :]
    return Batch(product if right > 1 else product[..., 0])


@_of_all(np.dot)
def _dot(a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return _product(a, b)
    return np.matmul(a, b) if np.ndim(b) <= 2 else _tensordot(a, b, (-1, -2))


@_of_all(np.inner)
def _inner(a: Any, b: Any) -> Any:
    return _product(a, b) if np.ndim(a) == 0 or np.ndim(b) == 0 else _tensordot(a, b, (-1, -1))


def _product(a: Any, b: Any) -> Any:
    """Entry by entry, where a Python number counts as an array: it decides the dtype with the other."""
    return entrywise(np.multiply, *[x if isinstance(x, Batch) else np.asarray(x) for x in (a, b)])


@_of_all(np.outer)
def _outer(a: Any, b: Any) -> Any:
    return np.expand_dims(np.ravel(a), 1) * np.ravel(b)


@_of_all(np.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    left, right = np.ndim(a), np.ndim(b)
    first, second = (range(left - axes, left), range(axes)) if np.ndim(axes) == 0 else axes
    first, second = (tuple(of) if np.ndim(of) else (of,) for of in (first, second))
    if isinstance(a, Batch) and isinstance(b, Batch):
        return NotImplemented
    if isinstance(a, Batch):
        return Batch(np.tensordot(a.data, b, (normal_axes(first, left), second)))
    return Batch(np.moveaxis(np.tensordot(a, b.data, (first, normal_axes(second, right))), left - len(first), 0))


@_of_all(np.einsum)
def _einsum(subscripts: Any, *operands: Any, **kwargs: Any) -> Any:
    if not isinstance(subscripts, str) or "->" not in subscripts or "." in subscripts:
        return NotImplemented
    arrays, subscripts = _with_a_letter(operands, subscripts.replace(" ", ""))
    return Batch(np.einsum(subscripts, *arrays, **kwargs))


@_of_all(contract)
def _contract(operands: Any, subscripts: str) -> Any:
    arrays, subscripts = _with_a_letter(operands, subscripts)
    return Batch(contract(arrays, subscripts))


def _with_a_letter(operands: Any, subscripts: str) -> tuple[list[Any], str]:
    """The data of the operands, and the subscripts with a letter for the axis of the batch."""
    letter = next(letter for letter in string.ascii_letters if letter not in subscripts)
    terms, result = subscripts.split("->")
    written = [
        letter + term if isinstance(x, Batch) else term for x, term in zip(operands, terms.split(","), strict=True)
    ]
    return [x.data if isinstance(x, Batch) else x for x in operands], f"{','.join(written)}->{letter}{result}"


@_of_all(np.linalg.solve)
def _solve(a: Any, b: Any) -> Any:
    """All right sides of all arrays at once, so that each matrix is factorised once."""
    if isinstance(a, Batch):
        return NotImplemented
    if np.ndim(b) == 1:
        return Batch(np.linalg.solve(a, b.data.T).T) if np.ndim(a) == 2 else NotImplemented
    k, m = len(b.data), b.shape[-1]
    columns = np.moveaxis(b.data, 0, -1)  # (..., n, m, k)
    solved = np.linalg.solve(a, columns.reshape(*b.shape[:-1], m * k))
    return Batch(np.moveaxis(solved.reshape(*solved.shape[:-1], m, k), -1, 0))
