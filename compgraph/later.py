"""Public names that are imported when they are asked for: most programs never do, and start sooner."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

__all__ = ["LATER", "__getattr__"]

LATER = {
    "CompileWarning": "compgraph.compile.compiled",
    "Compiled": "compgraph.compile.compiled",
    "to_jax": "compgraph.export",
    "to_onnx": "compgraph.export",
}
"""Where each of them comes from."""


def __getattr__(name: str) -> Any:
    """What Python asks for a name that the package does not have (yet)."""
    if name not in LATER:
        raise AttributeError(f"module 'compgraph' has no attribute {name!r}")
    found = getattr(import_module(LATER[name]), name)
    setattr(sys.modules["compgraph"], name, found)  # so that it is asked once
    return found
