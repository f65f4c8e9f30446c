"""Networks drawn by Hypothesis: every shape from 1 up, both dtypes, and the numbers where formulas go wrong."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from compgraph.networks.rounding import Tolerances, rounding_tolerances

Array = NDArray[Any]

SPURIOUS = pytest.mark.filterwarnings("ignore:invalid value encountered in (dot|matmul):RuntimeWarning")
"""For modules that multiply float32 matrices: now and then OpenBLAS leaves the flag of an invalid operation behind
after a product of finite numbers with a finite result (numpy issue 24067). A NaN in a result fails the tests anyway."""

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "linear")


@dataclass(frozen=True)
class Network:
    """The parameters of a network of L layers, its hidden activations, and data."""

    W: list[Array]
    b: list[Array]
    X: Array
    Y: Array
    activations: list[str]

    @property
    def m(self) -> int:
        return int(self.X.shape[1])

    @property
    def two_layers(self) -> tuple[Array, Array, Array, Array]:
        """W1, b1, W2, b2."""
        return self.W[0], self.b[0], self.W[1], self.b[1]

    def tolerances(self) -> Tolerances:
        return rounding_tolerances(self.W, self.b, self.X, self.Y, self.activations)


def _numbers(kind: str, width: Literal[32, 64]) -> st.SearchStrategy[float]:
    """Elements of one network: whole numbers meet z = 0 exactly, far ones make |z| of 50 and thousands."""
    if kind == "whole":
        return st.integers(-3, 3).map(float)
    bound = {"near": 2.0, "far": 60.0}[kind]
    return st.floats(-bound, bound, width=width)


@st.composite
def networks(
    draw: st.DrawFn,
    layers: int | st.SearchStrategy[int] = 2,
    kinds: Sequence[str] = ("whole", "near", "far"),
    dtypes: Sequence[str] = ("float32", "float64"),
    activations: Sequence[str] = ACTIVATIONS,
    n_y: int | None = None,
    largest: int = 4,
) -> Network:
    """A network of so many layers, with data for it."""
    count = layers if isinstance(layers, int) else draw(layers)
    sizes = draw(st.lists(st.integers(1, largest), min_size=count + 1, max_size=count + 1))
    if n_y is not None:
        sizes[-1] = n_y
    m = draw(st.integers(1, largest + 1))
    dtype = draw(st.sampled_from(dtypes))
    numbers = _numbers(draw(st.sampled_from(kinds)), 32 if dtype == "float32" else 64)
    labels = draw(st.sampled_from([st.sampled_from([0.0, 1.0]), st.floats(0, 1, width=16)]))
    return Network(
        W=[draw(arrays(dtype, (rows, columns), elements=numbers)) for columns, rows in itertools.pairwise(sizes)],
        b=[draw(arrays(dtype, (rows, 1), elements=numbers)) for rows in sizes[1:]],
        X=draw(arrays(dtype, (sizes[0], m), elements=numbers)),
        Y=draw(arrays(dtype, (sizes[-1], m), elements=labels)),
        activations=[draw(st.sampled_from(activations)) for _ in range(count - 1)],
    )


def assert_within(got: Any, want: Any, tolerance: Any, what: str) -> None:
    """The two differ by no more than the tolerance, element by element, and have one shape; NaN never passes."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, f"{what}: shapes {got.shape} and {want.shape}"
    difference = np.abs(got.astype(np.float64) - want.astype(np.float64))
    assert np.all(difference <= tolerance), (
        f"{what}: the two differ by {difference.tolist()}, rounding explains {np.asarray(tolerance).tolist()}\n"
        f"{got.tolist()}\n{want.tolist()}"
    )
