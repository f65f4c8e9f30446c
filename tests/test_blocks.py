"""In blocks: the same as at once, to rounding, in the memory of a block; what is no mean over examples is told."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.blocks import in_blocks
from compgraph.blocks.data import BLOCK_BYTES
from compgraph.errors import CompgraphError, DtypeError, GradientError, SettingError, ShapeError, TracingError
from compgraph.nested import flatten

ROOT = Path(__file__).parents[1]


def network(params: Any, X: Any, Y: Any) -> Any:
    """The costs of the examples, which are columns, in a network of two layers."""
    A1 = np.tanh(params["W1"] @ X + params["b1"])
    return (cg.sigmoid(params["W2"] @ A1 + params["b2"]) - Y) ** 2


def mean_cost(params: Any, X: Any, Y: Any) -> Any:
    return np.sum(network(params, X, Y)) / X.shape[-1] + 0.01 * np.sum(params["W1"] ** 2)


def sum_cost(params: Any, X: Any, Y: Any) -> Any:
    return np.sum(network(params, X, Y))


def parameters(rng: np.random.Generator, n: int, dtype: Any = float) -> dict[str, Any]:
    shapes = {"W1": (3, n), "b1": (3, 1), "W2": (2, 3), "b2": (2, 1)}
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}


def data(rng: np.random.Generator, n: int, m: int, dtype: Any = float) -> tuple[Any, Any]:
    return rng.normal(size=(n, m)).astype(dtype), rng.random((2, m)).astype(dtype)


def assert_same(found: Any, expected: Any, scales: Any) -> None:
    """Equal in structure, types, shapes and dtypes, and in value up to the rounding of sums of numbers of some size."""
    leaves, structure = flatten(found)
    others, other_structure = flatten(expected)
    assert structure == other_structure
    for x, y, scale in zip(leaves, others, scales, strict=True):
        assert type(x) is type(y)
        assert np.shape(x) == np.shape(y)
        assert np.result_type(x) == np.result_type(y)
        assert np.all(np.abs(np.subtract(x, y, dtype=float)) <= 8 * np.finfo(np.result_type(x)).eps * scale)


def scales(at_once: Any, params: Any, X: Any, Y: Any, reduction: str) -> list[Any]:
    """The sum, or mean, of the absolute values of what the examples contribute to each result, and what they're of."""
    each = [flatten(at_once(params, X[:, i : i + 1], Y[:, i : i + 1]))[0] for i in range(X.shape[1])]
    add = np.sum if reduction == "sum" else np.mean
    return [add([np.abs(x).astype(float) for x in leaves], axis=0) for leaves in zip(*each, strict=True)]


reductions = st.sampled_from(["mean", "sum"])


@given(st.integers(1, 4), st.integers(1, 40), st.integers(1, 12), st.booleans(), reductions, st.integers(0, 99))
def test_blocks_of_any_size_are_the_same_as_at_once(
    n: int, m: int, size: int, single: bool, reduction: Any, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    dtype = np.float32 if single else np.float64
    params, (X, Y) = parameters(rng, n, dtype), data(rng, n, m, dtype)
    at_once = cg.value_and_grad(mean_cost if reduction == "mean" else sum_cost)
    before = [x.copy() for x in (X, Y)]
    found = in_blocks(at_once, ("X", "Y"), size=size, reduction=reduction)(params, X, Y)
    assert_same(found, at_once(params, X, Y), scales(at_once, params, X, Y, reduction))
    assert all(np.array_equal(x, y) for x, y in zip((X, Y), before, strict=True))


@given(counts=st.lists(st.integers(0, 9), min_size=1, max_size=20).filter(any), seed=st.integers(0, 99))
def test_blocks_that_an_iterator_gives_weigh_as_many_examples_as_they_have(counts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    params, (X, Y) = parameters(rng, 3), data(rng, 3, sum(counts))
    ends = np.cumsum(counts)[:-1]
    Xs, Ys = np.split(X, ends, axis=1), np.split(Y, ends, axis=1)
    at_once = cg.value_and_grad(mean_cost)
    expected, scale = at_once(params, X, Y), scales(at_once, params, X, Y, "mean")
    assert_same(in_blocks(at_once, ("X", "Y"))(params, iter(Xs), Y=iter(Ys)), expected, scale)
    by_batch = in_blocks(lambda params, batch: at_once(params, *batch), 1)
    assert_same(by_batch(params, zip(Xs, Ys, strict=True)), expected, scale)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_many_blocks_are_added_as_accurately_as_numpy_adds(reduction: Any) -> None:
    """One after the other they would be off by 27 units in the last place, and their running mean by 50."""
    x = np.random.default_rng(0).random(20_001)
    exact = math.fsum(x) / (len(x) if reduction == "mean" else 1)
    found = in_blocks(lambda x: getattr(np, reduction)(x), "x", size=1, reduction=reduction)(x)
    assert abs(found - exact) <= math.log2(len(x)) * np.finfo(float).eps * exact


def test_single_precision_is_added_in_double() -> None:
    x = np.random.default_rng(0).random(4000).astype(np.float32)
    exact = math.fsum(x.tolist()) / len(x)
    found = in_blocks(lambda x: np.mean(x), "x", size=1)(x)
    assert found == np.float32(exact)
    assert type(found) is np.float32


def test_one_block_is_what_the_function_itself_gives() -> None:
    rng = np.random.default_rng(0)
    params, (X, Y) = parameters(rng, 3), data(rng, 3, 7)
    at_once = cg.value_and_grad(mean_cost)
    for x, y in zip(*[flatten(f(params, X, Y))[0] for f in (in_blocks(at_once, ("X", "Y")), at_once)], strict=True):
        assert np.array_equal(x, y)


def test_examples_lie_along_columns_or_rows_or_any_axis() -> None:
    rng = np.random.default_rng(0)
    X, y, w = rng.normal(size=(3, 10)), rng.normal(size=10), rng.normal(size=3)
    at_once = cg.value_and_grad(lambda w, X, y: np.mean((w @ X - y) ** 2))
    value, slope = at_once(w, X, y)
    images = np.moveaxis(X.reshape(3, 1, 10), -1, 1)
    layouts: list[tuple[Any, Any, Any]] = [
        ("columns", X, lambda X: X),
        ("rows", np.ascontiguousarray(X.T), lambda X: X.T),
        (-1, X, lambda X: X),
        (0, X.T, lambda X: X.T),
        (1, images, lambda X: X[:, :, 0]),
    ]
    for over, examples, as_columns in layouts:
        labels = y if over != 1 else y[None]
        f = cg.value_and_grad(lambda w, X, y, of=as_columns: np.mean((w @ of(X) - np.ravel(y)) ** 2))
        found, found_slope = in_blocks(f, ("X", "y"), over, size=4)(w, examples, labels)
        np.testing.assert_allclose(found, value, rtol=1e-14)
        np.testing.assert_allclose(found_slope, slope, rtol=1e-13)


def test_any_transform_of_a_cost_is_a_mean_where_the_cost_is() -> None:
    rng = np.random.default_rng(0)
    w, X, Y = rng.normal(size=3), rng.normal(size=(3, 20)), rng.normal(size=20)

    def cost(w: Any, X: Any, Y: Any) -> Any:
        return np.mean(np.log1p(np.exp(-Y * (w @ X))))

    for transform in (lambda f: f, cg.grad, cg.value_and_grad, cg.hessian, lambda f: cg.grad(f, "w")):
        f: Any = transform(cost)
        found, expected = in_blocks(f, ("X", "Y"), size=6)(w, X, Y), f(w, X, Y)
        for x, y in zip(flatten(found)[0], flatten(expected)[0], strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-13, atol=1e-15)


def test_it_can_be_differentiated_itself_by_parameters_and_by_data() -> None:
    rng = np.random.default_rng(0)
    params, (X, Y) = parameters(rng, 3), data(rng, 3, 11)
    cost = in_blocks(mean_cost, ("X", "Y"), size=4)
    found = cg.value_and_grad(cost, ("params", "X"))(params, X, Y)
    expected = cg.value_and_grad(mean_cost, ("params", "X"))(params, X, Y)
    for x, y in zip(flatten(found)[0], flatten(expected)[0], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-15)


def test_data_may_be_lists_and_trees_and_what_can_only_be_sliced() -> None:
    class Stored:
        """An array in a file, as the libraries for such files show it."""

        def __init__(self, array: Any) -> None:
            self.array, self.shape, self.dtype = array, array.shape, array.dtype

        def __getitem__(self, index: Any) -> Any:
            assert index[1].stop - index[1].start <= 5  # never all of it
            return self.array[index]

    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 9)), [float(y) for y in rng.normal(size=9)]
    f = cg.value_and_grad(lambda w, batch: np.mean((w @ batch["X"] - batch["Y"]) ** 2))
    value, slope = in_blocks(f, "batch", size=4)(np.ones(2), {"X": Stored(X), "Y": Y})
    expected, expected_slope = f(np.ones(2), {"X": X, "Y": Y})
    np.testing.assert_allclose(value, expected, rtol=1e-14)
    np.testing.assert_allclose(slope, expected_slope, rtol=1e-13)


def test_examples_of_a_block_lie_one_after_the_other_in_memory_and_are_copied_only_if_they_do_not() -> None:
    X = np.arange(12.0).reshape(3, 4)
    for array, shared in ((X, False), (np.asfortranarray(X), True)):
        blocks: list[Any] = []
        in_blocks(lambda X, seen=blocks: (seen.append(X), np.mean(X))[1], "X", size=2, check=False)(array)
        assert all(block.flags.forc for block in blocks)
        assert [np.shares_memory(block, array) for block in blocks] == [shared, shared]


def test_whole_numbers_are_summed_as_such() -> None:
    right = in_blocks(lambda A, Y: {"right": np.sum(A == Y), "all": A.shape[-1]}, (0, 1), size=3, reduction="sum")
    found = right(np.array([1, 0, 1, 1, 0, 0, 1]), np.array([1, 1, 1, 1, 1, 0, 1]))
    assert found == {"right": 5, "all": 7}
    assert np.result_type(found["right"]).kind == "i"


# --------------------------------------------------------------------------------------------------------------- memory


def test_no_more_than_two_blocks_of_an_iterator_are_held() -> None:
    alive: list[weakref.ref[Any]] = []
    most = 0

    def blocks() -> Iterator[Any]:
        nonlocal most
        for i in range(10):
            block = np.full((2, 100), float(i))
            alive.append(weakref.ref(block))
            most = max(most, sum(ref() is not None for ref in alive))
            yield block
            del block

    value, _ = in_blocks(cg.value_and_grad(lambda w, X: np.mean(w @ X)), "X")(np.ones(2), blocks())
    assert value == 9.0
    assert most == 2


def test_a_block_has_a_mebibyte_by_default_or_more_where_gradients_are_large() -> None:
    calls: list[int] = []

    def f(w: Any, x: Any) -> Any:
        calls.append(len(x))
        return np.mean(x)

    x = np.zeros(3 * BLOCK_BYTES // 8 + 1)
    in_blocks(f, "x", check=False)(0.0, x)
    assert calls == [BLOCK_BYTES // 8] * 3 + [1]
    calls.clear()
    in_blocks(f, "x", check=False)({"W": np.zeros(BLOCK_BYTES // 32)}, x)
    assert calls == [BLOCK_BYTES // 4, BLOCK_BYTES // 8 + 1]


LARGER_THAN_MEMORY = """
import json, resource, sys, tracemalloc
import numpy as np
import compgraph as cg
from compgraph.blocks import in_blocks

n, m = 50, 1_000_000
X = np.memmap(sys.argv[1], np.float32, "r", shape=(n, m))
at_once = cg.value_and_grad(lambda w, X: np.mean(np.tanh(w * X)))
w = np.linspace(0.1, 0.2, n, dtype=np.float32)[:, None]
in_blocks(at_once, "X")(w, X[:, :10])
used = 1024 * int(next(line for line in open("/proc/self/status") if line.startswith("VmData")).split()[1])
resource.setrlimit(resource.RLIMIT_DATA, (used + 60_000_000,) * 2)
tracemalloc.start()
value, slope = in_blocks(at_once, "X")(w, X)
peak = tracemalloc.get_traced_memory()[1]
tracemalloc.stop()
try:
    at_once(w, X)
    fits = True
except MemoryError:
    fits = False
print(json.dumps({"value": float(value), "slope": slope.ravel().tolist(), "peak": peak, "fits": fits}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process to a limit of its own memory")
def test_a_file_of_200_mb_in_a_process_that_may_take_60(tmp_path: Path) -> None:
    n, m = 50, 1_000_000
    row = np.arange(m, dtype=np.float32) % 5
    X = np.memmap(tmp_path / "X", np.float32, "w+", shape=(n, m))
    X[...] = row
    X.flush()
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LARGER_THAN_MEMORY, str(tmp_path / "X")],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert not answer["fits"]  # at once: or the limit would be none
    assert answer["peak"] < 20_000_000
    w, values = np.linspace(0.1, 0.2, n, dtype=np.float32).astype(float), np.arange(5.0)
    hidden = np.tanh(np.outer(w, values))
    np.testing.assert_allclose(answer["value"], np.mean(hidden), rtol=1e-6)
    np.testing.assert_allclose(answer["slope"], np.mean((1 - hidden**2) * values, axis=1) / n, rtol=1e-6)


# ------------------------------------------------------------------------------------------------------ what is refused

W, X, Y = np.ones(2), np.arange(14.0).reshape(2, 7), np.ones(7)

OTHER: Any = "max"


def least_squares(w: Any, X: Any, Y: Any) -> Any:
    return np.mean((w @ X - Y) ** 2)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda f: in_blocks(f, "Z"), GradientError, r"data: least_squares has no argument 'Z'; it has w, X, Y"),
        (lambda f: in_blocks(f, 3), GradientError, r"no argument 3"),
        (lambda f: in_blocks(f, ()), GradientError, r"names the arguments that are cut into blocks"),
        (lambda f: in_blocks(f, ("X", 1)), GradientError, r"each once"),
        (lambda f: in_blocks(f, "X", "diagonal"), SettingError, r"'columns', 'rows' or the number of an axis"),
        (lambda f: in_blocks(f, "X", size=0), SettingError, r"1 or more, not 0"),
        (lambda f: in_blocks(f, "X", reduction=OTHER), SettingError, r"'mean' or 'sum', not 'max'"),
        (lambda f: in_blocks(max, 0), GradientError, r"does not say what its arguments are"),
        (lambda f: in_blocks(f, "X")(W, X), TypeError, r"missing a required argument: 'Y'"),
        (lambda f: in_blocks(lambda w, X=None: 0.0, "X")(W), GradientError, r"called without its argument 'X'"),
        (lambda f: in_blocks(f, ("X", "Y"))(W, X, Y[:5]), ShapeError, r"X of shape \(2, 7\) and Y of shape \(5,\)"),
        (lambda f: in_blocks(f, ("X", "Y"), "rows")(W, X, Y), ShapeError, r"along axis 0: .*over='columns'"),
        (lambda f: in_blocks(f, ("X", "Y"))(W, X, 1.0), ShapeError, r"Y has shape \(\) and no axis -1"),
        (lambda f: in_blocks(f, ("X", "Y"), 2)(W, X, Y), ShapeError, r"X has shape \(2, 7\) and no axis 2"),
        (lambda f: in_blocks(f, "X")(W, {}, Y), ShapeError, r"there is no array in X"),
        (lambda f: in_blocks(f, "X")(W, X[:, :0], Y), ShapeError, r"least_squares was given no examples"),
        (lambda f: in_blocks(f, ("X", "Y"))(W, iter([X]), Y), ShapeError, r"X is an iterator of blocks and Y is not"),
        (lambda f: in_blocks(f, ("X", "Y"))(W, iter([X]), iter([Y, Y])), ShapeError, r"X gave 1 blocks, and the"),
        (lambda f: in_blocks(lambda X: "a", "X", check=False)(X), DtypeError, r"the result is 'a', which cannot be"),
        (lambda f: in_blocks(lambda X: [X[0, 0] > 1, None], 0)(X), DtypeError, r"the result\[1\] is None"),
        (lambda f: in_blocks(lambda X: X, 0, size=4, check=False)(X), ShapeError, r"\(2, 4\) for 4 examples and"),
        (lambda f: in_blocks(lambda X: (0.0,) * int(X[0, 0]), 0, size=4, check=False)(X), ShapeError, r"structure"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(build: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        build(least_squares)
    assert error is TypeError or isinstance(caught.value, CompgraphError)


def test_an_exception_says_in_which_block_and_leaves_nothing_behind() -> None:
    fail = True

    def f(w: Any, X: Any) -> Any:
        if fail and X[0, 0] == 3:
            raise RuntimeError("of its own")
        return np.mean(w @ X)

    evaluate = in_blocks(f, "X", size=3, check=False)
    with pytest.raises(RuntimeError, match="of its own") as caught:
        evaluate(W, X)
    assert caught.value.__notes__ == ["in block 1 of f, of 3 examples"]
    fail = False
    assert evaluate(W, X) == pytest.approx(f(W, X), rel=1e-15)


# ----------------------------------------------------------------------------------------------- the check at the start


def dropout(w: Any, X: Any) -> Any:
    return np.mean((w @ X) * random.random(X.shape[1]))


random = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("cost", "reduction", "message"),
    [
        (lambda w, X: np.sum(w @ X), "mean", r"is a sum: say reduction='sum'"),
        (lambda w, X: np.mean(w @ X), "sum", r"is a mean: say reduction='mean'"),
        (lambda w, X: np.mean(w @ X) + np.sum(w**2) / (2 * X.shape[1]), "mean", r"lam/\(2m\).* takes m of all"),
        (lambda w, X: np.sum(w @ X) + np.sum(w**2), "sum", r"would count once for each block"),
        (lambda w, X: np.max(w @ X), "mean", r"depends on the block as a whole"),
        (lambda w, X: np.std(w @ X), "mean", r"depends on the block as a whole"),
        (lambda w, X: np.mean((w @ X) / np.linalg.norm(X)), "mean", r"depends on the block as a whole"),
        (dropout, "mean", r"what is random"),
    ],
)
def test_a_cost_that_is_no_such_mean_or_sum_is_told_at_the_first_call(cost: Any, reduction: Any, message: str) -> None:
    for f in (cost, cg.grad(cost), cg.value_and_grad(cost)):
        with pytest.raises(GradientError, match=message):
            in_blocks(f, "X", reduction=reduction)(W, X)
    in_blocks(cost, "X", reduction=reduction, check=False)(W, X)


def test_the_derivative_by_the_data_is_told_also_where_all_blocks_are_of_one_size() -> None:
    with pytest.raises(GradientError, match=r"has shape \(2, 5\), over 2 and 3 the shapes \(2, 2\) and \(2, 3\)"):
        in_blocks(cg.grad(least_squares, "X"), ("X", "Y"), size=1)(W, X, Y)


def test_what_is_compared_is_compared_once() -> None:
    calls: list[int] = []

    def f(X: Any) -> Any:
        calls.append(X.shape[1])
        return np.mean(X)

    evaluate = in_blocks(f, "X", size=4)
    evaluate(X)
    evaluate(X)
    assert calls == [5, 2, 3, 4, 3, 4, 3]


@given(st.integers(2, 9), st.booleans(), st.sampled_from([1e-6, 1.0, 40.0, 300.0]), st.integers(0, 99))
def test_rounding_alone_is_no_reason_to_complain(m: int, single: bool, scale: float, seed: int) -> None:
    """As where a network is so sure that a - y is nothing but rounding."""
    rng = np.random.default_rng(seed)
    dtype: Any = np.float32 if single else np.float64
    X: Any = rng.normal(size=(20, m)).astype(dtype)
    w: Any = (scale * rng.normal(size=(1, 20))).astype(dtype)
    Y = (w @ X > 0).astype(dtype)

    def cost(w: Any, X: Any, Y: Any) -> Any:
        return -np.mean(np.log(np.abs(Y - 1 + cg.sigmoid(w @ X)) + dtype(1e-6)))

    f = cg.value_and_grad(cost)
    for x, y in zip(*[flatten(g(w, X, Y))[0] for g in (in_blocks(f, ("X", "Y")), f)], strict=True):
        assert np.array_equal(x, y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_where_all_digits_cancel_nothing_is_told(dtype: Any) -> None:
    """The blocks' means of numbers near 1 are rounded by themselves; less 1 they have no digit in common."""
    eps = np.finfo(dtype).eps
    rng = np.random.default_rng(0)
    for _ in range(20):
        x = (1 + eps * rng.integers(0, 9, 7)).astype(dtype)
        found = in_blocks(lambda x: np.mean(x) - dtype(1), "x", size=3)(x)
        assert abs(found - (np.mean(x) - dtype(1))) <= 2 * eps


def test_what_stands_inside_is_compiled_and_not_the_blocks() -> None:
    def cost(w: Any, X: Any) -> Any:
        return np.mean((w @ X) ** 2)

    w, X = np.ones((1, 2)), np.arange(20.0).reshape(2, 10)
    inside = in_blocks(cg.compile(cg.grad(cost)), "X", size=4)
    np.testing.assert_allclose(inside(w, X), cg.grad(cost)(w, X))
    for whole in (in_blocks(cost, "X", size=4), cg.grad(in_blocks(cost, "X", size=4))):
        with pytest.raises(TracingError, match=r"compile what stands inside, as in in_blocks\(compile\(f\)"):
            cg.compile(whole)(w, X)
