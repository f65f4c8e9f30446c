"""What a picture of a tape shows: boxes with their lines of text, the arrows between them, and a legend.

A :class:`Diagram` is plain text and numbers. It says nothing about places or colours, so that every form of
picture (DOT, SVG, and others) is made from the same one, and it keeps no node or array alive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Literal

import numpy as np

from compgraph.node import Node
from compgraph.render.called import called
from compgraph.render.contents import Arrow, Box, Diagram, Kind, Line, Matrix, Run, Style, box_text
from compgraph.render.derivatives import differentiated_output
from compgraph.render.detail import Detail
from compgraph.render.folded_box import counted, folded_description, folded_lines
from compgraph.render.folding import Fold, Group, folding
from compgraph.render.formula import UNNAMED, formula
from compgraph.render.frames import Frame, frames_of
from compgraph.render.kind import kind_of
from compgraph.render.local_derivatives import local_derivatives
from compgraph.render.one_line import one_line
from compgraph.render.part import part_of
from compgraph.render.sketch import Arrays, Sketch, sketch
from compgraph.render.value_lines import derivative_line, exact, single, value_line
from compgraph.render.values import is_told, matrix, number, shape
from compgraph.scope import Scope
from compgraph.tape import Tape

__all__ = ["Arrow", "Box", "Diagram", "Frame", "Kind", "Line", "Matrix", "Run", "Style", "box_text", "diagram"]

_LONGEST_NAME = 24
_LONGEST_FORMULA = 40
_LONGEST_OPERAND = 24
_MOST_OUTPUTS = 3
_MOST_ARRAYS = 6
Told = tuple[Any, int, Literal["value", "derivative"]]
"""An array, the line of the box that tells of it, and whose it is."""

OUTPUT = "output"
"""What an output without a name is called."""


def diagram(
    tape: Tape,
    names: Mapping[int, str] | None = None,
    *,
    upto: Collection[Node] = (),
    detail: Detail = "full",
    fold: Fold = False,
    arrays: Arrays = "numbers",
    reminds: bool = True,
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
        fold: what is drawn as one box (see :func:`compgraph.render.folding.folding`).
        arrays: how large arrays are shown.
        reminds: whether a note says that derivatives have not been computed, where they have not.

    Raises:
        RenderError: a node of ``upto`` is not on the tape, or a scope of ``fold``.
    """
    return _Drawing(tape, names or {}, upto, detail, fold, arrays, reminds).diagram()


class _Drawing:
    """One tape on its way to a diagram."""

    def __init__(
        self,
        tape: Tape,
        names: Mapping[int, str],
        upto: Collection[Node],
        detail: Detail,
        fold: Fold,
        arrays: Arrays,
        reminds: bool,
    ) -> None:
        self.tape = tape
        self.part = part_of(tape, upto)
        self.folding = folding(self.part.nodes, fold)
        self.arrays = arrays
        self.reminds = reminds
        self.ends = {id(node) for node in self.part.ends}
        self.names = names
        self.detail = detail
        self.outputs = self.output_names()
        self.keys = {id(node): f"n{place}" for place, node in enumerate(self.part.nodes)}
        self.groups = {f"g{place}": group for place, group in enumerate(self.folding.groups)}
        self.entering: dict[str, dict[int, Any]] = {key: {} for key in self.groups}
        self.holds = {key: tuple([self.keys[id(node)] for node in group.nodes]) for key, group in self.groups.items()}
        for key, group in self.groups.items():
            self.keys |= dict.fromkeys(map(id, group.nodes), key)
        # a box stands after all that enters it; one of variables, which nothing enters, before all that they enter
        self.last = {
            key: group.nodes[-1] if "operation" in map(kind_of, group.nodes) else group.nodes[0]
            for key, group in self.groups.items()
        }
        self.leaving = self.found_leaving()
        self.users = self.array_users()
        self.boxes: list[Box] = []
        self.homes: dict[str, Scope | None] = {}
        self.arrows: list[Arrow] = []
        self.constants = 0
        self.inside: set[Any] = set()  # the constants that are drawn nowhere, being used in what is folded
        self.operations: dict[int, str] = {}
        self.tells_derivatives = False  # in some box that is drawn
        self.differentiated = None if detail == "names" else differentiated_output(tape)
        if detail == "names":
            self.carriers: set[int] = set()
        elif self.differentiated is not None:
            self.carriers = {id(node) for node in Tape(self.differentiated)}
        else:
            self.carriers = {id(node) for node in tape if node.grad is not None}

    def diagram(self) -> Diagram:
        absorbed = self.absorbed_arrays()
        for node in self.part.nodes:
            key = self.keys[id(node)]
            inputs = () if id(node) in self.ends else node.inputs
            if key in self.groups:
                self.fold(node, inputs, key, absorbed)
                continue
            tails = [self.tail(x, node.scope) for x in inputs]
            self.add(self.node(node), node.scope)
            labels = self.labels(node) if inputs else []
            self.arrows += [Arrow(tail, key, label) for tail, label in zip(tails, labels, strict=True)]
        return Diagram(
            tuple(self.boxes),
            tuple(self.arrows),
            self.legend_of_derivatives(),
            self.notes(),
            self.summary(),
            frames_of(self.homes),
        )

    def fold(self, node: Node, inputs: tuple[Any, ...], key: str, absorbed: set[int]) -> None:
        """Take note of what enters a box of several nodes by this one; draw the box once all has entered."""
        group, entering = self.groups[key], self.entering[key]
        for x in inputs:
            if isinstance(x, Node):
                if self.keys[id(x)] != key:
                    entering[id(x)] = x
            elif isinstance(x, np.ndarray) and id(x) not in absorbed:
                entering[id(x)] = x
                self.tail(x, group.home)
            else:
                self.inside.add(id(x) if isinstance(x, np.ndarray) else (id(node), len(self.inside)))
        if node is self.last[key]:
            self.add(self.folded(key, group, list(entering.values())), group.home)
            self.arrows += [Arrow(tail, key) for tail in dict.fromkeys(self.keys[x] for x in entering)]

    def add(self, box: Box, home: Scope | None) -> None:
        self.boxes.append(box)
        self.homes[box.key] = home

    def tail(self, x: Any, home: Scope | None) -> str:
        """Where the arrow of an operand comes from; draws a constant."""
        return self.keys[id(x)] if isinstance(x, Node) else self.constant(x, home)

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
        kind, name = kind_of(node), self.name(node)
        if kind == "constant":
            return self.constant_box(self.keys[id(node)], name, node.value, is_output=id(node) in self.outputs)
        lines: list[Line | Matrix] = [Line(self.title(node, name))]
        if self.detail != "names":
            lines.append(value_line(node.value))
        told: list[Told] = [(node.value, len(lines) - 1, "value")]
        if id(node) in self.carriers:
            self.tells_derivatives = True
            lines.append(derivative_line(self.written_derivative(name or UNNAMED), node.grad))
            told.append((node.grad, len(lines) - 1, "derivative"))
        what = kind if node.op is None else node.op.name
        description = [f"{name}: {what}" if name else what, f"value {exact(node.value)}"]
        if id(node) in self.carriers:
            description.append(f"{self.written_derivative(name or UNNAMED)} {exact(node.grad)}")
        is_output = id(node) in self.outputs
        sketches = self.sketched(told)
        return Box(self.keys[id(node)], kind, is_output, tuple(lines), "\n".join(description), sketches)

    def sketched(self, told: list[Told]) -> tuple[Sketch, ...]:
        """The sketches of those arrays, each with its line, that are not written in full."""
        if self.arrays == "numbers" or self.detail == "names":
            return ()
        sketches = [sketch(x, self.arrays, line, style) for x, line, style in told if is_told(x) and matrix(x) is None]
        return tuple([drawn for drawn in sketches if drawn is not None])

    def found_leaving(self) -> dict[str, list[Node]]:
        """The nodes of each folded box that something outside of it is made of, and outputs."""
        leaving: dict[int, Node] = {}
        for node in self.part.nodes if self.groups else ():
            key = self.keys[id(node)]
            if id(node) in self.outputs:
                leaving[id(node)] = node
            for x in () if id(node) in self.ends else node.inputs:
                if isinstance(x, Node) and self.keys[id(x)] != key:
                    leaving[id(x)] = x
        found: dict[str, list[Node]] = {key: [] for key in self.groups}
        for node in leaving.values():
            if (key := self.keys[id(node)]) in found:
                found[key].append(node)
        return found

    def folded(self, key: str, group: Group, entering: list[Any]) -> Box:
        """The box of several nodes, which tells of the outputs in it by name."""
        names = [name for node in group.nodes if not node.inputs and (name := self.name(node))]
        lines: list[Line | Matrix] = list(folded_lines(group, names, entering, self.leaving[key]))
        description = [folded_description(group)]
        told: list[Told] = []
        outputs = [node for node in self.leaving[key] if id(node) in self.outputs]
        for node in outputs[:_MOST_OUTPUTS]:
            name = self.name(node)
            if self.detail == "names":
                lines.append(Line((Run(name, "name"),)))
                continue
            line = value_line(node.value)
            if isinstance(line, Matrix):
                lines += [Line((Run(name, "name"),)), line]
            else:
                lines.append(Line((Run(f"{name}  ", "name"), *line.runs)))
            told.append((node.value, len(lines) - 1, "value"))
            description.append(f"{name}: value {exact(node.value)}")
            if id(node) in self.carriers:
                self.tells_derivatives = True
                lines.append(derivative_line(self.written_derivative(name), node.grad))
                told.append((node.grad, len(lines) - 1, "derivative"))
        return Box(
            key,
            "folded",
            bool(outputs),
            tuple(lines),
            "\n".join(description),
            self.sketched(told),
            self.holds[key],
        )

    def array_users(self) -> dict[int, set[Any]]:
        """Where each constant array is used: in which folded boxes, and outside of them in which scopes."""
        users: dict[int, set[Any]] = {}
        for node in self.part.nodes:
            for x in node.inputs:
                if isinstance(x, np.ndarray):
                    key = self.keys[id(node)]
                    users.setdefault(id(x), set()).add(key if key in self.groups else node.scope)
        return users

    def absorbed_arrays(self) -> set[int]:
        """The constant arrays that one folded box alone uses and that have no name, or are many."""
        own = {x: next(iter(users)) for x, users in self.users.items() if len(users) == 1}
        named = Counter(user for x, user in own.items() if self.names.get(x))
        return {
            x
            for x, user in own.items()
            if user in self.groups and (not self.names.get(x) or named[user] > _MOST_ARRAYS)
        }

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
        written = formula(node.op.symbol, *called(node.op.symbol, operands, node.params))
        if not name and UNNAMED not in written and len(written) <= _LONGEST_OPERAND:
            self.operations[id(node)] = written
        written = one_line(written, _LONGEST_FORMULA)
        return (Run(name, "name"), Run(f" = {written}", "plain")) if name else (Run(written, "plain"),)

    def operand(self, x: Any) -> str:
        """How an operand is written: its name, a number, or the short operation of a node without a name."""
        if isinstance(x, Node):
            written = self.name(x) or self.operations.get(id(x), UNNAMED)
            return single(x.value) if written == UNNAMED and kind_of(x) == "constant" and x.ndim == 0 else written
        return (self.name(x) or UNNAMED) if np.ndim(x) else single(x)

    def constant(self, x: Any, home: Scope | None) -> str:
        if isinstance(x, np.ndarray) and id(x) in self.keys:
            return self.keys[id(x)]
        key = f"c{self.constants}"
        self.constants += 1
        name = self.name(x) if isinstance(x, np.ndarray) else ""
        if isinstance(x, np.ndarray) and (name or len(self.users[id(x)]) > 1):
            home = None
        self.add(self.constant_box(key, name, x), home)
        if isinstance(x, np.ndarray):
            self.keys[id(x)] = key
        return key

    def constant_box(self, key: str, name: str, x: Any, *, is_output: bool = False) -> Box:
        lines: list[Line | Matrix] = [Line((Run(name, "name"),))] if name else []
        if self.detail != "names":
            lines.append(value_line(x))
        elif not name:
            lines.append(Line((Run(shape(x) if np.ndim(x) else single(x), "plain"),)))
        sketches = self.sketched([(x, len(lines) - 1, "value")])
        return Box(key, "constant", is_output, tuple(lines), f"{name or 'constant'}: {exact(x)}", sketches)

    def written_derivative(self, name: str) -> str:
        if self.differentiated is None:
            return "grad"
        over, under = (one_line(part, _LONGEST_NAME * 2 // 3) for part in (self.name(self.differentiated), name))
        return f"d{over}/d{under}"

    def legend_of_derivatives(self) -> str | None:
        if not self.tells_derivatives:
            return None
        return "grad" if self.differentiated is None else f"derivative {self.written_derivative(UNNAMED)}"

    def notes(self) -> tuple[str, ...]:
        notes = [self.folding.note] if self.folding.note else []
        if self.ends:
            notes.append("not drawn: what came before " + _listed([self.end_name(node) for node in self.part.ends]))
        if self.detail == "names":
            return tuple(notes)
        if any(not is_told(node.value) for node in self.part.nodes if not isinstance(node.value, tuple)):
            notes.append("where only the shape of an array is told, its value was not kept")
        if not self.carriers and self.reminds:
            last = self.tape.outputs[-1]
            remedy = f": call {self.name(last)}.backward()" if last.size == 1 else ""
            notes.append(f"derivatives not computed yet{remedy}")
        if self.carriers and self.differentiated is None and self.tells_derivatives:
            notes.append("grad: what the last backward() left, started from another node or with another seed than 1")
        return tuple(notes)

    def end_name(self, node: Node) -> str:
        return self.name(node) or "".join(run.text for run in self.title(node, ""))

    def summary(self) -> str:
        kinds = Counter(map(kind_of, self.part.nodes))
        constants = kinds["constant"] + self.constants + len(self.inside)
        titles = ", ".join(self.name(node) for node in self.tape.outputs[:4])
        more = ", …" * (len(self.tape.outputs) > 4)
        return (
            f"Computation graph of {titles}{more}: {counted(kinds['variable'], 'variable')}, "
            f"{counted(kinds['operation'], 'operation')}, {counted(constants, 'constant')}"
            + (f", drawn as {counted(len(self.boxes), 'box')}" if self.groups else "")
        )


def _listed(names: list[str]) -> str:
    return ", ".join([*names[:4], *(["…"] if len(names) > 4 else [])])
