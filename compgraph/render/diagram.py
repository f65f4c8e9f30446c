"""What a picture of a tape shows: boxes with their lines of text, the arrows between them, and a legend.

A :class:`Diagram` is plain text and numbers. It says nothing about places or colours, so that every form of
picture (DOT, SVG, and others) is made from the same one, and it keeps no node or array alive.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from compgraph.node import Node
from compgraph.render.derivatives import differentiated_output
from compgraph.render.detail import Detail
from compgraph.render.formula import UNNAMED, formula
from compgraph.render.local_derivatives import local_derivatives
from compgraph.render.one_line import one_line
from compgraph.render.part import part_of
from compgraph.render.values import dtype_told, matrix, number, shape, statistics
from compgraph.tape import Tape

__all__ = ["Arrow", "Box", "Diagram", "Kind", "Line", "Matrix", "Run", "Style", "box_text", "diagram"]

Kind = Literal["variable", "operation", "constant"]
Style = Literal["name", "plain", "faint", "value", "derivative"]

_LONGEST_NAME = 24
_LONGEST_FORMULA = 40
_LONGEST_OPERAND = 16
OUTPUT = "output"
"""What an output without a name is called."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line in one style."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text."""

    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """The line without its styles."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A small matrix in full, with what is written before it."""

    lead: Run
    rows: tuple[tuple[str, ...], ...]
    style: Style


@dataclass(frozen=True, slots=True)
class Box:
    """A node or a constant as it is drawn.

    Attributes:
        key: its name in the diagram, ``n0``, ``n1``, ... in tape order for nodes and ``c0``, ... for constants.
        kind: variable (a leaf), operation or constant.
        is_output: whether it is one of the outputs the picture was asked of.
        lines: what is written in it, from top to bottom.
        description: the same and more as plain text, for tooltips and screen readers.
    """

    key: str
    kind: Kind
    is_output: bool
    lines: tuple[Line | Matrix, ...]
    description: str


def box_text(box: Box) -> list[str]:
    """What is in a box as lines of text, a matrix as one line for each row."""
    lines: list[str] = []
    for line in box.lines:
        if isinstance(line, Matrix):
            lines += [line.lead.text, *(f"[{'  '.join(row)}]" for row in line.rows)]
        else:
            lines.append(line.text)
    return lines


@dataclass(frozen=True, slots=True)
class Arrow:
    """From an operand to the operation it enters; an operand used twice has two.

    Attributes:
        tail: the operand's key.
        head: the operation's key.
        label: the local derivative, such as ``dv/du = 1``; None where none is shown.
    """

    tail: str
    head: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Diagram:
    """All that a picture shows.

    Attributes:
        boxes: operands before what is made of them.
        arrows: in the order of the operations and of their operands.
        derivative: what the legend says of derivatives, such as ``derivative dJ/d·``; None where none is shown.
        notes: sentences below the picture.
        summary: one sentence that says what the picture is of.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    derivative: str | None
    notes: tuple[str, ...]
    summary: str


def diagram(
    tape: Tape, names: Mapping[int, str] | None = None, *, upto: Collection[Node] = (), detail: Detail = "full"
) -> Diagram:
    """Describe the picture of a tape.

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> u = b * c
    >>> J = 3 * (a + u)
    >>> J.backward()
    >>> picture = diagram(cg.Tape(J), {id(u): "u", id(J): "J"})
    >>> for box in picture.boxes:
    ...     print(box.key, box.kind, [line.text for line in box.lines])
    n0 variable ['a', '5', 'dJ/da = 3']
    n1 variable ['b', '3', 'dJ/db = 6']
    n2 variable ['c', '2', 'dJ/dc = 9']
    n3 operation ['u = b × c', '6', 'dJ/du = 3']
    n4 operation ['a + u', '11', 'dJ/d· = 3']
    c0 constant ['3']
    n5 operation ['J = 3 × (a + u)', '33', 'dJ/dJ = 1']
    >>> [arrow.label for arrow in picture.arrows if arrow.head == "n3"]
    ['du/db = 2', 'du/dc = 3']

    Args:
        tape: the nodes to draw.
        names: names of nodes and constant arrays by ``id`` (see :func:`compgraph.render.names.names_in`); a node's own
            ``name`` wins over them.
        upto: nodes behind which nothing is drawn (see :func:`compgraph.render.part.part_of`).
        detail: how much is told of each.

    Raises:
        RenderError: a node of ``upto`` is not on the tape.
    """
    return _Drawing(tape, names or {}, upto, detail).diagram()


class _Drawing:
    """One tape on its way to a diagram."""

    def __init__(self, tape: Tape, names: Mapping[int, str], upto: Collection[Node], detail: Detail) -> None:
        self.tape = tape
        self.part = part_of(tape, upto)
        self.ends = {id(node) for node in self.part.ends}
        self.names = names
        self.detail = detail
        self.outputs = self.output_names()
        self.keys = {id(node): f"n{place}" for place, node in enumerate(self.part.nodes)}
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []
        self.constants = 0
        self.operations: dict[int, str] = {}
        self.differentiated = None if detail == "names" else differentiated_output(tape)
        if detail == "names":
            self.carriers: set[int] = set()
        elif self.differentiated is not None:
            self.carriers = {id(node) for node in Tape(self.differentiated)}
        else:
            self.carriers = {id(node) for node in tape if node.grad is not None}

    def diagram(self) -> Diagram:
        for node in self.part.nodes:
            inputs = () if id(node) in self.ends else node.inputs
            tails = [self.keys[id(x)] if isinstance(x, Node) else self.constant(x) for x in inputs]
            self.boxes.append(self.node(node))
            labels = self.labels(node) if inputs else []
            self.arrows += [Arrow(tail, self.keys[id(node)], label) for tail, label in zip(tails, labels, strict=True)]
        return Diagram(
            tuple(self.boxes),
            tuple(self.arrows),
            self.legend_of_derivatives(),
            self.notes(),
            self.summary(),
        )

    def output_names(self) -> dict[int, str]:
        """What each output is called where it has no name: ``output``, or ``output 1``, ... where there are several."""
        unnamed = [node for node in dict.fromkeys(self.tape.outputs) if not (node.name or self.names.get(id(node)))]
        titles = [OUTPUT] if len(unnamed) == 1 else [f"{OUTPUT} {i}" for i in range(1, len(unnamed) + 1)]
        return {id(node): "" for node in self.tape.outputs} | dict(zip(map(id, unnamed), titles, strict=True))

    def name(self, thing: Any) -> str:
        """The name of a node or constant array; empty where it has none."""
        explicit = thing.name if isinstance(thing, Node) else None
        found = one_line(str(explicit or self.names.get(id(thing), "")), _LONGEST_NAME)
        return found or self.outputs.get(id(thing), "")

    def node(self, node: Node) -> Box:
        kind: Kind = "variable" if node.op is None else "operation"
        name = self.name(node)
        lines: list[Line | Matrix] = [Line(self.title(node, name))]
        if self.detail != "names":
            lines += _value_lines(node.value)
        if id(node) in self.carriers:
            lines.append(_derivative_line(self.written_derivative(name or UNNAMED), node.grad))
        what = kind if node.op is None else node.op.name
        description = [f"{name}: {what}" if name else what, f"value {_exact(node.value)}"]
        if id(node) in self.carriers:
            description.append(f"{self.written_derivative(name or UNNAMED)} {_exact(node.grad)}")
        is_output = id(node) in self.outputs
        return Box(self.keys[id(node)], kind, is_output, tuple(lines), "\n".join(description))

    def labels(self, node: Node) -> list[str | None]:
        """What stands on the arrows into a node: the local derivatives, once a reverse pass has used them."""
        if self.detail != "full" or id(node) not in self.carriers:
            return [None] * len(node.inputs)
        over, limit = self.name(node), _LONGEST_NAME * 2 // 3
        labels: list[str | None] = []
        for x, slope in zip(node.inputs, local_derivatives(node), strict=True):
            under = self.name(x) if isinstance(x, Node) else ""
            if slope is None:
                labels.append(None)
            elif over and under:
                labels.append(f"d{one_line(over, limit)}/d{one_line(under, limit)} = {number(slope)}")
            else:
                labels.append(number(slope))
        return labels

    def title(self, node: Node, name: str) -> tuple[Run, ...]:
        if node.op is None:
            return (Run(name, "name") if name else Run("variable", "faint"),)
        operands = [self.operand(x) for x in node.inputs]
        written = formula(node.op.symbol, operands, node.params)
        if not name and UNNAMED not in written and len(written) <= _LONGEST_OPERAND:
            self.operations[id(node)] = written
        written = one_line(written, _LONGEST_FORMULA)
        return (Run(name, "name"), Run(f" = {written}", "plain")) if name else (Run(written, "plain"),)

    def operand(self, x: Any) -> str:
        """How an operand is written: its name, a number, or the short operation of a node without a name."""
        if isinstance(x, Node) or np.ndim(x):
            return self.name(x) or self.operations.get(id(x), UNNAMED)
        return _single(x)

    def constant(self, x: Any) -> str:
        if isinstance(x, np.ndarray) and id(x) in self.keys:
            return self.keys[id(x)]
        key = f"c{self.constants}"
        self.constants += 1
        name = self.name(x) if isinstance(x, np.ndarray) else ""
        lines: list[Line | Matrix] = [Line((Run(name, "name"),))] if name else []
        if self.detail != "names":
            lines += _value_lines(x)
        elif not name:
            lines.append(Line((Run(shape(x) if np.ndim(x) else _single(x), "plain"),)))
        self.boxes.append(Box(key, "constant", False, tuple(lines), f"{name or 'constant'}: {_exact(x)}"))
        if isinstance(x, np.ndarray):
            self.keys[id(x)] = key
        return key

    def written_derivative(self, name: str) -> str:
        if self.differentiated is None:
            return "grad"
        over, under = (one_line(part, _LONGEST_NAME * 2 // 3) for part in (self.name(self.differentiated), name))
        return f"d{over}/d{under}"

    def legend_of_derivatives(self) -> str | None:
        if not self.carriers:
            return None
        return "grad" if self.differentiated is None else f"derivative {self.written_derivative(UNNAMED)}"

    def notes(self) -> tuple[str, ...]:
        notes = []
        if self.ends:
            notes.append("not drawn: what came before " + _listed([self.end_name(node) for node in self.part.ends]))
        if self.detail == "names":
            return tuple(notes)
        if not self.carriers:
            last = self.tape.outputs[-1]
            remedy = f": call {self.name(last)}.backward()" if last.size == 1 else ""
            notes.append(f"derivatives not computed yet{remedy}")
        elif self.differentiated is None:
            notes.append("grad: what the last backward() left, started from another node or with another seed than 1")
        return tuple(notes)

    def end_name(self, node: Node) -> str:
        return self.name(node) or "".join(run.text for run in self.title(node, ""))

    def summary(self) -> str:
        operations = sum(node.op is not None for node in self.part.nodes)
        leaves = len(self.part.nodes) - operations
        titles = ", ".join(self.name(node) for node in self.tape.outputs[:4])
        more = ", …" * (len(self.tape.outputs) > 4)
        return (
            f"Computation graph of {titles}{more}: {_count(leaves, 'variable')}, "
            f"{_count(operations, 'operation')}, {_count(self.constants, 'constant')}"
        )


def _listed(names: list[str]) -> str:
    return ", ".join([*names[:4], *(["…"] if len(names) > 4 else [])])


def _count(many: int, what: str) -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"


def _single(x: Any) -> str:
    """A constant of no axes: a number, or None and what else an op may take."""
    return number(np.asarray(x)[()] if isinstance(x, np.ndarray) else x)


def _value_lines(value: Any) -> list[Line | Matrix]:
    told = dtype_told(value)
    if not np.ndim(value):
        dtype = (Run(f"{told}  ", "faint"),) if told else ()
        return [Line((*dtype, Run(_single(value), "value")))]
    lead = f"{told} {shape(value)}" if told else shape(value)
    rows = matrix(value)
    if rows is not None:
        return [Matrix(Run(lead, "faint"), rows, "value")]
    return [Line((Run(f"{lead}  ", "faint"), Run(statistics(value), "value")))]


def _derivative_line(title: str, gradient: Any) -> Line | Matrix:
    if not np.ndim(gradient):
        return Line((Run(f"{title} = {number(gradient)}", "derivative"),))
    rows = matrix(gradient)
    if rows is not None:
        return Matrix(Run(f"{title} =", "derivative"), rows, "derivative")
    return Line((Run(f"{title}: {statistics(gradient)}", "derivative"),))


def _exact(value: Any) -> str:
    """A value for a tooltip: a number with all its digits, an array by its type, shape and range."""
    if not np.ndim(value):
        return one_line(str(value), 40)
    return f"{np.asarray(value).dtype} {shape(value)}: {statistics(value)}"
