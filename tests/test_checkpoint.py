"""Checkpoints: the same numbers as without, in every mode and order, from a tape that forgets what is in between."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import GradientError, ShapeError
from tests.trees import leaves_of, same_type_of, trees

Variable: Any = cg.Variable


def layer(W: Any, h: Any) -> Any:
    return np.tanh(W @ h) + h[:1] ** 2


def plainly(f: Callable[..., Any]) -> Callable[..., Any]:
    return f


@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_the_same_as_without_in_every_mode_and_order(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    W, h = rng.normal(size=(n, n)), rng.normal(size=(n, m))
    T = [rng.normal(size=W.shape), rng.normal(size=h.shape)]

    def answers(wrap: Any) -> list[Any]:
        f = wrap(layer)

        def cost(W: Any, h: Any) -> Any:
            return np.sum(f(np.sin(W), f(W, h)) ** 3) * np.sum(W)

        return [
            f(W, h),
            *cg.grad(cost, (0, 1))(W, h),
            cg.jacobian(f, 0, mode="reverse")(W, h),
            cg.jacobian(f, 1, mode="forward")(W, h),
            cg.hessian(cost, 1)(W, h),
            cg.jacobian(cg.grad(cost, 0), 1, mode="forward")(W, h),
            *cg.jvp(f, [W, h], T),
            *cg.jvp(cg.grad(cost), [W, h], T),
            cg.grad(lambda W: np.sum(cg.jvp(lambda h: f(W, h), [h], [T[1]])[1]))(W),
            cg.grad(wrap(lambda W: np.sum(wrap(cg.grad(wrap(cost)))(W, h))))(W),
        ]

    for found, expected in zip(answers(cg.checkpoint), answers(plainly), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_first_derivatives_are_the_same_to_the_last_digit() -> None:
    rng = np.random.default_rng(0)
    W, h = rng.normal(size=(4, 4)), rng.normal(size=(4, 3)).astype(np.float32)

    def cost(W: Any, h: Any, wrap: Any) -> Any:
        for _ in range(3):
            h = wrap(layer)(W, h)
        return np.sum(h**2)

    for found, expected in zip(
        cg.grad(cost, (0, 1))(W, h, cg.checkpoint), cg.grad(cost, (0, 1))(W, h, plainly), strict=True
    ):
        np.testing.assert_array_equal(found, expected, strict=True)


def test_the_tape_holds_arguments_and_result_only() -> None:
    W, h = Variable(np.eye(2), "W"), Variable(np.ones((2, 1)), "h")
    out = cg.checkpoint(layer)(W, h)
    assert [str(node.op) if node.op else node.name for node in cg.Tape(out)] == ["W", "h", "<Op layer>"]
    np.testing.assert_array_equal(out.value, layer(W.value, h.value))
    assert "layer" in cg.render(out).svg


def test_what_is_in_between_is_not_kept() -> None:
    """Of 40 steps over an array the tape keeps 40 arrays without checkpoints, and 5 with one at every 8th."""

    def steps(x: Any) -> Any:
        for _ in range(8):
            x = np.sin(x)
        return x

    def arrays_kept(wrap: Any) -> float:
        gc.collect()
        tracemalloc.start()
        out = x
        for _ in range(5):
            out = wrap(steps)(out)
        held = tracemalloc.get_traced_memory()[0] / x.value.nbytes
        tracemalloc.stop()
        assert out.shape == x.shape
        return held

    x = Variable(np.ones(100_000))
    assert arrays_kept(plainly) == pytest.approx(40, abs=0.1)
    assert arrays_kept(cg.checkpoint) == pytest.approx(5, abs=0.1)


def test_the_peak_of_a_whole_gradient() -> None:
    """Of 64 layers, with a checkpoint for every 8: the two peaks that the documentation compares."""

    def block(layers: Any, h: Any) -> Any:
        for W in layers:
            h = np.tanh(W @ h)
        return h

    rng = np.random.default_rng(0)
    Ws, X = [rng.normal(size=(4, 4)) for _ in range(64)], rng.normal(size=(4, 4096))

    def peak(wrap: Any) -> int:
        def cost(Ws: Any) -> Any:
            h = X
            for i in range(0, 64, 8):
                h = wrap(block)(Ws[i : i + 8], h)
            return np.sum(h * h)

        gc.collect()
        tracemalloc.start()
        cg.value_and_grad(cost)(Ws)
        largest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return largest

    assert peak(plainly) > 3.5 * peak(cg.checkpoint)


def test_how_often_the_function_runs() -> None:
    runs = []

    @cg.checkpoint
    def f(x: Any, y: Any, z: Any) -> Any:
        runs.append(type(x))
        return x * y * z, x + y, z**2

    def cost(x: Any, y: Any, z: Any) -> Any:
        a, b, c = f(x, y, z)
        return a * b * c

    assert f(2.0, 3.0, 4.0) == (24.0, 5.0, 16.0)
    assert runs == [float]
    runs.clear()
    assert cg.grad(cost, (0, 1, 2))(2.0, 3.0, 4.0) == (1344.0, 1024.0, 1440.0)
    assert len(runs) == 2  # one for the value, one for all gradients
    runs.clear()
    assert cg.value_and_grad(cost)(2.0, 3.0, 4.0)[0] == 1920.0
    assert len(runs) == 2


@given(trees)
def test_trees_and_what_is_no_number(tree: Any) -> None:
    @cg.checkpoint
    def f(tree: Any, name: str, *, options: Any) -> Any:
        assert (name, options["kind"]) == ("name", None)
        return {"tripled": times(3.0, tree), "name": name, "scaled": times(options["scale"], tree)}

    def times(number: Any, tree: Any) -> Any:
        if isinstance(tree, dict):
            return {key: times(number, tree[key]) for key in tree}
        if isinstance(tree, (tuple, list)):
            return [times(number, part) for part in tree]
        return number * tree

    def cost(tree: Any, scale: Any) -> Any:
        found = f(tree, "name", options={"scale": scale, "kind": None})
        assert found["name"] == "name"
        assert [np.shape(leaf) for leaf in leaves_of(found["tripled"])] == [np.shape(leaf) for leaf in leaves_of(tree)]
        return sum([np.sum(leaf) for leaf in leaves_of([found["tripled"], found["scaled"]])])

    slopes, by_scale = cg.grad(cost, (0, 1))(tree, 5.0)
    assert same_type_of(slopes, tree)
    for x, dx in zip(leaves_of(tree), leaves_of(slopes), strict=True):
        assert type(x) is type(dx)
        np.testing.assert_array_equal(dx, np.full(np.shape(x), 8.0))
    assert by_scale == pytest.approx(sum(float(np.sum(leaf)) for leaf in leaves_of(tree)), rel=1e-5, abs=1e-5)


def test_results_keep_their_types() -> None:
    @cg.checkpoint
    def f(x: Any) -> Any:
        return x * 2.0, np.ones(2, np.float32) * x, np.float32(3) * x, {"empty": np.zeros((0, 2)) * x}, 7

    outer: list[Any] = []

    def cost(x: Any) -> Any:
        outer[:] = leaves_of(f(x))
        return sum(np.sum(leaf) for leaf in outer)

    assert cg.grad(cost)(1.5) == 2.0 + 2.0 + 3.0
    number, vector, scalar, empty, seven = outer
    assert (type(number.value), number.value, seven) == (float, 3.0, 7)
    assert (vector.dtype, vector.value.tolist()) == (np.float32, [1.5, 1.5])
    assert (scalar.dtype, scalar.shape, empty.shape) == (np.float32, (), (0, 2))
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(np.ones(1, np.float32) * f(x)[0]))(1.5), 2.0)


# ------------------------------------------------------------------------------------------- nodes from outside


def test_nodes_from_outside_get_their_gradients() -> None:
    """Also where one of them is made of another, or of an argument."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 2))

    def answers(wrap: Any) -> list[Any]:
        x, w, v = Variable(values[0]), Variable(values[1]), Variable(values[2])
        u = np.sin(w) * x
        twice = u * 2.0
        f = wrap(lambda x: np.tanh(x * w) * u + u * twice + np.sum(v))
        out = np.sum(f(x) * w)
        nodes = [x, w, v, u]
        slopes = cg.gradients(out, nodes, create_graph=True)
        again = cg.gradients(sum([np.sum(slope**2) for slope in slopes]), nodes)
        out.backward()
        return [out.value, *[x.grad for x in nodes], *[slope.value for slope in slopes], *again]

    for found, expected in zip(answers(cg.checkpoint), answers(plainly), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_nodes_from_outside_alone() -> None:
    w = Variable(3.0)
    assert cg.gradients(cg.checkpoint(lambda: w * w)(), [w]) == [6.0]
    assert cg.gradients(cg.checkpoint(lambda x: x * w)(5.0), [w]) == [5.0]
    assert cg.gradients(cg.checkpoint(lambda: w)() * 2.0, [w]) == [2.0]
    assert cg.gradients(cg.checkpoint(lambda: {"w": w, "two": 2.0})()["w"] * 2.0, [w]) == [2.0]
    assert cg.grad(lambda w: cg.grad(cg.checkpoint(lambda x: x * x * w))(3.0))(2.0) == 6.0
    assert cg.grad(lambda w: cg.grad(lambda x: cg.checkpoint(lambda: x * x * w)())(3.0))(2.0) == 6.0


def test_the_op_computes_what_its_inputs_say() -> None:
    """As the measuring of rounding errors asks it to, with other numbers; also in the place of nodes from outside."""
    w = Variable(3.0)
    u = w * 2.0
    one, several = cg.checkpoint(lambda x: x * u + w)(5.0 * w), cg.checkpoint(lambda x: (x * u, u + w, 7.0))(w)
    assert one.op.forward(2.0, 10.0, 100.0) == 210.0  # x, w, u
    vector = several[0].inputs[0]
    np.testing.assert_array_equal(vector.op.forward(2.0, 10.0, 100.0), [200.0, 110.0])


def test_an_argument_that_is_the_result() -> None:
    assert cg.grad(lambda x: cg.checkpoint(lambda x: x)(x) ** 2)(3.0) == 6.0
    assert cg.grad(lambda x: cg.checkpoint(lambda x: (x, x))(x)[1] ** 2)(3.0) == 6.0
    x = Variable(np.ones(2))
    out = cg.checkpoint(lambda x, y: x + y)(x, x)
    first, second = cg.gradients(out, [x, x], seed=np.ones(2))
    np.testing.assert_array_equal(first, [2.0, 2.0])
    assert not np.shares_memory(first, second)


def test_results_that_depend_on_nothing() -> None:
    assert cg.checkpoint(lambda x: 7.0)(Variable(2.0)) == 7.0
    for plain in (cg.checkpoint(lambda: Variable(2.0) * 3.0)(), cg.checkpoint(lambda: (Variable(2.0) * 3.0, 1))()[0]):
        assert (plain, type(plain)) == (6.0, float)
    assert cg.value_and_grad(cg.checkpoint(lambda x: Variable(2.0) * 3.0))(5.0) == (6.0, 0.0)
    assert cg.grad(lambda x: sum(cg.checkpoint(lambda x: (x * x, Variable(2.0)))(x)))(5.0) == 10.0


def test_a_gradient_inside_a_checkpoint() -> None:
    def descended(w: Any) -> Any:
        return w - 0.1 * cg.grad(lambda w: np.sum(w**3) / 3)(w)

    w = np.array([1.0, 2.0])
    slope = cg.grad(lambda w: np.sum(cg.checkpoint(descended)(cg.checkpoint(descended)(w))))(w)
    first = w - 0.1 * w**2
    np.testing.assert_allclose(slope, (1 - 0.2 * w) * (1 - 0.2 * first))


# ------------------------------------------------------------------------------------------------------ what goes wrong


def test_an_error_when_it_is_run_again_is_the_users_own() -> None:
    fail = [False]

    @cg.checkpoint
    def f(x: Any) -> Any:
        if fail[0]:
            raise OSError("the second time")
        return x * x

    x = Variable(3.0)
    out = f(x)
    out.backward()
    fail[0] = True
    with pytest.raises(OSError, match="the second time"):
        out.backward()
    assert x.grad == 6.0
    with pytest.raises(OSError, match="the second time"):
        f(x)
    fail[0] = False
    assert cg.gradients(out, [x]) == [6.0]
    with pytest.raises(ShapeError):
        cg.checkpoint(lambda a, b: a + b)(Variable(np.ones(2)), np.ones(3))


def test_a_function_that_does_something_else_the_second_time() -> None:
    w, v, run = Variable([3.0]), Variable([4.0]), [0]

    def changing(first: Any, second: Any) -> Any:
        def f(x: Any) -> Any:
            run[0] += 1
            return first(x) if run[0] == 1 else second(x)

        run[0] = 0
        return f

    for second, message in [
        (lambda x: (x,), "returned fewer results"),
        (lambda x: (x, np.concatenate([x, x])), "returned other shapes"),
        (lambda x: (x, x * v), "used another node from outside"),
    ]:
        out = cg.checkpoint(changing(lambda x: (x, x * w), second))(Variable([2.0]))[1]
        with pytest.raises(GradientError, match=rf"checkpoint: f {message} when it was run again: it has"):
            cg.gradients(out, [w], seed=[1.0])


def test_infinite_slopes_and_strong_zeros_pass_through() -> None:
    x = np.array([0.0, 4.0])
    for wrap in (cg.checkpoint, plainly):
        f = wrap(lambda x: np.where(x > 0, np.sqrt(x), 0.0))
        np.testing.assert_array_equal(cg.grad(lambda x, f=f: np.sum(f(x)))(x), [0.0, 0.25])
        with np.errstate(divide="ignore"):
            assert cg.grad(wrap(np.sqrt))(0.0) == np.inf


def test_a_comparison_goes_through_it() -> None:
    x, w = np.array([[0.5], [1.0]]), np.eye(2)
    for f in (cg.checkpoint(lambda W: W @ x), lambda W: cg.checkpoint(lambda: np.tanh(W) @ x)()):
        found = cg.compare(lambda W, f=f: np.sum(f(W)), cg.grad(lambda W, f=f: np.sum(f(W)), "W"), at={"W": w})
        assert found.ok, str(found)
