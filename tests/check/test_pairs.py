"""Pairs of a cost and its gradient: what the decorator leaves alone, which are found, what is differentiated."""

import copy
import functools
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.check import pairs as pairs_module
from compgraph.check.gradient_of import gradient_of
from compgraph.check.pairs import Pair, pairs_in, try_pair
from compgraph.errors import CompgraphError

Vector = Annotated[np.ndarray, "n"]
Matrix = Annotated[np.ndarray, "m n"]
Answers = Annotated[np.ndarray, "m"]


def cost(w: Vector, b: float, X: Matrix, y: Answers) -> Any:
    return np.mean((X @ w + b - y) ** 2)


def gradient(w: Any, b: Any, X: Any, y: Any) -> Any:
    error = 2 * (X @ w + b - y) / len(y)
    return {"dw": X.T @ error, "db": np.sum(error)}


def slip(w: Any, b: Any, X: Any, y: Any) -> Any:
    return {"dw": X.T @ (X @ w + b - y) / len(y), "db": 2 * np.mean(X @ w + b - y)}


def verdicts(pair: Pair, seed: int = 0) -> dict[str, str]:
    return {row.name: row.verdict for row in try_pair(pair, seed).found.rows}


def declared(manual: Callable[..., Any], of: Callable[..., Any] = cost, **options: Any) -> Pair:
    """The pair that decorating a fresh function makes."""
    (pair,) = pairs_in({"f": gradient_of(of, **options)(fresh(manual))})
    return pair


def fresh(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same function without attributes that an earlier test gave it."""

    @functools.wraps(f)
    def again(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)

    return again


# ------------------------------------------------------------------------------------------------------- the decorator


def test_the_function_stays_what_it_was() -> None:
    def function(w: float, *, scale: int = 2) -> float:
        """Twice w."""
        return scale * w

    before = dict(vars(function)), function.__doc__, function.__defaults__, function.__annotations__.copy()
    decorated = gradient_of(cost)(function)
    assert decorated is function
    assert decorated(3.0) == 6.0
    (new,) = set(vars(function)) - set(before[0])
    assert new.startswith("__")
    assert (function.__doc__, function.__defaults__, function.__annotations__) == before[1:]


def test_a_decorated_function_can_still_be_pickled_and_copied() -> None:
    gradient_of(cost)(gradient)
    try:
        assert pickle.loads(pickle.dumps(gradient)) is gradient
        assert copy.deepcopy(gradient) is gradient
    finally:
        vars(gradient).clear()


def test_nothing_else_remembers_a_pair() -> None:
    before = {name: repr(value) for name, value in vars(pairs_module).items() if not name.startswith("__")}
    declared(gradient)
    assert {name: repr(value) for name, value in vars(pairs_module).items() if not name.startswith("__")} == before
    assert pairs_in({"gradient": gradient, "slip": slip}) == []


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: gradient_of("cost"), "gradient_of takes the cost, a function, not str"),  # type: ignore[arg-type]
        (lambda: gradient_of(cost, inputs=3), "inputs= is a dict by name, a function .* or a strategy, not int"),
        (lambda: gradient_of(cost, inputs=[(2, 3)]), "not list"),
        (lambda: gradient_of(cost)(abs), "gradient_of decorates a function, not builtin_function_or_method"),
        (lambda: gradient_of(cost)(3), "gradient_of decorates a function, not int"),  # type: ignore[type-var]
    ],
)
def test_what_is_no_declaration_is_refused(call: Callable[[], Any], complaint: str) -> None:
    with pytest.raises(CompgraphError, match=complaint):
        call()


# -------------------------------------------------------------------------------------------------------------- finding


def test_pairs_are_found_in_order_and_once() -> None:
    first, second = gradient_of(cost)(fresh(slip)), gradient_of(cost)(fresh(gradient))
    names = {"np": np, "cost": cost, "second": second, "nothing": None, "first": first, "alias": second, "n": 3}
    assert [pair.manual for pair in pairs_in(names)] == [second, first]


def test_one_function_may_be_the_gradient_of_two_costs() -> None:
    def other(w: Vector, b: float, X: Matrix, y: Answers) -> Any:
        return np.sum((X @ w + b - y) ** 2) / len(y)

    function = gradient_of(other)(gradient_of(cost)(fresh(gradient)))
    assert [pair.cost for pair in pairs_in({"f": function})] == [cost, other]
    assert all(set(verdicts(pair).values()) == {"right"} for pair in pairs_in({"f": function}))


def test_a_decorator_around_it_is_part_of_what_is_checked() -> None:
    def halved(f: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(f)
        def call(**kwargs: Any) -> Any:
            return {name: value / 2 for name, value in f(**kwargs).items()}

        return call

    (pair,) = pairs_in({"f": halved(gradient_of(cost)(fresh(gradient)))})
    assert verdicts(pair) == {"dw": "wrong", "db": "wrong"}


def test_static_methods_are_found_in_the_classes_of_the_file() -> None:
    class Model:
        class Part:
            @gradient_of(cost)
            @staticmethod
            def slip(w: Any, b: Any, X: Any, y: Any) -> Any:
                return slip(w, b, X, y)

        @staticmethod
        @gradient_of(cost)
        def gradient(w: Any, b: Any, X: Any, y: Any) -> Any:
            return gradient(w, b, X, y)

    Model.same = Model  # type: ignore[attr-defined]
    found = pairs_in({"__name__": __name__, "Model": Model, "same": Model})
    assert [str(pair) for pair in found] == ["slip against cost", "gradient against cost"]
    assert [set(verdicts(pair).values()) for pair in found] == [{"wrong", "right"}, {"right"}]
    assert pairs_in({"__name__": "another", "Model": Model}) == []


def test_a_decorator_without_its_cost_is_said() -> None:
    @gradient_of
    def forgotten(w: Any) -> Any: ...

    with pytest.raises(
        CompgraphError, match=r"forgotten is decorated with gradient_of and no cost: write @cg.gradient"
    ):
        pairs_in({"forgotten": forgotten})


def test_a_pair_says_what_and_where_it_is() -> None:
    @gradient_of(cost)
    def here(w: Any, b: Any, X: Any, y: Any) -> Any: ...

    (pair,) = pairs_in({"here": here})
    assert str(pair) == "here against cost"
    assert pair.line is not None
    file, line = pair.line
    assert Path(file) == Path(__file__)
    assert Path(__file__).read_text(encoding="utf-8").splitlines()[line - 1].strip() == "@gradient_of(cost)"
    assert Pair(abs, abs, None, None).line is None


# ------------------------------------------------------------------------------------------------- parameters and data


@given(st.integers(0, 10**6))
def test_a_right_gradient_is_right_and_a_slip_is_wrong_at_any_seed(seed: int) -> None:
    assert verdicts(declared(gradient), seed) == {"dw": "right", "db": "right"}
    assert verdicts(declared(slip), seed) == {"dw": "wrong", "db": "right"}


def test_a_try_says_what_was_drawn() -> None:
    tried = try_pair(declared(gradient), 3)
    assert tried.seed == 3
    assert set(tried.sizes) == {"n", "m"}
    assert [row.shape for row in tried.found.rows] == [(tried.sizes["n"],), ()]


class Gradients(NamedTuple):
    db: Any
    dw: Any


@pytest.mark.parametrize(
    ("returned", "names"),
    [
        (lambda g: g, ["dw", "db"]),
        (lambda g: {"b": g["db"]}, ["db"]),
        (lambda g: {"dZ": 1.0, "db": g["db"], "J": 3.0}, ["db"]),
        (lambda g: Gradients(g["db"], g["dw"]), ["dw", "db"]),
        (lambda g: (g["dw"], g["db"]), ["dw", "db"]),
        (lambda g: [g["dw"]], ["dw"]),
        (lambda g: g["dw"], ["dw"]),
    ],
)
def test_what_the_gradient_returns_says_what_the_parameters_are(
    returned: Callable[[Any], Any], names: list[str]
) -> None:
    def function(w: Any, b: Any, X: Any, y: Any) -> Any:
        return returned(gradient(w, b, X, y))

    found = verdicts(declared(function))
    assert {name: verdict for name, verdict in found.items() if name != "dZ"} == dict.fromkeys(names, "right")


@pytest.mark.parametrize("wrt", ["b", ["b"], ("b",)])
def test_wrt_says_it_too(wrt: Any) -> None:
    assert verdicts(declared(lambda w, b, X, y: gradient(w, b, X, y)["db"], wrt=wrt)) == {"db": "right"}


def test_data_may_be_whole_numbers_and_words() -> None:
    def power_cost(w: Vector, power: int, kind: str, flag: Annotated[np.ndarray, "n", "labels"]) -> Any:
        assert kind == "mean"
        return np.mean(flag * w**power)

    def power_gradient(w: Any, power: int, kind: str, flag: Any) -> Any:
        assert kind == "mean"
        return {"dw": flag * power * w ** (power - 1) / w.size}

    assert verdicts(declared(power_gradient, power_cost, inputs={"power": 3, "kind": "mean"})) == {"dw": "right"}


def test_a_default_is_a_parameter_where_the_gradient_names_it() -> None:
    def scaled(w: Vector, scale: float = 3.0, power: int = 2) -> Any:
        return scale * np.sum(w**power)

    def by_hand(w: Any, scale: float = 3.0, power: int = 2) -> Any:
        return {"dw": scale * power * w ** (power - 1), "dscale": np.sum(w**power)}

    assert verdicts(declared(by_hand, scaled)) == {"dw": "right", "dscale": "right"}


def test_neither_function_sees_what_the_other_does_to_its_arguments() -> None:
    kept: dict[str, Any] = {}

    def inputs(rng: np.random.Generator) -> dict[str, Any]:
        kept.update(w=rng.standard_normal(2), b=0.5, X=rng.standard_normal((3, 2)), y=rng.standard_normal(3))
        kept["before"] = copy.deepcopy({name: kept[name] for name in "wbXy"})
        return {name: kept[name] for name in "wbXy"}

    def careless(w: Any, b: Any, X: Any, y: Any) -> Any:
        found = gradient(w, b, X, y)
        w += 1
        X *= 0
        return found

    assert verdicts(declared(careless, inputs=inputs)) == {"dw": "right", "db": "right"}
    np.testing.assert_equal({name: kept[name] for name in "wbXy"}, kept["before"])


@pytest.mark.parametrize(
    ("manual", "options", "complaint"),
    [
        (lambda w, b, X: None, {}, r"is called with w, b, X, y by name, as the cost and its gradient both are: got an"),
        (lambda weights, b, X, y: None, {}, "missing a required argument: 'weights'"),
        (lambda w, b, X, y: None, {}, "returns nothing, and cost takes w, b, X, y"),
        (lambda w, b, X, y: (), {}, "returns 0 gradients, and cost takes w, b, X, y"),
        (lambda w, b, X, y: (1,) * 5, {}, "returns 5 gradients, and cost takes w, b, X, y"),
        (
            lambda w, b, X, y: {"dZ": 1.0, 3: 2},
            {},
            "returns dZ, 3, and no dw or other derivative by an argument of cost",
        ),
        (lambda w, b, X, y: {}, {}, "returns nothing, and no dw or other"),
        (lambda w, b, X, y: 1.0, {"wrt": "W"}, "wrt names W, and cost takes w, b, X, y"),
        (lambda w, b, X, y: 1.0, {"inputs": {"z": 1.0}}, "cost has no argument z"),
    ],
)
def test_functions_that_make_no_pair_are_refused(
    manual: Callable[..., Any], options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(CompgraphError, match=complaint):
        try_pair(declared(manual, **options), 0)
