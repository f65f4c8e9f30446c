"""docs/exporting.md shows what happens: its blocks that need JAX or onnxruntime are run here, where these are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_docs import PAGES, relative, run_page

jax = pytest.importorskip("jax", reason="JAX is an extra")
pytest.importorskip("onnx", reason="onnx is an extra")
pytest.importorskip("onnxruntime", reason="onnxruntime runs what was written; the package does not need it")


def test_the_page_with_the_extras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = [path for path in PAGES if relative(path) == "docs/exporting.md"]
    page = re.sub(r"^```python \w+$", "```python", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    before = jax.config.jax_enable_x64
    try:
        assert run_page(page, "docs/exporting.md") == 4
    finally:
        jax.config.update("jax_enable_x64", before)
