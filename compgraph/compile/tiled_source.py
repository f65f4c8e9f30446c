"""The source of a tape that is computed block by block, by several threads where there are several cores.

The blocks are dealt out to a fixed number of groups, each of which is added up by itself; the sums of the groups are
added in their order. So the result does not depend on how many threads there are, to the last bit, nor on which of them
adds up which group: each takes the next, so that none waits for one whose core has other work.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from compgraph.compile.block_source import Block, in_a_tuple, written_block
from compgraph.compile.capture import Program
from compgraph.compile.plan import planned
from compgraph.compile.source import Module, Source, refusals
from compgraph.compile.statements import Statements, defined
from compgraph.compile.tiling import Tiling, of_small_products
from compgraph.node import Node

__all__ = ["written_in_blocks"]

ndarray = np.ndarray

OWN = frozenset({
    "ThreadPoolExecutor", "begun", "block", "blocks", "bounds", "compute", "constants", "copy_context", "deque",
    "getpid", "given", "group", "groups", "i", "memory", "own", "part", "parts", "pieces", "plus", "pools", "reduce",
    "rows", "sets", "start", "stop", "task", "tasks", "todo", "total", "_",
})  # fmt: skip
"""The names of the text itself, which no variable may have."""


def written_in_blocks(program: Program, tiling: Tiling, threads: int, once: Collection[Node] | None = None) -> Source:
    """Write a program as Python code that goes through the examples in blocks.

    Args:
        program: the tape to write.
        tiling: which of its nodes are computed block by block.
        threads: how many groups of blocks are computed at a time.
        once: what to compute beforehand, of what depends on no argument; all if None.
    """
    module = Module(program, OWN)
    if once is not None:
        module.keep(once)
    statements = module.statements
    before = module.before()
    first = statements.lines(tiling.before)
    block = written_block(module, tiling)
    before = [line for line in before if line.partition(" = ")[0] not in block.filled]
    inner = [*block.lines, *_plus(tiling), "", *_total(block), "", *_groups(tiling, block)]
    totals = _totals(tiling, block, threads, statements, inner)
    statements.imports.need("from functools import reduce")
    totals.append(f"{', '.join(block.sums)}{',' if len(block.sums) == 1 else ''} = reduce(plus, parts)")
    lasting = [*program.arguments, *module.constants, *module.once, *tiling.before]
    rest = planned([*tiling.partial, *tiling.after], program.tape.outputs, lasting)
    arrays = {module.namer.name(x): x.value for x in program.arguments if type(x.value) is ndarray}
    body = [*refusals(arrays), *first, *totals, *statements.lines(tiling.after)]
    source = module.source(before + inner, body, rest._replace(buffers=(), target={}, over={}), threads * block.nbytes)
    return source._replace(slices=block.slices, alone_in_blas=threads > 1 or of_small_products(tiling))


def _plus(tiling: Tiling) -> list[str]:
    """The lines of the function that adds the sums of two blocks."""
    both = [
        f"np.add(total[{i}], part[{i}], out=total[{i}])" if type(x.value) is ndarray else f"total[{i}] + part[{i}]"
        for i, x in enumerate(tiling.partial)
    ]
    return defined("plus", "total, part", ["The sums over both, in the memory of the first."], in_a_tuple(both))


def _total(block: Block) -> list[str]:
    """The lines of the function that adds up some blocks."""
    given = [*block.passed, *(["start", "stop"] if block.views else [])]
    given += [*(["*own[rows]"] if block.memory else []), *(["*constants"] if block.pieces else [])]
    made = ["    rows = stop - start", "    if rows not in own:", "        own[rows] = memory(rows)"]
    return defined(
        "total",
        ", ".join(["blocks", *(["own"] if block.memory else []), *block.passed]),
        [f"The sums over some blocks{', computed in memory of its own' if block.memory else ''}."],
        [
            "total = None",
            "for start, stop, constants in blocks:",
            *(made if block.memory else []),
            f"    part = block({', '.join(given)})",
            "    total = part if total is None else plus(total, part)",
            "return total",
        ],
    )


def _groups(tiling: Tiling, block: Block) -> list[str]:
    """The lines that deal the blocks out to groups."""
    count = -(-tiling.length // tiling.block)
    bounds = [round(i * count / tiling.groups) * tiling.block for i in range(tiling.groups)]
    stop = "start + rows" if tiling.length % tiling.block == 0 else f"min(start + rows, {tiling.length})"
    constants = f"pieces(start, {stop})" if block.pieces else "()"
    return [
        f"rows = {tiling.block}",
        f"bounds = {[*bounds, count * tiling.block]}",
        "groups = [",
        f"    [(start, {stop}, {constants}) for start in range(*bounds[i : i + 2], rows)]",
        f"    for i in range({tiling.groups})",
        "]",
    ]


def _totals(tiling: Tiling, block: Block, threads: int, statements: Statements, inner: list[str]) -> list[str]:
    """The lines that have each group added up: one after the other, or at the same time."""
    own = ["own"] if block.memory else []
    if threads < 2:
        inner += ["own = {}"] if block.memory else []
        return [f"parts = [total({', '.join(['blocks', *own, *block.passed])}) for blocks in groups]"]
    for needed in (
        "from collections import deque",
        "from concurrent.futures import ThreadPoolExecutor",
        "from contextvars import copy_context",
        "from os import getpid",
    ):
        statements.imports.need(needed)
    inner += [
        "pools = {}",
        *([f"sets = [{{}} for _ in range({threads})]"] if block.memory else []),
        "",
        *defined(
            "begun",
            "task, *given",
            ["A task on another thread, to be asked for its result: on this one where threads are at their end."],
            [
                "if getpid() not in pools:  # a forked process has none of its parent's threads",
                f"    pools[getpid()] = ThreadPoolExecutor({threads - 1})",
                "try:",
                "    return pools[getpid()].submit(copy_context().run, task, *given).result",
                "except RuntimeError:  # the interpreter is ending",
                "    return lambda: task(*given)",
            ],
        ),
        "",
        *defined(
            "compute",
            ", ".join(["todo", "parts", *own, *block.passed]),
            ["Add up groups that no thread has begun, until there is none."],
            [
                "while todo:",
                "    try:",
                "        i = todo.popleft()",
                "    except IndexError:",
                "        return",
                f"    parts[i] = total({', '.join(['groups[i]', *own, *block.passed])})",
            ],
        ),
    ]
    given = ["todo", "parts", *own, *block.passed]
    others = "sets[1:]" if block.memory else f"range({threads - 1})"
    return [
        f"todo, parts = deque(range({tiling.groups})), [None] * {tiling.groups}",
        f"tasks = [begun({', '.join(['compute', *given])}) for {own[0] if own else '_'} in {others}]",
        "try:",
        f"    compute({', '.join(['sets[0]' if x == 'own' else x for x in given])})",
        "    for task in tasks:",
        "        task()",
        "except BaseException:",
        "    todo.clear()",
        *(["    sets[:] = [{} for _ in sets]  # others may go on for a while in the memory of these"] if own else []),
        "    raise",
    ]
