"""``Gradcheck``: both assertions with a chosen effort; what the fixture of that name is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from compgraph.testing.gradient import assert_gradient
from compgraph.testing.matches import assert_matches

__all__ = ["DEEP", "USUAL", "Effort", "Gradcheck"]


class Effort(NamedTuple):
    """How hard to look: arguments of :func:`assert_gradient`, and of :func:`assert_matches` the number of points."""

    directions: int
    entries: int
    points: int


USUAL = Effort(directions=2, entries=64, points=1)
"""What a test takes by itself: tenths of a second for small arrays."""

DEEP = Effort(directions=8, entries=2**20, points=5)
"""More directions, every entry of all but huge arrays, and further points near the given one."""


class Gradcheck:
    """Both assertions, with a chosen effort.

    >>> import numpy as np
    >>> gradcheck = Gradcheck()
    >>> gradcheck(np.tanh, 0.5)
    >>> gradcheck.matches(lambda w: w**2, lambda w: 2 * w, at={"w": 3.0})

    Args:
        effort: how hard to look, where a call does not say otherwise.
    """

    def __init__(self, effort: Effort = USUAL) -> None:
        self.effort = effort

    def __call__(self, f: Callable[..., Any], *args: Any, **options: Any) -> None:
        """Assert that the engine differentiates a function rightly: see :func:`compgraph.testing.assert_gradient`.

        >>> Gradcheck()(lambda x, y: x * y, 2.0, 3.0, modes=("rev",), order=1)

        Args:
            f: a function written in plain NumPy.
            args: its arguments.
            options: further arguments of the assertion.

        Raises:
            WrongGradientError: a derivative is wrong.
        """
        __tracebackhide__ = True
        assert_gradient(f, *args, **{**self.effort._asdict(), **options})

    def matches(self, cost: Callable[..., Any], manual: Any, at: Any, **options: Any) -> None:
        """Assert that a hand-derived gradient is right: see :func:`compgraph.testing.assert_matches`.

        >>> Gradcheck().matches(lambda w: w**3, lambda w: 3 * w**2, at=[2.0])

        Args:
            cost: plain NumPy code from the parameters to one number.
            manual: the hand-derived gradients, or a function that returns them.
            at: the parameters.
            options: further arguments of the assertion.

        Raises:
            WrongGradientError: a gradient is not right; the message is the whole comparison.
        """
        __tracebackhide__ = True
        assert_matches(cost, manual, at, **{"points": self.effort.points, **options})
