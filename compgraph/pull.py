"""What one op sends back: its rules applied to a cotangent, and what they return brought to the shape of the inputs.

The reverse sweep, its careful twin and forward mode are made of these steps.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from compgraph.errors import GradientError, ShapeError
from compgraph.node import Node
from compgraph.primitive import Joint, Op
from compgraph.unknown import Unknown

__all__ = ["apply_rule", "borrowed", "fit", "in_full", "pull"]

ndarray = np.ndarray


def pull(op: Op, grad: Any, node: Node, needed: Collection[Node] | None, create_graph: bool) -> list[tuple[Node, Any]]:
    """Apply an op's rules: each input that is a node and needed, with the cotangent as the rule left it.

    Args:
        op: the op of the node.
        grad: the cotangent of the node.
        node: what the op made.
        needed: the nodes whose cotangents are wanted; None for all.
        create_graph: apply the rules to the nodes themselves, not to their values.
    """
    inputs, params = node.inputs, node.params
    out = node if create_graph else node.value
    args = inputs if create_graph else [x.value if isinstance(x, Node) else x for x in inputs]
    if isinstance(op.vjps, Joint):
        return [
            (x, cotangent)
            for x, cotangent in zip(inputs, op.vjps.rule(grad, out, *args, **params), strict=True)
            if cotangent is not None and isinstance(x, Node) and (needed is None or x in needed)
        ]
    return [
        (x, vjp(grad, out, *args, **params))
        for x, vjp in zip(inputs, op.vjps, strict=False)
        if vjp is not None and isinstance(x, Node) and (needed is None or x in needed)
    ]


def apply_rule(vjp: Callable[..., Any], grad: Any, out: Any, args: Any, params: Mapping[str, Any]) -> Any:
    """What a rule returns, with NumPy's inf or nan where Python's floats raise, as for 1.0 / 0.0."""
    try:
        return vjp(grad, out, *args, **params)
    except ArithmeticError:
        numbers = [np.float64(a) if type(a) is float else a for a in (grad, out, *args)]
        return vjp(*numbers, **params)


def borrowed(cotangent: Any, grad: Any, out: Any, inputs: tuple[Any, ...]) -> bool:
    """Whether a rule returned memory that is not its own: a view, or one of the things it was given."""
    if cotangent.base is not None or cotangent is grad or cotangent is out:
        return True
    for x in inputs:  # noqa: SIM110 - a generator takes as long as the op
        if cotangent is (x.value if isinstance(x, Node) else x):
            return True
    return False


def in_full(grad: Any, node: Node, op: Op, create_graph: bool) -> Any:
    """One number for all entries as the array it stands for, unless the rule does as well with the number."""
    value = node.value
    shape = value.shape if type(value) is ndarray else _shape(value)
    if type(grad) is not float and _shape(grad) == shape:
        return grad
    if op.elementwise:
        for x in node.inputs:
            if isinstance(x, Node) and (type(x.value) is not ndarray or x.value.shape != shape):
                break
        else:
            return grad
    if not shape:
        return grad
    if create_graph or isinstance(grad, Unknown):
        return np.broadcast_to(grad, shape)
    return np.full(shape, grad, value.dtype)


def fit(cotangent: Any, target: Any, op: Op) -> Any:
    """What a rule returned, as the cotangent of an input of this value.

    It is summed over the axes that broadcasting repeated and spread over those it reduced. Of a real input it is the
    real part: dL = Re(cotangent · dx), and dx is real.
    """
    if cotangent is None:
        raise GradientError(f"a derivative rule of {op.name} returned None: is a return missing?")
    shape = target.shape if type(target) is ndarray else _shape(target)
    have = cotangent.shape if type(cotangent) is ndarray else _shape(cotangent)
    if not have and type(cotangent) is ndarray:
        cotangent = cotangent[()]  # np.where of numbers is an array of no axes: it means a number, for every entry
    if have != shape and have:
        repeated = _repeated(have, shape)
        if repeated:
            if isinstance(cotangent, ndarray):
                cotangent = np.add.reduce(cotangent, axis=repeated, keepdims=True)
            else:  # what other libraries' arrays know is np.sum
                cotangent = np.sum(cotangent, axis=repeated, keepdims=True)
            if len(have) != len(shape):
                cotangent = cotangent.reshape(cotangent.shape[len(have) - len(shape) :])
            have = cotangent.shape
        if have and have != shape:
            try:
                cotangent = np.broadcast_to(cotangent, shape)
            except ValueError:
                raise ShapeError(
                    f"the derivative rule of {op.name} returned shape {have} for an input of shape {shape}: "
                    "a cotangent has the shape of its input, or one that broadcasts with it"
                ) from None
    if type(cotangent) is type(target) is ndarray and cotangent.dtype is target.dtype:
        return cotangent
    if _is_complex(cotangent) and not _is_complex(target):
        cotangent = np.real(cotangent)
    if isinstance(cotangent, Node):
        return cotangent
    if type(target) is float:
        return float(cotangent)
    return target.fit(cotangent) if isinstance(target, Unknown) else cotangent


@functools.lru_cache(maxsize=1024)  # every pass over a graph asks about the same few pairs of shapes
def _repeated(have: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of the first shape along which broadcasting repeats what has the second."""
    extra = len(have) - len(shape)
    if extra < 0:
        return ()
    return (*range(extra), *[i for i, n in enumerate(shape, extra) if n == 1 != have[i]])


def _shape(x: Any) -> tuple[int, ...]:
    """np.shape of a value of the tape; np.shape itself turns numbers into arrays, which takes as long as an op."""
    if type(x) is float:
        return ()
    shape: tuple[int, ...] = x.shape if isinstance(x, Unknown) or not isinstance(x, (float, int, complex)) else ()
    return shape


def _is_complex(x: Any) -> bool:
    if type(x) is float:
        return False
    dtype = getattr(x, "dtype", None)
    return type(x) is complex if dtype is None else bool(dtype.kind == "c")
