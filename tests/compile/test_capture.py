"""Traces of calls: their arguments, constants and names, and how two of them are told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile.capture import Program, capture, same_program, signature_of


def captured(f: Any, *args: Any, **kwargs: Any) -> Program:
    return capture(f, *signature_of(args, kwargs))


def names(program: Program) -> list[Any]:
    return [node.name or node.op.name for node in program.tape]  # type: ignore[union-attr]


TABLE = np.arange(3.0)


def layer(X: Any, params: Any) -> Any:
    Z = params["W"] * X + params["b"]
    return np.sum(np.tanh(Z))


def test_names() -> None:
    program = captured(cg.value_and_grad(layer, "params"), np.ones(3), {"W": np.ones(3), "b": 0.5})
    assert program.name == "layer"
    assert [node.name for node in program.arguments] == ["X", "W", "b"]
    assert {"Z", "dZ", "dW", "db"} <= set(names(program))
    assert program.differentiated
    assert not captured(layer, np.ones(3), {"W": np.ones(3), "b": 0.5}).differentiated


def test_constants_are_copied_once_each() -> None:
    program = captured(lambda x: (x * TABLE + TABLE, TABLE), np.ones(3))
    constants = [node for node in program.tape if isinstance(node.value, np.ndarray) and node.op and not node.inputs]
    (table,) = constants
    assert table.value is not TABLE
    assert not table.value.flags.writeable
    np.testing.assert_array_equal(table.value, TABLE)


PAIRS: dict[str, tuple[Any, Any]] = {
    "number": (lambda x: x * 2.0, lambda x: x * 3.0),
    "sign of zero": (lambda x: x * 0.0, lambda x: x * -0.0),
    "type": (lambda x: x * 2, lambda x: x * 2.0),
    "op": (lambda x: x + x, lambda x: x - x),
    "input": (lambda x: x - np.exp(x), lambda x: np.exp(x) - x),
    "parameter": (lambda x: np.sum(x, axis=0), lambda x: np.sum(x, axis=0, keepdims=True)),
    "array": (lambda x: x * np.array([1.0, 2.0]), lambda x: x * np.array([1.0, 2.5])),
    "dtype": (lambda x: x * np.ones(2), lambda x: x * np.ones(2, np.float32)),
    "structure": (lambda x: (x, x), lambda x: [x, x]),
    "keys": (lambda x: {"a": x}, lambda x: {"b": x}),
    "constant result": (lambda x: (x, 1.0), lambda x: (x, 2.0)),
    "fewer": (lambda x: np.exp(np.exp(x)), lambda x: np.exp(x)),
    "index": (lambda x: x[0], lambda x: x[1]),
}


@pytest.mark.parametrize("name", PAIRS)
def test_programs_that_differ(name: str) -> None:
    one, other = PAIRS[name]
    x = np.ones(2)
    assert same_program(captured(one, x), captured(one, x))
    assert not same_program(captured(one, x), captured(other, x))
    nan = lambda x: x * np.array([np.nan, 1.0])  # noqa: E731
    assert same_program(captured(nan, x), captured(nan, x))


def test_signatures() -> None:
    def of(*args: Any, **kwargs: Any) -> Any:
        return signature_of(args, kwargs)[1]

    assert of(np.ones(2), 1.0) == of(np.zeros(2), 2.0)
    assert of(a=1.0, b=2) == of(b=3, a=4.0)
    different = [
        of(np.ones(2)), of(np.ones(3)), of(np.ones((2, 1))), of(np.ones(2, np.float32)), of(np.ones(2, ">f8")), of(1.0),
        of(1), of(1j), of(True), of(False), of(np.float64(1)), of(np.float32(1)), of(np.array(1.0)), of(None), of("a"),
        of("b"), of([1.0, 2.0]), of((1.0, 2.0)), of({"a": 1.0}), of({"b": 1.0}), of(a=1.0), of(), of([np.ones(2)]),
    ]  # fmt: skip
    for i, one in enumerate(different):
        assert [other == one for other in different] == [k == i for k in range(len(different))]
