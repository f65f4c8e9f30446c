"""The backward formulas of ops that are not elementwise: products, sums, reductions, what moves entries about.

Each function reads a node and gives the formula for one of its inputs, or None where it has none for this case. The
formulas are those of ``compgraph/rules``; for the matrix product see also M. Giles, "An extended collection of matrix
derivative results for forward and reverse mode algorithmic differentiation", 2008.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from compgraph.explain.naming import Naming
from compgraph.node import Node
from compgraph.rules.activation import log_softmax, logsumexp, softmax
from compgraph.rules.norms import euclidean
from compgraph.rules.update import added

__all__ = ["FORMS", "Form", "without_axes"]

Shape = tuple[int, ...]


class Form(NamedTuple):
    """What is sent back to an input.

    Attributes:
        template: for :func:`compgraph.explain.expression.write`; ``grad`` is the derivative of the node.
        reasons: sentences without a full stop.
        shapes: that of the result, then those of the matrices multiplied or of what is summed; empty for the same.
        index: what ``take`` and ``embed`` in the template index by.
    """

    template: str
    reasons: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = ()
    index: Any = None


def without_axes(found: Form, have: Shape, x: Node, names: Naming) -> Form:
    """A form of the shape that broadcasting gave an input, summed to the input's own shape.

    Args:
        found: the form before that.
        have: the shape to which the input was broadcast.
        x: the input.
        names: what to call it.
    """
    shape = x.shape
    if have == shape:
        return found
    new = len(have) - len(shape)
    axes = (*range(new), *(i for i, length in enumerate(shape, new) if length == 1 != have[i]))
    if len(axes) == len(have) and not shape:
        reason = f"{names(x)} is one number in every entry of {have}, so its derivative is the sum over all of them"
        return Form(f"sum({found.template}, None)", (*found.reasons, reason), (shape, have), found.index)
    along = f"axis {axes[0]}" if len(axes) == 1 else f"the axes {', '.join(map(str, axes))}"
    reason = (
        f"{names(x)} {shape} was broadcast along {along} to {have}, "
        f"so its derivative is summed over {'that axis' if len(axes) == 1 else 'those axes'}"
    )
    kept = ", True" * (new == 0)
    return Form(f"sum({found.template}, {axes}{kept})", (*found.reasons, reason), (shape, have), found.index)


def _product(node: Node, place: int, names: Naming) -> Form | None:
    left, right = (x.shape if isinstance(x, Node) else np.shape(x) for x in node.inputs)
    target = node.inputs[place]
    z, x, y = names(node), *map(names, node.inputs)
    if not left or not right:  # np.dot with a number
        one = Form(f"grad * {'yx'[place]}", ("the slope of a product in one factor is the other factor",))
        return without_axes(one, node.shape, target, names)
    if len(left) == len(right) == 1:
        reason = f"{z} is the sum of {x}ᵢ · {y}ᵢ: the slope in each entry of {(x, y)[place]} is that of {(y, x)[place]}"
        return Form(f"grad * {'yx'[place]}", (reason,))
    if len(left) == 2 and len(right) == 1:
        if place == 0:
            reason = f"entry i, j of {x} enters {z}ᵢ with the slope {y}ⱼ"
            return Form("outer(grad, y)", (reason,), (left, node.shape, right))
        reason = f"each entry of {y} enters {z} through a column of {x}, hence {x}ᵀ"
        return Form("x.T @ grad", (reason,), (right, left[::-1], node.shape))
    if len(left) == 1 and len(right) == 2:
        if place == 0:
            reason = f"each entry of {x} enters {z} through a row of {y}"
            return Form("y @ grad", (reason,), (left, right, node.shape))
        reason = f"entry i, j of {y} enters {z}ⱼ with the slope {x}ᵢ"
        return Form("outer(x, grad)", (reason,), (right, left, node.shape))
    if len(left) == len(right) == 2:
        if place == 0:
            reason = f"each entry of {x} enters {z} through a row of {y}, hence {y}ᵀ on the right"
            return Form("grad @ y.T", (reason,), (left, node.shape, right[::-1]))
        reason = f"each entry of {y} enters {z} through a column of {x}, hence {x}ᵀ on the left"
        return Form("x.T @ grad", (reason,), (right, left[::-1], node.shape))
    if node.op is None or node.op.function is not np.matmul or min(len(left), len(right)) < 2:
        return None
    stack, swapped = node.shape[:-2], (*(left, right)[1 - place][:-2], *(left, right)[1 - place][:-3:-1])
    reason = f"{z} is a stack of matrix products; for each of them, as for two matrices, the other factor is transposed"
    if place == 0:
        found = Form("grad @ y.mT", (reason,), (left, node.shape, swapped))
    else:
        found = Form("x.mT @ grad", (reason,), (right, swapped, node.shape))
    have = (*stack, *target.shape[-2:])
    return found if have == target.shape else without_axes(found, have, target, names)


def _axes(node: Node, default: Any = None) -> tuple[int, ...] | None:
    """The axes of a reduction; None for all of them."""
    axis = node.params.get("axis", default)
    ndim = np.ndim(node.inputs[0].value)
    if axis is None:
        axes = tuple(range(ndim))
    else:
        axes = tuple(sorted(int(i) % ndim for i in (axis if isinstance(axis, (tuple, list)) else (axis,))))
    return None if len(axes) == ndim and not node.params.get("keepdims", False) else axes


def _count(node: Node) -> int:
    shape, axes = node.inputs[0].shape, _axes(node)
    return math.prod(shape) if axes is None else math.prod(shape[i] for i in axes)


def _spread(node: Node, what: str = "grad") -> str:
    """The derivative of a reduction, for each entry that was reduced."""
    axes = _axes(node)
    shape = node.inputs[0].shape
    if axes is None:  # one number, which multiplies whatever follows
        return f"({what})"
    return f"spread({what}, {axes}, {shape})"


def _back_to(node: Node, names: Naming) -> str:
    x = names(node.inputs[0])
    axes = _axes(node)
    if axes is None:
        return f"all entries of {x}"
    return f"the entries of {x} along axis {', '.join(map(str, axes))}"


def _sum(node: Node, place: int, names: Naming) -> Form | None:
    shape = node.inputs[0].shape
    if not shape:
        return Form("grad", ("the sum of one number is that number",))
    reason = f"{names(node)} adds up {_back_to(node, names)}, each with the slope 1"
    template = _spread(node) if _axes(node) else f"{_spread(node)} * ones({shape})"
    return Form(template, (reason,), (shape, node.shape))


def _mean(node: Node, place: int, names: Naming) -> Form | None:
    shape, count = node.inputs[0].shape, _count(node)
    if not shape or not count:
        return None
    reason = f"{names(node)} is the mean of {count} entries, each with the slope 1/{count}"
    over = f"grad / {count}"
    template = _spread(node, over) if _axes(node) else f"{_spread(node, over)} * ones({shape})"
    return Form(template, (reason,), (shape, node.shape))


def _extremum(node: Node, place: int, names: Naming) -> Form | None:
    x = node.inputs[0]
    if np.any(np.isnan(x.value)) or not x.shape or not x.size:
        return None
    axes = _axes(node)
    hits = x.value == (node.value if axes is None else _kept(node))
    ties = np.sum(hits, axis=axes)
    which = "largest" if node.op is not None and node.op.name.endswith("max") else "smallest"
    if np.any(ties > 1):
        return None
    out = _spread(node, "out")
    reason = f"only the {which} of {_back_to(node, names)} moves {names(node)}: it receives everything, the others 0"
    return Form(f"{_spread(node)} * [x == {out}]", (reason,), (x.shape, node.shape))


def _kept(node: Node) -> Any:
    """The value of a reduction with the reduced axes, each of length one."""
    axes = _axes(node) or ()
    return np.reshape(node.value, tuple(1 if i in axes else n for i, n in enumerate(node.inputs[0].shape)))


def _prod(node: Node, place: int, names: Naming) -> Form | None:
    x = node.inputs[0]
    if not x.shape or not np.all(x.value) or not np.all(node.value):
        return None
    reason = (
        f"the slope of the product {names(node)} in one factor is the product of the others, {names(node)} / factor"
    )
    return Form(f"{_spread(node, 'grad * out')} / x", (reason,), (x.shape, node.shape))


def _variance(node: Node, place: int, names: Naming) -> Form | None:
    x, freedom = node.inputs[0], _count(node) - node.params.get("ddof", 0)
    if not x.shape or freedom <= 0:
        return None
    centred = f"(x - mean(x, {_axes(node)}))"
    if node.op is not None and node.op.name == "std":
        if not np.all(node.value):
            return None
        template = f"{_spread(node, f'grad / ({freedom} * out)')} * {centred}"
        what = "root of the mean square"
    else:
        template = f"{_spread(node, f'2 * grad / {freedom}')} * {centred}"
        what = "mean square"
    reason = (
        f"{names(node)} is the {what} of the distances from the mean, and the mean itself has no share: they sum to 0"
    )
    return Form(template, (reason,), (x.shape, node.shape))


def _transpose(node: Node, place: int, names: Naming) -> Form | None:
    axes = node.params.get("axes")
    x = node.inputs[0]
    if axes is None:
        reason = f"{names(node)} is {names(x)} transposed: its derivative is transposed back"
        return Form("grad.T" if len(x.shape) > 1 else "grad", (reason,), (x.shape, node.shape))
    back = tuple(sorted(range(len(axes)), key=lambda i: axes[i] % len(axes)))
    reason = f"the axes of {names(x)} were exchanged: those of its derivative go back"
    return Form(f"transpose(grad, {back})", (reason,), (x.shape, node.shape))


def _swapaxes(node: Node, place: int, names: Naming) -> Form | None:
    first, second = int(node.params["axis1"]), int(node.params["axis2"])
    reason = f"two axes of {names(node.inputs[0])} were exchanged: those of its derivative go back"
    return Form(f"swapaxes(grad, {first}, {second})", (reason,), (node.inputs[0].shape, node.shape))


def _reshape(node: Node, place: int, names: Naming) -> Form | None:
    x = node.inputs[0]
    if node.params.get("order", "C") != "C":
        return None
    reason = f"{names(node)} holds the entries of {names(x)} in another shape: the derivative is given the old shape"
    return Form(f"reshape(grad, {x.shape})", (reason,), (x.shape, node.shape))


def _broadcast(node: Node, place: int, names: Naming) -> Form | None:
    return without_axes(Form("grad"), node.shape, node.inputs[0], names)


def _getitem(node: Node, place: int, names: Naming) -> Form | None:
    x = node.inputs[0]
    if not x.shape:
        return None
    reason = f"the entries taken from {names(x)} receive theirs, one taken twice the sum of both; the others receive 0"
    return Form(f"embed(grad, {x.shape})", (reason,), (x.shape, node.shape), node.params["index"])


def _concatenate(node: Node, place: int, names: Naming) -> Form | None:
    axis = node.params.get("axis", 0)
    if axis is None:
        return None
    axis %= len(node.shape)
    lengths = [np.shape(x.value if isinstance(x, Node) else x)[axis] for x in node.inputs]
    start = sum(lengths[:place])
    index = (*(slice(None),) * axis, slice(start, start + lengths[place]))
    x = node.inputs[place]
    reason = f"{names(x)} is a part of {names(node)}: it receives that part of the derivative"
    return Form("take(grad)", (reason,), (x.shape, node.shape), index)


def _stack(node: Node, place: int, names: Naming) -> Form | None:
    axis = node.params.get("axis", 0) % len(node.shape)
    x = node.inputs[place]
    reason = f"{names(x)} is a part of {names(node)}: it receives that part of the derivative"
    return Form("take(grad)", (reason,), (x.shape, node.shape), (*(slice(None),) * axis, place))


def _softmax(node: Node, place: int, names: Naming) -> Form | None:
    axes = _axes(node, default=-1)
    reason = (
        "the entries sum to 1, so that what raises all of them alike changes nothing: the weighted mean is taken off"
    )
    return Form(f"out * (grad - sum(grad * out, {axes}, True))", (reason,))


def _log_softmax(node: Node, place: int, names: Naming) -> Form | None:
    axes = _axes(node, default=-1)
    reason = f"an entry of {names(node)} is one of {names(node.inputs[0])} less logsumexp, whose slopes are the softmax"
    return Form(f"grad - softmax(x, {axes}) * sum(grad, {axes}, True)", (reason,))


def _logsumexp(node: Node, place: int, names: Naming) -> Form | None:
    x = node.inputs[0]
    if not x.shape:
        return None
    reason = "the slopes of logsumexp are the softmax"
    return Form(f"{_spread(node)} * softmax(x, {_axes(node)})", (reason,), (x.shape, node.shape))


def _norm(node: Node, place: int, names: Naming) -> Form | None:
    x = node.inputs[0]
    if not x.shape or not np.all(node.value):
        return None
    reason = f"the slope of the norm of {names(x)} in an entry is that entry, divided by the norm"
    return Form(f"{_spread(node, 'grad / out')} * x", (reason,), (x.shape, node.shape))


def _inverse(node: Node, place: int, names: Naming) -> Form | None:
    x = names(node.inputs[0])
    if len(node.shape) != 2:
        return None
    reason = f"a change of {x} by E changes its inverse by −{names(node)} E {names(node)}"
    return Form("-(out.T @ grad @ out.T)", (reason,), (node.shape,) * 4)


def _added(node: Node, place: int, names: Naming) -> Form | None:
    x = node.inputs[place]
    if place == 0:
        return Form("grad", (f"{names(x)} enters with the slope 1: the derivative passes as it is",))
    if not node.shape or np.shape(np.empty(node.shape)[node.params["index"]]) != x.shape:
        return None
    return Form(
        "take(grad)",
        (f"{names(x)} receives the derivative of the entries it was added to",),
        (x.shape, node.shape),
        node.params["index"],
    )


FORMS: dict[Callable[..., Any], Callable[[Node, int, Naming], Form | None]] = {
    np.matmul: _product,
    np.dot: _product,
    np.sum: _sum,
    np.mean: _mean,
    **dict.fromkeys((np.max, np.min, np.amax, np.amin), _extremum),
    np.prod: _prod,
    np.var: _variance,
    np.std: _variance,
    np.transpose: _transpose,
    np.swapaxes: _swapaxes,
    **dict.fromkeys((np.reshape, np.ravel, np.expand_dims, np.squeeze), _reshape),
    np.broadcast_to: _broadcast,
    operator.getitem: _getitem,
    np.concatenate: _concatenate,
    np.stack: _stack,
    softmax: _softmax,
    log_softmax: _log_softmax,
    logsumexp: _logsumexp,
    euclidean: _norm,
    np.linalg.inv: _inverse,
    added: _added,
}
"""For each op the function that explains it, by the function people call."""
