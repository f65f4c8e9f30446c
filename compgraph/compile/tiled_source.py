"""The source of a tape that is computed block by block, by several threads where there are several cores.

The blocks are dealt out to a fixed number of groups, each of which adds up its own; the sums of the groups are added
in their order. So the result does not depend on how many threads there are, to the last bit.
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
    "Group", "ThreadPoolExecutor", "arrays", "begun", "block", "bounds", "copy_context", "dealt", "first", "getpid",
    "given", "group", "groups", "i", "last", "memory", "others", "own", "pair", "part", "parts", "pieces", "plus",
    "pools", "reduce", "rows", "self", "sets", "start", "stop", "task", "tasks", "total", "whole", "_",
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
    sets = threads if threads < 3 else tiling.groups  # of memory: one each where it is known which thread has a group

    inner = [*block.lines, *_plus(tiling), "", *_group(tiling, block), "", *_groups(tiling, block, sets)]
    totals = _totals(block, threads, statements, inner)
    statements.imports.need("from functools import reduce")
    totals.append(f"{', '.join(block.sums)}{',' if len(block.sums) == 1 else ''} = reduce(plus, parts)")
    lasting = [*program.arguments, *module.constants, *module.once, *tiling.before]
    rest = planned([*tiling.partial, *tiling.after], program.tape.outputs, lasting)
    arrays = {module.namer.name(x): x.value for x in program.arguments if type(x.value) is ndarray}
    body = [*refusals(arrays), *first, *totals, *statements.lines(tiling.after)]
    source = module.source(before + inner, body, rest._replace(buffers=(), target={}, over={}), sets * block.nbytes)
    return source._replace(slices=block.slices, alone_in_blas=threads > 1 or of_small_products(tiling))


def _plus(tiling: Tiling) -> list[str]:
    """The lines of the function that adds the sums of two blocks."""
    both = [
        f"np.add(total[{i}], part[{i}], out=total[{i}])" if type(x.value) is ndarray else f"total[{i}] + part[{i}]"
        for i, x in enumerate(tiling.partial)
    ]
    return defined("plus", "total, part", ["The sums over both, in the memory of the first."], in_a_tuple(both))


def _groups(tiling: Tiling, block: Block, sets: int) -> list[str]:
    """The lines that deal the blocks out."""
    count = -(-tiling.length // tiling.block)
    bounds = [round(i * count / tiling.groups) * tiling.block for i in range(tiling.groups)] + [tiling.length]
    if not block.memory:
        return [f"bounds = {bounds}", f"groups = [Group(*bounds[i : i + 2]) for i in range({tiling.groups})]"]
    return [
        f"bounds = {bounds}",
        "",
        *defined(
            "dealt",
            "",
            ["The groups, with memory to work in."],
            [
                f"sets = [memory({tiling.block}) for _ in range({sets})]",
                f"return [Group(*bounds[i : i + 2], sets[i % len(sets)]) for i in range({tiling.groups})]",
            ],
        ),
        "",
        "groups = dealt()",
    ]


def _totals(block: Block, threads: int, statements: Statements, inner: list[str]) -> list[str]:
    """The lines that have each group add up its blocks: one after the other, or at the same time."""
    call = f"group.total({', '.join(block.passed)})"
    if threads < 2:
        return [f"parts = [{call} for group in groups]"]
    statements.imports.need("from concurrent.futures import ThreadPoolExecutor")
    statements.imports.need("from contextvars import copy_context")
    inner += [
        "pools = {}",
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
    ]
    statements.imports.need("from os import getpid")
    task = ", ".join(["group.total", *block.passed])
    others, own = ("groups[1::2]", "groups[::2]") if threads == 2 else ("groups[1:]", "groups[:1]")
    pairs = "[part for pair in zip(own, others) for part in pair] + own[len(others) :]"
    computed = [
        f"tasks = [begun({task}) for group in {others}]",
        f"own = [{call} for group in {own}]",
        "others = [task() for task in tasks]",
    ]
    if block.memory:
        computed = [
            "try:",
            *[f"    {line}" for line in computed],
            "except BaseException:",
            "    groups[:] = dealt()  # in the memory of these the other threads may go on for a while",
            "    raise",
        ]
    return [
        *computed,
        f"parts = {pairs if threads == 2 else 'own + others'}",
    ]


def _group(tiling: Tiling, block: Block) -> list[str]:
    """The lines of the class of a group of blocks."""
    taken = block.memory or block.pieces
    call = ", ".join([*block.passed, *(["start", "stop"] if block.views else []), *(["*arrays"] if taken else [])])
    arrays = [*(["*rows"] if block.memory else []), *(["*pieces(start, stop)"] if block.pieces else [])]
    made = [
        f"        for start in range(first, last, {tiling.block}):",
        f"            stop = min(start + {tiling.block}, last)",
    ]
    if block.memory:
        made.append(f"            rows = whole if stop - start == {tiling.block} else memory(stop - start)")
    return [
        "class Group:",
        '    """Blocks that are computed one after the other, in the same memory."""',
        "",
        f"    def __init__(self, first, last{', whole' if block.memory else ''}):",
        "        self.blocks = []",
        *made,
        f"            self.blocks.append((start, stop, ({', '.join(arrays)}{',' if len(arrays) == 1 else ''})))",
        "",
        f"    def total(self{', ' if block.passed else ''}{', '.join(block.passed)}):",
        "        total = None",
        "        for start, stop, arrays in self.blocks:",
        f"            part = block({call})",
        "            total = part if total is None else plus(total, part)",
        "        return total",
    ]
