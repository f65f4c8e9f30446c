"""Where and when it was measured: a figure is worth nothing without it."""

import importlib.metadata
import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["described", "machine"]

OTHERS = ("jax", "torch", "autograd", "mygrad", "micrograd")


def machine(threads: int | None = None) -> dict[str, Any]:
    """The machine as it is now: processor, versions, date, and how busy it is."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas(),
        "threads": threads or "default",
        "date": time.strftime("%Y-%m-%d"),
        "load": load(),
        "versions": {name: version for name in OTHERS if (version := installed_version(name))},
    }


def described(facts: dict[str, Any]) -> str:
    """The machine in a sentence."""
    busy = "" if facts["load"] is None else f", load average {facts['load']:.1f} at the start"
    return (
        f"{facts['processor']}, {facts['cores']} cores, {facts['system']}, Python {facts['python']}, "
        f"NumPy {facts['numpy']} with {facts['blas']}, {facts['date']}{busy}"
    )


def processor() -> str:
    """Its model, as it tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return " ".join((named[0] if named else platform.processor() or platform.machine()).split())


def blas() -> str:
    """What multiplies NumPy's matrices."""
    config: Any = np.show_config(mode="dicts")
    return str(config.get("Build Dependencies", {}).get("blas", {}).get("name", "BLAS"))


def load() -> float | None:
    """How many programs wanted to run during the last minute; None where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def installed_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
