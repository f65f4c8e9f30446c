"""Whole matrices of derivatives: Jacobians, Hessians, and Hessian-vector products without the matrix."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.errors import GradientError, ShapeError
from compgraph.forward import push
from compgraph.node import Node, gradient_of
from compgraph.reverse import settle, sweep
from compgraph.tape import Tape
from compgraph.transforms import grad, is_nested, trace

__all__ = ["hessian", "hessian_vector_product", "jacobian"]


def hessian_vector_product(f: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """Return the function that multiplies the matrix of second derivatives of ``f`` by a vector, without the matrix.

    >>> import compgraph as cg
    >>> cg.hessian_vector_product(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])

    Args:
        f: a function of numbers and arrays, written in plain NumPy, that returns a single number.
        argnums: the position of the argument to differentiate with respect to.

    Returns:
        A function of the same arguments and, last, the vector, of the argument's shape: the gradient of <grad f, v>.

    Raises:
        GradientError: ``f`` returned something else than a single number, or there is no such argument.
        ShapeError: the vector has another shape than the argument.
    """
    gradient = grad(f, argnums)

    @functools.wraps(f)
    def product(*args: Any, **kwargs: Any) -> Any:
        *args_, vector = args
        if np.shape(vector) != np.shape(args_[argnums]):
            raise ShapeError(
                f"the vector has shape {np.shape(vector)} and the argument {np.shape(args_[argnums])}: "
                "they must be the same"
            )
        return grad(lambda *inner: np.sum(gradient(*inner, **kwargs) * vector), argnums)(*args_)

    return product


def jacobian(f: Callable[..., Any], argnums: int = 0, mode: str | None = None) -> Callable[..., Any]:
    """Return the function of the matrix of all first derivatives of ``f``.

    >>> import compgraph as cg
    >>> cg.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])

    Args:
        f: a function of numbers and arrays, written in plain NumPy, with a result of any shape.
        argnums: the position of the argument to differentiate with respect to.
        mode: ``"reverse"`` (one sweep for each entry of the result), ``"forward"`` (one for each entry of the
            argument), or None for the one that takes fewer.

    Returns:
        A function of the same arguments. Entry [i..., j...] of its result is the derivative of entry i... of the
        value with respect to entry j... of the argument. ``f`` runs once.

    Raises:
        GradientError: there is no such argument, or no such mode.
    """
    if mode not in (None, "reverse", "forward"):
        raise GradientError(f"jacobian has no mode {mode!r}: it is 'reverse', 'forward' or None")

    @functools.wraps(f)
    def matrix(*args: Any, **kwargs: Any) -> Any:
        own, output = trace(f, args, kwargs, [argnums])
        shape, inner = np.shape(output), own[0].shape
        forward = mode == "forward" or (mode is None and math.prod(inner) < math.prod(shape))
        along = inner if forward else shape
        if not isinstance(output, Node) or 0 in shape + inner:
            return np.zeros(shape + inner)
        tape = Tape(output)
        nested = is_nested(tape, own)
        lines = []
        for i in np.ndindex(along):
            unit = np.zeros(along)
            unit[i] = 1.0
            direction = unit if along else 1.0
            if forward:
                tangent = push(tape, {own[0]: gradient_of(own[0], direction)}, nested).get(output, 0.0)
                lines.append(settle(tangent, output))
            else:
                lines.append(settle(sweep(tape, direction, set(own), nested).get(own[0], 0.0), own[0]))
        if not along:
            return lines[0]
        return np.reshape(np.stack(lines, axis=-1 if forward else 0), shape + inner)

    return matrix


def hessian(f: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """Return the function of the matrix of all second derivatives of ``f``.

    >>> import compgraph as cg
    >>> cg.hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 2.0]))
    array([[4., 6.],
           [6., 0.]])

    Args:
        f: a function of numbers and arrays, written in plain NumPy, that returns a single number.
        argnums: the position of the argument to differentiate with respect to, twice.

    Returns:
        A function of the same arguments; its result has the argument's shape twice over. To multiply it by a vector
        :func:`hessian_vector_product` needs no matrix.
    """
    return jacobian(grad(f, argnums), argnums, mode="reverse")
