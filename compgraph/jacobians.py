"""Whole matrices of derivatives: Jacobians, Hessians, and Hessian-vector products without the matrix."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, SupportsIndex

import numpy as np

from compgraph.batching import push_many, sweep_many
from compgraph.errors import GradientError, ShapeError
from compgraph.forward import push
from compgraph.holomorphic import check_cauchy_riemann
from compgraph.node import Node, gradient_of
from compgraph.reverse import gradients, settle, sweep
from compgraph.tape import Tape
from compgraph.tracing import Argnums, is_nested, title, trace
from compgraph.transforms import grad
from compgraph.watching import watching

__all__ = ["hessian", "hessian_vector_product", "jacobian"]

AT_ONCE = 8 * 2**20
"""Bytes that the cotangents of one node may take: so many seeds are swept together as keep below it, at least one."""


def hessian_vector_product(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return the function that multiplies the matrix of second derivatives of ``f`` by a vector, without the matrix.

    >>> import compgraph as cg
    >>> cg.hessian_vector_product(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])

    Args:
        f: a function of numbers and arrays, written in plain NumPy, that returns a single number.
        argnums: the argument to differentiate with respect to: its position or its name; or a tuple of these.

    Returns:
        A function of the same arguments and, last, the vector, of the argument's shape: the gradient of <grad f, v>.
        For several arguments the vector is a tuple of arrays, one for each of them, and so is the result.

    Raises:
        GradientError: ``f`` returned something else than a single number, or there is no such argument.
        ShapeError: the vector has another shape than the argument.
    """
    several, single = _several(argnums)
    gradient = grad(f, several)

    @functools.wraps(f)
    def product(*args: Any, **kwargs: Any) -> Any:
        *args_, vector = args
        own, slopes = trace(gradient, args_, kwargs, several)
        vectors = (vector,) if single else tuple(vector)
        shapes, expected = [np.shape(v) for v in vectors], [x.shape for x in own]
        if shapes != expected:
            raise ShapeError(
                f"the vector has shape {shapes[0]} and the argument {expected[0]}: they must be the same"
                if single
                else f"vectors of shapes {shapes} and arguments of shapes {expected}: they must be the same"
            )
        along = sum([np.sum(slope * v) for slope, v in zip(slopes, vectors, strict=True)])
        found: dict[Node, Any] = {}
        if isinstance(along, Node):
            tape = Tape(along)
            found = sweep(tape, 1.0, set(own), is_nested(tape, own))
        products = tuple([settle(found.get(x, 0.0), x) for x in own])
        return products[0] if single else products

    return product


def jacobian(f: Callable[..., Any], argnums: Argnums = 0, mode: str | None = None) -> Callable[..., Any]:
    """Return the function of the matrix of all first derivatives of ``f``.

    >>> import compgraph as cg
    >>> cg.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])

    Args:
        f: a function of numbers and arrays, written in plain NumPy, with a result of any shape.
        argnums: the argument to differentiate with respect to: its position or its name; or a tuple of these.
        mode: ``"reverse"`` (a cotangent for each entry of the result is swept back), ``"forward"`` (a tangent for
            each entry of the argument is pushed through), or None for the one that takes fewer.

    Returns:
        A function of the same arguments. Entry [i..., j...] of its result is the derivative of entry i... of the
        value with respect to entry j... of the argument; for several arguments the result is a tuple of such matrices.
        ``f`` runs once, and so does each rule for many entries: as many as :data:`AT_ONCE` lets it.

        Of complex numbers: the derivative of a real entry by z = x + iy is its gradient ∂/∂x - i ∂/∂y, that of a
        complex entry by a real argument is complex, and of a complex one by a complex one it is that of a holomorphic
        function. Where only one mode can find it that one is taken.

    Raises:
        GradientError: there is no such argument, or no such mode; a complex value of a complex argument that is not
            holomorphic.
    """
    if mode not in (None, "reverse", "forward"):
        raise GradientError(f"jacobian has no mode {mode!r}: it is 'reverse', 'forward' or None")

    several, single = _several(argnums)

    @functools.wraps(f)
    def matrix(*args: Any, **kwargs: Any) -> Any:
        own, output = trace(f, args, kwargs, several)
        found = _matrices(own, output, mode)
        if isinstance(output, Node) and output.dtype.kind == "c":
            _check_holomorphic(f, [x for x in own if x.dtype.kind == "c"], output)
        return found[0] if single else tuple(found)

    return matrix


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return the function of the matrix of all second derivatives of ``f``.

    >>> import compgraph as cg
    >>> cg.hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 2.0]))
    array([[4., 6.],
           [6., 0.]])

    Args:
        f: a function of numbers and arrays, written in plain NumPy, that returns a single number.
        argnums: the argument to differentiate with respect to, twice: its position or its name; or a tuple of these.

    Returns:
        A function of the same arguments; its result has the argument's shape twice over. For several arguments it is
        a tuple of tuples of blocks: block [i][j] is that by argument i and by argument j. To multiply by a vector,
        :func:`hessian_vector_product` needs no matrix.

    Raises:
        GradientError: ``f`` returned something else than a single number, or there is no such argument, or it is
            complex.
    """
    several, single = _several(argnums)
    gradient = grad(f, several)

    @functools.wraps(f)
    def matrix(*args: Any, **kwargs: Any) -> Any:
        own, slopes = trace(gradient, args, kwargs, several)
        if any(x.dtype.kind == "c" for x in own):
            raise GradientError(
                f"{title(f)} has a complex argument, and its second derivatives by that are no one matrix: "
                "make the real and the imaginary part two arguments"
            )
        blocks = tuple([tuple(_matrices(own, slope, "reverse")) for slope in slopes])
        return blocks[0][0] if single else blocks

    return matrix


def _several(argnums: Argnums) -> tuple[tuple[int | str, ...], bool]:
    """Which arguments are meant, and whether one was named by itself and not in a tuple."""
    if isinstance(argnums, (str, SupportsIndex)):
        return (argnums,), True
    return tuple(argnums), False


def _matrices(own: Sequence[Node], output: Any, mode: str | None) -> list[Any]:
    """The derivatives of an output by some nodes of its trace, each of the output's shape followed by the node's."""
    if not isinstance(output, Node):
        return [np.zeros(np.shape(output) + x.shape, x.dtype) for x in own]
    tape = Tape(output)
    forward = mode == "forward" or (mode is None and sum(x.size for x in own) < output.size)
    ways = [forward if (x.dtype.kind == "c") == (output.dtype.kind == "c") else x.dtype.kind != "c" for x in own]
    nested = is_nested(tape, own)
    if nested or watching.get():  # debugging names the op of one sweep
        return [_one_by_one(tape, x, way, nested) for x, way in zip(own, ways, strict=True)]
    rows = iter(_rows(tape, [x for x, way in zip(own, ways, strict=True) if not way]))
    return [_columns(tape, x) if way else next(rows) for x, way in zip(own, ways, strict=True)]


def _check_holomorphic(f: Callable[..., Any], own: Sequence[Node], output: Node) -> None:
    if own:
        seed = np.random.default_rng(0).uniform(0.5, 1.5, output.shape)
        check_cauchy_riemann(f, gradients(output, own, seed=seed), gradients(output, own, seed=1j * seed))


def _rows(tape: Tape, own: Sequence[Node]) -> list[Any]:
    """Reverse mode, a cotangent for each entry of the output."""
    (output,) = tape.outputs
    if not own:
        return []
    if output.size == 1:
        return [_one_by_one(tape, x, forward=False, nested=False) for x in own]
    found = [np.zeros((output.size, *x.shape), x.dtype) for x in own]
    for some, seeds in _units(tape, output):
        cotangents = sweep_many(tape, seeds, set(own))
        for matrix, x in zip(found, own, strict=True):
            matrix[some] = cotangents.get(x, 0.0)
    return [matrix.reshape(output.shape + x.shape) for matrix, x in zip(found, own, strict=True)]


def _columns(tape: Tape, x: Node) -> Any:
    """Forward mode, a tangent for each entry of the argument."""
    (output,) = tape.outputs
    if x.size == 1:
        return _one_by_one(tape, x, forward=True, nested=False)
    matrix = np.zeros((*output.shape, x.size), output.dtype)
    for some, tangents in _units(tape, x):
        found = push_many(tape, x, tangents)
        if found is not None:
            matrix[..., some] = np.moveaxis(found, 0, -1)
    return matrix.reshape(output.shape + x.shape)


def _units(tape: Tape, node: Node) -> Iterator[tuple[slice, Any]]:
    """Stretches of the entries of a node, and for each the arrays that have a one at one of these entries."""
    largest = max(np.asarray(x.value).nbytes for x in tape)
    count = max(1, AT_ONCE // max(largest, 1))
    for start in range(0, node.size, count):
        some = slice(start, min(start + count, node.size))
        units = np.zeros((some.stop - start, node.size), node.dtype)
        units[np.arange(len(units)), np.arange(start, some.stop)] = 1
        yield some, units.reshape(-1, *node.shape)


def _one_by_one(tape: Tape, x: Node, forward: bool, nested: bool) -> Any:
    """The matrix from a sweep for each entry; inside another transform these extend the graph around it."""
    (output,) = tape.outputs
    shape = x.shape if forward else output.shape
    lines = []
    for i in np.ndindex(shape):
        unit = np.zeros(shape, (x if forward else output).dtype)
        unit[i] = 1.0
        direction = unit if shape else 1.0
        if forward:
            tangent = push(tape, {x: gradient_of(x, direction)}, nested).get(output, 0.0)
            lines.append(settle(tangent, output))
        else:
            lines.append(settle(sweep(tape, direction, {x}, nested).get(x, 0.0), x))
    if not lines or not shape:
        return lines[0] if lines else np.zeros(output.shape + x.shape, output.dtype if forward else x.dtype)
    return np.reshape(np.stack(lines, axis=-1 if forward else 0), output.shape + x.shape)
