"""Sigmoids, their logarithms and softplus of one argument, all from one exponential of no more than 1: e = exp(-|z|).

With e, and l = log1p(e), of which each is computed once,

- σ(z) is 1 / (1 + e) where z >= 0, else e / (1 + e), and 1 - σ(z) = σ(-z) the other of the two;
- log σ(z) = min(z, 0) - l, and log(1 - σ(z)) = -(max(z, 0) + l);
- log(1 + exp(z)), which is ``softplus(z)`` and ``np.logaddexp(0, z)``, is max(z, 0) + l;
- the cross-entropy of σ(z) with labels y is y (l - min(z, 0)) + (1 - y) (max(z, 0) + l), and where each label is 0 or 1
  max((1 - 2y) z, 0) + l.

Nothing in it overflows or cancels. The one that ``where`` would choose of e and 1 is the larger of e and the mask: the
same number, and NumPy finds it several times as fast.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.rewriting import again, applied, is_number, rewritten
from compgraph.node import Node
from compgraph.rules.activation import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    sigmoid,
    softplus,
)
from compgraph.tape import Tape

__all__ = ["is_sigmoid", "sigmoids"]


def sigmoids(tape: Tape) -> Tape:
    """Return the tape with sigmoids, their logarithms and softplus in these forms, where they are of arrays.

    >>> import compgraph as cg
    >>> z = cg.Variable([0.5, -2.0])
    >>> a = cg.sigmoid(z)
    >>> [node.op.name for node in sigmoids(cg.Tape(np.log(a))) if node.op]
    ['absolute', 'negative', 'exp', 'minimum', 'log1p', 'subtract']
    """
    written = _Written()
    tape = rewritten(tape, written.change)
    users = Counter(x for node in tape for x in node.inputs if isinstance(x, Node)) + Counter(tape.outputs)
    alone = {node for node in written.rests if node in users and users[node.inputs[1]] == 1}
    if not alone:
        return tape
    return rewritten(tape, lambda node, inputs: _turned(inputs[1]) if node in alone else None)


def is_sigmoid(node: Any) -> bool:
    """Whether a node is a sigmoid by ours or by SciPy's function."""
    return _is(node, sigmoid) or _is(node, _of_scipy("expit"))


def _of_scipy(name: str) -> Any:
    """A function of SciPy's; where that has not been imported nothing is computed by it."""
    return getattr(sys.modules.get("scipy.special"), name, sigmoid)


def _is(x: Any, function: Any) -> bool:
    return isinstance(x, Node) and x.op is not None and x.op.function is function and "call" not in x.params


def _is_number(x: Any, number: float) -> bool:
    return is_number(x) and bool(x == number)


def _is_binary(labels: Any) -> bool:
    """Whether labels are known, and each is 0 or 1."""
    if not isinstance(labels, Node) or labels.op is not CONSTANT:
        return False
    y = labels.value
    return isinstance(y, np.ndarray) and y.dtype.kind == "f" and bool(np.all((y == 0) | (y == 1)))


def _of(score: tuple[Node, bool] | None, write: Callable[[Node, bool], Node]) -> Node | None:
    return None if score is None else write(*score)


def _ratio(z: Node, small: Node, total: Node, turned: bool) -> Node:
    """σ(z), or σ(-z), of e = exp(-|z|) and 1 + e."""
    ones = applied(np.less_equal if turned else np.greater_equal, z, 0.0)
    ratio: Node = applied(np.divide, applied(np.maximum, small, ones), total)
    return ratio


def _turned(ratio: Node) -> Node:
    """1 - σ(z) as σ(-z), where nothing else needs σ(z)."""
    larger, total = ratio.inputs
    small, ones = larger.inputs
    return _ratio(ones.inputs[0], small, total, ones.op.function is np.greater_equal)


class _Written:
    """What has been written out: of each argument the exponential and so on, and which nodes are its sigmoids.

    Attributes:
        signed: of a node that is σ(z) the z and False, of one that is σ(-z) the z and True.
        rests: those of them that are the difference of 1 and a sigmoid.
    """

    def __init__(self) -> None:
        self.signed: dict[Node, tuple[Node, bool]] = {}
        self.rests: list[Node] = []
        self.exponentials: dict[Node, Node] = {}
        self.logarithms: dict[Node, Node] = {}
        self.made: dict[tuple[Node, bool], Node] = {}

    def change(self, node: Node, inputs: tuple[Any, ...]) -> Any:
        """What stands in a node's place; None to leave it."""
        if not isinstance(node.value, np.ndarray) or node.value.dtype.kind != "f" or not inputs:
            return None
        if is_sigmoid(node):
            return _of(self.score(inputs[0], node), self.sigmoid)
        if _is(node, _of_scipy("log_expit")):
            return _of(self.score(inputs[0], node), self.log)
        if _is(node, softplus) or _is(node, np.logaddexp):
            terms = [x for x in inputs if not _is_number(x, 0)]
            return _of(self.score(terms[0], node), self.softplus) if len(terms) == 1 else None
        if _is(node, binary_cross_entropy_with_logits) and _is_binary(inputs[1]):
            return _of(self.score(inputs[0], node), lambda z, turned: self.cross_entropy(z, turned, inputs[1]))
        return self.of_sigmoids(node, inputs)

    def of_sigmoids(self, node: Node, inputs: tuple[Any, ...]) -> Any:
        """What stands in the place of a node that is made of a sigmoid."""
        if _is(node, np.log):
            return _of(self.known(inputs[0]), self.log)
        if _is(node, np.log1p) and _is(inputs[0], np.negative):
            return _of(self.known(inputs[0].inputs[0]), lambda z, turned: self.log(z, not turned))
        if _is(node, np.subtract) and _is_number(inputs[0], 1):
            return _of(self.known(inputs[1]), lambda z, turned: self.rest(node, inputs, z, not turned))
        if _is(node, binary_cross_entropy):
            known = self.known(inputs[0])
            if known is not None and known[0].dtype == node.dtype:
                return self.cross_entropy(*known, inputs[1])
        return None

    def known(self, x: Any) -> tuple[Node, bool] | None:
        """What an input is the sigmoid of, if it is one."""
        return self.signed.get(x) if isinstance(x, Node) else None

    def rest(self, node: Node, inputs: tuple[Any, ...], z: Node, turned: bool) -> Node:
        """1 - σ as it is, for the time being; 1 - (1 - σ) is σ."""
        if _is(inputs[1], np.subtract):
            return self.sigmoid(z, turned)
        kept = again(node, inputs)
        self.signed[kept] = z, turned
        self.rests.append(kept)
        return kept

    def score(self, x: Any, node: Node) -> tuple[Node, bool] | None:
        """The argument, and whether its sign is turned; None where it is not as precise as the result."""
        turned = False
        while _is(x, np.negative):
            x, turned = x.inputs[0], not turned
        if not isinstance(x, Node) or np.result_type(x.value) != node.dtype:
            return None
        return x, turned

    def exponential(self, z: Node) -> Node:
        if z not in self.exponentials:
            self.exponentials[z] = applied(np.exp, applied(np.negative, applied(np.absolute, z)))
        return self.exponentials[z]

    def logarithm(self, z: Node) -> Node:
        if z not in self.logarithms:
            self.logarithms[z] = applied(np.log1p, self.exponential(z))
        return self.logarithms[z]

    def sigmoid(self, z: Node, turned: bool) -> Node:
        """σ(z), or σ(-z)."""
        if (z, turned) not in self.made:
            small = self.exponential(z)
            made = self.made[z, turned] = _ratio(z, small, applied(np.add, 1.0, small), turned)
            self.signed[made] = z, turned
        return self.made[z, turned]

    def log(self, z: Node, turned: bool) -> Node:
        """Log σ(z), or log σ(-z)."""
        if turned:
            found: Node = applied(np.negative, self.softplus(z, False))
        else:
            found = applied(np.subtract, applied(np.minimum, z, 0.0), self.logarithm(z))
        return found

    def softplus(self, z: Node, turned: bool) -> Node:
        """Log(1 + exp(z)), or log(1 + exp(-z)), which is -log σ(z)."""
        if turned:
            found: Node = applied(np.subtract, self.logarithm(z), applied(np.minimum, z, 0.0))
        else:
            found = applied(np.add, applied(np.maximum, z, 0.0), self.logarithm(z))
        return found

    def cross_entropy(self, z: Node, turned: bool, labels: Any) -> Node:
        """Of σ(z), or of σ(-z): as the function, 0 where the label leaves no doubt however infinite z is."""
        if _is_binary(labels):
            side = applied(np.subtract, 1.0, applied(np.multiply, 2.0, labels))
            signed = applied(np.multiply, applied(np.negative, side) if turned else side, z)
            found: Node = applied(np.add, applied(np.maximum, signed, 0.0), self.logarithm(z))
            return found
        parts = []
        for share, other in ((labels, not turned), (applied(np.subtract, 1.0, labels), turned)):
            part = applied(np.multiply, share, self.softplus(z, other))
            parts.append(applied(np.where, applied(np.equal, share, 0.0), 0.0, part))
        total: Node = applied(np.add, *parts)
        return total
