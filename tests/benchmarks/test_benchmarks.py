"""The benchmark measures the right thing: its answers are checked here once, quickly, and nothing is timed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.benchmarks.call_memory import call_memory
from tests.benchmarks.compiling import Compiling, Grown, compiling
from tests.benchmarks.drawing import ENGINES as LAYOUTS
from tests.benchmarks.drawing import drawing
from tests.benchmarks.engines import ENGINES, CannotRunError, compiled_of_data
from tests.benchmarks.floors import floors
from tests.benchmarks.goals import Ahead, Goal, Limit
from tests.benchmarks.processes import ProcessError, answer_of
from tests.benchmarks.race import difference, race
from tests.benchmarks.scaling import growth
from tests.benchmarks.table import Comparison
from tests.benchmarks.timing import Lane, Timing
from tests.benchmarks.workloads import ALONE, COMPILED, WORKLOADS, Answer, Workload, two_layer_network


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.key)
def test_compgraph_agrees_with_the_hand_derived_gradients(workload: Workload) -> None:
    assert difference(ENGINES["compgraph"](workload)(), workload.by_hand()) == ""


@pytest.mark.parametrize("workload", [w for w in WORKLOADS if w.depth <= 1_000], ids=lambda workload: workload.key)
def test_compiled_functions_agree_with_the_hand_derived_gradients(workload: Workload) -> None:
    assert difference(ENGINES[COMPILED](workload)(), workload.by_hand()) == ""


def test_one_thread_alone_is_timed_where_several_could_share_the_work() -> None:
    for workload in WORKLOADS:
        if workload.shared:
            step: Any = ENGINES[ALONE](workload)
            assert difference(step(), workload.by_hand()) == ""
            assert "ThreadPoolExecutor" not in step.func.source
        else:
            with pytest.raises(CannotRunError, match="takes one thread anyway"):
                ENGINES[ALONE](workload)


def test_the_data_may_be_arguments() -> None:
    for workload in WORKLOADS:
        if workload.network:
            assert difference(compiled_of_data(workload)(), workload.by_hand()) == ""


def test_a_wrong_answer_is_told() -> None:
    good: Answer = (1.0, np.ones((3, 1)))
    assert difference(good, good) == ""
    assert difference((good[0], (good[1],)), good) == ""
    assert "2 results for 3" in difference(good, (*good, 1.0))
    assert "the value is off" in difference((1.1, good[1]), good)
    assert "derivative 1 has shape (3,), not (3, 1)" in difference((1.0, np.ones(3)), good)
    assert "derivative 1 is off" in difference((1.0, np.full((3, 1), np.nan)), good)


def test_who_cannot_run_is_shown_with_the_reason() -> None:
    workload = two_layer_network("W", 2, 3, 1, 5, ())

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
    assert [goal["value"] for goal in comparison.as_data()["goals"]] == [pytest.approx(5e-4), pytest.approx(2e3), None]


def test_goals_are_judged() -> None:
    times = {"compgraph compile": 2.0, "torch": 4.0, "jax jit": 2.5, "by hand": 1.0}
    verdict = Ahead(COMPILED, ("torch", "jax jit", "mygrad")).judge(times)
    assert verdict[1:] == (0.8, "0.80 x jax jit", True)
    assert not Ahead(COMPILED, ("by hand", "torch")).judge(times).met
    assert Ahead(COMPILED, ("mygrad",)).judge(times).word == "–"
    assert Limit(2.0, COMPILED).judge(times).line() == "  goal: compgraph compile within 2 s: 2 s, met"
    assert Limit(1e-6, COMPILED).judge(times).line() == "  goal: compgraph compile within 1 µs: 2 s, MISSED"
    assert Limit(1.0, "nobody").judge(times).line() == "  goal: nobody within 1 s: no time to compare"


def test_first_calls_are_timed() -> None:
    result = compiling(rounds=1, workloads=[w for w in WORKLOADS if w.key == "W2"], nodes=(100, 200))
    assert [(row.key, 0 < row.least <= row.median) for row in result.first] == [("W2", True)]
    assert [row.nodes for row in result.growth] == [100, 200]
    assert all(row.seconds is not None and row.seconds > 0 for row in result.growth)
    assert [verdict.goal for verdict in result.verdicts] == [
        "W2 compiled within 50 ms",
        "a node of 200 at most 2 x one of 100",
    ]
    assert max(map(len, result.lines())) <= 80


def test_growth_of_compiling_is_judged_per_node() -> None:
    (verdict,) = Compiling((), (Grown(1_000, 1.0), Grown(10_000, 50.0), Grown(100_000, 150.0))).verdicts
    assert verdict.value == pytest.approx(1.5)
    assert verdict.met
    (verdict,) = Compiling((), (Grown(1_000, 1.0), Grown(100_000, None, "given up"))).verdicts
    assert verdict.value is None
    assert not verdict.met


def test_what_does_not_end_is_given_up() -> None:
    with pytest.raises(ProcessError, match="given up after 1 s"):
        answer_of("import time; time.sleep(60)", limit=0.6)


def test_memory_is_counted_beside_the_arguments() -> None:
    result = call_memory("W2")
    X = 400 * 8
    assert 4 * X < result.found["by hand"]["peak"] < 100 * X
    for row in result.found.values():
        assert row["kept"] <= row["peak"]
    own = result.found[COMPILED]
    assert own["peak"] < own["first"], "compiling is part of the first call only"
    assert [verdict.goal for verdict in result.verdicts] == [
        "compgraph compile at most 0.5 x by hand in memory",
        "compgraph compile, of data at most 0.5 x by hand in memory",
    ]
    assert max(map(len, result.lines())) <= 80


def test_the_floor_is_that_of_the_work() -> None:
    scalar, network = floors(rounds=1, workloads=[w for w in WORKLOADS if w.key in ("W1", "W2")]).rows
    assert (scalar.operations, scalar.flops, scalar.nbytes) == (5, 0, 0)
    assert scalar.least == scalar.python
    # W1 @ X, W2 @ A1, dW2, dA1 and dW1, and sums that are written as products: of Y and the like, and for db1 and db2
    assert network.flops >= 2 * 400 * (4 * 2 + 4 + 4 + 4 + 4 * 2)
    assert network.flops <= 2 * 400 * (4 * 2 + 4 + 4 + 4 + 4 * 2) + 2 * 400 * (2 + 1 + 4)
    assert network.nbytes >= 8 * (3 * 400 + 2 * (8 + 4 + 4 + 1))
    assert network.least == max(network.products, network.transfer) > 0


def test_growth_is_measured_per_node() -> None:
    result = growth(rounds=1, sizes=(2_000,))
    assert [(row.shape, row.nodes) for row in result.rows] == [("chain", 2_000), ("grid", 2_000)]
    for row in result.rows:
        assert 100 < row.built < row.differentiated <= row.peak < 1000
        assert min(row.build, row.differentiate, row.free) > 0
    lines = list(result.lines())
    assert max(map(len, lines)) <= 80
    assert lines[2].split()[:2] == ["chain", "2,000"]


def test_drawing_is_timed_with_every_layout() -> None:
    result = drawing(rounds=1, graphs=["J = 3(a + bc)", "the same unfolded"])
    for engines in result.results.values():
        assert list(engines) == list(LAYOUTS)
        for measured in filter(None, engines.values()):
            assert measured["first"] > 0
            assert measured["again"] > 0
    told = result.results["J = 3(a + bc)"]["own"]
    assert told is not None
    assert told["nodes"] == 6
    assert told["png"] > 0
    unfolded = result.results["the same unfolded"]["own"]
    assert unfolded is not None
    assert unfolded["nodes"] == 302
    assert unfolded["png"] is None
    assert max(map(len, result.lines())) <= 80
