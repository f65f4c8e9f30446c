"""The functions that a formula on the command line may call, and how many entries the result of each will have.

The list is short on purpose: what is on it makes arrays whose size is known before they are made, and has a derivative
rule or holds no variable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from compgraph.node import Node
from compgraph.rules.activation import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    leaky_relu,
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    softmax,
    softplus,
)

__all__ = ["CONSTANTS", "FUNCTIONS", "Function", "Operand", "broadcast_entries", "product_entries", "shape_of"]

Operand: TypeAlias = Literal["value", "values", "condition"]
"""A value, a list of values, or a comparison."""

Entries: TypeAlias = Callable[[Sequence[Any], Mapping[str, Any]], int]


class Function(NamedTuple):
    """A function that may be called.

    Attributes:
        title: as it is written in full, such as ``np.tanh``.
        call: it.
        operands: what it takes first, by position.
        settings: what it takes after that, by position or by name: plain numbers, True, False, None, and tuples.
        needed: those settings that cannot be left out.
        entries: how many entries the result has at most, from the operands and the settings.
    """

    title: str
    call: Callable[..., Any]
    operands: tuple[Operand, ...]
    settings: tuple[str, ...]
    needed: tuple[str, ...]
    entries: Entries

    @property
    def usage(self) -> str:
        """How it is called.

        >>> FUNCTIONS["where"].usage, FUNCTIONS["concatenate"].usage, FUNCTIONS["linspace"].usage
        ('np.where(x > 0, y, z)', 'np.concatenate([x, y], axis=)', 'np.linspace(start, stop, num=)')
        """
        letters = iter("xyz")
        shown = {"value": "{}", "values": "[{}, y]", "condition": "{} > 0"}
        operands = [shown[kind].format(next(letters)) for kind in self.operands]
        return f"{self.title}({', '.join([*operands, *(n if n in self.needed else f'{n}=' for n in self.settings)])})"


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of a node, a number or an array."""
    return value.shape if isinstance(value, Node) else np.shape(value)


def broadcast_entries(*values: Any) -> int:
    """How many entries an elementwise operation of some values has; 0 where their shapes do not fit.

    >>> broadcast_entries(np.ones((3, 1)), np.ones(4))
    12
    """
    try:
        return math.prod(np.broadcast_shapes(*map(shape_of, values)))
    except ValueError:  # which the operation itself says better
        return 0


def product_entries(left: Any, right: Any) -> int:
    """How many entries a matrix product has at most.

    >>> product_entries(np.ones((3, 1)), np.ones((1, 4))), product_entries(np.ones((5, 2, 3)), np.ones((3, 4)))
    (12, 40)
    """
    first, second = shape_of(left), shape_of(right)
    try:
        stack = math.prod(np.broadcast_shapes(first[:-2], second[:-2]))
    except ValueError:
        return 0
    return stack * math.prod(first[-2:-1]) * (second[-1] if len(second) > 1 else 1)


def _elementwise(operands: Sequence[Any], _: Mapping[str, Any]) -> int:
    return broadcast_entries(*operands)


def _no_more(operands: Sequence[Any], _: Mapping[str, Any]) -> int:
    return math.prod(shape_of(operands[0]))


def _together(operands: Sequence[Any], _: Mapping[str, Any]) -> int:
    return sum(math.prod(shape_of(each)) for each in operands[0])


def _matrix_product(operands: Sequence[Any], _: Mapping[str, Any]) -> int:
    return product_entries(*operands)


def _solution(operands: Sequence[Any], _: Mapping[str, Any]) -> int:
    left, right = map(shape_of, operands)
    return math.prod(left[:-2]) * math.prod(right)


def _inner_product(operands: Sequence[Any], _: Mapping[str, Any]) -> int:
    left, right = map(shape_of, operands)
    if not left or not right:
        return broadcast_entries(*operands)
    common = max(1, left[-1])
    return (math.prod(left) // common) * (math.prod(right) // common)


def _all_pairs(operands: Sequence[Any], _: Mapping[str, Any]) -> int:
    return math.prod([math.prod(shape_of(each)) for each in operands])


def _diagonal(operands: Sequence[Any], _: Mapping[str, Any]) -> int:
    shape = shape_of(operands[0])
    return shape[0] ** 2 if len(shape) == 1 else math.prod(shape)


def _of_shape(_: Sequence[Any], settings: Mapping[str, Any]) -> int:
    shape = settings["shape"]
    return math.prod([_whole(size) for size in (shape if isinstance(shape, tuple) else (shape,))])


def _square(_: Sequence[Any], settings: Mapping[str, Any]) -> int:
    columns = settings.get("M")
    return _whole(settings["N"]) * _whole(settings["N"] if columns is None else columns)


def _evenly_spaced(_: Sequence[Any], settings: Mapping[str, Any]) -> int:
    return _whole(settings.get("num", 50))


def _counted(_: Sequence[Any], settings: Mapping[str, Any]) -> int:
    start, stop = settings["start"], settings.get("stop")
    if stop is None:
        start, stop = 0, start
    steps: float = (stop - start) / (1 if settings.get("step") is None else settings["step"])
    return max(0, math.ceil(steps))


def _whole(size: Any) -> int:
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise ValueError(f"a size is a whole number, not {size}")
    return size


def _named(
    module: str, names: str, operands: Sequence[Operand], settings: str, entries: Entries
) -> dict[str, Function]:
    """Functions of NumPy of one kind; a setting with a ? can be left out."""
    found = {}
    space: Any = np.linalg if module == "np.linalg" else np
    words = settings.split()
    known = tuple(word.rstrip("?") for word in words)
    needed = tuple(word for word in words if not word.endswith("?"))
    for name in names.split():
        found[name] = Function(f"{module}.{name}", getattr(space, name), tuple(operands), known, needed, entries)
    return found


def _own(function: Callable[..., Any], operands: int, settings: tuple[str, ...], entries: Entries) -> Function:
    """A function of this package; all of its settings can be left out."""
    values: list[Operand] = ["value"] * operands
    return Function(f"cg.{function.__name__}", function, tuple(values), settings, (), entries)


_OF_ONE = """
    abs absolute arccos arccosh arcsin arcsinh arctan arctanh cbrt cos cosh exp exp2 expm1 fabs log log10 log1p log2
    negative positive reciprocal sign sin sinc sinh sqrt square tan tanh
"""
_OF_TWO = "add arctan2 divide hypot logaddexp maximum minimum multiply power subtract"

_NUMPY: dict[str, Function] = {
    **_named("np", _OF_ONE, ["value"], "", _elementwise),
    **_named("np", _OF_TWO, ["value", "value"], "", _elementwise),
    **_named("np", "clip", ["value", "value", "value"], "", _elementwise),
    **_named("np", "where", ["condition", "value", "value"], "", _elementwise),
    **_named("np", "sum mean prod max min", ["value"], "axis? keepdims?", _no_more),
    **_named("np", "var std", ["value"], "axis? ddof? keepdims?", _no_more),
    **_named("np", "cumsum cumprod", ["value"], "axis?", _no_more),
    **_named("np", "diff", ["value"], "n? axis?", _no_more),
    **_named("np", "transpose", ["value"], "axes?", _no_more),
    **_named("np", "reshape", ["value"], "shape", _no_more),
    **_named("np", "expand_dims", ["value"], "axis", _no_more),
    **_named("np", "squeeze flip", ["value"], "axis?", _no_more),
    **_named("np", "ravel trace", ["value"], "", _no_more),
    **_named("np", "concatenate stack", ["values"], "axis?", _together),
    **_named("np", "hstack vstack", ["values"], "", _together),
    **_named("np", "matmul", ["value", "value"], "", _matrix_product),
    **_named("np", "dot inner", ["value", "value"], "", _inner_product),
    **_named("np", "outer", ["value", "value"], "", _all_pairs),
    **_named("np", "diag", ["value"], "", _diagonal),
    **_named("np", "ones zeros", [], "shape", _of_shape),
    **_named("np", "full", [], "shape fill_value", _of_shape),
    **_named("np", "ones_like zeros_like", ["value"], "", _no_more),
    **_named("np", "eye", [], "N M?", _square),
    **_named("np", "linspace", [], "start stop num?", _evenly_spaced),
    **_named("np", "arange", [], "start stop? step?", _counted),
    **_named("np.linalg", "norm", ["value"], "ord? axis? keepdims?", _no_more),
    **_named("np.linalg", "inv det", ["value"], "", _no_more),
    **_named("np.linalg", "solve", ["value", "value"], "", _solution),
}

_OWN: dict[str, Function] = {
    "binary_cross_entropy": _own(binary_cross_entropy, 2, (), _elementwise),
    "binary_cross_entropy_with_logits": _own(binary_cross_entropy_with_logits, 2, (), _elementwise),
    "leaky_relu": _own(leaky_relu, 1, ("slope",), _elementwise),
    "log_softmax": _own(log_softmax, 1, ("axis",), _no_more),
    "logsumexp": _own(logsumexp, 1, ("axis", "keepdims"), _no_more),
    "relu": _own(relu, 1, (), _elementwise),
    "sigmoid": _own(sigmoid, 1, (), _elementwise),
    "softmax": _own(softmax, 1, ("axis",), _no_more),
    "softplus": _own(softplus, 1, (), _elementwise),
}

_SHORT = {**_NUMPY, **_OWN}

FUNCTIONS: Mapping[str, Function] = {**_SHORT, **{function.title: function for function in _SHORT.values()}}
"""By what they are called in a formula: ``tanh`` and ``np.tanh``."""

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "np.pi": math.pi, "np.e": math.e}
"""Numbers with a name; ``pi`` may also be the name of something else."""
