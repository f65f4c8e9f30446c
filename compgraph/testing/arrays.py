"""Strategies of arrays: like a given one, or such that NumPy broadcasts them together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from compgraph.errors import SettingError
from compgraph.nested import flatten, unflatten
from compgraph.testing.extras import hypothesis_strategies

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["array_of", "arrays_like", "broadcastable", "numbers_between"]

PARTS = 256
"""Numbers are drawn as multiples of one part in so many.

Sums and products of a few are exact, in single precision too, and no number is too small to be nudged.
"""

MOST = 100
"""So many entries of an array are drawn one by one; those of a larger one are picked at random from so many."""

Shape = tuple[int, ...]


def arrays_like(like: Any, *, low: float = -2.0, high: float = 2.0) -> SearchStrategy[Any]:
    """Return a hypothesis strategy of arrays, numbers and trees like the given one.

    >>> from hypothesis import given
    >>> @given(p=arrays_like({"W": np.zeros((2, 3), np.float32), "b": 0.0}))
    ... def test(p):
    ...     assert p["W"].shape == (2, 3) and p["W"].dtype == np.float32 and type(p["b"]) is float
    >>> test()

    Args:
        like: an array, a number, or a tree of such. Only structure, shapes and dtypes matter; what is no
            floating-point or complex number (labels, names, None) is passed on as it is, arrays as copies.
        low, high: between which numbers lie, and real and imaginary parts of complex ones. They are multiples of 1/256,
            and shrink towards zero.

    Returns:
        A strategy. Every draw has arrays of its own.

    Raises:
        SettingError: no multiple of 1/256 lies between low and high.
        MissingExtraError: hypothesis is not installed.
    """
    st = hypothesis_strategies()
    leaves, structure = flatten(like)
    numbers = numbers_between(low, high)
    drawn: SearchStrategy[Any] = st.tuples(*[_leaf(leaf, numbers) for leaf in leaves]).map(
        lambda values: unflatten(structure, values)
    )
    return drawn


def broadcastable(
    count: int = 2, *, max_dims: int = 3, max_side: int = 3, low: float = -2.0, high: float = 2.0
) -> SearchStrategy[tuple[Any, ...]]:
    """Return a hypothesis strategy of tuples of arrays that NumPy broadcasts together.

    >>> from hypothesis import given
    >>> @given(broadcastable(3))
    ... def test(xs):
    ...     x, y, z = xs
    ...     assert np.broadcast_shapes(x.shape, y.shape, z.shape) == (x + y * z).shape
    >>> test()

    Args:
        count: how many arrays.
        max_dims: the largest number of axes; there may be none.
        max_side: the largest length of an axis; the smallest is 1.
        low, high: between which their entries lie: multiples of 1/256, in float64.

    Returns:
        A strategy.

    Raises:
        SettingError: no multiple of 1/256 lies between low and high.
        MissingExtraError: hypothesis is not installed.
    """
    st = hypothesis_strategies()
    from hypothesis.extra.numpy import mutually_broadcastable_shapes

    numbers = numbers_between(low, high)

    def filled(shapes: Any) -> SearchStrategy[tuple[Any, ...]]:
        arrays: SearchStrategy[tuple[Any, ...]] = st.tuples(*[array_of(s, np.float64, numbers) for s in shapes])
        return arrays

    drawn: SearchStrategy[tuple[Any, ...]] = (
        mutually_broadcastable_shapes(num_shapes=count, max_dims=max_dims, max_side=max_side, min_side=1)
        .map(lambda found: found.input_shapes)
        .flatmap(filled)
    )
    return drawn


def numbers_between(low: float, high: float) -> SearchStrategy[float]:
    first, last = math.ceil(low * PARTS), math.floor(high * PARTS)
    if first > last:
        raise SettingError(f"low={low} and high={high}: no multiple of 1/{PARTS} lies between them")
    found: SearchStrategy[float] = hypothesis_strategies().integers(first, last).map(lambda k: k / PARTS)
    return found


def _leaf(like: Any, numbers: SearchStrategy[float]) -> SearchStrategy[Any]:
    st = hypothesis_strategies()
    if type(like) is float:
        return numbers
    if type(like) is complex:
        built: SearchStrategy[Any] = st.builds(complex, numbers, numbers)
        return built
    if isinstance(like, list):  # of numbers: see compgraph.nested
        like = np.asarray(like, np.float64)
    if isinstance(like, (np.ndarray, np.generic)) and like.dtype.kind in "fc":
        return array_of(like.shape, like.dtype, numbers, isinstance(like, np.generic))
    copied: SearchStrategy[Any] = st.builds(lambda: like.copy() if isinstance(like, np.ndarray) else like)
    return copied


def array_of(shape: Shape, dtype: Any, numbers: SearchStrategy[float], scalar: bool = False) -> SearchStrategy[Any]:
    st = hypothesis_strategies()
    axes = 2 if np.dtype(dtype).kind == "c" else 1
    size = axes * math.prod(shape)

    def filled(values: Any) -> Any:
        parts = np.array(values, np.float64).reshape(axes, *shape)
        array = np.asarray(parts[0] + 1j * parts[1] if axes == 2 else parts[0], dtype)
        return array[()] if scalar else array

    found: SearchStrategy[Any]
    if size <= MOST:
        found = st.lists(numbers, min_size=size, max_size=size).map(filled)
    else:
        few = st.lists(numbers, min_size=MOST, max_size=MOST)
        found = st.builds(
            lambda values, seed: filled(np.random.default_rng(seed).choice(values, size)),
            few,
            st.integers(0, 2**32 - 1),
        )
    return found
