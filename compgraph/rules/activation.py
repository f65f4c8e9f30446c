"""Activations and losses of neural networks, with their derivative rules; stable for every finite input.

The conventions of the course at zero: relu'(0) = leaky_relu'(0) = 1 (``z >= 0 -> 1``). How many digits values and
gradients keep is measured, function by function: docs/accuracy.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call, differentiable
from compgraph.rules.complex_parts import real_only
from compgraph.rules.composition import value_of
from compgraph.rules.reduction import REDUCTIONS, put_back
from compgraph.unknown import possible, seen

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "leaky_relu",
    "log_softmax",
    "logsumexp",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
]

ALONG = (
    *[call("a3"), call("3b", axis=0), call("a3c", axis=1), call("3", axis=-1)],
    *[call("23", axis=None), call("2b3", axis=(0, -1))],
)


def _vjp_sigmoid(grad: Any, out: Any, x: Any) -> Any:
    return grad * out * sigmoid(-x)


@differentiable(_vjp_sigmoid, domain=(-6, 6), symbol="σ")
def sigmoid(x: Any) -> Any:
    """Logistic function σ(x) = 1 / (1 + e⁻ˣ), without overflow.

    >>> import compgraph as cg
    >>> float(sigmoid(0.0)), float(sigmoid(-1000.0))
    (0.5, 0.0)
    >>> float(cg.grad(sigmoid)(0.0))
    0.25

    Args:
        x: any shape; a number, an array or a node.

    Returns:
        σ(x) of the same shape and dtype. Its derivative σ(x) σ(-x) keeps its digits where 1 - σ(x) would lose them.
    """
    real_only("sigmoid", x)
    small = np.exp(-np.abs(x))  # at most 1, so nothing overflows
    return np.where(x >= 0, 1.0, small) / (1 + small)


@differentiable(lambda grad, out, x: np.where(x >= 0, grad, 0.0), domain=(-3, 3), kinks=(0.0,), exact=True)
def relu(x: Any) -> Any:
    """Rectified linear unit max(0, x), with derivative 1 at 0.

    >>> import compgraph as cg
    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    >>> cg.grad(lambda x: np.sum(relu(x)))(np.array([-2.0, 0.0, 3.0]))
    array([0., 1., 1.])

    Args:
        x: any shape; a number, an array or a node.

    Returns:
        An array of the same shape and dtype.
    """
    real_only("relu", x)
    return np.maximum(x, 0)


@differentiable(lambda grad, out, x, slope=0.01: np.where(x >= 0, grad, slope * grad), domain=(-3, 3), kinks=(0.0,))
def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """Leaky rectified linear unit: x where x >= 0, else slope · x; derivative 1 at 0.

    >>> leaky_relu(np.array([-2.0, 0.0, 3.0]))
    array([-0.02,  0.  ,  3.  ])

    Args:
        x: any shape; a number, an array or a node.
        slope: the factor on the negative side.

    Returns:
        An array of the same shape and dtype.
    """
    real_only("leaky_relu", x)
    return np.where(x >= 0, x, slope * x)[()]


@differentiable(lambda grad, out, x: grad * sigmoid(x), domain=(-6, 6))
def softplus(x: Any) -> Any:
    """Smooth rectifier log(1 + eˣ), without overflow.

    >>> float(softplus(0.0)), float(softplus(1000.0)), float(softplus(-1000.0))
    (0.6931471805599453, 1000.0, 0.0)

    Args:
        x: any shape; a number, an array or a node.

    Returns:
        An array of the same shape and dtype; the derivative is σ(x).
    """
    real_only("softplus", x)
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _rounded_off(a: Any, b: Any, total: Any) -> Any:
    """a + b - total, where total is the rounded a + b: exact (Knuth, The Art of Computer Programming 2, 4.2.2)."""
    with np.errstate(invalid="ignore"):
        added = total - a
        lost = (a - (total - added)) + (b - added)
    return np.where(np.isfinite(lost), lost, 0.0)


def _powers(x: Any, largest: Any) -> tuple[Any, Any, Any]:
    """x - max x; its exponential; and what that lacks because the difference was rounded.

    The difference of numbers near 700 is rounded by up to 6e-14, and its exponential is off by that factor: by hundreds
    of units in the last place. So exp(x - max x) is powers · (1 + lost).
    """
    shifted = x - largest
    return shifted, np.exp(shifted), _rounded_off(x, -largest, shifted)


def _sum_of_others(leading: Any, powers: Any, axis: Any) -> Any:
    """Σ exp(x - max x) - 1: without the 1 that a largest entry adds."""
    others = np.sum(np.where(leading, 0.0, powers), axis=axis, keepdims=True)
    return others + (np.sum(leading, axis=axis, keepdims=True, dtype=powers.dtype) - 1)


def _vjp_logsumexp(grad: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return put_back(grad, x, axis, keepdims) * softmax(x, axis=axis)


@differentiable(_vjp_logsumexp, domain=(-3, 3), elementwise=False, calls=REDUCTIONS)
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Logarithm of the sum of exponentials, shifted by the largest entry so that nothing overflows.

    >>> float(logsumexp(np.array([1000.0, 1000.0])))
    1000.6931471805599

    Args:
        x: any shape; an array or a node.
        axis: the axis or axes to sum over; all of them by default.
        keepdims: keep the reduced axes with length one.

    Returns:
        log Σ eˣ; the derivative is softmax(x).
    """
    real_only("logsumexp", x)
    largest = np.max(x, axis=axis, keepdims=True)
    _, powers, lost = _powers(x, np.where(np.isfinite(largest), largest, 0.0))
    total = largest + np.log1p(_sum_of_others(x == largest, powers + powers * lost, axis))
    return total if keepdims else np.squeeze(total, axis=axis)[()]


def _vjp_softmax(grad: Any, out: Any, x: Any, axis: Any = -1) -> Any:
    """p (grad - Σ p grad). Since Σ p = 1, any number may be subtracted from grad first.

    With grad at the largest p, the difference that would cancel where p is next to 1 is 0 from the start.
    """
    p = value_of(out)
    along = {"axis": axis, "keepdims": True}
    leading = p == np.max(p, **along)
    base = np.sum(np.where(leading, grad, 0.0), **along) / np.maximum(np.sum(leading, **along, dtype=p.dtype), 1)
    ahead = grad - base
    return out * (ahead - np.sum(ahead * out, **along))


@differentiable(_vjp_softmax, domain=(-3, 3), elementwise=False, calls=ALONG)
def softmax(x: Any, axis: Any = -1) -> Any:
    """Exponentials along an axis, divided by their sum.

    >>> softmax(np.array([1000.0, 1000.0, -1000.0]))
    array([0.5, 0.5, 0. ])

    Args:
        x: any shape with at least one axis; an array or a node.
        axis: the axis or axes whose entries sum to one; None for all of them.

    Returns:
        An array of the same shape and dtype.
    """
    real_only("softmax", x)
    shifted, powers, lost = _powers(x, np.max(x, axis=axis, keepdims=True))
    others = _sum_of_others(shifted == 0, powers + powers * lost, axis)
    total = 1 + others
    share = powers / total
    return share + share * (lost - _rounded_off(others, 1.0, total) / total)


def _vjp_log_softmax(grad: Any, out: Any, x: Any, axis: Any = -1) -> Any:
    """grad - p Σ grad; where p is close to 1 it is written by 1 - p, which log p knows to the last digit."""
    total = np.sum(grad, axis=axis, keepdims=True)
    direct = grad - softmax(x, axis=axis) * total
    close = value_of(out) > -0.5
    return np.where(close, (grad - total) - np.expm1(out) * total, direct) if possible(close) else direct


@differentiable(_vjp_log_softmax, domain=(-3, 3), elementwise=False, calls=ALONG)
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """Logarithm of :func:`softmax`, without taking the logarithm of a rounded zero.

    >>> log_softmax(np.array([1000.0, 0.0]))
    array([    0., -1000.])

    Args:
        x: any shape with at least one axis; an array or a node.
        axis: the axis or axes whose exponentials sum to one; None for all of them.

    Returns:
        An array of the same shape and dtype.
    """
    real_only("log_softmax", x)
    shifted, powers, lost = _powers(x, np.max(x, axis=axis, keepdims=True))
    return shifted - np.log1p(_sum_of_others(shifted == 0, powers + powers * lost, axis))


def _times(y: Any, x: Any) -> Any:
    """y · x, and 0 where y is 0 however infinite x is."""
    return np.where(y == 0, 0.0, y * np.where(y == 0, 1.0, x))


def _over(y: Any, a: Any) -> Any:
    """y / a, and 0 where both are 0."""
    both = (y == 0) & (a == 0)
    return np.where(both, 0.0, y / np.where(both, 1.0, a))


def _vjp_prediction(grad: Any, out: Any, a: Any, y: Any) -> Any:
    """(1 - y)/(1 - a) - y/a over a common denominator, so that nothing cancels where a is close to y."""
    bottom = a * (1 - a)
    edge = np.equal(value_of(bottom), 0)
    if not seen(edge):
        return grad * ((a - y) / bottom)
    apart = _over(1 - y, 1 - a) - _over(y, a)
    return grad * np.where(edge, apart, (a - y) / np.where(edge, 1.0, bottom))


def _vjp_label(grad: Any, out: Any, a: Any, y: Any) -> Any:
    """log(1 - a) - log a; where a is close to ½ the two cancel, and it is written by 1 - 2a, which is exact there."""
    apart = np.log1p(-a) - np.log(a)
    close = np.abs(value_of(a) - 0.5) < 0.25
    if not possible(close):
        return grad * apart
    middle = np.where(close, a, 0.5)
    return grad * np.where(close, np.log1p((1 - 2 * middle) / middle), apart)


@differentiable(_vjp_prediction, _vjp_label, domain=((0.1, 0.9), (0.1, 0.9)), symbol="cross-entropy")
def binary_cross_entropy(a: Any, y: Any) -> Any:
    """Cross-entropy L(a, y) = -(y log a + (1 - y) log(1 - a)) of each predicted probability; 0 log 0 is 0.

    >>> import compgraph as cg
    >>> float(binary_cross_entropy(0.5, 1.0)), float(binary_cross_entropy(0.0, 0.0))
    (0.6931471805599453, 0.0)
    >>> float(cg.grad(binary_cross_entropy)(0.5, 1.0))
    -2.0

    Args:
        a: probabilities in [0, 1]; any shape; numbers, an array or a node. Where they come from a sigmoid, give its
            input to :func:`binary_cross_entropy_with_logits` instead: near 0 and 1 probabilities have lost digits.
        y: labels in [0, 1] of a shape that broadcasts with that of ``a``.

    Returns:
        The loss of each entry; infinite where a confident answer is wrong. dL/da = -y/a + (1-y)/(1-a).
    """
    return _times(y, -np.log(np.where(y == 0, 1.0, a))) + _times(1 - y, -np.log1p(-np.where(y == 1, 0.0, a)))


@differentiable(
    lambda grad, out, z, y: grad * ((1 - y) * sigmoid(z) - y * sigmoid(-z)),
    lambda grad, out, z, y: -grad * z,
    domain=((-4, 4), (0.1, 0.9)),
    symbol="cross-entropy∘σ",
)
def binary_cross_entropy_with_logits(z: Any, y: Any) -> Any:
    """Cross-entropy L(σ(z), y) of each score, from the score itself: no digit is lost however large it is.

    >>> import compgraph as cg
    >>> float(binary_cross_entropy_with_logits(0.0, 1.0)), float(binary_cross_entropy_with_logits(-1000.0, 1.0))
    (0.6931471805599453, 1000.0)
    >>> float(cg.grad(binary_cross_entropy_with_logits)(0.0, 1.0))
    -0.5

    Args:
        z: scores, the input of the sigmoid; any shape; numbers, an array or a node.
        y: labels in [0, 1] of a shape that broadcasts with that of ``z``.

    Returns:
        The loss of each entry, max(z, 0) - z y + log(1 + e^-|z|). dL/dz = σ(z) - y, the dz = a - y of the course,
        computed as (1 - y) σ(z) - y σ(-z), which keeps its digits where a is close to a y of 0 or 1.
    """
    return z * (np.heaviside(z, 1) - y) + np.log1p(np.exp(-np.abs(z)))  # max(z, 0) - z y, which cancels nothing
