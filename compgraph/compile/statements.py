"""One line of Python for each result of a tape, written into the memory that was planned for it."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.naming import Namer
from compgraph.compile.plan import Buffer, Plan
from compgraph.compile.spelling import Imports, call_text, literal, object_text, operator_text
from compgraph.nested import Structure
from compgraph.node import Node
from compgraph.notation import ATOM, OPERATORS, SIGN, Text

__all__ = ["Statements", "defined", "is_product", "returned", "with_shape"]

ndarray = np.ndarray
LONGEST = 40
"""So long a formula may be that stands in the line that needs it."""

WORDS = {"0.0": "zero", "1.0": "one", "2.0": "two", "0.5": "half"}
SCALARS = frozenset({np.sum, np.vdot, np.dot, np.mean, np.prod, np.max, np.min, float})
"""Functions, besides ufuncs, that return numbers as NumPy's scalars and not as arrays of no axes."""


class Statements:
    """Writes the lines of one source: its names, its imports, and what it cannot import.

    Attributes:
        namer: what each node is called.
        used_once: results that one line needs; where they are Python's numbers without a name, they stand in that line.
        imports: what has to be imported besides NumPy.
        objects: functions that no import reaches, by the names that the lines call them by.
        numbers: what the arrays of no axes are called that stand for numbers: NumPy takes them as they are, where it
            has to make an array of a Python number first, at each call.
    """

    def __init__(self, namer: Namer, used_once: Collection[Node] = frozenset()) -> None:
        self.namer = namer
        self.used_once = used_once
        self.imports = Imports()
        self.objects: dict[str, Any] = {}
        self.numbers: dict[tuple[str, Any], str] = {}
        self._inline: dict[Node, str] = {}
        self._tightness: dict[Node, int] = {}

    def text(self, x: Any) -> str:
        """How an input is written: a name, a number, or a transpose of a name."""
        if not isinstance(x, Node):
            return literal(x)
        if x in self._inline:
            return self._inline[x]
        if x.op is CONSTANT and not isinstance(x.value, ndarray):
            return literal(x.value)
        return self.namer.name(x)

    def is_inline(self, node: Node) -> bool:
        """Whether a node takes no line."""
        return node in self._inline

    def inline(self, node: Node, text: str) -> None:
        """Write a node as this text wherever it is used."""
        self._inline[node] = text

    def lines(
        self, nodes: Iterable[Node], plan: Plan | None = None, buffers: Mapping[Buffer, str] | None = None
    ) -> list[str]:
        """The lines that compute some nodes, in order.

        Args:
            nodes: what to compute.
            plan: where results go; None: each into new memory.
            buffers: what the buffers are called.
        """
        written = []
        for node in nodes:
            if _is_transpose(node):  # a view, which takes no line
                self._inline[node] = f"{self.text(node.inputs[0])}.T"
                continue
            if node.name is None and node in self.used_once and all(map(_is_number, (node, *node.inputs))):
                text, tightness = self._of_numbers(node, [self.text(x) for x in node.inputs])
                if len(text) <= LONGEST:
                    self._inline[node], self._tightness[node] = text, tightness
                    continue
            out = None
            if plan is not None and buffers is not None and node in plan.target:
                over = plan.over.get(node)
                out = buffers[plan.target[node]] if over is None else self.namer.name(over)
            written.append(with_shape(f"{self.namer.name(node)} = {self._expression(node, out)}", node))
        return written

    def _expression(self, node: Node, out: str | None = None) -> str:
        """The right-hand side of the line that computes a node."""
        inputs = [self.text(x) for x in node.inputs]
        if out is None and isinstance(node.value, ndarray) and node.op is not None and node.op.function is not np.dot:
            formula = self._operation(node, inputs)
            if formula is not None and formula.strength < ATOM:
                return formula.text
        if type(node.value) is not ndarray and not isinstance(node.value, tuple):
            return self._of_numbers(node, inputs)[0]
        if out is not None and node.op is not None and isinstance(node.op.function, np.ufunc):
            inputs = [self._as_array(x, node) or text for x, text in zip(node.inputs, inputs, strict=True)]
            twice = node.op.function is np.multiply and node.inputs[0] is node.inputs[1]
            if twice and node.dtype != bool:  # which is faster so, and of masks a number
                return f"np.square({inputs[0]}, out={out})"
        text = call_text(node, inputs, self.imports, out)
        return text if text is not None else self._object(node, inputs)

    def _operation(self, node: Node, inputs: list[str]) -> Text | None:
        tight = [
            self._tightness.get(x, ATOM) if isinstance(x, Node) else SIGN if text.startswith("-") else ATOM
            for x, text in zip(node.inputs, inputs, strict=True)
        ]
        return operator_text(node, [Text(*pair) for pair in zip(inputs, tight, strict=True)], Imports())

    def _as_array(self, x: Any, node: Node) -> str | None:
        """The name of a number as an array, where that makes no difference to the result; None for anything else."""
        dtype = node.value.dtype
        others = [y for y in node.inputs if isinstance(y, Node)]
        whole = type(x) is int and node.op is not None and node.op.function in OPERATORS
        if not (type(x) is float or whole) or dtype.kind != "f" or any(y.value.dtype != dtype for y in others):
            return None
        key = (literal(float(x)), dtype)  # as it is written: -0.0 is equal to 0.0, and another number
        if key not in self.numbers:
            self.numbers[key] = self.namer.fresh(WORDS.get(key[0], f"number{len(self.numbers) + 1}"))
        return self.numbers[key]

    def _of_numbers(self, node: Node, inputs: list[str]) -> tuple[str, int]:
        """A result of no axes, and how tightly its text binds: Python's operators, math's functions, NumPy's else."""
        op = node.op
        assert op is not None
        values = [x.value if isinstance(x, Node) else x for x in node.inputs]
        weak = type(node.value) is float
        of_numbers = all(type(x) in (float, int) for x in values) and not node.params
        if op.scalar is not None and of_numbers and op.scalar.__module__ == "math":
            self.imports.need(f"from math import {op.scalar.__name__}")
            return f"{op.scalar.__name__}({inputs[0]})", ATOM
        if all(not isinstance(x, tuple) and np.ndim(x) == 0 for x in values):
            formula = self._operation(node, inputs)
            if formula is not None and formula.strength < ATOM:
                return formula
        text = call_text(node, inputs, self.imports)
        if text is None:
            text = self._object(node, inputs)
        if weak and op.function is not float:
            return f"float({text})", ATOM
        if type(node.value) is int:
            return f"int({text})", ATOM
        if isinstance(op.function, np.ufunc) or op.function in SCALARS or isinstance(node.value, (bool, int)):
            return text, ATOM
        return f"np.asarray({text})[()]", ATOM

    def _object(self, node: Node, inputs: list[str]) -> str:
        """The call of a function that nothing can import: it is handed to the source by name."""
        op = node.op
        assert op is not None
        function = op.function if "call" in node.params else op.forward
        name = f"_{op.name}" if op.name.isidentifier() else f"_function{len(self.objects)}"
        while self.objects.get(name, function) is not function:
            name += "_"
        self.objects[name] = function
        self.imports.alone = False
        return object_text(name, node, inputs)


def is_product(node: Node) -> bool:
    """Whether a node is a product of matrices."""
    return node.op is not None and node.op.function in (np.dot, np.matmul)


def _is_number(x: Any) -> bool:
    """Whether an input, or a result, is one of Python's numbers."""
    return type(x.value if isinstance(x, Node) else x) in (float, int)


def _is_transpose(node: Node) -> bool:
    return (
        node.op is not None
        and node.op.function is np.transpose
        and not node.params
        and isinstance(node.value, ndarray)
        and isinstance(node.inputs[0], Node)
    )


def with_shape(text: str, node: Node) -> str:
    """A line with the shape of what it computes as a comment."""
    return f"{text}  # {node.value.shape}" if type(node.value) is ndarray else text


def defined(name: str, arguments: str, docstring: list[str], body: list[str]) -> list[str]:
    """The lines of a function."""
    first, *rest = docstring
    quoted = [f'"""{first}"""'] if not rest else [f'"""{first}', *rest, '"""']
    return [f"def {name}({arguments}):", *[textwrap.indent(line, "    ") if line else "" for line in (*quoted, *body)]]


def returned(structure: Structure, parts: Iterable[str]) -> str:
    """The expression of a result of some structure from those of its leaves."""
    leaves = iter(parts)

    def written(part: Structure) -> str:
        if part is None:
            return next(leaves)
        inner = [written(x) for x in part.parts]
        if part.keys is not None:
            pairs = zip(part.keys, inner, strict=True)
            return f"{{{', '.join(f'{literal(key)}: {text}' for key, text in pairs)}}}"
        if part.kind is list:
            return f"[{', '.join(inner)}]"
        return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"

    return written(structure)
