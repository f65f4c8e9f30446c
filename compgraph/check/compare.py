"""``compare``: whether a hand-derived gradient is right, and where it is not, what the slip is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from compgraph.check.problem import Data, Parameters

if TYPE_CHECKING:
    from compgraph.check.report import Comparison

# What compares is imported when it is asked for: `import compgraph` would take half as long again with it.

__all__ = ["compare"]


def compare(
    cost: Callable[..., Any],
    manual: Any,
    at: Parameters,
    *,
    wrt: Sequence[str] | None = None,
    data: Data = None,
    every_entry: bool = False,
) -> Comparison:
    """Compare a hand-derived gradient with the engine's and with nudged slopes, parameter by parameter.

    >>> import numpy as np
    >>> import compgraph as cg
    >>> x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])
    >>> def cost(w, b):
    ...     return np.mean((w * x + b - y) ** 2)
    >>> def hand_derived(w, b):
    ...     error = w * x + b - y
    ...     return np.mean(2 * error * x), np.mean(error)  # the 2 is forgotten in db
    >>> found = cg.compare(cost, hand_derived, at={"w": 0.5, "b": 0.1})
    >>> [row.verdict for row in found], found.ok
    (['right', 'wrong'], False)

    Args:
        cost: plain NumPy code from the parameters to one number; other data it takes from where it was defined, or
            from ``data``.
        manual: the hand-derived gradients, or a function of the same arguments that returns them: in the order of
            the parameters, or by name (``dW1`` or ``W1``) in a dict or a named tuple. Derivatives with respect to
            intermediate results may be among them: ``dZ2`` is compared with that of what the cost function called Z2.
        at: the parameters: a dict by the names of cost's arguments, or a sequence in their order.
        wrt: the names of the parameters to compare; all by default.
        data: further arguments of both functions, which are not differentiated: a dict by name, or a sequence.
        every_entry: nudge all entries one by one, however many there are; by default a parameter of more than a few
            hundred is moved along random directions, in which all entries take part.

    Returns:
        A :class:`Comparison`: a row and a verdict for each parameter.

    Raises:
        GradientError: the cost is no single number, a function does not take these parameters, or a gradient is
            missing.
        ShapeError: there are not as many gradients as parameters.
        DtypeError: a gradient is no array of real numbers.
    """
    from compgraph.check.three_ways import three_ways

    return three_ways(cost, manual, at, wrt, data, every_entry)
