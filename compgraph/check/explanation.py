"""What a slip is called: the kinds of explanation that a wrong gradient may be given, and the explanation itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

__all__ = ["KINDS", "Explanation"]

KINDS: Mapping[str, str] = {
    "forward": "the formula computes another value on its way forward than the cost does, such as another σ(Z2)",
    "exchanged": "the gradient is that of another variable",
    "independent": "the cost does not depend on the variable",
    "sign": "the gradient has the opposite sign",
    "factor": "the gradient is a constant times too large or too small",
    "summed-cost": "the gradients are those of the summed cost, not of the mean over the examples, or the reverse",
    "convention": "an intermediate is given as m · dJ/dZ, as course notes write it; this is no error",
    "transposed": "the gradient is transposed, or its axes are swapped",
    "flat-order": "the entries are in another order of flattening (C or Fortran)",
    "permuted": "rows, columns or entries are reversed or in another order",
    "lost-keepdims": "the entries are right and an axis of length 1 is lost or added",
    "summed-to-number": "the gradient is summed to one number",
    "missing-sum": "the sum over a broadcast axis is missing",
    "mean-for-sum": "a mean is taken where the sum belongs, or the reverse",
    "missing-derivative": "an elementwise factor, a local derivative, is missing",
    "doubled-derivative": "an elementwise factor is there that does not belong, or is there twice",
    "wrong-derivative": "a local derivative is taken of another function or at another place",
    "missing-term": "a term of a sum, or one of several paths, is missing",
    "term-sign": "a term of a sum has the wrong sign",
    "term-factor": "a term of a sum is a constant times too large or too small",
    "extra-term": "a term is there that the cost does not have, such as weight decay of a bias",
    "wrong-operand": "in a product another array of the same shape stands in the place of a factor",
    "untransposed": "a factor of a product is transposed where it should not be, or the reverse",
    "off-by-one": "only the first or the last example, row, column or entry is wrong",
    "block": "only a block of the entries is wrong",
    "not-finite": "entries are NaN or infinite",
    "step": "an earlier step is given as an intermediate, and this one does not follow from it",
}
"""Every kind of explanation, and what it says."""


class Explanation(NamedTuple):
    """What is wrong with a hand-derived gradient.

    Attributes:
        kind: one of :data:`KINDS`.
        message: the slip as an instruction, such as "manual dW1 is exactly m = 400 times the gradient: divide by m".
        fix: a function that applies the instruction to the manual value; what it returns agrees with the engine's.
    """

    kind: str
    message: str
    fix: Callable[[Any], Any]
