"""How operations are written, whatever they are written for: operators and brackets, LaTeX, exponents, indices.

An op declares its symbol, such as ``×``, which pictures show. What else there is to know of its writing is here: the
operator that Python has for it, how tightly that binds, and how the symbol is written in LaTeX.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["ATOM", "LATEX", "OPERATORS", "POWER", "PRODUCT", "SIGN", "SUM", "Text", "index_text", "operation", "raised"]

COMPARISON, OR, XOR, AND, SUM, PRODUCT, SIGN, POWER, ATOM = range(9)
"""How tightly the outermost operation of a formula binds; an atom is a name, a number or a call."""

OPERATORS: dict[Callable[..., Any], tuple[str, int]] = {
    np.greater: (">", COMPARISON), np.greater_equal: (">=", COMPARISON), np.less: ("<", COMPARISON),
    np.less_equal: ("<=", COMPARISON), np.equal: ("==", COMPARISON), np.not_equal: ("!=", COMPARISON),
    np.bitwise_or: ("|", OR), np.bitwise_xor: ("^", XOR), np.bitwise_and: ("&", AND), np.add: ("+", SUM),
    np.subtract: ("-", SUM), np.multiply: ("*", PRODUCT), np.divide: ("/", PRODUCT), np.matmul: ("@", PRODUCT),
    np.floor_divide: ("//", PRODUCT), np.remainder: ("%", PRODUCT), np.negative: ("-", SIGN), np.invert: ("~", SIGN),
    np.power: ("**", POWER), np.transpose: (".T", ATOM),
}  # fmt: skip
"""What Python writes with a sign, and how tightly that binds."""

LATEX = {
    "+": "+", "-": "-", "−": "-", "×": r"\times", "·": r"\cdot", "*": r"\odot", "÷": r"\div", "/": "/", "@": r"\,",
    "∗": r"\ast", ">": ">", "<": "<", "=": "=", "≥": r"\geq", "≤": r"\leq", "ᵀ": r"^{\mathsf{T}}", "…": r"\ldots",
    "Σ": r"\sum", "Π": r"\prod", "σ": r"\sigma", "π": r"\pi",
    **{name: f"\\{name}" for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
}  # fmt: skip
"""The symbols and functions that LaTeX has a sign or a command for; others stand there as upright text."""


class Text(NamedTuple):
    """A formula, and how tightly what holds it together binds."""

    text: str
    strength: int = ATOM

    def at_least(self, strength: int) -> str:
        """The text, in parentheses if it binds less than that."""
        return self.text if self.strength >= strength else f"({self.text})"


def operation(function: Callable[..., Any], *operands: Text) -> Text:
    """Write one of Python's operators, with parentheses where Python would read something else without.

    >>> operation(np.subtract, Text("a"), operation(np.subtract, Text("b"), Text("c")))
    Text(text='a - (b - c)', strength=4)
    """
    sign, strength = OPERATORS[function]
    first, *others = operands
    if strength == ATOM:
        return Text(first.at_least(ATOM) + sign)
    if not others:
        return Text(sign + first.at_least(strength), strength)
    if strength == POWER:
        return Text(f"{first.at_least(ATOM)}{sign}{others[0].at_least(ATOM)}", POWER)
    left = first.at_least(strength or OR)  # a < b < c compares b twice
    return Text(f"{left} {sign} {others[0].at_least(strength + 1)}", strength)


def raised(exponent: str) -> str:
    """A whole number as an exponent; nothing for any other: ``⁻²`` of ``−2``."""
    digits = exponent.replace("−", "-")
    if not digits.isascii() or not digits.lstrip("-").isdigit():
        return ""
    return digits.translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def index_text(index: Any, part_text: Callable[[Any], str]) -> str:
    """What stands between the brackets of ``x[...]``; its parts, and the ends of slices, are written by ``part_text``.

    >>> index_text((0, slice(None, None, 2), ...), str), index_text(((0, 1), None), str)
    ('0, ::2, ...', '(0, 1), None')
    """
    parts, texts = index if isinstance(index, tuple) and index else (index,), []
    for part in parts:
        text = "..." if part is Ellipsis else ""
        if isinstance(part, slice):
            ends = ["" if end is None else part_text(end) for end in (part.start, part.stop, part.step)]
            text = ":".join(ends if ends[2] else ends[:2])
        texts.append(text or part_text(part))
    alone = parts is index and len(parts) == 1 and isinstance(parts[0], tuple)  # which is an index of one axis
    return ", ".join(texts) + "," * alone
