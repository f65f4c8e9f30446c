"""to_onnx: networks in onnxruntime, names, dtypes, files, and what is refused."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import MissingExtraError, RenderError, TracingError
from compgraph.export.to_onnx import to_onnx
from tests.export.drawing import same
from tests.export.network import PARAMETERS, X, Y, cost

onnx = pytest.importorskip("onnx", reason="onnx is an extra")
onnxruntime = pytest.importorskip(
    "onnxruntime", reason="onnxruntime runs what was written; the package does not need it"
)


def run(path: Path, *args: Any, everything: bool = True) -> list[Any]:
    """The outputs of a file, with all of onnxruntime's optimisations or none."""
    options = onnxruntime.SessionOptions()
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if everything else levels.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    results: list[Any] = session.run(None, {name: np.asarray(x) for name, x in zip(names, args, strict=True)})
    return results


@pytest.mark.parametrize("everything", [True, False])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_derivatives_of_a_network(dtype: Any, everything: bool, tmp_path: Path) -> None:
    g = cg.value_and_grad(cost, (0, 1, 2, 3))
    args = tuple([x.astype(dtype) for x in (*PARAMETERS.values(), X, Y)])
    others = tuple([x * dtype(0.5) for x in args])
    same(run(to_onnx(g, tmp_path / "net.onnx", *args), *others, everything=everything), g(*others), 8)


def test_a_classifier_of_several_classes_and_its_derivatives(tmp_path: Path) -> None:
    """Softmax as it is, and as people write it."""
    rng = np.random.default_rng(0)
    T = np.eye(3)[:, rng.integers(0, 3, 20)]

    def by_hand(Z: Any) -> Any:
        powers = np.exp(Z - np.max(Z, axis=0, keepdims=True))
        return powers / np.sum(powers, axis=0, keepdims=True)

    for share in (by_hand, lambda Z: cg.softmax(Z, axis=0), lambda Z: np.exp(cg.log_softmax(Z, axis=0))):

        def classify(W: Any, b: Any, share: Any = share) -> Any:
            return -np.mean(np.sum(T * np.log(share(W @ X + b)), axis=0))

        g = cg.value_and_grad(classify, (0, 1))
        args = rng.normal(size=(3, 3)), np.zeros((3, 1))
        path = to_onnx(g, tmp_path / "net.onnx", *args)
        onnx.checker.check_model(path, full_check=True)
        assert [x.name for x in onnx.load(path).graph.output] == ["value", "dW", "db"]
        others = [x + 0.5 for x in args]
        same(run(path, *others), g(*others), 8)


def test_names_are_those_of_the_function(tmp_path: Path) -> None:
    graph = onnx.load(to_onnx(cg.value_and_grad(cost, (0, 1, 2, 3)), tmp_path / "net.onnx", *PARAMETERS.values())).graph
    assert graph.name == "cost"
    assert [x.name for x in graph.input] == ["W1", "b1", "W2", "b2"]
    assert [x.name for x in graph.output] == ["value", "dW1", "db1", "dW2", "db2"]
    assert {"X", "Y"} <= {x.name for x in graph.initializer}
    made = {name for node in graph.node for name in node.output}
    assert {"A1", "A2", "dZ1", "dZ2"} & made >= {"A1", "A2"}
    assert [node.name for node in graph.node] == [node.output[0] for node in graph.node]
    assert len({node.name for node in graph.node}) == len(graph.node)


def test_shapes_and_dtypes_are_declared(tmp_path: Path) -> None:
    args = tuple([x.astype(np.float32) for x in (*PARAMETERS.values(), X, Y)])
    graph = onnx.load(to_onnx(cost, tmp_path / "net.onnx", *args)).graph
    declared = {x.name: x.type.tensor_type for x in (*graph.input, *graph.value_info, *graph.output)}
    assert [d.dim_value for d in declared["A1"].shape.dim] == [4, 20]
    assert {each.elem_type for each in declared.values()} <= {onnx.TensorProto.FLOAT, onnx.TensorProto.BOOL}
    assert [d.dim_value for d in declared["value"].shape.dim] == []


def test_factors_beside_products_keep_their_digits(tmp_path: Path) -> None:
    """onnxruntime joins MatMul with a factor, which then is single precision: in double precision it gets no MatMul."""
    A, B = np.random.default_rng(0).normal(size=(2, 5, 5))

    def f(A: Any, B: Any) -> Any:
        return (A @ B) * (1 / 3), (0.1 * A.T) @ B, (A @ B[0]) / 3.0, np.matmul(A, B[None, :, :]) * 0.7, A[0] @ B * 0.1

    same(run(to_onnx(f, tmp_path / "f.onnx", A, B), A, B), f(A, B), 2)


@pytest.mark.parametrize("first", [(3,), (2, 3), (4, 1, 2, 3), (1, 2, 3)])
@pytest.mark.parametrize("second", [(3,), (3, 4), (5, 3, 2)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_products_of_stacks(first: Any, second: Any, dtype: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=first).astype(dtype), rng.normal(size=second).astype(dtype)
    for f in (np.matmul, np.dot):
        same(run(to_onnx(lambda a, b, f=f: f(a, b), tmp_path / "f.onnx", a, b), a, b), f(a, b), 4)


def test_saturated_probabilities_keep_their_logarithm(tmp_path: Path) -> None:
    """onnxruntime's own Sigmoid is rounded to a fraction of 1, which the logarithm would show."""
    for dtype in (np.float32, np.float64):
        x = np.array([-60.0, -30.0, 0.0, 30.0], dtype)
        g = cg.value_and_grad(lambda x: np.sum(np.log(cg.sigmoid(x))))
        same(run(to_onnx(g, tmp_path / "f.onnx", x), x), g(x), 4)


def test_numbers_are_inputs_of_no_axes(tmp_path: Path) -> None:
    g = cg.value_and_grad(lambda x, rate, n: np.sum(x) * rate / n, (0, 1))
    args = (np.ones(3, np.float32), 0.5, 4)
    same(run(to_onnx(g, tmp_path / "f.onnx", *args), *args), g(*args), 2)


def test_results_of_every_kind_are_outputs(tmp_path: Path) -> None:
    held = np.arange(3.0)

    def f(x: Any, n: Any) -> Any:
        y = x * 2
        return {"x": x, "twice": [y, y], "held": held, "number": 2.0, "n": n, "flag": x > 1}

    path = to_onnx(f, tmp_path / "f.onnx", np.arange(3.0), 3)
    found = run(path, np.arange(3.0), 5)
    for x, y in zip(found, [np.arange(3.0), held * 2, held * 2, held, 2.0, 5, held > 1], strict=True):
        np.testing.assert_array_equal(x, y)
    names = [x.name for x in onnx.load(path).graph.output]
    assert names == ["output_x", "y", "output_twice_1", "output_held", "output_number", "output_n", "output_flag"]


def test_sorting_puts_what_is_no_number_last(tmp_path: Path) -> None:
    x = np.array([[3, np.nan, np.inf, 2, np.nan, -np.inf, 2]])
    np.testing.assert_array_equal(run(to_onnx(np.argsort, tmp_path / "f.onnx", x), x)[0], np.argsort(x, stable=True))


@pytest.mark.parametrize(
    "index",
    [
        1,
        -1,
        slice(None, None, -2),
        (slice(2, 0, -1), 0),
        (None, ..., slice(1, 3)),
        np.array([2, 0, -1]),
        ([0, 1], [3, 3]),
    ],
)
def test_indexing(index: Any, tmp_path: Path) -> None:
    x = np.arange(12.0).reshape(3, 4)
    g = cg.value_and_grad(lambda x: np.sum(x[index] ** 2))
    same(run(to_onnx(g, tmp_path / "f.onnx", x), x), g(x), 2)


def test_of_several_entries_for_one_place_the_last_stays(tmp_path: Path) -> None:
    def f(x: Any, v: Any) -> Any:
        return np.sum(cg.at(x)[[0, 2, 2]].set(v) ** 2) + np.sum(cg.at(x)[[0, 2, 2]].add(v) ** 2)

    g = cg.value_and_grad(f, (0, 1))
    args = (np.arange(4.0), np.array([1.0, 2.0, 4.0]))
    same(run(to_onnx(g, tmp_path / "f.onnx", *args), *args), g(*args), 2)


def test_arrays_without_entries(tmp_path: Path) -> None:
    def f(x: Any) -> Any:
        none = x[3:]
        spread = np.broadcast_to(x[:1], (0,))
        y = cg.at(cg.at(x)[3:].add(1.0))[[]].set(2.0)
        return np.sum(none * 2) + np.sum(np.exp(spread)) + np.sum(np.concatenate([none, y]) ** 2)

    g = cg.value_and_grad(f)
    same(run(to_onnx(g, tmp_path / "f.onnx", np.ones(3)), np.arange(3.0)), g(np.arange(3.0)), 2)


def test_an_axis_of_length_1_is_repeated_in_a_sum_of_products(tmp_path: Path) -> None:
    g = cg.value_and_grad(lambda a, b: np.sum(np.einsum("ij,ij->j", a, b) ** 2), (0, 1))
    args = (np.arange(6.0).reshape(2, 3), np.arange(3.0)[None, :])
    same(run(to_onnx(g, tmp_path / "f.onnx", *args), *args), g(*args), 2)


def test_indices_from_the_arguments(tmp_path: Path) -> None:
    g = cg.value_and_grad(lambda table, rows: np.sum(table[rows] ** 2))
    table, rows = np.arange(6.0).reshape(3, 2), np.array([2, 0, -1])
    same(run(to_onnx(g, tmp_path / "f.onnx", table, np.zeros(3, int)), table, rows), g(table, rows), 2)


def test_all_that_has_no_operators_is_named_at_once(tmp_path: Path) -> None:
    def f(x: Any) -> Any:
        return np.sum(np.linalg.inv(x)) + np.linalg.det(x) + np.sum(np.spacing(x))

    with pytest.raises(TracingError, match=r"f cannot.*ONNX.* of np\.linalg\.inv, np\.linalg\.det, np\.spacing:"):
        to_onnx(f, tmp_path / "f.onnx", np.eye(2))

    def g(x: Any) -> Any:
        return np.max(x, initial=0.0), np.less(x, 1.0, casting="same_kind")

    with pytest.raises(TracingError, match=r"g cannot.*np\.max called with initial=; np\.less\(\.\.\., casting=\)$"):
        to_onnx(g, tmp_path / "g.onnx", np.eye(2))
    with pytest.raises(TracingError, match="complex"):
        to_onnx(lambda z: z * 1j, tmp_path / "h.onnx", np.ones(2))
    assert not list(tmp_path.iterdir())


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "f.onnx"
    first = to_onnx(np.exp, path, 1.0).read_bytes()
    assert to_onnx(np.exp, str(path), 1.0).read_bytes() == first
    with pytest.raises(TracingError):
        to_onnx(lambda x: x if x > 0 else -x, path, 1.0)
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(RenderError, match="does not exist"):
        to_onnx(np.exp, tmp_path / "nowhere" / "f.onnx", 1.0)


def test_onnx_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "onnx":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"pip install 'compgraph\[onnx\]'"):
        to_onnx(np.exp, tmp_path / "f.onnx", 1.0)


def test_a_step_of_training_has_its_outputs_named_by_their_places(tmp_path: Path) -> None:
    def step(params: Any, rate: Any) -> Any:
        J, slopes = cg.value_and_grad(lambda p: np.sum((p["a"] - p["b"]) ** 2))(params)
        return {key: params[key] - rate * slopes[key] for key in params}, J

    given = {"a": np.ones(3), "b": np.zeros(3)}
    path = to_onnx(step, tmp_path / "step.onnx", given, 0.25)
    assert [output.name for output in onnx.load(path).graph.output] == ["output_0_a", "output_0_b", "J"]
    expected, value = step(given, 0.25)
    same(run(path, *given.values(), 0.25), [*expected.values(), value], ulps=4)


@pytest.mark.parametrize("other", ["text", None])
def test_a_result_that_is_no_number_is_refused(other: Any, tmp_path: Path) -> None:
    with pytest.raises(TracingError, match=f"returns {other!r}, which is no array and no number"):
        to_onnx(lambda x: (x, other), tmp_path / "x.onnx", 1.0)
