"""What people write without thinking of graphs: each works as on arrays, or an error says in one line what to write.

Three tables: what works, with the derivative it has; what is refused by an error of ours; and what NumPy or Python word
themselves, with ours as the cause where they ask a node for something first.
"""

from __future__ import annotations

import array
import cmath
import ctypes
import functools
import itertools
import math
import operator
import random
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import ConversionError, CopyError, DtypeError, MissingRuleError, MutationError, ShapeError

Variable: Any = cg.Variable
s, t = Variable(2.0, name="s"), Variable(3.0, name="t")
x = Variable([1.0, 2.0, 3.0], name="x")
W = Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], name="W")

# ---------------------------------------------------------------------------------------------------------- what works


def doubled_until_large(n: Any) -> Any:
    while n < 100:
        n = n * 2
    return n


def of_a_loop() -> Any:
    total = 0.0
    for i, v in enumerate(x):
        total += i * v
    return total


def named(value: Any) -> str:
    match value:
        case 2.0:
            return "two"
        case _:
            return "another"


def unpacked() -> Any:
    a, *_, c = x
    return a * c


WORKS: dict[str, tuple[Callable[[], Any], Any, list[Any] | None]] = {
    "sum of a list": (lambda: sum([s, t, s]), 7.0, [2.0, 1.0]),
    "sum of a node": (lambda: sum(x * s), 12.0, [6.0, 0.0]),
    "sum of a generator": (lambda: sum(v * v for v in [s, t]), 13.0, [4.0, 6.0]),
    "max of numbers": (lambda: max([s, t]), 3.0, [0.0, 1.0]),
    "min of numbers": (lambda: min(s, t), 2.0, [1.0, 0.0]),
    "max of a vector": (lambda: max(x * s), 6.0, [3.0, 0.0]),
    "sorted": (lambda: sorted([t, s])[0] * 10, 20.0, [10.0, 0.0]),
    "math.prod": (lambda: math.prod([s, t, t]), 18.0, [9.0, 12.0]),
    "math.pi": (lambda: math.pi * s, 2 * math.pi, [math.pi, 0.0]),
    "functools.reduce": (lambda: functools.reduce(operator.mul, x * s), 48.0, [72.0, 0.0]),
    "itertools.accumulate": (lambda: list(itertools.accumulate([s, t]))[1], 5.0, [1.0, 1.0]),
    "map": (lambda: sum(map(np.square, [s, t])), 13.0, [4.0, 6.0]),
    "zip": (lambda: sum(v * k for v, k in zip([s, t], [10, 100], strict=True)), 320.0, [10.0, 100.0]),
    "a loop": (lambda: of_a_loop() * s, 16.0, [8.0, 0.0]),
    "unpacking": (lambda: unpacked() * t, 9.0, [0.0, 3.0]),
    "while": (lambda: doubled_until_large(s), 128.0, [64.0, 0.0]),
    "if": (lambda: s if s > 1 else t, 2.0, [1.0, 0.0]),
    "a chain of comparisons": (lambda: s if 0 < s < 3 else t, 2.0, [1.0, 0.0]),
    "pow": (lambda: pow(s, t), 8.0, [12.0, 8 * math.log(2)]),
    "abs": (lambda: abs(-s), 2.0, [1.0, 0.0]),
    "divmod": (lambda: sum(divmod(t, s)), 2.0, [-1.0, 1.0]),
    "divmod of a number": (lambda: sum(divmod(7.0, s)), 4.0, [-3.0, 0.0]),
    "random.choice": (lambda: random.choice([s]), 2.0, [1.0, 0.0]),
    "random.uniform": (lambda: random.Random(0).uniform(0.0, s), 2.0 * random.Random(0).random(), None),
    "statistics.median": (lambda: statistics.median([s, t, 9.0]), 3.0, [0.0, 1.0]),
    "np.linspace": (lambda: np.linspace(s, t, 3)[1], 2.5, [0.5, 0.5]),
    "np.geomspace": (lambda: np.geomspace(s, 8.0, 3)[1], 4.0, [1.0, 0.0]),
    "np.hstack of numbers": (lambda: np.sum(np.hstack([s, t]) * [1.0, 10.0]), 32.0, [1.0, 10.0]),
    "np.append": (lambda: np.append(x, s)[-1], 2.0, [1.0, 0.0]),
    "np.fromfunction": (lambda: np.sum(np.fromfunction(lambda i: i * s, (3,))), 6.0, [3.0, 0.0]),
    "np.apply_along_axis": (lambda: np.sum(np.apply_along_axis(np.sum, 0, W * s)), 42.0, [21.0, 0.0]),
    "an array of objects": (lambda: np.sum(objects(s, t)), 5.0, [1.0, 1.0]),
    "a plain array first": (lambda: np.sum(np.ones(3) * s), 6.0, [3.0, 0.0]),
    "a list beside a node": (lambda: x @ [1.0, 1.0, 1.0] * s, 12.0, [6.0, 0.0]),
}


def objects(*entries: Any) -> Any:
    made = np.empty(len(entries), dtype=object)
    for i, entry in enumerate(entries):
        made[i] = entry
    return made


@pytest.mark.parametrize(("build", "value", "gradient"), WORKS.values(), ids=WORKS.keys())
def test_what_works_has_its_derivative(build: Callable[[], Any], value: float, gradient: list[float] | None) -> None:
    y = build()
    assert isinstance(y, cg.Node)
    np.testing.assert_allclose(y.value, value, rtol=1e-15)
    if gradient is not None:
        np.testing.assert_allclose(cg.gradients(y, [s, t]), gradient, rtol=1e-14)


PLAIN: dict[str, tuple[Callable[[], Any], Any]] = {
    "f-string": (lambda: f"{s:.3f}", "2.000"),
    "str.format": (lambda: "{:>8.1e}".format(t), " 3.0e+00"),  # noqa: UP032 - it is what is tried
    "f-string of an array": (lambda: f"{x}", "<Variable x float64 (3,)>"),
    "%s": (lambda: "%s" % s, "<Variable s 2.0>"),  # noqa: UP031
    "np.array2string": (lambda: np.array2string(x / 3, precision=2), "[0.33 0.67 1.  ]"),
    "in a list of numbers": (lambda: s in [t, s], True),
    "a number in a vector": (lambda: 2.0 in x, True),
    "list.index": (lambda: [t, s].index(s), 1),
    "list.count": (lambda: [s, t].count(s), 1),
    "in a set": (lambda: s in {s} and s not in {t}, True),
    "a key of a dict": (lambda: {s: "here"}[s], "here"),
    "is": (lambda: x is x and x is not W, True),
    "all": (lambda: all(x > 0), True),
    "match": (lambda: named(s), "two"),
    "truth of a number": (lambda: bool(s - 2.0), False),
    "isinstance": (lambda: isinstance(s, float), False),
    "np.zeros of a shape": (lambda: np.zeros(x.shape).tolist(), [0.0, 0.0, 0.0]),
    "np.full_like": (lambda: np.full_like(x, 7.0).tolist(), [7.0, 7.0, 7.0]),
    "len": (lambda: len(W), 2),
    "item": (lambda: s.item(), 2.0),
}


@pytest.mark.parametrize(("build", "expected"), PLAIN.values(), ids=PLAIN.keys())
def test_what_is_plain(build: Callable[[], Any], expected: Any) -> None:
    found = build()
    assert found == expected
    assert type(found) is type(expected) or isinstance(found, np.bool_)


# --------------------------------------------------------------------------------------------------- what is refused


def assign(array: Any, index: Any, value: Any) -> None:
    array[index] = value


def add_to(array: Any, value: Any) -> None:
    array += value


def add_to_entry(array: Any, index: Any, value: Any) -> None:
    array[index] += value


def delete(node: Any, index: Any) -> None:
    del node[index]


ARRAY = r"write compgraph\.array\(\[node, \.\.\.\]\) for the list, compgraph\.at\(array\)\[i\]\.set\(node\)"
AT = r"compgraph\.at\(array\)\[index\]\.set\(node\)"


def of_the_list(name: str) -> str:
    return rf"{name} of a list that holds a node.*write {name}\(compgraph\.array\(\[\.\.\.\]\)\)"


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    # lists of nodes
    "np.array": (lambda: np.array([s, t]), ConversionError, ARRAY),
    "np.array, nested": (lambda: np.array([[s, 1.0], [2.0, t]]), ConversionError, ARRAY),
    "np.array of objects": (lambda: np.array([s, t], dtype=object), ConversionError, ARRAY),
    "np.asarray": (lambda: np.asarray(x), ConversionError, "take node.value"),
    "np.exp": (lambda: np.exp([s, t]), ConversionError, ARRAY),
    "np.dot": (lambda: np.dot([s, t], [1.0, 2.0]), ConversionError, ARRAY),
    "np.mean": (lambda: np.mean([s, t]), ConversionError, of_the_list(r"np\.mean")),
    "np.sum": (lambda: np.sum([s, t]), ConversionError, of_the_list(r"np\.sum")),
    "np.max": (lambda: np.max([s, t]), ConversionError, of_the_list(r"np\.max")),
    "np.median": (lambda: np.median([s, 1.0]), ConversionError, of_the_list(r"np\.median")),
    "np.argmax": (lambda: np.argmax([s, t]), ConversionError, of_the_list(r"np\.argmax")),
    "np.linalg.norm": (lambda: np.linalg.norm([s, t]), ConversionError, of_the_list(r"np\.linalg\.norm")),
    "a list beside a node": (lambda: x * [s, t, 1.0], ConversionError, ARRAY),
    "np.r_": (lambda: np.r_[s, t], ConversionError, r"np\.r_.*write np\.concatenate, compgraph\.array"),
    "np.c_": (lambda: np.c_[x, x], ConversionError, r"np\.c_.*np\.stack\(\[node, \.\.\.\], axis=1\)"),
    "np.concatenate of numbers": (lambda: np.concatenate([s, t]), ShapeError, r"np\.stack or compgraph\.array makes a"),
    "statistics.mean": (lambda: statistics.mean([s, t]), ConversionError, r"write np\.mean\(compgraph\.array\("),
    "statistics.fmean": (lambda: statistics.fmean([s, t]), ConversionError, "np functions instead of math's"),
    "math.fsum": (lambda: math.fsum([s, t]), ConversionError, "np functions instead of math's"),
    # numbers where only plain ones go
    "math.sin": (lambda: math.sin(s), ConversionError, "np functions instead of math's.*or take node.value"),
    "cmath.exp": (lambda: cmath.exp(s), ConversionError, "np functions instead of cmath's"),
    "math.trunc": (lambda: math.trunc(s), ConversionError, r"write np\.trunc\(node\)"),
    "round": (lambda: round(s), ConversionError, r"write np\.round\(node\).*round\(node\.value\)"),
    "float": (lambda: float(s), ConversionError, "take node.value"),
    "int": (lambda: int(s), ConversionError, r"take int\(node\.value\)"),
    "range": (lambda: range(s), ConversionError, r"take int\(node\.value\)"),
    "an index of a list": (lambda: [1, 2, 3][s], ConversionError, r"take int\(node\.value\)"),
    "a slice of a list": (lambda: [1, 2, 3][:s], ConversionError, r"take int\(node\.value\)"),
    "an index of a node": (lambda: x[s], ConversionError, r"index of x \(3,\) is a node.*take int\(node\.value\)"),
    "an index in a list": (lambda: x[[0, s]], ConversionError, r"take int\(node\.value\)"),
    "np.arange": (lambda: np.arange(s), ConversionError, "take node.value"),
    "the count of np.linspace": (lambda: np.linspace(0.0, 1.0, s), ConversionError, r"take int\(node\.value\)"),
    "np.eye": (lambda: np.eye(s), ConversionError, r"take int\(node\.value\)"),
    "np.reshape": (lambda: np.reshape(x, (s, 1)), DtypeError, r"take int\(node\.value\)"),
    "axis=node": (lambda: np.sum(x, axis=s), ConversionError, r"give axis=node\.value"),
    "np.float64": (lambda: np.float64(s), ConversionError, "take node.value"),
    "array.array": (lambda: array.array("d", [s]), ConversionError, "take node.value"),
    "ctypes": (lambda: ctypes.c_double(s), ConversionError, "take node.value"),
    "%.3f": (lambda: "%.3f" % s, ConversionError, "take node.value"),  # noqa: UP031
    "a format for an array": (lambda: f"{x:.3f}", ConversionError, r"'.3f' is one of numbers.*np\.array2string"),
    "a random number about a node": (lambda: np.random.default_rng(0).normal(s, 1.0), ConversionError, "node.value"),
    "np.testing": (lambda: np.testing.assert_allclose(x, [1.0, 2.0, 3.0]), ConversionError, "take node.value"),
    # the truth and the parts of a node
    "if node": (lambda: 1 if x else 0, ConversionError, r"truth of x \(3,\) is ambiguous.*np\.any or np\.all"),
    "not node": (lambda: not x, ConversionError, "np.any or np.all, or choose with np.where"),
    "and": (lambda: x and s, ConversionError, "choose with np.where"),
    "iterating a number": (lambda: list(s), ConversionError, r"s \(\) is a single number and has no length"),
    "len of a number": (lambda: len(s), ConversionError, "single number"),
    "&": (lambda: s & t, MissingRuleError, r"np\.bitwise_and.*function of whole numbers or of bits"),
    "~": (lambda: ~s, MissingRuleError, r"np\.invert.*whole numbers or of bits"),
    "<<": (lambda: 1 << s, MissingRuleError, r"np\.left_shift.*whole numbers or of bits"),
    # writing
    "node[i] = v": (
        lambda: assign(x, 0, s),
        MutationError,
        r"write node = compgraph\.at\(node\)\[\.\.\.\]\.set\(value\)",
    ),
    "node[i] += v": (lambda: add_to_entry(x, 0, s), MutationError, r"or \.add\(value\) for \+="),
    "del node[i]": (lambda: delete(x, 0), MutationError, r"np\.delete\(node, i\)"),
    "random.shuffle": (lambda: random.shuffle(x), MutationError, r"nodes do not change"),
    "array += node": (lambda: add_to(np.zeros(3), x), MutationError, r"write x = x \+ node instead of x \+= node"),
    "out=": (lambda: np.add(np.ones(3), x, out=np.zeros(3)), MutationError, "would write a node into a plain array"),
    "out= of a function": (lambda: np.dot(x, x, out=np.zeros(())), MissingRuleError, r"out=.*: a, b"),
    "np.add.at": (lambda: np.add.at(np.zeros(3), [0], s), MutationError, r"compgraph\.at\(array\)\[index\]\.add\("),
    "np.multiply.at": (lambda: np.multiply.at(x, [0], 2.0), MutationError, r"\[index\]\.multiply\("),
    "array[i:j] = node": (lambda: assign(np.zeros(3), slice(0, 3), x), ConversionError, ARRAY),
    "array[mask] = node": (lambda: assign(np.zeros(3), np.ones(3, bool), s), ConversionError, ARRAY),
    "np.put": (lambda: np.put(np.zeros(3), [0], s), MissingRuleError, AT),
    "np.copyto": (lambda: np.copyto(np.zeros(3), x), MissingRuleError, AT),
    "np.fill_diagonal": (lambda: np.fill_diagonal(np.zeros((3, 3)), s), ConversionError, AT),
    # functions of functions and of shapes
    "np.vectorize": (
        lambda: np.vectorize(lambda v: v * 2)(x),
        ConversionError,
        "call the function with the node itself",
    ),
    "np.frompyfunc": (lambda: np.frompyfunc(lambda v: v * 2, 1, 1)(x), MissingRuleError, r"compgraph\.primitive\("),
    "np.full": (lambda: np.full(3, s), ConversionError, r"write np\.broadcast_to\(node, shape\)"),
    "np.full_like": (lambda: np.full_like(np.ones(3), s), MissingRuleError, "it writes into an array in place"),
    "np.histogram": (lambda: np.histogram(x), MissingRuleError, "derivative of counts"),
    "np.save": (lambda: np.save("x.npy", x), MissingRuleError, r"give it node\.value"),
    "an integer dtype": (lambda: x.astype(int), DtypeError, r"node\.value\.astype"),
    "a str": (lambda: x + "a", DtypeError, "give a number or an array"),
    "copy.deepcopy": (lambda: __import__("copy").deepcopy(x * 1), CopyError, r"compgraph\.Tape\(node\)"),
}


@pytest.mark.parametrize(("misuse", "error", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_says_what_to_write(misuse: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        misuse()
    assert isinstance(caught.value, cg.CompgraphError)
    assert "\n" not in str(caught.value)


# -------------------------------------------------------------------------------- what NumPy and Python word themselves

WRAPPED: dict[str, Callable[[], Any]] = {
    "array[i] = node": lambda: assign(np.zeros(3), 0, s),
    "array[i] += node": lambda: add_to_entry(np.zeros(3), 0, s),
    "array.fill": lambda: np.zeros(3).fill(s),
    "np.fromiter": lambda: np.fromiter((v for v in x), float),
}


@pytest.mark.parametrize("misuse", WRAPPED.values(), ids=WRAPPED.keys())
def test_numpys_own_error_has_ours_as_its_cause(misuse: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match="setting an array element with a sequence") as caught:
        misuse()
    assert isinstance(caught.value.__cause__, ConversionError)
    assert r"compgraph.at(array)[i].set(node)" in str(caught.value.__cause__)


AS_FOR_ARRAYS: dict[str, Callable[[Any, Any], Any]] = {
    "max of arrays": lambda a, b: max([a, b]),
    "in a list of arrays": lambda a, b: a in [b, a],
    "list.remove": lambda a, b: [b, a].remove(a),
    "if a > 0": lambda a, b: 1 if a > 0 else 0,
    "0 < a < 2": lambda a, b: 0 < a < 2,
    "item of many": lambda a, b: a.item(),
}


@pytest.mark.parametrize("misuse", AS_FOR_ARRAYS.values(), ids=AS_FOR_ARRAYS.keys())
def test_what_numpy_refuses_of_arrays_it_refuses_of_nodes(misuse: Callable[[Any, Any], Any]) -> None:
    """A comparison is a plain array, so what asks for its truth gets NumPy's own answer."""
    with pytest.raises(ValueError, match=r"ambiguous|size 1") as expected:
        misuse(x.value, x.value * 2)
    with pytest.raises(ValueError, match=r"ambiguous|size 1") as found:
        misuse(x, x * 2)
    assert str(found.value) == str(expected.value)


def test_the_function_named_is_the_one_that_was_called() -> None:
    """Not one further out, which only called the function that made the mistake."""
    with pytest.raises(ConversionError, match="turning a node into a plain array"):
        np.fromfunction(lambda i: np.array([s, t]), (3,))
