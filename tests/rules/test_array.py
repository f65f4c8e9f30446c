"""cg.array: np.array of nested lists that hold nodes; its derivatives are checked with every other composition's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import DtypeError, ShapeError

Variable: Any = cg.Variable
a, b = cg.variables(a=2.0, b=3.0)
v = Variable([1.0, 2.0], name="v")
single = Variable(np.array([1.0, 2.0], np.float32))


def objects(*entries: Any) -> Any:
    """An array of Python objects, into which nodes can be put one by one."""
    made = np.empty(len(entries), dtype=object)
    for i, entry in enumerate(entries):
        made[i] = entry
    return made


@pytest.mark.parametrize(
    ("nested", "expected"),
    [
        ([a, b], [2.0, 3.0]),
        ((a, 1, True), [2.0, 1.0, 1.0]),
        ([[a, 1.0], [0.0, b]], [[2.0, 1.0], [0.0, 3.0]]),
        ([[[a]], [[4.0]]], [[[2.0]], [[4.0]]]),
        ([v, [3.0, b]], [[1.0, 2.0], [3.0, 3.0]]),
        ([np.array([5.0, 6.0]), v], [[5.0, 6.0], [1.0, 2.0]]),
        (objects(a, 1.5), [2.0, 1.5]),
        ([a, np.float64(1)], [2.0, 1.0]),
        ([a, 1j], [2.0, 1j]),
    ],
    ids=str,
)
def test_the_value_is_that_of_an_array_of_the_values(nested: Any, expected: Any) -> None:
    made = cg.array(nested)
    assert type(made) is cg.Node
    np.testing.assert_array_equal(made.value, np.array(expected), strict=True)


def test_gradients_come_back_to_each_entry() -> None:
    y = cg.array([[a, 1.0], [b, a * b]])
    w = np.array([[1.0, 10.0], [100.0, 1000.0]])
    assert cg.gradients(np.sum(w * y), [a, b]) == [1.0 + 3000.0, 100.0 + 2000.0]
    x = Variable([0.5, 1.5])
    np.testing.assert_array_equal(cg.gradients(np.sum(cg.array([v, x]) * [[1.0, 2.0], [3.0, 4.0]]), [x])[0], [3.0, 4.0])


def test_python_numbers_do_not_decide_the_dtype() -> None:
    for nested in ([single, [1.0, 2]], [single, [a, b]], [single[0], 1.0], [single, np.ones(2, np.float32)]):
        assert cg.array(nested).dtype == np.float32
    assert cg.array([single, np.ones(2)]).dtype == np.float64
    assert cg.array([single[0], 1j]).dtype == np.complex64
    assert cg.array([np.float32(1), 2.0]).dtype == np.float32
    assert cg.array([single, [1.0, 2.0]], dtype=np.float64).dtype == np.float64
    assert cg.array([a, 1.0], dtype=np.float32).dtype == np.float32
    (gradient,) = cg.gradients(np.sum(cg.array([single, [1.0, 2.0]], dtype=np.float64)), [single])
    assert gradient.dtype == np.float32


def test_without_a_node_it_is_numpys_array() -> None:
    nested: Any
    for nested in ([1, 2], [[True]], [], [[], []], 5.0, "ab", ["a", "b"], [np.int8(1), 2], [1.0, 2], [1e300, 2j]):
        np.testing.assert_array_equal(cg.array(nested), np.array(nested), strict=True)
    given = np.array([1.0, 2.0])
    assert not np.shares_memory(cg.array(given), given)


def test_a_node_comes_back_as_it_is() -> None:
    assert cg.array(v) is v
    assert cg.array(v, dtype=float) is v
    assert cg.array(v, dtype=np.float32).dtype == np.float32


def test_many_entries_make_one_node() -> None:
    xs = [Variable(float(i)) for i in range(300)]
    y = cg.array(xs)
    assert len(cg.Tape(y)) == 301
    np.testing.assert_array_equal(y.value, np.arange(300.0))


@pytest.mark.parametrize(
    ("nested", "error", "message"),
    [
        ([a, [b]], ShapeError, r"array: the part \[1\] has shape \(1,\), but \[0\] has \(\): all parts of a list"),
        ([[a, b], [a]], ShapeError, r"the part \[1\] has shape \(1,\), but \[0\] has \(2,\)"),
        ([[a, v], [a, b]], ShapeError, r"the part \[0\]\[1\] has shape \(2,\), but \[0\]\[0\] has \(\)"),
        ([[1.0], [1.0, 2.0]], ShapeError, r"array: setting an array element with a sequence.*inhomogeneous"),
        ([a, "b"], DtypeError, r"array: a str at \[1\] cannot stand beside nodes"),
        ([a, None], DtypeError, r"array: a NoneType at \[1\]"),
    ],
)
def test_what_is_no_array_is_refused(nested: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        cg.array(nested)
    assert "\n" not in str(caught.value)


def test_an_integer_dtype_has_no_derivative() -> None:
    with pytest.raises(DtypeError, match="int64 has no derivative"):
        cg.array([a, b], dtype=int)
