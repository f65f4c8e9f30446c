"""Mistakes in using in_blocks and compgraph.dask: each is told in one line that says what to do."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.blocks import in_blocks
from compgraph.errors import CompgraphError, DtypeError, GradientError, SettingError, ShapeError, UseError

rng = np.random.default_rng(0)
m = 97
X, Y = rng.normal(size=(3, m)), (rng.random((1, m)) < 0.5) * 1.0
PARAMS = {"W": rng.normal(size=(1, 3)), "b": np.zeros((1, 1))}


def cost(params: Any, X: Any, Y: Any) -> Any:
    return np.mean((params["W"] @ X + params["b"] - Y) ** 2)


def by_rows(params: Any, X: Any, Y: Any) -> Any:
    return cost(params, X.T, Y.T)


at_once = cg.value_and_grad(cost)


def notes_of(call: Any) -> list[str]:
    """The notes of the error that a call raises, which stays the error that it is without blocks."""
    with pytest.raises((ValueError, IndexError)) as caught:
        call()
    assert type(caught.value) in (ValueError, IndexError, ShapeError)
    notes = [note for note in getattr(caught.value, "__notes__", []) if not note.startswith("in block")]
    assert not any("\n" in note for note in notes)
    return notes


# --------------------------------------------------------------------------------------- data that were not named so


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("f", [cost, at_once, cg.grad(cost)])
def test_labels_that_were_left_out_are_named(f: Any, check: bool) -> None:
    (note,) = notes_of(lambda: in_blocks(f, "X", size=20, check=check)(PARAMS, X, Y))
    assert note == (
        "Y has as many examples as X along axis -1 and is passed whole with each block: "
        "if they belong to the examples, name both, data=('X', 'Y')"
    )
    (note,) = notes_of(lambda: in_blocks(f, "Y", size=20, check=check)(PARAMS, Y=Y, X=X))
    assert note.startswith("X has as many examples as Y along axis -1")
    assert note.endswith("data=('Y', 'X')")


def test_labels_in_rows_and_of_one_axis_are_named() -> None:
    (note,) = notes_of(lambda: in_blocks(by_rows, "X", "rows", size=20)(PARAMS, X.T, Y.T))
    assert "Y has as many examples as X along axis 0" in note
    (note,) = notes_of(lambda: in_blocks(lambda w, X, y: np.mean((w @ X - y) ** 2), 1)(np.ones(3), X, Y[0]))
    assert "y has as many examples as X" in note


def test_every_argument_that_was_left_out_is_named_also_in_a_tree() -> None:
    def weighted(params: Any, X: Any, Y: Any, more: Any) -> Any:
        return np.mean(more["weights"] * (params["W"] @ X - Y) ** 2)

    (note,) = notes_of(lambda: in_blocks(weighted, "X")(PARAMS, X, Y, {"weights": np.ones(m), "rate": 0.1}))
    assert note.startswith("Y and more['weights'] have as many examples as X")
    assert note.endswith("data=('X', 'Y', 'more')")


def test_a_mask_that_was_left_out_is_named() -> None:
    mask = Y[0] > 0
    f = in_blocks(lambda params, X, mask: np.mean(X[:, mask]), "X", size=20)
    (note,) = notes_of(lambda: f(PARAMS, X, mask))
    assert note.startswith("mask has as many examples as X")


def test_labels_beside_an_iterator_are_named() -> None:
    (note,) = notes_of(lambda: in_blocks(at_once, "X")(PARAMS, iter([X[:, :40], X[:, 40:]]), Y))
    assert note == (
        f"Y has {m} entries along axis -1 and is passed whole with each block of X: "
        "if they belong to the examples, name both, data=('X', 'Y'), and give an iterator of blocks for each"
    )


def test_labels_from_around_the_function_are_told_of() -> None:
    (note,) = notes_of(lambda: in_blocks(lambda params, X: cost(params, X, Y), "X")(PARAMS, X))
    assert note == (
        f"an array of {m} examples that the function takes from around it is not cut: "
        "make it an argument, and name it in data="
    )


@pytest.mark.parametrize(
    "f",
    [
        lambda params, X, Y: np.ones(3) @ np.ones(4),  # another error of shapes
        lambda params, X, Y: int("x"),
        lambda params, X, Y: np.linalg.inv(np.zeros((2, 2))),
        lambda params, X, Y: X[:, [200]],
    ],
)
def test_other_errors_are_left_alone(f: Any) -> None:
    with pytest.raises(ValueError if "200" not in str(f.__code__.co_consts) else IndexError) as caught:
        in_blocks(f, "X", size=20)(PARAMS, X, Y)
    assert not getattr(caught.value, "__notes__", [])
    with pytest.raises(KeyError) as other:
        in_blocks(lambda params, X, Y: params[str(m)], "X")(PARAMS, X, Y)
    assert not getattr(other.value, "__notes__", [])


def test_an_argument_of_another_length_is_none_of_the_data() -> None:
    assert not notes_of(lambda: in_blocks(at_once, "X", size=20)(PARAMS, X, np.ones((1, 50))))


# ----------------------------------------------------------------------------------------------- how it is made


NONE: Any = None


def any_type(x: Any) -> Any:
    """The same; for the type checker anything, which would tell most of these mistakes itself."""
    return x


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: in_blocks(any_type(at_once(PARAMS, X, Y)), ("X", "Y")),
         UseError, r"in_blocks takes a function, and not its result: tuple cannot be called"),
        (lambda: in_blocks(at_once, NONE), GradientError, r"data names .*, as data=\('X', 'Y'\), and is not None"),
        (lambda: in_blocks(at_once, any_type((X, Y))), GradientError, r"data names .*, and is not an array"),
        (lambda: in_blocks(at_once, any_type(X)), GradientError, r"data names .*, and is not an array"),
        (lambda: in_blocks(at_once, any_type(1.0)), GradientError, r"data names .*, and is not 1\.0"),
        (lambda: in_blocks(at_once, True), GradientError, r"data names .*, and is not True"),
        (lambda: in_blocks(at_once, "X, Y"), GradientError, r"no argument 'X, Y'; it has params, X, Y .*\('X', 'Y'\)"),
        (lambda: in_blocks(lambda params, **data: 0.0, "X"), GradientError,
         r"no argument 'X'; it has params, \*\*data: .* lambda params, X: .*\(params, X=X\)"),
        (lambda: in_blocks(lambda params, *data: 0.0, (1, 2)), GradientError,
         r"no argument 2; it has params, \*data: .* a name"),
        (lambda: in_blocks(at_once, "X", True), SettingError, r"the number of an axis, not True"),
        (lambda: in_blocks(at_once, "X", 1000), SettingError, r"over=1000 .* no array has so many axes.* size=1000"),
        (lambda: in_blocks(at_once, "X", size=any_type(1e3)), SettingError, r"a whole number, 1 or more, not 1000\.0"),
        (lambda: in_blocks(at_once, ("X", "Y"))(PARAMS, X), TypeError, r"cost: missing a required argument: 'Y'"),
        (lambda: in_blocks(at_once, "X")(PARAMS, X, Y, 3), TypeError, r"cost: too many positional arguments"),
    ],
)  # fmt: skip
def test_what_is_no_use_of_it_is_told_in_a_line(build: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        build()
    assert error is TypeError or isinstance(caught.value, CompgraphError)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


class Sparse:
    """An array in another form, as SciPy's sparse ones: its slices are none of NumPy's."""

    shape, dtype = (3, m), X.dtype

    def __getitem__(self, index: Any) -> Any:
        return object()


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (("X.npy", Y), DtypeError, r"X is 'X\.npy', .* np\.load\(.*mmap_mode='r'\)"),
        ((Path("X.npy"), Y), DtypeError, r"X is PosixPath.* np\.load"),
        ((None, Y), DtypeError, r"X is None, which is no array"),
        ((X.T, Y.T), ShapeError, r"of shape \(97, 3\) and Y of shape \(97, 1\); along the first .* over='rows'"),
        ((Sparse(), Y), DtypeError, r"a slice of X, of type Sparse, .*toarray"),
        ((iter([None]), iter([Y])), DtypeError, r"X is None, which is no array"),
    ],
)
def test_data_that_are_none_are_told_in_a_line(data: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        in_blocks(at_once, ("X", "Y"))(PARAMS, *data)
    assert isinstance(caught.value, CompgraphError)
    assert "\n" not in str(caught.value)


def test_rows_that_were_taken_for_columns_are_told() -> None:
    with pytest.raises(ShapeError, match=r"along axis 0: .*; along the last they have the same, .* over='columns'"):
        in_blocks(at_once, ("X", "Y"), "rows")(PARAMS, X, Y)
    with pytest.raises(ShapeError) as caught:
        in_blocks(at_once, ("X", "Y"))(PARAMS, X, np.ones((2, 5)))
    assert "have the same" not in str(caught.value)


def test_losses_that_are_not_added_up_are_told_so_and_nothing_else() -> None:
    f = in_blocks(lambda params, X, Y: (params["W"] @ X - Y) ** 2, ("X", "Y"))
    with pytest.raises(
        GradientError, match=r"the shapes \(1, 2\) and \(1, 3\): .*take its mean.*check=False"
    ) as caught:
        f(PARAMS, X, Y)
    assert "penalty" not in str(caught.value)
    f = in_blocks(lambda params, X, Y: tuple(np.sum(y) for y in Y.T), ("X", "Y"))
    with pytest.raises(GradientError, match=r"the result is of another structure than over 2 and 3: .*its mean"):
        f(PARAMS, X, Y)


def test_the_check_gives_no_warnings_of_its_own() -> None:
    def infinite(X: Any) -> Any:
        with np.errstate(divide="ignore"):
            return np.float64(1.0 if X[0, 0] > 0 else -1.0) / 0.0

    values = np.array([[1.0, 1.0, -1.0, 1.0, 1.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        in_blocks(infinite, "X", size=5)(values)
