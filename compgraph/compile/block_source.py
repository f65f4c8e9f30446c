"""The source of what is computed of one block of the examples: what it takes, the memory it works in, its lines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.cut import Slices
from compgraph.compile.letting_go import LARGE, in_no_buffer, let_go, with_deletions
from compgraph.compile.plan import Buffer, planned
from compgraph.compile.source import Module
from compgraph.compile.spelling import literal, rule_text
from compgraph.compile.statements import Statements, defined, is_product
from compgraph.compile.tiling import Tiling
from compgraph.node import Node

__all__ = ["Block", "in_a_tuple", "written_block"]

ndarray = np.ndarray


class Block(NamedTuple):
    """The functions ``memory``, ``pieces`` and ``block``.

    Attributes:
        lines: their lines; ``memory`` and ``pieces`` only where there is something to make.
        passed: what ``block`` is called with first, of arguments and of what is computed from them.
        views: whether it takes slices of these, and has to be told from where to where.
        memory: whether it works in memory of its own.
        pieces: whether it takes slices of constants.
        sums: what the sums that it returns are called.
        nbytes: of the memory.
        slices: by name, the constants of which nothing but slices are taken.
        filled: the names of constants that are made for a block, and not for all examples.
    """

    lines: list[str]
    passed: list[str]
    views: bool
    memory: bool
    pieces: bool
    sums: list[str]
    nbytes: int
    slices: Mapping[str, Slices]
    filled: frozenset[str]


def written_block(module: Module, tiling: Tiling) -> Block:
    """Write what is computed of a block.

    Args:
        module: what it is part of; the lines before the blocks are written.
        tiling: which nodes these are, and what they take.
    """
    namer, statements, program = module.namer, module.statements, module.program
    lasting = [*program.arguments, *module.constants, *module.once, *tiling.before]
    changing = {*program.arguments, *tiling.before}
    whole = _needed_whole(tiling, module)
    used = [node for node in lasting if _is_used(node, tiling.inside)]
    slices = _sliced(used, tiling, statements)
    blocks = {node: namer.fresh(f"{namer.name(node)}_block") for node in slices}
    plan = planned(tiling.inside, tiling.partial, lasting)
    buffers = {b: namer.fresh(f"buffer{b.number + 1}") for b in plan.buffers}

    memory = {name: f"np.empty({_with_rows(b, tiling)}, {literal(b.dtype)})" for b, name in buffers.items()}
    nbytes = sum(b.nbytes for b in plan.buffers)
    pieces: dict[str, str] = {}
    views: list[str] = []
    filled: set[str] = set()
    for node, axis in slices.items():
        name, value = blocks[node], node.value
        part = f"{namer.name(node)}[{':, ' * axis}start:stop]"
        scattered = _is_scattered(node, axis, tiling)
        function = _filling(value) if node.op is CONSTANT and node not in whole else None
        if function is not None:
            memory[name] = f"np.{function}({_with_rows(value, tiling)}, {literal(value.dtype)})"
            filled.add(namer.name(node))
        elif node not in changing:
            pieces[name] = f"np.ascontiguousarray({part})" if scattered else part
        elif scattered:
            memory[name] = f"np.empty({_with_rows(value, tiling)}, {literal(value.dtype)})"
            nbytes += value.nbytes
            views.append(f"np.copyto({name}, {part})")
        else:
            views.append(f"{name} = {part}")

    passed = _passed(used, statements, changing)
    for node in used:
        if node in tiling.along and statements.is_inline(node):
            statements.inline(node, f"{blocks[_untransposed(node, statements)]}.T")
    outside = {node: namer.given[node] for node in blocks}
    namer.given.update(blocks)  # within the lines of a block
    parts = [[_of_a_block(line, tiling) for line in statements.lines([node], plan, buffers)] for node in tiling.inside]
    gone = let_go(tiling.inside, tiling.partial, statements)
    lines = with_deletions(parts, in_no_buffer(gone, plan, LARGE * tiling.length // tiling.block), statements)
    namer.given.update(outside)
    sums = [namer.name(node) for node in tiling.partial]

    written: list[str] = []
    if memory:
        about = ["The arrays to work in for so many examples."]
        written += ["", *defined("memory", "rows", about, in_a_tuple(memory.values()))]
    if pieces:
        about = ["What is constant of these examples."]
        written += ["", *defined("pieces", "start, stop", about, in_a_tuple(pieces.values()))]
    given = [*passed, *(["start", "stop"] if views else []), *memory, *pieces]
    body = [*views, *lines, f"return {', '.join(sums)}{',' if len(sums) == 1 else ''}"]
    written += ["", *defined("block", ", ".join(given), ["Sums over the examples of a block."], body), ""]
    cut = {
        namer.name(node): Slices(node, axis, tiling.block)
        for node, axis in slices.items()
        if node not in whole and _is_scattered(node, axis, tiling) and namer.name(node) in module.given
    }
    share = nbytes // tiling.length * tiling.block
    return Block(written, passed, bool(views), bool(memory), bool(pieces), sums, share, cut, frozenset(filled))


def in_a_tuple(texts: Iterable[str]) -> list[str]:
    """The lines that return a tuple, an item a line."""
    return ["return (", *[f"    {text}," for text in texts], ")"]


def _sliced(used: Iterable[Node], tiling: Tiling, statements: Statements) -> dict[Node, int]:
    """What a block takes slices of, along which axis; of transposes what they are transposes of."""
    slices: dict[Node, int] = {}
    for node in used:
        if node in tiling.along:
            base = _untransposed(node, statements)
            slices[base] = tiling.along[node] if base is node else np.ndim(node.value) - 1 - tiling.along[node]
    return slices


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


def _filling(array: ndarray) -> str | None:
    """The function that makes an array of ones, or of zeros; None for any other."""
    text = rule_text(array) or ""
    return next((name for name in ("ones", "zeros") if text.startswith(f"np.{name}(")), None)


def _of_a_block(line: str, tiling: Tiling) -> str:
    """A line with the shape that its result has in a block: the comment is that for all examples."""
    code, mark, shape = line.rpartition("  # ")
    return code + mark + re.sub(rf"\b{tiling.length}\b", "rows", shape) if mark else line


def _with_rows(b: Buffer | ndarray, tiling: Tiling) -> str:
    lengths = ["rows" if n == tiling.length else str(n) for n in b.shape]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
