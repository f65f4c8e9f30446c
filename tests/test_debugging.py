"""Debugging: the first NaN or infinity by name and line, and arrays that changed behind the graph's back."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import MutationError, NonFiniteError

Variable: Any = cg.Variable


def line_of(text: str) -> int:
    """The number of the line of this file that ends with a marker."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    (number,) = [i for i, line in enumerate(lines, 1) if line.endswith(f"# {text}")]
    return number


# ------------------------------------------------------------------------------------------------- NaN and infinities


def test_the_first_op_that_makes_an_infinity_is_named() -> None:
    with cg.debug():
        x = Variable([[1.0, 2.0], [3.0, 0.0]], name="x")
        with pytest.raises(NonFiniteError, match=r"^log made -inf at \[1, 1\] from x\[1, 1\] = 0\.0; ") as caught:
            np.sum(np.exp(np.log(x) * 2))  # the logarithm
        assert f"{__file__}:{line_of('the logarithm')}: np.sum(np.exp(np.log(x) * 2))" in str(caught.value)
        assert isinstance(caught.value, cg.CompgraphError)
        assert isinstance(caught.value, FloatingPointError)


FORWARD: dict[str, tuple[Callable[[], Any], str]] = {
    "a column meets a row": (
        lambda: Variable([[1.0], [0.0]], "a") / Variable([2.0, 0.0], "b"),
        r"divide made inf at \[0, 1\] from a\[0, 0\] = 1\.0, b\[1\] = 0\.0",
    ),
    "numbers": (lambda: 1 / Variable(0.0, "q"), r"divide made inf from constant = 1, q = 0\.0"),
    "a function of a number": (lambda: np.log(Variable(-1.0, "q")), r"log made nan from q = -1\.0"),
    "a product": (
        lambda: Variable([[1e200, 3.0]], "W") @ np.array([[1e200], [1.0]]),
        r"matmul made inf at \[0, 0\] from W \(1, 2\) between 3 and 1e\+200, constant \(2, 1\) between 1 and 1e\+200",
    ),
    "a reduction": (lambda: np.prod(Variable([1e200, 1e200], "x")), r"prod made inf from x \(2,\) between 1e\+200"),
    "a node without a name": (
        lambda: np.sqrt(Variable([1.0], "x") - 2),
        r"sqrt made nan at \[0\] from subtract\[0\] = -1",
    ),
}


@pytest.mark.parametrize(("make", "message"), FORWARD.values(), ids=FORWARD.keys())
def test_what_went_in_is_told(make: Callable[[], Any], message: str) -> None:
    with cg.debug(), pytest.raises(NonFiniteError, match=message):
        make()


def test_a_nan_that_was_given_is_nobodys_fault() -> None:
    with cg.debug():
        x = Variable([np.nan, 2.0])
        J = np.nansum(x * x)
        J.backward()
    np.testing.assert_array_equal(x.grad, [0.0, 4.0])


def test_the_first_rule_that_makes_an_infinity_is_named() -> None:
    with cg.debug():
        x = Variable([4.0, 0.0], name="x")
        J = 3 * np.sum(np.sqrt(x))  # the root
        with pytest.raises(
            NonFiniteError, match=r"the derivative rule of sqrt for x \(2,\) made inf at \[1\]"
        ) as caught:
            J.backward()
        assert "x[1] = 0.0, cotangent = 3.0, sqrt[1] = 0.0" in str(caught.value)
        assert f"{__file__}:{line_of('the root')}: " in str(caught.value)
        assert x.grad is None
        with pytest.raises(NonFiniteError):
            cg.gradients(J, [x])
        with pytest.raises(NonFiniteError):
            cg.grad(lambda x: np.sum(np.sqrt(x)))(x.value)


def test_zeros_are_strong_in_a_block_too() -> None:
    with cg.debug():
        x = Variable([0.0, 4.0])
        np.sum(np.where(x.value > 0, np.sqrt(x), 0.0)).backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.25])


# ------------------------------------------------------------------------------------------------------ changed arrays


def cost(w: Any, X: Any) -> Any:
    return np.sum(w * X)  # the use of X


def test_a_changed_constant_is_named_with_both_lines() -> None:
    X = np.array([1.0, 2.0])
    with cg.debug():
        w = Variable([1.0, 1.0])
        J = cost(w, X)
        J.backward()
        np.testing.assert_array_equal(w.grad, [1.0, 2.0])
        X[0] = 5.0
        with pytest.raises(MutationError, match=r"^X, an array of shape \(2,\), was changed") as caught:
            J.backward()  # the sweep
        assert f"recorded at {__file__}:{line_of('the use of X')}: " in str(caught.value)
        assert f"noticed by {__file__}:{line_of('the sweep')}: " in str(caught.value)
        np.testing.assert_array_equal(w.grad, [1.0, 2.0])
        X[0] = 1.0  # as it was
        J.backward()


def test_any_array_of_the_graph_is_watched() -> None:
    picked, mask = np.array([0, 1, 1]), np.array([True, False, True])
    with cg.debug():
        x = Variable([1.0, 2.0, 3.0])
        for change, J in (
            (picked, np.sum(x[picked] ** 2)),
            (mask, np.sum(np.where(mask, x, -x))),
            ((y := np.exp(x)).value, np.sum(y)),
        ):
            cg.gradients(J, [x])
            before = change.copy()
            change[0] = change[1]
            with pytest.raises(MutationError, match="was changed after it was recorded"):
                cg.gradients(J, [x])
            change[...] = before
            cg.gradients(J, [x])


# ------------------------------------------------------------------------------------------------------------ the block


def test_nodes_know_where_they_were_recorded() -> None:
    with cg.debug():
        x = Variable(2.0)  # the leaf
        y = np.tanh(x) * 3  # the product
    assert x.source == f"{__file__}:{line_of('the leaf')}"
    assert y.source == f"{__file__}:{line_of('the product')}"
    assert (x * 2).source is None


def test_a_block_leaves_nothing_behind() -> None:
    plain = cg.Node.__init__
    with pytest.raises(ZeroDivisionError), cg.debug(), cg.debug():
        1 / 0
    assert cg.Node.__init__ is plain
    with cg.debug():
        with cg.debug():
            pass
        with pytest.raises(NonFiniteError):
            np.log(Variable(0.0))
    assert cg.Node.__init__ is plain
    with np.errstate(divide="ignore"):
        assert np.log(Variable(0.0)).value == -np.inf
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        np.log(Variable([0.0]))


def test_a_graph_made_before_the_block_may_be_swept_in_it() -> None:
    x = Variable([0.0, 4.0], name="x")
    J = np.sum(np.sqrt(x))
    with cg.debug(), pytest.raises(NonFiniteError, match="recorded at an unknown line"):
        J.backward()


def test_other_threads_do_not_notice() -> None:
    seen: list[Any] = []

    def elsewhere() -> None:
        x = Variable([0.0, 4.0])
        with np.errstate(divide="ignore"):
            np.sum(np.sqrt(x)).backward()
        seen.extend([x.grad.tolist(), x.source])

    with cg.debug():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert seen == [[np.inf, 0.25], None]


def test_the_gradients_of_a_block_are_those_outside() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.tanh(x) ** 2) + np.max(x) * np.log(x[1])

    x = np.array([0.5, 1.5, -2.0])
    plain, curved = cg.grad(f)(x), cg.hessian(f)(x)
    with cg.debug():
        np.testing.assert_array_equal(cg.grad(f)(x), plain)
        np.testing.assert_allclose(cg.hessian(f)(x), curved, rtol=1e-15)


def test_it_decorates() -> None:
    @cg.debug()
    def careful() -> Any:
        return np.log(Variable(0.0, "x"))

    with pytest.raises(NonFiniteError, match=re.escape("log made -inf from x = 0.0")):
        careful()
