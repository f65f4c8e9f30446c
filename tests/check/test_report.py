"""What a comparison found, as an object: asked, gone through, raised, swept."""

from __future__ import annotations

import numpy as np
import pytest

import compgraph as cg
from compgraph.check import report_html, report_text
from compgraph.check.report import Comparison
from compgraph.check.verdicts import BOTH_DIFFER, KINK, PRECISION
from compgraph.errors import GradientError, WrongGradientError
from tests.check.reports import ordinary, row

ALL = ("right", "right up to rounding", "wrong", KINK, PRECISION, BOTH_DIFFER)


@pytest.mark.parametrize("verdict", ALL)
@pytest.mark.parametrize("first", ["right", "right up to rounding"])
def test_one_row_decides(verdict, first):
    found = Comparison([row("da", 1.0, 1.0, first), row("db", 1.0, 1.0, verdict)], ["a note"])
    assert found.ok == verdict.startswith("right")
    if verdict in ("wrong", BOTH_DIFFER):
        with pytest.raises(WrongGradientError) as raised:
            found.raise_if_wrong()
        assert str(raised.value) == f"\n{found}"
    else:
        found.raise_if_wrong()
    assert repr(found) == f"<Comparison of 2 gradients: {'all right' if found.ok else 'not all right'}>"
    assert found.notes == ("a note",)


def test_its_rows_in_order():
    found = ordinary()
    assert list(found) == list(found.rows)
    assert [each.name for each in found] == ["dW2", "db2", "dZ1", "dW1", "db1"]
    assert Comparison([]).ok


def test_its_forms_are_those_of_the_reports():
    found = ordinary()
    assert str(found) == report_text.text(found)
    assert found._repr_html_() == report_html.html(found)


def test_it_is_written_and_drawn(tmp_path):
    found = ordinary()
    found.to_html(tmp_path / "report.html")
    assert "dZ1" in (tmp_path / "report.html").read_text(encoding="utf-8")
    pytest.importorskip("matplotlib")
    figure = found.plot(tmp_path / "report.png")
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")
    assert figure.axes


def test_it_sweeps_over_the_cost_that_was_compared():
    at = {"w": np.array([0.3, 0.5]), "v": np.array([0.7])}
    found = cg.compare(lambda w, v: np.sum(np.sin(w)) + np.sum(np.exp(v)), lambda w, v: (np.cos(w), np.exp(v)), at=at)
    for name in (None, "w", "v"):
        assert found.sweep(name).slope("central") == pytest.approx(2, abs=0.2)
    with pytest.raises(GradientError, match="there is no parameter 'u'"):
        found.sweep("u")
    with pytest.raises(GradientError, match="holds no cost"):
        ordinary().sweep()
