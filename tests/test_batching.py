"""Batches: whatever is done to many arrays at once is what is done to each of them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph import OPS, Op
from compgraph.batching import Batch, batch, push_many, sweep_many, sweeps
from compgraph.errors import GradientError, ShapeError
from compgraph.forward import push
from compgraph.primitive import Call
from compgraph.rules.composition import COMPOSED, Composition
from compgraph.rules.indexing import embed
from tests.rules.test_every_composition import nodes
from tests.rules.test_every_composition import samples as samples_of_composition
from tests.rules.test_every_declared_call import sample_of
from tests.sampling import apply, samples
from tests.test_random_graphs import Graphs, Pair

SEEDS = st.integers(0, 2**32 - 1)
FEWER = settings(max_examples=max(settings().max_examples // 3, 5))  # each compares three sweeps of either mode
every_op = pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
every_composition = pytest.mark.parametrize("composition", COMPOSED.values(), ids=lambda c: c.name)


def as_given(x: Any, how: str) -> Any:
    """A value as people have it: a Python number where that is possible, of single or of double precision."""
    if x.dtype == bool:
        return x
    if how == "Python" and not x.ndim:
        return float(x)
    return x.astype(np.float32) if how == "single" else x * (1 + 0.1j) if how == "complex" else x[()]


def some(rng: np.random.Generator, count: int, like: Any) -> Any:
    """So many arrays of the shape and dtype of a node, some entries of them zero."""
    shape = (count, *like.shape)
    values = rng.normal(size=shape) + 1j * rng.normal(size=shape) if like.dtype.kind == "c" else rng.normal(size=shape)
    return (values * rng.integers(0, 2, shape)).astype(like.dtype)


def close(actual: Any, expected: Any, rtol: float) -> None:
    assert np.shape(actual) == np.shape(expected)
    scale = 1 + np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=rtol * scale)


def tolerance(*xs: Any) -> float:
    return 1e-4 if np.float32 in {np.asarray(x).dtype.type for x in xs} else 1e-12


def check_reverse(output: cg.Node, leaves: list[cg.Node], rng: np.random.Generator, rtol: float) -> None:
    """The sweep of many cotangents, against the sweep of each."""
    seeds = some(rng, 3, output)
    found = sweep_many(cg.Tape(output), seeds, leaves)
    for i, seed in enumerate(seeds):
        for x, expected in zip(leaves, cg.gradients(output, leaves, seed=seed), strict=True):
            pulled = found.get(x, np.zeros((3, *x.shape), x.dtype))
            assert pulled.dtype == x.dtype
            close(pulled[i], expected, rtol)


def check_forward(output: cg.Node, leaves: list[cg.Node], rng: np.random.Generator, rtol: float) -> None:
    tape = cg.Tape(output)
    for x in leaves:
        tangents = some(rng, 3, x)
        found = push_many(tape, x, tangents)
        for i, tangent in enumerate(tangents):
            alone = push(tape, {x: tangent if x.shape else tangent[()]}).get(output, 0.0)
            expected = np.broadcast_to(alone, output.shape)
            assert found is None or found.dtype == output.dtype
            close(np.zeros(output.shape) if found is None else found[i], expected, rtol)


# ------------------------------------------------------------------------------------------- every op and composition


@every_op
@FEWER
@given(data=st.data(), seed=SEEDS)
def test_every_op(op: Op, data: st.DataObject, seed: int) -> None:
    """Some arguments are variables and the others constants, of either precision, maybe empty."""
    sample = data.draw(samples(op, min_side=data.draw(st.integers(0, 1))))
    try:
        with np.errstate(all="ignore"):
            apply(op, sample.inputs, sample.params)
    except (ValueError, IndexError, RuntimeWarning, np.linalg.LinAlgError):
        assume(False)  # some functions have no answer for an array without entries
    hows = [data.draw(st.sampled_from(["double", "single", "Python", "complex"])) for _ in sample.inputs]
    given_ = [as_given(x, how) for x, how in zip(sample.inputs, hows, strict=True)]
    chosen = data.draw(st.sets(st.sampled_from(sample.differentiable), min_size=1))
    arguments = [cg.Variable(x) if i in chosen else x for i, x in enumerate(given_)]
    leaves = [arguments[i] for i in sorted(chosen)]
    try:
        output = apply(op, arguments, sample.params)
        cg.gradients(output, leaves, seed=np.zeros(output.shape))
    except (cg.CompgraphError, TypeError, np.exceptions.ComplexWarning):
        assert "complex" in hows  # which not every op is for
        return
    rng = np.random.default_rng(seed)
    check_reverse(output, leaves, rng, tolerance(*given_))
    check_forward(output, leaves, rng, tolerance(*given_))


@every_composition
@FEWER
@given(data=st.data(), seed=SEEDS, dtype=st.sampled_from([np.float64, np.float32]))
def test_every_composition(composition: Composition, data: st.DataObject, seed: int, dtype: Any) -> None:
    arrays, params = data.draw(samples_of_composition(composition))
    leaves = [cg.Variable(x.astype(dtype) if x.ndim else dtype(x)) for x in arrays]
    rng = np.random.default_rng(seed)
    for output in nodes(composition.forward(*leaves, **params)):
        check_reverse(output, leaves, rng, tolerance(*[x.value for x in leaves]))
        check_forward(output, leaves, rng, tolerance(*[x.value for x in leaves]))


@every_op
@FEWER
@given(data=st.data(), seed=SEEDS)
def test_second_derivatives_of_every_op(op: Op, data: st.DataObject, seed: int) -> None:
    """The rules' own ops: what a batch meets in a hessian."""
    sample = data.draw(samples(op))
    leaves = [cg.Variable(sample.inputs[i]) for i in sample.differentiable]
    arguments = list(sample.inputs)
    for i, x in zip(sample.differentiable, leaves, strict=True):
        arguments[i] = x
    rng = np.random.default_rng(seed)
    output = apply(op, arguments, sample.params)
    for slope in cg.gradients(output, leaves, seed=some(rng, 1, output)[0], create_graph=True):
        check_reverse(slope, leaves, rng, 1e-10)
        check_forward(slope, leaves, rng, 1e-10)


class BatchedGraphs(Graphs):
    """Random graphs, of which many cotangents and tangents are asked at once."""

    def check(self, output: Pair, seed: Any, few: list[Pair]) -> None:
        rng = np.random.default_rng(len(self.all))
        everything = [x.node for x in self.all]
        check_reverse(output.node, everything, rng, 1e-9)
        check_reverse(output.node, [x.node for x in few], rng, 1e-9)
        check_forward(output.node, [x for x in everything if x.op is None], rng, 1e-9)


TestGraphs = BatchedGraphs.TestCase
TestGraphs.settings = settings(stateful_step_count=30)


# ------------------------------------------------------------------------------------------------ what is not looped

LOOPED = {"convolve_fully": "NumPy multiplies one pair of polynomials at a time"}


@pytest.mark.parametrize(
    ("op", "call"),
    [pytest.param(op, call, id=f"{op.name}-{i}") for op in OPS.values() for i, call in enumerate(op.calls)]
    + [pytest.param(op, None, id=op.name) for op in OPS.values() if not op.calls],
)
def test_no_op_goes_through_a_batch_one_by_one(op: Op, call: Call | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if op.name in LOOPED:
        pytest.skip(LOOPED[op.name])

    def refuse(*args: Any) -> Any:
        raise AssertionError(f"{op.name} was applied one by one")

    sample = sample_of(op, call or cg.call(",".join(["ab"] * len(op.vjps))))
    leaves = [cg.Variable(sample.inputs[i]) for i in sample.differentiable]
    arguments = list(sample.inputs)
    for i, x in zip(sample.differentiable, leaves, strict=True):
        arguments[i] = x
    output = apply(op, arguments, sample.params)
    monkeypatch.setattr(batch, "looped", refuse)
    monkeypatch.setattr(sweeps, "_one_by_one", refuse)
    rng = np.random.default_rng(0)
    sweep_many(cg.Tape(output), some(rng, 3, output), leaves)
    for x in leaves:
        push_many(cg.Tape(output), x, some(rng, 3, x))


# -------------------------------------------------------------------------------------------------- NumPy's functions

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda a: np.sum(a),
    "sum, axis": lambda a: np.sum(a, 1),
    "sum, keepdims": lambda a: a.sum(axis=(0, -1), keepdims=True),
    "mean": lambda a: a.mean(axis=-2),
    "max": lambda a: np.max(a, axis=0),
    "min": lambda a: a.min(),
    "prod": lambda a: np.prod(a, axis=2),
    "var": lambda a: np.var(a, axis=1, ddof=1),
    "all": lambda a: np.all(a > -9, axis=0),
    "add.reduce": lambda a: np.add.reduce(a),
    "add.reduce of all": lambda a: np.add.reduce(a, axis=None),
    "multiply.accumulate": lambda a: np.multiply.accumulate(a, axis=-1),
    "cumsum": lambda a: np.cumsum(a),
    "cumsum, axis": lambda a: a.cumsum(axis=-1),
    "cumprod": lambda a: np.cumprod(a, axis=0),
    "reshape": lambda a: np.reshape(a, (4, -1)),
    "reshape, method": lambda a: a.reshape(-1),
    "reshape, lengths": lambda a: a.reshape(3, 8),
    "reshape, F": lambda a: np.reshape(a, (6, -1), order="F"),
    "ravel": lambda a: np.ravel(a),
    "flatten, F": lambda a: a.flatten("F"),
    "transpose": lambda a: np.transpose(a),
    "transpose, axes": lambda a: a.transpose(1, 2, 0),
    "transpose, negative axes": lambda a: np.transpose(a, (-1, 0, -2)),
    "T": lambda a: a.T,
    "swapaxes": lambda a: a.swapaxes(0, -1),
    "moveaxis": lambda a: np.moveaxis(a, 0, -1),
    "moveaxis, two": lambda a: np.moveaxis(a, (0, 1), (-1, 0)),
    "expand_dims": lambda a: np.expand_dims(a, 1),
    "expand_dims, end": lambda a: np.expand_dims(a, (-1, 0)),
    "squeeze": lambda a: np.squeeze(a[:, :1]),
    "squeeze, axis": lambda a: np.squeeze(a[:1, :1], axis=-3),
    "broadcast_to": lambda a: np.broadcast_to(a, (5, 2, 3, 4)),
    "broadcast_to, stretched": lambda a: np.broadcast_to(a[:, :1], (2, 7, 4)),
    "flip": lambda a: np.flip(a),
    "flip, axis": lambda a: np.flip(a, 1),
    "roll": lambda a: np.roll(a, 3),
    "roll, axes": lambda a: np.roll(a, (1, -1), axis=(0, 2)),
    "rot90": lambda a: np.rot90(a, 1, axes=(0, 2)),
    "tril": lambda a: np.tril(a, -1),
    "triu of a vector": lambda a: np.triu(a[0, 0]),
    "concatenate": lambda a: np.concatenate([a, np.ones((2, 1, 4)), a], axis=1),
    "concatenate, flat": lambda a: np.concatenate([a, np.ones(2)], axis=None),
    "stack": lambda a: np.stack([a, np.ones((2, 3, 4))], axis=-1),
    "split": lambda a: np.split(a, 3, axis=1)[1],
    "array_split": lambda a: np.array_split(a, 3, axis=-1)[2],
    "where": lambda a: np.where(a > 0, a, 0.0),
    "where of its own": lambda a: np.where(np.ones((5, 1, 1, 1)) > 0, a[0], a[1]),
    "clip": lambda a: np.clip(a, -0.5, 0.5),
    "clip, by keyword": lambda a: np.clip(a, min=-0.5, max=0.5),
    "real": lambda a: np.real(a) + a.real,
    "imag": lambda a: np.imag(a) + a.imag,
    "conj": lambda a: a.conj(),
    "copy": lambda a: np.copy(a),
    "zeros_like": lambda a: a + np.zeros_like(a) + np.ones_like(a),
    "astype": lambda a: a.astype(np.float32),
    "abs": lambda a: abs(-a),
    "operators": lambda a: (2 - a) / (a + 3) * a - (a**2) % 2.0 + (1 + a) // 2.0,
    "reflected operators": lambda a: np.float64(2.0) * a + np.ones(4) / (3.5 + abs(a)) - 2.0**a,
    "masks": lambda a: ((a >= 0) & ~(a == 1)) | (a != a),
    "modf": lambda a: np.modf(a)[0],
    "index": lambda a: a[1],
    "index from the end": lambda a: a[..., -1],
    "slices": lambda a: a[:, ::-2, None, 1:3],
    "list": lambda a: a[[1, 0, 1]],
    "arrays apart": lambda a: a[[1, 0], :, [2, 3]],
    "array and number apart": lambda a: a[1, :, [2, 3, 0]],
    "mask": lambda a: a[np.array([[True, False, True], [False, True, True]])],
    "one truth": lambda a: a[True],
    "number and truth apart": lambda a: a[1, :, True],
    "embed": lambda a: embed(a[0, 0], index=(slice(1, 3),), shape=(3, 4)),
    "embed a number": lambda a: embed(a[0, 0, 0], index=(..., [0, 1, 1]), shape=(2, 3)),
    "rows": lambda a: np.stack(list(a[1])),
    "length": lambda a: a * len(a) * np.size(a) * np.ndim(a) * np.shape(a)[1],
    "matrix on the right": lambda a: a @ np.arange(8.0).reshape(4, 2),
    "vector on the right": lambda a: a @ np.arange(4.0),
    "stack on the right": lambda a: a @ np.arange(16.0).reshape(2, 4, 2),
    "vector and matrix": lambda a: a[0, 0] @ np.arange(8.0).reshape(4, 2),
    "vector and stack": lambda a: a[0, 0] @ np.arange(40.0).reshape(5, 4, 2),
    "vectors": lambda a: a[0, 0] @ np.arange(4.0) + np.arange(4.0) @ a[0, 1],
    "matrix on the left": lambda a: np.arange(6.0).reshape(2, 3) @ a,
    "matrix on the left of a vector": lambda a: np.arange(8.0).reshape(2, 4) @ a[0, 0],
    "matrix on the left of a column": lambda a: np.arange(8.0).reshape(2, 4) @ a[0, 0][:, None],
    "stack on the left of a vector": lambda a: np.arange(16.0).reshape(2, 2, 4) @ a[0, 0],
    "vector on the left": lambda a: np.arange(3.0) @ a,
    "stack on the left": lambda a: np.arange(36.0).reshape(3, 2, 2, 3) @ a,
    "two batches": lambda a: a @ np.swapaxes(a, 1, 2) + a[0, 0] @ a[1, 1],
    "dot": lambda a: np.dot(a, np.arange(8.0).reshape(4, 2)),
    "dot of a stack": lambda a: a[0].dot(np.arange(24.0).reshape(3, 4, 2)),
    "dot from a stack": lambda a: np.dot(np.arange(6.0).reshape(2, 3), a),
    "dot of a number": lambda a: np.dot(a, 2.0),
    "inner": lambda a: np.inner(a, np.arange(8.0).reshape(2, 4)),
    "outer": lambda a: np.outer(a[0], np.arange(3.0)),
    "tensordot": lambda a: np.tensordot(a, np.arange(24.0).reshape(3, 4, 2)),
    "tensordot from the left": lambda a: np.tensordot(np.arange(6.0).reshape(3, 2), a, axes=([1, 0], [0, 1])),
    "tensordot of two batches": lambda a: np.tensordot(a, a, axes=(2, 2)),
    "einsum": lambda a: np.einsum("xyz, z -> yx", a, np.arange(4.0)),
    "einsum without a result": lambda a: np.einsum("xyz,z", a, np.arange(4.0)),
    "einsum of two batches": lambda a: np.einsum("xyz,xwz->yw", a, a),
    "solve": lambda a: np.linalg.solve(np.eye(3) + np.tri(3), a),
    "solve of a vector": lambda a: np.linalg.solve(np.eye(4) + np.tri(4), a[0, 0]),
    "solve of a stack": lambda a: np.linalg.solve(np.eye(3) + np.arange(18.0).reshape(2, 3, 3) % 5, a),
    "solve by a stack of one": lambda a: np.linalg.solve(np.stack([np.eye(3) + np.tri(3)] * 2), a[0]),
    "solve by a batch": lambda a: np.linalg.solve(np.eye(3) * 5 + a[0, :, :3], np.arange(3.0)),
    "a function without a rule": lambda a: np.sort(a, axis=1) + np.median(a),
    "a ufunc without a rule": lambda a: np.linalg.vecdot(a, np.arange(4.0)),
    "several results": lambda a: np.linalg.qr(a[0, :, :3])[1],
    "a function of ours": lambda a: cg.sigmoid(a) + cg.logsumexp(a) + cg.softmax(a),
    "fft": lambda a: np.abs(np.fft.fft(a, axis=1)) + np.fft.irfft(np.fft.rfft(a, 6, axis=-3), 2, axis=0),
    "where=": lambda a: np.sum(a, where=a > 0),
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_functions_do_to_a_batch_what_they_do_to_each_of_its_arrays(function: Any, dtype: Any) -> None:
    arrays = np.random.default_rng(0).normal(size=(5, 2, 3, 4)).astype(dtype)
    many = function(Batch(arrays))
    expected = np.stack([function(a) for a in arrays])
    assert type(many) is Batch
    assert many.shape == expected.shape[1:]
    assert (many.ndim, many.size) == (expected.ndim - 1, expected[0].size)
    assert many.dtype == expected.dtype
    np.testing.assert_allclose(many.data, expected, rtol=tolerance(arrays), atol=tolerance(arrays))


def test_what_all_arrays_of_a_batch_share_is_plain() -> None:
    many: Any = Batch(np.zeros((5, 2, 3), np.float32))
    assert (np.shape(many), np.ndim(many), np.size(many), len(many)) == ((2, 3), 2, 6, 2)
    assert np.size(many, 1) == 3
    assert np.result_type(many, 1.0) == np.float32
    assert not np.iscomplexobj(many)
    assert np.zeros_like(many, dtype=int).shape == (2, 3)
    assert repr(many) == "<Batch of 5 of float32 (2, 3)>"


@pytest.mark.parametrize(
    "misuse",
    [
        lambda many, plain: bool(many),
        lambda many, plain: np.asarray(many),
        lambda many, plain: float(many),
        lambda many, plain: plain.__setitem__(0, many),
        lambda many, plain: many.__setitem__(0, plain),
        lambda many, plain: np.add(many, plain, out=plain),
        lambda many, plain: np.sum(many, out=plain),
        lambda many, plain: np.copyto(plain, many),
        lambda many, plain: np.add.at(plain, [0], many),
        lambda many, plain: np.full((3,), many),
        lambda many, plain: hash(many),
    ],
)
def test_what_a_batch_cannot_do_it_refuses(misuse: Any) -> None:
    plain = np.zeros((2, 3))
    with pytest.raises((TypeError, AttributeError)):
        misuse(Batch(np.ones((5, 2, 3))), plain)
    np.testing.assert_array_equal(plain, 0.0)


@pytest.mark.parametrize("axis", [2, -3, (0, 2)])
def test_no_axis_of_an_array_is_that_of_the_batch(axis: Any) -> None:
    for function in (np.sum, np.flip, np.expand_dims, np.cumsum):
        if function is np.expand_dims and axis != (0, 2):
            axis = np.add(axis, np.sign(axis)).item()
        if function is np.expand_dims and axis == (0, 2):
            continue
        with pytest.raises((np.exceptions.AxisError, TypeError)):
            function(Batch(np.ones((5, 2, 3))), axis=axis)


# ---------------------------------------------------------------------------------------------------- unusual rules


def in_place(grad: Any, out: Any, x: Any) -> Any:
    grad = np.array(grad)
    grad[0] = 0.0
    return grad


def by_cases(grad: Any, out: Any, x: Any) -> Any:
    return grad * 2.0 if grad[0] > 0 else grad * 3.0


def by_norm(grad: Any, out: Any, x: Any) -> Any:
    return grad / max(1.0, float(np.linalg.norm(grad)))


def constant(grad: Any, out: Any, x: Any) -> Any:
    return 0.0


@pytest.mark.parametrize("rule", [in_place, by_cases, by_norm, constant])
def test_rules_that_want_an_array_get_one(rule: Any) -> None:
    op = cg.differentiable(rule, domain=(-1, 1), name=rule.__name__)(lambda x: x + 0.0)
    try:
        x = cg.Variable([1.0, 2.0, 3.0])
        check_reverse(op(x) * 2.0, [x], np.random.default_rng(0), 1e-15)
    finally:
        del OPS[op]


def test_what_a_wrong_rule_is_told() -> None:
    nothing = cg.differentiable(lambda grad, out, x: None, domain=(-1, 1), name="nothing")(lambda x: x + 0.0)
    misshapen = cg.differentiable(lambda grad, out, x: grad[:2], domain=(-1, 1), name="misshapen")(lambda x: x + 0.0)
    try:
        with pytest.raises(GradientError, match="nothing returned None"):
            cg.jacobian(nothing)(np.ones(3))
        with pytest.raises(ShapeError, match="misshapen returned shape"):
            cg.jacobian(misshapen)(np.ones(3))
    finally:
        del OPS[nothing], OPS[misshapen]


def test_a_rule_for_all_inputs_at_once_is_asked_once() -> None:
    asked = []

    @cg.custom_gradient
    def product(x: Any, y: Any) -> Any:
        def pull(grad: Any) -> Any:
            asked.append(np.shape(grad))
            return grad * y, None

        return x * y, pull

    x, y = cg.variables(x=[1.0, 2.0], y=[3.0, 4.0])
    found = sweep_many(cg.Tape(product(x, y)), np.eye(2), {x, y})
    np.testing.assert_array_equal(found[x], np.diag(y.value))
    np.testing.assert_array_equal(found[y], np.zeros((2, 2)))
    assert len(asked) <= 3  # as a batch, and if that cannot be, once for each


def test_a_cotangent_of_a_real_node_is_real() -> None:
    x = cg.Variable([1.0, 2.0])
    z = x * (1.0 + 2.0j)
    seeds = np.eye(2) * (3.0 - 1.0j)
    found = sweep_many(cg.Tape(z), seeds, {x})[x]
    assert found.dtype == np.float64
    for i, seed in enumerate(seeds):
        np.testing.assert_allclose(found[i], cg.gradients(z, [x], seed=seed)[0])
    np.testing.assert_allclose(push_many(cg.Tape(z), x, np.eye(2)), np.eye(2) * (1 + 2j))


def test_an_operator_of_every_kind_is_a_method() -> None:
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
        assert hasattr(Batch, f"__{name}__")
        assert hasattr(Batch, f"__r{name}__")
    assert operator.add(Batch(np.ones((2, 1))), 1.0).data.tolist() == [[2.0], [2.0]]
