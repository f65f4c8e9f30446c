"""``assert_matches``: a hand-derived gradient is right, or the test fails with the comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from compgraph.check.compare import compare
from compgraph.errors import WrongGradientError
from compgraph.nested import flatten, unflatten
from compgraph.testing.points import NEARBY, moved

__all__ = ["assert_matches"]


def assert_matches(
    cost: Callable[..., Any], manual: Any, at: Any, *, points: int = 1, seed: int = 0, **options: Any
) -> None:
    """Assert that a hand-derived gradient is that of a cost.

    >>> from compgraph.testing import assert_matches
    >>> x = np.array([1.0, 2.0, 4.0])
    >>> assert_matches(lambda w: np.sum((w * x) ** 2), lambda w: np.sum(2 * w * x * x), at={"w": 0.5})

    Args:
        cost: plain NumPy code from the parameters to one number.
        manual: the hand-derived gradients, or a function that returns them, as for :func:`compgraph.compare`.
        at: the parameters: a dict by the names of cost's arguments, or a sequence in their order.
        points: at how many points to compare: at the given one, and, where ``manual`` is a function, at others drawn
            within a twentieth of it.
        seed: of these.
        options: further arguments of :func:`compgraph.compare`, such as ``wrt`` and ``data``.

    Raises:
        WrongGradientError: a gradient is not right, or the comparison is inconclusive; the message is the whole
            report. It is an AssertionError.
        GradientError, ShapeError, DtypeError: as :func:`compgraph.compare` raises them.
    """
    __tracebackhide__ = True
    complaint = None
    for k, point in enumerate(_points(manual, at, points, seed)):
        found = compare(cost, manual, point, **options)
        if not found.ok:
            where = f"at a point near the given one (seed={seed}, number {k} of {points}):" if k else ""
            complaint = f"{where}\n{found}"
            break
    if complaint is not None:  # raised here, so that the test's traceback ends with the test
        raise WrongGradientError(complaint)


def _points(manual: Any, at: Any, count: int, seed: int) -> Iterator[Any]:
    yield at
    rng = np.random.default_rng(seed)
    leaves, structure = flatten(at if not isinstance(at, list) else tuple(at))
    for _ in range(count - 1 if callable(manual) else 0):
        yield unflatten(structure, moved(leaves, NEARBY, rng))
