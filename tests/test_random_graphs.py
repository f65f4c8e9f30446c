"""Random graphs, built step by step in two engines at once: compgraph, and the naive one of tests/naive.py.

After any number of steps the values agree, and so do the derivatives of any node, by all nodes and for any seed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import compgraph as cg
from tests import naive

SHAPES = [(), (1,), (2,), (3,), (1, 3), (2, 1), (2, 3), (3, 2), (2, 2), (2, 1, 3)]
NUMBERS = st.integers(-6, 6).map(lambda n: n / 2)  # so few that equal values, and zeros, meet all the time
KINK = {"absolute", "relu"}
TIE = {"maximum", "minimum"}
SYMBOLS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
}
CLEAR = 1e-6
"""Two numbers that are equal in one engine and differ by rounding in the other would be a tie in one only."""


class Pair(NamedTuple):
    """The same thing in both engines."""

    node: Any
    term: naive.Term

    @property
    def shape(self) -> tuple[int, ...]:
        return self.term.value.shape


@st.composite
def values(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    size = int(np.prod(shape))
    return np.array(draw(st.lists(NUMBERS, min_size=size, max_size=size)), dtype=np.float64).reshape(shape)


CONSTANTS = {
    "int": lambda x: int(np.floor(x.flat[0])),
    "float": lambda x: float(x.flat[0]),
    "np.float64": lambda x: np.float64(x.flat[0]),
    "np.int64": lambda x: np.int64(np.floor(x.flat[0])),
    "0-d array": lambda x: np.array(x.flat[0]),
    "array": lambda x: x,
    "list": lambda x: x.tolist(),
}


def defined(name: str, x: Any, y: Any = 1.0) -> bool:
    """Whether an operation is smooth enough here for both engines to agree, and its result small enough to go on."""
    if name in ("log", "sqrt") and np.any(x < 0.25):
        return False
    if (name == "reciprocal" and np.any(np.abs(x) < 0.25)) or (name == "divide" and np.any(np.abs(y) < 0.25)):
        return False
    if name == "power" and (np.any(x < 0.25) or np.any(np.abs(y) > 3)):
        return False
    if name == "hypot" and np.any(np.maximum(np.abs(x), np.abs(y)) < 0.25):
        return False
    return not (name in ("exp", "softplus") and np.any(x > 4))


def clear(*differences: Any) -> bool:
    """Whether these are zero to the last bit, or not at all, in both engines."""
    exact = [(d == 0) for d in differences]
    return all(np.all(e == exact[0]) for e in exact) and all(
        np.all((d == 0) | (np.abs(d) > CLEAR)) for d in differences
    )


class Graphs(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.all: list[Pair] = []

    def keep(self, node: Any, term: naive.Term) -> None:
        assert type(node) is cg.Node
        assert node.shape == term.value.shape
        np.testing.assert_allclose(node.value, term.value, rtol=1e-9, atol=1e-9)
        if np.all(np.abs(term.value) <= 100):
            self.all.append(Pair(node, term))

    def pick(self, data: st.DataObject, usable: Callable[[Pair], bool] = lambda x: True) -> Pair:
        """One of the things made so far: often of the latest, so that the graphs grow deep, else any to use again."""
        found = [x for x in self.all if usable(x)]
        return data.draw(st.one_of(st.sampled_from(found[-4:]), st.sampled_from(found)))

    # ------------------------------------------------------------------------------------------------------- building

    @initialize(data=st.data())
    def start(self, data: st.DataObject) -> None:
        for shape in data.draw(st.lists(st.sampled_from(SHAPES), min_size=2, max_size=4)):
            self.variable(data, shape)

    @precondition(lambda self: len(self.all) < 6)
    @rule(data=st.data(), shape=st.sampled_from(SHAPES))
    def variable(self, data: st.DataObject, shape: tuple[int, ...]) -> None:
        x = data.draw(values(shape))
        self.keep(cg.Variable(float(x) if shape == () else x), naive.given(x))

    @rule(data=st.data())
    def unary(self, data: st.DataObject) -> None:
        x = self.pick(data)
        name = data.draw(st.sampled_from([n for n in naive.ONE if defined(n, x.term.value)]))
        if name in KINK and not clear(np.asarray(x.node.value), x.term.value):
            return
        function = getattr(cg, name, None) or getattr(np, name)
        self.keep(-x.node if name == "negative" else function(x.node), naive.one(name, x.term))

    @rule(data=st.data(), symbol=st.booleans())
    def binary(self, data: st.DataObject, symbol: bool) -> None:
        x = self.pick(data)
        y = self.pick(data, lambda y: fits(x.shape, y.shape))
        name = data.draw(st.sampled_from([n for n in naive.TWO if defined(n, x.term.value, y.term.value)]))
        if name in TIE and not clear(x.node.value - np.asarray(y.node.value), x.term.value - y.term.value):
            return
        function = SYMBOLS[name] if symbol and name in SYMBOLS else getattr(np, name)
        self.keep(function(x.node, y.node), naive.two(name, x.term, y.term))

    @rule(data=st.data(), symbol=st.booleans(), name=st.sampled_from(sorted(naive.TWO)))
    def that_does_not_fit(self, data: st.DataObject, symbol: bool, name: str) -> None:
        x = self.pick(data)
        y = self.pick(data)
        function = SYMBOLS[name] if symbol and name in SYMBOLS else getattr(np, name)
        if not fits(x.shape, y.shape):
            with pytest.raises(cg.CompgraphError, match=name):
                function(x.node, y.node)

    @rule(data=st.data(), how=st.sampled_from(sorted(CONSTANTS)), left=st.booleans(), symbol=st.booleans())
    def with_constant(self, data: st.DataObject, how: str, left: bool, symbol: bool) -> None:
        x = self.pick(data)
        shape = data.draw(st.sampled_from([s for s in SHAPES if len(s) <= 2 and fits(s, x.shape)]))
        constant = CONSTANTS[how](data.draw(values(shape)))
        c = naive.given(constant)
        operands = (c, x.term) if left else (x.term, c)
        name = data.draw(st.sampled_from([n for n in naive.TWO if defined(n, operands[0].value, operands[1].value)]))
        if name in TIE and not clear(x.node.value - c.value, x.term.value - c.value):
            return
        function = SYMBOLS[name] if symbol and name in SYMBOLS else getattr(np, name)
        node = function(constant, x.node) if left else function(x.node, constant)
        self.keep(node, naive.two(name, *operands))

    @rule(
        data=st.data(),
        name=st.sampled_from(["sum", "mean", "max", "min"]),
        keepdims=st.booleans(),
        method=st.booleans(),
    )
    def reduce(self, data: st.DataObject, name: str, keepdims: bool, method: bool) -> None:
        x = self.pick(data)
        axis = data.draw(st.sampled_from([None, *range(len(x.shape))]))
        groups = naive.groups_of(x.shape, axis, keepdims)
        if name in ("max", "min"):
            lines = [(flat(x.node.value)[g], flat(x.term.value)[g]) for g in groups.flat]
            if not all(clear(a[:, None] - a, b[:, None] - b) for a, b in lines):
                return
            if name == "min":
                term = naive.one("negative", naive.largest(naive.one("negative", x.term), groups))
            else:
                term = naive.largest(x.term, groups)
        else:
            term = naive.total(x.term, groups)
            if name == "mean":
                term = naive.two("divide", term, naive.given(x.term.value.size / groups.size))
        arguments = {"axis": axis, "keepdims": keepdims}
        node = getattr(x.node, name)(**arguments) if method else getattr(np, name)(x.node, **arguments)
        self.keep(node, term)

    @rule(data=st.data())
    def view(self, data: st.DataObject) -> None:
        """The same operation on the node and on the numbers of its entries."""
        x = self.pick(data)
        move = data.draw(st.sampled_from(views(x.shape)))
        self.keep(move(x.node), naive.moved(x.term, move(naive.numbered(x.shape))))

    @rule(data=st.data(), stack=st.booleans())
    def join(self, data: st.DataObject, stack: bool) -> None:
        x = self.pick(data)
        y = self.pick(data, lambda y: y.shape == x.shape)
        function = np.stack if stack or x.shape == () else np.concatenate
        numbers = naive.numbered((2, *x.shape))
        if len(x.shape) < 3:
            self.keep(function([x.node, y.node]), naive.joined([x.term, y.term], function(list(numbers))))

    @precondition(lambda self: any(len(x.shape) == 2 for x in self.all))
    @rule(data=st.data())
    def matrix_product(self, data: st.DataObject) -> None:
        x = self.pick(data, lambda x: len(x.shape) == 2)
        fitting = [y for y in self.all if len(y.shape) == 2 and y.shape[0] == x.shape[1]]
        y = data.draw(st.sampled_from(fitting)) if fitting else Pair(x.node.T, naive.moved(x.term, turned(x.shape)))
        self.keep(x.node @ y.node, naive.product(x.term, y.term))

    # ------------------------------------------------------------------------------------------------------- checking

    @precondition(lambda self: self.all[-1].node.op is not None)
    @rule(data=st.data())
    def differentiate(self, data: st.DataObject) -> None:
        output = self.pick(data, lambda x: x.node.op is not None)
        few = data.draw(st.lists(st.sampled_from(self.all), max_size=3))
        self.check(output, data.draw(values(output.shape)), few)

    def teardown(self) -> None:
        """All of it at once: the sum of every entry of everything that was made, each with a weight of its own."""
        if self.all:
            parts = [(1 + i) * np.sum(x.node) for i, x in enumerate(self.all)]
            terms = [
                naive.two("multiply", naive.given(1.0 + i), naive.total(x.term, naive.groups_of(x.shape, None, False)))
                for i, x in enumerate(self.all)
            ]
            together = Pair(parts[0], terms[0])
            for node, term in zip(parts[1:], terms[1:], strict=True):
                together = Pair(together.node + node, naive.two("add", together.term, term))
            self.check(together, 1.0, self.all[:2])

    def check(self, output: Pair, seed: Any, few: list[Pair]) -> None:
        slopes = naive.Slopes(output.term, seed)
        everything = [x.node for x in self.all]
        before = [x.node.grad for x in self.all]
        found = cg.gradients(output.node, everything, seed=seed)
        alone = cg.gradients(output.node, [x.node for x in few], seed=seed)
        graph = cg.gradients(output.node, everything, seed=seed, create_graph=True)
        assert all(x.node.grad is g for x, g in zip(self.all, before, strict=True))
        for _ in "twice":
            output.node.backward(seed)
        reached = {id(node) for node in cg.Tape(output.node)}
        for x, gradient, kept, drawn in zip(self.all, found, before, graph, strict=True):
            slope, size = slopes.by(x.term)
            agree(x, gradient, slope, size)
            agree(x, drawn.value, slope, size)
            if id(x.node) in reached:
                agree(x, x.node.grad, slope, size)
            else:
                assert x.node.grad is kept
        for x, gradient in zip(few, alone, strict=True):
            agree(x, gradient, *slopes.by(x.term))


def agree(x: Pair, gradient: Any, slope: Any, size: Any) -> None:
    """As far as rounding lets them: in proportion to the sizes of what was added up."""
    assert np.shape(gradient) == x.shape
    assert np.all(np.abs(gradient - slope) <= 1e-9 * (size + 1e-3)), f"{gradient} is not {slope}"


def fits(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(shape, other)
    except ValueError:
        return False
    return True


def turned(shape: tuple[int, ...]) -> Any:
    return naive.numbered(shape).T


def flat(x: Any) -> Any:
    return np.reshape(x, -1)


def views(shape: tuple[int, ...]) -> list[Any]:
    """Ways of moving the entries of an array of this shape about, for nodes and arrays alike."""
    moves: list[Callable[[Any], Any]] = [
        np.transpose,
        np.ravel,
        lambda a: np.reshape(a, (1, *shape)),
        lambda a: np.broadcast_to(a, (2, *shape)),
        lambda a: np.expand_dims(a, -1),
        lambda a: a[()],
        lambda a: a[None, ...],
    ]
    if shape:
        last = shape[0] - 1
        moves += [
            lambda a: a.T,
            lambda a: a[last],
            lambda a: a[::-1],
            lambda a: a[[0, last, 0]],
            lambda a: a[np.array([[last, 0], [0, 0]])],
            lambda a: a[np.arange(last + 1) % 2 == 0],
            lambda a: a[..., 0],
            lambda a: np.squeeze(a),
            lambda a: a.reshape(-1),
        ]
    if len(shape) > 1:
        moves += [
            lambda a: a[:, 0],
            lambda a: a[:, [0, 0]],
            lambda a: a[[0, 0, -1], [0, 0, -1]],
            lambda a: np.swapaxes(a, 0, 1),
            lambda a: np.reshape(a, -1, order="F"),
        ]
    return [move for move in moves if move(naive.numbered(shape)).ndim <= 3]


TestGraphs = Graphs.TestCase
TestGraphs.settings = settings(max_examples=4 * settings().max_examples, stateful_step_count=40)
