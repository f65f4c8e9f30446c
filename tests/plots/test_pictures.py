"""The pictures of the documentation are what the example draws."""

import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

image = pytest.importorskip("PIL.Image", reason="the example writes its pictures by Pillow, which matplotlib brings")

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "images" / "plots"
MOST_BYTES = 60_000


def squares(path: Path) -> np.ndarray:
    """The mean colour, 0 to 1, of each square of 25 by 25 points: what is to be seen, but not of which font."""
    pixels = np.asarray(image.open(path).convert("RGB"), dtype=float) / 255
    height, width = (length // 25 * 25 for length in pixels.shape[:2])
    return pixels[:height, :width].reshape(height // 25, 25, width // 25, 25, 3).mean(axis=(1, 3))


def test_the_page_shows_every_picture_and_no_other() -> None:
    page = (ROOT / "docs" / "plots.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[([^\]]+)\]\(images/plots/([^)]+)\)", page)
    assert sorted(name for _, name in shown) == sorted(path.name for path in KEPT.iterdir())
    assert all(len(description) > 30 for description, _ in shown)  # for whoever cannot see it


def test_the_pictures_are_current_and_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["plots.py", "--out", str(tmp_path / "pictures")])
    runpy.run_path(str(ROOT / "examples" / "plots.py"), run_name="__main__")
    drawn = {path.name: path for path in (tmp_path / "pictures").iterdir()}
    assert set(drawn) == {path.name for path in KEPT.iterdir()}
    for name, path in drawn.items():
        assert (KEPT / name).stat().st_size < MOST_BYTES
        old, new = squares(KEPT / name), squares(path)
        assert old.shape == new.shape
        # Another version of matplotlib or of its fonts moves a letter or a line by a point or two.
        assert np.max(np.abs(old - new)) < 0.15, (
            f"{name}: draw it again, python examples/plots.py --out docs/images/plots, and look at it"
        )
