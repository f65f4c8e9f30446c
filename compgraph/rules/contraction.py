"""np.einsum: a product of arrays summed over the letters that the result does not name.

Its derivative is a product of the same kind: the cotangent of one operand is the contraction of the result's cotangent
with the other operands, read in the letters of that operand (Laue, Mitterreiter, Giesen 2018).
"""

from __future__ import annotations

import itertools
import string
from typing import Any

import numpy as np

from compgraph.errors import MissingRuleError
from compgraph.primitive import OPS, RECORD, call, primitive
from compgraph.rules.composition import composed
from compgraph.rules.diagonals import diagonal

__all__ = ["contract"]

SMALL = 4096
"""Entries up to which NumPy's own loop is faster than looking for a path through matrix products."""


def contract(operands: Any, subscripts: str) -> Any:
    """Multiply arrays letter by letter and sum over the letters that are not in the result.

    >>> contract([np.eye(2), np.array([3.0, 4.0])], "ab,b->a")
    array([3., 4.])

    Args:
        operands: arrays or nodes.
        subscripts: as for np.einsum, without an ellipsis, with the result written out, no letter twice in one operand.
    """
    for operand in operands:
        record = getattr(operand, RECORD, None)
        if record is not None:
            return record(OPS[contract], tuple(operands), {"subscripts": subscripts})
    return _evaluated(*operands, subscripts=subscripts)


def _evaluated(*operands: Any, subscripts: str) -> Any:
    large = len(operands) > 2 or max(map(np.size, operands)) > SMALL
    if large and len(dtypes := {np.result_type(x) for x in operands}) > 1:  # else a product on the path is rounded more
        operands = tuple([np.asarray(x, np.result_type(*dtypes)) for x in operands])
    return np.asarray(np.einsum(subscripts, *operands, optimize=large))


def _vjp_contract(grad: Any, out: Any, *operands: Any, argnum: int, subscripts: str) -> Any:
    given, result = subscripts.split("->")
    terms = given.split(",")
    mine = terms[argnum]
    others = [term for i, term in enumerate(terms) if i != argnum]
    reached = set(result).union(*others)
    kept = "".join(letter for letter in mine if letter in reached)
    arrays = [grad, *[x for i, x in enumerate(operands) if i != argnum]]
    cotangent = contract(arrays, f"{','.join([result, *others])}->{kept}")
    if kept == mine:
        return cotangent
    lengths = iter(np.shape(cotangent))  # a letter of this operand alone was summed over: the engine spreads along it
    return np.reshape(cotangent, tuple([next(lengths) if letter in kept else 1 for letter in mine]))


primitive(
    contract,
    _vjp_contract,
    domain=(-2, 2),
    symbol="einsum",
    name="contract",
    variadic=True,
    forward=_evaluated,
    calls=(
        call("ab,bc", subscripts="ab,bc->ac"),
        call("ab,bc", subscripts="ab,bc->"),
        call("abc", subscripts="abc->ca"),
        call("ab,a,bd", subscripts="ab,a,bd->db"),
        call("a,b", subscripts="a,b->ab"),
        call("ab,1b", subscripts="ab,ab->b"),
        call(",a", subscripts=",a->a"),
    ),
)


def _by_lists(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """np.einsum(a, [0, 1], b, [1, 2], [0, 2]) as a string of letters and the arrays."""
    arrays = list(operands[: len(operands) // 2 * 2 : 2])
    sublists = [operands[i] for i in range(1, len(operands) // 2 * 2, 2)]

    def written(sublist: Any) -> str:
        return "".join("..." if s is Ellipsis else string.ascii_letters[s] for s in sublist)

    subscripts = ",".join(map(written, sublists))
    return (subscripts if len(operands) % 2 == 0 else f"{subscripts}->{written(operands[-1])}"), arrays


def _explicit(subscripts: str, arrays: list[Any]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, with letters of their own for the axes of an ellipsis."""
    given, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = given.split(",")
    if len(terms) != len(arrays):
        raise ValueError(f"einstein sum: {len(terms)} terms in {subscripts!r} for {len(arrays)} operands")
    free = [letter for letter in string.ascii_letters if letter not in subscripts]
    widest = 0
    for i, (term, array) in enumerate(zip(terms, arrays, strict=True)):
        named = len(term.replace("...", ""))
        if "..." in term:
            extra = np.ndim(array) - named
            widest = max(widest, extra)
            # the last axes of one ellipsis meet the last of another
            terms[i] = term.replace("...", "".join(free[:26][len(free[:26]) - extra :]) if extra else "")
        if len(terms[i]) != np.ndim(array):
            raise ValueError(f"einstein sum: {term!r} names {named} axes of an operand of shape {np.shape(array)}")
    ellipsis = "".join(free[:26][len(free[:26]) - widest :]) if widest else ""
    if arrow:
        return terms, result.replace("...", ellipsis)
    letters = "".join(terms)
    alone = sorted(c for c in set(letters) if letters.count(c) == 1 and c not in ellipsis)
    return terms, ellipsis + "".join(alone)


def _einsum(*operands: Any, optimize: Any = False, **options: Any) -> Any:
    if options:
        raise MissingRuleError(f"einsum(..., {', '.join(options)}=...) cannot be differentiated: leave it out")
    subscripts, arrays = (operands[0], list(operands[1:])) if isinstance(operands[0], str) else _by_lists(operands)
    terms, result = _explicit(subscripts, arrays)
    for i, term in enumerate(terms):
        while len(set(term)) < len(term):  # a letter twice: the diagonal, whose axis comes last
            letter = next(c for c in term if term.count(c) > 1)
            first, second = itertools.islice((k for k, c in enumerate(term) if c == letter), 2)
            arrays[i] = diagonal(arrays[i], 0, first, second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
        terms[i] = term
    return contract(arrays, f"{','.join(terms)}->{result}")


composed(
    np.einsum,
    _einsum,
    domain=(-2, 2),
    calls=(
        call("ab,bc", subscripts="ij,jk"),
        call("ab,bc", subscripts="ij,jk->k"),
        call("aa", subscripts="ii"),
        call("aba", subscripts="iji->ij"),
        call("aaa,a", subscripts="iii,i"),
        call("dab,ebc", subscripts="...ij,xjk->...xik"),
        call("dab,dbc", subscripts="...ij,...jk"),
        call("ab,cab", subscripts="...,...->..."),
        call("ab,bc,cd", subscripts="ij,jk,kl->il", optimize=True),
        call("ab", subscripts="ba"),
        call("ab", subscripts="...a->..."),
        call(",ab", subscripts=",ij->j"),
    ),
    forward=lambda *arrays, subscripts, **params: (
        np.asarray(np.einsum(subscripts, *arrays, **params))
        if not any(hasattr(a, RECORD) for a in arrays)
        else np.einsum(subscripts, *arrays, **params)
    ),
)
