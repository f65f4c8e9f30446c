"""Kinks: found wherever a nudge crosses one, named, and nowhere else."""

from __future__ import annotations

import contextlib
from collections import namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph import OPS, Op
from compgraph.check.kinks import kinks_near, nudged_point
from compgraph.check.numeric import entry_sizes, relative_step
from compgraph.rules.scipy_loading import load_scipy_rules
from tests.sampling import PER_OP, SEEDS, apply, samples

with contextlib.suppress(ImportError):
    import scipy.special  # noqa: F401
load_scipy_rules()

CLIP = {"low": -0.5, "high": 0.5}

KINKED: dict[str, Any] = {
    "relu": cg.relu,
    "leaky_relu": cg.leaky_relu,
    "abs": np.abs,
    "fabs": np.fabs,
    "maximum with a number": lambda z: np.maximum(z, 0.0),
    "minimum with a number": lambda z: np.minimum(z, 0.0),
    "fmax": lambda z: np.fmax(0.0, z),
    "fmin": lambda z: np.fmin(z, 0.0),
    "maximum of two": lambda z: np.maximum(z, 2 * z),
    "maximum, broadcast": lambda z: np.maximum(z, np.zeros((3, 1, 1))),
    "clip": lambda z: np.clip(z, 0.0, 9.0),
    "clip above": lambda z: np.clip(z, None, 0.0),
    "hypot": lambda z: np.hypot(z, 0.0),
    "norm": lambda z: np.linalg.norm(z[:1, :1]),
    "norm of order 1": lambda z: np.linalg.norm(z.ravel(), 1),
    "norm of order inf": lambda z: np.linalg.norm(np.concatenate([z.ravel(), np.zeros(1)]) * 1e-3, -np.inf),
    "std": lambda z: np.std(np.concatenate([z[0, :1], np.zeros(1)])),
    "max": lambda z: np.max(np.concatenate([z[0, :1], np.zeros(1)])),
    "max along an axis": lambda z: np.max(np.stack([z, np.zeros(z.shape)]), axis=0),
    "min of a slice": lambda z: np.min(np.stack([z, np.zeros(z.shape), np.ones(z.shape) * 9]), axis=(0,)),
    "sort": lambda z: np.sort(np.concatenate([z[0, :1], np.zeros(1)])) * np.array([1.0, 3.0]),
    "median": lambda z: np.median(np.concatenate([z[0, :1], np.array([0.0, 5.0])])),
    "sign": lambda z: np.sign(z),
    "floor": np.floor,
    "ceil": np.ceil,
    "rint": lambda z: np.rint(z + 0.5),
    "round": lambda z: np.round(z + 0.05, 1),
    "remainder": lambda z: np.remainder(z, 2.0),
    "floor_divide": lambda z: z // 2.0,
    "heaviside": lambda z: np.heaviside(z, 0.5),
    "copysign": lambda z: np.copysign(1.0, z),
    "arctan2": lambda z: np.arctan2(z, -1.0),
    "sqrt": lambda z: np.sqrt(z),
    "arcsin": lambda z: np.arcsin(1 - np.sqrt(z * z + 1e-300)),
    "power": lambda z: np.maximum(z, -1.0) ** 1.5,
}


def cost_of(kinked: Any, w: Any, X: Any, b: Any) -> Any:
    """A number in which one entry of z = w @ X + b goes through a function with a kink at 0."""
    z = w @ X + b
    return np.sum(kinked(z)), z


@pytest.mark.parametrize("name", KINKED)
@given(seed=SEEDS, log_distance=st.floats(-9, -2), exactly=st.booleans(), side=st.sampled_from([-1.0, 1.0]))
def test_whenever_a_nudge_crosses_a_kink_it_is_found(
    name: str, seed: int, log_distance: float, exactly: bool, side: float
) -> None:
    rng = np.random.default_rng(seed)
    w, X = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    b = 2.0 + np.abs(w @ X) - w @ X  # so that z is 2 or more but in one entry
    b[0, 0] = -(w @ X)[0, 0] + (0.0 if exactly else side * 10**log_distance)
    leaf = cg.Variable(w, "w")
    with np.errstate(all="ignore"):
        output, z = cost_of(KINKED[name], leaf, X, b)
    found = kinks_near(output, names={z: "Z1"})

    sizes = 2 * relative_step(1.0) * entry_sizes(w)
    crossed = False
    for index in np.ndindex(w.shape):
        nudge = np.zeros(w.shape)
        nudge[index] = sizes[index]
        ends = [((w + s * nudge) @ X + b)[0, 0] for s in (-1, 1)]
        crossed |= min(ends) <= 0 <= max(ends)
    if crossed:
        assert found, "a nudge crosses the kink"
        assert found[0].distance <= found[0].reach
    far = abs(z.value[0, 0]) > 100 * np.sum(sizes[0] * np.abs(X[:, 0]))
    if far:
        assert not found


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
@PER_OP
@given(data=st.data(), seed=SEEDS)
def test_away_from_kinks_no_op_is_said_to_have_one(op: Op, data: st.DataObject, seed: int) -> None:
    """The samples that every op is tested with keep away from its kinks, and from ties."""
    sample = data.draw(samples(op))
    leaves = [cg.Variable(x) if i in sample.differentiable else x for i, x in enumerate(sample.inputs)]
    out = apply(op, leaves, sample.params)
    if out.dtype.kind == "c":
        out = out.real + out.imag
    assert kinks_near(np.sum(out), step=1e-5) == []


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.kinks], ids=lambda op: op.name)
@given(data=st.data())
def test_whatever_an_op_declares_as_its_kinks_is_found(op: Op, data: st.DataObject) -> None:
    kink = data.draw(st.sampled_from(op.kinks))
    x = cg.Variable(np.array([op.domain[0][1], kink, op.domain[0][0]]), "x")  # type: ignore[index]
    (found,) = kinks_near(np.sum(apply(op, [x], {})))
    assert (found.op, found.entry, found.distance, found.source, found.node.inputs[0]) == (op.name, (1,), 0.0, "x", x)
    assert found.message.startswith(f"x[1] is {kink:g}, where {op.name} ")


def messages(output: Any, **options: Any) -> list[str]:
    return [kink.message for kink in kinks_near(output, **options)]


def test_what_is_said_names_the_entry_and_the_op() -> None:
    x = cg.Variable(np.array([0.0, 1.0, 1.0]), "x")
    y = cg.Variable(np.array([2.0, 1.0, 3.0]), "y")
    for output, expected in (
        (np.maximum(x, y), ["x[1] and y[1] are equal, and maximum has its kink where they are equal"]),
        (np.max(x), ["x[1] and x[2] are equal, and max has its kink where they are equal"]),
        (np.clip(x, 0.0, 5.0), ["x[0] is 0, where clip has its kink"]),
        (np.linalg.norm(x - x.value), ["norm(subtract) is 0, where norm has its kink"]),
        (np.std(x[1:]), ["std(getitem) is 0, where std has its kink"]),
        (np.sqrt(x), ["x[0] is 0, where sqrt has its edge"]),
        (np.floor(x + 0.5 * x.value - 0.25), []),
        (np.median(x), ["two entries of x are equal, and a sort has its kink where they are equal"]),
        (np.remainder(y, 1.5), ["y[2] / 1.5 is 2, where remainder jumps"]),
        (np.abs(x - 1e-9), ["entry [0] of subtract is 1e-09 away from 0, where absolute has its kink"]),
        (np.abs(np.sum(x) - 2), ["subtract is 0, where absolute has its kink"]),
        (np.maximum(x, np.ones((2, 1))), ["x[1] is 1, where maximum has its kink"]),
        (np.exp(x) * y, []),
        (np.arctan2(x, y), []),
        (np.arctan2(x, -y), ["x[0] is 0, where arctan2 jumps"]),
    ):
        assert messages(np.sum(output))[:1] == expected


def test_a_name_given_by_the_caller_goes_before_the_node_s_own() -> None:
    w = cg.Variable(np.array([[0.0, 1.0]]), "w")
    z = w * 2.0
    z.name = "z"
    output = np.sum(cg.relu(z))
    assert messages(output) == ["z[0,0] is 0, where relu has its kink"]
    (found,) = kinks_near(output, names={z: "Z1"})
    assert (found.message, found.source) == ("Z1[0,0] is 0, where relu has its kink", "Z1")


def test_an_input_that_no_nudge_moves_is_at_no_kink() -> None:
    w = cg.Variable(np.array([-1.0, 2.0]))
    assert kinks_near(np.sum(cg.relu(cg.relu(w)))) == []  # relu(-1) is 0, and stays it
    assert kinks_near(np.sum(w * cg.relu(0.0 * w.value))) == []


def test_only_the_leaves_of_a_mapping_move() -> None:
    v, w = cg.variables(v=[0.0, 1.0], w=[0.0, 1.0])
    output = np.sum(np.abs(v) + cg.relu(w))
    assert [kink.source for kink in kinks_near(output, step={w: 1e-6})] == ["w"]
    assert [kink.source for kink in kinks_near(output, step={v: np.array([1e-6, 0.0])})] == ["v"]
    assert kinks_near(output, step={v: np.array([0.0, 1e-6])}) == []
    assert len(kinks_near(output, step={v: 2.0, w: 2.0})) == 4


def test_the_closest_of_many_come_first_and_no_more_than_asked_for() -> None:
    w = cg.Variable(np.array([3e-6, 0.0, -1e-6, 2e-6, 1.0]), "w")
    found = kinks_near(np.sum(cg.relu(w)), step={w: 1e-5}, most=3)
    assert [kink.entry for kink in found] == [(1,), (2,), (3,)]


def test_single_precision_is_searched_as_it_is_nudged() -> None:
    """In single precision 1 + 1e-6 nudges are a few units in the last place; the nudges are of double precision."""
    w = cg.Variable(np.array([1.0, 1.0], np.float32), "w")
    output = np.sum(np.abs(w - np.float32(1 + 1e-3)))
    assert kinks_near(output, step=1e-9) == []
    assert len(kinks_near(output, step=1e-2)) == 2
    assert (
        len(kinks_near(np.sum(np.abs(w - np.float32(1))), step=1e-9)) == 2
    )  # a step that single precision cannot make


@given(seed=SEEDS, size=st.sampled_from([1e-6, 1e-3, 0.1]))
def test_a_nudged_point_is_off_the_kinks_it_was_at(seed: int, size: float) -> None:
    parameters = {"W": np.zeros((2, 3)), "b": np.zeros((2, 1))}
    X = np.random.default_rng(seed).normal(size=(3, 4))

    def output(W: Any, b: Any) -> Any:
        return np.sum(cg.relu(cg.Variable(W) @ X + cg.Variable(b)))

    assert kinks_near(output(**parameters))
    moved = nudged_point(parameters, np.random.default_rng(seed), size)
    for name, at in parameters.items():
        away = np.abs(moved[name] - at)
        assert np.all((0.5 * size <= away) & (away <= size))
        assert not np.any(at)
    assert kinks_near(output(**moved), step={}) == []
    assert all(kink.distance > 0 for kink in kinks_near(output(**moved)))


def test_a_nudged_point_keeps_the_form_of_the_parameters() -> None:
    Layer = namedtuple("Layer", "W b")
    W = np.ones((2, 2), np.float32)
    W.setflags(write=False)
    moved = nudged_point([Layer(W, 1.0), {"n": np.array([1, 2]), "s": np.float32(2.0)}])
    layer, rest = moved
    assert type(layer) is Layer
    assert (layer.W.dtype, type(layer.b), rest["n"].dtype, type(rest["s"])) == (
        np.float32,
        float,
        np.float64,
        np.float32,
    )
    assert not np.any(layer.W == 1)
    assert np.array_equal(nudged_point(W), nudged_point(W))
    assert type(nudged_point(3.0)) is float
