"""Calls that make no sense are refused on nodes as NumPy refuses them on arrays: by the same kind of error.

And what NumPy can do but cannot be differentiated is refused by name, with what to write instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import compgraph as cg
from compgraph.errors import MissingRuleError

np: Any = numpy  # no type checker lets these calls pass

V = np.array([1.0, 2.0, 3.0])
M = np.arange(1.0, 7.0).reshape(2, 3)
T = np.arange(24.0).reshape(2, 3, 4)

WRONG: dict[str, Callable[[Callable[[Any], Any]], Any]] = {
    "einsum: two terms, one operand": lambda n: np.einsum("ij,jk->ik", n(M)),
    "einsum: a letter too few": lambda n: np.einsum("i->i", n(M)),
    "cumulative_sum: which axis": lambda n: np.cumulative_sum(n(M)),
    "cumulative_prod: which axis": lambda n: np.cumulative_prod(n(M)),
    "diff: -1 times": lambda n: np.diff(n(V), n=-1),
    "gradient: spacings for another number of axes": lambda n: np.gradient(n(M), 1.0, 2.0, 3.0),
    "gradient: too few entries": lambda n: np.gradient(n(V[:2]), edge_order=2),
    "gradient: places of another number": lambda n: np.gradient(n(V), np.array([0.0, 1.0])),
    "diag of three axes": lambda n: np.diag(n(T)),
    "hsplit of a number": lambda n: np.hsplit(n(1.0), 2),
    "vsplit of a vector": lambda n: np.vsplit(n(V), 1),
    "dsplit of a matrix": lambda n: np.dsplit(n(M), 1),
    "max of some without a beginning": lambda n: np.max(n(V), where=np.array([True, False, True])),
    "nanmin of some without a beginning": lambda n: np.nanmin(n(V), where=np.array([True, False, True])),
    "norm of a vector: unknown": lambda n: np.linalg.norm(n(V), "fro"),
    "norm of a matrix: unknown": lambda n: np.linalg.norm(n(M), 7),
    "norm of a matrix: one axis twice": lambda n: np.linalg.norm(n(M), axis=(0, 0)),
    "norm of three axes": lambda n: np.linalg.norm(n(T), "fro"),
    "select: choices for other conditions": lambda n: np.select([V > 1], [n(V), n(V)]),
    "linalg.outer of a matrix": lambda n: np.linalg.outer(n(M), n(V)),
    "tensordot: lengths that differ": lambda n: np.tensordot(n(M), n(M), axes=1),
    "multi_dot of one": lambda n: np.linalg.multi_dot([n(M)]),
    "fliplr of a vector": lambda n: np.fliplr(n(V)),
    "flipud of a number": lambda n: np.flipud(n(1.0)),
    "meshgrid: unknown indexing": lambda n: np.meshgrid(n(V), n(V), indexing="yx"),
    "convolve: unknown mode": lambda n: np.convolve(n(V), n(V), mode="whole"),
    "geomspace from zero": lambda n: np.geomspace(n(0.0), n(1.0), 3),
    "tensorinv: no axes": lambda n: np.linalg.tensorinv(n(M), ind=0),
    "average: weights of another shape": lambda n: np.average(n(M), weights=n(V)),
    "average: weights of another length": lambda n: np.average(n(M), weights=n(V), axis=0),
    "sort along an axis that is not there": lambda n: np.sort(n(V), axis=1),
    "diff along an axis that is not there": lambda n: np.diff(n(V), axis=-2),
    "median along an axis that is not there": lambda n: np.median(n(M), axis=(0, 2)),
    "gradient along an axis that is not there": lambda n: np.gradient(n(V), axis=1),
    "trace along an axis that is not there": lambda n: np.trace(n(M), axis1=-3),
    "cov of three axes": lambda n: np.cov(n(T)),
}


@pytest.mark.parametrize("call", WRONG.values(), ids=list(WRONG))
def test_what_numpy_refuses(call: Callable[[Callable[[Any], Any]], Any]) -> None:
    with pytest.raises((ValueError, TypeError, IndexError)) as by_numpy:
        call(np.asarray)
    with pytest.raises((by_numpy.type, cg.CompgraphError)):
        call(cg.Variable)


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "einsum with dtype=": (lambda x: np.einsum("ij->j", x, dtype=np.float32), "einsum.*dtype=.*leave it out"),
    "svd of hermitian": (lambda x: np.linalg.svd(x @ x.T, hermitian=True), r"hermitian=True.*use eigh"),
    "pinv of hermitian": (lambda x: np.sum(np.linalg.pinv(x @ x.T, hermitian=True)).backward(), "hermitian=True"),
    "pad by its mean": (lambda x: np.pad(x, 1, mode="mean"), "mode='mean'.*the modes that can are: constant, edge"),
    "pad oddly": (lambda x: np.pad(x, 1, mode="reflect", reflect_type="odd"), "reflect_type='even'"),
    "cross of two": (lambda x: np.cross(x[:, :2], x[:, :2]), "make them three"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_differentiated(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(MissingRuleError, match=message):
        call(cg.Variable(M))
