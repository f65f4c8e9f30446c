"""Slips that one other operation or operand in the person's own formula mends, whatever they mean."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple

import numpy as np

from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.own_formula import OwnFormula
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.node import Node

__all__ = ["repairs"]

MOST_NODES = 200
"""Of a longer formula, such as an unrolled loop, single operations are not tried."""

OTHER_WAY: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "multiply": (" / ", np.divide),
    "divide": (" * ", np.multiply),
    "add": (" - ", np.subtract),
    "subtract": (" + ", np.add),
}
EXPONENTS = (2.0, 3.0, 1.0, 0.5, -1.0, -2.0, 4.0)


class Edit(NamedTuple):
    """One operation written otherwise: what its node becomes, and how that is spelled."""

    kind: str
    key: Hashable
    text: str
    value: Any
    far: float


def repairs(suspect: Suspect) -> Iterator[Guess]:
    """The person's formula with one operation otherwise is right."""
    formula = suspect.formula
    if formula is None or len(formula.tape) > MOST_NODES or not suspect.fits:
        return
    spelling = suspect.spelling.among(formula.names, formula.arrays)
    for place, node in enumerate(formula.tape):
        if node.op is None:
            continue
        for edit in _edits(suspect, formula, node):
            mended = formula.with_values({node: edit.value})
            if mended is None or mended.shape != suspect.right.shape or not suspect.agree(mended, suspect.right):
                continue
            message = (
                f"in the formula for d{suspect.name}, where it has {spelling.inside(node)}, it should have {edit.text}"
            )
            yield Guess(edit.kind, ("repair", place, edit.key), message, suspect.replaced_by(mended), edit.far)


def _edits(suspect: Suspect, formula: OwnFormula, node: Node) -> Iterator[Edit]:
    assert node.op is not None
    spelling = suspect.spelling.among(formula.names, formula.arrays)
    inputs = node.inputs
    values = [x.value if isinstance(x, Node) else x for x in inputs]

    def evaluated(arguments: list[Any]) -> Any:
        assert node.op is not None
        try:
            with np.errstate(all="ignore"):
                return node.op.forward(*arguments, **node.params)
        except (ArithmeticError, ValueError, TypeError, IndexError):
            return None

    for i, x in enumerate(inputs):
        if np.ndim(values[i]) == 0:
            continue
        for title, other in _named(suspect, formula, np.shape(values[i])):
            if other is not values[i]:
                value = evaluated([*values[:i], other, *values[i + 1 :]])
                if value is not None:
                    was = spelling(x)
                    yield Edit("wrong-operand", (i, title), f"{title} in the place of {was}", value, 1.0)
    for i, x in enumerate(inputs):
        if node.op.name in ("multiply", "divide") and np.ndim(values[i]):
            with np.errstate(all="ignore"):
                value = evaluated([*values[:i], np.square(values[i]), *values[i + 1 :]])
            title = f"{spelling.atom(x)}**2"
            yield Edit("wrong-operand", (i, "squared"), f"{title} in the place of {spelling(x)}", value, 1.1)
    for i, x in enumerate(inputs):
        if len(inputs) > 1 and np.ndim(values[i]):
            yield Edit("wrong-operand", ("alone", i), f"{spelling(x)} alone", values[i], 1.2)
    if len(inputs) == 2 and node.op.name in OTHER_WAY:
        sign, function = OTHER_WAY[node.op.name]
        with np.errstate(all="ignore"):
            value = function(*values)
        kind = "term-sign" if node.op.name in ("add", "subtract") else "wrong-derivative"
        text = f"{spelling.atom(inputs[0])}{sign}{spelling.atom(inputs[1])}"
        yield Edit(kind, ("other way",), text, value, 1.1)
    if node.op.name == "power" and np.ndim(values[1]) == 0:
        for exponent in EXPONENTS:
            if exponent != values[1]:
                with np.errstate(all="ignore"):
                    value = np.power(values[0], exponent)
                text = spelling.atom(inputs[0]) + (f"**{exponent:g}" if exponent != 1 else "")
                yield Edit("wrong-derivative", ("power", exponent), text, value, 1.1)


def _named(suspect: Suspect, formula: OwnFormula, shape: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    """The arrays of a shape by their names in the person's function or in the cost."""
    seen: set[str] = set()
    for name, node in formula.nodes.items():
        if node.shape == shape:
            seen.add(name)
            yield name, node.value
    for title, value in suspect.arrays_of(shape):
        if title not in seen:
            yield title, value
