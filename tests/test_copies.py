"""Pickling and deep-copying: a variable alone, a whole graph as its tape, and a clear refusal of anything between."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

import compgraph as cg
from compgraph.errors import CopyError

Variable: Any = cg.Variable

LONG = 500_000 if settings().max_examples > 100 else 50_000


def pickled(x: Any) -> Any:
    return pickle.loads(pickle.dumps(x))


WAYS: dict[str, Callable[[Any], Any]] = {"pickle": pickled, "deepcopy": copy.deepcopy}
each_way = pytest.mark.parametrize("again", WAYS.values(), ids=WAYS.keys())


# ------------------------------------------------------------------------------------------------------------ variables


@each_way
@pytest.mark.parametrize(
    "value",
    [1.5, np.float64(1.5), np.float32(1.5), np.complex64(1j), np.ones((2, 3), np.float32), np.ones((0, 2))],
    ids=repr,
)
def test_a_variable_alone(again: Callable[[Any], Any], value: Any) -> None:
    x = Variable(value, name="x")
    y = again(x)
    assert y is not x
    assert (type(y.value), y.dtype, y.name, y.op) == (type(x.value), x.dtype, "x", None)
    np.testing.assert_array_equal(y.value, x.value)
    assert not (x.shape and np.shares_memory(y.value, x.value))
    np.sum(abs(y)).backward()
    assert x.grad is None
    assert y.grad is not None


@each_way
def test_a_dict_of_parameters_keeps_what_is_tied(again: Callable[[Any], Any]) -> None:
    W = Variable(np.eye(2), name="W")
    params = again({"encode": W, "decode": W, "bias": Variable([0.0, 1.0])})
    assert params["encode"] is params["decode"]
    assert params["encode"] is not W
    (gradient,) = cg.gradients(np.sum(params["encode"] @ params["bias"]), [params["decode"]])
    np.testing.assert_array_equal(gradient, [[0.0, 1.0], [0.0, 1.0]])


def test_copy_copy_of_a_variable_is_one_of_its_own() -> None:
    x = Variable(2.0)
    y = copy.copy(x)
    assert cg.gradients(x * y, [x, y]) == [2.0, 2.0]
    assert y.index > x.index


# --------------------------------------------------------------------------------------------------------------- graphs


def everything() -> tuple[Any, ...]:
    """A graph with parameters, constants on either side, bounds that are None, and ops of any number of inputs."""
    x, w = cg.variables(x=[0.5, 2.0, -1.0], w=3.0)
    h: Any = np.clip(2.0 * x - np.array([1.0, 2.0, 3.0]), -4.0, None)
    h.name = "h"
    s = np.stack([h, x[::-1] * w, cg.at(x)[[0, 0]].add(w)], axis=1)
    J = np.sum(np.tanh(s).T @ h[:, None], axis=0)
    K = np.sum(cg.softmax(s, axis=-1) ** 2, keepdims=True)
    return x, w, h, J[0], K


@each_way
def test_a_tape_is_the_same_graph_again(again: Callable[[Any], Any]) -> None:
    x, w, _, J, K = everything()
    tape = cg.Tape([J, K])
    copied = again(tape)
    assert len(copied) == len(tape)
    assert not set(copied.nodes) & set(tape.nodes)
    assert [node.name for node in copied.leaves] == ["x", "w"]
    assert {node.name for node in copied} == {node.name for node in tape}
    for mine, theirs in zip(copied.outputs, tape.outputs, strict=True):
        np.testing.assert_array_equal(mine.value, theirs.value, strict=True)
        seed = np.ones(theirs.shape)
        found = cg.gradients(mine, copied.leaves, seed=seed, create_graph=True)
        expected = cg.gradients(theirs, [x, w], seed=seed, create_graph=True)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one.value, other.value)
        second = cg.gradients(np.sum(found[0]), copied.leaves)
        for one, other in zip(second, cg.gradients(np.sum(expected[0]), [x, w]), strict=True):
            np.testing.assert_array_equal(one, other)
    positions = {node: i for i, node in enumerate(copied)}
    assert all(positions[i] < positions[node] for node in copied for i in node.inputs if isinstance(i, cg.Node))


@each_way
def test_variables_beside_the_tape_are_those_of_the_tape(again: Callable[[Any], Any]) -> None:
    x, w, _, J, _ = everything()
    for order in (lambda t: (x, w, t), lambda t: (t, w, x)):
        found = again(order(cg.Tape(J)))
        tape = next(part for part in found if isinstance(part, cg.Tape))
        assert {id(part) for part in found if part is not tape} == {id(node) for node in tape.leaves}


def test_a_deep_copy_has_memory_of_its_own() -> None:
    x, given = Variable([1.0, 2.0]), np.array([3.0, 4.0])
    tape = cg.Tape(np.sum(x * given))
    copied = copy.deepcopy(tape)
    given[:] = 0.0
    np.testing.assert_array_equal(cg.gradients(copied.outputs[0], copied.leaves)[0], [3.0, 4.0])


@each_way
def test_a_long_chain_is_copied_without_recursion(again: Callable[[Any], Any]) -> None:
    x = y = Variable(0.5)
    for _ in range(LONG):
        y = y + x
    copied = again(cg.Tape(y))
    assert len(copied) == LONG + 1
    assert copied.outputs[0].value == y.value
    assert cg.gradients(copied.outputs[0], copied.leaves) == [LONG + 1.0]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol(protocol: int) -> None:
    x, w, _, J, _ = everything()
    copied = pickle.loads(pickle.dumps(cg.Tape(J), protocol))
    np.testing.assert_array_equal(cg.gradients(copied.outputs[0], copied.leaves)[0], cg.gradients(J, [x, w])[0])


def test_another_process_reads_it(tmp_path: Path) -> None:
    _, w, _, J, _ = everything()
    (tmp_path / "graph").write_bytes(pickle.dumps(cg.Tape(J)))
    code = (
        "import pickle, compgraph as cg\n"
        "tape = pickle.loads(open('graph', 'rb').read())\n"
        "print(cg.gradients(tape.outputs[0], [tape.leaves[1]])[0].hex())"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert float.fromhex(answer.stdout) == cg.gradients(J, [w])[0]


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("attempt", [pickle.dumps, copy.deepcopy, copy.copy])
def test_a_node_within_a_graph_is_refused(attempt: Callable[[Any], Any]) -> None:
    x, _, h, _, _ = everything()
    for given in (h, [x, h]) if attempt is not copy.copy else (h,):
        with pytest.raises(CopyError, match=r"h \(3,\) cannot be copied.*take compgraph\.Tape\(node\).*node\.value"):
            attempt(given)


def test_an_op_of_no_registry_is_refused() -> None:
    x = Variable([1.0, 2.0])
    y = np.sum(cg.checkpoint(np.sin)(x))
    with pytest.raises(CopyError, match="the op sin is in no registry"):
        pickle.dumps(cg.Tape(y))
    assert issubclass(CopyError, pickle.PicklingError)


def test_two_ops_of_one_name_are_refused() -> None:
    functions = [cg.differentiable(lambda grad, out, x: grad, domain=(0, 1))(lambda x: x) for _ in range(2)]
    try:
        for function in functions:
            with pytest.raises(
                CopyError, match=r"the op <lambda> is in no registry, or is one of several of that name"
            ):
                pickle.dumps(cg.Tape(function(Variable(1.0))))
    finally:
        for function in functions:
            del cg.OPS[function]


def test_an_op_that_is_not_declared_where_it_is_read() -> None:
    function = cg.differentiable(lambda grad, out, x: grad, domain=(0, 1), name="ours alone")(lambda x: x)
    written = pickle.dumps(cg.Tape(function(Variable(1.0))))
    assert pickle.loads(written).outputs[0].value == 1.0
    del cg.OPS[function]
    with pytest.raises(CopyError, match=r"the op ours alone of .*test_copies is not declared here: import the module"):
        pickle.loads(written)
