"""On Dask: the same as at once, on every scheduler, and also where a worker is killed while it computes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.blocks.sums import Sums, joined, weighed
from compgraph.dask import value_and_grad
from compgraph.errors import CompgraphError, GradientError, MissingExtraError, SettingError, ShapeError, UseError
from compgraph.nested import flatten
from tests import dask_killed_worker

dask = pytest.importorskip("dask", reason="the extra dask is not installed")
da = pytest.importorskip("dask.array", reason="the extra dask is not installed")

ROOT = Path(__file__).parents[1]


def cost(params: Any, X: Any, Y: Any, *, lam: float = 0.0) -> Any:
    W1, b1, W2, b2 = params
    A2 = cg.sigmoid(W2 @ np.tanh(W1 @ X + b1) + b2)
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) + lam * np.sum(W1 * W1)


def problem(seed: int, n: int, m: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    params = tuple([rng.normal(size=shape) for shape in ((3, n), (3, 1), (1, 3), (1, 1))])
    return params, rng.normal(size=(n, m)), (rng.random((1, m)) < 0.5).astype(float)


def assert_same(found: Any, expected: Any) -> None:
    for x, y in zip(flatten(found)[0], flatten(expected)[0], strict=True):
        assert type(x) is type(y)
        assert np.result_type(x) == np.result_type(y)
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-15)


@given(st.integers(1, 3), st.lists(st.integers(0, 6), min_size=1, max_size=9).filter(any), st.integers(0, 99))
def test_chunks_of_any_size_are_the_same_as_at_once(n: int, chunks: list[int], seed: int) -> None:
    params, X, Y = problem(seed, n, sum(chunks))
    blocks = da.from_array(X, chunks=(1, tuple(chunks)))  # cut along the other axis as well
    with dask.config.set(scheduler="synchronous"):
        found = value_and_grad(cost)(params, blocks, da.from_array(Y, chunks=(1, 2)), lam=0.1)
    assert_same(found, cg.value_and_grad(cost)(params, X, Y, lam=0.1))


@given(st.integers(1, 70), st.sampled_from(["mean", "sum"]))
def test_the_tree_of_tasks_adds_as_blocks_one_after_the_other_are_added(count: int, reduction: Any) -> None:
    rng = np.random.default_rng(count)
    parts = [weighed(float(x), int(m)) for x, m in zip(rng.normal(size=count), rng.integers(1, 9, count), strict=True)]
    sums = Sums(reduction)
    for part in parts:
        sums.add(part)
    X = da.from_array(np.array([part.leaves[0] for part in parts]), chunks=1)
    level = list(parts)
    while len(level) > 1:
        pairs = [joined(a, b, reduction) for a, b in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[2 * len(pairs) :]
    assert level[0].leaves == sums.total().leaves  # bit by bit
    with dask.config.set(scheduler="synchronous"):
        value, slope = value_and_grad(lambda w, x: w * np.mean(x) if reduction == "mean" else w * np.sum(x),
                                      reduction=reduction)(1.0, X)  # fmt: skip
    ones = Sums(reduction)
    for part in parts:
        ones.add(part._replace(examples=1))
    assert value == slope == ones.total().leaves[0]


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_any_scheduler_comes_to_the_same_bits(scheduler: str) -> None:
    params, X, Y = problem(0, 4, 200)
    X, Y = da.from_array(X, chunks=(4, 30)), da.from_array(Y, chunks=(1, 30))
    f = value_and_grad(cost)
    with dask.config.set(scheduler="synchronous"):
        expected = flatten(f(params, X, Y))[0]
    with dask.config.set(scheduler=scheduler):
        found = flatten(f(params, X, Y))[0]
    assert all(np.array_equal(x, y) for x, y in zip(found, expected, strict=True))


def test_a_block_is_one_task_and_they_are_added_two_by_two(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks: Counter[str] = Counter()
    kind = type(dask.delayed(len)([]))
    compute = kind.compute

    def counted(self: Any, **kwargs: Any) -> Any:
        tasks.update(str(key).split("-")[0] for key in self.dask if isinstance(key, str))
        return compute(self, **kwargs)

    monkeypatch.setattr(kind, "compute", counted)
    params, X, Y = problem(0, 2, 90)
    with dask.config.set(scheduler="synchronous"):
        value_and_grad(cost)(params, da.from_array(X, chunks=(2, 10)), da.from_array(Y, chunks=(1, 10)))
    assert tasks["_of_block"] == 9
    assert tasks["joined"] == 8


def test_rows_and_names_and_trees_and_single_precision() -> None:
    params, X, Y = problem(0, 4, 50)
    single = [np.float32(p) for p in params]

    def by_rows(batch: Any, params: Any, scale: float = 1.0) -> Any:
        return scale * cost(params, batch["X"].T, batch["Y"].T)

    whole: dict[str, Any] = {"X": np.float32(X.T), "Y": np.float32(Y.T)}
    batch = {name: da.from_array(x, chunks=(7, x.shape[1])) for name, x in whole.items()}
    expected = cg.value_and_grad(by_rows, ("params", "scale"))(whole, single, scale=2.0)
    with dask.config.set(scheduler="synchronous"):
        found = value_and_grad(by_rows, ("params", "scale"), "rows")(batch, single, scale=2.0)
    for x, y in zip(flatten(found)[0], flatten(expected)[0], strict=True):
        assert np.result_type(x) == np.result_type(y)
        np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-7)


def test_dask_arrays_pass_through_the_rules_by_numpys_protocols() -> None:
    params, X, Y = problem(0, 4, 50)
    with dask.config.set(scheduler="synchronous"):
        chunks = da.from_array(X, chunks=(4, 20)), da.from_array(Y, chunks=(1, 20))
        value, gradient = cg.value_and_grad(cost)(params, *chunks)
        assert isinstance(value, da.Array)  # nothing asked for it yet
        found = value.compute(), gradient
    assert_same([np.asarray(x) for x in flatten(found)[0]],
                [np.asarray(x) for x in flatten(cg.value_and_grad(cost)(params, X, Y))[0]])  # fmt: skip


# ------------------------------------------------------------------------------------------------------ what is refused

P, X, Y = problem(0, 2, 9)
XD, YD = da.from_array(X, chunks=(2, 4)), da.from_array(Y, chunks=(1, 4))
OTHER: Any = "max"


def in_tree(params: Any, data: Any) -> Any:
    return cost(params, data["X"], data["Y"])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: value_and_grad(cost)(P, X, Y), GradientError, r"cost was called without a Dask array"),
        (lambda: value_and_grad(cost, "X")(P, XD, YD), GradientError, r"argument 'X' of cost is a Dask array"),
        (lambda: value_and_grad(cost, 1)(P, XD, YD), GradientError, r"argument 1 of cost is a Dask array"),
        (lambda: value_and_grad(cost, (0, "Y"))(P, XD, Y=YD), GradientError, r"argument 'Y' of cost"),
        (lambda: value_and_grad(cost)(P, XD, YD[:, :5]), ShapeError, r"X of shape \(2, 9\) and Y of"),
        (lambda: value_and_grad(cost)(P, XD[:, XD[0] > 0], YD), ShapeError, r"compute_chunk_sizes"),
        (lambda: value_and_grad(cost)(P, XD[:, :0], YD[:, :0]), ShapeError, r"no examples in X and Y"),
        (lambda: value_and_grad(cost, over="diagonal"), SettingError, r"'columns', 'rows'"),
        (lambda: value_and_grad(cost, over=True), SettingError, r"not True"),
        (lambda: value_and_grad(cost, over=1000), SettingError, r"no array has so many axes"),
        (lambda: value_and_grad(cost(P, X, Y)), UseError, r"value_and_grad takes a function, and not its result: flo"),
        (lambda: value_and_grad(cost)(P, XD.T, YD.T), ShapeError, r"X of shape \(9, 2\) .*; along the first .*'rows'"),
        (lambda: value_and_grad(cost)(P, XD, dask.delayed(Y)), GradientError, r"Y is of Dask's type Delayed.*from_del"),
        (lambda: value_and_grad(in_tree)(P, {"X": XD, "Y": dask.delayed(Y)}), GradientError, r"data\['Y'\] is of Das"),
        (lambda: value_and_grad(cost, reduction=OTHER), SettingError, r"'mean' or 'sum', not 'max'"),
        (lambda: value_and_grad(cost, reduction="sum")(P, XD, YD), GradientError, r"cost is no sum .* is a mean"),
        (lambda: value_and_grad(lambda w, X: np.max(w @ X))(np.ones(2), XD), GradientError, r"block as a whole"),
    ],
)
def test_what_makes_no_sense_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with dask.config.set(scheduler="synchronous"), pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, CompgraphError)


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda f: f(cost)(P, XD, Y), "Y has as many examples as X along axis -1 and is passed whole with each block"),
        (
            lambda f: f(cost)(P, X, Y=YD),
            "X has as many examples as Y along axis -1 and is passed whole with each block",
        ),
        (lambda f: f(in_tree)(P, {"X": XD, "Y": Y}), "data['Y'] has as many examples as data['X'] along axis -1"),
        (lambda f: f(lambda p, X: cost(p, X, Y))(P, XD), "an array of 9 examples that the function takes from around"),
    ],
)
def test_examples_that_are_no_dask_array_are_named(call: Any, told: str, check: bool) -> None:
    with dask.config.set(scheduler="synchronous"), pytest.raises(ShapeError) as caught:
        call(lambda f: value_and_grad(f, check=check))
    (note,) = [note for note in caught.value.__notes__ if not note.startswith("in a block")]
    assert note.startswith(told)
    assert "Dask array" in note
    assert "\n" not in note


def test_an_error_in_a_block_says_so_and_stays_what_it_is() -> None:
    def later(w: Any, X: Any) -> Any:
        if X.shape[-1] == 3:
            raise RuntimeError("of its own")
        return np.mean(w @ X)

    blocks = da.from_array(X, chunks=(2, 3))
    for scheduler in ("synchronous", "threads"):
        evaluate = value_and_grad(later, check=False)
        with dask.config.set(scheduler=scheduler), pytest.raises(RuntimeError, match="of its own") as caught:
            evaluate(np.ones(2), blocks)
        assert caught.value.__notes__ == ["in a block of 3 examples of later"]


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'compgraph\[dask\]'"):
        value_and_grad(cost)


# --------------------------------------------------------------------------------------------------- a worker is killed


def test_a_worker_that_is_killed_while_it_computes_changes_no_bit() -> None:
    pytest.importorskip("distributed", reason="the package distributed is not installed")
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.dask_killed_worker"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert len(seen["workers"]) == 2
    assert seen["killed"] in seen["workers"]
    first, *again = seen["runs"][dask_killed_worker.WAITING]
    assert first == seen["killed"]  # it had begun, and somebody else did it once more
    assert again
    assert seen["killed"] not in again
    assert seen["disturbed"] == seen["undisturbed"]
    params, X, Y = dask_killed_worker.data()
    value, gradient = cg.value_and_grad(dask_killed_worker.plain_cost)(params, X, Y)
    expected = np.array([value, *gradient["W"].ravel(), *gradient["b"].ravel()])
    np.testing.assert_allclose([float.fromhex(x) for x in seen["disturbed"]], expected, rtol=1e-12)
