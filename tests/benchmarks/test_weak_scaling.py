"""What the benchmark of weak scaling tells of made-up times, and what it times. Nothing is timed here."""

import numpy as np
import pytest

import compgraph as cg
from compgraph.blocks import in_blocks
from tests.benchmarks.weak_scaling import BLOCK, FEATURES, Row, Scaling, bare_seconds, block, cost, parameters


def test_efficiency_is_told_of_the_median_beside_one_process_alone() -> None:
    rows = [Row(1, 1000, [0.1, 0.3, 0.2], [0.4, 0.4], [0.5]), Row(2, 1000, [0.4, 0.4], [0.5, 0.5], [0.7, 0.6])]
    result = Scaling(rows, 2e-4, 4104)
    assert [result.efficiency(rows[1], kind) for kind in ("bare", "dask")] == [pytest.approx(0.5), pytest.approx(0.8)]
    lines = list(result.lines())
    assert max(map(len, lines)) <= 80
    assert lines[4].split() == ["2", "2,000", "400.0", "0.50", "500.0", "0.80", "600.0"]


def test_what_is_timed_is_a_mean_over_examples() -> None:
    X, Y = block(0)
    assert X.shape == (FEATURES, BLOCK)
    at_once = cg.value_and_grad(cost)
    by_parts = in_blocks(at_once, ("X", "Y"), size=BLOCK // 4)(parameters(), X, Y)
    np.testing.assert_allclose(by_parts[0], at_once(parameters(), X, Y)[0], rtol=1e-13)
    assert len(bare_seconds(1, 2, start=0.0)) == 2
