"""The complex step: a slope without a difference, and so without cancellation, where the cost's code allows it.

For an analytic f that is real on the real line, f(x + ih) = f(x) + ih f'(x) - h² f''(x)/2 - ..., so Im f(x + ih) / h is
the slope. Nothing is subtracted: h can be so small that h² vanishes, and the slope has all digits.

The code has to be analytic, though, and NumPy's functions of complex numbers lie where it is not: ``np.abs`` returns a
real number, ``np.maximum`` compares real parts first, ``np.vdot`` conjugates, ``x.real`` drops what was to be measured.
Agreement with the central difference, which has ten digits, is no proof of the other six. So four things are asked for:

1. the code is run on a complex node, and every op that it meets there is one of those known to be analytic;
2. on complex arrays it raises nothing and casts nothing to real, and how far the real part is from the cost itself is
   in the error of the slope;
3. steps of both signs and of several lengths give the same slope: where a comparison of equal numbers is decided by
   the imaginary part, as at the kink of ``np.maximum(z, 0)``, they do not;
4. the slope agrees with the central difference to within that one's estimated error, and that error is small.

Source: W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40,
1998.
"""

from __future__ import annotations

import math
import operator
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.exceptions import ComplexWarning

from compgraph.check.numeric import Array, DirectionalSlopes, Slopes, entry_sizes
from compgraph.node import Node, Variable
from compgraph.rules.contraction import contract
from compgraph.rules.indexing import embed
from compgraph.rules.signals import convolve_fully
from compgraph.silence import silently
from compgraph.tape import Tape

__all__ = ["ANALYTIC", "complex_slopes", "is_analytic"]

AnySlopes = TypeVar("AnySlopes", Slopes, DirectionalSlopes)

STEP = 1e-50
"""The imaginary step, in units of what is moved: its square is lost, and a slope of 1e-200 is not yet subnormal."""

LENGTHS = (1.0, -1.3757, 1.7113)
"""The lengths of the steps in units of STEP: no power of two times each other, so that each of them rounds anew."""

INFORMATIVE = 1e-3
"""A central difference confirms a slope if its error is at most such a part of the largest slope."""

SAFETY = 8
"""Times its estimated error, which a central difference stays within."""

ANALYTIC: frozenset[Any] = frozenset(
    [
        *[np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive, np.power, np.square, np.sqrt],
        *[np.reciprocal, np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p],
        *[np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan],
        *[np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh, np.sinc],
        *[np.sum, np.mean, np.prod, np.cumsum, np.cumprod],
        *[np.transpose, np.swapaxes, np.moveaxis, np.reshape, np.ravel, np.expand_dims, np.squeeze],
        *[np.broadcast_to, np.concatenate, np.stack, np.flip, np.roll, np.rot90, np.tril, np.triu, np.copy],
        *[operator.getitem, np.where, np.matmul, np.dot, np.linalg.inv, np.linalg.solve, np.linalg.det],
        # these compare real parts first, which is right where no two are equal; where they are, see 3 above
        *[np.maximum, np.minimum, np.max, np.min, np.amax, np.amin],
        # what NumPy's einsum, convolve and others are made of here: sums of products, entries moved about
        *[contract, embed, convolve_fully],
    ]
)
"""The functions whose complex results are those of an analytic function that is real on the real line."""


def is_analytic(f: Callable[[Any], Any], at: Any) -> bool:
    """Whether all that a cost does to its argument is done by functions that are known to be analytic.

    >>> import compgraph as cg
    >>> is_analytic(lambda w: np.mean(np.tanh(w) ** 2), [0.3, 0.4]), is_analytic(lambda w: np.sum(np.abs(w)), [0.3])
    (True, False)
    >>> is_analytic(lambda w: np.vdot(w, w), [0.3, 0.4])  # which conjugates, once its argument is complex
    False

    Args:
        f: the cost as a function of one array, in plain NumPy code.
        at: the array.

    Returns:
        False also where the code cannot be run on a node that is complex, and where an op is not known.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ComplexWarning)  # of a cast, which is no op that is analytic
            output = f(Variable(np.asarray(at) + 1j * STEP * entry_sizes(at)))
    except Exception:  # whatever the person's code says to a complex number
        return False
    if not isinstance(output, Node) or output.dtype.kind != "c":
        return False
    return all(node.op is None or node.op.function in ANALYTIC for node in Tape(output))


@silently("divide", "over", "invalid")
def complex_slopes(f: Callable[[Any], Any], at: Any, central: AnySlopes) -> AnySlopes | None:
    """Return the slopes of a cost by the complex step, if its code allows that and central differences confirm them.

    >>> from compgraph.check.numeric import numeric_slopes
    >>> w = np.array([0.3, 0.4])
    >>> def cost(w):
    ...     return np.sum(np.exp(w))
    >>> central = numeric_slopes(cost, w)
    >>> found = complex_slopes(cost, w, central)
    >>> bool(np.all(np.abs(found.slopes - np.exp(w)) < 1e-15)), bool(np.all(found.errors < 1e-14))
    (True, True)
    >>> print(complex_slopes(lambda w: np.linalg.norm(w), w, numeric_slopes(np.linalg.norm, w)))
    None

    Args:
        f: the cost as a function of one array, in plain NumPy code; it is given copies, complex128.
        at: the array, of any shape.
        central: the central differences that confirm the slopes, of :func:`numeric_slopes` or
            :func:`directional_slopes`: it is their entries or directions that steps are taken along.

    Returns:
        The same with exact slopes, and errors of a few units in the last place; an error is the larger the more the
        slopes of steps of different lengths differ, that is, the more the sum that a slope is has cancelled. A slope
        that its central difference tells too little about, as at a kink, is left as it is there. None where the code
        does not allow complex numbers, where a slope is contradicted, and where none was confirmed.
    """
    point = np.array(at, dtype=np.float64)
    if not central.slopes.size or not is_analytic(f, point):
        return None
    largest = float(np.max(np.abs(central.slopes), initial=0.0, where=np.isfinite(central.slopes)))
    slopes, errors = central.slopes.copy(), central.errors.copy()
    middle = float(f(point.copy()))
    confirmed = False
    for k in range(slopes.size):
        if not central.errors[k] <= INFORMATIVE * largest:
            continue
        direction, unit = _path(central, k, point)
        try:
            slope, error = (x / unit for x in _slope(f, point, direction, middle))
        except Exception:  # whatever the person's code says to a complex number
            return None
        if not abs(slope - central.slopes[k]) <= SAFETY * central.errors[k] + error:
            return None
        if error < errors[k]:
            slopes[k], errors[k] = slope, error
            confirmed = True
    return central._replace(slopes=slopes, errors=errors) if confirmed else None


def _path(central: Slopes | DirectionalSlopes, k: int, point: Array) -> tuple[Array, float]:
    """The direction of a slope, as long as the entries are large, and what that length is times its own."""
    if isinstance(central, DirectionalSlopes):
        return central.directions[k], 1.0
    i = central.entries[k]
    direction = np.zeros(point.shape)
    unit = float(entry_sizes(point).reshape(-1)[i])
    direction.reshape(-1)[i] = unit
    return direction, unit


def _slope(f: Callable[[Any], Any], point: Array, direction: Array, middle: float) -> tuple[float, float]:
    """The slope along a direction and its error."""
    slopes, real_parts = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("error", ComplexWarning)  # an imaginary part that is thrown away
        for length in LENGTHS:
            value = f(np.asarray(point + 1j * (length * STEP) * direction))
            slopes.append(float(value.imag) / (length * STEP))
            real_parts.append(float(value.real))
    slope = slopes[0]
    # NumPy's complex functions round in their own way; what that does to the cost, it may do to the slope.
    rounded = max(abs(real - middle) for real in real_parts) / abs(middle) if middle else 0.0
    number = np.finfo(float)
    error = 4 * (max(slopes) - min(slopes)) + abs(slope) * (8 * float(number.eps) + rounded) + float(number.tiny) / STEP
    return slope, error if math.isfinite(error) else math.inf
