"""Whether a compiled function returns what the function itself does: type for type, digit for digit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import compgraph as cg
from compgraph.compile.compiled import Compiled
from compgraph.nested import flatten

NUMBERS = (bool, int, float, complex, np.generic, np.ndarray)


def snapshot(x: Any) -> Any:
    return [(leaf.tobytes(), leaf.dtype, leaf.shape) for leaf in flatten(x)[0] if isinstance(leaf, np.ndarray)]


def agree(found: Any, expected: Any, ulps: float, size: float = 0.0, eps: float = 0.0) -> None:
    """Fail unless one result is the other to so many units in the last place of the largest entry.

    Where the function itself returns a number of NumPy's or an array of no axes for Python's floats, a compiled one may
    return the number that a node holds: a float, or a NumPy scalar.

    Args:
        found, expected: the results; trees of the same structure.
        ulps: of the largest entry of each array, or of ``size`` if that is larger.
        size: of what was added up on the way.
        eps: of the arithmetic on the way, where some of it is in a lower precision than the result.
    """
    leaves, structure = flatten(found)
    others, other_structure = flatten(expected)
    assert structure == other_structure
    for x, y in zip(leaves, others, strict=True):
        if not isinstance(y, NUMBERS):
            assert type(x) is type(y)
            assert x == y
            continue
        assert np.shape(x) == np.shape(y)
        assert np.asarray(x).dtype == np.asarray(y).dtype
        assert type(x) is type(y) or (np.shape(y) == () and type(y) in (np.float64, np.ndarray)), (type(x), type(y))
        x, y = np.asarray(x), np.asarray(y)
        if x.dtype.kind not in "fc":
            np.testing.assert_array_equal(x, y)
            continue
        finite = np.isfinite(y)
        np.testing.assert_array_equal(np.where(finite, 0.0, x), np.where(finite, 0.0, y))
        largest = max(float(np.max(np.abs(y), initial=0.0, where=finite)), size)
        apart = np.max(np.abs(np.where(finite, x, 0.0) - np.where(finite, y, 0.0)), initial=0.0)
        unit = max(float(np.finfo(x.dtype).eps), eps) * largest
        assert apart <= ulps * unit, f"{apart / (unit or 1)} ulps: {x} is not {y}"


class Watched:
    """A function that knows how often it was called: twice to be compiled, and once for each time as it is written."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.f(*args, **kwargs)


def same_when_compiled(
    f: Callable[..., Any], *draws: tuple[Any, ...], ulps: float = 4, size: Callable[..., float] | None = None
) -> Compiled:
    """Compile a function and call it with several arguments of the same shapes; compare with the function itself.

    No argument is written to, no result shares memory with an argument or with another result, and after the first
    call the function itself is not called again.
    """
    watched = Watched(f)
    fast = cg.compile(watched)
    given: list[Any] = []
    kept: list[Any] = []
    for args in draws:
        before = snapshot(args)
        expected = f(*args)
        found = fast(*args)
        assert snapshot(args) == before, "an argument was written to"
        numbers = [x for x in flatten(args)[0] if isinstance(x, NUMBERS)]
        single = any(np.result_type(x) in (np.float32, np.complex64) for x in numbers)
        eps = float(np.finfo(np.float32).eps) if single else 0.0
        agree(found, expected, ulps, size(*args) if size else 0.0, eps)
        arrays = [x for x in flatten(found)[0] if isinstance(x, np.ndarray)]
        given += [x for x in flatten(args)[0] if isinstance(x, np.ndarray)]
        for i, x in enumerate(arrays):
            others = (*given, *kept, *arrays[:i])
            assert not any(np.shares_memory(x, y) for y in others), "a result shares memory"
        kept += arrays
    assert watched.calls == 2, f"the function itself was called {watched.calls - 2} times more"
    return fast
