"""The sweep over steps: slopes 1 and 2 for a right gradient, 0 for a wrong one, none where there is no truncation."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.step_sweep import METHODS, step_sweep
from compgraph.errors import MissingExtraError, SettingError, ShapeError
from compgraph.networks.two_layer import two_layer_cost

SEEDS = st.integers(0, 2**32 - 1)

COSTS: dict[str, Any] = {
    "exp": lambda w: np.sum(np.exp(w)),
    "cube and an offset": lambda w: 100 + np.sum(w**3 + w**2),
    "tanh of sums": lambda w: np.sum(np.tanh(np.cumsum(w) + 0.7)),
    "log of a sum": lambda w: np.log(np.sum(np.exp(w))),
    "product": lambda w: np.prod(w + 3),
}


@pytest.mark.parametrize("name", COSTS)
@given(seed=SEEDS, size=st.integers(3, 40), scale=st.sampled_from([0.01, 1.0]))
def test_the_errors_of_a_right_gradient_fall_with_the_power_of_the_method(
    name: str, seed: int, size: int, scale: float
) -> None:
    cost = COSTS[name]
    w = np.random.default_rng(seed).normal(size=size) * scale / size**0.5
    found = step_sweep(cost, w, cg.grad(cost)(w))
    for method in found.errors:
        slope = found.slope(method)
        # more where the leading term of the error happens to be next to nothing along the direction; never less
        assert slope is None or -0.3 < slope - METHODS[method] < METHODS[method] + 0.3
    if scale == 1.0 and abs(found.derivative) > 0.1:
        assert found.slope("forward") is not None
        assert list(found.errors) == list(METHODS)
        assert found.slope("complex") is not None
        assert found.floor["complex"] < 1e-11
        assert found.floor["central"] < 1e-3 * found.errors["central"][0]


@given(
    seed=SEEDS,
    activation=st.sampled_from([np.tanh, cg.sigmoid, cg.softplus]),
    off=st.sampled_from([1e-1, 1e-3, -1e-4]),
)
def test_the_errors_of_a_wrong_gradient_stay(seed: int, activation: Any, off: float) -> None:
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(3, 20)), (rng.random((1, 20)) < 0.5).astype(float)
    W1, b1, W2, b2 = rng.normal(size=(4, 3)), rng.normal(size=(4, 1)), rng.normal(size=(1, 4)), np.zeros((1, 1))

    def cost(W1: Any) -> Any:
        return np.mean(cg.binary_cross_entropy_with_logits(W2 @ activation(W1 @ X + b1) + b2, Y))

    gradient = cg.grad(cost)(W1)
    wrong = step_sweep(cost, W1, gradient * (1 + off))
    slope = wrong.slope("central")
    assert slope is not None
    assert abs(slope) < 0.3
    middling = (wrong.steps > 1e-7) & (wrong.steps < 1e-4)
    np.testing.assert_allclose(wrong.errors["central"][middling], abs(off / (1 + off)), rtol=0.1)
    assert step_sweep(cost, W1, gradient).errors["central"][middling].max() < 0.1 * abs(off)


def test_a_network_of_the_package() -> None:
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(4, 50)), (rng.random((1, 50)) < 0.5).astype(float)
    W1, b1, W2, b2 = rng.normal(size=(5, 4)), np.zeros((5, 1)), rng.normal(size=(1, 5)), np.zeros((1, 1))

    def cost(W1: Any) -> Any:
        return two_layer_cost(W1, b1, W2, b2, X, Y, "tanh")

    found = step_sweep(cost, W1, cg.grad(cost)(W1))
    assert list(found.errors) == ["forward", "central"]  # cg.sigmoid refuses complex numbers
    assert found.slope("forward") == pytest.approx(1, abs=0.05)
    assert found.slope() == pytest.approx(2, abs=0.05)
    assert found.floor["central"] < 1e-9 < 1e-8 < found.floor["forward"] * 10


def test_without_truncation_there_is_no_slope() -> None:
    w = np.random.default_rng(0).normal(size=7)
    linear = step_sweep(lambda w: np.sum(3 * w), w, np.full(7, 3.0))
    assert [linear.slope(method) for method in METHODS] == [None, None, None]
    quadratic = step_sweep(lambda w: np.sum(w**2), w, 2 * w)
    assert quadratic.slope("forward") == pytest.approx(1, abs=0.05)
    assert quadratic.slope("central") is None
    assert "none" in str(quadratic)
    assert "none" in repr(quadratic)
    constant = step_sweep(lambda w: 3.0, w, np.zeros(7))
    assert constant.slope("forward") is None
    assert constant.floor["forward"] == 0.0


def test_a_gradient_of_single_precision_is_right_to_its_own_digits() -> None:
    w = np.linspace(-1, 1, 9)
    found = step_sweep(lambda w: np.sum(np.exp(w)), w, np.exp(w).astype(np.float32))
    assert found.slope("forward") == pytest.approx(1, abs=0.05)
    assert found.slope("central") is None  # its floor is seen, and not taken for an error of the formula


def test_large_steps_across_kinks_are_not_fitted() -> None:
    """Across a kink the error falls with no power at all, and only the steps below do as they should."""
    w = np.concatenate([np.linspace(0.5, 1.5, 9), [-0.05, 0.03, 0.004, -0.003]])

    def cost(w: Any) -> Any:
        return np.sum(np.exp(w)) + 10 * np.sum(np.maximum(w, 0))

    found = step_sweep(cost, w, cg.grad(cost)(w))
    assert found.slope("central") == pytest.approx(2, abs=0.05)
    few = step_sweep(cost, w, cg.grad(cost)(w).astype(np.float32), steps=np.logspace(-1, -3, 9))
    assert few.slope("central") is None
    assert str(few).endswith("no slope to fit")


def test_the_direction_moves_every_entry_and_is_always_the_same() -> None:
    w = np.linspace(1, 2, 30)
    for i in range(30):
        wrong = np.ones(30)
        wrong[i] += 0.5
        assert step_sweep(np.sum, w, wrong).floor["central"] > 1e-3
    again = [step_sweep(np.sum, w, np.ones(30)).derivative for _ in range(2)]
    assert again[0] == again[1] != step_sweep(np.sum, w, np.ones(30), rng=np.random.default_rng(9)).derivative


def test_steps_and_methods_can_be_chosen() -> None:
    w = np.array([[0.3, 0.5]])
    found = step_sweep(lambda w: np.sum(np.exp(w)), w, np.exp(w), steps=[1e-4, 1e-2, 1e-3], methods=["central"])
    assert found.steps.tolist() == [1e-2, 1e-3, 1e-4]
    assert list(found.errors) == ["central"]
    assert found.slope("central") is None  # of three steps
    with pytest.raises(SettingError, match="no method 'forward'; it has central"):
        found.slope("forward")
    with pytest.raises(SettingError, match="no method 'backward': take some of forward, central, complex"):
        step_sweep(np.sum, w, w, methods=["backward"])
    with pytest.raises(SettingError, match="does not allow the complex step"):
        step_sweep(lambda w: np.sum(np.abs(w)), w, np.sign(w), methods=["complex"])
    with pytest.raises(SettingError, match="no sequence of positive numbers"):
        step_sweep(np.sum, w, w, steps=[1e-3, 0.0])
    with pytest.raises(ShapeError, match=r"shape \(2,\).*\(1, 2\)"):
        step_sweep(np.sum, w, np.ones(2))


def test_steps_out_of_the_domain_of_the_cost_are_no_trouble() -> None:
    w = np.array([0.01, 1.0])
    found = step_sweep(lambda w: np.sum(np.log(w)), w, 1 / w)
    assert np.isnan(found.errors["central"][0]) or found.errors["central"][0] > 0.1
    assert found.slope("central") == pytest.approx(2, abs=0.1)
    assert len(str(found).splitlines()) == 2 + 15 + 2


def test_the_table_and_the_picture_show_each_method(tmp_path: Any) -> None:
    pytest.importorskip("matplotlib", reason="the picture is drawn by matplotlib")
    w = np.array([0.3, 0.5])
    found = step_sweep(lambda w: np.sum(np.sin(w)), w, np.cos(w))
    assert str(found).splitlines()[0].split() == ["step", *METHODS]
    assert max(map(len, str(found).splitlines())) <= 100
    figure = found.plot(tmp_path / "sweep.png")
    assert (tmp_path / "sweep.png").read_bytes()[:4] == b"\x89PNG"
    (axes,) = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_xlabel().startswith("step h")
    assert axes.get_ylabel() == "relative difference"
    assert [text.get_text() for text in axes.texts] == ["∝ h²", "∝ h", "rounding, ∝ 1/h"]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [f"{method}: {power}.00 (expected {power})" for method, power in METHODS.items()]
    curves = [line for line in axes.lines if line.get_label() in labels]
    assert len({line.get_marker() for line in curves}) == len({line.get_color() for line in curves}) == len(METHODS)
    for line, errors in zip(curves, found.errors.values(), strict=True):
        drawn = np.asarray(line.get_ydata())
        assert np.array_equal(drawn[errors > 0], errors[errors > 0])
        assert np.all(drawn > 0)
    picture = found._repr_png_()
    assert picture is not None
    assert picture[:4] == b"\x89PNG"


def test_without_matplotlib_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    found = step_sweep(lambda w: np.sum(np.exp(w)), np.zeros(2), np.ones(2))
    with pytest.raises(MissingExtraError, match=r"compgraph\[plot\]"):
        found.plot()
    assert found._repr_png_() is None
    assert "central" in str(found)
