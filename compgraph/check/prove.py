"""``prove``: whether a hand-derived gradient is the gradient of a cost everywhere, as the same function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from compgraph.check.problem import Data, Parameters

if TYPE_CHECKING:
    from compgraph.check.proof.result import Proof

# What proves is imported when it is asked for, as what compares is.

__all__ = ["prove"]


def prove(
    cost: Callable[..., Any],
    manual: Callable[..., Any],
    like: Parameters,
    *,
    wrt: Sequence[str] | None = None,
    data: Data = None,
    repetitions: int = 2,
    seed: int | None = None,
) -> Proof:
    """Prove that a hand-derived gradient is the gradient of a cost: the same function of all parameters.

    >>> import numpy as np
    >>> import compgraph as cg
    >>> x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 0.0, 1.0])
    >>> def cost(w, b):
    ...     return np.mean(cg.binary_cross_entropy_with_logits(w * x + b, y))
    >>> def by_hand(w, b):
    ...     a = 1 / (1 + np.exp(-(w * x + b)))
    ...     return {"dw": np.mean((a - y) * x), "db": np.sum(a - y)}  # the 1/m is forgotten in db
    >>> found = prove(cost, by_hand, like={"w": 0.5, "b": 0.1})
    >>> [row.verdict for row in found], found.proved
    (['proved', 'different'], False)

    Args:
        cost: plain NumPy code from the parameters to one number; other data it takes from where it was defined, or
            from ``data``.
        manual: plain NumPy code from the same arguments to the gradients, in the order of the parameters or by name;
            see :func:`compgraph.compare`. It is run on arrays of exact numbers, of dtype object.
        like: parameters of the shapes that are meant: a dict by the names of cost's arguments, or a sequence in their
            order. Comparisons, and with them maxima and masks, come out as they do for these values.
        wrt: the names of the parameters; all by default.
        data: further arguments of both functions: a dict by name, or a sequence.
        repetitions: how many times the random numbers are chosen, at least; the chances multiply.
        seed: of the random numbers; by default they are the operating system's.

    Returns:
        A :class:`Proof`: a row and a verdict for each parameter, and what chance of error is left.

    Raises:
        MissingRuleError: something in one of the functions has no exact meaning; the message names it.
        GradientError: the cost is no single number, a gradient is missing, or there is no draw of the random numbers
            for which all is defined.
        ShapeError: there are not as many gradients as parameters.
    """
    from compgraph.check.proof.proving import proved

    return proved(cost, manual, like, wrt, data, repetitions, seed)
