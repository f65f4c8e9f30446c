"""The chain rule for one derivative as data: the paths with their local derivatives, or the steps of the backward pass.

What is found here is text and numbers; it keeps no node and no array of the graph alive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from compgraph.explain.amounts import amount
from compgraph.explain.naming import Naming
from compgraph.explain.pullback import in_words, written_slope
from compgraph.explain.symbol import Written
from compgraph.node import Node, gradient_of
from compgraph.render.local_derivatives import local_derivatives
from compgraph.reverse import sweep
from compgraph.tape import Tape

__all__ = ["Contribution", "Factor", "Graph", "Path", "ScalarStep", "Step", "count_paths"]

COUNTED = 10**15
"""Beyond so many paths they are no longer counted."""
_MOST_FACTORS = 12
_MOST_USES = 6


@dataclass(frozen=True, slots=True)
class Factor:
    """A local derivative, of one number with respect to another.

    Attributes:
        of: what the op made.
        by: an input of it.
        operation: how it was made, and its value: ``u = b × c = 6``.
        formula: the derivative as a formula; where an input enters twice, the sum of both.
        value: the same as a number, as the engine's rules give it.
    """

    of: str
    by: str
    operation: str
    formula: Written
    value: float


@dataclass(frozen=True, slots=True)
class Path:
    """One path from the output down to what is differentiated by.

    Attributes:
        factors: the local derivatives along it, from the output on; of a long path the first and the last ones.
        left_out: how many between those are left out.
        product: of all of them, also of those left out.
    """

    factors: tuple[Factor, ...]
    left_out: int
    product: float


@dataclass(frozen=True, slots=True)
class ScalarStep:
    """How the derivative with respect to one number is made of those of what uses it.

    Attributes:
        name: of the number.
        operation: how it was computed; empty for a variable.
        factors: for each use the local derivative, and the derivative of the output that it is multiplied by.
        left_out: how many uses are left out.
        value: the derivative of the output with respect to the number.
    """

    name: str
    operation: str
    factors: tuple[tuple[Factor, float], ...]
    left_out: int
    value: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one use of an array adds to its derivative.

    Attributes:
        of: the node made by that use, and how: ``Z2 = W2 @ A1``.
        formula: such as ``W2ᵀ dZ2``.
        shapes: that of the result, and those of the matrices multiplied, or of what is summed or spread.
        reasons: why the formula is what it is, a sentence each.
    """

    of: str
    formula: Written
    shapes: tuple[tuple[int, ...], ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """How the derivative with respect to one node is made of those of what uses it, in matrix form.

    Attributes:
        name: of the node.
        contributions: what is added up; none for the output itself.
        left_out: how many uses are left out.
        shape: of the node and so of the derivative.
        value: the derivative, written out or summarised.
    """

    name: str
    contributions: tuple[Contribution, ...]
    left_out: int
    shape: tuple[int, ...]
    value: str


class Graph:
    """The part of a tape that lies between its output and one of the nodes it depends on.

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> u = b * c
    >>> J = 3 * (a + u)
    >>> tape = cg.Tape(J)
    >>> graph = Graph(tape, b, Naming(tape, {"u": u, "J": J}))
    >>> (path,) = graph.paths()
    >>> [(factor.of, factor.by, factor.formula.text, factor.value) for factor in path.factors]
    [('J', 'v5', '3', 3.0), ('v5', 'u', '1', 1.0), ('u', 'b', 'c', 2.0)]
    >>> path.product
    6.0

    Args:
        tape: of one output.
        wrt: a node on it.
        names: of all nodes on it.

    Attributes:
        nodes: those between, both ends included, in the order of the tape.
        is_scalar: whether all of them are real numbers, so that a local derivative is a number as well.
    """

    def __init__(self, tape: Tape, wrt: Node, names: Naming) -> None:
        self.tape = tape
        self.output = tape.outputs[0]
        self.wrt = wrt
        self.names = names
        between = tape.towards({wrt})
        self.nodes = tape.nodes if between is None else tuple([node for node in tape if node in between])
        self._between = frozenset(self.nodes)
        self.is_scalar = all(type(node.value) is float or _is_real_number(node.value) for node in self.nodes)
        self._numbers: dict[tuple[Node, Node], float] = {}
        self._factors: dict[tuple[Node, Node], Factor] = {}

    def inputs(self, node: Node) -> tuple[Node, ...]:
        """The inputs of a node that lie between, each once."""
        if node is self.wrt:
            return ()
        return tuple(dict.fromkeys(x for x in node.inputs if isinstance(x, Node) and x in self._between))

    def number(self, node: Node, x: Node) -> float:
        """The local derivative of a number with respect to an input of it."""
        if (node, x) not in self._numbers:
            self._numbers[node, x] = _slope_of(node, x)
        return self._numbers[node, x]

    def factor(self, node: Node, x: Node) -> Factor:
        """The same with its formula and the names."""
        if (node, x) not in self._factors:
            formulas = [written_slope(node, i, self.names) for i, other in enumerate(node.inputs) if other is x]
            formula = formulas[0] if len(formulas) == 1 else _added(formulas)
            of = self.names(node)
            operation = f"{of} = {self.names.operation(node)} = {amount(node.value)}"
            self._factors[node, x] = Factor(of, self.names(x), operation, formula, self.number(node, x))
        return self._factors[node, x]

    def paths(self) -> tuple[Path, ...]:
        """All paths: count them first, for there may be more than there is time for."""
        return tuple([self._path(chain) for chain in self._chains()])

    def edges(self, most: int) -> tuple[tuple[Factor, ...], int]:
        """The local derivatives on all paths, from the input up: the first and last ones, and how many are left out."""
        pairs = [(node, x) for node in self.nodes for x in self.inputs(node)]
        shown, left_out = _ends(pairs, most)
        return tuple([self.factor(node, x) for node, x in shown]), left_out

    def steps(self, most: int) -> tuple[tuple[ScalarStep | Step, ...], int, int]:
        """The steps of the backward pass from the output down.

        Returns:
            The first and the last ones, how many of them stand before the gap, and how many it leaves out.
        """
        shown, left_out = _ends(self.nodes[::-1], most)
        wanted = set(shown)
        users: dict[Node, list[Node]] = {node: [] for node in shown}
        for node in self.nodes:
            for x in self.inputs(node):
                if x in wanted:
                    users[x].append(node)
        found = sweep(self.tape, 1.0, set(self.nodes))
        derivatives = {node: found.get(node, 0.0) for node in self.nodes}
        make = self._scalar_step if self.is_scalar else self._step
        steps = tuple([make(node, users[node][::-1], derivatives) for node in shown])
        return steps, (len(shown) + 1) // 2, left_out

    def _chains(self) -> Iterator[list[Node]]:
        """The nodes of each path, from the output on; by a list, since a path may be longer than recursion is deep."""
        path: list[Node] = []
        waiting = [(self.output, 0)]
        while waiting:
            node, depth = waiting.pop()
            del path[depth:]
            path.append(node)
            if node is self.wrt:
                yield list(path)
            waiting += [(x, depth + 1) for x in reversed(self.inputs(node))]

    def _path(self, chain: Sequence[Node]) -> Path:
        pairs = list(pairwise(chain))
        product = 1.0
        for node, x in pairs:
            product = product * self.number(node, x) if product else 0.0  # zeros are strong: compgraph.strong_zeros
        shown, left_out = _ends(pairs, _MOST_FACTORS)
        return Path(tuple([self.factor(node, x) for node, x in shown]), left_out, product)

    def _scalar_step(self, node: Node, users: Sequence[Node], derivatives: dict[Node, Any]) -> ScalarStep:
        shown = users[:_MOST_USES]
        return ScalarStep(
            self.names(node),
            self.names.operation(node),
            tuple([(self.factor(user, node), float(derivatives[user])) for user in shown]),
            len(users) - len(shown),
            float(derivatives[node]),
        )

    def _step(self, node: Node, users: Sequence[Node], derivatives: dict[Node, Any]) -> Step:
        uses = [(user, place) for user in users for place, x in enumerate(user.inputs) if x is node]
        contributions = []
        for user, place in uses[:_MOST_USES]:
            formula, reasons, shapes = in_words(user, place, self.names)
            of = f"{self.names(user)} = {self.names.operation(user)}"
            contributions.append(Contribution(of, formula, shapes, reasons))
        return Step(
            self.names(node),
            tuple(contributions),
            max(0, len(uses) - _MOST_USES),
            node.shape,
            amount(gradient_of(node, derivatives[node])),
        )


def count_paths(graph: Graph) -> int:
    """How many paths lead from the input to the output, without going along them.

    >>> import compgraph as cg
    >>> x = y = cg.Variable(1.0)
    >>> for _ in range(40):
    ...     y = y + np.sin(y)
    >>> tape = cg.Tape(y)
    >>> count_paths(Graph(tape, x, Naming(tape))) == 2**40
    True

    Returns:
        The number; 10¹⁵ also stands for more.
    """
    count = {graph.wrt: 1}
    for node in graph.nodes:
        if node is not graph.wrt:
            count[node] = min(COUNTED, sum(count[x] for x in graph.inputs(node)))
    return count[graph.output]


def _ends(things: Sequence[Any], most: int) -> tuple[Sequence[Any], int]:
    """The first and the last of many things, and how many are left out between them."""
    if len(things) <= most:
        return things, 0
    last = most // 2
    return [*things[: most - last], *things[len(things) - last :]], len(things) - most


def _added(formulas: Sequence[Written]) -> Written:
    """The sum of formulas, what begins with a minus sign in parentheses."""
    texts = [f"({f.text})" if i and f.text.startswith("−") else f.text for i, f in enumerate(formulas)]
    in_latex = [
        f"\\left({f.latex}\\right)" if i and f.latex.startswith("-") else f.latex for i, f in enumerate(formulas)
    ]
    return Written(" + ".join(texts), " + ".join(in_latex))


def _slope_of(node: Node, x: Node) -> float:
    """The derivative of a node that is a number with respect to an input that is one, at whichever places it enters."""
    slopes = local_derivatives(node)
    return sum(
        [slope for other, slope in zip(node.inputs, slopes, strict=True) if other is x and slope is not None], 0.0
    )


def _is_real_number(value: Any) -> bool:
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind == "f"
