"""The Python source of a tape in the form of formulas: one line for what has a name, as in a textbook."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT, PART
from compgraph.compile.capture import Program, capture, signature_of
from compgraph.compile.naming import Namer, called
from compgraph.compile.passes.vectors import products_with_vectors
from compgraph.compile.rewriting import is_number
from compgraph.compile.spelling import Imports, literal, object_text, operator_text, rule_text
from compgraph.nested import Structure
from compgraph.node import Node
from compgraph.notation import ATOM, PRODUCT, SIGN, Text, operation

__all__ = ["readable"]

ndarray = np.ndarray
LONGEST = 88
SMALL = 12
PLAIN = frozenset({0, 1, 2, -1, -2, 0.5, -0.5})
"""Numbers that speak for themselves, even if a variable happens to be equal to one."""


def readable(program: Program) -> str:
    """Write a program as formulas.

    Args:
        program: what to write; arrays that the function took from elsewhere become arguments of the text's function.
    """
    name, others = program.name, called(program.tape)
    while name in others:
        name += "_"
    return _Formulas(program._replace(tape=products_with_vectors(program.tape), name=name)).text()


class _Formulas:
    """Writes one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.called = called(program.tape)
        self.imports = Imports()
        self.helpers: dict[str, str] = {}
        self.namer = Namer([program.name, *self.called, *program.numbers])
        self.lines: list[str] = []
        self.numbers: dict[str, float] = {}
        self.texts: dict[Node, Text] = {}
        self.uses: dict[Node, int] = {}
        for node in program.tape:
            for x in node.inputs:
                if isinstance(x, Node):
                    self.uses[x] = self.uses.get(x, 0) + 1
        for node in program.tape.outputs:
            self.uses[node] = self.uses.get(node, 0) + 1
        for node in reversed(list(program.tape)):
            if _short(node):  # each use of it is one of what is in it
                self.uses[node.inputs[0]] += self.uses[node] - 1

    def text(self) -> str:
        """The module."""
        tape = self.program.tape
        constants = [node for node in tape if node.op is CONSTANT and isinstance(node.value, ndarray)]
        written = {node: rule_text(node.value) for node in constants if node.name is None}
        written |= {x: literal(x.value) for x in written if written[x] is None and x.value.size <= SMALL}
        given = [node for node in constants if written.get(node) is None]
        for node in (*self.program.arguments, *given):
            self.namer.name(node)
        for node in tape:
            if node.op is not None and node.name is not None:
                self.namer.name(node)
        self.texts.update({node: Text(text) for node, text in written.items() if text is not None})
        for node in tape:
            if node.op is not None and node.op is not CONSTANT:
                self._write(node)
        result = self._result(self.program.structure, iter(tape.outputs))
        structure = self.program.structure
        if structure is not None and structure.kind is tuple and len(structure.parts) > 1:
            result = result[1:-1]  # a return needs no parentheses around what it lists
        arguments = ", ".join(self.namer.name(node) for node in (*self.program.arguments, *given))
        head = [f"{name} = {literal(value)}" for name, value in self.numbers.items()]
        body = [*self._docstring(given), *head, *self.lines, f"return {result}"]
        function = [f"def {self.program.name}({arguments}):", *[textwrap.indent(line, "    ") for line in body]]
        parts = ["\n".join(["import numpy as np", *self.imports.merged()]), *self.helpers.values(), "\n".join(function)]
        return "\n\n\n".join(parts) + "\n"

    def _docstring(self, given: list[Node]) -> list[str]:
        what = f"{self.program.name}, with derivatives" if self.program.differentiated else self.program.name
        nodes = [*self.program.arguments, *given]
        if not nodes:
            return [f'"""{what}."""']
        return [
            f'"""{what}, of arguments of these types and shapes.',
            "",
            *[f"{self.namer.name(node)}: {_kind(node)}" for node in nodes],
            '"""',
        ]

    # ------------------------------------------------------------------ formulas

    def _write(self, node: Node) -> None:
        """Make the formula of a node: a line of its own if it has a name, is used twice or would make a long line."""
        formula = self._formula(node)
        twice = self.uses.get(node, 0) > 1 and not _short(node)
        if node.name is None and not twice and len(formula.text) <= LONGEST:
            self.texts[node] = formula
            return
        name = self.namer.name(node)
        shape = f"  # {node.value.shape}" if isinstance(node.value, ndarray) else ""
        self.lines.append(f"{name} = {formula.text}{shape}")
        self.texts[node] = Text(name)

    def _formula(self, node: Node) -> Text:
        op = node.op
        assert op is not None
        function = op.function
        inputs = [self._of(x) for x in node.inputs]
        plain = not node.params
        if plain and function is np.multiply and node.inputs[0] is node.inputs[1]:
            return operation(np.power, inputs[0], Text("2"))
        if plain and function is np.multiply:
            for number, factor in zip(node.inputs, inputs[::-1], strict=True):
                if is_number(number) and _is_one_part(number) and _is_as_precise(number, node):
                    return self._quotient(factor, round(1 / number))
        if plain and function is np.divide and is_number(node.inputs[1]) and node.inputs[1] < 0 and _is_real(node):
            return self._quotient(inputs[0], node.inputs[1])
        if function is np.sum and "call" not in node.params:
            axis = node.params.get("axis")
            axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
            options = [] if axis is None else [f"axis={literal(axis)}"]
            options += ["keepdims=True"] if node.params.get("keepdims") else []
            return Text(f"np.sum({', '.join([inputs[0].text, *options])})")
        if op is not PART and str(getattr(function, "__module__", "")).startswith("compgraph."):
            called = self._helper(node, [text for text, _ in inputs])
            if called is not None:
                return Text(called)
        formula = operator_text(node, inputs, self.imports)
        if formula is None:
            self.imports.need(f"from {op.forward.__module__} import {op.forward.__name__}", alone=False)
            return Text(object_text(op.forward.__name__, node, [text for text, _ in inputs]))
        return formula

    def _quotient(self, over: Text, under: Any) -> Text:
        """A formula divided by a number, whose sign stands before the whole."""
        if under > 0:
            return operation(np.divide, over, self._number(under))
        return Text(f"-{over.at_least(SIGN)} / {self._number(-under).text}", PRODUCT)

    def _of(self, x: Any) -> Text:
        if isinstance(x, Node):
            if x.op is CONSTANT and not isinstance(x.value, ndarray):
                return self._number(x.value)
            return self.texts[x] if x in self.texts else Text(self.namer.name(x))
        return self._number(x) if is_number(x) else Text(literal(x))

    def _number(self, x: Any) -> Text:
        """A number, by the name that the person's code has for it."""
        if isinstance(x, (int, float)) and not isinstance(x, bool) and x not in PLAIN:
            for name, value in self.program.numbers.items():
                if value == x and name.isidentifier() and "[" not in name and name not in self.called:
                    self.numbers[name] = value
                    return Text(name)
        text = literal(x)
        return Text(text, SIGN if text.startswith("-") else ATOM)

    def _helper(self, node: Node, inputs: list[str]) -> str | None:
        """A call of a function of compgraph's own, which is written out beside the formulas; None if it cannot be."""
        op = node.op
        assert op is not None
        if "call" in node.params or not op.name.isidentifier():
            return None
        values = [x.value if isinstance(x, Node) else x for x in node.inputs]
        leaves, signature = signature_of(tuple(values), {})
        forward, params = op.forward, dict(node.params)
        try:
            program = capture(lambda *args: forward(*args, **params), leaves, signature)
        except Exception:
            return None
        for argument, name in zip(program.arguments, op.names, strict=False):
            argument.name = name
        helper = _Formulas(program._replace(name=op.name, numbers={})).helper()
        name, i = op.name, 1
        while name in self.helpers and self.helpers[name] != helper.replace(f"def {op.name}(", f"def {name}("):
            i += 1
            name = f"{op.name}_{i}"
        self.helpers[name] = helper.replace(f"def {op.name}(", f"def {name}(")
        self.namer.taken.add(name)
        return f"{name}({', '.join(inputs)})"

    def helper(self) -> str:
        """The function alone, without what is said of its arguments."""
        for node in self.program.arguments:
            self.namer.name(node)
        for node in self.program.tape:
            if node.op is CONSTANT and isinstance(node.value, ndarray):
                self.texts[node] = Text(rule_text(node.value) or literal(node.value))
            elif node.op is not None and node.op is not CONSTANT:
                self._write(node)
        lines = [line.partition("  # ")[0] for line in self.lines]
        result = self._of(self.program.tape.outputs[0])[0]
        arguments = ", ".join(self.namer.name(node) for node in self.program.arguments)
        body = [*lines, f"return {result}"]
        return "\n".join([f"def {self.program.name}({arguments}):", *[f"    {line}" for line in body]])

    def _result(self, structure: Structure, outputs: Any) -> str:
        if structure is None:
            return self._of(next(outputs))[0]
        parts = [self._result(part, outputs) for part in structure.parts]
        if structure.keys is not None:
            return f"{{{', '.join(f'{literal(k)}: {p}' for k, p in zip(structure.keys, parts, strict=True))}}}"
        if structure.kind is list:
            return f"[{', '.join(parts)}]"
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _short(node: Node) -> bool:
    """Whether to write a node out each time it is used: a transpose of a name."""
    return node.op is not None and node.op.function is np.transpose and not node.params


def _is_real(node: Node) -> bool:
    """Whether the sign of a result may be written before it: that of a complex zero is another one then."""
    return bool(np.result_type(node.value).kind == "f")


def _is_one_part(x: Any) -> bool:
    """Whether a number is 1/m for a whole m of 2 or more, or the negative of one."""
    return bool(0 < abs(x) <= 0.5 and 1 / round(1 / x) == x)


def _is_as_precise(number: Any, node: Node) -> bool:
    """Whether a number has all the digits of the result, as Python's have: a tenth in single precision is no tenth."""
    return not isinstance(number, np.generic) or bool(number.dtype == np.result_type(node.value))


def _kind(node: Node) -> str:
    value = node.value
    return f"{value.dtype} {value.shape}" if isinstance(value, ndarray) else type(value).__name__
