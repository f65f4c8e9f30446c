"""Tracers: what is known of them, and that everything NumPy and Python do with them is written down."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile.capture import capture, signature_of
from compgraph.compile.tracer import Tracer
from compgraph.errors import TracingError
from tests.compile.comparing import same_when_compiled

X = np.arange(6.0).reshape(2, 3)


def traced(x: Any) -> Tracer:
    """A tracer of a value."""
    node = cg.Node(None, x, ())
    return Tracer(x, node)


@pytest.mark.parametrize("x", [X, 2.5, 3, np.float32(1.5), 1 + 2j, np.zeros((0, 3)), np.array(True)], ids=repr)
def test_what_is_known(x: Any) -> None:
    t = traced(x)
    assert (t.shape, t.ndim, t.size) == (np.shape(x), np.ndim(x), np.size(x))
    assert t.dtype == np.asarray(x).dtype
    assert (np.shape(t), np.ndim(t), np.size(t), np.result_type(t.dtype)) == (t.shape, t.ndim, t.size, t.dtype)
    assert np.iscomplexobj(t) == np.iscomplexobj(x)
    assert t.value is t
    assert isinstance(t, type(x))
    assert copy.copy(t) is copy.deepcopy(t) is t


def test_functions_of_the_shape_are_constants() -> None:
    program = capture(lambda x: x * np.ones_like(x) * np.size(x), *signature_of((X,), {}))
    assert [node.op.name for node in program.tape if node.op and node.op.name != "constant"] == ["multiply", "multiply"]


def test_an_attribute_that_arrays_have() -> None:
    assert not hasattr(traced(X), "sort")
    with pytest.raises(TracingError, match="sort of a value that is not known"):
        traced(X).sort()
    with pytest.raises(AttributeError, match="'ndarray' object has no attribute 'srot'"):
        traced(X).srot()
    with pytest.raises(AttributeError, match="'float' object has no attribute 'mean_'"):
        traced(2.0).mean_()


METHODS: dict[str, Any] = {
    "T": lambda x: x.T, "real": lambda x: x.real, "imag": lambda x: x.imag, "reshape": lambda x: x.reshape(3, -1),
    "reshape in order": lambda x: x.reshape((3, 2), order="F"), "transpose": lambda x: x.transpose(1, 0),
    "transpose()": lambda x: x.transpose(), "astype": lambda x: x.astype(np.float32), "copy": lambda x: x.copy(),
    "flatten": lambda x: x.flatten(), "ravel": lambda x: x.ravel("F"), "sum": lambda x: x.sum(axis=0, keepdims=True),
    "mean": lambda x: x.mean(1), "max": lambda x: x.max(), "min": lambda x: x.min(0), "prod": lambda x: x.prod(),
    "var": lambda x: x.var(), "std": lambda x: x.std(axis=1), "dot": lambda x: x.dot(x.T),
    "clip": lambda x: x.clip(1, 3),
    "squeeze": lambda x: x[None].squeeze(), "swapaxes": lambda x: x.swapaxes(0, 1), "cumsum": lambda x: x.cumsum(),
    "round": lambda x: (x / 3).round(2), "diagonal": lambda x: x.diagonal(), "trace": lambda x: x.trace(),
    "repeat": lambda x: x.repeat(2, axis=0), "take": lambda x: x.take([0, 2]), "any": lambda x: (x > 3).any(),
    "all": lambda x: (x > 3).all(axis=0), "argmax": lambda x: x.argmax(), "argsort": lambda x: x.argsort(axis=0),
    "conj": lambda x: x.conj(), "conjugate": lambda x: x.conjugate(), "ptp": lambda x: np.ptp(x),
    "len": lambda x: x * len(x), "iter": lambda x: [row * 2 for row in x], "index": lambda x: x[1, ::-1],
    "index of one": lambda x: x[0, 1], "new axis": lambda x: x[:, None, ..., 0], "list": lambda x: x[[1, 0]],
    "taken by what is computed": lambda x: x[:, np.argsort(x[0])], "mask": lambda x: x[np.array([True, False])],
    "along": lambda x: np.take_along_axis(x, np.argsort(x, axis=1), 1), "last": lambda x: x[np.argmax(x[:, 0])],
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_every_method(name: str) -> None:
    rng = np.random.default_rng(0)
    same_when_compiled(METHODS[name], *[(rng.normal(size=(2, 3)),) for _ in range(3)])


OPERATORS: dict[str, Any] = {
    "arithmetic": lambda x, y: (x + y, x - y, x * y, x / y, x // y, x % y, x**2, -x, +x, abs(x), divmod(x, y)),
    "from the left": lambda x, y: (2 + x, 2 - x, 2 * x, 2 / x, 2 // x, 2 % x, 2**x),
    "comparisons": lambda x, y: (x < y, x <= y, x > y, x >= y, x == y, x != y),
    "of masks": lambda x, y: ((x > 0) & (y > 0), (x > 0) | (y > 0), (x > 0) ^ (y > 0), ~(x > 0)),
    "ufuncs": lambda x, y: (np.add.reduce(x, axis=None), np.subtract.outer(x, y), np.maximum.accumulate(np.ravel(x))),
    "parameters of ufuncs": lambda x, y: (np.add(x, y, dtype=np.float32), np.exp(x, where=True), np.modf(x)),
    "several results": lambda x, y: (np.frexp(x), np.meshgrid(np.ravel(x), np.ravel(y))),
    "in lists": lambda x, y: (np.stack([x, y, x]), np.concatenate((np.ravel(x), np.ravel(y))), np.block([[x, y]])),
    "einsum": lambda x, y: np.einsum("...,...->...", x, y) * np.vdot(x, y),
    "choices": lambda x, y: (np.where(x > y, x, y), np.select([x > 1, y > 1], [x, y], 0.5), np.clip(x, y - 1, y + 1)),
}  # fmt: skip


@pytest.mark.parametrize("shape", [(), (2, 3)], ids=repr)
@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator(name: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    draws = [tuple(x if shape else float(x) for x in rng.normal(size=(2, *shape))) for _ in range(3)]
    same_when_compiled(OPERATORS[name], *draws)
