"""A batch: many arrays of one shape that a derivative rule takes for one.

A derivative rule is plain NumPy code, and NumPy asks its arguments first (NEP 13, NEP 18). So a batch needs no second
set of rules, only to know what each function of NumPy does to many arrays at once: an elementwise function the same, a
reduction leaves the axis of the batch alone, and so on. That is written in :mod:`compgraph.batching.functions`, once
for each function and not once for each op; JAX's vmap is built in the same way. Anything else is done to the arrays
of the batch one by one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from compgraph.primitive import Op

__all__ = ["BATCHED", "Batch", "aligned", "entrywise", "holds_a_batch", "looped", "normal_axes"]

ndarray = np.ndarray

BATCHED: dict[Callable[..., Any], Callable[..., Any]] = {}
"""For functions of NumPy and of ours what they do to batches, called with the same arguments; NotImplemented if not."""

WRITING = frozenset({np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis})
"""The functions that write into an argument, which the arrays of a batch cannot do one after the other."""


class Batch:
    """Arrays of one shape, behind each other along the first axis of ``data``; to a derivative rule, one array.

    >>> grads = Batch(np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> grads.shape, (grads * np.array([3.0, 4.0])).data
    ((2,), array([[3., 0.],
           [0., 4.]]))
    >>> np.sum(grads).data, np.expand_dims(grads, 1).shape
    (array([1., 1.]), (2, 1))

    Args:
        data: an array of shape ``(k, *shape)``: k arrays of that shape. It is not copied.
    """

    __slots__ = ("data",)

    data: Any

    def __init__(self, data: Any):
        self.data = data

    # ------------------------------------------------------------------ NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if "out" in kwargs or method == "at":
            return NotImplemented  # nothing is written into, batch by batch
        if method == "__call__":
            if ufunc in BATCHED:
                return _dispatched(ufunc, inputs, kwargs)
            if ufunc.signature is None and not kwargs:
                return entrywise(ufunc, *inputs)
        elif method in ("reduce", "accumulate") and self.ndim and not holds_a_batch([inputs[1:], kwargs]):
            axis = kwargs.pop("axis", inputs[1] if len(inputs) > 1 else 0)
            return Batch(getattr(ufunc, method)(self.data, normal_axes(axis, self.ndim), *inputs[2:], **kwargs))
        return looped(getattr(ufunc, method), inputs, kwargs)

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        if func in WRITING or "out" in kwargs:
            return NotImplemented
        return _dispatched(func, args, kwargs)

    @staticmethod
    def __compgraph_record__(op: Op, inputs: tuple[Any, ...], params: Mapping[str, Any]) -> Any:
        """Apply an op to batches: what functions of ours, as declared by ``differentiable``, do with an argument."""
        rule = BATCHED.get(op.function)
        if rule is not None:
            result = rule(inputs, **params) if op.variadic else rule(*inputs, **params)
            if result is not NotImplemented:
                return result
        if op.elementwise and not holds_a_batch(params):
            return entrywise(partial(op.forward, **params), *inputs)
        return looped(op.forward, inputs, params)

    # ------------------------------------------------------------------ what an array has

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of each array of the batch."""
        shape: tuple[int, ...] = self.data.shape[1:]
        return shape

    @property
    def ndim(self) -> int:
        """The number of axes of each array."""
        ndim: int = self.data.ndim
        return ndim - 1

    @property
    def size(self) -> int:
        """The number of entries of each array."""
        return int(np.prod(self.shape))

    @property
    def dtype(self) -> Any:
        """The dtype of all of them."""
        return self.data.dtype

    @property
    def value(self) -> Batch:
        """The batch itself: it is no node, and what asks for the plain value of one gets it as it is."""
        return self

    @property
    def T(self) -> Any:
        """Each array transposed."""
        return np.transpose(self)

    @property
    def real(self) -> Batch:
        """The real parts."""
        return Batch(self.data.real)

    @property
    def imag(self) -> Batch:
        """The imaginary parts."""
        return Batch(self.data.imag)

    def astype(self, dtype: Any) -> Batch:
        """The same in another dtype."""
        return Batch(self.data.astype(dtype))

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """Each array in another shape; the lengths may be given one by one."""
        return _dispatched(np.reshape, (self, shape[0] if len(shape) == 1 else shape), {"order": order})

    def transpose(self, *axes: Any) -> Any:
        """Each array with its axes in another order; they may be given one by one."""
        return _dispatched(np.transpose, (self, axes[0] if len(axes) == 1 else axes or None), {})

    def __getitem__(self, index: Any) -> Any:
        return _dispatched(operator.getitem, (self, index), {})

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        for i in range(len(self)):
            yield self[i]

    def __repr__(self) -> str:
        return f"<Batch of {len(self.data)} of {self.dtype} {self.shape}>"

    __hash__ = None  # type: ignore[assignment]  # == compares entries, as in NumPy

    def __bool__(self) -> bool:
        raise TypeError("a batch of many truths is no truth")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("a batch of arrays is no array")


def _binary(ufunc: np.ufunc, *, reflected: bool = False) -> Callable[[Batch, Any], Any]:
    def method(self: Batch, other: Any) -> Any:
        return ufunc(other, self) if reflected else ufunc(self, other)

    return method


def _unary(ufunc: np.ufunc) -> Callable[[Batch], Any]:
    return lambda self: ufunc(self)


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *args, **kwargs: function(self, *args, **kwargs)


OPERATORS = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
    "matmul": np.matmul,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
}
COMPARISONS = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}
METHODS: dict[str, Callable[..., Any]] = {
    "all": np.all,
    "any": np.any,
    "conj": np.conjugate,
    "conjugate": np.conjugate,
    "copy": np.copy,
    "cumsum": np.cumsum,
    "dot": np.dot,
    "flatten": np.ravel,
    "max": np.max,
    "mean": np.mean,
    "min": np.min,
    "prod": np.prod,
    "ravel": np.ravel,
    "squeeze": np.squeeze,
    "sum": np.sum,
    "swapaxes": np.swapaxes,
}
for name, ufunc in OPERATORS.items():
    setattr(Batch, f"__{name}__", _binary(ufunc))
    setattr(Batch, f"__r{name}__", _binary(ufunc, reflected=True))
for name, ufunc in COMPARISONS.items():
    setattr(Batch, f"__{name}__", _binary(ufunc))
for name, ufunc in {"neg": np.negative, "pos": np.positive, "abs": np.absolute, "invert": np.invert}.items():
    setattr(Batch, f"__{name}__", _unary(ufunc))
for name, function in METHODS.items():
    setattr(Batch, name, _method(function))


def aligned(x: Any, ndim: int) -> Any:
    """The data of a batch with axes of length one put behind that of the batch, so that it broadcasts against others.

    Args:
        x: a batch; anything else is returned as it is.
        ndim: how many axes each array shall have; those that have more are left alone.
    """
    if not isinstance(x, Batch):
        return x
    data = x.data
    missing = ndim + 1 - data.ndim
    return data if missing <= 0 else data.reshape(data.shape[0], *(1,) * missing, *data.shape[1:])


def entrywise(function: Callable[..., Any], *arrays: Any) -> Any:
    """Call a function that broadcasts its arguments and works entry by entry."""
    ndim = max([x.data.ndim - 1 if isinstance(x, Batch) else np.ndim(x) for x in arrays])
    result = function(*[aligned(x, ndim) for x in arrays])
    return tuple(map(Batch, result)) if isinstance(result, tuple) else Batch(result)


def normal_axes(axis: Any, ndim: int) -> Any:
    """Axes of each array as axes of the data of a batch, where the first is that of the batch.

    >>> normal_axes(-1, 2), normal_axes((0, 1), 2), normal_axes(None, 2)
    (2, (1, 2), (1, 2))
    """
    if axis is None:
        return tuple(range(1, ndim + 1))
    if isinstance(axis, (tuple, list)):
        return tuple([normal_axes(i, ndim) for i in axis])
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(axis, ndim)
    return int(axis) % ndim + 1


def looped(function: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]) -> Any:
    """Call a function on the arrays of the batches one by one: what takes the place of a rule where there is none."""
    (size,) = set(_sizes((args, kwargs)))
    return _stacked([function(*_at(args, i), **_at(kwargs, i)) for i in range(size)])


def holds_a_batch(x: Any) -> bool:
    """Whether there is a batch among some arguments, lists of them looked into."""
    if isinstance(x, dict):
        x = tuple(x.values())
    if isinstance(x, (tuple, list)):
        for part in x:
            if isinstance(part, Batch) or (isinstance(part, (tuple, list)) and holds_a_batch(part)):
                return True
    return isinstance(x, Batch)


def _sizes(x: Any) -> Iterator[int]:
    if isinstance(x, Batch):
        yield len(x.data)
    elif isinstance(x, (list, tuple, dict)):
        for part in x.values() if isinstance(x, dict) else x:
            yield from _sizes(part)


def _at(x: Any, i: int) -> Any:
    if isinstance(x, Batch):
        return x.data[i]
    if isinstance(x, (list, tuple)):
        return type(x)([_at(part, i) for part in x]) if holds_a_batch(x) else x
    return {name: _at(part, i) for name, part in x.items()} if isinstance(x, dict) else x


def _stacked(results: list[Any]) -> Any:
    if isinstance(results[0], (list, tuple)):
        return tuple([_stacked(list(parts)) for parts in zip(*results, strict=True)])
    return Batch(np.stack(results))


def _dispatched(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    rule = BATCHED.get(function)
    if rule is not None:
        result = rule(*args, **kwargs)
        if result is not NotImplemented:
            return result
    return looped(function, args, kwargs)
