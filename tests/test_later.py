"""Names that are imported when they are asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import compgraph as cg
from compgraph.later import LATER


@pytest.mark.parametrize("name", LATER)
def test_it_is_there_when_it_is_asked_for(name: str) -> None:
    assert getattr(cg, name) is getattr(cg, name)
    assert name in cg.__all__


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="module 'compgraph' has no attribute 'compil'"):
        cg.compil


def test_what_compiles_and_exports_is_no_part_of_the_import() -> None:
    heavy = ("compgraph.compile.c", "compgraph.export")
    code = f"import sys, compgraph; print([name for name in sys.modules if name.startswith({heavy})])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "['compgraph.compile.compiling']"
