"""The source of a tape that is computed block by block, by several threads where there are several cores.

The blocks are dealt out to a fixed number of groups, each of which adds up its own; the sums of the groups are added
in their order. So the result does not depend on how many threads there are, to the last bit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from compgraph.compile.capture import Program
from compgraph.compile.plan import Buffer, planned
from compgraph.compile.source import Module, Source
from compgraph.compile.spelling import literal
from compgraph.compile.statements import defined, is_product
from compgraph.compile.tiling import Tiling
from compgraph.node import Node

__all__ = ["written_in_blocks"]

ndarray = np.ndarray
GROUPS = 4


def written_in_blocks(program: Program, tiling: Tiling, threads: int) -> Source:
    """Write a program as Python code that goes through the examples in blocks.

    Args:
        program: the tape to write.
        tiling: which of its nodes are computed block by block.
        threads: how many groups of blocks are computed at a time.
    """
    module = Module(program)
    namer, statements = module.namer, module.statements
    lasting = [*program.arguments, *module.constants, *module.once]
    before = module.before()
    first = statements.lines(tiling.before)

    outer = {node: statements.text(node) for node in (*lasting, *tiling.before) if _is_used(node, tiling.inside)}
    sliced = [node for node in outer if node in tiling.along]
    views = []
    packed: dict[str, Node] = {}
    blocks: dict[str, str] = {}
    for node in sliced:
        if outer[node].isidentifier():
            name = blocks[outer[node]] = namer.fresh(f"{outer[node]}_block")
            namer.given[node] = name
            part = f"{outer[node]}[{_slice(tiling.along[node])}]"
            if _scattered(node, tiling):
                packed[name] = node
                views.append(f"np.copyto({name}, {part})")
            else:
                views.append(f"{name} = {part}")
    for node in sliced:
        if not outer[node].isidentifier():  # a transpose of something
            whole = outer[node].removesuffix(".T")
            name = blocks.get(whole, "")
            text = f"{name}.T" if name in packed else f"{outer[node]}[{_slice(tiling.along[node])}]"
            statements.inline(node, text)
    plan = planned(tiling.inside, tiling.partial, [*lasting, *tiling.before])
    buffers = {b: namer.fresh(f"buffer{b.number + 1}") for b in plan.buffers}
    lines = [_of_a_block(line, tiling) for line in statements.lines(tiling.inside, plan, buffers)]
    sums = [namer.name(node) for node in tiling.partial]
    for node in sliced:
        if outer[node].isidentifier():
            namer.given[node] = outer[node]

    passed = _passed(outer, module, set(tiling.before))
    groups = min(GROUPS, -(-tiling.length // tiling.block))
    memory = [f"np.empty({_with_rows(b, tiling)}, {literal(b.dtype)})" for b in buffers]
    memory += [f"np.empty({_with_rows(x.value, tiling)}, {literal(x.value.dtype)})" for x in packed.values()]
    inner: list[str] = []
    if memory:
        lines_of_memory = ["return (", *[f"    {array}," for array in memory], ")"]
        inner += ["", *defined("memory", "rows", ["The arrays to work in for so many examples."], lines_of_memory), ""]
    parameters = ", ".join([*passed, "start", "stop", *buffers.values(), *packed])
    inner += defined(
        "block",
        parameters,
        ["Sums over the examples from start to stop."],
        [*views, *lines, f"return {', '.join(sums)}{',' if len(sums) == 1 else ''}"],
    )
    inner.append("")
    inner += _group(tiling, passed, bool(memory))
    inner.append("")
    rows = -(-tiling.length // groups)
    rows = -(-rows // tiling.block) * tiling.block
    inner.append(
        f"groups = [Group(first, min(first + {rows}, {tiling.length})) for first in range(0, {tiling.length}, {rows})]"
    )
    call = f"group.total({', '.join(passed)})"
    if threads > 1:
        statements.imports.need("from concurrent.futures import ThreadPoolExecutor")
        statements.imports.need("from contextvars import copy_context")
        inner.append(f"pool = ThreadPoolExecutor({threads - 1})")
        task = ", ".join(["copy_context().run", "group.total", *passed])
        totals = [
            f"tasks = [pool.submit({task}) for group in groups[1::2]]"
            if threads == 2
            else f"tasks = [pool.submit({task}) for group in groups[1:]]",
        ]
        mine = "groups[::2]" if threads == 2 else "groups[:1]"
        totals.append(f"own = [{call} for group in {mine}]")
        totals.append("others = [task.result() for task in tasks]")
        order = (
            "[part for pair in zip(own, others) for part in pair] + own[len(others) :]"
            if threads == 2
            else "own + others"
        )
        totals.append(f"parts = {order}")
    else:
        totals = [f"parts = [{call} for group in groups]"]
    totals.append(
        f"{', '.join(sums)}{',' if len(sums) == 1 else ''} = (sum(part[1:], part[0]) for part in zip(*parts))"
    )
    rest = planned(tiling.after, program.tape.outputs, [*lasting, *tiling.before, *tiling.partial])
    after = statements.lines(tiling.after)
    held = [*plan.buffers, *[x.value for x in packed.values()]]
    nbytes = groups * sum(b.nbytes // tiling.length * tiling.block for b in held)
    return module.source(
        before + inner, [*first, *totals, *after], rest._replace(buffers=(), target={}, over={}), nbytes
    )


def _group(tiling: Tiling, passed: Sequence[str], in_buffers: bool) -> list[str]:
    """The lines of the class of a group of blocks, which has memory of its own."""
    given = ", ".join(passed)
    call = ", ".join([*passed, "start", "stop"]) + (", *memory" if in_buffers else "")
    made = (
        [
            "        self.blocks = []",
            f"        whole = memory({tiling.block})",
            f"        for start in range(first, last, {tiling.block}):",
            f"            stop = min(start + {tiling.block}, last)",
            f"            rows = whole if stop - start == {tiling.block} else memory(stop - start)",
            "            self.blocks.append((start, stop, rows))",
        ]
        if in_buffers
        else [
            f"        self.blocks = [(start, min(start + {tiling.block}, last), ()) "
            f"for start in range(first, last, {tiling.block})]"
        ]
    )
    return [
        "class Group:",
        '    """Blocks that are computed one after the other, in the same memory."""',
        "",
        "    def __init__(self, first, last):",
        *made,
        "",
        f"    def total(self{', ' if given else ''}{given}):",
        "        total = None",
        "        for start, stop, memory in self.blocks:",
        f"            part = block({call})",
        "            total = part if total is None else [one + other for one, other in zip(total, part)]",
        "        return total",
    ]


def _is_used(node: Node, inside: Sequence[Node]) -> bool:
    return any(x is node for other in inside for x in other.inputs)


def _passed(used: Iterable[Node], module: Module, before: Collection[Node]) -> list[str]:
    """The names that the lines inside use and do not see: of arguments, and of what is computed from these first."""
    names: dict[str, None] = {}
    for node in used:
        held = node
        while (
            held in before and not module.statements.text(held).isidentifier()
        ):  # a transpose, written where it is used
            held = held.inputs[0]
        if held.op is None or held in before:
            names[module.namer.name(held)] = None
    return list(names)


def _slice(axis: int) -> str:
    return ":, " * axis + "start:stop"


def _scattered(node: Node, tiling: Tiling) -> bool:
    """Whether a block of an array is many short pieces of it: matrix products take half the time of a copy in one."""
    multiplied = any(x is node for other in tiling.inside if is_product(other) for x in other.inputs)
    return multiplied and tiling.along[node] == 1 and node.value.shape[0] > 1


def _of_a_block(line: str, tiling: Tiling) -> str:
    """A line with the shape that its result has in a block: the comment is that for all examples."""
    code, mark, shape = line.rpartition("  # ")
    return code + mark + re.sub(rf"\b{tiling.length}\b", "rows", shape) if mark else line


def _with_rows(b: Buffer | ndarray, tiling: Tiling) -> str:
    lengths = ["rows" if n == tiling.length else str(n) for n in b.shape]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
