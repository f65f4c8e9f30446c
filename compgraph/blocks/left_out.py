"""Data that were not named as such: an error of shapes in a block, explained where it is one of a block and the whole.

Where Y belongs to the examples as X does, and only X is cut, the function meets five columns of one and all columns of
the other. What NumPy says of that knows nothing of blocks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from compgraph.nested import flatten, paths

__all__ = ["LeftOut", "left_out"]


class LeftOut(NamedTuple):
    """What an error in a block comes of, as it seems.

    Attributes:
        places: of the arrays that are as long as all examples, in arguments that are no data; none where the array is
            no argument at all.
        told: that in words.
    """

    places: list[str]
    told: str


def left_out(error: Exception, data: Mapping[str, Any], others: Mapping[str, Any], axis: int) -> LeftOut | None:
    """Return which arguments are examples too, to go by an error that a function raised in a block.

    >>> error = ValueError("operands could not be broadcast together with shapes (1,5) (1,9)")
    >>> left_out(error, {"X": np.ones((3, 9))}, {"w": 1.0, "Y": np.ones((1, 9))}, -1)
    LeftOut(places=['Y'], told='Y has as many examples as X along axis -1 and is passed whole with each block')

    Args:
        error: what was raised. Errors of other kinds, and such as do not mention the number of all examples, have
            other reasons.
        data: the data arguments by name, whole; iterators of blocks do not tell how many examples there are.
        others: the other arguments by name.
        axis: along which the examples lie.
    """
    if not isinstance(error, (ValueError, IndexError)):
        return None
    mentioned = {int(number) for number in re.findall(r"(?<![\w.])\d+(?![\w.]\d)", str(error))} - {0, 1}
    counts = set(_lengths(data, axis).values())
    looked_for = mentioned & counts if counts else mentioned
    found = {place: n for place, n in _lengths(others, axis).items() if n in looked_for}
    places, cut = list(found), " and ".join(data)
    has, whole = ("has", "is passed whole") if len(found) == 1 else ("have", "are passed whole")
    if found and counts:
        told = f"{' and '.join(found)} {has} as many examples as {cut} along axis {axis} and {whole} with each block"
        return LeftOut(places, told)
    if found:
        entries = " and ".join(map(str, sorted(set(found.values()))))
        told = f"{' and '.join(found)} {has} {entries} entries along axis {axis} and {whole} with each block of {cut}"
        return LeftOut(places, told)
    if counts and looked_for:
        return LeftOut([], f"an array of {max(looked_for)} examples that the function takes from around it is not cut")
    return None


def _lengths(arguments: Mapping[str, Any], axis: int) -> dict[str, int]:
    """How long the arrays in arguments are along an axis, by their places; of those that have it."""
    found = {}
    for name, argument in arguments.items():
        leaves, structure = flatten(argument)
        for place, x in zip(paths(structure, name), leaves, strict=True):
            shape = np.shape(x) if isinstance(x, list) else getattr(x, "shape", None)
            if isinstance(shape, tuple) and -len(shape) <= axis < len(shape):
                found[place] = shape[axis]
    return found
