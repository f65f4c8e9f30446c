"""How a program is written: at once or in blocks, by one thread or several; what cannot be known is measured."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compgraph.compile.capture import Program
from compgraph.compile.loading import loaded
from compgraph.compile.passes.common import common_subexpressions
from compgraph.compile.passes.products import products
from compgraph.compile.source import Module, Source, written
from compgraph.compile.tiled_source import GROUPS, written_in_blocks
from compgraph.compile.tiling import Tiling, tiled

__all__ = ["chosen"]

ROUNDS = 3
GAIN = 0.9
"""Threads have to take so much less of the time to be worth having."""


def chosen(program: Program, arguments: Sequence[Any]) -> Source:
    """Write a program in the form that is the fastest.

    Args:
        program: what to write.
        arguments: of the traced call, to measure with.
    """
    tiling = _tiling(program)
    if tiling is None or not (set(tiling.inside) - {*tiling.partial}).isdisjoint(program.tape.outputs):
        return written(program)  # also where a result has the axis of the examples, and is needed as a whole
    # Sums are short within a block, where BLAS begins sooner than NumPy.
    program = program._replace(tape=common_subexpressions(products(program.tape, tiling.length)))
    tiling = _tiling(program) or tiling
    alone = written_in_blocks(program, tiling, 1)
    threads = min(_cores(), GROUPS, -(-tiling.length // tiling.block))
    if threads < 2:
        return alone
    together = written_in_blocks(program, tiling, threads)
    one, several = loaded(alone)(), loaded(together)()
    seconds = [[_seconds(run, arguments) for run in (one, several)] for _ in range(ROUNDS)]
    fastest = [min(column) for column in zip(*seconds, strict=True)]
    return together if fastest[1] < GAIN * fastest[0] else alone


def _tiling(program: Program) -> Tiling | None:
    module = Module(program)
    return tiled(module.every, [*program.arguments, *module.constants, *module.once])


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@np.errstate(all="ignore")
def _seconds(run: Callable[..., Any], arguments: Sequence[Any]) -> float:
    start = time.perf_counter()
    try:
        run(*arguments)
    except (ArithmeticError, ValueError):  # which the first call will meet, and say
        return 0.0
    return time.perf_counter() - start
