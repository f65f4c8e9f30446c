"""Values whose shape and dtype are known and whose entries are not: what a function is called with to be compiled.

A derivative rule that looks at its numbers, to take a shorter way where it may, asks :func:`possible` and
:func:`certain` instead of ``np.any`` and ``np.all``. Of an unknown value everything is possible and nothing certain,
so that what is compiled is the way that is right for all numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Unknown", "certain", "possible", "seen"]


class Unknown:
    """A value of known shape and dtype, and entries that nobody may ask for; see :mod:`compgraph.compile`."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape."""
        raise NotImplementedError

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype; float64 for a Python float."""
        raise NotImplementedError

    def fit(self, cotangent: Any) -> Any:
        """A cotangent as that of this value: a Python float's is one as well."""
        raise NotImplementedError

    def of_this_kind(self, x: Any) -> Any:
        """Another value, known or not, in the shape and dtype of this one."""
        raise NotImplementedError


def possible(mask: Any) -> bool:
    """Whether an entry of a mask is True, or may be.

    >>> possible(np.array([False, True])), possible(np.array([False, False]))
    (True, False)
    """
    return isinstance(mask, Unknown) or bool(np.any(mask))


def seen(mask: Any) -> bool:
    """Whether an entry of a mask is True, as far as that is known; of an unknown one none is.

    This is for a short way that gives NaN or an infinity where the mask is True: a compiled function whose derivative
    is not finite is called again as it was written, and then takes the other way.

    >>> seen(np.array([False, True])), seen(np.array([False, False]))
    (True, False)
    """
    return not isinstance(mask, Unknown) and bool(np.any(mask))


def certain(mask: Any) -> bool:
    """Whether all entries of a mask are True, and are known to be.

    >>> certain(np.array([True, True])), certain(np.array([False, True]))
    (True, False)
    """
    return not isinstance(mask, Unknown) and bool(np.all(mask))
