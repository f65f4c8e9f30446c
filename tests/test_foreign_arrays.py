"""Arrays of another library beside nodes: what speaks NumPy's protocols takes part as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.errors import DtypeError


class Foreign:
    """A number of another library, which multiplies from either side."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return NotImplemented

    def __rmul__(self, other: Any) -> Any:
        return other * self.value


def test_what_has_the_protocol_is_a_constant() -> None:
    x = cg.Variable(3.0)
    product = x * Foreign(2.0)
    assert product.value == 6.0
    assert isinstance(product.inputs[1], Foreign)


def test_what_has_not_is_refused() -> None:
    with pytest.raises(DtypeError, match=r"multiply: object .* cannot take part in a graph"):
        cg.Variable(3.0) * object()


class Strange(Foreign):
    """What multiplies and can do nothing else."""

    shape = ()

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function(*[x.value if isinstance(x, Foreign) else x for x in args], **kwargs)

    def __rmul__(self, other: Any) -> Any:
        return self


def test_what_the_other_library_cannot_do_is_a_clear_error() -> None:
    with pytest.raises(DtypeError, match="negative of multiply"):
        -(cg.Variable(3.0) * Strange(2.0))


def test_the_gradient_of_a_node_of_foreign_values_has_their_shape_and_dtype() -> None:
    dask = pytest.importorskip("dask.array")
    z = dask.from_array(np.ones((2, 3), np.float32)) * cg.Variable(np.float32(3.0))
    np.sum(z).backward()
    assert z.grad.shape == (2, 3)
    assert z.grad.dtype == np.float32
    np.testing.assert_array_equal(np.asarray(z.grad), np.ones((2, 3)))
