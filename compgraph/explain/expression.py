"""Formulas of derivatives, written once as Python expressions and read out as text and as LaTeX.

``"1 - out**2"`` is how a table of derivatives reads and can be computed with; ``1 − A1²`` and ``1 - A_{1}^{2}`` are how
it is shown, once it is known that ``out`` is called A1.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compgraph.explain.symbol import Written, applied, latex_name, of_number
from compgraph.notation import ATOM, LATEX, POWER, PRODUCT, SIGN, SUM, raised
from compgraph.render.formula import formula

__all__ = ["Slot", "write"]

_GROUP = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NAMES = {"sigmoid": "σ", "pi": "π", "sqrt": "√"}
_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "−", ast.Mult: "·", ast.Div: "/",
    ast.Gt: ">", ast.Lt: "<", ast.GtE: "≥", ast.LtE: "≤", ast.Eq: "=",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slot:
    """What stands for a name in a formula.

    Attributes:
        written: its name, or a number.
        is_array: whether it has axes; a product of two arrays is marked as one of entries.
    """

    written: Written
    is_array: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    latex: str
    strength: int
    is_array: bool = False

    def at_least(self, strength: int) -> _Piece:
        """The same, in parentheses if it binds less than that."""
        if self.strength >= strength:
            return self
        return _Piece(f"({self.text})", f"\\left({self.latex}\\right)", ATOM, self.is_array)


def write(template: str, slots: Mapping[str, Slot], index: Any = None) -> Written:
    """Write a formula with the names of what is in it.

    >>> from compgraph.explain.symbol import differential, named
    >>> slots = {"grad": Slot(differential("A1"), True), "out": Slot(named("A1"), True), "x": Slot(named("Z1"), True)}
    >>> write("grad * (1 - out**2)", slots).text
    'dA1 * (1 − A1²)'
    >>> print(write("sum(grad @ x.T, (1,))", slots).latex)
    \\sum_{\\mathrm{axis}\\,1} \\mathrm{d}A_{1}\\, Z_{1}^{\\mathsf{T}}

    Args:
        template: a Python expression of the slots' names, numbers, operators and functions. A comparison in brackets
            is 1 where it holds and 0 elsewhere. Beyond NumPy's functions: ``sum(x, axes)``, or ``sum(x, axes, True)``
            where they are kept, ``spread(x, axes, shape)`` for the entries of x repeated, ``ones(shape)``, ``take(x)``
            and ``embed(x, shape)``, which put it among zeros.
        slots: by the names in the template; other names stand for themselves.
        index: what ``take`` and ``embed`` index by.
    """
    piece = _Writer(slots, index).piece(_parsed(template))
    return Written(piece.text, piece.latex)


@functools.lru_cache(maxsize=512)
def _parsed(template: str) -> ast.expr:
    return ast.parse(template, mode="eval").body


class _Writer:
    """One formula on its way from the tree of its syntax to the two scripts."""

    def __init__(self, slots: Mapping[str, Slot], index: Any) -> None:
        self.slots = slots
        self.index = index

    def piece(self, tree: ast.expr) -> _Piece:
        match tree:
            case ast.Name(id=name):
                return self._name(name)
            case ast.Constant(value=value):
                return self._number(of_number(value))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inside = self.piece(operand).at_least(PRODUCT)
                if inside.text.startswith("−"):
                    inside = _Piece(inside.text, inside.latex, SUM, inside.is_array).at_least(ATOM)
                return _Piece(f"−{inside.text}", f"-{inside.latex}", SIGN, inside.is_array)
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(op, self.piece(left), self.piece(right), right)
            case ast.Attribute(value=value, attr="T" | "mT"):
                inside = self.piece(value).at_least(ATOM)
                return _Piece(f"{inside.text}ᵀ", f"{_based(inside.latex)}{LATEX['ᵀ']}", ATOM, True)
            case ast.List(elts=[ast.Compare() as comparison]):
                return self._bracket(comparison)
            case ast.List(elts=[ast.UnaryOp(op=ast.Not(), operand=operand)]):
                inside = self.piece(operand)
                return _Piece(f"[not {inside.text}]", f"\\left[\\neg {inside.latex}\\right]", ATOM, inside.is_array)
            case ast.List(elts=[ast.Name() as condition]):
                inside = self.piece(condition)
                return _Piece(f"[{inside.text}]", f"\\left[{inside.latex}\\right]", ATOM, inside.is_array)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, arguments)
        raise AssertionError(f"no way to write {ast.unparse(tree)}")

    def _name(self, name: str) -> _Piece:
        slot = self.slots.get(name)
        if slot is None:
            name = _NAMES.get(name, name)
            return _Piece(name, LATEX.get(name) or latex_name(name), ATOM)
        return self._number(slot.written, slot.is_array)

    def _number(self, written: Written, is_array: bool = False) -> _Piece:
        """What comes from outside: a negative number or a name such as ``a + b`` is no atom."""
        outside = _GROUP.sub("", written.text)
        strength = SUM if any(letter in " +-*/=<>@·×" for letter in outside) else ATOM
        return _Piece(written.text, written.latex, SIGN if written.text.startswith("−") else strength, is_array)

    def _binary(self, op: ast.operator, left: _Piece, right: _Piece, tree: ast.expr) -> _Piece:
        both = left.is_array or right.is_array
        match op:
            case ast.Add() | ast.Sub() | ast.Mult() | ast.Div():
                strength = SUM if isinstance(op, ast.Add | ast.Sub) else PRODUCT
                first = left.at_least(strength)
                second = right.at_least(strength + 1 if right.strength != SIGN else POWER)
                sign = "*" if isinstance(op, ast.Mult) and left.is_array and right.is_array else _SIGNS[type(op)]
                latex = f"{first.latex} {LATEX[sign]} {second.latex}"
                if isinstance(op, ast.Div):  # whose bar says what is above and below it
                    latex = f"\\frac{{{left.latex}}}{{{right.latex}}}"
                return _Piece(f"{first.text} {sign} {second.text}", latex, strength, both)
            case ast.Pow():
                base = left.at_least(ATOM)
                text = base.text + (raised(right.text) or f" ** {right.at_least(ATOM).text}")
                return _Piece(text, f"{_based(base.latex)}^{{{right.latex}}}", POWER, both)
            case ast.MatMult():
                left, right = left.at_least(PRODUCT), right.at_least(ATOM)
                return _Piece(f"{left.text} {right.text}", f"{left.latex}{LATEX['@']} {right.latex}", PRODUCT, True)
        raise AssertionError(f"no way to write {ast.unparse(tree)}")

    def _bracket(self, comparison: ast.Compare) -> _Piece:
        first = self.piece(comparison.left)
        text, latex, is_array = first.text, first.latex, first.is_array
        for op, right in zip(comparison.ops, comparison.comparators, strict=True):
            sign, other = _SIGNS[type(op)], self.piece(right)
            text, latex = f"{text} {sign} {other.text}", f"{latex} {LATEX[sign]} {other.latex}"
            is_array = is_array or other.is_array
        return _Piece(f"[{text}]", f"\\left[{latex}\\right]", ATOM, is_array)

    def _call(self, name: str, arguments: list[ast.expr]) -> _Piece:
        if name == "ones":
            lengths = ast.literal_eval(arguments[0])
            return _Piece(f"ones{_shape_of(lengths)}", f"\\mathbf{{1}}_{{{_by(lengths)}}}", ATOM, bool(lengths))
        inside = self.piece(arguments[0])
        if name in ("take", "embed"):
            taken = formula("[ ]", ["_"], {"index": self.index})[1:]
            if name == "take":
                inside = inside.at_least(ATOM)
                return _Piece(inside.text + taken, inside.latex + latex_name(taken), ATOM, True)
            text = f"zeros with {inside.text} at {taken}"
            return _Piece(text, f"\\mathrm{{embed}}_{{{latex_name(taken)}}}\\left({inside.latex}\\right)", SUM, True)
        if name in ("sum", "spread", "mean", "max", "softmax"):
            kept = name == "sum" and len(arguments) == 3
            return self._along(name, inside, ast.literal_eval(arguments[1]), kept)
        if name in ("reshape", "transpose", "flip", "moveaxis", "swapaxes"):
            rest = [ast.literal_eval(argument) for argument in arguments[1:]]
            told = ", ".join(str(part) for part in rest if part is not None)
            text = f"{name}({inside.text}{', ' * bool(told)}{told})"
            return _Piece(text, f"\\mathrm{{{name}}}\\left({inside.latex}\\right)", ATOM, True)
        others = [self.piece(argument) for argument in arguments[1:]]
        text = ", ".join(piece.text for piece in (inside, *others))
        latex = ", ".join(piece.latex for piece in (inside, *others))
        is_array = inside.is_array or any(piece.is_array for piece in others)
        return _Piece(f"{_NAMES.get(name, name)}({text})", applied(_NAMES.get(name, name), latex), ATOM, is_array)

    def _along(self, name: str, inside: _Piece, axes: tuple[int, ...] | None, kept: bool) -> _Piece:
        """A function of entries along some axes, which a sum may keep; None for all of them."""
        told = "" if axes is None else f", axis={axes[0] if len(axes) == 1 else axes}"
        told += ", keepdims" * kept
        title = "Σ" if name == "sum" else name
        text = f"{title}({inside.text}{told})"
        beneath = "" if axes is None else f"_{{\\mathrm{{axis}}\\,{','.join(map(str, axes))}}}"
        if name == "sum":
            return _Piece(text, f"{LATEX[title]}{beneath} {inside.at_least(PRODUCT).latex}", ATOM, axes is not None)
        return _Piece(text, f"\\mathrm{{{name}}}{beneath}\\left({inside.latex}\\right)", ATOM, True)


def _based(latex: str) -> str:
    """A base that carries an exponent: one that ends in an index or exponent of its own goes into braces."""
    return latex if "^" not in latex else f"{{{latex}}}"


def _shape_of(lengths: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, lengths))})"


def _by(lengths: tuple[int, ...]) -> str:
    return r" \times ".join(map(str, lengths))
