"""Networks compiled and not: the same cost and the same gradients, written at once and block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph.compile import choosing, tiling
from compgraph.compile.capture import Program, capture, signature_of
from compgraph.compile.cut import Cut
from compgraph.compile.loading import loaded
from compgraph.compile.optimise import optimised, quickened
from compgraph.compile.source import Module
from compgraph.compile.tiled_source import written_in_blocks
from tests.compile.networks import ACTIVATIONS, LOSSES, Network, network

PLACES = (0, 1, 2, 3)
ULPS = 16
"""Units in the last place of 1, or of the largest entry: gradients are sums of terms of that size, which may cancel."""

SIZES = st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3))


def assert_close(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    assert np.shape(found) == np.shape(expected)
    assert np.result_type(found) == np.result_type(expected)
    eps = np.finfo(np.result_type(expected)).eps
    largest = max(float(np.max(np.abs(expected))), 1.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ULPS * eps * largest)


def assert_same(found: Any, expected: Any) -> None:
    value, gradient = found
    assert_close(value, expected[0])
    for one, other in zip(gradient, expected[1], strict=True):
        assert_close(one, other)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@settings(max_examples=6)
@given(sizes=SIZES, m=st.integers(1, 9), dtype=st.sampled_from([np.float64, np.float32]), seed=st.integers(0, 9))
def test_a_compiled_network_is_the_network(
    activation: str, loss: str, sizes: tuple[int, int, int], m: int, dtype: Any, seed: int
) -> None:
    net = network(activation, loss, sizes, m, dtype)
    eager = cg.value_and_grad(net.cost, PLACES)
    fast = cg.compile(eager)
    fast(*net.parameters(seed + 100))
    at = net.parameters(seed)
    assert_same(fast(*at), eager(*at))


def in_blocks(net: Network, block: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The compiled function, written in blocks however small they are."""
    monkeypatch.setattr(tiling, "LEAST", 0)
    monkeypatch.setattr(tiling, "SHORTEST", block)
    monkeypatch.setattr(tiling, "LONGEST", block)
    leaves, signature = signature_of(net.parameters(0), {})
    program = quickened(optimised(capture(cg.value_and_grad(net.cost, PLACES), leaves, signature))[0])[0]
    found = tiled_of(program)
    assert found is not None
    found = tiling.in_cache(found)
    assert found is not None
    assert found.block == block
    return np.errstate(all="ignore")(loaded(written_in_blocks(program, found, threads))())


def tiled_of(program: Program) -> Any:
    module = Module(program)
    return tiling.tiled(module.every, [*program.arguments, *module.constants, *module.once], program.tape.outputs)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_in_blocks_it_is_the_same(activation: str, loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net = network(activation, loss, (3, 4, 2), 103)
    run = in_blocks(net, 16, 1, monkeypatch)
    for seed in (1, 2):
        at = net.parameters(seed)
        assert_same(run(*at), cg.value_and_grad(net.cost, PLACES)(*at))


@pytest.mark.parametrize("threads", [2, 3, 4])
@pytest.mark.parametrize("m", [64, 65, 130, 1000])
def test_threads_change_no_bit(m: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    net = network("tanh", "cross-entropy", (2, 3, 1), m)
    alone, together = (in_blocks(net, 8, n, monkeypatch) for n in (1, threads))
    at = net.parameters(3)
    one, other = alone(*at), together(*at)
    assert one[0] == other[0]
    for x, y in zip(one[1], other[1], strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("rows", [False, True], ids=["columns are examples", "rows are examples"])
def test_the_examples_may_be_rows_or_columns_and_arguments(rows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling, "LEAST", 0)
    monkeypatch.setattr(tiling, "SHORTEST", 8)
    monkeypatch.setattr(tiling, "LONGEST", 8)
    monkeypatch.setattr(choosing, "cores", lambda: 1)

    def cost(w: Any, b: Any, X: Any, y: Any) -> Any:
        z = X @ w + b if rows else w.T @ X + b
        return np.mean((np.tanh(z) - y) ** 2)

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3)), rng.normal(size=(50, 1))
    data = (X, y) if rows else (X.T.copy(), y.T.copy())
    w, b = rng.normal(size=(3, 1)), rng.normal(size=(1, 1))
    fast = cg.compile(cg.value_and_grad(cost, (0, 1)))
    assert_same(fast(w, b, *data), cg.value_and_grad(cost, (0, 1))(w, b, *data))
    assert "rows = 8\n" in fast.source
    assert "np.ascontiguousarray" not in fast.source  # the data are arguments: nothing is known of them before
    of_a_block = fast.source.partition("def block(")[2].partition("def plus(")[0]
    assert ("  # (rows, 1)" if rows else "  # (1, rows)") in of_a_block  # and not those of all examples
    assert "50" not in of_a_block


def test_what_needs_all_examples_at_once_is_not_cut_into_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling, "LEAST", 0)
    monkeypatch.setattr(tiling, "SHORTEST", 8)
    X = np.random.default_rng(0).normal(size=(3, 50))

    def cost(w: Any) -> Any:
        z = w @ X
        return np.sum((z - np.mean(z)) ** 4)

    w = np.ones((1, 3))
    fast = cg.compile(cg.value_and_grad(cost))
    value, gradient = fast(w)
    expected = cg.value_and_grad(cost)(w)
    assert_close(value, expected[0])
    assert_close(gradient, expected[1])
    assert "range(" not in fast.source


def test_constants_are_kept_in_the_blocks_they_are_needed_in_and_can_be_had_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tiling, "LEAST", 0)
    monkeypatch.setattr(tiling, "SHORTEST", 8)
    monkeypatch.setattr(tiling, "LONGEST", 8)
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(3, 50)), rng.normal(size=(1, 50))

    def cost(W: Any) -> Any:
        return np.mean((np.tanh(W @ X) - Y) ** 2)

    fast = cg.compile(cg.value_and_grad(cost))
    W = rng.normal(size=(1, 3))
    expected = cg.value_and_grad(cost)(W)
    assert_same((fast(W)[0], fast(W)[1:]), (expected[0], expected[1:]))
    directly = fast._versions[0].run(W)  # where a mistake is no reason to compute eagerly
    assert_same((directly[0], directly[1:]), (expected[0], expected[1:]))
    held = fast._versions[0].source.constants
    assert held is not None
    assert isinstance(held["X"], Cut)
    assert [piece.shape for piece in held["X"].blocks] == [(3, 8)] * 6 + [(3, 2)]
    assert isinstance(held["Y"], np.ndarray)  # each block of it is in one piece anyway
    np.testing.assert_array_equal(fast.constants["X"], X)
    assert "X = np.array" not in fast.source
    [whole] = [node.value for node in fast.program().tape if node.name == "X"]
    np.testing.assert_array_equal(whole, X)
    module: dict[str, Any] = {}
    exec(fast.source, module)
    of_arrays = module["prepare"](X, Y)(W)
    of_blocks = fast(W)
    assert of_arrays[0] == of_blocks[0]
    np.testing.assert_array_equal(of_arrays[1], of_blocks[1])
    assert "W @ X" in cg.to_numpy(fast)


def test_a_constant_that_is_needed_whole_is_kept_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling, "LEAST", 0)
    monkeypatch.setattr(tiling, "SHORTEST", 8)
    monkeypatch.setattr(tiling, "LONGEST", 8)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3, 50))

    def cost(W: Any) -> Any:
        return np.mean(np.tanh(W @ X) ** 2) + np.sum(np.cov(X) * W.T)

    fast = cg.compile(cg.value_and_grad(cost))
    W = rng.normal(size=(1, 3))
    expected = cg.value_and_grad(cost)(W)
    found = fast(W)
    assert_same((found[0], found[1:]), (expected[0], expected[1:]))
    assert "X_block" in fast.source
    np.testing.assert_array_equal(fast.constants["X"], X)


@pytest.mark.parametrize("m", [64, 65, 200])
def test_threads_share_the_examples_where_the_work_is_in_matrix_products(
    m: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[float] = []
    monkeypatch.setattr(tiling, "MUCH", 0)
    monkeypatch.setattr(choosing, "cores", lambda: 2)
    monkeypatch.setattr(choosing, "blas_threads", lambda: 1)
    monkeypatch.setattr(choosing, "_seconds", lambda run, arguments: times.pop(0))
    net = network("tanh", "cross-entropy", (5, 4, 2), m)
    eager = cg.value_and_grad(net.cost, PLACES)
    at = net.parameters(3)
    for seconds, threads in (([2.0, 1.0], True), ([1.0, 1.2], False)):
        times += [x * choosing.ENOUGH for x in np.repeat(seconds, choosing.RUNS[0])]
        fast = cg.compile(eager)
        assert_same(fast(*at), eager(*at))
        assert ("ThreadPoolExecutor(1)" in fast.source) is threads
        assert not times
    monkeypatch.setattr(choosing, "blas_threads", lambda: 2)  # which share the products themselves
    fast = cg.compile(eager)
    assert_same(fast(*at), eager(*at))
    assert "ThreadPoolExecutor" not in fast.source


def test_with_one_thread_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling, "MUCH", 0)
    monkeypatch.setattr(choosing, "cores", lambda: 2)
    monkeypatch.setattr(choosing, "blas_threads", lambda: 1)
    monkeypatch.setattr(choosing, "_seconds", lambda run, arguments: 1 / 0)
    net = network("tanh", "cross-entropy", (5, 4, 2), 200)
    fast = cg.compile(cg.value_and_grad(net.cost, PLACES), threads=1)
    assert_same(fast(*net.parameters(3)), cg.value_and_grad(net.cost, PLACES)(*net.parameters(3)))
    with pytest.raises(ZeroDivisionError):
        cg.compile(cg.value_and_grad(net.cost, PLACES), threads=2)(*net.parameters(3))
