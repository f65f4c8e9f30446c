"""The slope of a sigmoid under a cross-entropy: where a tape shows A(1 - A) times (Y/A - (1 - Y)/(1 - A)), it is Y - A.

Arithmetic on arrays is read as fractions of polynomials, in which everything that is no arithmetic is a letter. A
sigmoid A = 1 / (1 + exp(-Z)) is a letter as well, and exp(-Z) is (1 - A)/A. A node whose denominators all cancel is
computed from its polynomial, if that is short. The short form loses no digits that the long one keeps: what cancels is
what divides by A and by 1 - A.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.passes.sigmoids import is_sigmoid
from compgraph.compile.rewriting import again, applied, is_number, rewritten
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["sigmoid_parts", "sigmoid_slopes"]

ndarray = np.ndarray
Monomial = tuple[int, ...]
Polynomial = dict[Monomial, Any]
"""Coefficients, numbers or arrays that depend on no argument, by the letters they multiply."""

MOST_TERMS = 8
SHORT = 3


class Fraction(NamedTuple):
    """A product of polynomials over a product of polynomials.

    Attributes:
        over: the factors above.
        under: the factors below.
        cancelled: whether something has cancelled on the way.
    """

    over: tuple[Polynomial, ...]
    under: tuple[Polynomial, ...] = ()
    cancelled: bool = False


def sigmoid_slopes(tape: Tape) -> Tape:
    """Return the tape with ``A - Y`` in the place of what it is the short form of.

    >>> import compgraph as cg
    >>> z, y = cg.variables(z=[0.5, -2.0], y=[1.0, 0.0])
    >>> a = 1 / (1 + np.exp(-z))
    >>> slope = (y / a - (1 - y) / (1 - a)) * (a * (1 - a))
    >>> [node.op.name for node in sigmoid_slopes(cg.Tape(slope)) if node.op]
    ['negative', 'exp', 'add', 'divide', 'subtract']
    """
    if not any(sigmoid_parts(node) is not None or is_sigmoid(node) for node in tape):
        return tape
    reading = _Reading()

    def shorter(node: Node, inputs: tuple[Any, ...]) -> Any:
        fresh = again(node, inputs)
        form = reading.read(fresh)
        if form is not None and form.cancelled and not form.under:
            built = reading.built(_expanded(form.over), fresh)
            if built is not None:
                reading.forms[built] = form
                return built
        return fresh

    return rewritten(tape, shorter)


def _is(x: Any, function: Any) -> bool:
    return isinstance(x, Node) and x.op is not None and x.op.function is function and "call" not in x.params


def sigmoid_parts(node: Node) -> tuple[Node, Node] | None:
    """Of a node 1 / (1 + exp(n)): the nodes 1 + exp(n) and exp(n)."""
    if not _is(node, np.divide) or not is_number(node.inputs[0]) or node.inputs[0] != 1:
        return None
    below = node.inputs[1]
    if not _is(below, np.add):
        return None
    for one, power in (below.inputs, below.inputs[::-1]):
        if is_number(one) and one == 1 and _is(power, np.exp):
            return below, power
    return None


class _Reading:
    """What the nodes of a tape are as fractions; the letters are nodes by number."""

    def __init__(self) -> None:
        self.letters: list[Node] = []
        self.number: dict[Node, int] = {}
        self.forms: dict[Node, Fraction] = {}
        self.logistic: dict[Any, Node] = {}  # the sigmoid of a node
        self.rests: dict[Monomial, Node] = {}  # by the letter of a sigmoid σ(z) the node σ(-z)

    def letter(self, node: Node) -> Fraction:
        if node not in self.number:
            self.number[node] = len(self.letters)
            self.letters.append(node)
        return Fraction(({(self.number[node],): 1.0},))

    def read(self, x: Any) -> Fraction | None:
        """An input of an op, or a node whose inputs have been read; None for what is too long to be of use."""
        if not isinstance(x, Node):
            return Fraction(({(): x},)) if is_number(x) else None
        if x in self.forms:
            return self.forms[x]
        form = self._read(x)
        if form is None or sum(map(len, form.over)) > MOST_TERMS or sum(map(len, form.under)) > MOST_TERMS:
            form = self.letter(x)
        self.forms[x] = form
        return form

    def _read(self, node: Node) -> Fraction | None:
        if node.op is None:
            return None
        if node.op is CONSTANT:
            return Fraction(({(): node.value},)) if isinstance(node.value, ndarray) else None
        triple = sigmoid_parts(node)
        if triple is not None:
            below, power = triple
            form = self.letter(node)
            ((a,),) = form.over
            rest = {(): 1.0, a: -1.0}
            self.forms[below] = Fraction(({(): 1.0},), ({a: 1.0},))
            self.forms[power] = Fraction((rest,), ({a: 1.0},))
            return form
        if is_sigmoid(node):
            (z,) = node.inputs
            if _is(z, np.negative) and z.inputs[0] in self.logistic:
                ((a,),) = self.letter(self.logistic[z.inputs[0]]).over
                self.rests.setdefault(a, node)
                return Fraction(({(): 1.0, a: -1.0},))
            self.logistic[z] = node
            return None
        arithmetic = ARITHMETIC.get(node.op.function)
        if arithmetic is None or "call" in node.params or np.ndim(node.value) == 0:
            return None
        parts = [self.read(x) for x in node.inputs]
        if any(part is None for part in parts):
            return None
        found: Fraction | None = arithmetic(*parts)
        return found

    def built(self, polynomial: Polynomial | None, like: Node) -> Node | None:
        """The nodes that compute a polynomial of letters to the first power, with a common factor taken out."""
        if polynomial is None or not 0 < len(polynomial) <= SHORT or any(len(letters) > 1 for letters in polynomial):
            return None
        factors = {letters: c for letters, c in polynomial.items() if letters}
        if not factors or any(not is_number(c) for c in factors.values()):
            return None
        scale = next(iter(factors.values()))
        total: Any = self.rests.get(next(iter(factors)))
        if total is not None and len(factors) == 1 and _is_opposite(polynomial.get((), 0.0), scale):
            polynomial, scale = factors, -scale  # c - c σ(z) as c σ(-z), which has the digits that 1 - σ(z) lost
        else:
            total = None
            for letters, c in sorted(factors.items(), key=lambda item: -item[1] / scale):
                total = _plus(total, self.letters[letters[0]], c / scale)
        if () in polynomial:
            rest = np.divide(polynomial[()], scale)
            if not rest.ndim:
                total = _plus(total, float(rest), 1.0)
            elif np.all(rest <= 0) or np.any(rest < 0):
                total = applied(np.subtract, total, _held(0.0 - rest))
            else:
                total = applied(np.add, total, _held(rest))
        if scale != 1:
            total = applied(np.multiply, scale, total)
        if not isinstance(total, Node) or total.shape != like.shape or total.dtype != like.dtype:
            return None
        total.name = like.name
        return total


def _held(array: Any) -> Node:
    array.setflags(write=False)
    return Node(CONSTANT, array, ())


def _is_opposite(x: Any, y: Any) -> bool:
    return is_number(x) and bool(x == -y)


def _plus(total: Any, x: Any, factor: float) -> Any:
    if total is None:
        return x if factor == 1 else applied(np.multiply, factor, x)
    if factor == 1:
        return applied(np.add, total, x)
    if factor == -1:
        return applied(np.subtract, total, x)
    return applied(np.add, total, applied(np.multiply, factor, x))


# ---------------------------------------------------------------------------------------------------------- arithmetic


def _tidy(polynomial: Polynomial) -> Polynomial:
    found: Polynomial = {}
    for letters, c in polynomial.items():
        if isinstance(c, ndarray) and c.ndim and c.size and np.all(c == c.flat[0]):
            c = float(c.flat[0])
        if isinstance(c, ndarray) or c != 0:
            found[letters] = c
    return found


def _sum(x: Polynomial, y: Polynomial, sign: float = 1.0) -> Polynomial:
    total = dict(x)
    for letters, c in y.items():
        total[letters] = total[letters] + sign * c if letters in total else sign * c
    return _tidy(total)


def _product(x: Polynomial, y: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for one, a in x.items():
        for other, b in y.items():
            letters = tuple(sorted(one + other))
            total[letters] = total[letters] + a * b if letters in total else a * b
    return _tidy(total)


def _expanded(factors: Iterable[Polynomial]) -> Polynomial | None:
    """The product of some factors; None if it is too long."""
    total: Polynomial = {(): 1.0}
    for factor in factors:
        total = _product(total, factor)
        if len(total) > MOST_TERMS:
            return None
    return total


def _ratio(x: Polynomial, y: Polynomial) -> float | None:
    """The number that one polynomial is of another; None if it is none."""
    if x.keys() != y.keys() or not all(is_number(c) for c in (*x.values(), *y.values())):
        return None
    ratios = {float(c / y[letters]) for letters, c in x.items()}
    return ratios.pop() if len(ratios) == 1 else None


def _reduced(over: Iterable[Polynomial], under: Iterable[Polynomial], cancelled: bool) -> Fraction:
    """A fraction without the factors that are above as well as below."""
    rest = list(under)
    kept: list[Polynomial] = []
    scale = 1.0
    for factor in over:
        if factor.keys() == {()} and is_number(factor[()]):
            scale = scale * factor[()]
            continue
        for i, other in enumerate(rest):
            ratio = _ratio(factor, other)
            if ratio is not None:
                scale, cancelled = scale * ratio, True
                del rest[i]
                break
        else:
            kept.append(factor)
    below = []
    for factor in rest:
        if factor.keys() == {()} and is_number(factor[()]):
            scale = scale / factor[()]
        else:
            below.append(factor)
    return Fraction((*kept, {(): scale}) if scale != 1 or not kept else tuple(kept), tuple(below), cancelled)


def _multiplied(x: Fraction, y: Fraction) -> Fraction:
    return _reduced((*x.over, *y.over), (*x.under, *y.under), x.cancelled or y.cancelled)


def _quotient(x: Fraction, y: Fraction) -> Fraction:
    return _reduced((*x.over, *y.under), (*x.under, *y.over), x.cancelled or y.cancelled)


def _added(x: Fraction, y: Fraction, sign: float = 1.0) -> Fraction | None:
    """A sum over the common denominator."""
    missing, extra = list(y.under), list(x.under)
    for factor in x.under:
        i = next((i for i, other in enumerate(missing) if _ratio(factor, other) == 1), None)
        if i is not None:
            del missing[i]
            extra = [other for other in extra if other is not factor]
    over, other = _expanded((*x.over, *missing)), _expanded((*y.over, *extra))
    if over is None or other is None:
        return None
    total = _sum(over, other, sign)
    return _reduced((total,) if total else ({(): 0.0},), (*x.under, *missing), x.cancelled or y.cancelled)


ARITHMETIC: dict[Any, Any] = {
    np.add: _added,
    np.subtract: lambda x, y: _added(x, y, -1.0),
    np.multiply: _multiplied,
    np.divide: _quotient,
    np.negative: lambda x: _multiplied(x, Fraction(({(): -1.0},))),
}
