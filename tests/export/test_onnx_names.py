"""What a file of to_onnx tells a reader, as in Netron: names of all tensors, shapes of all, and where it comes from."""

from __future__ import annotations

import itertools
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import TracingError, UseError
from compgraph.export.onnx_names import Names, identifier
from compgraph.export.to_onnx import to_onnx
from tests.export.network import PARAMETERS, X, cost

onnx = pytest.importorskip("onnx", reason="onnx is an extra")
onnxruntime = pytest.importorskip(
    "onnxruntime", reason="onnxruntime runs what was written; the package does not need it"
)


def graph_of(path: Path, f: Any, *args: Any, **kwargs: Any) -> Any:
    return onnx.load(to_onnx(f, path / "f.onnx", *args, **kwargs)).graph


def names(values: Any) -> list[str]:
    return [value.name for value in values]


def inputs_and_outputs(path: Path, f: Any, *args: Any, **kwargs: Any) -> tuple[list[str], list[str]]:
    graph = graph_of(path, f, *args, **kwargs)
    return names(graph.input), names(graph.output)


def results(path: Path, *args: Any) -> dict[str, Any]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = {each.name: np.asarray(x) for each, x in zip(session.get_inputs(), args, strict=True)}
    outputs = names(session.get_outputs())
    return dict(zip(outputs, session.run(None, given), strict=True))


# ------------------------------------------------------------------------------------------------------- derivatives


def J(a: Any, b: Any, c: Any) -> Any:
    u = b * c
    v = a + u
    return 3 * v


def test_a_constant_derivative_is_called_after_its_argument_too(tmp_path: Path) -> None:
    assert inputs_and_outputs(tmp_path, cg.value_and_grad(J, (0, 1, 2)), 5.0, 3.0, 2.0) == (
        ["a", "b", "c"],
        ["value", "da", "db", "dc"],
    )


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_derivatives_are_called_after_their_arguments_in_any_order(order: Any, tmp_path: Path) -> None:
    """By constants, by other arguments, of equal values and shapes: each has the name of what it is."""

    def f(x: Any, y: Any, z: Any) -> Any:
        return 3.0 * x + y * z

    expected = {"dx": 3.0, "dy": 7.0, "dz": 5.0}
    path = to_onnx(cg.value_and_grad(f, order), tmp_path / "f.onnx", 1.0, 1.0, 1.0)
    found = results(path, 2.0, 5.0, 7.0)
    assert list(found) == ["value", *["d" + "xyz"[i] for i in order]]
    assert {name: float(found[name]) for name in expected} == expected
    gradient = results(to_onnx(cg.grad(f, order), path, 1.0, 1.0, 1.0), 2.0, 5.0, 7.0)
    assert list(gradient) == ["d" + "xyz"[i] for i in order]
    assert {name: float(gradient[name]) for name in expected} == expected


def test_what_the_function_does_not_depend_on_is_named_where_it_can_be_told(tmp_path: Path) -> None:
    g = cg.value_and_grad(lambda a, b, c: 3 * a + c, (0, 1, 2))
    assert inputs_and_outputs(tmp_path, g, 1.0, 2.0, 3.0)[1] == ["value", "da", "db", "dc"]
    g = cg.value_and_grad(lambda W, b, X: np.sum(W), ("W", "b"))
    assert inputs_and_outputs(tmp_path, g, np.ones((2, 2)), np.ones(2), np.ones(3))[1] == ["value", "dW", "db"]
    g = cg.value_and_grad(lambda a, b, c: a * a, (0, 2))  # the second is one of two, and nobody knows which
    assert inputs_and_outputs(tmp_path, g, 1.0, 2.0, 3.0)[1] == ["value", "da", "output_1_1"]


def test_of_several_zeros_nobody_knows_which_is_which(tmp_path: Path) -> None:
    g = cg.value_and_grad(lambda u, a, v: 0.0 * a + v, ("u", "a"))
    assert inputs_and_outputs(tmp_path, g, 1.0, 2.0, 3.0)[1] == ["value", "output_1_0", "output_1_1"]


def test_one_result_for_two_derivatives_has_both_names(tmp_path: Path) -> None:
    def f(Z: Any, b: Any) -> Any:
        A = Z + b
        return np.sum(A * A)

    given = np.arange(3.0), np.ones(3)
    path = to_onnx(cg.value_and_grad(f, (0, 1)), tmp_path / "f.onnx", *given)
    found = results(path, *given)
    assert list(found) == ["value", "dZ", "db"]
    np.testing.assert_array_equal(found["db"], 2 * (given[0] + 1))


def test_what_only_looks_like_a_derivative_is_not_called_one(tmp_path: Path) -> None:
    def step(w: Any, rate: Any) -> Any:
        _, slope = cg.value_and_grad(lambda w: np.sum(w * w))(w)
        return rate * slope, 2.0

    assert inputs_and_outputs(tmp_path, step, np.ones(2), 1.0)[1] == ["output_0", "output_1"]
    assert inputs_and_outputs(tmp_path, lambda *args: step(*args)[0], np.ones(2), 1.0)[1] == ["value"]


def test_a_name_that_is_taken_is_counted_on(tmp_path: Path) -> None:
    g = cg.value_and_grad(lambda W, dW: np.sum(W * W * dW), (0,))
    assert inputs_and_outputs(tmp_path, g, np.ones(2), np.ones(2)) == (["W", "dW"], ["value", "dW_2"])


# ------------------------------------------------------------------------------------------------- inputs and tensors


def test_names_that_python_and_the_compiler_keep_are_free_in_a_file(tmp_path: Path) -> None:
    def f(e: Any, pow: Any, max: Any) -> Any:
        sum = e * pow
        tau = np.exp(sum)
        return tau * max

    graph = graph_of(tmp_path, cg.value_and_grad(f, (0, 1, 2)), 1.0, 2.0, 3.0)
    assert names(graph.input) == ["e", "pow", "max"]
    assert names(graph.output) == ["value", "de", "dpow", "dmax"]
    assert {"sum"} <= {node.name for node in graph.node}


def test_greek_letters_are_written_out(tmp_path: Path) -> None:
    def f(θ: Any, Δx: Any) -> Any:
        σ = np.tanh(θ * Δx)
        return np.sum(σ)

    graph = graph_of(tmp_path, cg.value_and_grad(f, (0, 1)), np.ones(3), np.ones(3))
    assert names(graph.input) == ["theta", "Deltax"]
    assert names(graph.output) == ["value", "dtheta", "dDeltax"]
    assert "sigma" in {node.name for node in graph.node}


def test_entries_of_a_dict_are_called_by_their_keys(tmp_path: Path) -> None:
    params = {"layer.0.weight": np.ones((2, 3)), "layer.0.bias": np.zeros((2, 1)), 7: 2.0}

    def f(params: Any, X: Any) -> Any:
        W, b = params["layer.0.weight"], params["layer.0.bias"]
        return np.sum(np.tanh(W @ X + b) * params[7])

    assert inputs_and_outputs(tmp_path, cg.value_and_grad(f), params, np.ones((3, 4))) == (
        ["layer_0_weight", "layer_0_bias", "params_7", "X"],
        ["value", "dlayer_0_weight", "dlayer_0_bias", "dparams_7"],
    )


def deep(layers: Any, X: Any) -> Any:
    A = X
    for layer in layers:
        W, b = layer.values() if isinstance(layer, dict) else layer
        A = np.tanh(W @ A + b)
    return np.mean(A)


def test_layers_are_counted_and_not_called_by_the_variables_of_the_last_turn_of_a_loop(tmp_path: Path) -> None:
    layers = [(np.ones((2, 3)), np.zeros((2, 1))), (np.ones((1, 2)), np.zeros((1, 1)))]
    expected = ["layers_0_0", "layers_0_1", "layers_1_0", "layers_1_1"]
    found = inputs_and_outputs(tmp_path, cg.value_and_grad(deep), layers, np.ones((3, 4)))
    assert found == ([*expected, "X"], ["value", *["d" + name for name in expected]])
    by_key = [{"W": W, "b": b} for W, b in layers]
    expected = ["layers_0_W", "layers_0_b", "layers_1_W", "layers_1_b"]
    assert inputs_and_outputs(tmp_path, deep, by_key, np.ones((3, 4)))[0] == [*expected, "X"]


def test_parts_of_a_tuple_are_called_as_the_function_calls_them(tmp_path: Path) -> None:
    def f(params: Any) -> Any:
        W, b = params
        return np.sum(np.tanh(W) * b)

    assert inputs_and_outputs(tmp_path, cg.value_and_grad(f), (np.ones(2), 2.0)) == (["W", "b"], ["value", "dW", "db"])


def test_an_argument_keeps_its_name_whatever_it_is_called_inside(tmp_path: Path) -> None:
    def f(weights: Any, *, rate: Any) -> Any:
        W = weights
        return np.sum(W * W) * rate

    found = inputs_and_outputs(tmp_path, cg.value_and_grad(f), np.ones(2), rate=2.0)
    assert found == (["weights", "rate"], ["value", "dweights"])


def test_arguments_without_names_are_counted(tmp_path: Path) -> None:
    g = cg.value_and_grad(lambda *a: np.sum(a[0] * a[1]), (0, 1))
    assert inputs_and_outputs(tmp_path, g, np.ones(2), np.ones(2)) == (["a_0", "a_1"], ["value", "da_0", "da_1"])

    class Silent:
        """A function that does not say what its arguments are, as one written in C."""

        __signature__ = "none"

        def __call__(self, x: Any) -> Any:
            return np.exp(x)

    assert inputs_and_outputs(tmp_path, Silent(), 1.0) == (["input_0"], ["value"])


def test_results_in_between_are_called_by_their_operators(tmp_path: Path) -> None:
    def f(t1: Any, t2: Any) -> Any:
        t3 = t1 * t2
        exp_1 = np.cos(t3)
        return np.sum(np.exp(np.sin(t3)) + np.exp(exp_1))

    graph = graph_of(tmp_path, f, 1.0, 2.0)
    by_name = {node.name: node.op_type for node in graph.node}
    assert by_name == {
        "t3": "Mul", "exp_1": "Cos", "sin_1": "Sin", "exp_2": "Exp", "exp_3": "Exp", "add_1": "Add",
        "value": "ReduceSum",
    }  # fmt: skip
    assert by_name.keys() == {name for node in graph.node for name in node.output}
    kinds = Counter(re.sub(r"_\d+$", "", name) for name in by_name)
    assert kinds["exp"] == 3


def test_every_name_is_one_of_c_and_there_once(tmp_path: Path) -> None:
    g = cg.value_and_grad(cost, (0, 1, 2, 3))
    graph = graph_of(tmp_path, g, *PARAMETERS.values())
    made = [name for node in graph.node for name in node.output]
    every = [*names(graph.input), *names(graph.initializer), *made]
    assert len(set(every)) == len(every)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) for name in every)
    assert {name for node in graph.node for name in node.input} <= set(every)


def test_identifiers() -> None:
    assert [identifier(text) for text in ("W1", "layer.0.weight", "θ", "Ω_max", "W₁", "é", "2x", "a b", "λ'")] == [
        "W1", "layer_0_weight", "theta", "Omega_max", "W1", "e", "_2x", "a_b", "lambda",
    ]  # fmt: skip
    assert [identifier(text) for text in ("", "...", "重み")] == [None, None, None]
    given = Names()
    assert [given.fresh(name) for name in ("W", "W", "W_2", "W", None, "重み")] == [
        "W", "W_2", "W_2_2", "W_3", "tensor_1", "tensor_2",
    ]  # fmt: skip


# --------------------------------------------------------------------------------------- shapes, origin, and the rest


def test_the_shape_of_every_tensor_is_declared(tmp_path: Path) -> None:
    def f(Z: Any) -> Any:  # the gradient of max has conversions in between, which no step of the function stands for
        return np.sum(np.max(Z, axis=0) ** 2) + np.sum(np.argsort(Z) * Z)

    graph = graph_of(tmp_path, cg.value_and_grad(f), np.arange(6.0).reshape(2, 3))
    known = {*names(graph.value_info), *names(graph.output)}
    assert {name for node in graph.node for name in node.output if name} <= known
    assert all(value.type.tensor_type.HasField("shape") for value in graph.value_info)


def test_a_file_says_who_made_it_and_what_it_computes(tmp_path: Path) -> None:
    def described(w: Any) -> Any:
        """The cost of w.

        With a second paragraph.
        """
        return np.sum(w * X)

    model = onnx.load(to_onnx(cg.value_and_grad(described), tmp_path / "f.onnx", np.ones((3, 1))))
    assert (model.producer_name, model.producer_version) == ("compgraph", cg.__version__)
    assert model.doc_string == "described(w) and its derivatives, as compgraph derived them"
    assert model.graph.doc_string == "The cost of w.\n\nWith a second paragraph."
    plain = onnx.load(to_onnx(lambda x, n: x * n, tmp_path / "f.onnx", 1.0, 2))
    assert (plain.doc_string, plain.graph.doc_string) == ("function(x, n), as compgraph traced it", "")
    assert plain.ir_version <= 8  # what onnxruntime 1.14 and later read
    assert [each.version for each in plain.opset_import] == [18]


@pytest.mark.parametrize("axis", [-1, 0, 1, None, (0, 1), (0, 2), (1,)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_softmax_is_one_operator(axis: Any, dtype: Any, tmp_path: Path) -> None:
    x = (30 * np.random.default_rng(0).normal(size=(2, 3, 4))).astype(dtype)

    def f(x: Any) -> Any:
        return cg.softmax(x, axis=axis)

    path = to_onnx(f, tmp_path / "f.onnx", x)
    kinds = [node.op_type for node in onnx.load(path).graph.node]
    assert kinds.count("Softmax") == 1
    assert set(kinds) <= {"Softmax", "Transpose", "Reshape"}
    assert len(kinds) == 1 or not isinstance(axis, int)
    (found,) = results(path, x).values()
    np.testing.assert_allclose(found, f(x), rtol=0, atol=4 * np.finfo(dtype).eps)


def test_a_dtype_that_onnx_does_not_have_is_refused(tmp_path: Path) -> None:
    if np.dtype(np.longdouble) == np.float64:
        pytest.skip("this platform has no longer floats")
    for f in (np.exp, lambda x: 2 * np.tanh(x)):
        with pytest.raises(TracingError, match=r"ONNX has no dtype float\d+: .*float64"):
            to_onnx(f, tmp_path / "f.onnx", np.ones(3, np.longdouble))
    assert not list(tmp_path.iterdir())


def test_more_than_a_file_can_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["compgraph.export.to_onnx"], "MOST_BYTES", X.nbytes)
    with pytest.raises(
        TracingError, match=r"cost holds [\d,]+ bytes of arrays, X the largest.* 2 GiB .*: make them arguments of cost"
    ):
        to_onnx(cost, tmp_path / "f.onnx", *PARAMETERS.values())
    assert not list(tmp_path.iterdir())


NO_PATH: Any = 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda path: to_onnx(cg.grad(np.exp)(1.0), path), r"to_onnx takes a function, and not its result: float"),
        (lambda path: to_onnx(np.exp, NO_PATH), r'file second, as in to_onnx\(exp, "exp.onnx", \.\.\.\)'),
        (lambda path: to_onnx(np.exp, NO_PATH * np.ones(3)), r"the path of the file second, .* not ndarray"),
    ],
)  # fmt: skip
def test_a_call_that_is_none_is_refused(call: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(UseError, match=message):
        call(tmp_path / "f.onnx")
