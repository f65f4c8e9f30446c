"""Whether a function is a mean or a sum over examples: tried on very few of them, at its first use."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.blocks.data import arrays_in
from compgraph.blocks.sums import PER_EXAMPLE, Partial, Reduction, joined, weighed
from compgraph.errors import GradientError
from compgraph.nested import flatten, paths
from compgraph.transforms import stop_gradient

__all__ = ["check_reduction"]

PREFIX = 5
"""So many examples are looked at: at once, and as 2 and 3, which are not equally many."""

REASONS = {
    "mean": "a penalty divided by m, as lam/(2m) * np.sum(W * W), takes m of all examples and not of a block",
    "sum": "a penalty on the parameters would count once for each block, so add it outside",
}


def check_reduction(
    of: Callable[[Sequence[Any]], Any], data: Mapping[str, Any], axis: int, reduction: Reduction, name: str
) -> bool:
    """Compare the result over a few examples with that over some of them and the rest.

    >>> X = np.arange(10.0).reshape(2, 5)
    >>> check_reduction(lambda block: np.mean(block[0] ** 2), {"X": X}, -1, "mean", "cost")
    True
    >>> check_reduction(lambda block: np.sum(block[0] ** 2), {"X": X}, -1, "mean", "cost")
    Traceback (most recent call last):
        ...
    compgraph.errors.GradientError: cost is no mean over examples: over 5 of them the result is 285, as the mean of 2 \
and 3 it is 158.6. It is a sum: say reduction='sum'

    Args:
        of: the result of a block, from its data arguments.
        data: the data arguments by name, or those of a block.
        axis: along which the examples lie.
        reduction: "mean" or "sum".
        name: what the function is called.

    Returns:
        Whether there were two examples to compare.

    Raises:
        GradientError: they differ by more than rounding explains.
    """
    block = arrays_in(data, axis)
    few = min(PREFIX, block.examples)
    if few < 2:
        return False
    middle = few // 2
    cuts = ((0, few), (0, middle), (middle, few))
    once, left, right = [weighed(stop_gradient(of(block.part(*cut))), cut[1] - cut[0]) for cut in cuts]
    arrays = [np.asarray(stop_gradient(x)) for x in flatten(block.part(0, few))[0]]
    largest = max([1.0, *[_size(x) for x in arrays if x.dtype.kind in "biufc"]])
    dtypes = [dtype for dtype in (*once.types, *[x.dtype for x in arrays]) if dtype is not None and dtype.kind in "fc"]
    eps = max([float(np.finfo(dtype).eps) for dtype in (np.dtype(float), *dtypes)])
    allowed = Rounding(math.sqrt(eps), 64 * eps * largest)
    wrong = _difference(once, left, right, reduction, allowed)
    if wrong is None:
        return True
    told = f"{name} is no {reduction} over examples: over {few} of them {wrong}"
    if not _alike(once, left, right):
        raise GradientError(f"{told}: {PER_EXAMPLE}. With check=False nothing is compared")
    other: Reduction = "sum" if reduction == "mean" else "mean"
    if _difference(once, left, right, other, allowed) is None:
        raise GradientError(f"{told}. It is a {other}: say reduction={other!r}")
    raise GradientError(
        f"{told}. What to look for: {REASONS[reduction]}; what is random, or depends on the block as a whole, "
        f"as its largest entry or its spread, cannot be computed in blocks; {PER_EXAMPLE}. "
        "With check=False nothing is compared"
    )


class Rounding(NamedTuple):
    """How much a result may be off: generously by its own size, and by what is lost of numbers like the data, or 1.

    Of a - y, where y is 1 and a is nearly so, nothing but such a loss may be left. What is computed in single precision
    counts as that, also where one of Python's numbers comes of it.
    """

    relative: float
    absolute: float


def _size(x: Any) -> float:
    return float(np.max(np.abs(x).astype(float), initial=0.0, where=np.isfinite(x)))


def _alike(*parts: Partial) -> bool:
    """Whether results have the same structure and shapes."""
    shapes = [list(map(np.shape, part.leaves)) for part in parts]
    return all(part.structure == parts[0].structure for part in parts) and all(each == shapes[0] for each in shapes)


def _difference(once: Partial, left: Partial, right: Partial, reduction: Reduction, allowed: Rounding) -> str | None:
    """Where the parts do not add up to the whole, in words; None if they do."""
    places = paths(once.structure, "the result")
    m = f"{left.examples} and {right.examples}"
    if not _alike(once, left, right):
        if not once.structure == left.structure == right.structure:
            return f"the result is of another structure than over {m}"
        parts = zip(places, once.leaves, left.leaves, right.leaves, strict=True)
        shapes = [(place, *map(np.shape, leaves)) for place, *leaves in parts]
        place, *three = next(shape for shape in shapes if len(set(shape[1:])) > 1)
        return f"{place} has shape {three[0]}, over {m} the shapes {three[1]} and {three[2]}"
    with np.errstate(invalid="ignore"):
        added = joined(left, right, reduction)
    for place, *leaves, total in zip(places, once.leaves, left.leaves, right.leaves, added.leaves, strict=True):
        at_once = np.asarray(leaves[0])
        with np.errstate(invalid="ignore"):
            off = np.abs(at_once.astype(np.result_type(at_once, float)) - total)
        off = np.where(np.isfinite(off), off, 0.0)
        if _size(off) > allowed.relative * max(map(_size, leaves)) + allowed.absolute:
            at = np.unravel_index(int(np.argmax(off)), off.shape)
            entry = f"[{', '.join(map(str, at))}]" if at else ""
            values = [f"{x[at]:.6g}" for x in (at_once, np.asarray(total))]
            return f"{place}{entry} is {values[0]}, as the {reduction} of {m} it is {values[1]}"
    return None
