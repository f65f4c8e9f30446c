"""Compiled functions: what they are called with and what they return, their memory, threads and surroundings."""

from __future__ import annotations

import collections
import copy
import gc
import itertools
import linecache
import pickle
import threading
import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.compile.compiled import (
    MOST_VERSIONS,  # type: ignore[attr-defined,unused-ignore]
    CompileWarning,
)
from compgraph.errors import TracingError, UseError
from compgraph.nested import flatten
from tests.compile.comparing import Watched, agree, same_when_compiled

SEEDS = st.integers(0, 2**32 - 1)


def network(params: Any, X: Any, Y: Any) -> Any:
    (W1, b1), (W2, b2) = params
    A1 = np.tanh(W1 @ X + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))


def parameters(rng: np.random.Generator, dtype: Any = np.float64) -> Any:
    def draw(*shape: int) -> Any:
        return np.asarray(rng.normal(size=shape), dtype)

    return [(draw(4, 2), draw(4, 1)), (draw(1, 4), draw(1, 1))]


def examples(rng: np.random.Generator, m: int = 7) -> tuple[Any, Any]:
    return rng.normal(size=(2, m)), (rng.random((1, m)) > 0.5).astype(float)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_network(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    draws = [(parameters(rng, dtype), *[x.astype(dtype) for x in examples(rng)]) for _ in range(3)]
    same_when_compiled(cg.value_and_grad(network), *draws, ulps=8, size=lambda *args: 0.25)  # the sums cancel


TRANSFORMS: dict[str, Any] = {
    "value_and_grad": cg.value_and_grad,
    "grad": cg.grad,
    "grad of grad": lambda f: cg.grad(lambda x, y: np.sum(cg.grad(f)(x, y) ** 2)),
    "hessian": cg.hessian,
    "both arguments": lambda f: cg.value_and_grad(f, (0, 1)),
    "hessian of both": lambda f: cg.hessian(f, (0, 1)),
    "jacobian": lambda f: cg.jacobian(lambda x, y: np.sin(x * y) + np.sum(x)),
    "jacobian, forward": lambda f: cg.jacobian(lambda x, y: np.sin(x * y) + np.sum(x), mode="forward"),
    "hessian_vector_product": lambda f: lambda x, y: cg.hessian_vector_product(f)(x, y, 2 * x),
    "vjp": lambda f: lambda x, y: cg.vjp(lambda x, y: {"a": x * y, "b": np.exp(x)}, x, y)[1]({"a": y, "b": x * y}),
    "jvp": lambda f: lambda x, y: cg.jvp(f, [x, y], [y, x]),
    "jvp of grad": lambda f: lambda x, y: cg.jvp(cg.grad(f), [x, y], [y, x]),
    "elementwise_grad": lambda f: cg.elementwise_grad(lambda x, y: np.tanh(x) * y),
    "checkpoint": lambda f: cg.value_and_grad(cg.checkpoint(f), (0, 1)),
}


def curved(x: Any, y: Any) -> Any:
    z = np.exp(-(x**2)) * y + np.sin(x * y)
    return np.sum(z / (1 + z**2)) + np.max(x) * np.mean(y)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform(name: str) -> None:
    rng = np.random.default_rng(1)
    draws = [(rng.normal(size=4), rng.normal(size=4)) for _ in range(3)]
    same_when_compiled(TRANSFORMS[name](curved), *draws, ulps=16)


@pytest.mark.parametrize("name", [name for name in TRANSFORMS if "jacobian" not in name and name != "vjp"])
def test_every_transform_of_numbers(name: str) -> None:
    rng = np.random.default_rng(2)
    draws = [tuple(map(float, rng.normal(size=2))) for _ in range(3)]
    same_when_compiled(TRANSFORMS[name](curved), *draws, ulps=16)


def test_cotangents_of_floats_are_of_double_precision() -> None:
    """Beside arrays of single precision: the sum is rounded to that, and what follows on the way back is not."""

    def f(s: float, x: Any) -> Any:
        return np.sum(np.exp(s * 0.1) * x)

    fast = cg.compile(cg.grad(f))
    for s in (0.3, 1.7, 2.9):
        x = np.array([s], np.float32)
        found = fast(s, x)
        assert type(found) is float
        assert abs(found - cg.grad(f)(s, x)) <= 4 * np.finfo(float).eps * abs(found)


def test_complex_numbers() -> None:
    rng = np.random.default_rng(3)
    draws = [(rng.normal(size=3) + 1j * rng.normal(size=3),) for _ in range(2)]
    same_when_compiled(cg.value_and_grad(lambda z: np.sum(np.abs(z * z.conj() + np.exp(z)) ** 2)), *draws, ulps=16)
    same_when_compiled(cg.jacobian(lambda z: z**2 * np.sum(z)), *draws, ulps=8)
    same_when_compiled(cg.holomorphic_grad(lambda z: z**3 * np.exp(z)), (1 + 2j,), (0.5 - 1j,), ulps=8)


def test_a_gradient_of_ones_own() -> None:
    @cg.custom_gradient
    def clipped(x: Any) -> Any:
        return 2 * x, lambda grad: np.clip(100 * grad * x, -1, 1)

    same_when_compiled(cg.value_and_grad(lambda x: np.sum(clipped(x) ** 2)), (np.ones(3),), (np.arange(3.0) / 999,))


def test_compiled_inside_of_transforms_and_of_compiled() -> None:
    fast = cg.compile(lambda x: np.sum(np.sin(x) ** 2))
    x = np.array([0.5, 2.0])
    agree(cg.grad(fast)(x), 2 * np.sin(x) * np.cos(x), 4)
    same_when_compiled(lambda x: 3 * fast(x) + cg.grad(fast)(x), (x,), (2 * x,))
    assert isinstance(fast(cg.Variable(x)), cg.Node)
    assert repr(fast) == "<Compiled <lambda>, for 1 signatures>"


# ------------------------------------------------------------------------------------------------ arguments and results

FORMS: dict[str, Any] = {
    "Fortran": np.asfortranarray,
    "reversed": lambda x: np.flip(np.flip(x).copy()),
    "strided": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "read-only": lambda x: np.broadcast_to(x, x.shape),
    "big-endian": lambda x: x.astype(">f8"),
    "single": lambda x: x.astype(np.float32),
    "half": lambda x: x.astype(np.float16),
    "extended": lambda x: x.astype(np.longdouble),
    "integers": lambda x: (10 * x).astype(int),
    "empty": lambda x: x[:0],
    "list": lambda x: x.tolist(),
    "subclass": lambda x: x.view(type("Own", (np.ndarray,), {})),
}


@pytest.mark.parametrize("form", FORMS)
def test_arrays_of_every_kind(form: str) -> None:
    rng = np.random.default_rng(4)
    made = [FORMS[form](rng.normal(size=(3, 2))) for _ in range(2)]

    def f(x: Any) -> Any:
        return np.sum(np.exp(0.25 * np.asarray(0.5) * x) * np.transpose(x).T), x * 2, np.transpose(x)

    ulps = 8
    if form == "list":
        same_when_compiled(lambda x: np.sum(np.exp(x)), *[(x,) for x in made], ulps=ulps)
    else:
        plain = [np.asarray(x) for x in made]
        expected = [f(x) for x in plain]
        fast = cg.compile(f)
        for x, y in zip(made, expected, strict=True):
            agree(fast(x), y, ulps)
    if form not in ("integers", "half", "extended"):
        same_when_compiled(cg.value_and_grad(lambda x: np.sum(np.exp(x) * 2)), *[(x,) for x in made], ulps=ulps)


@pytest.mark.parametrize("x", [7, -3, 2**70, 2.5, True, 1 + 2j, np.float32(1.5), np.int64(4), np.array(2.5)], ids=repr)
def test_numbers_of_every_kind(x: Any) -> None:
    def f(x: Any) -> Any:
        return x + 1, x * 2, x / 2, -x, x**2, 0.5 * x

    agree(cg.compile(f)(x), f(x), 2)


@pytest.mark.parametrize("n", [7, -3, 12])
def test_whole_numbers(n: int) -> None:
    def f(n: Any) -> Any:
        return n // 2, n % 5, abs(n), divmod(n, 4), n << 2, n & 6, n | 1, ~n, n == 7, n < 3

    fast = cg.compile(f)
    fast(5)
    assert flatten(fast(n))[0] == flatten(f(n))[0]
    assert [type(x) for x in flatten(fast(n))[0]] == [type(x) for x in flatten(f(n))[0]]


class State(NamedTuple):
    weights: Any
    step: Any


TREES: dict[str, tuple[Any, Any]] = {
    "named tuple": (lambda s: State(s.weights * 2, s.step + 1), State(np.ones(2), 3)),
    "defaultdict": (lambda d: d, collections.defaultdict(list, a=1.0, b=np.ones(2))),
    "keys of any kind": (lambda x: {("a", 1): x, np.int64(3): 2 * x, frozenset([1]): [x, -x], None: ()}, 2.0),
    "lists of numbers": (lambda x: [x, 2 * x, [x + 1]], 1.5),
    "nothing": (lambda x: (None, (), {}, []), 1.0),
    "constants": (lambda x: (1, "a", None, True, 2.5, np.float32(3), [1.0, 2.0], {"k": 3}), 1.0),
    "parameters": (lambda p: {"W": [p["W"][0] * 2, p["W"][1]], "b": (p["b"],)}, {"W": [np.ones(2), 2.0], "b": 3.0}),
}


@pytest.mark.parametrize("name", TREES)
def test_trees(name: str) -> None:
    f, x = TREES[name]
    same_when_compiled(f, (x,), (x,))


def test_gradients_of_trees_whose_result_is_not_finite() -> None:
    def cost(p: Any) -> Any:
        return np.sum(np.where(p["x"] > 0, np.sqrt(p["x"]), 0.0)) * p["s"][0]

    p = {"x": np.array([0.0, 4.0]), "s": [2.0, np.ones(1)]}
    found = cg.compile(cg.grad(cost))(p)
    np.testing.assert_array_equal(found["x"], [0.0, 0.5])
    assert found["s"][0] == 2.0


def test_keywords_static_arguments_and_defaults() -> None:
    def power_sum(x: Any, n: int = 3, *, scale: Any = 1.0, how: str = "plus") -> Any:
        total = sum(x**i for i in range(n)) * scale
        return total if how == "plus" else -total

    for static in ("n", 1, ("n",), [1]):
        fast = cg.compile(power_sum, static=static)
        calls: list[Any] = [((2.0,), {}), ((2.0, 4), {}), ((2.0,), {"n": 4}), ((3.0, 4), {"scale": 2.0}),
                             ((3.0,), {"how": "minus", "scale": 0.5}), ((3.0, 2), {})]  # fmt: skip
        for args, kwargs in calls:
            assert fast(*args, **kwargs) == power_sum(*args, **kwargs)
    assert cg.compile(cg.grad(power_sum, "scale"), static="n")(2.0, 3, scale=5.0) == 7.0


def test_static_arguments_are_told_apart() -> None:
    """By value and by type, and a list that has changed is another one."""
    fast = cg.compile(lambda x, s: (x * 2, repr(s)), static="s")
    for s in (1, True, 1.0, 0.0, -0.0, "1", None, (1, 2), (1, 2.0), np.arange(3), np.arange(3.0), {"a": 1}, {"a": 2}):
        assert fast(1.0, s) == (2.0, repr(s))
    changing = [1, 2]
    assert fast(1.0, changing)[1] == "[1, 2]"
    changing.append(3)
    assert fast(1.0, changing)[1] == "[1, 2, 3]"


def test_other_shapes_and_dtypes_are_traced_anew() -> None:
    watched = Watched(lambda x: np.sum(x, axis=0) * x.shape[0])
    fast = cg.compile(watched)
    arrays = [np.ones((2, 3)), np.ones((3, 2)), np.ones(4), np.ones((2, 3), np.float32), np.ones((2, 3), int)]
    for _ in range(2):
        for x in arrays:
            agree(fast(x), watched.f(x), 1)
    assert watched.calls == 2 * len(arrays)
    assert "for 5 signatures" in repr(fast)


def test_so_many_versions_are_kept() -> None:
    fast = cg.compile(lambda x: x * 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n in range(2 * MOST_VERSIONS - 1):
            fast(np.ones(n))
    with pytest.warns(CompileWarning, match=f"compiled for {2 * MOST_VERSIONS} signatures") as caught:
        fast(np.ones(99))
    assert caught[0].filename == __file__  # the line that called it
    assert f"for {MOST_VERSIONS} signatures" in repr(fast)
    np.testing.assert_array_equal(fast(np.ones(0)), np.ones(0))


# --------------------------------------------------------------------------------------------------------------- memory


def many_results(x: Any, y: Any) -> Any:
    z = x * y
    w = z.T
    constant = np.arange(6.0).reshape(2, 3)
    return {
        "argument": x, "view": x.T, "reshaped": np.reshape(x, (3, 2)), "part": x[0], "again": x, "sum": z,
        "its view": w,
        "twice": [z, z], "constant": TABLE, "own constant": constant, "of constants": TABLE * 2,
        "wide": np.broadcast_to(x, (2, 2, 3)), "diagonal": np.diagonal(np.einsum("ij,kj->ik", x, y)),
        "axes": np.einsum("ij->ji", z), "in place": np.exp(np.sin(z) + 1),
        "real": np.real(x), "activation": cg.relu(z), "its part": np.exp(z)[:, 1:],
    }  # fmt: skip


TABLE = np.arange(6.0).reshape(2, 3)


def test_results_share_memory_with_nothing() -> None:
    rng = np.random.default_rng(5)
    draws = [(rng.normal(size=(2, 3)), rng.normal(size=(2, 3))) for _ in range(2)]
    fast = same_when_compiled(many_results, *draws)
    x, y = draws[0]
    expected = many_results(x, y)
    table = TABLE.copy()
    for _ in range(2):
        found = fast(x, y)
        agree(found, expected, 4)
        assert not any(np.shares_memory(leaf, TABLE) for leaf in flatten(found)[0])
        for leaf in flatten(found)[0]:
            leaf[...] = np.nan  # which changes nothing that is returned later
    np.testing.assert_array_equal(TABLE, table)


def test_arrays_from_around_the_function_are_those_of_the_trace() -> None:
    table = np.arange(3.0)
    fast = cg.compile(lambda x: x * table)
    before = fast(np.ones(3))
    table[:] = 9.0
    np.testing.assert_array_equal(fast(np.ones(3)), before)


def test_an_array_that_the_function_writes_to_on_the_way() -> None:
    buffer = np.zeros(3)

    def f(x: Any) -> Any:
        buffer[:] = 1.0
        first = x * buffer
        buffer[:] = 5.0
        return first + np.exp(x * buffer)

    same_when_compiled(f, (np.ones(3),), (np.arange(3.0),))


def test_the_same_digits_at_every_call() -> None:
    rng = np.random.default_rng(6)
    fast = cg.compile(cg.value_and_grad(network))
    arguments = (parameters(rng), *examples(rng, 50))
    results = {repr([np.asarray(x).tobytes() for x in flatten(fast(*arguments))[0]]) for _ in range(5)}
    again = cg.compile(cg.value_and_grad(network))(*arguments)
    assert results == {repr([np.asarray(x).tobytes() for x in flatten(again)[0]])}


def test_many_threads() -> None:
    f = cg.value_and_grad(lambda x: np.sum(np.exp(np.sin(x) * x) * np.cos(x) + x**3))
    fast = cg.compile(f)
    wrong: list[int] = []
    start = threading.Barrier(8)

    def work(k: int) -> None:
        rng = np.random.default_rng(k)
        start.wait()
        for n in (2000, 3000, *[20_000] * 8):
            x = rng.normal(size=n)
            value, slope = fast(x)
            expected, expected_slope = f(x)
            if abs(value - expected) > 1e-9 * n or np.max(np.abs(slope - expected_slope)) > 1e-9:
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_gradient_that_has_the_axis_of_the_examples() -> None:
    """So large that a sum over the examples may be computed block by block; the gradient is needed as a whole."""
    f = cg.value_and_grad(lambda x: np.sum(np.exp(np.sin(x) * x) * np.cos(x) + x**3))
    draws = [(np.random.default_rng(k).normal(size=100_000),) for k in range(2)]
    same_when_compiled(f, *draws, ulps=64, size=lambda x: float(np.sum(np.abs(x) ** 3)))


def test_after_an_exception() -> None:
    def f(a: Any, b: Any) -> Any:
        return np.linalg.solve(a, b) * 2 + np.exp(b)

    fast = cg.compile(f)
    good, singular, b = np.eye(2), np.zeros((2, 2)), np.ones(2)
    for _ in range(2):
        agree(fast(good, b), f(good, b), 4)
        with pytest.raises(np.linalg.LinAlgError):
            fast(singular, b)


# ------------------------------------------------------------------------------------ what is infinite or is no number


KINKS: dict[str, tuple[Any, Any]] = {
    "root of zero": (lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), np.array([0.0, 4.0])),
    "x log x": (lambda x: np.sum(np.where(x > 0, x * np.log(x), 0.0)), np.array([0.0, 2.0])),
    "infinite": (lambda x: np.sum(1 / x), np.array([0.0, 2.0])),
    "nan": (lambda x: np.sum(np.log(x)), np.array([-1.0, 2.0])),
    "of a float": (lambda x: 1.0 / x, 0.0),
    "power of a float": (lambda x: x**0.5, -4.0),
    "root of a float": (lambda x: np.sqrt(x) * 2, -4.0),
    "exp of a float": (lambda x: np.exp(x) * x, 800.0),
    "power of a float that is large": (lambda x: x**3 * 2, 1e200),
}


def pushed(f: Any) -> Any:
    return lambda x: cg.jvp(f, [x], [x])


@pytest.mark.parametrize("transform", [cg.value_and_grad, cg.grad, cg.hessian, pushed], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", KINKS)
@pytest.mark.parametrize("first", [True, False], ids=["traced there", "traced elsewhere"])
def test_where_a_derivative_is_not_finite(name: str, transform: Any, first: bool) -> None:
    f, x = KINKS[name]
    f = transform(f)
    fast = cg.compile(f)
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        if not first:
            fast(np.ones(2) * 3.0 if isinstance(x, np.ndarray) else 3.0)
        expected = f(x)
        found = fast(x)
    agree(found, expected, 4)


def test_warnings_are_those_of_the_function_itself() -> None:
    f = cg.value_and_grad(lambda x: np.sum(np.log(x)))
    fast = cg.compile(f)
    heard = []
    for each in (f, fast, fast):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            each(np.array([0.0, 2.0]))
        heard.append([str(w.message) for w in caught])
    assert heard[0] == heard[1] == heard[2] != []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fast(np.array([1.0, 2.0]))
        cg.compile(pushed(lambda x: np.where(x > 0, np.sqrt(x), 0.0)))(np.array([0.0, 4.0]))


def test_division_by_zero_of_floats_raises_as_it_does() -> None:
    fast = cg.compile(lambda x: 1.0 / x)
    assert fast(2.0) == 0.5
    with pytest.raises(ZeroDivisionError):
        fast(0.0)
    assert cg.compile(lambda x: x**0.5)(-4.0) == (-4.0) ** 0.5


# --------------------------------------------------------------------------------------------------------- surroundings


def test_names_that_mean_something_in_a_source() -> None:
    def exp(np_: Any, math: Any, prepare: Any, lambda_: Any, σ: Any, ndarray: Any) -> Any:
        sin = np.exp(np_) * math
        sqrt = np.sin(sin) + prepare
        sigmoid = cg.sigmoid(sqrt) * lambda_
        args = np.sqrt(sigmoid) + σ
        return args * ndarray * sin * sqrt

    for numbers in ((0.5,) * 6, tuple(np.full(2, 0.5) for _ in range(6))):
        same_when_compiled(exp, numbers, tuple(1.5 * x for x in numbers))
        same_when_compiled(cg.grad(lambda *args: np.sum(exp(*args)), (0, 4)), numbers, tuple(1.5 * x for x in numbers))


def test_what_is_asked_by_isinstance() -> None:
    def f(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            return x * 2
        return x * 3 if isinstance(x, float) and np.ndim(x) == 0 else x * 5

    for x in (np.ones(2), 1.0, 1):
        agree(cg.compile(f)(x), f(x), 1)


def test_blocks_around_a_call() -> None:
    fast = cg.compile(cg.value_and_grad(lambda x: np.sum(np.sin(x) * x)))
    x = np.array([0.5, 2.0])
    with cg.debug():
        first = fast(x)
        again = fast(x)
    with np.errstate(all="raise"):
        other = fast(x)
    for each in (first, again, other):
        agree(each, cg.value_and_grad(lambda x: np.sum(np.sin(x) * x))(x), 4)
    with cg.debug(), pytest.raises(cg.errors.CompgraphError):
        cg.compile(cg.grad(lambda x: np.sum(np.log(x))))(np.array([0.0, 1.0]))  # asked as it is written, which debugs


def test_no_arguments_and_no_computation() -> None:
    agree(cg.compile(lambda: np.ones(3) * 2)(), np.full(3, 2.0), 0)
    assert cg.compile(lambda x: None)(1.0) is None
    assert cg.compile(lambda x: 3)(1.0) == 3


@given(seed=SEEDS)
def test_compiled_twice_over(seed: int) -> None:
    """A compiled function of a compiled function of a gradient, on changing signatures in between."""
    rng = np.random.default_rng(seed)
    inner = cg.compile(cg.grad(lambda x: np.sum(np.tanh(x) ** 2)))
    outer = cg.compile(lambda x, n: inner(x) * n)
    for n, size in itertools.product((2, 2.5), (1, 3)):
        x = rng.normal(size=size)
        t = np.tanh(x)
        agree(outer(x, n), 2 * t * (1 - t * t) * n, 8)
        agree(inner(x), 2 * t * (1 - t * t), 8)


PAIRED: dict[str, Any] = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "/": lambda x, y: x / y,
    "//": lambda x, y: x // y, "%": lambda x, y: x % y, "**": lambda x, y: x**y, "- of": lambda x, y: -x,
    "call": lambda x, y: np.sin(x), "power of -": lambda x, y: (-x) ** 2.0, "- of power": lambda x, y: -(x**2.0),
}  # fmt: skip


@np.errstate(all="ignore")
@pytest.mark.parametrize("inner", PAIRED)
@pytest.mark.parametrize("outer", PAIRED)
def test_parentheses(outer: str, inner: str) -> None:
    """An op on the result of an op, from the left and from the right, of numbers and of numbers beside an array."""
    f, g = PAIRED[outer], PAIRED[inner]
    X = np.array([0.5, 1.75])
    same_when_compiled(lambda a, b, c: (f(g(a, b), c), f(c, g(a, b))), (2.5, 1.5, 0.75), (1.25, 0.5, 3.5))
    for args in ((2.5, 1.5, X), (1.25, X, 0.5), (X, 1.25, 0.75)):
        same_when_compiled(lambda a, b, c: f(g(a, b), c), args)
        same_when_compiled(lambda a, b, c: f(c, g(a, b)), args)


def test_what_prepare_takes() -> None:
    rates, data = np.linspace(0.0, 1.0, 20), np.linspace(-1.0, 1.0, 60).reshape(3, 20)
    fast = cg.compile(cg.grad(lambda w: np.sum(np.sin(w @ data) * np.cos(rates))))
    with pytest.raises(UseError, match="has not been compiled yet"):
        fast.constants
    w = np.ones(3)
    expected = fast(w)
    module: dict[str, Any] = {}
    exec(fast.source, module)
    found = fast.constants
    assert len(found) >= 2  # one of them has no name in the function: the cosines
    assert np.array_equal(module["prepare"](**found)(w), expected)
    with pytest.raises(ValueError, match="read-only"):
        found["data"][0] = 1.0
    alone = cg.compile(lambda a: 2.0 * a)
    assert alone(1.0) == 2.0
    assert alone.constants == {}


@pytest.mark.parametrize("enabled", [True, False])
def test_the_cycle_collector_is_as_it_was(enabled: bool, request: pytest.FixtureRequest) -> None:
    request.addfinalizer(gc.enable)
    seen: list[bool] = []

    def f(x: Any) -> Any:
        seen.append(gc.isenabled())
        return x if x is None else x * 2.0

    if not enabled:
        gc.disable()
    fast = cg.compile(f)
    assert fast(3.0) == 6.0
    assert not any(seen)
    assert gc.isenabled() is enabled
    with pytest.raises(TracingError):
        cg.compile(float)(3.0)
    assert gc.isenabled() is enabled


def test_what_is_compiled_is_a_function() -> None:
    with pytest.raises(UseError, match="compile takes a function, and not its result: float cannot be called"):
        cg.compile(3.0)  # type: ignore[call-overload]
    with pytest.raises(UseError, match="threads=0 is no number of threads: give 1 or more"):
        cg.compile(cubed, threads=0)


def cubed(x: Any, n: Any = 3) -> Any:
    return np.sum(x**n)


@cg.compile
def decorated(x: Any) -> Any:
    return np.sum(x * x)


@cg.compile(static="n", memory="1MB", threads=1)
def decorated_with_settings(x: Any, n: Any) -> Any:
    return np.sum(x**n)


def test_as_a_decorator_it_takes_its_settings() -> None:
    assert decorated_with_settings(np.arange(4.0), 2) == 14.0
    assert decorated_with_settings(np.arange(4.0), n=3) == 36.0
    assert "for 2 signatures" in repr(decorated_with_settings)
    assert pickle.loads(pickle.dumps(decorated_with_settings)) is decorated_with_settings


def test_a_copy_compiles_for_itself() -> None:
    x = np.arange(4.0)
    fast = cg.compile(cubed, static="n", memory="1MB")
    assert fast(x, 2) == 14.0
    for copied in (pickle.loads(pickle.dumps(fast)), copy.deepcopy(fast)):
        assert "for 0 signatures" in repr(copied)
        assert copied(x, 2) == 14.0
        assert copied(x, n=3) == 36.0
        assert "for 2 signatures" in repr(copied)
    assert pickle.loads(pickle.dumps(decorated)) is decorated


def test_what_was_compiled_is_let_go_with_its_function() -> None:
    def compiled_and_called() -> cg.Compiled:
        fast = cg.compile(cg.value_and_grad(lambda w: np.sum(np.tanh(w) ** 2)))
        fast(np.ones(3))
        return fast

    def kept() -> int:
        return sum(len(linecache.getlines(name)) for name in list(linecache.cache) if name.startswith("<compiled "))

    gc.collect()
    before = kept()
    fast = compiled_and_called()
    gc.collect()
    held = kept()
    assert held > before
    names = iter(linecache.cache.copy())
    for _ in range(3):
        compiled_and_called()
    gc.collect()
    assert kept() == held
    assert all(name in linecache.cache for name in names)  # linecache goes through all of them, and looks each up
    del fast
    gc.collect()
    assert kept() == before
