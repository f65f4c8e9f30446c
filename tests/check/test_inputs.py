"""Inputs drawn from annotations: the sizes named, the numbers asked for, the same ones for the same seed."""

import functools
from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from compgraph.check.inputs import DOMAINS, Drawn, draw
from compgraph.errors import CompgraphError

SEEDS = st.integers(0, 10**6)
SHAPES = st.lists(st.sampled_from(["a", "b", "c", "d", 0, 1, 2, 3, 5]), max_size=4).map(tuple)


class Float:
    """What jaxtyping makes of ``Float[np.ndarray, "n_h n_x"]``, as far as its shape and dtype go."""

    array_type = np.ndarray
    dtypes: tuple[str, ...] = ("float16", "float32", "float64")
    dim_str = "n_h n_x"


class Float32(Float):
    dtypes = ("float32",)


def drawn(cost: Callable[..., Any], inputs: Any = None, seed: int = 0) -> Drawn:
    """Inputs for a cost and a gradient that says nothing itself."""

    def gradient(*args: Any, **kwargs: Any) -> None: ...

    return draw(cost, gradient, inputs, seed)


def one(annotation: Any, seed: int = 0) -> Any:
    """The value of a cost's only argument, by its annotation."""

    def cost(x: Any) -> None: ...

    cost.__annotations__["x"] = annotation
    return drawn(cost, seed=seed).values["x"]


def given_as(what: Any, seed: int = 0) -> Any:
    """The value of a cost's only argument, by what stands in a dict for it."""

    def cost(x: Any) -> None: ...

    return drawn(cost, {"x": what}, seed).values["x"]


# ------------------------------------------------------------------------------------------------------ sizes


@given(st.lists(SHAPES, max_size=5), SEEDS)
def test_a_name_is_one_size_and_different_names_are_different_sizes(shapes: list[tuple[Any, ...]], seed: int) -> None:
    def cost(**arguments: Any) -> None: ...

    values, sizes = drawn(cost, {f"x{i}": shape for i, shape in enumerate(shapes)}, seed)
    for i, shape in enumerate(shapes):
        assert np.shape(values[f"x{i}"]) == tuple([sizes.get(size, size) for size in shape])
    named = {size for shape in shapes for size in shape if isinstance(size, str)}
    fixed = {size for shape in shapes for size in shape if isinstance(size, int)}
    assert set(sizes) == named
    assert len({*sizes.values(), *fixed}) == len(sizes) + len(fixed)
    assert all(2 <= size <= 5 + len(named) + len(fixed) + 2 for size in sizes.values())


def test_sizes_differ_from_try_to_try() -> None:
    assert len({one(Annotated[np.ndarray, "n"], seed).shape for seed in range(20)}) > 3


@pytest.mark.parametrize(
    "annotation",
    [
        Annotated[np.ndarray, "n_h n_x"],
        Annotated[np.ndarray, ("n_h", "n_x")],
        Annotated[np.ndarray, "n_h", "n_x"],
        Annotated[NDArray[np.float64], "n_h n_x"],
        Annotated[NDArray[np.floating[Any]], "n_h n_x"],
        Annotated[NDArray[Any], "n_h n_x"],
        Annotated[Any, "n_h n_x", "real"],
        Annotated[Annotated[np.ndarray, "n_h n_x"], "real"],
        Annotated[np.ndarray, object(), "n_h n_x", True],
        Float,
    ],
)
def test_the_same_may_be_said_in_several_ways(annotation: Any) -> None:
    value = one(annotation)
    assert value.dtype == np.float64
    np.testing.assert_array_equal(value, given_as("n_h n_x"))
    np.testing.assert_array_equal(value, given_as(("n_h", "n_x")))
    np.testing.assert_array_equal(value, given_as(annotation))


@pytest.mark.parametrize(("said", "shape"), [("", None), ((), ()), ("3 1", (3, 1)), ((4,), (4,)), (5, (5,))])
def test_sizes_as_numbers(said: Any, shape: tuple[int, ...] | None) -> None:
    if shape is None:
        with pytest.raises(CompgraphError, match="nothing says how to draw x"):
            one(Annotated[np.ndarray, said])
    else:
        assert np.shape(one(Annotated[np.ndarray, said])) == shape


def test_a_type_of_jaxtyping_of_no_axes_is_a_number() -> None:
    scalar = type("Scalar", (Float32,), {"dim_str": ""})
    assert isinstance(one(scalar), np.float32)


# ---------------------------------------------------------------------------------------------- dtypes and numbers


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16])
def test_the_dtype_is_that_of_the_annotation(kind: Any) -> None:
    assert one(Annotated[NDArray[kind], "n m"]).dtype == kind
    assert one(Annotated[NDArray[kind], "n m", "labels"]).dtype == kind
    assert type(one(kind)) is kind
    assert one(Float32).dtype == np.float32


def test_a_float_is_a_float() -> None:
    assert type(one(float)) is float
    assert type(one(Annotated[float, "positive"])) is float
    assert one(Annotated[float, "positive"]) > 0


@given(st.sampled_from(sorted(DOMAINS)), st.lists(st.integers(1, 5), min_size=1, max_size=3), SEEDS)
def test_every_domain_holds_its_numbers_in_the_shape_asked_for(domain: str, shape: list[int], seed: int) -> None:
    value = one(Annotated[np.ndarray, tuple(shape), domain], seed)
    assert value.shape == tuple(shape)
    assert value.dtype == np.float64
    match domain:
        case "positive":
            assert np.all(value > 0)
        case "probability":
            assert np.all((value > 0) & (value < 1))
        case "counts":
            assert np.all((value >= 0) & (value == np.round(value)))
        case "labels":
            assert set(np.unique(value)) <= {0.0, 1.0}
            assert abs(2 * np.sum(value) - value.size) <= 1
        case "one-hot-columns" | "one-hot-rows":
            assert set(np.unique(value)) <= {0.0, 1.0}
            assert np.all(np.sum(value, axis=0 if domain == "one-hot-columns" else -1) == 1)
        case _:
            assert domain == "real"
            assert np.all(value != np.round(value))


def test_labels_are_in_no_order() -> None:
    assert len({tuple(one(Annotated[np.ndarray, 6, "labels"], seed)) for seed in range(30)}) > 10


def test_booleans_are_labels_and_whole_numbers_say_what_they_are() -> None:
    mask = one(Annotated[NDArray[np.bool_], "n"])
    assert mask.dtype == bool
    assert 0 < np.sum(mask) < mask.size
    counts = one(Annotated[NDArray[np.int64], "n", "counts"])
    assert counts.dtype == np.int64
    with pytest.raises(CompgraphError, match="x: whole numbers are drawn as labels, counts or one-hot"):
        one(Annotated[NDArray[np.int64], "n"])


@given(SEEDS)
def test_the_same_seed_gives_the_same_inputs(seed: int) -> None:
    def cost(W: Annotated[np.ndarray, "n m"], y: Annotated[np.ndarray, "m", "counts"], b: float) -> None: ...

    first, second, other = drawn(cost, seed=seed), drawn(cost, seed=seed), drawn(cost, seed=seed + 1)
    assert first.sizes == second.sizes
    np.testing.assert_equal(first.values, second.values)
    assert first.values["b"] != other.values["b"]


# --------------------------------------------------------------------------------------------------- whose annotations


def test_the_gradient_s_annotations_count_where_the_cost_has_none() -> None:
    def cost(w: Any, x: Annotated[np.ndarray, "1 m"]) -> None: ...
    def bare(w, x: Annotated[np.ndarray, "1 m"]): ...
    def gradient(w: Annotated[np.ndarray, "n 1"], x: Annotated[np.ndarray, "2 2"]) -> None: ...

    values, sizes = draw(bare, gradient, None, 0)
    assert values["w"].shape == (sizes["n"], 1)
    assert values["x"].shape == (1, sizes["m"])
    with pytest.raises(CompgraphError, match="gradient: nothing says how to draw w"):
        draw(cost, gradient, None, 0)


def test_annotations_may_be_strings() -> None:
    def cost(w: "Annotated[np.ndarray, 'n']", b: "float") -> None: ...

    assert drawn(cost).values["w"].ndim == 1


def test_an_annotation_that_means_nothing_is_said() -> None:
    def cost(w: "Annotated[np.ndarray, Nowhere]") -> None: ...  # noqa: F821

    with pytest.raises(CompgraphError, match="the annotations of cost mean nothing: name 'Nowhere' is not defined"):
        drawn(cost)


def test_the_annotations_of_a_function_are_found_inside_what_wraps_it() -> None:
    def cost(w: Annotated[np.ndarray, "n"], rate: float) -> None: ...

    @functools.wraps(cost)
    def logged(*args: Any, **kwargs: Any) -> None: ...

    class Cost:
        __name__ = "Cost"

        def __call__(self, w: "Annotated[np.ndarray, 'n']", rate: float) -> None: ...

    assert list(drawn(logged).values) == list(drawn(Cost()).values) == ["w", "rate"]
    assert list(drawn(functools.partial(cost, rate=0.1)).values) == ["w"]


def test_a_default_stays_unless_the_annotation_says_more() -> None:
    def cost(
        w: float,
        rate: float = 0.1,
        kind: str = "tanh",
        penalty: Annotated[float, "positive"] = 0.0,
        mask: np.ndarray | None = None,
        *,
        power: int = 2,
    ) -> None: ...

    assert list(drawn(cost).values) == ["w", "penalty"]
    assert list(drawn(cost, {"power": 3, "rate": "positive"}).values) == ["w", "rate", "penalty", "power"]


# --------------------------------------------------------------------------------------------------------- inputs=


def test_a_dict_may_leave_to_the_annotations_what_they_say() -> None:
    def cost(W: Annotated[np.ndarray, "n_h n_x"], X: Any, power: Any) -> None: ...

    values, sizes = drawn(cost, {"power": 3, "X": "n_x m"})
    assert list(values) == ["W", "X", "power"]
    assert values["W"].shape == (sizes["n_h"], sizes["n_x"])
    assert values["X"].shape == (sizes["n_x"], sizes["m"])
    assert values["power"] == 3


@pytest.mark.parametrize("like", [np.zeros((2, 3)), np.ones(4, np.float32), np.float32(1.0), [1.0, 2.0], 0.5])
def test_floats_stand_for_others_of_their_shape_and_dtype(like: Any) -> None:
    value = given_as(like)
    assert np.shape(value) == np.shape(like)
    assert np.asarray(value).dtype == np.asarray(like).dtype
    assert np.all(value != like)
    assert not np.shares_memory(value, like)


@pytest.mark.parametrize(
    "value", [np.array([0, 2, 1]), np.array([True, False]), 3, True, None, [1, 2], {"W": 1.0}, abs]
)
def test_anything_else_is_passed_as_it_is(value: Any) -> None:
    assert given_as(value) is value


def test_a_function_gives_everything_from_a_generator() -> None:
    def cost(w: Any, x: Any, power: int = 2) -> None: ...

    def inputs(rng: np.random.Generator) -> dict[str, Any]:
        return {"x": rng.random(3), "w": 1.0}

    first, second, other = [drawn(cost, inputs, seed).values for seed in (4, 4, 5)]
    assert list(first) == ["w", "x"]
    np.testing.assert_equal(first, second)
    assert np.all(first["x"] != other["x"])


STRATEGY = st.fixed_dictionaries({"w": arrays(np.float64, 3, elements=st.floats(-2, 2)), "k": st.integers(1, 9)})


def test_a_strategy_gives_the_same_for_the_same_seed() -> None:
    def cost(w: Any, k: Any) -> None: ...

    first, second = drawn(cost, STRATEGY, 7).values, drawn(cost, STRATEGY, 7).values
    np.testing.assert_equal(first, second)
    all_drawn = [drawn(cost, STRATEGY, seed).values for seed in range(8)]
    assert len({tuple(values["w"]) for values in all_drawn}) > 5
    assert sum(np.any(values["w"] != 0) for values in all_drawn) > 5  # not the simplest, which is all zeros


def test_a_strategy_may_stand_in_a_dict() -> None:
    def cost(w: Annotated[np.ndarray, "n"], k: Any) -> None: ...

    found = {drawn(cost, {"k": st.integers(1, 100)}, seed).values["k"] for seed in range(8)}
    assert len(found) > 3
    assert found <= set(range(1, 101))


def test_a_cost_that_takes_any_arguments_is_given_those_that_there_are() -> None:
    def cost(**parameters: Any) -> None: ...

    assert list(drawn(cost, {"b": 1, "a": "n"}).values) == ["b", "a"]
    assert list(drawn(cost, lambda rng: {"b": 1, "a": 2}).values) == ["b", "a"]


# ----------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("annotation", "complaint"),
    [
        (np.ndarray, r"gradient: nothing says how to draw x: annotate it with its sizes, as x: Annotated\[np.ndarray"),
        (Any, "nothing says how to draw x"),
        (int, "nothing says how to draw x"),
        (str, "nothing says how to draw x"),
        (float | None, "nothing says how to draw x"),
        (Literal[3], "nothing says how to draw x"),
        (NDArray[np.float32], "nothing says how to draw x"),
        (Annotated[np.ndarray, "labels"], "nothing says how to draw x"),
        (Annotated[np.ndarray, object()], "nothing says how to draw x"),
        (Annotated[int, "n"], "x: int is not drawn: give it by"),
        (Annotated[np.ndarray, "n-1"], "x: 'n-1' is no size: a size is a name such as n_x or a whole number"),
        (Annotated[np.ndarray, "..."], "x: '...' is no size"),
        (Annotated[np.ndarray, "*batch n"], r"x: '\*batch' is no size"),
        (Annotated[np.ndarray, "n", "lables!"], "one of real, positive, probability, labels, counts"),
        (Annotated[np.ndarray, (-1, 2)], r"x: a size is not negative: \(-1, 2\)"),
        (Annotated[np.ndarray, "n", "labels", "positive"], "x cannot be labels and positive at once"),
        (Annotated[float, "positve"], "x: 'positve' says nothing of a float"),
        (Annotated[np.ndarray, (), "one-hot-rows"], "x: one-hot-rows needs an axis"),
        (Annotated[float, "one-hot-rows"], "x: one-hot-rows needs an axis"),
        (Annotated[NDArray[np.complex128], "n"], "x: numbers of dtype .*complex128.* are not drawn"),
        (Annotated[NDArray[np.str_], "n"], "x: numbers of dtype .*str_.* are not drawn"),
    ],
)
def test_an_annotation_that_says_too_little_or_nonsense_is_refused(annotation: Any, complaint: str) -> None:
    with pytest.raises(CompgraphError, match=complaint):
        one(annotation)


@st.composite
def composed(draw_one: Any) -> dict[str, Any]:
    return {"w": draw_one(st.floats())}


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ({"W": (2,)}, "inputs of gradient: cost has no argument W; it takes w, x"),
        ({3: (2,)}, "cost has no argument 3; it takes w, x"),
        ({"w": (2,)}, "gradient: nothing says how to draw x"),
        (lambda rng: {"w": 1.0}, "inputs of gradient: it gives no x, which cost takes"),
        (lambda rng: {"w": 1.0, "x": 1.0, "y": 1.0}, "cost has no argument y"),
        (lambda rng: (1.0, 2.0), "it gives tuple, not a dict of the arguments by name"),
        (st.just([1.0]), "it gives list, not a dict"),
        (st.nothing(), "inputs of gradient: the strategy gives no example"),
        (lambda rng: composed(), r"not a dict of the arguments by name: call it, as in inputs=draws\(\)"),
    ],
)
def test_inputs_that_do_not_fit_the_cost_are_refused(inputs: Any, complaint: str) -> None:
    def cost(w: Any, x: Any) -> None: ...

    with pytest.raises(CompgraphError, match=complaint):
        drawn(cost, inputs)
