"""Operations as one writes them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.primitive import OPS
from compgraph.render.formula import formula


@pytest.mark.parametrize(
    ("symbol", "operands", "params", "written"),
    [
        ("×", ["b", "c"], {}, "b × c"),
        ("-", ["a", "b"], {}, "a − b"),
        ("-", ["a"], {}, "−a"),
        ("-", ["a + b"], {}, "−(a + b)"),
        ("mod", ["a", "b"], {}, "a mod b"),
        ("**", ["x", "−2"], {}, "x⁻²"),
        ("**", ["−x", "2"], {}, "(−x)²"),
        ("**", ["2", "x"], {}, "2 ** x"),
        ("**", ["x", "0.5"], {}, "x ** 0.5"),
        ("@", ["Wᵀ", "dZ"], {}, "Wᵀ @ dZ"),
        ("×", ["log(a + b)", "Z[0, 1]"], {}, "log(a + b) × Z[0, 1]"),
        ("ᵀ", ["W"], {"axes": (1, 0)}, "transpose(W, axes=(1, 0))"),
        ("Σ", ["L"], {"axis": (0,), "keepdims": True}, "Σ(L, axis=(0,), keepdims=True)"),
        ("Σ", ["L"], {"axis": None, "keepdims": False}, "Σ(L)"),
        ("max", ["a", "b"], {}, "max(a, b)"),
        ("concatenate", ["a", "b", "c"], {"axis": 1}, "concatenate(a, b, c, axis=1)"),
        ("[ ]", ["Z"], {"index": (..., None, slice(None, None, -1))}, "Z[..., None, ::−1]"),
        ("[ ]", ["Z"], {"index": np.array([0, 2])}, "Z[array(2,)]"),
        ("[ ]", ["Z"], {"index": ([0, 1], 2)}, "Z[[0, 1], 2]"),
        ("[ ]", ["Z"], {"index": -1}, "Z[−1]"),
        ("[ ]", ["a + b"], {"index": ()}, "(a + b)[()]"),
        ("cast", ["x"], {"dtype": np.float32}, "cast(x, dtype=float32)"),
    ],
)
def test_forms(symbol, operands, params, written):
    assert formula(symbol, operands, params) == written


@given(st.sampled_from(sorted(OPS.values(), key=lambda op: op.name)))
def test_every_op_names_each_of_its_operands(op):
    operands = [f"operand{i}" for i in range(2 if op.variadic else len(op.vjps))]
    written = formula(op.symbol, operands, {})
    assert all(operand in written for operand in operands)
    assert len(written) > len(" ".join(operands)) - 1 or len(operands) == 1
