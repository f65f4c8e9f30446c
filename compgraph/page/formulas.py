"""The steps of a tape as formulas: what an operation computes, and how a derivative is made of those of its users.

Nothing is differentiated by these formulas: they are those of :mod:`compgraph.explain`, with the engine's numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compgraph.explain.amounts import amount
from compgraph.explain.chain import Factor
from compgraph.explain.naming import Naming
from compgraph.explain.pullback import in_words
from compgraph.explain.symbol import Written, applied, derivative, differential, latex_name, named, of_number
from compgraph.node import Node
from compgraph.notation import LATEX
from compgraph.render.formula import formula
from compgraph.render.kind import kind_of
from compgraph.render.one_line import one_line
from compgraph.render.values import number

__all__ = ["Formula", "computed", "pulled_back", "summed"]

_MOST_USES = 6
_LONGEST = 60
_MORE = Written("…", r"\cdots")


@dataclass(frozen=True, slots=True)
class Formula:
    """One step of a pass.

    Attributes:
        left: what is computed.
        rows: what it equals, each with the sign before it, ``=`` or ``+``.
        shapes: of what is multiplied or summed; empty for numbers.
        reasons: sentences without a full stop.
    """

    left: Written
    rows: tuple[tuple[str, Written], ...]
    shapes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole in one line."""
        return " ".join([self.left.text, *(f"{sign} {written.text}" for sign, written in self.rows)])


def computed(node: Node, names: Naming) -> Formula:
    """How a node was computed.

    >>> import compgraph as cg
    >>> b, c = cg.variables(b=3.0, c=2.0)
    >>> u = b * c
    >>> computed(u, Naming(cg.Tape(u), {"u": u})).text
    'u = b × c = 3 × 2 = 6'

    Args:
        node: on the tape that the names are of.
        names: what everything is called.
    """
    left, value = named(names(node)), _amount(node.value)
    if not node.inputs:
        rows = (("=", value),) if not node.shape else ()
        return Formula(left, rows, _told((left, node)), (f"{names(node)} is given: it is a {kind_of(node)}",))
    inputs = [_called(x, names) for x in node.inputs]
    written = _operation(node, inputs)
    if not node.shape and not any(np.ndim(_value(x)) for x in node.inputs):
        numbers = _operation(node, [_amount(_value(x)) for x in node.inputs])
        parts = [written, numbers, value] if numbers != written else [written, value]
        return Formula(left, tuple([("=", part) for part in parts]))
    rows = (("=", written), *((("=", value),) if not node.shape else ()))
    operands = dict.fromkeys(_told(*zip(inputs, node.inputs, strict=True)))
    result = _told((left, node)) or (f"{left.text} ()",)
    return Formula(left, rows, (f"{', '.join(operands)} → {result[0]}",), tuple(_broadcast(node, inputs)))


def summed(name: str, output: str, uses: Sequence[tuple[Factor, float]], value: float) -> Formula:
    """How the derivative with respect to a number is made of those of what uses it, all of them numbers.

    >>> from compgraph.explain.chain import Graph
    >>> import compgraph as cg
    >>> b, c = cg.variables(b=3.0, c=2.0)
    >>> u = b * c
    >>> J = 3 * u
    >>> graph = Graph(cg.Tape(J), b, Naming(cg.Tape(J), {"u": u, "J": J}))
    >>> summed("b", "J", [(graph.factor(u, b), 3.0)], 6.0).text
    'dJ/db = dJ/du · du/db = 3 · 2 = 6'

    Args:
        name: of the number.
        output: what is differentiated.
        uses: for each use of the number the local derivative, and the derivative of the output that it is multiplied
            by; none for the output itself.
        value: the derivative.
    """
    left, result = derivative(output, name), of_number(value)
    if not uses:
        return Formula(left, (("=", result),), (), (_beginning(output),))
    symbols, numbers, reasons = [], [], []
    for factor, above in uses[:_MOST_USES]:
        local, slope = derivative(factor.of, name), _factor(of_number(factor.value))
        first = factor.of == output
        symbols.append(local if first else _times(derivative(output, factor.of), local))
        numbers.append(slope if first else _times(_factor(of_number(above)), slope))
        told = number(factor.value)
        same = "" if factor.formula.text == told else f" = {told}"
        reasons.append(f"{factor.operation.rpartition(' = ')[0]}, so {local.text} = {factor.formula.text}{same}")
    if len(uses) > _MOST_USES:
        symbols.append(_MORE)
        numbers.append(_MORE)
        reasons.append(f"and {len(uses) - _MOST_USES:,} more uses of {name}")
    rows = [_plus(symbols), _plus(numbers)]
    kept = [row for row in rows if row.text not in (left.text, result.text)]
    return Formula(left, tuple([("=", row) for row in (*kept, result)]), (), tuple(reasons))


def pulled_back(node: Node, output: Node, uses: Sequence[tuple[Node, int]], names: Naming) -> Formula:
    """The same in matrix form, where arrays are on the way: dW2 = dZ2 A1ᵀ.

    >>> import compgraph as cg
    >>> W = cg.Variable(np.ones((3, 4)), name="W")
    >>> Z = W @ np.ones((4, 7))
    >>> J = np.sum(Z)
    >>> step = pulled_back(W, J, [(Z, 0)], Naming(cg.Tape(J), {"Z": Z, "X": Z.inputs[1]}))
    >>> step.text, step.shapes
    ('dW = dZ Xᵀ', ('(3×4) = (3×7)(7×4)',))

    Args:
        node: whose derivative is meant.
        output: what is differentiated.
        uses: of the node, each as what was made of it and the place among its inputs.
        names: what everything is called.
    """
    over, by = names(output), names(node)
    left = differential(by)
    short = f"{left.text} is short for {derivative(over, by).text}"
    if node is output:
        return Formula(left, (("=", of_number(1.0)),), (), (_beginning(over), short))
    rows: list[tuple[str, Written]] = []
    shapes: list[str] = []
    reasons: list[str] = []
    for user, place in uses[:_MOST_USES]:
        written, why, sizes = in_words(user, place, names)
        rows.append(("+" if rows else "=", written))
        shapes.append(_sizes(sizes))
        reasons += why
    if len(uses) > _MOST_USES:
        rows.append(("+", _MORE))
        reasons.append(f"and {len(uses) - _MOST_USES:,} more uses of {by}")
    if len(uses) > 1:
        reasons.append(f"{by} is used {len(uses)} times: what comes back from each use is added up")
    return Formula(left, tuple(rows), tuple(dict.fromkeys(shapes)), (*dict.fromkeys(reasons), short))


def _operation(node: Node, operands: Sequence[Written]) -> Written:
    assert node.op is not None
    text = one_line(formula(node.op.symbol, [each.text for each in operands], node.params), _LONGEST)
    return Written(text, _latex(node, operands, text))


def _latex(node: Node, operands: Sequence[Written], text: str) -> str:
    """The operation in LaTeX, by its symbol; what has no form of its own stands there as text."""
    assert node.op is not None
    symbol, latex = node.op.symbol, [_factor(each).latex for each in operands]
    told = {key: value for key, value in node.params.items() if value is not None and value is not False}
    if told or symbol == "[ ]":
        return latex_name(text)
    if len(operands) == 2 and symbol in LATEX and not symbol.isalpha():
        return f"{latex[0]} {LATEX[symbol]} {latex[1]}"
    if len(operands) == 2 and symbol == "**":
        return f"{{{latex[0]}}}^{{{operands[1].latex}}}"
    if len(operands) == 1 and symbol == "-":
        return f"-{latex[0]}"
    if len(operands) == 1 and symbol == "ᵀ":
        return f"{{{latex[0]}}}{LATEX[symbol]}"
    if len(operands) == 1 and symbol.isalpha():
        return applied(symbol, operands[0].latex)
    return latex_name(text)


def _called(x: Any, names: Naming) -> Written:
    if isinstance(x, Node) or np.ndim(x):
        return named(names(x))
    return of_number(np.asarray(x)[()] if isinstance(x, np.ndarray) else x)


def _amount(value: Any) -> Written:
    return of_number(np.asarray(value)[()]) if not np.ndim(value) else named(amount(value))


def _told(*things: tuple[Written, Any]) -> tuple[str, ...]:
    """Arrays by what they are called, with their shapes; numbers are left out."""
    return tuple([f"{name.text} {_size(np.shape(_value(x)))}" for name, x in things if np.ndim(_value(x))])


def _broadcast(node: Node, inputs: Sequence[Written]) -> list[str]:
    assert node.op is not None
    if not node.op.elementwise:
        return []
    shapes = [np.shape(_value(x)) for x in node.inputs]
    return [
        f"{name.text} {_size(shape)} is broadcast to {_size(node.shape)}"
        for name, shape in zip(inputs, shapes, strict=True)
        if shape and shape != node.shape
    ]


def _beginning(output: str) -> str:
    return f"the reverse pass begins here: the slope of {output} in itself is 1"


def _times(left: Written, right: Written) -> Written:
    return Written(f"{left.text} · {right.text}", f"{left.latex} \\cdot {right.latex}")


def _plus(terms: Sequence[Written]) -> Written:
    return Written(" + ".join([term.text for term in terms]), " + ".join([term.latex for term in terms]))


def _factor(value: Written) -> Written:
    """A number as it stands in a product or sum."""
    if not value.text.startswith("−"):
        return value
    return Written(f"({value.text})", f"\\left({value.latex}\\right)")


def _sizes(shapes: Sequence[tuple[int, ...]]) -> str:
    first, *rest = map(_size, shapes)
    if len(rest) < 2:
        return first if not rest or rest[0] == first else f"{first} from {rest[0]}"
    return f"{first} = {''.join(rest)}"


def _size(shape: tuple[int, ...]) -> str:
    return f"({'×'.join(map(str, shape))}{',' * (len(shape) == 1)})"


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Node) else x
