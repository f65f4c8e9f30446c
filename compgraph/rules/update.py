"""Arrays with some entries replaced or added to: what ``x[index] = v`` and ``x[index] += v`` do, as new arrays.

A node does not change, so ``at(x)[index].set(v)`` returns the array that the assignment would have made of x. The two
ops here are linear; the other updates replace entries by what they are made of. The names of the updates are those of
JAX's ``x.at[index].set(v)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from compgraph.errors import MissingRuleError, MutationError, ShapeError
from compgraph.primitive import call, differentiable
from compgraph.rules.array import array
from compgraph.rules.composition import value_of
from compgraph.rules.indexing import may_repeat, take

__all__ = ["At", "Place", "added", "at", "replaced"]

KINDS = "biufc"
"""The kinds of dtypes from the narrowest to the widest; integers with and without a sign count as one."""


def _copied(a: Any, entries: Any) -> Any:
    """A copy of ``a`` to write into: of its own dtype, unless the entries are of a kind that would be cut to fit."""
    dtype, given = np.result_type(a), np.result_type(entries)
    if KINDS.find(given.kind.replace("u", "i")) > KINDS.find(dtype.kind.replace("u", "i")):
        dtype = np.result_type(a, entries)
    return np.array(a, dtype, order="C")


def _numbers(shape: tuple[int, ...]) -> Any:
    return np.arange(int(np.prod(shape))).reshape(shape)


def _spread(entries: Any, shape: tuple[int, ...]) -> Any:
    """The entries, one for each place that is named; further axes of length 1 in front are left out, as NumPy does."""
    given = np.shape(entries)
    own = given
    while len(own) > len(shape) and own[0] == 1:
        own = own[1:]
    try:
        return np.broadcast_to(np.reshape(entries, own), shape)
    except ValueError:
        raise ShapeError(f"values of shape {given} do not fill the entries of shape {shape} of the index") from None


def _last_ones(index: Any, shape: tuple[int, ...]) -> Any:
    """Which of the entries stay where an index names places more than once: the last for each place."""
    places = _numbers(shape)[index]
    order = np.arange(np.size(places))
    last = np.empty(int(np.prod(shape)), order.dtype)
    last[np.ravel(places)] = order
    return last[places] == order.reshape(np.shape(places))


def _named(index: Any, shape: tuple[int, ...]) -> Any:
    """Which entries of an array an index names."""
    mask = np.zeros(shape, bool)
    mask[index] = True
    return mask


def _vjp_added(grad: Any, out: Any, a: Any, entries: Any, index: Any) -> Any:
    taken = take(grad, index)
    further = np.ndim(entries) - np.ndim(taken)
    return np.reshape(taken, (1,) * further + np.shape(taken)) if further > 0 else taken


def _vjp_replacing(grad: Any, out: Any, a: Any, entries: Any, index: Any) -> Any:
    taken = _vjp_added(grad, out, a, entries, index)
    return np.where(_last_ones(index, np.shape(a)), taken, 0.0) if may_repeat(index) else taken


UPDATES = (
    call("3b,b", index=1),
    call("3b,3", index=(slice(None), 0)),
    call("34,12", index=(slice(None, None, -2), slice(1, 3))),
    call("3b,", index=(None, ..., 0)),
    call("34,41", index=np.array([0, 2, 0, 0])),
    call("34,3", index=([0, 0, 2], [1, 1, 3])),
    call("34,322", index=(slice(None), np.array([[3, 3], [0, 3]]))),
    call("23,4", index=np.array([[True, False, True], [False, True, True]])),
    call("a,11", index=slice(None)),
    call(",", index=()),
)


@differentiable(
    lambda grad, out, a, entries, index: np.where(_named(index, np.shape(a)), 0.0, grad),
    _vjp_replacing,
    domain=(-3, 3),
    elementwise=False,
    exact=True,
    name="at.set",
    symbol="[ ] ←",
    calls=UPDATES,
)
def replaced(a: Any, entries: Any, index: Any) -> Any:
    """Return ``a`` with other entries at ``index``; where a place is named twice, the last of its entries stays.

    >>> replaced(np.zeros(3), np.array([1.0, 2.0, 4.0]), index=np.array([0, 2, 2]))
    array([1., 0., 4.])

    Args:
        a: an array.
        entries: an array that broadcasts to the shape of ``a[index]``.
        index: anything NumPy indexes by.

    Returns:
        An array of the shape and the dtype of ``a``; of a wider dtype only where the entries are of another kind, as
        floating-point numbers for an array of integers, or complex ones for real ones.

    Raises:
        ShapeError: the entries do not fit.
    """
    whole = _copied(a, entries)
    if not may_repeat(index):
        whole[index] = _spread(entries, np.shape(whole[index]))
        return whole[()]
    places = _numbers(np.shape(a))[index]
    # NumPy assigns to a list of places in its order; of places with several axes, in an order that it chooses.
    whole.reshape(-1)[np.ravel(places)] = np.ravel(_spread(entries, np.shape(places)))
    return whole[()]


@differentiable(
    lambda grad, out, a, entries, index: grad,
    _vjp_added,
    domain=(-3, 3),
    elementwise=False,
    name="at.add",
    symbol="[ ] +",
    calls=UPDATES,
)
def added(a: Any, entries: Any, index: Any) -> Any:
    """Return ``a`` with entries added at ``index``; those that are for the same place add up.

    >>> added(np.ones(3), np.array([1.0, 2.0, 4.0]), index=np.array([0, 2, 2]))
    array([2., 1., 7.])

    Args:
        a, entries, index: as for :func:`replaced`, which also says what dtype is returned.

    Raises:
        ShapeError: the entries do not fit.
    """
    whole = _copied(a, entries)
    entries = _spread(entries, np.shape(whole[index])).astype(whole.dtype, copy=False)
    if may_repeat(index):
        np.add.at(whole, index, entries)
    else:
        whole[index] += entries
    return whole[()]


# ------------------------------------------------------------------------------------------------------- how it is said


def at(x: Any) -> At:
    """Name entries of an array, to make the array in which they are other ones: ``at(x)[index].set(v)``.

    >>> import compgraph as cg
    >>> x, v = cg.variables(x=[1.0, 2.0, 3.0], v=10.0)
    >>> y = cg.at(x)[1].set(v)
    >>> y.value, x.value
    (array([ 1., 10.,  3.]), array([1., 2., 3.]))
    >>> cg.gradients(np.sum(y * y), [x, v])
    [array([2., 0., 6.]), 20.0]
    >>> cg.at(np.zeros(3))[[0, 2, 2]].add(1.0)
    array([1., 0., 2.])

    Args:
        x: an array, a node, or lists of numbers and nodes. It stays as it is.

    Returns:
        What an index is given to, as in ``at(x)[1:3]`` or ``at(x)[mask]``; see :class:`Place`.
    """
    return At(array(x) if isinstance(x, (list, tuple)) else x)


class At:
    """An array that waits for an index; see :func:`at`."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x

    def __getitem__(self, index: Any) -> Place:
        return Place(self.x, tuple(map(value_of, index)) if isinstance(index, tuple) else value_of(index))

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise MutationError("at(x)[i] = v changes nothing: write y = compgraph.at(x)[i].set(v), or .add(v) for +=")


class Place:
    """Entries of an array, by an index of any kind NumPy has; each method returns the whole array with them changed.

    >>> x = np.array([1.0, 2.0, 3.0])
    >>> at(x)[1:].multiply(10.0)
    array([ 1., 20., 30.])
    >>> at(x)[x > 1.5].set(0.0)
    array([1., 0., 0.])

    The values given broadcast to the shape of ``x[index]``, as those of NumPy's assignments do, and the result has the
    dtype of x. An index that is a list or an array of integers may name a place more than once: ``add`` and
    ``subtract`` then add everything up, as np.add.at does, and of ``set`` the last value stays; the others refuse it.
    """

    __slots__ = ("index", "x")

    def __init__(self, x: Any, index: Any) -> None:
        self.x = x
        self.index = index

    def __iadd__(self, values: Any) -> NoReturn:
        raise MutationError(
            "at(x)[i] += v changes nothing: write y = compgraph.at(x)[i].add(v), or .multiply(v) for *="
        )

    __isub__ = __imul__ = __itruediv__ = __ipow__ = __iadd__

    def get(self) -> Any:
        """The entries: ``x[index]``."""
        return take(self.x, self.index)

    def set(self, values: Any) -> Any:
        """The array with the entries replaced, as by ``x[index] = values``."""
        return replaced(self.x, _given(values), index=self.index)

    def add(self, values: Any) -> Any:
        """The array with values added to the entries, as by ``np.add.at(x, index, values)``."""
        return added(self.x, _given(values), index=self.index)

    def subtract(self, values: Any) -> Any:
        """The array with values subtracted from the entries, as by ``np.subtract.at(x, index, values)``."""
        return added(self.x, np.negative(_given(values)), index=self.index)

    def multiply(self, values: Any) -> Any:
        """The array with the entries multiplied, as by ``x[index] *= values``."""
        return self._changed("multiply", np.multiply, values)

    def divide(self, values: Any) -> Any:
        """The array with the entries divided, as by ``x[index] /= values``."""
        return self._changed("divide", np.divide, values)

    def power(self, values: Any) -> Any:
        """The array with the entries raised to powers, as by ``x[index] **= values``."""
        return self._changed("power", np.power, values)

    def min(self, values: Any) -> Any:
        """The array with each entry, or its value if that is smaller; ties share the derivative equally."""
        return self._changed("min", np.minimum, values)

    def max(self, values: Any) -> Any:
        """The array with each entry, or its value if that is larger; ties share the derivative equally."""
        return self._changed("max", np.maximum, values)

    def apply(self, function: Callable[[Any], Any]) -> Any:
        """The array with the entries that a function makes of them, such as ``at(x)[mask].apply(np.exp)``."""
        return self._changed("apply", lambda entries, _: function(entries), 0.0)

    def _changed(self, update: str, function: Callable[[Any, Any], Any], values: Any) -> Any:
        if may_repeat(self.index):
            places = np.ravel(_numbers(np.shape(self.x))[self.index])
            if np.unique(places).size < places.size:
                raise MissingRuleError(
                    f"at(x)[index].{update} with an index that names a place more than once has no derivative rule: "
                    "name each once, or use add, subtract or set"
                )
        return replaced(self.x, function(self.get(), _given(values)), index=self.index)


def _given(values: Any) -> Any:
    return array(values) if isinstance(values, (list, tuple)) else values
