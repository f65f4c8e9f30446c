"""Every op of the registry and every composition, in JAX: its value and its derivatives are those of the call itself.

What JAX has no counterpart of is listed, and refused. Inside of jax.jit no number is known while a function is traced.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings

import compgraph as cg
from compgraph.errors import TracingError
from compgraph.export.to_jax import to_jax
from compgraph.nested import flatten
from compgraph.rules.scipy_loading import load_scipy_rules
from tests.export.drawing import DECLARED, derived, drawn, same
from tests.sampling import SEEDS

jax = pytest.importorskip("jax", reason="JAX is an extra")
with contextlib.suppress(ImportError):
    import scipy.special as special
load_scipy_rules()

REFUSED = {
    "eig_side_by_side", "sinc_slope", "bessel_i", "sinc", "i0", "linalg.eig (composed)", "linalg.eigvals (composed)",
    "partition (composed)", "unique (composed)", "trim_zeros (composed)", "frexp (composed)",
    "unwrap (composed)",
}  # fmt: skip
"""Without a counterpart, or of a shape or dtype that depends on the values."""

IN_PARTS = {"linalg.lstsq (composed)"}
"""Of its results some are refused."""

once = settings(
    max_examples=max(1, settings().max_examples // 25), phases=[Phase.explicit, Phase.reuse, Phase.generate]
)


@pytest.fixture(autouse=True)
def _in_double_precision() -> Any:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@pytest.mark.parametrize("name", [name for name in DECLARED if name not in REFUSED])
@once
@given(seed=SEEDS)
def test_value_and_derivatives(name: str, seed: int) -> None:
    cost, (args,) = drawn(name, seed, 1)
    g = derived(cost, args)
    try:
        found = jax.jit(to_jax(g))(*args)
    except TracingError:
        assert name in IN_PARTS
    else:
        same(flatten(found)[0], g(*args), 16)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_has_no_counterpart_is_refused_by_name(name: str) -> None:
    cost, (args,) = drawn(name, 1, 1)
    with pytest.raises(
        TracingError, match=r"cannot be given to JAX, which has no counterpart of|depends on the values"
    ):
        to_jax(derived(cost, args))(*args)


@pytest.mark.parametrize("name", ["erf", "erfc", "gammaln", "expit", "log_expit", "logit", "entr", "i0e"])
def test_functions_of_scipy(name: str) -> None:
    pytest.importorskip("scipy", reason="SciPy is an extra")
    function = getattr(special, name)
    x = np.linspace(0.05, 0.95, 7)
    g = cg.value_and_grad(lambda x: np.sum(function(x)))
    same(flatten(jax.jit(to_jax(g))(x))[0], g(x), 16)
