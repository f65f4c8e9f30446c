"""How a program is written: at once or in blocks, by one thread or several; what cannot be known is measured."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compgraph.compile.blas_threads import blas_threads
from compgraph.compile.capture import Program
from compgraph.compile.loading import loaded
from compgraph.compile.passes.common import common_subexpressions
from compgraph.compile.passes.products import products
from compgraph.compile.settings import BUFFER
from compgraph.compile.source import Module, Source, written
from compgraph.compile.tiled_source import written_in_blocks
from compgraph.compile.tiling import Tiling, in_cache, shared, tiled

__all__ = ["chosen", "cores"]

RUNS = (4, 10)
ENOUGH = 0.006
"""A form is run so many times at least and at most, and in between until so many seconds have gone."""

IDLE = 0.1
"""So many seconds after a product that it shared OpenBLAS still keeps its threads busy, waiting for the next."""

GAIN = 1.1
"""Threads are taken unless they take so many times as long: while it is measured the cores may have other work too."""


def chosen(program: Program, arguments: Sequence[Any], threads: int | None = None) -> Source:
    """Write a program in the form that is the fastest.

    Args:
        program: what to write.
        arguments: of the traced call, to measure with.
        threads: how many it may use; as many as there are cores if None.
    """
    tiling = _tiling(program)
    if tiling is None:
        return written(program)
    most = cores() if threads is None else threads
    short = in_cache(tiling)
    if short is None:
        halves = None if blas_threads() > 1 else shared(tiling, most)  # which BLAS shares better
        if halves is None:
            return written(program)
        return _faster(written(program), written_in_blocks(program, halves, most), arguments)
    # Sums are short within a block, where BLAS begins sooner than NumPy.
    quick = program._replace(tape=common_subexpressions(products(program.tape, tiling.length)))
    again = _tiling(quick)
    again = None if again is None else in_cache(again)
    # A tiling is one of the nodes of its own tape; the other tape may be too small for one.
    program, tiling = (program, short) if again is None else (quick, again)
    alone = written_in_blocks(program, tiling, 1)
    cuts = alone.cut()
    alone = alone.taking(cuts)
    most = min(most, tiling.groups)
    if most < 2:
        return alone
    return _faster(alone, written_in_blocks(program, tiling, most).taking(cuts), arguments)


def _faster(alone: Source, together: Source, arguments: Sequence[Any]) -> Source:
    """Of two forms the one that is measured to be faster."""
    forms = loaded(alone)(), loaded(together)()
    one = _least_seconds(forms[0], arguments, ENOUGH)
    several = _least_seconds(forms[1], arguments, ENOUGH if blas_threads() == 1 else IDLE)
    return together if several < GAIN * one else alone


def _least_seconds(run: Callable[..., Any], arguments: Sequence[Any], enough: float) -> float:
    """The time of the fastest of several runs, one right after the other as they will be."""
    seconds: list[float] = []
    least, most = RUNS
    while len(seconds) < least or (len(seconds) < most and sum(seconds) < enough):
        seconds.append(_seconds(run, arguments))
    return min(seconds)


def _tiling(program: Program) -> Tiling | None:
    module = Module(program)
    return tiled(module.every, [*program.arguments, *module.constants, *module.once], program.tape.outputs)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _seconds(run: Callable[..., Any], arguments: Sequence[Any]) -> float:
    with np.errstate(all="ignore"):
        np.setbufsize(BUFFER)
        start = time.perf_counter()
        try:
            run(*arguments)
        except (ArithmeticError, TypeError, ValueError):  # which the first call will meet, and say
            return 0.0
        return time.perf_counter() - start
