"""Every op of the registry, checked on the domain and the calls it declares itself.

Its first and second derivatives against finite differences; the shape, the dtype and the memory of its gradients;
its value against NumPy's own. An op that is declared anywhere is tested here, with nothing more to write.
"""

from __future__ import annotations

import contextlib
import inspect
import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import compgraph as cg
from compgraph import OPS, Op
from compgraph.rules.scipy_loading import load_scipy_rules
from tests.sampling import PER_OP, SEEDS, Sample, apply, domain_of, real_sum, samples, values

with contextlib.suppress(ImportError):  # where it is not installed, test_scipy_special.py is skipped and says so
    import scipy.special  # noqa: F401
load_scipy_rules()

every_op = pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)

STEP = 1e-3
"""Of the finite differences; with Richardson's extrapolation their error is of the order of its fourth power."""


def slope(f: Any, x: Any, direction: Any) -> Any:
    """The derivative of f at x along a direction: central differences, extrapolated to a step of zero."""

    def central(h: float) -> Any:
        return (f(x + h * direction) - f(x - h * direction)) / (2 * h)

    return (4 * central(STEP / 2) - central(STEP)) / 3


def numeric_gradient(f: Any, x: Any) -> Any:
    """The derivative of a number by every entry of x."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        direction = np.zeros(x.shape)
        direction[index] = 1.0
        gradient[index] = slope(f, x, direction)
    return gradient


def close(actual: Any, expected: Any, rtol: float = 1e-6) -> None:
    """Entries agree to a fraction of the largest of them; what is expected has to be finite."""
    expected = np.asarray(expected)
    assert np.all(np.isfinite(expected)), f"the sample is no use: expected {expected}"
    assert np.shape(actual) == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=0, atol=rtol * (1 + np.max(np.abs(expected), initial=0.0)))


def weights(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    return rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)


def with_variables(op: Op, sample: Sample, given: list[Any]) -> Any:
    """The op's node, of these values in the place of the inputs that can be variables."""
    arguments = list(sample.inputs)
    for position, x in zip(sample.differentiable, given, strict=True):
        arguments[position] = x
    return apply(op, arguments, sample.params)


# --------------------------------------------------------------------------------------------------------- derivatives


@every_op
@PER_OP
@given(data=st.data())
def test_the_value_is_that_of_numpy(op: Op, data: st.DataObject) -> None:
    sample = data.draw(samples(op))
    expected = apply(op, sample.inputs, sample.params)
    node = with_variables(op, sample, [cg.Variable(sample.inputs[i]) for i in sample.differentiable])
    assert np.all(np.isfinite(expected))
    assert (node.shape, node.dtype) == (np.shape(expected), np.asarray(expected).dtype)
    np.testing.assert_array_equal(node.value, expected)


@every_op
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_first_derivatives(op: Op, data: st.DataObject, seed: int) -> None:
    sample = data.draw(samples(op))
    rng = np.random.default_rng(seed)
    variables = [cg.Variable(sample.inputs[i]) for i in sample.differentiable]
    output = with_variables(op, sample, variables)
    w = weights(output.shape, rng)
    found = cg.gradients(output, variables, seed=w)
    for position, gradient in zip(sample.differentiable, found, strict=True):

        def along(x: Any, position: int = position) -> Any:
            inputs = list(sample.inputs)
            inputs[position] = x
            return real_sum(w * op.forward(*inputs, **sample.params))

        close(gradient, numeric_gradient(along, sample.inputs[position]))


@every_op
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_second_derivatives(op: Op, data: st.DataObject, seed: int) -> None:
    """Of L = Σ w · op(x): the Hessian times a direction v, and the derivative of ⟨∇L, v⟩ by the seed w, that is J v."""
    sample = data.draw(samples(op))
    rng = np.random.default_rng(seed)
    positions = sample.differentiable
    directions = [weights(sample.inputs[i].shape, rng) for i in positions]
    variables = [cg.Variable(sample.inputs[i]) for i in positions]
    output = with_variables(op, sample, variables)
    w = cg.Variable(weights(output.shape, rng))

    first = cg.gradients(output, variables, seed=w, create_graph=True)
    assert all(isinstance(slope, cg.Node) for slope in first)
    along = sum(np.sum(g * v) for g, v in zip(first, directions, strict=True))
    *hessian, pushed = cg.gradients(along, [*variables, w])

    def moved(t: Any, position: int) -> Any:
        shifted = [sample.inputs[i] + t * v for i, v in zip(positions, directions, strict=True)]
        leaves = [cg.Variable(x) for x in shifted]
        return cg.gradients(with_variables(op, sample, leaves), leaves, seed=w.value)[position]

    def value(t: Any) -> Any:
        return with_variables(
            op, sample, [sample.inputs[i] + t * v for i, v in zip(positions, directions, strict=True)]
        )

    for k, found in enumerate(hessian):
        close(found, slope(lambda t, k=k: moved(t, k), 0.0, 1.0))
    close(pushed, np.real(slope(value, 0.0, 1.0)))  # by the real seeds of a complex result


# -------------------------------------------------------------------------------------------- shapes, dtypes, memory

LAYOUTS = {
    "as it is": lambda x: x.copy(),
    "Fortran": lambda x: x.copy(order="F"),
    "reversed": lambda x: np.flip(np.flip(x).copy()),
    "strided": lambda x: np.repeat(x[..., None], 2, axis=-1)[..., 0] if x.ndim else x.copy(),
    "read-only": lambda x: locked(x.copy()),
}


def locked(x: Any) -> Any:
    x.setflags(write=False)
    return x


def as_given(x: Any, how: str, layout: str) -> Any:
    """A value as people have it: a Python number where that is possible, a single- or double-precision array."""
    if x.dtype == bool:
        return x
    if how == "Python" and not x.ndim:
        return float(x)
    return LAYOUTS[layout](x.astype(np.float32 if how == "single" else np.float64))


def snapshot(x: Any) -> Any:
    return x.tobytes() if isinstance(x, np.ndarray) else x


@every_op
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_shapes_dtypes_and_memory(op: Op, data: st.DataObject, seed: int) -> None:
    """Some arguments are variables and the others constants, of either precision, of any memory layout, maybe empty."""
    sample = data.draw(samples(op, min_side=0 if op.elementwise else 1))
    hows = [data.draw(st.sampled_from(["double", "single", "Python"])) for _ in sample.inputs]
    layouts = [data.draw(st.sampled_from(list(LAYOUTS))) for _ in sample.inputs]
    given_ = [as_given(x, how, layout) for x, how, layout in zip(sample.inputs, hows, layouts, strict=True)]
    chosen = data.draw(st.sets(st.sampled_from(sample.differentiable), min_size=1))
    arguments = [cg.Variable(x) if i in chosen else x for i, x in enumerate(given_)]
    variables = [arguments[i] for i in sorted(chosen)]
    before = [snapshot(x) for x in given_]

    output = apply(op, arguments, sample.params)
    assert type(output) is cg.Node
    plain = apply(op, given_, sample.params)
    assert (output.shape, output.dtype) == (np.shape(plain), np.asarray(plain).dtype)
    assert (type(output.value) is float) == (output.shape == () and all(type(x) is float for x in given_))
    eps = np.finfo(output.dtype).eps
    close(output.value, plain, rtol=8 * eps)  # math.exp may round unlike np.exp, and sums in another order of memory

    w = weights(output.shape, np.random.default_rng(seed)).astype(output.dtype)
    w_before = w.tobytes()
    found = cg.gradients(output, variables, seed=w)
    output.backward(w)
    kept = [x.grad for x in variables]
    graph = cg.gradients(output, variables, seed=w, create_graph=True)
    for x, *gradients in zip(variables, found, kept, graph, strict=True):
        for gradient in gradients:
            value = gradient.value if isinstance(gradient, cg.Node) else gradient
            assert type(value) is type(x.value) or isinstance(gradient, cg.Node)
            assert (np.shape(value), np.asarray(value).dtype) == (x.shape, x.dtype)
    assert [snapshot(x) for x in given_] == before
    assert w.tobytes() == w_before
    for i, x in enumerate(given_):
        if isinstance(arguments[i], cg.Node):
            np.testing.assert_array_equal(arguments[i].value, x)

    theirs = [x for x in (*given_, *[v.value for v in variables], output.value, w) if isinstance(x, np.ndarray)]
    ours = [x for x in (*found, *kept, output.grad) if isinstance(x, np.ndarray)]
    for i, gradient in enumerate(ours):
        assert gradient.flags.writeable
        assert not any(np.shares_memory(gradient, x) for x in (*theirs, *ours[:i]))

    # the same in full precision, at the values as they were rounded
    exact = [x if np.asarray(x).dtype == bool else np.asarray(x, np.float64) for x in given_]
    leaves = {i: cg.Variable(exact[i]) for i in sorted(chosen)}
    double = apply(op, [leaves.get(i, x) for i, x in enumerate(exact)], sample.params)
    reference = cg.gradients(double, list(leaves.values()), seed=np.real(w).astype(float))
    for expected, *gradients in zip(reference, found, kept, graph, strict=True):
        for gradient in gradients:
            value = gradient.value if isinstance(gradient, cg.Node) else gradient
            close(value, expected, rtol=1e-4 if np.float32 in {np.asarray(x).dtype.type for x in given_} else 1e-13)


@every_op
@PER_OP
@given(data=st.data())
def test_a_sum_sends_back_what_a_seed_of_ones_does(op: Op, data: st.DataObject) -> None:
    """A cotangent that is the same for every entry travels as one number; it must mean the same."""
    sample = data.draw(samples(op))
    variables = [cg.Variable(sample.inputs[i]) for i in sample.differentiable]
    output = with_variables(op, sample, variables)
    expected = cg.gradients(output, variables, seed=np.ones(output.shape))
    for found in (
        cg.gradients(real_sum(output), variables),
        cg.gradients(real_sum(output), variables, create_graph=True),
        [cg.gradients(real_sum(output), [x])[0] for x in variables],
    ):
        for gradient, wanted in zip(found, expected, strict=True):
            close(gradient.value if isinstance(gradient, cg.Node) else gradient, wanted, rtol=1e-13)
    real_sum(output).backward()
    for x, wanted in zip(variables, expected, strict=True):
        close(x.grad, wanted, rtol=1e-13)


# ------------------------------------------------------------------------------------------------- ways of being called


def takes_itself_twice(op: Op) -> bool:
    return op.elementwise and len(op.vjps) > 1 and bool not in op.domain and overlap(op) is not None


def overlap(op: Op) -> Any:
    """The interval that all inputs share."""
    intervals = [interval for interval in op.domain if isinstance(interval, tuple)]
    low, high = max(low for low, _ in intervals), min(high for _, high in intervals)
    return (low, high) if low < high else None


@pytest.mark.parametrize("op", [op for op in OPS.values() if takes_itself_twice(op)], ids=lambda op: op.name)
@PER_OP
@given(shape=array_shapes(min_dims=0, max_dims=3, max_side=3), seed=SEEDS)
def test_one_node_in_all_places_gets_the_sum(op: Op, shape: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    low, high = overlap(op)
    x = cg.Variable(rng.uniform(low, high, shape))
    copies = [cg.Variable(x.value) for _ in op.vjps]
    output = op.function(*[x] * len(copies))
    w = weights(shape, rng)
    (found,) = cg.gradients(output, [x], seed=w)
    close(found, sum(cg.gradients(op.function(*copies), copies, seed=w)), rtol=1e-13)


def signature(function: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except ValueError:  # functions written in C that do not say
        return None


def has_signature(op: Op) -> bool:
    return (
        not isinstance(op.function, np.ufunc)
        and op.function is not operator.getitem
        and signature(op.function) is not None
    )


@pytest.mark.parametrize("op", [op for op in OPS.values() if has_signature(op)], ids=lambda op: op.name)
@PER_OP
@given(data=st.data())
def test_arguments_by_position_and_by_keyword(op: Op, data: st.DataObject) -> None:
    declared = signature(op.function)
    assert declared is not None
    sample = data.draw(samples(op))
    variables = [cg.Variable(x) if x.dtype != bool else x for x in sample.inputs]
    expected = apply(op, variables, sample.params)

    places = [p for p in declared.parameters.values() if p.kind is not p.VAR_KEYWORD]
    inputs = [variables] if op.variadic else variables
    named = dict(zip([p.name for p in places], inputs, strict=False)) | sample.params
    without_name = [p.name for p in places if p.kind is p.POSITIONAL_ONLY]
    by_keyword = op.function(
        *[named[name] for name in without_name], **{name: x for name, x in named.items() if name not in without_name}
    )
    by_position = expected
    in_order = [p for p in places if p.kind is not p.KEYWORD_ONLY]
    if all(name in {p.name for p in in_order} for name in named):
        last = max(i for i, p in enumerate(in_order) if p.name in named)
        by_position = op.function(*[named.get(p.name, p.default) for p in in_order[: last + 1]])
    for node in (by_keyword, by_position):
        assert type(node) is cg.Node
        assert node.op is op
        assert node.params == expected.params or set(expected.params) < set(node.params)
        assert len(node.inputs) == len(expected.inputs)
        np.testing.assert_array_equal(node.value, expected.value)
        xs = [x for x in variables if isinstance(x, cg.Node)]
        for a, b in zip(
            cg.gradients(real_sum(node * node), xs), cg.gradients(real_sum(expected * expected), xs), strict=True
        ):
            np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------------------------------------------- empty arrays


@every_op
@PER_OP
@given(data=st.data())
def test_empty_arrays(op: Op, data: st.DataObject) -> None:
    """Where NumPy has an answer for an array without entries, so has its gradient: nothing, of the right shape."""
    try:
        sample = data.draw(samples(op, min_side=0))
        with np.errstate(all="ignore"):
            apply(op, sample.inputs, sample.params)
    except (ValueError, IndexError, RuntimeWarning):
        assume(False)
    variables = [cg.Variable(sample.inputs[i]) for i in sample.differentiable]
    output = with_variables(op, sample, variables)
    for create_graph in (False, True):
        for x, gradient in zip(
            variables, cg.gradients(real_sum(output), variables, create_graph=create_graph), strict=True
        ):
            value = gradient.value if create_graph else gradient
            assert np.shape(value) == x.shape
            assert np.all(np.isfinite(value))


# --------------------------------------------------------------------------------------------- the tests look properly


@every_op
def test_the_domain_can_be_sampled(op: Op) -> None:
    rng = np.random.default_rng(0)
    shapes = tuple([(2, 3)] * len(op.vjps))
    for position, x in enumerate(values(op, shapes, rng)):
        interval = domain_of(op, position)
        if interval is bool:
            assert x.dtype == bool
            continue
        low, high = interval
        assert np.all((low <= x) & (x <= high))
        assert len(set(x.ravel())) == x.size
        assert all(abs(x - kink).min() > STEP for kink in op.kinks)


def test_a_wrong_rule_is_found() -> None:
    """A rule with one factor slightly off, and one that is right to first order only."""
    slightly_off = cg.differentiable(lambda grad, out, x: grad * 1.001 * np.cos(x), domain=(-1, 1), name="off")(np.sin)
    frozen = cg.differentiable(
        lambda grad, out, x: grad * np.cos(x.value if isinstance(x, cg.Node) else x), domain=(-1, 1), name="frozen"
    )(np.sin)
    try:
        with pytest.raises(AssertionError, match="Not equal to tolerance"):
            test_first_derivatives.hypothesis.inner_test(OPS[slightly_off], drawing(OPS[slightly_off]), 0)
        test_first_derivatives.hypothesis.inner_test(OPS[frozen], drawing(OPS[frozen]), 0)
        with pytest.raises(AssertionError, match="Not equal to tolerance"):
            test_second_derivatives.hypothesis.inner_test(OPS[frozen], drawing(OPS[frozen]), 0)
    finally:
        del OPS[slightly_off], OPS[frozen]


def test_a_sample_without_a_finite_answer_fails() -> None:
    root = cg.differentiable(lambda grad, out, x: grad / (2 * out), domain=(-1, 1), name="root")(np.sqrt)
    try:
        with pytest.raises(AssertionError, match="no use"), np.errstate(invalid="ignore"):
            test_first_derivatives.hypothesis.inner_test(OPS[root], drawing(OPS[root]), 0)
    finally:
        del OPS[root]


def drawing(op: Op) -> Any:
    """What st.data() is, for one example without hypothesis: the op's values at a shape of (3,)."""

    class Data:
        def draw(self, strategy: Any) -> Sample:
            return Sample(values(op, ((3,),), np.random.default_rng(0)), {})

    return Data()
