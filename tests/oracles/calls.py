"""Every declared way of calling an op or a composition, as programs of one instruction at random points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import compgraph as cg
from compgraph import Op
from compgraph.primitive import Call, call
from compgraph.rules.composition import COMPOSED, Composition
from tests.oracles.engines import belongs, qualified
from tests.oracles.programs import Program, Step
from tests.sampling import following, pieces, shapes_of, spread_over, values

__all__ = ["DECLARED", "programs", "ways"]

BROADCAST = {
    1: (call("ab"), call("")),
    2: (call("ab,ab"), call("ab,b"), call("a1,b"), call(",a")),
    3: (call("ab,ab,ab"), call("ab,b,a1"), call("a,,")),
}
"""The calls of elementwise ops, by their number of arrays; they declare none."""

DECLARED: dict[str, Op | Composition] = {
    **{qualified(op.name, function): op for function, op in cg.OPS.items() if belongs(function)},
    **{c.name: c for c in COMPOSED.values() if c.function not in cg.OPS and belongs(c.function)},
    **{f"{c.name} (further calls)": c for c in COMPOSED.values() if c.function in cg.OPS and belongs(c.function)},
}
"""All of them by name; some functions are both, a composition for the calls that the op's rule does not know."""


def ways(declared: Op | Composition) -> tuple[Call, ...]:
    return declared.calls or BROADCAST[len(declared.vjps) if isinstance(declared, Op) else 1]


def programs(name: str, way: Call, count: int) -> Iterator[Program]:
    """One instruction each, of this name called in this way, with lengths and values drawn anew."""
    declared = DECLARED[name]
    function = name.removesuffix(" (further calls)")
    for number in range(count):
        rng = np.random.default_rng([number, *map(ord, name), *map(ord, way.shapes)])
        sizes = {letter: int(rng.integers(1, 4)) for letter in sorted(set(way.shapes)) if letter.isalpha()}
        params: dict[str, Any] = {key: following(value, sizes) for key, value in way.params.items()}
        shapes = shapes_of(way.shapes, sizes)
        arrays: tuple[Any, ...]
        if isinstance(declared, Op):
            arrays = values(declared, shapes, rng)
        else:
            arrays = tuple(_spread(declared, i, shape, rng) for i, shape in enumerate(shapes))
        variable = tuple(x.dtype != bool for x in arrays)
        yield Program(arrays, variable, (Step(function, tuple(range(len(arrays))), params),))


def _spread(composition: Composition, position: int, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    interval: Any = composition.domain[min(position, len(composition.domain) - 1)]
    return spread_over(pieces(interval, composition.kinks), int(np.prod(shape)), rng).reshape(shape)
