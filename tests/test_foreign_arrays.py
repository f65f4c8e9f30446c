"""Arrays of another library beside nodes: what speaks NumPy's protocols takes part as it is."""

from __future__ import annotations

from typing import Any

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
