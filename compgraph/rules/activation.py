"""Activations and losses of neural networks, with their derivative rules; stable for every finite input.

The conventions of the course at zero: relu'(0) = leaky_relu'(0) = 1 (``z >= 0 -> 1``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call, differentiable
from compgraph.rules.reduction import REDUCTIONS, put_back

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

ALONG = (call("a3"), call("3b", axis=0), call("a3c", axis=1), call("3", axis=-1))


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
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@differentiable(
    lambda grad, out, x, axis=None, keepdims=False: (
        put_back(grad, x, axis, keepdims) * np.exp(x - put_back(out, x, axis, keepdims))
    ),
    domain=(-3, 3),
    elementwise=False,
    calls=REDUCTIONS,
)
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
    largest = np.max(x, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(largest), largest, 0.0)
    total = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift
    return total if keepdims else np.squeeze(total, axis=axis)[()]


@differentiable(
    lambda grad, out, x, axis=-1: out * (grad - np.sum(grad * out, axis=axis, keepdims=True)),
    domain=(-3, 3),
    elementwise=False,
    calls=ALONG,
)
def softmax(x: Any, axis: int = -1) -> Any:
    """Exponentials along an axis, divided by their sum.

    >>> softmax(np.array([1000.0, 1000.0, -1000.0]))
    array([0.5, 0.5, 0. ])

    Args:
        x: any shape with at least one axis; an array or a node.
        axis: the axis whose entries sum to one.

    Returns:
        An array of the same shape and dtype.
    """
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


@differentiable(
    lambda grad, out, x, axis=-1: grad - np.exp(out) * np.sum(grad, axis=axis, keepdims=True),
    domain=(-3, 3),
    elementwise=False,
    calls=ALONG,
)
def log_softmax(x: Any, axis: int = -1) -> Any:
    """Logarithm of :func:`softmax`, without taking the logarithm of a rounded zero.

    >>> log_softmax(np.array([1000.0, 0.0]))
    array([    0., -1000.])

    Args:
        x: any shape with at least one axis; an array or a node.
        axis: the axis whose exponentials sum to one.

    Returns:
        An array of the same shape and dtype.
    """
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _times(y: Any, x: Any) -> Any:
    """y · x, and 0 where y is 0 however infinite x is."""
    return np.where(y == 0, 0.0, y * np.where(y == 0, 1.0, x))


def _over(y: Any, a: Any) -> Any:
    """y / a, and 0 where both are 0."""
    both = (y == 0) & (a == 0)
    return np.where(both, 0.0, y / np.where(both, 1.0, a))


@differentiable(
    lambda grad, out, a, y: grad * (_over(1 - y, 1 - a) - _over(y, a)),
    lambda grad, out, a, y: grad * (np.log1p(-a) - np.log(a)),
    domain=((0.1, 0.9), (0.1, 0.9)),
    symbol="cross-entropy",
)
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
        computed as (1 - y) σ(z) - y σ(-z), which keeps its digits where a is close to y.
    """
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
