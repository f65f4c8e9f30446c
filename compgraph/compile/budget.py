"""The forms a program can be written in, and the fastest of them that stays within a budget of memory.

A plan does not know all that a call holds: what functions make on their way, copies of results, sums of blocks, what
threads hold at the same time. So a form is called and its memory measured; the plans say which forms are worth that.
"""

from __future__ import annotations

import gc
import threading
import time
import tracemalloc
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from compgraph.compile.capture import Program
from compgraph.compile.choosing import chosen, cores
from compgraph.compile.loading import finite_test, loaded
from compgraph.compile.recomputing import least_memory, within
from compgraph.compile.source import Module, Source, written
from compgraph.compile.sparing import written_sparingly
from compgraph.compile.tiled_source import written_in_blocks
from compgraph.compile.tiling import LONGEST, SHORTEST, Tiling, tiled
from compgraph.node import Node

__all__ = ["Form", "fitting", "measured"]

FEWEST, MOST_BLOCKS = 8, 2048
"""In blocks of fewer examples, or more such short ones, the lists of the loop take more than is saved."""
TRIES = 4
"""So many times more is given up where a call takes more than its plan says."""
ROUNDS = 2

_one_at_a_time = threading.Lock()


class Form(NamedTuple):
    """A program as it is written.

    Attributes:
        program: what is computed, perhaps with results that are made again.
        source: the text.
        nbytes: what a call was measured to take.
        seconds: how long it took.
        block: how many examples are computed at a time; 0: all.
    """

    program: Program
    source: Source
    nbytes: int
    seconds: float
    block: int = 0


def fitting(program: Program, arguments: Sequence[Any], budget: int, threads: int | None = None) -> Form:
    """Write a program in the fastest form that takes no more than so many bytes, or else in the one that takes least.

    Args:
        program: what to write.
        arguments: of the traced call, to measure with.
        budget: in bytes.
        threads: how many it may use; as many as there are cores if None. If one, the first form that fits is taken,
            which does not depend on how long anything takes.
    """
    forms = [measured(program, chosen(program, arguments, threads), arguments)]
    if forms[0].nbytes <= budget:
        return forms[0]
    once = Module(program).once
    arrays = any(isinstance(node.value, np.ndarray) for node in once)
    for kept in (once, ()) if arrays else (once,):  # what depends on no argument is computed once, or in every call
        forms += _in_blocks(program, kept, arguments, budget, cores() if threads is None else threads)
        fit = [form for form in forms if form.nbytes <= budget]
        if not any(form.block >= SHORTEST for form in fit):  # which nothing is faster than
            forms += _given_up(program, kept, arguments, budget)
            fit = [form for form in forms if form.nbytes <= budget]
        if fit:
            return fit[0] if threads == 1 else min(fit, key=lambda form: form.seconds)
    return min(forms, key=lambda form: form.nbytes)


def measured(program: Program, source: Source, arguments: Sequence[Any]) -> Form:
    """A form with the bytes that it takes, as tracemalloc counts them, from before its buffers are made.

    Results count, and what is looked at to see whether they are finite; arguments and constants are there before.

    Args:
        program, source: what to call.
        arguments: what to call it with.
    """
    finite = finite_test(program)
    make = loaded(source)
    with _one_at_a_time:
        gc.collect()  # or tuples that were let go are used again, and not counted
        others = tracemalloc.is_tracing()
        if not others:
            tracemalloc.start()
        try:
            before, highest = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            run = make()
            for _ in range(ROUNDS):
                _seconds(lambda: finite(run(*arguments)))
            now, peak = tracemalloc.get_traced_memory()
            if others and highest > peak:  # whoever traces finds the peak that there was
                np.empty(highest - now, np.uint8)
        finally:
            if not others:
                tracemalloc.stop()
    return Form(program, source, peak - before, min(_seconds(lambda: run(*arguments)) for _ in range(ROUNDS)))


@np.errstate(all="ignore")
def _seconds(call: Any) -> float:
    start = time.perf_counter()
    with suppress(ArithmeticError, TypeError, ValueError):  # which the first call will meet, and say
        call()
    return time.perf_counter() - start


def _in_blocks(
    program: Program, once: Collection[Node], arguments: Sequence[Any], budget: int, threads: int
) -> Iterator[Form]:
    """Blocks of ever fewer examples, until they fit or nothing is gained; then by several threads in as much memory."""
    tiling = _tiling(program, once)
    if tiling is None:
        return
    least = None
    block = 1 << min(tiling.length - 1, LONGEST).bit_length() - 1
    while block >= SHORTEST or (block >= FEWEST and block * MOST_BLOCKS >= tiling.length):
        form = _form_in_blocks(program, tiling._replace(block=block, groups=1), 1, once, arguments)
        yield form
        if form.nbytes <= budget:
            break
        if least is not None and form.nbytes > least:
            return
        least = form.nbytes
        block //= 2
    threads = min(threads, block // SHORTEST)
    if threads > 1:
        parts = tiling._replace(block=block // threads, groups=threads)
        yield _form_in_blocks(program, parts, threads, once, arguments)


def _form_in_blocks(
    program: Program, tiling: Tiling, threads: int, once: Collection[Node], arguments: Sequence[Any]
) -> Form:
    source = written_in_blocks(program, tiling, threads, once)
    return measured(program, source.taking(source.cut()), arguments)._replace(block=tiling.block)


def _tiling(program: Program, once: Collection[Node]) -> Tiling | None:
    """How to compute a program in blocks; None where it cannot be, also since the results of all are returned."""
    module = Module(program)
    module.keep(once)
    return tiled(module.every, [*program.arguments, *module.constants, *module.once], program.tape.outputs)


def _given_up(program: Program, once: Collection[Node], arguments: Sequence[Any], budget: int) -> Iterator[Form]:
    """More and more is computed again, until it fits: in buffers, or else sparingly."""
    planned = budget
    for _ in range(TRIES):
        less = within(program, planned, once)
        if once or not Module(less).once:  # with buffers that is computed once anyway
            source = written(less)
            if source.nbytes <= budget:
                form = measured(less, source, arguments)
                yield form
                if form.nbytes <= budget:
                    return
        form = measured(less, written_sparingly(less, once), arguments)
        yield form
        if form.nbytes <= budget or least_memory(less, once) > planned:
            return
        # Functions take more on their way than is planned.
        planned = max(min(planned, least_memory(less, once)) - (form.nbytes - budget), 1)
