"""The passes in their order, and an account of what each did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.capture import Program
from compgraph.compile.passes.common import common_subexpressions
from compgraph.compile.passes.expand import expanded
from compgraph.compile.passes.log_sigmoid import log_sigmoids
from compgraph.compile.passes.masks import masks
from compgraph.compile.passes.means import means_as_sums
from compgraph.compile.passes.outer_products import outer_products
from compgraph.compile.passes.products import products
from compgraph.compile.passes.related_constants import related_constants
from compgraph.compile.passes.sigmoid_slope import sigmoid_slopes
from compgraph.compile.passes.sigmoids import sigmoids
from compgraph.compile.passes.simplify import simplify
from compgraph.rules.shape import cast
from compgraph.tape import Tape

__all__ = ["FAST", "PASSES", "Step", "optimised", "quickened"]


def in_numpy(tape: Tape) -> Tape:
    """Return the tape with compgraph's own functions written out in NumPy's."""
    strangers = {
        node.op.function
        for node in tape
        if node.op is not None and str(getattr(node.op.function, "__module__", "")).startswith("compgraph.rules.")
    }
    if not strangers - {cast}:
        return tape
    return expanded(tape, {node.op.function for node in tape if node.op is not None} - strangers | {cast})


PASSES: tuple[Callable[[Tape], Tape], ...] = (
    simplify,
    common_subexpressions,
    sigmoid_slopes,
    related_constants,
    simplify,
    common_subexpressions,
)


OF_ARRAYS = frozenset({
    sigmoid_slopes, related_constants, means_as_sums, sigmoids, log_sigmoids, masks, outer_products, products,
})  # fmt: skip
"""Passes that have nothing to do where all is numbers."""


OF_DERIVATIVES = frozenset({masks})
"""Passes for programs with a reverse sweep, whose results are looked at: what is not finite is computed eagerly."""


class Step(NamedTuple):
    """What a pass did.

    Attributes:
        name: of the pass.
        operations: how many there are after it.
        nbytes: of all results after it.
    """

    name: str
    operations: int
    nbytes: int


FAST: tuple[Callable[[Tape], Tape], ...] = (
    sigmoids,
    in_numpy,
    means_as_sums,
    log_sigmoids,
    simplify,
    masks,
    outer_products,
    products,
    simplify,
    common_subexpressions,
)


def optimised(program: Program) -> tuple[Program, tuple[Step, ...]]:
    """Return the program after all passes, and what each did; the first step is the trace itself."""
    first = _step("trace", program.tape)
    program, steps = _passed(program, PASSES)
    return program, (first, *steps)


def quickened(program: Program) -> tuple[Program, tuple[Step, ...]]:
    """Return the program after the passes that are for speed only, and what each did."""
    return _passed(program, FAST)


def _passed(program: Program, passes: Sequence[Callable[[Tape], Tape]]) -> tuple[Program, tuple[Step, ...]]:
    tape = program.tape
    steps: list[Step] = []
    of_arrays = any(isinstance(node.value, np.ndarray) for node in tape)
    done: dict[Callable[[Tape], Tape], Tape] = {}  # what each pass left, the last time
    if passes is FAST:  # after the others, which have left nothing for those that they end with
        done = dict.fromkeys((simplify, common_subexpressions), tape)
    for optimise in passes:
        if (optimise in OF_ARRAYS and not of_arrays) or (optimise in OF_DERIVATIVES and not program.differentiated):
            continue
        if done.get(optimise) is tape:
            continue
        done[optimise] = tape = optimise(tape)
        steps.append(_step(optimise.__name__, tape))
    return program._replace(tape=tape), tuple(steps)


def _step(name: str, tape: Tape) -> Step:
    made = [node.value for node in tape if node.op is not None and node.op is not CONSTANT]
    return Step(name, len(made), sum([x.nbytes for x in made if isinstance(x, (np.ndarray, np.generic))]))
