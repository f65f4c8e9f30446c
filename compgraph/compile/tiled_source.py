"""The source of a tape that is computed block by block, by several threads where there are several cores.

The blocks are dealt out to a fixed number of groups, each of which adds up its own; the sums of the groups are added
in their order. So the result does not depend on how many threads there are, to the last bit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.capture import Program
from compgraph.compile.cut import Slices
from compgraph.compile.letting_go import LARGE, in_no_buffer, let_go, with_deletions
from compgraph.compile.plan import Buffer, planned
from compgraph.compile.source import Module, Source
from compgraph.compile.spelling import literal, rule_text
from compgraph.compile.statements import Statements, defined, is_product
from compgraph.compile.tiling import Tiling, of_small_products
from compgraph.node import Node

__all__ = ["written_in_blocks"]

ndarray = np.ndarray

OWN = frozenset({
    "Group", "ThreadPoolExecutor", "arrays", "begun", "block", "bounds", "copy_context", "first", "getpid", "given",
    "group", "groups", "i", "last", "memory", "others", "own", "pair", "part", "parts", "pieces", "plus", "pools",
    "reduce", "rows", "self", "sets", "start", "stop", "task", "tasks", "total", "whole", "_",
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
    namer, statements = module.namer, module.statements
    lasting = [*program.arguments, *module.constants, *module.once]
    before = module.before()
    first = statements.lines(tiling.before)

    outer = {node: statements.text(node) for node in (*lasting, *tiling.before) if _is_used(node, tiling.inside)}
    inline = [node for node in outer if node in tiling.along and not outer[node].isidentifier()]
    slices: dict[Node, int] = {}
    for node in outer:
        if node in tiling.along:
            base = _untransposed(node, statements)
            slices[base] = tiling.along[node] if base is node else np.ndim(node.value) - 1 - tiling.along[node]
    blocks = {node: namer.fresh(f"{namer.name(node)}_block") for node in slices}
    for node in inline:
        statements.inline(node, f"{blocks[_untransposed(node, statements)]}.T")
    changing = {*program.arguments, *tiling.before}
    whole = _needed_whole(tiling, module)
    views: list[str] = []
    memory: dict[str, str] = {}  # what is made once for each number of rows, and what is taken of constants:
    pieces: dict[str, str] = {}  # by the names that they have in a block
    plan = planned(tiling.inside, tiling.partial, [*lasting, *tiling.before])
    buffers = {b: namer.fresh(f"buffer{b.number + 1}") for b in plan.buffers}
    for b, name in buffers.items():
        memory[name] = f"np.empty({_with_rows(b, tiling)}, {literal(b.dtype)})"
    packed: list[ndarray] = []
    for node, axis in slices.items():
        name, value = blocks[node], node.value
        part = f"{namer.name(node)}[{':, ' * axis}start:stop]"
        scattered = _is_scattered(node, axis, tiling)
        if node not in changing:
            filled = _filled(value) if node.op is CONSTANT and node not in whole else None
            if filled is not None:
                memory[name] = f"np.{filled}({_with_rows(value, tiling)}, {literal(value.dtype)})"
                before = [line for line in before if not line.startswith(f"{namer.name(node)} = ")]
            else:
                pieces[name] = f"np.ascontiguousarray({part})" if scattered else part
        elif scattered:
            packed.append(value)
            memory[name] = f"np.empty({_with_rows(value, tiling)}, {literal(value.dtype)})"
            views.append(f"np.copyto({name}, {part})")
        else:
            views.append(f"{name} = {part}")
    passed = _passed(outer, statements, changing)  # before the names are those of the blocks
    named = {node: namer.given[node] for node in blocks}
    namer.given.update(blocks)
    parts = [[_of_a_block(line, tiling) for line in statements.lines([node], plan, buffers)] for node in tiling.inside]
    gone = let_go(tiling.inside, tiling.partial, plan.over, statements)
    lines = with_deletions(parts, in_no_buffer(gone, plan, LARGE * tiling.length // tiling.block), statements)
    namer.given.update(named)
    sums = [namer.name(node) for node in tiling.partial]

    inner: list[str] = []
    if memory:
        about = ["The arrays to work in for so many examples."]
        inner += ["", *defined("memory", "rows", about, _tuple(memory.values()))]
    if pieces:
        about = ["What is constant of these examples."]
        inner += ["", *defined("pieces", "start, stop", about, _tuple(pieces.values()))]
    ends = ["start", "stop"] if views else []
    inner += [
        "",
        *defined(
            "block",
            ", ".join([*passed, *ends, *memory, *pieces]),
            ["Sums over the examples of a block."],
            [*views, *lines, f"return {', '.join(sums)}{',' if len(sums) == 1 else ''}"],
        ),
        "",
    ]
    both = [
        f"np.add(total[{i}], part[{i}], out=total[{i}])" if type(x.value) is ndarray else f"total[{i}] + part[{i}]"
        for i, x in enumerate(tiling.partial)
    ]
    inner += defined("plus", "total, part", ["The sums over both, in the memory of the first."], _tuple(both))
    inner.append("")
    inner += _group(tiling, passed, ends, bool(memory), bool(pieces))
    inner.append("")
    count = -(-tiling.length // tiling.block)
    bounds = [round(i * count / tiling.groups) * tiling.block for i in range(tiling.groups)] + [tiling.length]
    sets = threads if threads < 3 else tiling.groups
    if memory:  # each thread has its own, and so has each group where it is not known which thread will have it
        inner.append(f"sets = [memory({tiling.block}) for _ in range({sets})]")
    given = "*bounds[i : i + 2], sets[i % len(sets)]" if memory else "*bounds[i : i + 2]"
    inner += [f"bounds = {bounds}", f"groups = [Group({given}) for i in range({tiling.groups})]"]
    totals = _totals(passed, threads, statements, inner)
    statements.imports.need("from functools import reduce")
    totals.append(f"{', '.join(sums)}{',' if len(sums) == 1 else ''} = reduce(plus, parts)")
    rest = planned([*tiling.partial, *tiling.after], program.tape.outputs, [*lasting, *tiling.before])
    after = statements.lines(tiling.after)
    of_all = sum(b.nbytes for b in plan.buffers) + sum(array.nbytes for array in packed)
    nbytes = sets * of_all // tiling.length * tiling.block
    source = module.source(
        before + inner, [*first, *totals, *after], rest._replace(buffers=(), target={}, over={}), nbytes
    )
    cut = {
        namer.name(node): Slices(node, axis, tiling.block)
        for node, axis in slices.items()
        if node not in whole and _is_scattered(node, axis, tiling)
    }
    return source._replace(
        slices={name: found for name, found in cut.items() if name in module.given},
        alone_in_blas=threads > 1 or of_small_products(tiling),
    )


def _totals(passed: Sequence[str], threads: int, statements: Statements, inner: list[str]) -> list[str]:
    """The lines that have each group add up its blocks: one after the other, or at the same time."""
    call = f"group.total({', '.join(passed)})"
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
    task = ", ".join(["group.total", *passed])
    others, own = ("groups[1::2]", "groups[::2]") if threads == 2 else ("groups[1:]", "groups[:1]")
    pairs = "[part for pair in zip(own, others) for part in pair] + own[len(others) :]"
    return [
        f"tasks = [begun({task}) for group in {others}]",
        f"own = [{call} for group in {own}]",
        "others = [task() for task in tasks]",
        f"parts = {pairs if threads == 2 else 'own + others'}",
    ]


def _group(tiling: Tiling, passed: Sequence[str], ends: list[str], memory: bool, pieces: bool) -> list[str]:
    """The lines of the class of a group of blocks, which has memory of its own."""
    call = ", ".join([*passed, *ends, *(["*arrays"] if memory or pieces else [])])
    arrays = [*(["*rows"] if memory else []), *(["*pieces(start, stop)"] if pieces else [])]
    made = [
        f"        for start in range(first, last, {tiling.block}):",
        f"            stop = min(start + {tiling.block}, last)",
    ]
    if memory:
        made.append(f"            rows = whole if stop - start == {tiling.block} else memory(stop - start)")
    return [
        "class Group:",
        '    """Blocks that are computed one after the other, in the same memory."""',
        "",
        f"    def __init__(self, first, last{', whole' if memory else ''}):",
        "        self.blocks = []",
        *made,
        f"            self.blocks.append((start, stop, ({', '.join(arrays)}{',' if len(arrays) == 1 else ''})))",
        "",
        f"    def total(self{', ' if passed else ''}{', '.join(passed)}):",
        "        total = None",
        "        for start, stop, arrays in self.blocks:",
        f"            part = block({call})",
        "            total = part if total is None else plus(total, part)",
        "        return total",
    ]


def _filled(array: ndarray) -> str | None:
    """The function that makes an array of ones, or of zeros; None for any other."""
    text = rule_text(array) or ""
    return next((name for name in ("ones", "zeros") if text.startswith(f"np.{name}(")), None)


def _tuple(texts: Iterable[str]) -> list[str]:
    return ["return (", *[f"    {text}," for text in texts], ")"]


def _is_used(node: Node, inside: Sequence[Node]) -> bool:
    return any(x is node for other in inside for x in other.inputs)


def _untransposed(node: Node, statements: Statements) -> Node:
    """What a node is the transpose of, where that is written where it is used; else itself."""
    while statements.is_inline(node):
        (node,) = node.inputs
    return node


def _passed(used: Iterable[Node], statements: Statements, changing: Collection[Node]) -> list[str]:
    """The names that the lines inside use and do not see: of arguments, and of what is computed from these first."""
    names: dict[str, None] = {}
    waiting = list(used)[::-1]
    while waiting:
        node = waiting.pop()
        if statements.is_inline(node):  # a transpose, or a formula of numbers, written where it is used
            waiting += [x for x in node.inputs[::-1] if isinstance(x, Node)]
        elif node in changing:
            names[statements.namer.name(node)] = None
    return list(names)


def _is_scattered(node: Node, axis: int, tiling: Tiling) -> bool:
    """Whether a block of an array is many short pieces of it: matrix products take half the time of a copy in one."""
    if axis != 1 or node.value.ndim != 2 or node.value.shape[0] == 1:
        return False
    turned = {x for x in tiling.along if x.op is not None and x.op.function is np.transpose and x.inputs[0] is node}
    return any(x is node or x in turned for other in tiling.inside if is_product(other) for x in other.inputs)


def _needed_whole(tiling: Tiling, module: Module) -> set[Node]:
    """What is needed of all examples at once, by something that is not computed block by block."""
    found: set[Node] = set(module.program.tape.outputs)
    for node in reversed([*module.once, *tiling.before, *tiling.after]):
        if node in found or not module.statements.is_inline(node):
            found.update(x for x in node.inputs if isinstance(x, Node))
    return found


def _of_a_block(line: str, tiling: Tiling) -> str:
    """A line with the shape that its result has in a block: the comment is that for all examples."""
    code, mark, shape = line.rpartition("  # ")
    return code + mark + re.sub(rf"\b{tiling.length}\b", "rows", shape) if mark else line


def _with_rows(b: Buffer | ndarray, tiling: Tiling) -> str:
    lengths = ["rows" if n == tiling.length else str(n) for n in b.shape]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
