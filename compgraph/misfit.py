"""Which axes clash where shapes do not fit together, and what may have been meant: the second half of a ShapeError.

NumPy's own texts tell the shapes, or the core dimensions of a gufunc. What is said here names the operands, the axis of
each and the two lengths, in one line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.primitive import Op
from compgraph.rules.contraction import contract

__all__ = ["Operand", "clash"]

Shape = tuple[int, ...]
Params = Mapping[str, Any]

ORDINALS = ("first", "second", "third", "fourth")


class Operand(NamedTuple):
    """What is known of an operand: what it is called, its shape, and whether it is called so in the code as well."""

    title: str
    shape: Shape
    named: bool

    def __str__(self) -> str:
        return f"{self.title} {self.shape}"


def clash(op: Op, operands: Sequence[Operand], params: Params) -> str | None:
    """Return which axes of an op's operands clash; None where they do not, or where nothing is known of the op.

    >>> import compgraph as cg
    >>> W, x = Operand("W", (3, 4), True), Operand("x", (3, 1), True)
    >>> print(clash(cg.OPS[np.matmul], [W, x], {}))
    W has 4 columns, but x has 3 rows; did you mean W.T @ x?

    Args:
        op: the op that refused them.
        operands: in the order of its arguments.
        params: its parameters.
    """
    find = BY_FUNCTION.get(op.function) or (_broadcasting if op.elementwise else None)
    return find(_told_apart(operands), params) if find else None


def _told_apart(operands: Sequence[Operand]) -> list[Operand]:
    """The operands with titles of which no two are the same: two results of np.exp are the first and the second exp."""
    titles = [x.title for x in operands]
    return [
        x if titles.count(x.title) == 1 else Operand(_numbered(x.title.removeprefix("the "), i), x.shape, False)
        for i, x in enumerate(operands)
    ]


def _numbered(title: str, i: int) -> str:
    return f"the {ORDINALS[i]} {title}" if i < len(ORDINALS) else f"{title} number {i + 1}"


def _code(x: Operand, otherwise: str) -> str:
    """What to write for an operand in a remedy."""
    return x.title if x.named and x.title.isidentifier() else otherwise


# --------------------------------------------------------------------------------------------------------- broadcasting


def _broadcasting(operands: Sequence[Operand], params: Params) -> str | None:
    for axis in range(1, 1 + max(len(x.shape) for x in operands)):  # counted from the end, as NumPy aligns them
        long = [x for x in operands if len(x.shape) >= axis and x.shape[-axis] != 1]
        for other in long[1:]:
            if other.shape[-axis] != long[0].shape[-axis]:
                first = long[0]
                return (
                    f"axis {len(first.shape) - axis} of {first.title} has length {first.shape[-axis]}, "
                    f"axis {len(other.shape) - axis} of {other.title} has {other.shape[-axis]}"
                    f"{_as_a_column(first, other) or _turned(first, other)}"
                )
    return None


def _as_a_column(*pair: Operand) -> str:
    """The remedy for a vector that meets the rows of a matrix and was to meet its columns."""
    vector, matrix = sorted(pair, key=lambda x: len(x.shape))
    if (len(vector.shape), len(matrix.shape)) != (1, 2) or vector.shape[0] != matrix.shape[0]:
        return ""
    column = f"{_code(vector, 'v')}[:, None]"
    return f"; a vector of shape {vector.shape} is a row: make it a column: {column}, or keepdims=True before"


def _turned(first: Operand, other: Operand) -> str:
    """The remedy for matrices of which one lies on its side."""
    if len(first.shape) == len(other.shape) == 2 and _broadcasts(first.shape, other.shape[::-1]):
        return f"; did you mean {other.title}.T?" if _code(other, "") else f"; the transpose (.T) of {other.title} fits"
    return ""


def _broadcasts(*shapes: Shape) -> bool:
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def _spreading(operands: Sequence[Operand], params: Params) -> str | None:
    shape = params.get("shape", ())
    wanted = Operand("the shape asked for", tuple(shape) if isinstance(shape, (tuple, list)) else (shape,), False)
    if len(wanted.shape) < len(operands[0].shape):
        return f"it has {len(operands[0].shape)} axes, and the shape asked for, {wanted.shape}, has fewer"
    return _broadcasting([*operands, wanted], params)


# ------------------------------------------------------------------------------------------------------------- products


def _product(operands: Sequence[Operand], params: Params) -> str | None:
    left, right = operands
    for x in operands:
        if not x.shape:
            return f"{x.title} is a number, and a matrix product takes none: write *"
    row = right.shape[-2] if len(right.shape) > 1 else right.shape[0]
    if left.shape[-1] != row:
        return f"{_lengths(left, -1, 'columns')}, but {_lengths(right, -2, 'rows')}{_meant(left, right)}"
    return _broadcasting([Operand(x.title, (*x.shape[:-2], 1, 1), False) for x in operands], params)


def _lengths(x: Operand, axis: int, what: str) -> str:
    if len(x.shape) == 1:
        return f"{x.title} has {x.shape[0]} entries"
    return f"{x.title} has {x.shape[axis]} {what}"


def _meant(left: Operand, right: Operand) -> str:
    """Products of the same two operands that are possible."""
    if max(len(left.shape), len(right.shape)) != 2:
        return ""
    a, b = _code(left, "left"), _code(right, "right")
    forms = {
        f"{a}.T @ {b}": (left.shape[::-1], right.shape),
        f"{a} @ {b}.T": (left.shape, right.shape[::-1]),
        f"{b} @ {a}": (right.shape, left.shape),
    }
    fitting = [form for form, (x, y) in forms.items() if x[-1] == (y[-2] if len(y) == 2 else y[0])]
    return f"; did you mean {' or '.join(fitting[:2])}?" if fitting else ""


def _letters(operands: Sequence[Operand], params: Params) -> str | None:
    terms = params["subscripts"].partition("->")[0].split(",")
    met: dict[str, tuple[Operand, int]] = {}
    for x, term in zip(operands, terms, strict=True):
        for letter, n in zip(term, x.shape, strict=True):
            first, length = met.setdefault(letter, (x, n))
            if length == 1:
                met[letter] = (x, n)
            elif n not in (1, length):
                return (
                    f"the letter {letter} of {params['subscripts']!r} has length {length} in {first.title} "
                    f"and {n} in {x.title}"
                )
    return None


# -------------------------------------------------------------------------------------------------------------- joining


def _joining(operands: Sequence[Operand], params: Params) -> str | None:
    axis = params.get("axis", 0)
    first = operands[0]
    for i, x in enumerate(operands if axis is not None else []):
        if not x.shape:
            return f"part {i}, {x}, has no axes: np.stack or compgraph.array makes a vector of numbers"
        if len(x.shape) != len(first.shape):
            return f"part {i}, {x}, has {_axes(x)}, and part 0, {first}, has {_axes(first)}: x[None] adds one in front"
        for k, (n, m) in enumerate(zip(first.shape, x.shape, strict=True)):
            if n != m and k != axis % len(first.shape):
                return (
                    f"axis {k} of part {i}, {x}, has length {m}, and of part 0 {n}: "
                    f"the parts may differ only along axis={axis}"
                )
    return None


def _axes(x: Operand) -> str:
    count = len(x.shape)
    return "no axes" if not count else "1 axis" if count == 1 else f"{count} axes"


def _stacking(operands: Sequence[Operand], params: Params) -> str | None:
    for i, x in enumerate(operands):
        if x.shape != operands[0].shape:
            return f"part {i}, {x}, has another shape than part 0, {operands[0]}: np.stack takes parts of one shape"
    return None


# ------------------------------------------------------------------------------------------------------ square matrices


def _square(operands: Sequence[Operand], params: Params) -> str | None:
    a = operands[0]
    if len(a.shape) < 2:
        return f"{a.title} has {_axes(a)}, and a matrix has 2"
    if a.shape[-1] != a.shape[-2]:
        return f"{a.title} has {a.shape[-2]} rows and {a.shape[-1]} columns: it has to be square"
    return None


def _solving(operands: Sequence[Operand], params: Params) -> str | None:
    a, b = operands
    wrong = _square(operands, params)
    if wrong or not b.shape:
        return wrong or f"{b.title} is a number: give a vector or a matrix"
    if a.shape[-1] != (b.shape[-2] if len(b.shape) > 1 else b.shape[0]):
        return f"{_lengths(a, -2, 'rows')}, but {_lengths(b, -2, 'rows')}"
    return _broadcasting([Operand(a.title, (*a.shape[:-2], 1, 1), False), b._replace(shape=(*b.shape[:-2], 1, 1))], {})


BY_FUNCTION: dict[Callable[..., Any], Callable[[Sequence[Operand], Params], str | None]] = {
    np.matmul: _product,
    np.dot: _product,
    contract: _letters,
    np.concatenate: _joining,
    np.stack: _stacking,
    np.broadcast_to: _spreading,
    np.linalg.solve: _solving,
    **dict.fromkeys([np.linalg.inv, np.linalg.det, np.linalg.cholesky], _square),
}
"""How the clash of an op's operands is found; of elementwise ops it is that of broadcasting."""
