"""How each function of NumPy is said in ONNX (operator set 18), for real numbers, integers and booleans.

Each function here takes the graph that is built, the node, and the arguments of the call, in which nodes stand for
their tensors; it returns the name of the result. All shapes are known. Where ONNX wants operands of one dtype they are
converted to that in which NumPy evaluates the function.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from compgraph.compile.tracer import _astype
from compgraph.errors import TracingError
from compgraph.export.onnx_graph import Graph
from compgraph.export.onnx_indexing import (
    add_at,
    embedded,
    entries_at,
    moved,
    reshaped,
    set_at,
    taken_along_axis,
)
from compgraph.export.ready import arguments_of, dtype_of, loop_of
from compgraph.node import Node
from compgraph.rules.activation import softmax
from compgraph.rules.contraction import contract
from compgraph.rules.indexing import embed
from compgraph.rules.shape import cast
from compgraph.rules.update import added, replaced

__all__ = ["IN_ONNX"]

Emit = Callable[..., str]

BOOL = np.dtype(bool)
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))

# -------------------------------------------------------------------------------------------------------------- ufuncs

UFUNCS = {
    np.add: "Add", np.subtract: "Sub", np.multiply: "Mul", np.divide: "Div", np.power: "Pow",
    np.negative: "Neg", np.absolute: "Abs", np.fabs: "Abs", np.sign: "Sign", np.exp: "Exp", np.log: "Log",
    np.sqrt: "Sqrt", np.reciprocal: "Reciprocal", np.tanh: "Tanh", np.sin: "Sin", np.cos: "Cos", np.floor: "Floor",
    np.ceil: "Ceil", np.rint: "Round", np.maximum: "Max", np.minimum: "Min", np.isnan: "IsNaN", np.isinf: "IsInf",
    np.greater: "Greater", np.greater_equal: "GreaterOrEqual", np.less: "Less", np.less_equal: "LessOrEqual",
    np.equal: "Equal", np.logical_and: "And", np.logical_or: "Or", np.logical_xor: "Xor", np.logical_not: "Not",
}  # fmt: skip

OF_BOOLS = {
    np.add: "Or", np.multiply: "And", np.maximum: "Or", np.minimum: "And", np.bitwise_and: "And", np.bitwise_or: "Or",
    np.bitwise_xor: "Xor", np.invert: "Not", np.equal: "Equal", np.logical_and: "And", np.logical_or: "Or",
    np.logical_xor: "Xor", np.logical_not: "Not",
}  # fmt: skip
"""What NumPy's functions are where they are evaluated on booleans."""

OF_INTEGERS = {np.bitwise_and: "BitwiseAnd", np.bitwise_or: "BitwiseOr", np.bitwise_xor: "BitwiseXor"}


def _operands(graph: Graph, ufunc: Any, node: Node, args: tuple[Any, ...], kwargs: Any) -> tuple[list[str], Any]:
    """The operands of a ufunc in the dtype in which NumPy evaluates it, and that dtype."""
    if kwargs:
        raise TracingError(f"np.{ufunc.__name__}(..., {', '.join(kwargs)}=)")
    loop = loop_of(ufunc, arguments_of(node, node.inputs)[0])
    dtype = loop[0]
    if ufunc in (np.greater, np.greater_equal, np.less, np.less_equal) and dtype == BOOL:
        dtype = np.dtype(np.int32)
    if ufunc in (np.logical_and, np.logical_or, np.logical_xor, np.logical_not):
        return [_as_bool(graph, x) for x in args], BOOL
    return [graph.of(x, dtype) for x in args], dtype


def _as_bool(graph: Graph, x: Any) -> str:
    return graph.of(x, BOOL)


def _ufunc(ufunc: Any) -> Emit:
    def emit(graph: Graph, node: Node, *args: Any, **kwargs: Any) -> str:
        tensors, dtype = _operands(graph, ufunc, node, args, kwargs)
        kinds: Any = OF_BOOLS if dtype == BOOL else UFUNCS
        if ufunc not in kinds and dtype.kind in "iu":
            kinds = OF_INTEGERS
        if ufunc not in kinds:
            raise TracingError(f"np.{ufunc.__name__} of {dtype}")
        tensor = graph.add(kinds[ufunc], *tensors)
        own = loop_of(ufunc, arguments_of(node, node.inputs)[0])[-1]
        return tensor if own == dtype_of(node) else graph.cast(tensor, dtype_of(node))

    return emit


def _not_equal(graph: Graph, node: Node, *args: Any, **kwargs: Any) -> str:
    tensors, _ = _operands(graph, np.not_equal, node, args, kwargs)
    return graph.add("Not", graph.add("Equal", *tensors))


def _square(graph: Graph, node: Node, x: Any) -> str:
    tensor = graph.of(x, dtype_of(node))
    return graph.add("Mul", tensor, tensor)


def _fmod(graph: Graph, node: Node, *args: Any, **kwargs: Any) -> str:
    tensors, _ = _operands(graph, np.fmod, node, args, kwargs)
    return graph.add("Mod", *tensors, fmod=1)


def _arctan(graph: Graph, node: Node, *args: Any, **kwargs: Any) -> str:
    """arctan; in double precision, which onnxruntime lacks, from the single-precision one.

    With y the angle that single precision gives and d = (x cos y - sin y) / (cos y + x sin y), the tangent of what is
    missing, arctan x = y + arctan d = y + d - d³/3 + ..., where d is at most 1e-7.
    """
    (x,), dtype = _operands(graph, np.arctan, node, args, kwargs)
    if dtype != np.float64:
        return graph.add("Atan", x)
    one = graph.constant(1.0)
    size = graph.add("Abs", x)
    large = graph.add("Greater", size, one)  # there by π/2 - arctan(1/x)
    inner = graph.add("Where", large, graph.add("Reciprocal", graph.add("Max", size, one)), size)
    y = graph.cast(graph.add("Atan", graph.cast(inner, np.float32)), np.float64)
    sin, cos = graph.add("Sin", y), graph.add("Cos", y)
    above = graph.add("Sub", graph.add("Mul", inner, cos), sin)
    below = graph.add("Add", cos, graph.add("Mul", inner, sin))
    angle = graph.add("Add", y, graph.add("Div", above, below))
    turned = graph.add("Sub", graph.constant(math.pi / 2), angle)
    return graph.add("Mul", graph.add("Sign", x), graph.add("Where", large, turned, angle))


# ---------------------------------------------------------------------------------------------- choosing, converting


def _where(graph: Graph, node: Node, condition: Any, x: Any, y: Any) -> str:
    mask = _as_bool(graph, condition)
    one, other = graph.of(x, dtype_of(node)), graph.of(y, dtype_of(node))
    if dtype_of(node) != BOOL:
        return graph.add("Where", mask, one, other)
    return graph.add("Or", graph.add("And", mask, one), graph.add("And", graph.add("Not", mask), other))


def _clip(graph: Graph, node: Node, a: Any, a_min: Any = None, a_max: Any = None, **named: Any) -> str:
    tensor = graph.of(a, dtype_of(node))
    for kind, bound in (("Max", named.pop("min", a_min)), ("Min", named.pop("max", a_max))):
        if bound is not None:
            tensor = graph.add(kind, tensor, graph.of(bound, dtype_of(node)))
    _refuse(named)
    return tensor


def _cast(graph: Graph, node: Node, a: Any, *dtype: Any, **named: Any) -> str:
    return graph.of(a, dtype_of(node))


def _same(graph: Graph, node: Node, a: Any, **named: Any) -> str:
    return graph.of(a, dtype_of(node))


def _refuse(named: Any) -> None:
    if named:
        raise TypeError(f"unexpected {', '.join(named)}=")


# ---------------------------------------------------------------------------------------------------------- reductions


def _axes(graph: Graph, a: Any, axis: Any) -> list[str]:
    """The axes of a reduction as ONNX takes them: none at all for all axes."""
    return [] if axis is None else [graph.lengths(*normalize_axis_tuple(axis, np.ndim(_value(a))))]


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Node) else x


def _reduction(kind: str) -> Emit:
    def emit(graph: Graph, node: Node, a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> str:
        tensor = graph.of(a, dtype_of(node))
        if axis == ():  # of no axis; ONNX would take that for all of them
            return tensor
        return graph.add(kind, tensor, *_axes(graph, a, axis), keepdims=int(bool(keepdims)))

    return emit


def _truth(kind: str) -> Emit:
    def emit(graph: Graph, node: Node, a: Any, axis: Any = None, keepdims: Any = False) -> str:
        numbers = graph.cast(_as_bool(graph, a), np.int32)
        return graph.cast(graph.add(kind, numbers, *_axes(graph, a, axis), keepdims=int(bool(keepdims))), BOOL)

    return emit


def _place_of(kind: str) -> Emit:
    def emit(graph: Graph, node: Node, a: Any, axis: Any = None, keepdims: Any = False) -> str:
        tensor = graph.of(a)
        if axis is None:
            flat = graph.add("Reshape", tensor, graph.lengths(-1))
            return reshaped(graph, graph.add(kind, flat, axis=0, keepdims=0), node.shape)
        return graph.add(kind, tensor, axis=int(axis), keepdims=int(bool(keepdims)))

    return emit


def _cumsum(graph: Graph, node: Node, a: Any, axis: Any = None, dtype: Any = None) -> str:
    tensor = graph.of(a, dtype_of(node))
    if axis is None:
        tensor = graph.add("Reshape", tensor, graph.lengths(-1))
    return graph.add("CumSum", tensor, graph.constant(np.int64(0 if axis is None else axis)))


def _argsort(graph: Graph, node: Node, a: Any, axis: Any = -1, kind: Any = None, stable: Any = None) -> str:
    tensor, shape = graph.of(a), np.shape(_value(a))
    if axis is None:
        tensor, shape, axis = graph.add("Reshape", tensor, graph.lengths(-1)), node.shape, 0
    if dtype_of(a).kind != "f":
        return _in_order(graph, tensor, shape[axis], int(axis))
    gaps = graph.add("IsNaN", tensor)
    infinity = graph.constant(np.inf, dtype_of(a))
    first = _in_order(graph, graph.add("Where", gaps, infinity, tensor), shape[axis], int(axis))
    moved = graph.add("GatherElements", graph.cast(gaps, np.int64), first, axis=int(axis))
    second = _in_order(graph, moved, shape[axis], int(axis))  # those that are no numbers last, behind the infinities
    return graph.add("GatherElements", first, second, axis=int(axis))


def _in_order(graph: Graph, tensor: str, length: int, axis: int) -> str:
    """The places of the entries by size, of equal ones in their order."""
    graph.add("TopK", tensor, graph.lengths(length), results=2, axis=axis, largest=0, sorted=1)
    places: str = graph.nodes[-1].output[1]
    return places


# -------------------------------------------------------------------------------------------------------------- shapes


def _by_shape(graph: Graph, node: Node, a: Any, *rest: Any, **named: Any) -> str:
    """What leaves the entries in their order, and so is told by the shape of the result."""
    order = named.get("order", rest[-1] if rest and isinstance(rest[-1], str) else "C")
    tensor = graph.of(a)
    if order == "F":  # of the columns: of the transposed array by rows
        turned = reshaped(graph, _turned(graph, tensor, np.ndim(_value(a))), node.shape[::-1])
        return _turned(graph, turned, len(node.shape))
    return reshaped(graph, tensor, node.shape)


def _turned(graph: Graph, tensor: str, ndim: int) -> str:
    return graph.add("Transpose", tensor, perm=list(range(ndim))[::-1]) if ndim > 1 else tensor


def _transpose(graph: Graph, node: Node, a: Any, axes: Any = None) -> str:
    ndim = np.ndim(_value(a))
    if ndim < 2:
        return graph.of(a)
    order = range(ndim)[::-1] if axes is None else normalize_axis_tuple(axes, ndim)
    return graph.add("Transpose", graph.of(a), perm=[int(axis) for axis in order])


def _permuted(function: Callable[..., Any]) -> Emit:
    """A function that moves axes."""

    def emit(graph: Graph, node: Node, a: Any, *args: Any, **kwargs: Any) -> str:
        if np.ndim(_value(a)) < 2:
            return graph.of(a)
        marked = function(np.empty(tuple(range(2, np.ndim(_value(a)) + 2)), bool), *args, **kwargs)
        return graph.add("Transpose", graph.of(a), perm=[length - 2 for length in marked.shape])

    return emit


def _broadcast_to(graph: Graph, node: Node, array: Any, shape: Any, **named: Any) -> str:
    _refuse(named)
    return graph.add("Expand", graph.of(array), graph.lengths(*node.shape))


def _concatenate(graph: Graph, node: Node, arrays: Any, axis: Any = 0) -> str:
    tensors = [graph.of(x, dtype_of(node)) for x in arrays]
    if axis is None:
        tensors = [graph.add("Reshape", tensor, graph.lengths(-1)) for tensor in tensors]
    return graph.add("Concat", *tensors, axis=0 if axis is None else int(axis))


def _stack(graph: Graph, node: Node, arrays: Any, axis: Any = 0) -> str:
    axis = normalize_axis_index(axis, len(node.shape))
    single = (*node.shape[:axis], 1, *node.shape[axis + 1 :])
    return graph.add("Concat", *[reshaped(graph, graph.of(x, dtype_of(node)), single) for x in arrays], axis=axis)


def _triangle(upper: int) -> Emit:
    def emit(graph: Graph, node: Node, m: Any, k: int = 0) -> str:
        return graph.add("Trilu", graph.of(m), graph.constant(np.int64(k)), upper=upper)

    return emit


def _softmax(graph: Graph, node: Node, x: Any, axis: Any = -1) -> str:
    """Softmax, which ONNX has along one axis: several are made one, behind the others."""
    tensor, ndim = graph.of(x, dtype_of(node)), len(node.shape)
    axes = normalize_axis_tuple(range(ndim) if axis is None else axis, ndim)
    if len(axes) == 1:
        return graph.add("Softmax", tensor, axis=axes[0])
    order = [*[i for i in range(ndim) if i not in axes], *axes]
    moved = tensor if order == list(range(ndim)) else graph.add("Transpose", tensor, perm=order)
    lengths = [node.shape[i] for i in order]
    flat = reshaped(graph, moved, (*lengths[: ndim - len(axes)], math.prod(lengths[ndim - len(axes) :])))
    shares = reshaped(graph, graph.add("Softmax", flat, axis=ndim - len(axes)), tuple(lengths))
    back = [order.index(i) for i in range(ndim)]
    return shares if moved is tensor else graph.add("Transpose", shares, perm=back)


# ------------------------------------------------------------------------------------------------------------ products


def _product(graph: Graph, node: Node, x: Any, y: Any, a: str, b: str) -> str:
    """A product of matrices or vectors, and stacks of them, by the names of their tensors.

    In double precision not by MatMul: onnxruntime joins that with a factor beside it, which then is an attribute, and
    attributes are single precision.
    """
    if dtype_of(node) != np.float64:
        return graph.add("MatMul", a, b)
    p, q = np.asarray(_value(x)), np.asarray(_value(y))
    first, second = p.ndim, q.ndim
    if first == second == 2:
        return graph.add("Gemm", a, b)
    axes = max(first, second) - 2
    if axes > 0:  # the operands of Einsum have as many axes for "..." as each other, where NumPy puts ones in front
        a, b = [_with_axes(graph, x, name, axes + 2) if 1 < x.ndim < axes + 2 else name for x, name in ((p, a), (q, b))]
    left, right = "i" * (p.ndim > 1) + "j", "j" + "k" * (q.ndim > 1)
    result = (left + right).replace("j", "")
    left, right = "..." * (axes > 0 and p.ndim > 1) + left, "..." * (axes > 0 and q.ndim > 1) + right
    return graph.add("Einsum", a, b, equation=f"{left},{right}->{'...' * (axes > 0)}{result}")


def _with_axes(graph: Graph, x: Any, tensor: str, ndim: int) -> str:
    return reshaped(graph, tensor, (*[1] * (ndim - x.ndim), *x.shape))


def _matmul(graph: Graph, node: Node, *args: Any, **kwargs: Any) -> str:
    tensors, _ = _operands(graph, np.matmul, node, args, kwargs)
    return _product(graph, node, *args, *tensors)


def _dot(graph: Graph, node: Node, a: Any, b: Any) -> str:
    tensors = [graph.of(x, dtype_of(node)) for x in (a, b)]
    first, second = np.ndim(_value(a)), np.ndim(_value(b))
    if not first or not second:
        return graph.add("Mul", *tensors)
    if second <= 2:
        return _product(graph, node, a, b, *tensors)
    letters = "abcdefghijklmnopqrstuvw"
    one, other = letters[: first - 1] + "z", letters[first - 1 : first + second - 3] + "zy"
    result = one[:-1] + other[:-2] + "y"
    return graph.add("Einsum", *tensors, equation=f"{one},{other}->{result}")


def _contract(graph: Graph, node: Node, operands: Any, subscripts: str) -> str:
    terms = subscripts.partition("->")[0].split(",")
    lengths: dict[str, int] = {}
    for term, x in zip(terms, operands, strict=True):
        for letter, length in zip(term, np.shape(_value(x)), strict=True):
            lengths[letter] = length if lengths.get(letter, 1) == 1 else lengths[letter]
    tensors = []
    for term, x in zip(terms, operands, strict=True):
        tensor, shape = graph.of(x, dtype_of(node)), tuple([lengths[letter] for letter in term])
        spread = shape != np.shape(_value(x))  # NumPy repeats an axis of length 1, and ONNX does not
        tensors.append(graph.add("Expand", tensor, graph.lengths(*shape)) if spread else tensor)
    return graph.add("Einsum", *tensors, equation=subscripts)


IN_ONNX: dict[Callable[..., Any], Emit] = {
    **{ufunc: _ufunc(ufunc) for ufunc in (*UFUNCS, *OF_BOOLS)},
    np.not_equal: _not_equal, np.square: _square, np.fmod: _fmod, np.arctan: _arctan, np.positive: _same,
    np.copy: _same, cast: _cast, _astype: _cast, float: _cast, np.where: _where, np.clip: _clip,
    np.sum: _reduction("ReduceSum"), np.mean: _reduction("ReduceMean"), np.prod: _reduction("ReduceProd"),
    np.max: _reduction("ReduceMax"), np.min: _reduction("ReduceMin"), np.amax: _reduction("ReduceMax"),
    np.amin: _reduction("ReduceMin"), np.any: _truth("ReduceMax"), np.all: _truth("ReduceMin"),
    np.argmax: _place_of("ArgMax"), np.argmin: _place_of("ArgMin"), np.cumsum: _cumsum, np.argsort: _argsort,
    np.reshape: _by_shape, np.ravel: _by_shape, np.expand_dims: _by_shape, np.squeeze: _by_shape,
    np.transpose: _transpose, np.swapaxes: _permuted(np.swapaxes), np.moveaxis: _permuted(np.moveaxis),
    np.broadcast_to: _broadcast_to, np.concatenate: _concatenate, np.stack: _stack, np.tril: _triangle(0),
    np.triu: _triangle(1), np.flip: moved(np.flip), np.roll: moved(np.roll), np.rot90: moved(np.rot90),
    np.dot: _dot, np.matmul: _matmul, contract: _contract, softmax: _softmax, operator.getitem: entries_at,
    embed: embedded, added: add_at, replaced: set_at, np.take_along_axis: taken_along_axis,
}  # fmt: skip
"""By NumPy's function how it is said in ONNX."""
