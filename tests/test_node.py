"""Nodes: an operator or a NumPy function gives one node of NumPy's value, or an error that says what to write."""

from __future__ import annotations

import math
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import ConversionError, DtypeError, MissingRuleError, MutationError, ShapeError

Variable: Any = cg.Variable  # NumPy's type stubs know nothing of nodes
variables: Any = cg.variables

# ----------------------------------------------------------------------------------------------------------- operators

VALUES = {
    "float": 1.5,
    "np.float64": np.float64(1.5),
    "np.float32": np.float32(1.5),
    "vector": np.array([1.5, -0.5, 3.0]),
    "float32 vector": np.array([1.5, -0.5, 3.0], np.float32),
    "matrix": np.array([[1.5, -0.5, 3.0], [2.5, 4.0, -1.25]]),
}
OPERANDS: dict[str, Any] = {
    "int": 2,
    "float": 0.5,
    "bool": True,
    "np.float64": np.float64(0.5),
    "np.float32": np.float32(0.5),
    "np.int64": np.int64(2),
    "np.int8": np.int8(2),
    "0-d array": np.array(0.5),
    "0-d float32 array": np.array(0.5, np.float32),
    "vector": np.array([2.0, 0.5, -1.0]),
    "float32 vector": np.array([2.0, 0.5, -1.0], np.float32),
    "integers": np.array([1, 2, 3]),
    "column": np.array([[2.0], [1.0]]),
    "list": [2.0, 0.5, -1.0],
    "tuple": (2.0, 0.5, -1.0),
    "nested list": [[1.0], [2.0]],
}
BINARY: dict[str, tuple[Callable[[Any, Any], Any], np.ufunc]] = {
    "+": (operator.add, np.add),
    "-": (operator.sub, np.subtract),
    "*": (operator.mul, np.multiply),
    "/": (operator.truediv, np.divide),
    "//": (operator.floordiv, np.floor_divide),
    "%": (operator.mod, np.remainder),
    "**": (operator.pow, np.power),
}
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]

each_value = pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
each_operand = pytest.mark.parametrize("operand", OPERANDS.values(), ids=OPERANDS.keys())


def plain(operand: Any) -> Any:
    """An operand as NumPy sees it: a list is an array."""
    return np.asarray(operand) if isinstance(operand, (list, tuple)) else operand


def same(node: Any, expected: Any) -> None:
    """One node, with exactly this value: its type, its dtype, its shape."""
    assert type(node) is cg.Node
    assert type(node.value) is type(expected)
    assert (node.shape, node.dtype) == (np.shape(expected), np.asarray(expected).dtype)
    np.testing.assert_array_equal(node.value, expected, strict=True)


@each_operand
@each_value
@pytest.mark.parametrize("symbol", BINARY)
def test_operators_with_a_constant_on_either_side(symbol: str, value: Any, operand: Any) -> None:
    operate, function = BINARY[symbol]
    x = Variable(value)
    with np.errstate(invalid="ignore"):  # broken powers of negative numbers
        for left, right in ((x, operand), (operand, x)):
            expected = operate(*[v.value if v is x else plain(v) for v in (left, right)])
            if type(expected) is complex:
                expected = math.nan
            node = operate(left, right)
            same(node, expected)
            assert node.op is cg.OPS[function]
            assert len(node.inputs) == 2
            assert (node.inputs[0] is x, node.inputs[1] is x) == (left is x, right is x)
            by_function = function(left, right)
            assert type(by_function) is cg.Node
            np.testing.assert_array_equal(by_function.value, expected, strict=isinstance(expected, np.ndarray))


@pytest.mark.parametrize("symbol", BINARY)
def test_operators_between_nodes(symbol: str) -> None:
    operate, _ = BINARY[symbol]
    with np.errstate(invalid="ignore"):
        for a in VALUES.values():
            for b in VALUES.values():
                x, y = Variable(a), Variable(b)
                same(operate(x, y), operate(x.value, y.value))


@each_value
def test_unary_operators(value: Any) -> None:
    x = Variable(value)
    same(-x, -x.value)
    same(+x, +x.value)
    same(abs(x), abs(x.value))


def test_matrix_products() -> None:
    a: Any
    a, b, v = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4), np.array([1.0, 2.0, 3.0])
    A, B, V = Variable(a), Variable(b), Variable(v)
    for left, right, expected in (
        (A, B, a @ b),
        (a, B, a @ b),
        (A, b, a @ b),
        (A, b.tolist(), a @ b),
        (a.tolist(), B, a @ b),
        (A, V, a @ v),
        (V, B, v @ b),
        (V, v, v @ v),
        (np.stack([a, a]), B, np.stack([a, a]) @ b),
    ):
        same(left @ right, expected)
        same(np.matmul(left, right), expected)
        if np.ndim(expected) < 3:
            same(np.dot(left, right), expected)


@pytest.mark.parametrize("compare", COMPARISONS)
@each_operand
@each_value
def test_comparisons_are_plain(compare: Callable[[Any, Any], Any], value: Any, operand: Any) -> None:
    x = Variable(value)
    for left, right in ((x, operand), (operand, x), (x, Variable(2.0)), (Variable(2.0), x)):
        expected = compare(*[v.value if isinstance(v, cg.Node) else plain(v) for v in (left, right)])
        found = compare(left, right)
        assert not isinstance(found, cg.Node)
        assert np.asarray(found).dtype == bool
        np.testing.assert_array_equal(found, expected)


def test_comparison_functions_are_plain() -> None:
    x = Variable([1.0, -2.0, np.inf])
    for found, expected in (
        (np.greater(x, 0), [True, False, True]),
        (np.isfinite(x), [True, True, False]),
        (np.argmax(x), 2),
        (np.shape(x), (3,)),
        (np.ndim(x), 1),
        (np.size(x), 3),
        (np.sign(x) > 0, [True, False, True]),
        (np.argsort(x), [1, 0, 2]),
        (np.zeros_like(x), [0.0, 0.0, 0.0]),
        (np.any(x > 5), True),
        (np.allclose(x, x), True),
        (x.argmax(), 2),
        (x.argmin(), 1),
        (3.0 in x, False),
        (-2.0 in x, True),
    ):
        assert not isinstance(found, cg.Node)
        np.testing.assert_array_equal(found, expected)


def test_an_operator_assignment_makes_a_new_node() -> None:
    x = y = Variable([1.0, 2.0])
    y += 1
    y *= np.array([2.0, 3.0])
    np.testing.assert_array_equal(x.value, [1.0, 2.0])
    np.testing.assert_array_equal(y.value, [4.0, 9.0])
    total: Any = 0.0
    for part in x:
        total += part
    assert type(total) is cg.Node
    assert total.value == 3.0


# ---------------------------------------------------------------------------- where Python's numbers and NumPy's differ


def scalar_cases() -> list[Any]:
    functions: dict[str, tuple[Callable[..., Any], list[tuple[float, ...]]]] = {
        "x / y": (operator.truediv, [(1.0, 0.0), (-1.0, 0.0), (0.0, 0.0)]),
        "1 / x": (lambda x: 1 / x, [(0.0,)]),
        "x // y": (operator.floordiv, [(1.0, 0.0), (0.0, 0.0)]),
        "x % y": (operator.mod, [(1.0, 0.0)]),
        "x ** y": (operator.pow, [(0.0, -1.0), (-2.0, 0.5), (10.0, 400.0), (0.0, 0.0), (0.0, 0.5), (-2.0, 3.0)]),
        "x ** -1": (lambda x: x**-1, [(0.0,)]),
        "x ** 0.5": (lambda x: x**0.5, [(0.0,), (-1.0,)]),
        "2 ** x": (lambda x: 2**x, [(2000.0,)]),
        "(-2) ** x": (lambda x: (-2) ** x, [(0.5,)]),
        "exp": (np.exp, [(1000.0,), (-1000.0,)]),
        "expm1": (np.expm1, [(1000.0,)]),
        "log": (np.log, [(0.0,), (-1.0,), (math.inf,)]),
        "log2": (np.log2, [(0.0,)]),
        "log10": (np.log10, [(-1.0,)]),
        "log1p": (np.log1p, [(-1.0,), (-2.0,)]),
        "sqrt": (np.sqrt, [(0.0,), (-1.0,), (math.inf,)]),
        "cbrt": (np.cbrt, [(0.0,)]),
        "reciprocal": (np.reciprocal, [(0.0,)]),
        "sin": (np.sin, [(math.inf,), (math.nan,)]),
        "tan": (np.tan, [(math.inf,)]),
        "sinh": (np.sinh, [(1000.0,)]),
        "cosh": (np.cosh, [(-1000.0,)]),
        "tanh": (np.tanh, [(1000.0,), (math.inf,)]),
        "arcsin": (np.arcsin, [(1.0,), (2.0,)]),
        "arccos": (np.arccos, [(-1.0,), (-2.0,)]),
        "arctanh": (np.arctanh, [(1.0,), (2.0,)]),
        "arccosh": (np.arccosh, [(1.0,), (0.5,)]),
        "hypot": (np.hypot, [(0.0, 0.0)]),
        "arctan2": (np.arctan2, [(0.0, 0.0)]),
        "cross-entropy": (cg.binary_cross_entropy, [(0.0, 1.0), (1.0, 0.0), (0.0, 0.0), (0.0, 0.5), (2.0, 0.5)]),
    }
    return [
        pytest.param(f, point, id=f"{name} at {', '.join(map(str, point))}")
        for name, (f, points) in functions.items()
        for point in points
    ]


def evaluated(f: Callable[..., Any], leaves: list[Any]) -> tuple[list[Any], set[str]]:
    """The value and the gradients, and what was warned of on the way: division by zero, overflow, ..."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        out = f(*leaves)
        answer = [out.value, *cg.gradients(np.sum(out), leaves)]
    assert all(w.category is RuntimeWarning for w in caught)
    return answer, {str(w.message).split(" encountered")[0] for w in caught}


@pytest.mark.parametrize(("f", "point"), scalar_cases())
def test_numbers_behave_as_arrays_do(f: Callable[..., Any], point: tuple[float, ...]) -> None:
    """Python raises or turns complex where NumPy gives inf or nan and warns: forward and backward it is NumPy's."""
    numbers, warned = evaluated(f, [Variable(x) for x in point])
    arrays, warned_too = evaluated(f, [Variable([x]) for x in point])
    assert all(type(number) is float for number in numbers)
    np.testing.assert_allclose(numbers, [a[0] for a in arrays], rtol=1e-15)
    assert bool(warned) == bool(warned_too)


def test_numpys_error_state_counts() -> None:
    for zero in (Variable(0.0), Variable([0.0])):
        with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
            1 / zero
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        Variable(np.array([1e38], np.float32)) * np.float32(100)
    with np.errstate(all="ignore"):
        assert (1 / Variable(0.0)).value == math.inf


# ---------------------------------------------------------------------------------------------------------- refusals


def array_plus_equals(x: Any) -> None:
    array = np.zeros(3)
    array += x


def assign_item(x: Any) -> None:
    x[0] = 1.0


def fill(x: Any) -> None:
    np.zeros(3)[:] = x


def store(x: Any) -> None:
    np.zeros((2, 3))[0] = x


def without_rule() -> np.ufunc:
    return np.frompyfunc(lambda x: x, 1, 1)


NOTHING: Any = None
x3 = Variable([1.0, 2.0, 3.0], name="x")
s = Variable(5.0, name="s")

REFUSALS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "float": (lambda: float(s), ConversionError, r"float\(node\) would lose the derivative of s \(\).*np functions"),
    "int": (lambda: int(s), ConversionError, r"int\(node\.value\)"),
    "complex": (lambda: complex(s), ConversionError, r"node\.value"),
    "index": (lambda: [1, 2][s], ConversionError, r"int\(node\.value\)"),
    "range": (lambda: range(s), ConversionError, r"int\(node\.value\)"),
    "math.sin": (lambda: math.sin(s), ConversionError, "compute with np functions instead of math's"),
    "np.array of nodes": (lambda: np.array([s, s]), ConversionError, r"write compgraph\.array\(\[node, \.\.\.\]\)"),
    "np.array of rows": (lambda: np.array([x3, x3]), ConversionError, r"write compgraph\.array\(\[node, \.\.\.\]\)"),
    "np.array": (lambda: np.array(x3), ConversionError, r"lose the derivative of x \(3,\).*node\.value"),
    "np.asarray": (lambda: np.asarray(x3), ConversionError, r"node\.value"),
    "np.asarray dtype": (lambda: np.asarray(x3, dtype=np.float32), ConversionError, r"node\.value"),
    "np.float64": (lambda: np.float64(s), ConversionError, r"node\.value"),
    "np.mean of a list": (lambda: np.mean([s, s]), ConversionError, r"write np\.mean\(compgraph\.array\("),
    "a list with a node": (lambda: x3 * [s, 1.0, 2.0], ConversionError, r"write compgraph\.array\("),
    "truth": (lambda: bool(x3), ConversionError, r"truth of x \(3,\) is ambiguous.*np\.where"),
    "if": (lambda: 1 if x3 > 0 and x3 else 0, ValueError, "ambiguous"),
    "len": (lambda: len(s), ConversionError, r"s \(\) is a single number"),
    "iteration": (lambda: list(s), ConversionError, r"s \(\) is a single number"),
    "array += node": (lambda: array_plus_equals(x3), MutationError, r"plain array of shape \(3,\).*x = x \+ node"),
    "out=": (lambda: np.add(x3, 1.0, out=np.zeros(3)), MutationError, "x = x \\+ node"),
    "node[i] = v": (lambda: assign_item(x3), MutationError, r"node = compgraph\.at\(node\)\[\.\.\.\]\.set\(value\)"),
    "array[:] = node": (lambda: fill(x3), ConversionError, r"node\.value"),
    "array[i] = node": (lambda: store(x3), ConversionError, r"node\.value"),
    "a function without a rule": (lambda: without_rule()(x3), MissingRuleError, r"compgraph\.primitive\(.*domain="),
    "np.busday_count": (lambda: np.busday_count(x3, x3), MissingRuleError, "has no derivative rule"),
    "ufunc dtype": (lambda: np.add(x3, 1, dtype=np.float32), MissingRuleError, r"np\.add\(dtype=\)"),
    "ufunc where": (lambda: np.exp(x3, where=[True, False, True]), MissingRuleError, r"np\.exp\(where=\)"),
    "ufunc method": (lambda: np.logaddexp.reduceat(x3, [0, 1]), MissingRuleError, r"np\.logaddexp\.reduceat"),
    "sum out": (lambda: np.sum(x3, out=np.zeros(())), MissingRuleError, r"sum\(\.\.\., out=\.\.\.\)"),
    "sum out by position": (lambda: np.sum(x3, 0, None, np.zeros(())), MissingRuleError, r"sum\(\.\.\., out=\.\.\.\)"),
    "an unknown parameter": (lambda: x3.sum(axes=0), MissingRuleError, "sum.*axes"),
    "dot out": (lambda: np.dot(x3, x3, np.zeros(())), MissingRuleError, r"out="),
    "one-sided where": (lambda: np.where(x3), MissingRuleError, "give condition, x, y"),
    "a node as a parameter": (lambda: cg.leaky_relu(x3, slope=s), ConversionError, r"slope=node\.value"),
    "order of memory": (lambda: np.reshape(x3, (3, 1), order="A"), ShapeError, "say 'C' or 'F'"),
    "astype int": (lambda: x3.astype(int), DtypeError, r"int64 has no derivative.*node\.value"),
    "None": (lambda: x3 + None, DtypeError, "add: NoneType None cannot take part"),
    "None on the left": (lambda: None * x3, DtypeError, "multiply: NoneType None cannot take part"),
    "None in a function": (lambda: np.maximum(x3, NOTHING), DtypeError, "maximum: NoneType None"),
    "None in where": (lambda: np.where(x3.value > 0, x3, None), DtypeError, "where: NoneType None"),
    "a string": (lambda: x3 + "a", DtypeError, "add: str 'a' cannot take part"),
    "strings": (lambda: x3 * ["a", "b", "c"], DtypeError, "dtype <U1"),
    "an array of strings": (lambda: x3 * np.array(["a", "b", "c"]), DtypeError, r"multiply of x \(3,\) and constant"),
    "a function of strings": (lambda: np.add(np.array(["a", "b", "c"]), x3), DtypeError, r"add of constant \(3,\)"),
    "an object": (lambda: x3 * object(), DtypeError, "multiply: object"),
    "a dict": (lambda: x3 + {1: 2}, DtypeError, "add: dict"),
    "a date": (lambda: x3 + np.datetime64("2020-01-01"), DtypeError, "datetime64"),
    "a ragged list": (lambda: x3 * [[1.0], [1.0, 2.0]], ShapeError, "multiply: a list that is no array"),
    "a masked array": (
        lambda: x3 * np.ma.masked_array([1.0, 2.0, 3.0], [False, True, False]),
        DtypeError,
        "mask would be lost",
    ),
    "a huge number": (lambda: x3 * 10**400, DtypeError, "multiply: int too large.*give it as a float"),
    "a huge number on the left": (lambda: 10**400 * s, DtypeError, "multiply: int too large.*give it as a float"),
}


@pytest.mark.parametrize(("misuse", "error", "message"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refusals_say_what_to_write(misuse: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        misuse()
    assert isinstance(caught.value, cg.CompgraphError) or error is ValueError
    assert "\n" not in str(caught.value)


def test_an_array_that_refuses_a_node_is_as_it_was() -> None:
    array = np.zeros(3)
    with pytest.raises(MutationError):
        array += x3
    with pytest.raises(ValueError, match="setting an array element") as caught:
        array[0] = s
    assert isinstance(caught.value.__cause__, ConversionError)  # NumPy's own error, with ours as its reason
    np.testing.assert_array_equal(array, np.zeros(3))


def test_a_complex_constant_leaves_the_gradient_real() -> None:
    """|2i x|, of which the slope is 2 sign(x): the cotangent of x is complex on its way and real when it arrives."""
    for x in (Variable([1.0, -2.0]), Variable(2.0)):
        (gradient,) = cg.gradients(np.sum(np.abs(x * 2j)), [x])
        np.testing.assert_array_equal(gradient, 2 * np.sign(x.value))
        assert np.asarray(gradient).dtype == x.dtype


# shape mismatches name the op, the operands and the remedy


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda a, b: a + b, r"add of a \(3,\) and b \(4,\): "),
        (lambda a, b: np.maximum(a, b), r"maximum of a \(3,\) and b \(4,\): "),
        (lambda a, b: np.exp(a) * b, r"multiply of exp \(3,\) and b \(4,\): "),
        (lambda a, b: a - np.ones(2), r"subtract of a \(3,\) and constant \(2,\): "),
        (lambda a, b: np.ones(2) - a, r"subtract of constant \(2,\) and a \(3,\): "),
        (lambda a, b: [1.0, 2.0] / a, r"divide of constant \(2,\) and a \(3,\): "),
        (lambda a, b: np.where([True, False], a, 0.0), r"where of constant \(2,\) and a \(3,\) and constant \(\)"),
        (lambda a, b: np.reshape(b, (4, 1)) + np.reshape(a, (3, 1)), r"add of reshape \(4, 1\) and reshape \(3, 1\)"),
        (
            lambda a, b: np.ones((3, 2)) * a,
            r"a vector of shape \(3,\) is a row: make it a column: a\[:, None\], or keepdims",
        ),
        (lambda a, b: np.ones((2, 4)) @ a, r"matmul of constant \(2, 4\) and a \(3,\)"),
        (lambda a, b: np.ones((2, 4)) @ a[:, None], r"the constant has 4 columns, but getitem has 3 rows"),
        (lambda a, b: np.concatenate([a[None], b[None]]), r"concatenate of getitem \(1, 3\) and getitem \(1, 4\)"),
        (lambda a, b: np.sum(a, axis=1), r"sum of a \(3,\): axis 1 is out of bounds"),
        (lambda a, b: np.reshape(a, (2, 2)), r"reshape of a \(3,\): cannot reshape array of size 3"),
    ],
)
def test_shape_errors_name_the_operands(build: Callable[[Any, Any], Any], message: str) -> None:
    a, b = variables(a=[1.0, 2.0, 3.0], b=[1.0, 2.0, 3.0, 4.0])
    with pytest.raises(ShapeError, match=message):
        build(a, b)


def test_an_index_out_of_range_is_an_index_error() -> None:
    with pytest.raises(IndexError, match="out of bounds"):
        x3[3]


# --------------------------------------------------------------------------------------------------------- variables


@pytest.mark.parametrize(
    ("value", "stored", "dtype"),
    [
        (5.0, float, np.float64),
        (5, float, np.float64),
        (np.int64(5), np.float64, np.float64),
        (np.float64(5), np.float64, np.float64),
        (np.float32(5), np.float32, np.float32),
        (np.float16(5), np.float16, np.float16),
        (np.array(5.0), np.float64, np.float64),
        (np.array(5, np.float32), np.float32, np.float32),
        ([1, 2], np.ndarray, np.float64),
        ([[1.0], [2.0]], np.ndarray, np.float64),
        ((1.0, 2.0), np.ndarray, np.float64),
        ([], np.ndarray, np.float64),
        (np.array([1, 2], np.uint8), np.ndarray, np.float64),
        (np.array([1, 2], np.float32), np.ndarray, np.float32),
        (np.array([1, 2], np.float16), np.ndarray, np.float16),
        (np.array([1, 2], np.longdouble), np.ndarray, np.longdouble),
        (np.array([1, 2], ">f8"), np.ndarray, np.dtype(">f8")),
        (np.ones((2, 0, 3)), np.ndarray, np.float64),
    ],
    ids=repr,
)
def test_what_a_variable_holds(value: Any, stored: type, dtype: Any) -> None:
    x = Variable(value)
    assert type(x.value) is stored
    assert (x.shape, x.dtype) == (np.shape(value), dtype)
    assert x.op is None
    assert x.inputs == ()
    np.testing.assert_array_equal(x.value, value)
    np.sum(x * 2.0).backward()
    assert type(x.grad) is stored
    assert (np.shape(x.grad), np.asarray(x.grad).dtype) == (x.shape, dtype)
    np.testing.assert_array_equal(x.grad, np.full(x.shape, 2.0))


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (True, DtypeError, "variable w has dtype bool.*take 1.0 and 0.0"),
        ([True, False], DtypeError, "variable w has dtype bool"),
        ("a", DtypeError, "dtype <U1.*give numbers"),
        (b"a", DtypeError, "give numbers"),
        (None, DtypeError, "dtype object"),
        (object(), DtypeError, "dtype object"),
        ({1: 2}, DtypeError, "dtype object"),
        (np.array([1, None]), DtypeError, "dtype object"),
        (10**400, DtypeError, "very large integer"),
        (np.datetime64("2020-01-01"), DtypeError, "give numbers"),
        (np.ma.masked_array([1.0], [True]), DtypeError, r"masked.*np\.where"),
        (s, DtypeError, r"not of a node.*node\.value"),
        ([s, s], ConversionError, r"compgraph\.array"),
        ([[1], [1, 2]], ShapeError, "variable w: nested lists that are no array"),
    ],
    ids=lambda part: type(part).__name__,
)
def test_what_cannot_be_a_variable(value: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Variable(value, name="w")


def test_a_variable_keeps_its_value_whatever_happens_to_the_array() -> None:
    for given in (np.array([1.0, 2.0]), np.array([1, 2]), np.array([1.0, 2.0], np.float32)):
        x = Variable(given)
        given[:] = 0
        np.testing.assert_array_equal(x.value, [1.0, 2.0])
        with pytest.raises(ValueError, match="read-only"):
            x.value[0] = 3.0


def test_a_matrix_or_a_memory_map_is_an_array(tmp_path: Any) -> None:
    mapped = np.memmap(tmp_path / "numbers", dtype=np.float64, shape=(2,), mode="w+")
    x = Variable(mapped)
    assert type(x.value) is np.ndarray
    assert type((x * mapped).value) is np.ndarray
    assert type((mapped * x).value) is np.ndarray


def test_names() -> None:
    a, b = variables(a=1.0, b=[2.0])
    assert (a.name, b.name, (a * b).name) == ("a", "b", None)
    c = a * b
    c.name = "c"
    assert repr(a) == "<Variable a 1.0>"
    assert repr(b) == "<Variable b float64 (1,)>"
    assert repr(c) == "<Node c multiply float64 (1,)>"
    assert repr(a * 2) == "<Node multiply 2.0>"
    assert repr(Variable(2.0)) == "<Variable 2.0>"


# ------------------------------------------------------------------------------------------------- what an array has


def test_attributes_and_methods() -> None:
    value: Any = np.arange(6.0).reshape(2, 3) + 1
    m = Variable(value)
    assert (m.shape, m.ndim, m.size, m.dtype, len(m)) == ((2, 3), 2, 6, np.float64, 2)
    for found, expected in (
        (m.T, value.T),
        (m.transpose(), value.T),
        (m.transpose(1, 0), value.T),
        (m.transpose((1, 0)), value.T),
        (m.reshape(3, 2), value.reshape(3, 2)),
        (m.reshape((3, 2)), value.reshape(3, 2)),
        (m.reshape(-1), value.reshape(-1)),
        (m.reshape(3, -1, order="F"), value.reshape(3, -1, order="F")),
        (m.ravel(), value.ravel()),
        (m.flatten(), value.flatten()),
        (m.swapaxes(0, 1), value.swapaxes(0, 1)),
        (m.sum(), value.sum()),
        (m.sum(0), value.sum(0)),
        (m.sum(axis=1, keepdims=True), value.sum(axis=1, keepdims=True)),
        (m.sum(0, None, None, True), value.sum(0, None, None, True)),
        (m.mean(1), value.mean(1)),
        (m.max(axis=(0, 1)), value.max(axis=(0, 1))),
        (m.min(0), value.min(0)),
        (m.prod(), value.prod()),
        (m.var(0, ddof=1), value.var(0, ddof=1)),
        (m.var(0, None, None, 1), value.var(0, None, None, 1)),
        (m.std(), value.std()),
        (m.dot(value.T), value.dot(value.T)),
        (m.clip(2, 3), value.clip(2, 3)),
        (m.clip(2), value.clip(2)),
        (m.clip(min=2), value.clip(min=2)),
        (m.clip(max=3), value.clip(max=3)),
        (np.clip(m, 2.0, None), np.clip(value, 2.0, None)),
        (np.clip(m, None, 3.0), np.clip(value, None, 3.0)),
        (m[:, :1].squeeze(axis=1), value[:, :1].squeeze(axis=1)),
        (m.astype(np.float32), value.astype(np.float32)),
        (np.add.reduce(m), np.add.reduce(value)),
        (np.maximum.reduce(m, axis=1), np.maximum.reduce(value, axis=1)),
        (np.amax(m), np.amax(value)),
        (np.amin(m, axis=0), np.amin(value, axis=0)),
        (m[0], value[0]),
        (m[1, 2], value[1, 2]),
        (m[m > 2], value[value > 2]),
        (m[..., None], value[..., None]),
        (m[[0, 0], :], value[[0, 0], :]),
    ):
        same(found, expected)


def test_a_number_has_them_too() -> None:
    x = Variable(2.0)
    assert (x.shape, x.ndim, x.size, x.dtype, x.item()) == ((), 0, 1, np.float64, 2.0)
    for node in (x.T, x.sum(), x.mean(), x.max(), x.prod(), np.ravel(x)[0], x[()], x.reshape(1, 1)[0, 0], np.square(x)):
        assert type(node) is cg.Node
        assert node.shape == ()
    assert type(x.sum().value) is float
    assert x.reshape(1, 1).shape == (1, 1)
    assert x[None].shape == (1,)
    assert bool(x) is True
    assert bool(Variable([0.0])) is False


def test_a_sequence_of_arrays() -> None:
    x = Variable([1.0, 2.0])
    cases: list[tuple[Any, tuple[int, ...]]] = [
        (np.stack([x, x.value]), (2, 2)),
        (np.stack((3.0, Variable(2.0))), (2,)),
        (np.concatenate([x, [5.0]]), (3,)),
        (np.concatenate((x.value, x, x), axis=0), (6,)),
        (np.concatenate(Variable(np.ones((2, 3)))), (6,)),
        (np.stack([x, x], 1), (2, 2)),
    ]
    for node, shape in cases:
        assert type(node) is cg.Node
        assert node.shape == shape
    stacked = np.stack([x, x * x])
    np.testing.assert_array_equal(cg.gradients(np.sum(stacked), [x])[0], 1 + 2 * x.value)


def test_iteration_and_unpacking() -> None:
    m = Variable([[1.0, 2.0], [3.0, 5.0]], name="m")
    (a, b), (c, d) = m
    assert [n.value for n in (a, b, c, d)] == [1.0, 2.0, 3.0, 5.0]
    determinant = a * d - b * c
    np.testing.assert_array_equal(cg.gradients(determinant, [m])[0], [[5.0, -3.0], [-2.0, 1.0]])
    assert [row.shape for row in m] == [(2,), (2,)]


def test_hash_and_equality() -> None:
    x, y = Variable([1.0, 2.0]), Variable([1.0, 2.0])
    assert {x: "x", y: "y"}[x] == "x"
    assert len({x, y, x}) == 2
    np.testing.assert_array_equal(x == y, [True, True])
    np.testing.assert_array_equal(x != [1.0, 3.0], [False, True])
    assert (Variable(2.0) == 2.0) is True
    assert (Variable(2.0) == None) is False  # noqa: E711 - what is asked here
    assert (x, y) == (x, y)  # a tuple looks at identity first


def test_format() -> None:
    assert f"{Variable(3.14159):.2f}" == "3.14"
    assert f"{Variable(2.0, name='w')}" == "<Variable w 2.0>"
    assert f"{Variable([1.0])}" == "<Variable float64 (1,)>"


def test_indices_grow_in_the_order_of_creation() -> None:
    a = Variable(1.0)
    b = a * 2
    c = np.exp(b)
    assert a.index < b.index < c.index


def test_gradients_are_fresh_memory_each_pass() -> None:
    x = Variable([1.0, 2.0])
    y = x * 3.0
    np.sum(y).backward()
    first, inner = x.grad, y.grad
    assert x.grad is first
    assert y.grad is inner
    first[:] = 0.0  # a person's own, to do with as they please
    inner[:] = 0.0
    np.sum(y).backward()
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])
    np.testing.assert_array_equal(y.grad, [1.0, 1.0])
    np.testing.assert_array_equal(first, [0.0, 0.0])
