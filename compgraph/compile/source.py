"""The Python source of a tape: straight-line NumPy that writes into buffers, as a person would be glad to have written.

What depends on no argument stands in ``prepare``, which runs once and returns the function; so do the buffers. A
function that needs neither is written as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.capture import Program
from compgraph.compile.cut import Cut, Slices
from compgraph.compile.letting_go import LARGE, in_no_buffer, let_go, with_deletions
from compgraph.compile.naming import Namer, called
from compgraph.compile.plan import Plan, planned
from compgraph.compile.spelling import literal, rule_text
from compgraph.compile.statements import Statements, defined, is_product, returned, with_shape
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["Module", "Source", "refusals", "sorted_by_need", "written"]

ndarray = np.ndarray
SMALL = 12
"""Arrays of so many entries are written out in the source; larger ones are arguments of ``prepare``."""


class Source(NamedTuple):
    """A tape as Python code.

    Attributes:
        text: a module.
        name: of the function in it.
        constants: by name, the arrays that ``prepare`` takes; None if there is no ``prepare``.
        objects: functions that the text calls and cannot import.
        alone: whether the text needs nothing but NumPy.
        nbytes: of the buffers it works in.
        slices: by name, those of the constants of which it takes nothing but slices.
        alone_in_blas: whether each matrix product is to take one thread only.
    """

    text: str
    name: str
    constants: Mapping[str, Any] | None
    objects: Mapping[str, Any]
    alone: bool
    nbytes: int
    slices: Mapping[str, Slices] = MappingProxyType({})
    alone_in_blas: bool = False

    def cut(self) -> Mapping[str, Cut]:
        """Those constants in these slices, by name."""
        return {name: Cut(node.value, axis, block) for name, (node, axis, block) in self.slices.items()}

    def taking(self, cuts: Mapping[str, Cut]) -> Source:
        """The same with constants in slices."""
        return self if self.constants is None else self._replace(constants={**self.constants, **cuts})


def sorted_by_need(tape: Tape, arguments: tuple[Node, ...]) -> tuple[list[Node], list[Node]]:
    """What of a tape is computed from constants only, and what in every call."""
    depends = set(arguments)
    once, every = [], []
    for node in tape:
        if node.op is None or node.op is CONSTANT:
            continue
        if any(x in depends for x in node.inputs if isinstance(x, Node)):
            depends.add(node)
            every.append(node)
        else:
            once.append(node)
    return once, every


def written(program: Program) -> Source:
    """Write a program as Python code.

    Args:
        program: the tape to write, with its arguments and the structure of its result.
    """
    module = Module(program)
    tape = program.tape
    plan = planned(module.every, tape.outputs, [*program.arguments, *module.constants, *module.once])
    buffers = {b: module.namer.fresh(f"buffer{b.number + 1}") for b in plan.buffers}
    made = [f"{name} = np.empty({b.shape}, {literal(b.dtype)})" for b, name in buffers.items()]
    before = module.before() + _in_one_piece(module)
    lines = [module.statements.lines([node], plan, buffers) for node in module.every]
    gone = let_go(module.every, tape.outputs, module.statements)
    body = with_deletions(lines, in_no_buffer(gone, plan, LARGE), module.statements)
    return module.source(before + made, body, plan, sum(b.nbytes for b in plan.buffers))


def _in_one_piece(module: Module) -> list[str]:
    """Lines for transposes of constants that a product takes in every call: in one piece it is quicker with them."""
    lines = []
    for node in module.once:
        used = any(x is node for other in module.every if is_product(other) for x in other.inputs)
        if used and module.statements.is_inline(node):
            text = module.statements.text(node)
            name = module.namer.given[node] = module.namer.fresh(text.replace(".T", "T"))
            lines.append(with_shape(f"{name} = np.ascontiguousarray({text})", node))
            module.statements.inline(node, name)
    return lines


class Module:
    """The module that a program is written as.

    Attributes:
        once, every: what is computed from constants only, and what in every call.
        constants: the arrays that it takes from elsewhere.
        namer, statements: what writes its lines.
    """

    def __init__(self, program: Program, reserved: Collection[str] = ()) -> None:
        taken = {*reserved, *called(program.tape)}
        name = program.name
        while name in taken:
            name += "_"
        self.program = program = program._replace(name=name)
        self.once, self.every = sorted_by_need(program.tape, program.arguments)
        self.constants = [node for node in program.tape if node.op is CONSTANT and isinstance(node.value, ndarray)]
        self.namer = Namer([name, *taken])
        for node in (*program.arguments, *program.tape):
            if node.name is not None or node.op is None:
                self.namer.name(node)
        self.statements = Statements(self.namer, _used_once(program.tape))
        self.given: dict[str, Any] = {}

    def keep(self, once: Collection[Node]) -> None:
        """Compute no more than this beforehand, and the rest of what depends on no argument in every call."""
        kept, computed = set(once), {*self.once, *self.every}
        self.once = [node for node in self.once if node in kept]
        self.every = [node for node in self.program.tape if node in computed and node not in kept]

    def before(self) -> list[str]:
        """The lines of ``prepare`` for what depends on no argument."""
        lines = []
        for node in self.constants:
            name = self.namer.name(node)
            text = rule_text(node.value) or (literal(node.value) if node.value.size <= SMALL else None)
            if text is not None:
                lines.append(with_shape(f"{name} = {text}", node))
            else:
                self.given[name] = node.value
        return lines + self.statements.lines(self.once)

    def result(self, plan: Plan) -> str:
        """The line that returns."""
        texts = [
            f"{self.statements.text(node)}.copy()" if i in plan.copied else self.statements.text(node)
            for i, node in enumerate(self.program.tape.outputs)
        ]
        return f"return {returned(self.program.structure, texts)}"

    def source(self, before: list[str], body: list[str], plan: Plan, nbytes: int) -> Source:
        """The whole.

        Args:
            before: the lines of ``prepare``.
            body: those of the function, without the last.
            plan: which results have to be copied.
            nbytes: of all buffers.
        """
        program = self.program
        arguments = ", ".join(self.namer.name(node) for node in program.arguments)
        lines = defined(program.name, arguments, self._docstring(), [*body, self.result(plan)])
        before = [
            *[
                f"{name} = np.array({text}, {literal(dtype)})"
                for (text, dtype), name in self.statements.numbers.items()
            ],
            *before,
        ]
        prepared = bool(self.given or before)
        if prepared:
            about = f"Return {program.name}, with what depends on no argument"
            about += ", and the memory it works in. Each thread needs one of its own." if nbytes else "."
            given = [f"{name}: {_kind(value)}" for name, value in self.given.items()]
            inner = [*refusals(self.given), *before, "", *lines, "", f"return {program.name}"]
            lines = defined("prepare", ", ".join(self.given), [about, *(["", *given] if given else [])], inner)
        imports = self.statements.imports.merged()
        if any("np." in line for line in lines):
            imports.append("import numpy as np")
        head = sorted(imports, key=lambda line: ("compgraph" in line, "numpy" in line or "scipy" in line, line))
        text = "\n".join([*head, *(["", ""] if head else []), *lines, ""])
        return Source(
            text,
            program.name,
            self.given if prepared else None,
            self.statements.objects,
            self.statements.imports.alone,
            nbytes,
        )

    def _docstring(self) -> list[str]:
        program = self.program
        what = f"{program.name}, with derivatives" if program.differentiated else program.name
        if not program.arguments:
            return [f"{what}."]
        arguments = [f"{self.namer.name(node)}: {_kind(node.value)}" for node in program.arguments]
        return [f"{what}, of arguments of these types and shapes.", "", *arguments]


def refusals(given: Mapping[str, Any]) -> list[str]:
    """The lines that refuse arrays of other shapes: of more examples the blocks would leave some out, unseen."""
    lines = []
    for name, value in given.items():
        lines += [
            f"if {name}.shape != {value.shape}:",
            f'    raise ValueError(f"{name} has shape {{{name}.shape}}, and this code is for {value.shape}")',
        ]
    return lines


def _used_once(tape: Tape) -> set[Node]:
    """The nodes of which one op takes the value, once, and nobody else."""
    count: dict[Node, int] = {}
    for node in tape:
        for x in node.inputs:
            if isinstance(x, Node):
                count[x] = count.get(x, 0) + 1
    return {x for x, times in count.items() if times == 1} - set(tape.outputs)


def _kind(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if type(value) is ndarray else type(value).__name__
