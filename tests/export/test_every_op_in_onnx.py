"""Every op of the registry and every composition, in ONNX: onnxruntime returns the value and the derivatives.

What is traced with one draw of numbers runs on another one. What ONNX has no operators for is listed, and refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import compgraph as cg
from compgraph.errors import TracingError
from compgraph.export.to_onnx import to_onnx
from compgraph.rules.scipy_loading import load_scipy_rules
from tests.export.drawing import DECLARED, derived, drawn, same
from tests.sampling import SEEDS

onnx = pytest.importorskip("onnx", reason="onnx is an extra")
onnxruntime = pytest.importorskip(
    "onnxruntime", reason="onnxruntime runs what was written; the package does not need it"
)

REFUSED = {
    *["imag", "angle", "sinc", "sinc_slope", "bessel_i", "i0", "nextafter", "inv", "solve", "log_abs_det", "det"],
    *["sign_of_det", "pinv", "cholesky", "eigh_side_by_side", "svd_side_by_side", "qr_side_by_side"],
    *["eig_side_by_side", "fft.fft", "fft.ifft", "fft.rfft", "fft.irfft"],
    *[f"linalg.{name} (composed)" for name in (
        "slogdet", "lstsq", "tensorinv", "tensorsolve", "eigh", "eigvalsh", "svd", "svdvals", "qr", "cond", "eig",
        "eigvals",
    )],
    *[f"fft.{name} (composed)" for name in (
        "hfft", "ihfft", "fftn", "ifftn", "rfftn", "irfftn", "fft2", "ifft2", "rfft2", "irfft2",
    )],
    *[f"{name} (composed)" for name in (
        "sort_complex", "partition", "unique", "trim_zeros", "interp", "frexp", "nan_to_num", "unwrap",
    )],
}  # fmt: skip
"""Without operators of ONNX, complex, or of a shape that depends on the values."""

IN_PARTS = {"linalg.norm (composed)", "linalg.matrix_norm (composed)", "linalg.matrix_power (composed)"}
"""Some ways of calling these need singular values or inverses, and are refused."""

once = settings(
    max_examples=max(1, settings().max_examples // 25),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def run(path: Path, args: tuple[Any, ...]) -> list[Any]:
    """The outputs of a file for these arguments."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    results: list[Any] = session.run(None, {name: np.asarray(x) for name, x in zip(names, args, strict=True)})
    return results


@pytest.mark.parametrize("name", [name for name in DECLARED if name not in REFUSED])
@pytest.mark.parametrize("how", ["double", "single", "Python"])
@once
@given(seed=SEEDS)
def test_value_and_derivatives(name: str, how: str, seed: int, tmp_path: Path) -> None:
    cost, (first, second) = drawn(name, seed, how=how)
    g = derived(cost, first)
    try:
        path = to_onnx(g, tmp_path / "graph.onnx", *first)
    except TracingError:
        assert name in IN_PARTS
    else:
        same(run(path, second), g(*second), 16)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_has_no_operators_is_refused(name: str, tmp_path: Path) -> None:
    cost, (first, _) = drawn(name, 1)
    with pytest.raises(
        TracingError, match=r"cannot be given to ONNX, w|depends on the values|needs a value as a plain"
    ):
        to_onnx(derived(cost, first), tmp_path / "graph.onnx", *first)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["expit", "log_expit", "logit", "entr"])
def test_functions_of_scipy(name: str, tmp_path: Path) -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is an extra")
    load_scipy_rules()
    function = getattr(special, name)
    x = np.linspace(0.05, 0.95, 7)
    g = cg.value_and_grad(lambda x: np.sum(function(x)))
    same(run(to_onnx(g, tmp_path / "graph.onnx", x), (x,)), g(x), 16)
