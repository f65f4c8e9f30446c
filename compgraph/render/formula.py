"""An operation as one writes it: ``b × c``, ``tanh(Z1)``, ``Σ(L, axis=1)``, ``x²``, ``Wᵀ``, ``Z[0, :]``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compgraph.notation import index_text, raised
from compgraph.render.one_line import one_line
from compgraph.render.values import number, shape

__all__ = ["UNNAMED", "formula", "parameter"]

UNNAMED = "·"
"""What stands for an operand without a name."""

_LONGEST_PARAMETER = 24
_INFIX_WORDS = {"mod"}
_COMPLEX = re.compile(r"−?\d.*[+−].*j")


def formula(symbol: str, operands: Sequence[str], params: Mapping[str, Any] | None = None) -> str:
    """Write an operation with the names of its operands.

    >>> formula("×", ["b", "c"]), formula("-", ["x"]), formula("@", ["W1", "X"])
    ('b × c', '−x', 'W1 @ X')
    >>> formula("tanh", ["Z1"]), formula("Σ", ["L"], {"axis": 1, "keepdims": False})
    ('tanh(Z1)', 'Σ(L, axis=1)')
    >>> formula("**", ["x", "2"]), formula("**", ["x", "y"]), formula("ᵀ", ["W2"]), formula("÷⌊⌋", ["a", "b"])
    ('x²', 'x ** y', 'W2ᵀ', '⌊a ÷ b⌋')
    >>> formula("[ ]", ["Z"], {"index": (0, slice(None))}), formula("[ ]", ["Z"], {"index": slice(1, 3)})
    ('Z[0, :]', 'Z[1:3]')
    >>> formula("[ ]", ["eigh(A)"], {"number": 1})  # one of several results
    'eigh(A)[1]'
    >>> formula("×", ["a + b", "c"]), formula("-", ["a", "−3"]), formula("tanh", ["a + b"]), formula("ᵀ", ["−W"])
    ('(a + b) × c', 'a − (−3)', 'tanh(a + b)', '(−W)ᵀ')
    >>> formula("×", ["z", "2−1j"]), formula("×", ["1j", "z"])
    ('z × (2−1j)', '1j × z')

    Args:
        symbol: the op's symbol. One without letters stands between two operands or before one; a pair of brackets
            goes around its operands; any other is written as a function.
        operands: how each operand is written: a name, a number, or an operation, which gets parentheses where needed.
        params: the op's parameters; those that say nothing (None, False) are left out.
    """
    told = {name: value for name, value in (params or {}).items() if value is not None and value is not False}
    if symbol == "[ ]" and operands:
        return f"{_tight(operands[0])}[{index_text(told.get('index', told.get('number', 0)), _part)}]"
    if symbol == "ᵀ" and len(operands) == 1 and not told:
        return f"{_tight(operands[0])}ᵀ"
    between = not any(letter.isalpha() for letter in symbol) or symbol in _INFIX_WORDS
    if between and len(operands) == 2 and not told:
        left, right = operands
        if symbol == "÷⌊⌋":
            return f"⌊{_grouped(left)} ÷ {_tight(right)}⌋"
        if symbol == "**":
            return _tight(left) + (raised(right) or f" ** {_tight(right)}")
        return f"{_grouped(left)} {symbol.replace('-', '−')} {_tight(right)}"
    if between and len(operands) == 1 and not told:
        return symbol.replace("-", "−") + _tight(operands[0])
    name = "transpose" if symbol == "ᵀ" else symbol
    return f"{name}({', '.join([*operands, *(f'{key}={parameter(value)}' for key, value in told.items())])})"


def _grouped(operand: str) -> str:
    """An operand in parentheses if it is a sum: it has a space outside all parentheses, as ``a + b`` has and
    ``f(a, b)`` has not, or it is a complex number of two parts."""
    if _COMPLEX.fullmatch(operand):
        return f"({operand})"
    depth = 0
    for letter in operand:
        depth += (letter in "([") - (letter in ")]")
        if letter == " " and depth <= 0:
            return f"({operand})"
    return operand


def _tight(operand: str) -> str:
    return f"({operand})" if operand.startswith("−") else _grouped(operand)


def parameter(value: Any) -> str:
    """Write what an op is told besides its operands.

    >>> parameter((0, -1)), parameter("reflect"), parameter(np.float32), parameter(np.zeros((2, 3)))
    ('(0, −1)', 'reflect', 'float32', 'array(2, 3)')
    """
    if isinstance(value, (tuple, list)):
        inside = ", ".join(parameter(part) for part in value)
        return one_line(f"({inside},)" if len(value) == 1 else f"({inside})", _LONGEST_PARAMETER)
    if isinstance(value, (int, float, np.number, np.bool_)):
        return number(value)
    if isinstance(value, np.ndarray):
        return f"array{shape(value)}"
    return one_line(value if isinstance(value, str) else getattr(value, "__name__", str(value)), _LONGEST_PARAMETER)


def _part(index: Any) -> str:
    return one_line(str(index), _LONGEST_PARAMETER) if isinstance(index, list) else parameter(index)
