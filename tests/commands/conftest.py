"""What the tests of the commands share: a folder of their own to run in, and a table that a network can learn."""

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands write to the current folder; here it is each test's own."""
    folder = tmp_path / "current"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def flowers() -> Path:
    """100 flowers of two species, told apart by the sum of two measurements; the third says nothing."""
    rng = np.random.default_rng(5)
    lines = ["length,width,noise,species"]
    for _ in range(100):
        length, width, noise = rng.normal(size=3)
        lines.append(f"{length:.4f},{width:.4f},{noise:.4f},{'rose' if length + width > 0 else 'lily'}")
    path = Path("flowers.csv")
    path.write_text("\n".join(lines) + "\n")
    return path
