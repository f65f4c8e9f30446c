"""Calls of everything that is declared, for exports: a function, and draws of its arguments, of the same shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

import compgraph as cg
from compgraph import OPS, Op
from compgraph.nested import flatten
from compgraph.rules.composition import COMPOSED, Composition
from tests.sampling import apply, as_given, following, pieces, real_sum, shapes_of, spread_over, values

Declared = Op | Composition


def is_of_numpy(declared: Declared) -> bool:
    """Whether it is a function of NumPy's or of ours, and none of SciPy's."""
    function = declared.function
    if isinstance(function, np.ufunc):
        return getattr(np, function.__name__, None) is function
    return "scipy" not in str(getattr(function, "__module__", ""))


DECLARED: dict[str, Declared] = {
    **{op.name: op for op in OPS.values() if is_of_numpy(op)},
    **{f"{c.name} (composed)": c for c in COMPOSED.values() if is_of_numpy(c)},
}
"""Every op and every composition by name."""

ELEMENTWISE = ((), (2, 1), (2, 3), (3,))


def drawn(name: str, seed: int, count: int = 2, how: str | None = None) -> tuple[Any, list[tuple[Any, ...]]]:
    """A call in one of its declared ways, as a function that returns one number, and arguments for it.

    Args:
        name: of what is declared.
        seed: another one is another call.
        count: how many arguments.
        how: double, single or Python, where that is not to be drawn too.
    """
    declared = DECLARED[name]
    rng = np.random.default_rng([seed, *map(ord, name)])
    params: dict[str, Any] = {}
    shapes: tuple[tuple[int, ...], ...]
    if declared.calls:
        call = declared.calls[rng.integers(0, len(declared.calls))]
        sizes = {letter: int(rng.integers(1, 4)) for letter in sorted(set(call.shapes)) if letter.isalpha()}
        shapes = shapes_of(call.shapes, sizes)
        params = {name: following(value, sizes) for name, value in call.params.items()}
    else:
        assert isinstance(declared, Op)
        shapes = tuple([ELEMENTWISE[i] for i in rng.integers(0, 4, len(declared.vjps))])
    how = how or ("double", "single", "Python")[rng.integers(0, 3)]
    draws = []
    for _ in range(count):
        if isinstance(declared, Op):
            arrays = values(declared, shapes, rng)
        else:
            arrays = tuple([_spread(declared, i, shape, rng) for i, shape in enumerate(shapes)])
        draws.append(tuple([as_given(x, how) for x in arrays]))

    def cost(*args: Any) -> Any:
        result = apply(declared, args, params) if isinstance(declared, Op) else declared.forward(*args, **params)
        return total(result, seed)

    return cost, draws


def _spread(composition: Composition, position: int, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    interval: Any = composition.domain[min(position, len(composition.domain) - 1)]
    return spread_over(pieces(interval, composition.kinks), int(np.prod(shape)), rng).reshape(shape)


def total(result: Any, seed: int) -> Any:
    """The sum of all entries, each times a weight of its own."""
    rng = np.random.default_rng(seed)
    terms = []
    for part in flatten(result)[0]:
        weights = rng.uniform(0.5, 1.5, np.shape(part)) * rng.choice([-1.0, 1.0], np.shape(part))
        dtype = np.dtype(getattr(part, "dtype", type(part)))
        if dtype.kind in "fc":
            single = dtype in (np.float32, np.complex64)
            terms.append(real_sum((np.asarray(weights, np.float32)[()] if single else weights) * part))
    return sum(terms)


def derived(cost: Any, args: tuple[Any, ...]) -> Any:
    """The function that returns the value and the derivatives by every argument that has one."""
    return cg.value_and_grad(cost, tuple([i for i, x in enumerate(args) if np.result_type(x).kind != "b"]))


def same(found: Any, expected: Any, ulps: float) -> None:
    """Shapes and dtypes are equal, and all numbers to so many units in the last place of the largest of them."""
    found, expected = list(map(np.asarray, found)), [np.asarray(x) for x in flatten(expected)[0]]
    assert [(x.shape, x.dtype) for x in found] == [(x.shape, x.dtype) for x in expected]
    largest = max([1.0, *[float(np.max(np.abs(x), initial=0.0)) for x in expected]])
    assert np.isfinite(largest), "the sample is no use"
    for x, y in zip(found, expected, strict=True):
        if y.dtype.kind not in "fc":
            np.testing.assert_array_equal(x, y)
            continue
        apart = float(np.max(np.abs(x - y), initial=0.0)) / (float(np.finfo(y.dtype).eps) * largest)
        assert apart <= ulps, f"{apart} ulps: {x} is not {y}"
