"""What cannot be compiled is refused while it is traced, with what to write instead; nothing is frozen silently."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import TracingError, UseError

VECTOR = np.array([1.0, -2.0, 3.0])

DECISIONS: dict[str, Any] = {
    "if": lambda x: x if x > 0 else -x,
    "and": lambda x: x and 1.0,
    "max": lambda x: max(x, 1.0),
    "while": lambda x: next(i for i in range(9) if x < i),
    "assert": lambda x: x if x == x else math.nan,
    "in": lambda x: x in (1.0, 2.0),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_by_a_value(name: str) -> None:
    for f in (DECISIONS[name], cg.grad(DECISIONS[name])):
        with pytest.raises(TracingError, match=r"decides by a value.*np\.where.*static="):
            cg.compile(f)(2.0)
    assert cg.compile(DECISIONS[name], static=0)(2.0) == DECISIONS[name](2.0)


def assigned(x: Any) -> Any:
    y = np.zeros(3)
    y[0] = x
    return y


def assigned_a_slice(x: Any) -> Any:
    y = np.zeros((2, 3))
    y[0] = x * np.ones(3)
    return y


NUMBERS: dict[str, Any] = {
    "float": float,
    "int": int,
    "complex": complex,
    "range": lambda x: sum(range(x)),
    "math": math.sin,
    "round": round,
    "format": lambda x: f"{x:.3f}",
    "hash": lambda x: {x: 1.0}[x],
    "cached": lambda x: functools.cache(lambda y: y)(x),
    "item": lambda x: x.item(),
    "index": lambda x: [1.0, 2.0, 3.0][x],
    "table": lambda x: VECTOR[x],
    "asarray": np.asarray,
    "array": lambda x: np.array([x, 2 * x]),
    "assigned": assigned,
    "assigned a slice": assigned_a_slice,
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_value_that_is_asked_for(name: str) -> None:
    x: Any = np.int64(2)
    with pytest.raises(TracingError, match=r"needs a value as a plain number.*np\.stack.*compgraph\.at.*static="):
        cg.compile(NUMBERS[name])(x)
    expected = NUMBERS[name](x)
    np.testing.assert_array_equal(cg.compile(NUMBERS[name], static=0)(x), expected)


def incremented(x: Any) -> Any:
    y = np.ones(3)
    y += x
    return y


def own_incremented(x: Any) -> Any:
    x[0] += 1.0
    return x


WRITING: dict[str, Any] = {
    "ufunc.at": lambda x: np.add.at(x, 0, 1.0),
    "fill_diagonal": lambda x: np.fill_diagonal(x, 0.0),
    "copyto": lambda x: np.copyto(x, 0.0),
    "put": lambda x: np.put(x, [0], 1.0),
    "out": lambda x: np.exp(x, out=np.zeros((3, 3))),
    "out of a reduction": lambda x: np.sum(x, axis=0, out=np.zeros(3)),
    "sort": lambda x: x.sort(),
    "fill": lambda x: x.fill(1.0),
    "overwrite_input": lambda x: np.median(x, overwrite_input=True),
    "+=": incremented,
    "x[0] +=": own_incremented,
}


@pytest.mark.parametrize("name", WRITING)
def test_what_writes_into_an_array(name: str) -> None:
    x = np.arange(9.0).reshape(3, 3)
    with pytest.raises(TracingError, match=r"write|new array"):
        cg.compile(WRITING[name])(x)
    np.testing.assert_array_equal(x, np.arange(9.0).reshape(3, 3))


SIZES: dict[str, Any] = {
    "mask": lambda x: x[x > 0],
    "mask beside others": lambda x: np.stack([x, x])[0, x > 0],
    "where": lambda x: np.where(x > 0),
    "nonzero": np.nonzero,
    "nonzero method": lambda x: x.nonzero(),
    "flatnonzero": np.flatnonzero,
    "argwhere": np.argwhere,
    "unique": np.unique,
    "compress": lambda x: np.compress(x > 0, x),
    "extract": lambda x: np.extract(x > 0, VECTOR),
    "repeat": lambda x: np.repeat(x, x.astype(int)),
    "repeats": lambda x: np.repeat(x, repeats=x.astype(int)),
    "bincount": lambda x: np.bincount(x.astype(int)),
    "setdiff1d": lambda x: np.setdiff1d(VECTOR, x),
    "delete": lambda x: np.delete(VECTOR, x > 0),
    "roots": np.roots,
}


@pytest.mark.parametrize("name", SIZES)
def test_a_shape_that_depends_on_values(name: str) -> None:
    with pytest.raises(TracingError, match=r"shape depends on the values.*np\.where.*static="):
        cg.compile(SIZES[name])(np.array([1.0, 0.0, 2.0]))


PIECES: dict[str, Any] = {
    "x[:n]": lambda x, n: x[:n],
    "x[n:]": lambda x, n: np.exp(x[n:]),
    "x[n:n+2]": lambda x, n: np.sum(x[n : n + 2]),
    "x[::n]": lambda x, n: x[::n],
    "x[0, n:]": lambda x, n: np.stack([x, x])[0, n:],
    "of a constant": lambda x, n: VECTOR[n:] * x[0],
    "gradient": cg.grad(lambda x, n: np.sum(np.exp(x[:n]))),
    "at": lambda x, n: cg.at(x)[:n].set(0.0),
}


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_whose_ends_are_not_known(name: str) -> None:
    f = PIECES[name]
    with pytest.raises(TracingError, match=r"static="):
        cg.compile(f)(VECTOR, 1)
    np.testing.assert_array_equal(cg.compile(f, static="n")(VECTOR, 1), f(VECTOR, 1))


SHAPES: dict[str, Any] = {
    "axis": lambda x, n: np.sum(np.exp(np.sum(x, axis=n, keepdims=True)) + 1),
    "axis of a method": lambda x, n: np.exp(x.max(n, keepdims=True)),
    "axis of a ufunc": lambda x, n: np.add.reduce(x, n),
    "axis of a gradient": cg.grad(lambda x, n: np.sum(np.cumsum(x, n) ** 2)),
    "reshape": lambda x, n: np.reshape(x, (n + 1, -1)),
    "reshape method": lambda x, n: x.reshape(n + 1, 2),
    "transpose": lambda x, n: np.transpose(x, (n, 1 - n)),
    "moveaxis": lambda x, n: np.moveaxis(x, n, 0),
    "concatenate": lambda x, n: np.concatenate([x, x], n),
    "stack": lambda x, n: np.stack([x, x], axis=n),
    "expand_dims": np.expand_dims,
    "tile": np.tile,
    "pad": np.pad,
    "diff": np.diff,
    "diag": np.diag,
    "linspace": lambda x, n: np.linspace(0.0, x[0, 0], n + 1),
    "broadcast_to": lambda x, n: np.broadcast_to(x, (n, 2, 2)),
    "fft": np.fft.fft,
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_number_that_decides_about_the_shape(name: str) -> None:
    """With the shape of the first call a second would be computed wrongly: written into a buffer of that shape."""
    f, x = SHAPES[name], np.array([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(TracingError, match=r"static="):
        cg.compile(f)(x, 1)
    np.testing.assert_array_equal(cg.compile(f, static=1)(x, 1), f(x, 1))


def test_whole_numbers_that_decide_about_no_shape() -> None:
    x = np.arange(9.0).reshape(3, 3)
    for f in (np.triu, np.trace, np.roll, np.take, np.round, np.partition, lambda x, n: x[n], lambda x, n: x**n):
        fast = cg.compile(f)
        for n in (0, 1, 2):
            np.testing.assert_allclose(fast(x, n), f(x, n), rtol=1e-15)


def counter() -> Any:
    count = 0

    def f(x: Any) -> Any:
        nonlocal count
        count += 1
        return x * count

    return f


def growing() -> Any:
    seen: list[float] = []

    def f(x: Any) -> Any:
        seen.append(1.0)
        return x * np.sum(np.array(seen))

    return f


def moving_array() -> Any:
    velocity = np.zeros(3)

    def f(x: Any) -> Any:
        velocity[:] = velocity + 1.0
        return x + velocity

    return f


def noise() -> Any:
    rng = np.random.default_rng(0)
    return lambda x: x + rng.normal(size=3)


STATES = {
    "counter": counter, "growing": growing, "moving array": moving_array, "noise": noise,
    "dropout": lambda: lambda x: x * (np.random.default_rng().random(3) > 0.5) + np.random.default_rng().random(),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_a_function_that_is_not_the_same_at_every_call(name: str) -> None:
    with pytest.raises(TracingError, match="traced twice on the same arguments, it did different things"):
        cg.compile(STATES[name]())(np.ones(3))


def test_a_value_that_is_kept_from_call_to_call() -> None:
    kept: list[Any] = []

    def f(x: Any) -> Any:
        kept.append(x)
        return x + kept[0]

    with pytest.raises(TracingError, match="a value of a call that was traced before"):
        cg.compile(f)(2.0)


@pytest.mark.parametrize("x", [np.array(["a"]), np.ma.array([1.0, 2.0]), np.array([None, 1])], ids=repr)
def test_arguments_that_are_no_numbers(x: Any) -> None:
    with pytest.raises(TracingError, match="cannot be compiled: give"):
        cg.compile(lambda x: x * 2)(x)


def test_an_argument_that_cannot_be_told_from_another() -> None:
    with pytest.raises(TracingError, match="an argument of type set is no array"):
        cg.compile(lambda x: 1.0)({1, 2})


class Model:
    def __init__(self, w: float) -> None:
        self.w = w

    def scaled(self, x: Any) -> Any:
        return self.w * x


def test_an_object_that_may_change_unseen() -> None:
    model = Model(2.0)
    for f in (lambda model, x: model.w * x, Model.scaled):
        with pytest.raises(TracingError, match="an argument of type Model may change unseen: give its arrays, or name"):
            cg.compile(f)(model, 3.0)
        assert cg.compile(f, static=0)(model, 3.0) == 6.0
    assert cg.compile(lambda g, x: g(x))(np.sin, 1.0) == np.sin(1.0)
    assert cg.compile(lambda g, x: g(x))(lambda x: x * x, 3.0) == 9.0


def test_lists_that_are_no_arrays_and_settings_that_are_none() -> None:
    with pytest.raises(TracingError, match="a list among the arguments is no array of numbers"):
        cg.compile(lambda x: x)([[1.0], [1.0, 2.0]])
    for static in (None, 1.5, [[1]], True):
        with pytest.raises(UseError, match="names no arguments: give positions or names"):
            cg.compile(lambda x: x, static=static)  # type: ignore[arg-type]
    with pytest.raises(UseError, match="memory='0MB' is no size"):
        cg.compile(lambda x: x, memory="0MB")


@pytest.mark.parametrize("result", [object(), {1.0}, len, iter([1.0])], ids=lambda x: type(x).__name__)
def test_results_that_are_no_numbers(result: Any) -> None:
    with pytest.raises(TracingError, match="cannot be compiled: return arrays and numbers"):
        cg.compile(lambda x: (x, result))(1.0)


def test_a_node_from_around_the_function() -> None:
    with pytest.raises(TracingError, match="returns a node of a graph around it"):
        cg.grad(lambda w: cg.compile(lambda x: w * x)(2.0))(3.0)


def test_a_static_argument_that_there_is_not() -> None:
    def f(x: Any, n: int) -> Any:
        return x * n

    with pytest.raises(UseError, match="f has no argument 'm'; it has"):
        cg.compile(f, static="m")
    for place in (2, -1):
        with pytest.raises(UseError, match=f"f has no argument number {place}"):
            cg.compile(f, static=place)


def test_a_refused_function_can_be_called_again() -> None:
    fast = cg.compile(lambda x, how: x if how == "a" else float(x))
    for _ in range(2):
        with pytest.raises(TracingError):
            fast(2.0, "b")
        assert fast(2.0, "a") == 2.0
    with pytest.raises(UseError, match="has not been compiled yet"):
        _ = cg.compile(lambda x: x).source
