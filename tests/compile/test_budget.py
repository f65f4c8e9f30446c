"""Budgets of memory: one that can be kept is kept, and of one that cannot what is said is what is measured."""

from __future__ import annotations

import gc
import re
import threading
import tracemalloc
import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile import budget
from compgraph.compile.loading import loaded
from compgraph.nested import flatten

OWN = 30_000
"""So many bytes the interpreter takes for itself: numbers, frames, code that is specialised as it runs."""

rng = np.random.default_rng(0)
m = 40_000
X, Y = rng.normal(size=(30, m)), (rng.random((1, m)) < 0.5) * 1.0
weights = (rng.normal(size=(16, 30)) / 10, np.zeros((16, 1)), rng.normal(size=(1, 16)) / 10, np.zeros((1, 1)))
images, classes = rng.normal(size=(784, 600)), np.eye(10)[:, rng.integers(0, 10, 600)]
order = rng.permutation(400)


def two_layers(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    A1 = np.tanh(W1 @ X + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1]


def of_constants(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    return two_layers(W1, b1, W2, b2, X, Y)


def digits(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    Z = W2 @ np.maximum(W1 @ images + b1, 0.0) + b2
    return np.mean(cg.logsumexp(Z, axis=0) - np.sum(classes * Z, axis=0))


def deep(x: Any) -> Any:
    for _ in range(12):
        x = np.tanh(x) * 0.9 + 0.1 * np.sin(x)
    return np.sum(x * x)


def convolution(x: Any, kernel: Any, further: Any) -> Any:
    for k in (kernel, further):
        rows = np.arange(len(k)) + np.arange(len(x) - len(k) + 1)[:, None]
        x = np.tanh(np.tensordot(x[rows[:, None, :, None], rows[None, :, None, :]], k, axes=2))
    return np.sum(x * x)


def products(x: Any, *factors: Any) -> Any:
    for factor in factors:
        x = x @ factor
    return np.sum(x * x)


def solved(A: Any, b: Any) -> Any:
    for _ in range(4):
        b = np.tanh(np.linalg.solve(A, b))
    return np.sum(b * b)


def branches(x: Any) -> Any:
    for i in range(12):
        z = x[order] * 1.1 + 0.05 * i
        x = np.where(z > 0, z, 0.01 * z)
    return np.sum(x * x)


def large(x: Any) -> Any:
    y = np.exp(-x * x)
    z = np.sin(y)
    return y, (y @ z.T, x.T * 2, z.T), {"sum": np.sum(z, axis=0)}


def single(x: Any) -> Any:
    return tuple([part.astype(np.float32) for part in x])


def factors(*sizes: int) -> list[Any]:
    return [rng.normal(size=shape) / 10 for shape in pairwise(sizes)]


EVERY: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "deep": (cg.value_and_grad(deep), (rng.normal(size=(300, 100)),)),
    "examples as constants": (cg.value_and_grad(of_constants, (0, 1, 2, 3)), weights),
    "examples as arguments": (cg.value_and_grad(two_layers, (0, 1, 2, 3)), (*weights, X, Y)),
    "float32": (cg.value_and_grad(two_layers, (0, 1, 2, 3)), single((*weights, X, Y))),
    "digits": (
        cg.value_and_grad(digits, (0, 1, 2, 3)),
        (rng.normal(size=(128, 784)) / 20, np.zeros((128, 1)), rng.normal(size=(10, 128)) / 10, np.zeros((10, 1))),
    ),
    "convolution": (
        cg.value_and_grad(convolution, (0, 1, 2)),
        (rng.normal(size=(60, 60)), rng.normal(size=(5, 5)) / 5, rng.normal(size=(5, 5)) / 5),
    ),
    "products": (
        cg.value_and_grad(products, tuple(range(6))),
        (rng.normal(size=(300, 200)), *factors(200, 150, 300, 100, 250, 50)),
    ),
    "solved": (cg.grad(solved, (0, 1)), (rng.normal(size=(150, 150)) + 20 * np.eye(150), rng.normal(size=(150, 200)))),
    "branches": (cg.value_and_grad(branches), (rng.normal(size=(400, 100)),)),
    "large results": (large, (rng.normal(size=(300, 200)),)),
}


def taken(f: Any, arguments: Any) -> tuple[int, Any]:
    """The bytes that a call takes at its peak with the memory that is made for it, and its result."""
    f(*arguments)
    version = f._versions[-1]
    make = loaded(version.source)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        with np.errstate(all="ignore"):
            result = make()(*arguments)
            assert version.finite(result)
        return tracemalloc.get_traced_memory()[1] - before, result
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("share", [0.9, 0.4, 0.01])
@pytest.mark.parametrize("name", EVERY)
def test_it_is_kept_or_what_is_said_is_what_is_measured(name: str, share: float) -> None:
    f, arguments = EVERY[name]
    free, expected = taken(cg.compile(f), arguments)
    asked = int(share * free)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        nbytes, found = taken(cg.compile(f, memory=asked), arguments)
    said = [int(n) for n in re.findall(r" takes (\d+) bytes at least", " ".join(str(w.message) for w in told))]
    if said:
        assert asked < said[0] < free
        assert 0.95 * said[0] - OWN <= nbytes <= 1.05 * said[0] + OWN
    else:
        assert nbytes <= asked + OWN
    assert (not said) or share < 0.9
    for x, y in zip(flatten(found)[0], flatten(expected)[0], strict=True):
        np.testing.assert_allclose(x, y, rtol=0, atol=np.max(np.abs(y)) * 200 * np.finfo(np.asarray(y).dtype).eps)


@pytest.mark.parametrize("nbytes", [800_000, 400_000, 250_000])
def test_blocks_are_as_short_as_it_takes(nbytes: int) -> None:
    """All results of a layer at once are 5 MB; the blocks are the longest that fit."""
    f, arguments = EVERY["examples as arguments"]
    bound = cg.compile(f, memory=nbytes, threads=1)
    held, _ = taken(bound, arguments)
    assert 0.3 * nbytes <= held <= nbytes + OWN
    assert "def block(" in bound.source


def mixed(x: Any) -> Any:
    """What NumPy's functions make on their way is as large as their results."""
    for _ in range(8):
        x = np.tanh(np.einsum("ij,jk->ik", np.roll(x, 1, axis=0), np.eye(100)))
        x = x - np.mean(x) + np.std(x, axis=0)
    return np.sum(x * x)


def test_what_functions_take_on_their_way_counts() -> None:
    x = rng.normal(size=(300, 100))
    bound = cg.compile(cg.value_and_grad(mixed), memory=int(7.5 * x.nbytes))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nbytes, found = taken(bound, (x,))
    assert nbytes <= 7.5 * x.nbytes + OWN
    np.testing.assert_allclose(found[1], cg.grad(mixed)(x), rtol=0, atol=1e-10 * np.max(np.abs(found[1])))


def test_shapes_share_memory_where_there_is_little() -> None:
    """Buffers belong to a shape each, which is more than what is held at once."""
    f, arguments = EVERY["products"]
    free = cg.compile(f, threads=1)
    nbytes, _ = taken(free, arguments)
    bound = cg.compile(f, memory=nbytes // 2, threads=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert taken(bound, arguments)[0] <= nbytes // 2 + 10_000
    assert len(bound.tape) == len(free.tape)  # nothing was computed again for it


@pytest.mark.parametrize("threads", [1, 2])
def test_the_fastest_that_fits_is_taken(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one thread the first, whatever the clock says: every process gets the same digits."""
    f, arguments = EVERY["examples as arguments"]
    forms: list[Any] = []
    inner = budget.measured

    def measured(program: Any, source: Any, given: Any) -> Any:
        form = inner(program, source, given)._replace(seconds=-len(forms))  # the later, the faster
        forms.append(form if forms else form._replace(nbytes=10**12))
        return forms[-1]

    monkeypatch.setattr(budget, "measured", measured)
    monkeypatch.setattr(budget, "SHORTEST", 1 << 14)  # shorter blocks may be slower than all at once
    bound = cg.compile(f, memory="40MB", threads=threads)
    bound(*arguments)
    fit = [form.source.text for form in forms if form.nbytes <= 40_000_000]
    assert len(fit) > 1
    assert bound.source == fit[0 if threads == 1 else -1]


@pytest.mark.parametrize("nbytes", [800_000, 500_000])
def test_threads_share_what_one_would_take(nbytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    f, arguments = EVERY["examples as arguments"]
    forms: list[Any] = []
    inner = budget._form_in_blocks

    def noted(program: Any, tiling: Any, threads: int, once: Any, given: Any) -> Any:
        forms.append((threads, inner(program, tiling, threads, once, given)))
        return forms[-1][1]

    monkeypatch.setattr(budget, "_form_in_blocks", noted)
    monkeypatch.setattr(budget, "SHORTEST", 16)
    bound = cg.compile(f, memory=nbytes, threads=2)
    bound(*arguments)
    *_, (one, alone), (two, together) = forms
    assert (one, two) == (1, 2)
    assert together.block == alone.block // 2
    assert together.nbytes <= 1.2 * alone.nbytes + OWN


def test_whoever_traces_memory_finds_the_peak_that_there_was() -> None:
    f, arguments = EVERY["deep"]
    tracemalloc.start()
    try:
        large = np.empty(10**8, np.uint8)
        del large
        highest = tracemalloc.get_traced_memory()[1]
        with pytest.warns(cg.CompileWarning, match="at least"):
            cg.compile(f, memory="100KB")(*arguments)
        assert tracemalloc.is_tracing()
        assert highest <= tracemalloc.get_traced_memory()[1] <= highest + 10**7
    finally:
        tracemalloc.stop()


def test_nothing_is_left_tracing() -> None:
    f, arguments = EVERY["deep"]
    cg.compile(f, memory="2MB")(*arguments)
    assert not tracemalloc.is_tracing()


def test_two_threads_may_measure_at_once() -> None:
    f, arguments = EVERY["deep"]
    found: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tasks = [
            threading.Thread(target=lambda: found.append(cg.compile(f, memory="2MB")(*arguments))) for _ in range(2)
        ]
        for task in tasks:
            task.start()
        for task in tasks:
            task.join()
    assert len(found) == 2
    assert not tracemalloc.is_tracing()
    for _, gradient in found:
        np.testing.assert_array_equal(gradient, found[0][1])
