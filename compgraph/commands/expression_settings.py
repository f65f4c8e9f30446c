"""What is no value of a formula but says how: an axis, a shape, an index. Numbers in it stay whole if they are."""

from __future__ import annotations

import ast
from typing import Any

from compgraph.commands.expression_source import Source
from compgraph.errors import UseError

__all__ = ["MOST_AXES", "index", "setting"]

MOST_AXES = 16
"""The most axes that anything has or names."""

_LARGEST = 10**6


def setting(tree: ast.expr, source: Source) -> Any:
    """Read a number, True, False, None, or a tuple of these.

    >>> setting(ast.parse("(-1, 2)", mode="eval").body, Source(""))
    (-1, 2)

    Raises:
        UseError: it is anything else, such as a name.
    """
    if isinstance(tree, (ast.Tuple, ast.List)) and len(tree.elts) <= MOST_AXES:
        return tuple([_one_setting(each, source) for each in tree.elts])
    return _one_setting(tree, source)


def index(tree: ast.expr, source: Source) -> Any:
    """Read what stands between the brackets of ``x[...]``: whole numbers, slices, None and ``...``.

    >>> index(ast.parse("x[1:, ..., None]", mode="eval").body.slice, Source(""))
    (slice(1, None, None), Ellipsis, None)

    Raises:
        UseError: it is anything else.
    """
    if not isinstance(tree, ast.Tuple):
        return _one_index(tree, source)
    if len(tree.elts) > MOST_AXES:
        raise source.error(tree, f"an array has at most {MOST_AXES} axes here")
    return tuple([_one_index(each, source) for each in tree.elts])


def _one_setting(tree: ast.expr, source: Source) -> Any:
    match tree:
        case ast.Constant(value=None | True | False as word):
            return word
        case ast.Constant(value=int() | float() as number):
            if not abs(number) <= _LARGEST:
                raise source.error(tree, f"the number is too large here: at most {_LARGEST:,}")
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float()) as operand):
            return -_one_setting(operand, source)
    raise source.error(tree, "a plain number stands here, a tuple such as (2, 3), True, False or None")


def _one_index(tree: ast.expr, source: Source) -> Any:
    match tree:
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=value) if value is Ellipsis:
            return Ellipsis
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(*[None if end is None else _whole(end, source) for end in (lower, upper, step)])
    return _whole(tree, source)


def _whole(tree: ast.expr, source: Source) -> int:
    try:
        found = _one_setting(tree, source)
    except UseError:
        found = None
    if type(found) is not int:
        raise source.error(tree, "an index is a whole number, a slice such as 1:3, None or ...")
    return found
