"""to_jax: networks and their derivatives under jax.jit, precision, arguments of every kind, and what is refused."""

from __future__ import annotations

import ast
import dataclasses
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import compgraph as cg
from compgraph import export
from compgraph.errors import DtypeError, MissingExtraError, TracingError, UseError
from compgraph.export.to_jax import to_jax
from compgraph.nested import flatten
from tests.export.drawing import same
from tests.export.network import PARAMETERS, X, Y, cost

jax = pytest.importorskip("jax", reason="JAX is an extra")


@pytest.fixture(autouse=True)
def _in_double_precision() -> Any:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def test_the_derivatives_of_a_network() -> None:
    g = cg.value_and_grad(cost, (0, 1, 2, 3))
    args = tuple(PARAMETERS.values())
    for found in (to_jax(g)(*args), jax.jit(to_jax(g))(*args)):
        assert all(isinstance(x, jax.Array) for x in flatten(found)[0])
        same(flatten(found)[0], g(*args), 8)


def test_in_single_precision() -> None:
    args = tuple([x.astype(np.float32) for x in (*PARAMETERS.values(), X, Y)])
    g = cg.value_and_grad(cost, (0, 1, 2, 3))
    jax.config.update("jax_enable_x64", False)
    same(flatten(jax.jit(to_jax(g))(*args))[0], g(*args), 8)


def test_what_would_silently_be_single_precision_is_refused() -> None:
    jax.config.update("jax_enable_x64", False)
    args = tuple([x.astype(np.float32) for x in PARAMETERS.values()])
    for f in (jax.jit(to_jax(cost)), to_jax(cost)):  # X and Y are float64
        with pytest.raises(DtypeError, match=r"cost: (X|Y) is of dtype float64.*jax_enable_x64"):
            f(*args)
    with pytest.raises(DtypeError, match="x is of dtype float64"):
        to_jax(lambda x: 2 * x)(np.ones(3))
    with pytest.raises(DtypeError, match="jax_enable_x64"):
        to_jax(lambda x: x * x)(2.0)


def test_weak_numbers_and_integers_are_no_reason_to_refuse_single_precision() -> None:
    jax.config.update("jax_enable_x64", False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = to_jax(lambda x, rate: (np.sum(x, axis=0) * rate / len(x), np.argmax(x) + 1))
        mean, place = jax.jit(f)(np.ones((3, 2), np.float32), 0.5)
    assert (mean.dtype, mean.tolist(), int(place)) == (np.float32, [0.5, 0.5], 1)


def test_dtypes_are_those_of_numpy() -> None:
    def f(single: Any, whole: Any, flag: Any) -> Any:
        return single * whole, single * 2, whole / 2, np.sum(flag), whole + flag, np.where(flag, single, 0.0)

    args = (np.ones(3, np.float32), np.arange(3) + 2**24, np.array([True, False, True]))  # more digits than float32 has
    same(flatten(to_jax(f)(*args))[0], f(*args), 0)


def test_pythons_numbers_take_on_the_precision_of_arrays_under_jit_too() -> None:
    f = jax.jit(to_jax(lambda x, rate, n: x * rate + n))
    assert f(np.ones(2, np.float32), 0.5, 1).dtype == np.float32
    assert f(np.ones(2, np.float32), np.float64(0.5), 1).dtype == np.float64


def test_arguments_and_results_are_trees() -> None:
    def f(layers: Any, *, scale: Any, offset: Any) -> Any:
        total = offset
        for layer in layers:
            total = total + scale * np.sum(layer["W"])
        return {"total": total, "parts": [layer["W"] for layer in layers]}

    layers = [{"W": np.ones((2, 2))}, {"W": np.full((2, 2), 3.0)}]
    found = jax.jit(to_jax(f))(layers, offset=1.0, scale=2.0)
    assert float(found["total"]) == 1 + 2 * 16
    np.testing.assert_array_equal(found["parts"][1], layers[1]["W"])


def test_traced_once_for_each_signature() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(x.shape)
        return np.exp(x)

    g = to_jax(f)
    for size in (2, 3, 2, 3):
        assert g(np.zeros(size)).tolist() == [1.0] * size
    assert calls == [(2,), (2,), (3,), (3,)]  # twice each, to see that both times it is the same


def test_static_arguments() -> None:
    def f(x: Any, times: int, kind: str = "sum") -> Any:
        for _ in range(times):
            x = x * 2.0
        return np.sum(x) if kind == "sum" else np.max(x)

    g = jax.jit(to_jax(f, static=1), static_argnums=1, static_argnames="kind")
    assert float(g(np.ones(3), 2)) == 12.0
    assert float(g(np.ones(3), 3, kind="max")) == 8.0


def test_a_matrix_that_is_not_known_has_an_inverse() -> None:
    g = cg.value_and_grad(lambda A, b: np.sum(np.linalg.solve(A, b)) + np.sum(np.linalg.cholesky(A @ A.T)), (0, 1))
    A, b = np.array([[2.0, 1.0], [0.5, 3.0]]), np.array([1.0, 2.0])
    same(flatten(jax.jit(to_jax(g))(A, b))[0], g(A, b), 16)


def test_transforms_of_jax_take_it() -> None:
    f = to_jax(cg.grad(lambda x: np.sum(x**3)))
    batch = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(jax.vmap(f)(batch), 3 * batch**2)


def test_no_derivative_is_asked_of_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a derivative was asked of JAX")

    for name in ("grad", "value_and_grad", "jvp", "vjp", "linearize", "jacfwd", "jacrev", "hessian"):
        monkeypatch.setattr(jax, name, refused)
    same(flatten(to_jax(cg.grad(cost))(*PARAMETERS.values()))[0], cg.grad(cost)(*PARAMETERS.values()), 8)


FOLDER = Path(export.__file__).parent


def test_jax_is_reached_as_the_module_of_the_callers_program_only() -> None:
    """No statement imports it, and the one expression that reaches it is a look into sys.modules."""
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        imported += [str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        assert not [name for name in imported if name.split(".")[0] == "jax"]
        assert "import_module" not in path.read_text(encoding="utf-8")
        used = {
            ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute) and ast.unparse(n).startswith("jax.")
        }
        allowed = ("jax.numpy", "jax.lax", "jax.dtypes.canonicalize_dtype", "jax.dtypes", "jax.tree_util")
        assert not [name for name in used if not name.startswith(allowed)]


def test_a_program_that_has_not_imported_jax() -> None:
    code = (
        "import sys, compgraph as cg, numpy as np\n"
        "from compgraph.export.to_jax import to_jax\n"
        "g = to_jax(cg.grad(lambda x: x * x))\n"
        "try:\n    g(2.0)\nexcept cg.CompgraphError as error:\n    print(type(error).__name__, error)\n"
        "print('jax' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [
        f"{UseError.__name__} a function made by to_jax runs on the JAX of your program: import jax before calling it",
        "False",
    ]


def test_jax_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "jax")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'compgraph\[jax\]'"):
        to_jax(lambda x: x)(1.0)


def test_all_that_has_no_counterpart_is_named_at_once() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.spacing(x)) + np.sum(np.logaddexp.reduce(x))

    with pytest.raises(TracingError, match=r"f .*JAX.*no counterpart of np\.spacing, np\.logaddexp\.reduce:"):
        to_jax(f)(np.ones(3))


def test_a_parameter_that_has_no_counterpart() -> None:
    with pytest.raises(TracingError, match=r"np\.less\(\.\.\., casting=\)"):
        to_jax(lambda x: np.less(x, 1.0, casting="same_kind"))(np.ones(2))


@pytest.mark.parametrize("under_jit", [False, True])
def test_a_decision_by_a_value_is_refused(under_jit: bool) -> None:
    f = to_jax(lambda x: x if x > 0 else -x)
    with pytest.raises(TracingError, match=r"np\.where"):
        (jax.jit(f) if under_jit else f)(2.0)


def test_randomness_is_found() -> None:
    generator = np.random.default_rng(0)
    with pytest.raises(TracingError, match="not the same at every call"):
        to_jax(lambda x: x * generator.normal())(2.0)


def test_constants_and_arguments_as_results() -> None:
    held = np.arange(3.0)
    found = jax.jit(to_jax(lambda x: (x, held, 2.0)))(np.ones(2))
    assert [x.tolist() for x in found] == [[1.0, 1.0], [0.0, 1.0, 2.0], 2.0]
    assert found[1].dtype == found[2].dtype == np.float64


def test_of_several_entries_for_one_place_the_last_stays() -> None:
    def f(x: Any, v: Any) -> Any:
        return np.sum(cg.at(x)[[0, 2, 2]].set(v) ** 2) + np.sum(cg.at(x)[[0, 2, 2]].add(v) ** 2)

    g = cg.value_and_grad(f, (0, 1))
    same(
        flatten(jax.jit(to_jax(g))(np.arange(4.0), np.array([1.0, 2.0, 4.0])))[0], g(np.arange(4.0), [1.0, 2.0, 4.0]), 2
    )


def test_indices_from_the_arguments() -> None:
    def f(table: Any, rows: Any) -> Any:
        return np.sum(table[rows] ** 2)

    g = cg.value_and_grad(f)
    table, rows = np.arange(6.0).reshape(3, 2), np.array([2, 0, 2])
    same(flatten(jax.jit(to_jax(g))(table, rows))[0], g(table, rows), 4)


def test_what_is_given_is_a_function() -> None:
    with pytest.raises(UseError, match="to_jax takes a function, and not its result: float cannot be called"):
        to_jax(3.0)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------- what people of JAX do with it


def single(*arrays: Any) -> tuple[Any, ...]:
    return tuple([np.asarray(x, np.float32) for x in arrays])


@pytest.mark.parametrize("x64", [False, True])
def test_transforms_and_loops_of_jax_around_it(x64: bool) -> None:
    """JAX differentiates what it is given as any of its functions: the same comes out as compgraph derives."""
    jax.config.update("jax_enable_x64", x64)
    args = tuple(PARAMETERS.values()) if x64 else single(*PARAMETERS.values())
    data = (X, Y) if x64 else single(X, Y)
    ulps = 16
    g, f = to_jax(cg.value_and_grad(cost, (0, 1, 2, 3))), to_jax(cost)
    expected = cg.value_and_grad(cost, (0, 1, 2, 3))(*args, *data)
    same(flatten(jax.value_and_grad(f, (0, 1, 2, 3))(*args, *data))[0], expected, ulps)
    same(flatten(jax.jit(jax.grad(jax.checkpoint(f), (0, 1, 2, 3)))(*args, *data))[0], expected[1], ulps)
    batch = jax.vmap(g, in_axes=(0, None, None, None, None, None))(np.stack([args[0]] * 2), *args[1:], *data)
    same([x[1] for x in flatten(batch)[0]], expected, ulps)

    def step(params: Any, _: Any) -> Any:
        value, slopes = g(*params, *data)
        return tuple([p - 0.5 * slope for p, slope in zip(params, slopes, strict=True)]), value

    _, values = jax.lax.scan(step, args, None, length=3)
    same(values[:1], (expected[0],), ulps)
    assert values.dtype == data[0].dtype
    assert values[2] < values[1] < values[0]


def test_it_is_lowered_for_shapes_alone() -> None:
    g = to_jax(cg.value_and_grad(cost, (0, 1, 2, 3)))
    shapes = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in (*PARAMETERS.values(), X, Y)]
    lowered = jax.jit(g).lower(*shapes)
    assert "func.func public @main" in lowered.as_text()
    same(flatten(lowered.compile()(*PARAMETERS.values(), X, Y))[0], g(*PARAMETERS.values(), X, Y), 8)
    value, slopes = jax.eval_shape(g, *shapes)
    assert (value.shape, [slope.shape for slope in slopes]) == ((), [x.shape for x in PARAMETERS.values()])


def test_static_arguments_by_position_and_by_name_are_the_same_ones() -> None:
    def power(x: Any, n: int) -> Any:
        for _ in range(n):
            x = x * x
        return x

    x = np.full(2, 2.0)
    for static in (1, "n", (1,), ["n"]):
        f = to_jax(power, static=static)
        assert f(x, 2).tolist() == f(x, n=2).tolist() == [16.0, 16.0]
        assert jax.jit(f, static_argnames="n")(x, 2).tolist() == jax.jit(f, static_argnums=1)(x, n=2).tolist()
    for wrong in ("times", 2, -1):
        with pytest.raises(UseError, match=r"static: power has no argument .*(it has x, n|counted from 0)"):
            to_jax(power, static=wrong)


def test_what_is_static_for_one_is_static_for_both() -> None:
    f = to_jax(lambda x, n: x * n, static=1)
    assert jax.jit(f, static_argnums=1)(np.ones(2), 3).tolist() == [3.0, 3.0]
    to_dtype = to_jax(lambda x, dtype: x.astype(np.dtype(dtype)), static="dtype")
    assert to_dtype(np.ones(2), jax.numpy.float32).dtype == np.float32
    for call in (
        lambda: jax.jit(f)(np.ones(2), 3),
        lambda: f(np.ones(2), jax.numpy.ones(2)),
        lambda: jax.jit(f)(1.0, n=3),
    ):
        with pytest.raises(TracingError, match=r"argument (1|'n') is static .* static_argnums= or static_argnames= of"):
            call()


class Pair(NamedTuple):
    W: Any
    b: Any


def test_trees_of_jax_come_back_as_they_were() -> None:
    params = {"first": Pair(np.ones(2), np.full(2, 3.0)), "rest": [(np.ones(2), None)]}

    def f(params: Any) -> Any:
        W, b = params["first"]
        return np.sum(W * b * params["rest"][0][0])

    value = jax.jit(to_jax(f))(params)
    assert float(value) == 6.0
    slopes = jax.jit(to_jax(cg.grad(lambda pair: np.sum(pair.W * pair.b))))(params["first"])
    assert type(slopes) is Pair
    assert slopes.W.tolist() == [3.0, 3.0]


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class Model:
    """A tree that JAX was told of, and nobody else."""

    W: Any


@pytest.mark.parametrize("filtering", ["off", "tracebackhide", "remove_frames"])
@pytest.mark.parametrize("under_jit", [False, True])
@pytest.mark.parametrize(
    ("f", "args", "message"),
    [
        (lambda model: np.sum(model.W), (Model(np.ones(2)),), r"type Model is a pytree .*dict, a tuple or a list"),
        (lambda all: all["a"].W, ({"a": Model(np.ones(2))},), r"type Model is a pytree"),
        (lambda x: x * 2, (jax.numpy.ones(2, "bfloat16"),), r"dtype bfloat16 .*astype\(jnp\.float32\)"),
        (lambda key, x: x, (jax.random.key(0), np.ones(2)), r"dtype key<fry> .*random key.*outside"),
        (lambda x: jax.numpy.sum(x), (np.ones(2),), r"<lambda> .*np\. in the place of jnp\..*np\.asarray"),
        (cg.grad(lambda x: jax.numpy.sum(x)), (np.ones(2),), r"<lambda> .*np\. in the place of jnp\."),
        (cg.grad(lambda x: np.sum(x * jax.numpy.ones(2))), (np.ones(2),), r"JAX's arrays .* around it: np\.asarray"),
        (lambda x: np.sum(x * jax.numpy.ones(2)), (np.ones(2),), r"JAX's arrays .* around it: np\.asarray"),
    ],
)  # fmt: skip
def test_what_belongs_to_jax_alone_is_told(
    f: Any, args: Any, message: str, under_jit: bool, filtering: str, request: pytest.FixtureRequest
) -> None:
    before = jax.config.jax_traceback_filtering
    request.addfinalizer(lambda: jax.config.update("jax_traceback_filtering", before))
    jax.config.update("jax_traceback_filtering", filtering)
    with pytest.raises(TracingError, match=message) as caught:
        (jax.jit(to_jax(f)) if under_jit else to_jax(f))(*args)
    assert "\n" not in str(caught.value).partition("\n---")[0]  # what follows is JAX's remark about tracebacks


def test_an_error_of_the_function_itself_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match="mismatch") as caught:
        to_jax(lambda x, y: x @ y)(np.ones((2, 3)), np.ones((2, 3)))
    assert "jnp" not in str(caught.value)


def test_a_scalar_of_numpy_that_widens_is_told() -> None:
    jax.config.update("jax_enable_x64", False)
    with pytest.raises(DtypeError, match=r"np\.divide is of dtype float64.*arrays and NumPy scalars .* float32"):
        jax.jit(to_jax(lambda x: x / np.sqrt(3)))(np.ones(3, np.float32))
