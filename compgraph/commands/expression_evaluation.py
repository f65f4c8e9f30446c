"""The values of formulas, computed part by part: each part is one of a short list, and small enough, or is refused."""

from __future__ import annotations

import ast
import difflib
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compgraph.commands.expression_functions import (
    CONSTANTS,
    FUNCTIONS,
    Function,
    broadcast_entries,
    product_entries,
)
from compgraph.commands.expression_settings import MOST_AXES, index, setting
from compgraph.commands.expression_source import Source
from compgraph.errors import CompgraphError
from compgraph.node import Node
from compgraph.render.one_line import one_line
from compgraph.rules.array import array

__all__ = ["DEEPEST", "MOST_ENTRIES", "MOST_OPERATIONS", "Evaluation", "dotted"]

MOST_OPERATIONS = 500
"""The most operations of a formula."""

MOST_ENTRIES = 10_000
"""The most entries of an array. A product of two matrices of so many takes a million multiplications at most."""

DEEPEST = 100
"""How deep a formula may nest; a sum of n terms nests n deep."""

_LONGEST_NAME = 40

_TWO: Mapping[type[ast.operator], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}
_ONE: Mapping[type[ast.unaryop], Callable[..., Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[..., Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_REFUSED = (CompgraphError, ArithmeticError, LookupError, TypeError, ValueError)
"""What operations raise for operands that they cannot take."""


class Evaluation:
    """The computation of one text.

    >>> source = Source("2*x")
    >>> Evaluation(source, {"x": 3.0}).value(source.statements()[0].tree)
    6.0

    Args:
        source: the text, for complaints.
        names: the values that the names in it have: nodes, floats and arrays of floats.
    """

    def __init__(self, source: Source, names: Mapping[str, Any]) -> None:
        self.names = dict(names)
        self._source = source
        self._operations = 0
        self._depth = 0

    def value(self, tree: ast.expr) -> Any:
        """The value of a formula: a node, a float or an array of floats.

        Raises:
            UseError: a part of it is none of those there are, cannot be computed or is too large.
        """
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._source.error(tree, f"the formula nests more than {DEEPEST} deep: give names to parts of it")
        found = self._value(tree)
        self._depth -= 1
        return found

    def _value(self, tree: ast.expr) -> Any:
        match tree:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return self._number(tree, number)
            case ast.Name(id=name) if name in self.names or name in CONSTANTS:
                return self.names[name] if name in self.names else CONSTANTS[name]
            case ast.Attribute() if dotted(tree) in CONSTANTS:
                return CONSTANTS[dotted(tree)]
            case ast.Attribute(attr="T", value=inner) if not dotted(tree).startswith(("np.", "cg.")):
                return self._apply(tree, np.transpose, 0, self.value(inner))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _TWO:
                operands = self.value(left), self.value(right)
                entries = product_entries if isinstance(op, ast.MatMult) else broadcast_entries
                return self._apply(tree, _TWO[type(op)], entries(*operands), *operands)
            case ast.UnaryOp(op=op, operand=inner) if type(op) in _ONE:
                return self._apply(tree, _ONE[type(op)], 0, self.value(inner))
            case ast.Subscript(value=inner, slice=places):
                return self._apply(tree, operator.getitem, 0, self.value(inner), index(places, self._source))
            case ast.Call():
                return self._call(tree)
            case ast.List():
                return self._array(tree)
        raise self._source.error(tree, _why_not(tree))

    def _number(self, tree: ast.expr, number: int | float) -> float:
        try:
            value = float(number)
        except OverflowError:
            value = np.inf
        if value == np.inf:
            raise self._source.error(tree, "the number is too large")
        return value

    def _array(self, tree: ast.List) -> Any:
        """An array from a nested list, which may hold numbers, arrays and nodes."""
        parts: list[Any] = []
        nested = self._nested(tree, parts, 1)
        entries = sum(broadcast_entries(part) for part in parts)
        make = array if any(isinstance(part, Node) for part in parts) else _constant_array
        return self._apply(tree, make, entries, nested)

    def _nested(self, tree: ast.expr, parts: list[Any], axes: int) -> Any:
        if not isinstance(tree, ast.List):
            parts.append(self.value(tree))
            if isinstance(parts[-1], Node):  # as many arrows lead into one operation
                self._count(tree, 0)
            return parts[-1]
        if axes > MOST_AXES:
            raise self._source.error(tree, f"an array has at most {MOST_AXES} axes here")
        return [self._nested(each, parts, axes + 1) for each in tree.elts]

    # -------------------------------------------------------------------------------------------------------- functions

    def _call(self, tree: ast.Call) -> Any:
        function = self._function(tree.func)
        operands, settings = self._arguments(tree, function)
        values = [self._operand(kind, each) for kind, each in zip(function.operands, operands, strict=True)]
        chosen = {name: setting(each, self._source) for name, each in settings.items()}
        try:
            entries = function.entries(values, chosen)
        except _REFUSED as error:
            raise self._source.error(tree, str(error)) from None
        needed = [chosen.pop(name) for name in function.needed]
        return self._apply(tree, function.call, entries, *values, *needed, **chosen)

    def _function(self, tree: ast.expr) -> Function:
        name = dotted(tree)
        if name in FUNCTIONS:
            return FUNCTIONS[name]
        shown = one_line(name, _LONGEST_NAME)
        if not name or name in self.names or name in CONSTANTS:
            raise self._source.error(tree, f"what stands before ( is no function: a product is written {shown}*(...)")
        last = name.rpartition(".")[2]
        if last in FUNCTIONS:
            raise self._source.error(tree, f"there is no {shown}: write {FUNCTIONS[last].usage}")
        close = difflib.get_close_matches(name[:_LONGEST_NAME], FUNCTIONS, n=1)
        hint = f": did you mean {close[0]}?" if close else ""
        raise self._source.error(tree, f"{shown} is not among the functions of a formula{hint}")

    def _arguments(self, tree: ast.Call, function: Function) -> tuple[list[ast.expr], dict[str, ast.expr]]:
        """The operands and the settings of a call, as they stand."""
        usage = f"write {function.usage}"
        count = len(function.operands)
        settings = dict(zip(function.settings, tree.args[count:], strict=False))
        if len(tree.args) > count + len(function.settings):
            raise self._source.error(tree, f"too many arguments: {usage}")
        for each in tree.keywords:
            if each.arg not in function.settings:
                raise self._source.error(each, f"there is no argument of that name: {usage}")
            if each.arg in settings:
                raise self._source.error(each, f"{each.arg} is given twice: {usage}")
            settings[each.arg] = each.value
        if len(tree.args) < count or any(name not in settings for name in function.needed):
            raise self._source.error(tree, f"too few arguments: {usage}")
        return tree.args[:count], settings

    def _operand(self, kind: str, tree: ast.expr) -> Any:
        if kind == "condition":
            return self._condition(tree)
        if kind == "value":
            return self.value(tree)
        if not isinstance(tree, (ast.List, ast.Tuple)):
            raise self._source.error(tree, "a list of arrays stands here, such as [x, y]")
        return [self.value(each) for each in tree.elts]

    def _condition(self, tree: ast.expr) -> Any:
        match tree:
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                operands = [np.asarray(_plain(self.value(side))) for side in (left, right)]
                self._count(tree, broadcast_entries(*operands))
                try:
                    return np.asarray(_COMPARISONS[type(op)](*operands))
                except _REFUSED as error:
                    raise self._source.error(tree, str(error)) from None
        raise self._source.error(tree, "one comparison stands here, such as x > 0")

    # ------------------------------------------------------------------------------------------------------- operations

    def _count(self, tree: ast.expr, entries: int) -> None:
        self._operations += 1
        if self._operations > MOST_OPERATIONS:
            raise self._source.error(tree, f"the formula makes more than {MOST_OPERATIONS} operations")
        if entries > MOST_ENTRIES:
            raise self._source.error(tree, f"this makes an array of more than {MOST_ENTRIES:,} entries")

    def _apply(self, tree: ast.expr, function: Callable[..., Any], entries: int, *args: Any, **settings: Any) -> Any:
        """Do one operation, if it is small enough."""
        self._count(tree, entries)
        # Python's own numbers raise where NumPy's are infinite. Nodes see to that themselves.
        if not any(isinstance(each, Node) for each in args):
            args = tuple([np.float64(each) if type(each) is float else each for each in args])
        try:
            result = function(*args, **settings)
        except _REFUSED as error:
            raise self._source.error(tree, str(error)) from None
        values = result if isinstance(result, Node) else np.asarray(result)
        if values.dtype.kind not in ("f" if isinstance(result, Node) else "fiu"):
            raise self._source.error(tree, "this is no number and no array of numbers")
        if values.ndim > MOST_AXES:
            raise self._source.error(tree, f"an array has at most {MOST_AXES} axes here")
        if isinstance(values, Node):
            return values
        if not np.all(np.isfinite(values)):
            raise self._source.error(tree, "this is not finite, or too large for a number")
        return values.astype(np.float64) if values.ndim else float(values)


def dotted(tree: ast.expr) -> str:
    """A name, or names joined by dots, as it stands; empty for anything else.

    >>> dotted(ast.parse("np.linalg.inv", mode="eval").body), dotted(ast.parse("f(x).T", mode="eval").body)
    ('np.linalg.inv', '')
    """
    parts: list[str] = []
    while isinstance(tree, ast.Attribute):
        parts.append(tree.attr)
        tree = tree.value
    return ".".join([tree.id, *reversed(parts)]) if isinstance(tree, ast.Name) else ""


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Node) else value


def _constant_array(nested: Any) -> Any:
    try:
        return np.array(nested, dtype=np.float64)
    except ValueError:
        raise ValueError("the rows of an array have one length") from None


def _why_not(tree: ast.expr) -> str:
    """Why a part of a tree is no part of a formula."""
    name = one_line(dotted(tree), _LONGEST_NAME)
    match tree:
        case ast.Name() if name in FUNCTIONS:
            return f"{name} is a function: write {FUNCTIONS[name].usage}"
        case ast.Attribute() if name in FUNCTIONS:
            return f"{name} is a function: write {FUNCTIONS[name].usage}"
        case ast.Name(id="np" | "cg"):
            return f"{name} is not a value"
        case ast.Attribute() if name.startswith(("np.", "cg.")):
            return f"{name} is not among the functions of a formula"
        case ast.Attribute(attr=attribute):
            return f".{one_line(attribute, _LONGEST_NAME)} is not there: .T is the only one of its kind"
        case ast.Compare():
            return "a comparison stands only in the first place of where(x > 0, y, z)"
        case ast.Tuple():
            return "an array is written in brackets, [1, 2], and one formula stands after another with ; between them"
        case ast.Constant():
            return "this is no number"
        case ast.BinOp(op=ast.FloorDiv()):
            return "// has no derivative: a quotient is written /"
    return "this is no part of a formula"
