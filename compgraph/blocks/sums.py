"""Results over some of the examples, added two by two in a tree that depends on their number alone.

The rounding errors of a tree grow with the logarithm of the number of blocks, as in NumPy's own sums, and not with the
number itself. Whoever computes the blocks, in whatever order, comes to the same result bit by bit.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from compgraph.errors import DtypeError, ShapeError
from compgraph.nested import Structure, flatten, paths, unflatten
from compgraph.node import Node

__all__ = ["PER_EXAMPLE", "Partial", "Reduction", "Sums", "joined", "settled", "weighed"]

Reduction: TypeAlias = Literal["mean", "sum"]
"""What a cost is over the examples."""

PER_EXAMPLE = (
    "what has an entry for each example, such as the derivative by the data, is no sum over blocks; "
    "take its mean, or differentiate by parameters"
)


class Partial(NamedTuple):
    """A result over some of the examples.

    Attributes:
        examples: how many.
        leaves: its numbers and arrays, in double precision at least.
        structure: of the tree they are of.
        types: the dtype that each has in the end; None for one of Python's numbers and a node.
    """

    examples: int
    leaves: list[Any]
    structure: Structure
    types: tuple[Any, ...]


def weighed(result: Any, examples: int) -> Partial:
    """Return a result with the number of the examples that it is of.

    Raises:
        DtypeError: something in it is no number and no array of them.
    """
    leaves, structure = flatten(result)
    types: list[Any] = []
    wide = []
    for i, x in enumerate(leaves):
        if isinstance(x, list):
            x = np.asarray(x)
        if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fc":
            types.append(x.dtype)
            x = x.astype(np.result_type(x, np.float64), copy=False)
        elif isinstance(x, (Node, int, float, complex)) or getattr(x, "dtype", np.dtype(object)).kind in "biu":
            types.append(None)
        else:
            raise DtypeError(f"{paths(structure, 'the result')[i]} is {x!r}, which cannot be added over blocks")
        wide.append(x)
    return Partial(examples, wide, structure, tuple(types))


def joined(left: Partial, right: Partial, reduction: Reduction) -> Partial:
    """Return the result over the examples of two parts.

    >>> joined(weighed(1.0, 3), weighed(5.0, 1), "mean")[:2]
    (4, [2.0])
    >>> joined(weighed(1.0, 3), weighed(5.0, 1), "sum")[:2]
    (4, [6.0])

    Raises:
        ShapeError: the parts differ in structure or shape.
    """
    if left.structure != right.structure:
        raise ShapeError("the result of one block is of another structure than that of the next")
    for i, (a, b) in enumerate(zip(left.leaves, right.leaves, strict=True)):
        if np.shape(a) != np.shape(b):
            raise ShapeError(
                f"{paths(left.structure, 'the result')[i]} has shape {np.shape(a)} for {left.examples} examples and "
                f"{np.shape(b)} for {right.examples}: {PER_EXAMPLE}"
            )
    m = left.examples + right.examples
    p, q = (left.examples / m, right.examples / m) if reduction == "mean" else (1, 1)
    leaves = [p * a + q * b for a, b in zip(left.leaves, right.leaves, strict=True)]
    return Partial(m, leaves, left.structure, left.types)


class Sums:
    """The sum of parts that come one after the other, of which only as many are kept as a tree has levels.

    >>> sums = Sums("sum")
    >>> for x in (1.0, 2.0, 3.0):
    ...     sums.add(weighed(x, 1))
    >>> sums.count, sums.total().leaves
    (3, [6.0])
    """

    def __init__(self, reduction: Reduction) -> None:
        self.reduction = reduction
        self.count = 0
        self._complete: list[tuple[int, Partial]] = []  # with its height, each of 2**height parts; the highest first

    def add(self, part: Partial) -> None:
        """Add the next part."""
        height = 0
        while self._complete and self._complete[-1][0] == height:
            part = joined(self._complete.pop()[1], part, self.reduction)
            height += 1
        self._complete.append((height, part))
        self.count += 1

    def total(self) -> Partial:
        """The sum of all parts; there is at least one."""
        *rest, (_, total) = self._complete
        for _, part in reversed(rest):
            total = joined(part, total, self.reduction)
        return total


def settled(total: Partial) -> Any:
    """Return the result in its structure, types and dtypes.

    >>> settled(joined(weighed(np.float32(1.0), 1), weighed(np.float32(2.0), 1), "mean"))
    np.float32(1.5)
    """
    leaves = [
        x if dtype is None else x.astype(dtype, copy=False) for x, dtype in zip(total.leaves, total.types, strict=True)
    ]
    return unflatten(total.structure, leaves)
