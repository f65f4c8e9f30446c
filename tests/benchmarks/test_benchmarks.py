"""The benchmark measures the right thing: its answers are checked here once, quickly, and nothing is timed."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.benchmarks.engines import ENGINES, CannotRunError
from tests.benchmarks.race import difference, race
from tests.benchmarks.scaling import growth
from tests.benchmarks.table import Comparison
from tests.benchmarks.timing import Goal, Lane, Timing
from tests.benchmarks.workloads import WORKLOADS, Answer, Workload, two_layer_network


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.key)
def test_compgraph_agrees_with_the_hand_derived_gradients(workload: Workload) -> None:
    assert difference(ENGINES["compgraph"](workload)(), workload.by_hand()) == ""


def test_a_wrong_answer_is_told() -> None:
    good: Answer = (1.0, np.ones((3, 1)))
    assert difference(good, good) == ""
    assert "2 results for 3" in difference(good, (*good, 1.0))
    assert "the value is off" in difference((1.1, good[1]), good)
    assert "derivative 1 has shape (3,), not (3, 1)" in difference((1.0, np.ones(3)), good)
    assert "derivative 1 is off" in difference((1.0, np.full((3, 1), np.nan)), good)


def test_who_cannot_run_is_shown_with_the_reason() -> None:
    workload = two_layer_network("W", 2, 3, 1, 5, goal=2.5)

    def absent(workload: Workload) -> Callable[[], Answer]:
        raise CannotRunError("missing: No module named 'absent'")

    def broken(workload: Workload) -> Callable[[], Answer]:
        raise ZeroDivisionError("of its own")

    def wrong(workload: Workload) -> Callable[[], Answer]:
        return lambda: (0.0, *workload.by_hand()[1:])

    lanes = race(workload, {"absent": absent, "broken": broken, "wrong": wrong}, rounds=1)
    assert [(lane.name, lane.timing is None, lane.broken) for lane in lanes] == [
        ("by hand", False, False),
        ("absent", True, False),
        ("broken", True, True),
        ("wrong", True, True),
    ]
    text = "\n".join(Comparison("W", "title", "by hand", lanes, ()).lines())
    assert "missing: No module named 'absent'" in text
    assert "failed: ZeroDivisionError: of its own" in text
    assert "wrong: the value is off" in text


def test_the_table_tells_goals_and_fits_a_terminal() -> None:
    lanes = [
        Lane("by hand", Timing(1e-6, 9e-7)),
        Lane("compgraph", Timing(2e-3, 1.5e-3)),
        Lane("torch", Timing(4.0, 3.0)),
        Lane("micrograd", None, "missing: " + "long " * 40),
    ]
    goals = (Goal("torch", 0.6), Goal("by hand", 2.5), Goal("micrograd", 1.0))
    comparison = Comparison("W", "title", "by hand", lanes, goals)
    lines = list(comparison.lines())
    assert max(map(len, lines)) <= 80
    assert [line.partition(": ")[2] for line in lines[-3:]] == [
        "compgraph at most 0.6 x torch: 0.00, met",
        "compgraph at most 2.5 x by hand: 2000.00, MISSED",
        "compgraph at most 1.0 x micrograd: no time to compare",
    ]
    assert [goal["ratio"] for goal in comparison.as_data()["goals"]] == [pytest.approx(5e-4), pytest.approx(2e3), None]


def test_growth_is_measured_per_node() -> None:
    result = growth(rounds=1, sizes=(2_000,))
    assert [(row.shape, row.nodes) for row in result.rows] == [("chain", 2_000), ("grid", 2_000)]
    for row in result.rows:
        assert 100 < row.built < row.differentiated <= row.peak < 1000
        assert min(row.build, row.differentiate, row.free) > 0
    lines = list(result.lines())
    assert max(map(len, lines)) <= 80
    assert lines[2].split()[:2] == ["chain", "2,000"]
