"""What the variables of a function were called: read as it returns, and nothing is left behind."""

from __future__ import annotations

import cProfile
import subprocess
import sys
import textwrap
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.names import call_with_names
from compgraph.networks.two_layer import two_layer_cost

NAMES = st.lists(
    st.sampled_from(["Z1", "A1", "dZ2", "m", "θ", "x_hat", "_", "W", "cost"]), min_size=1, max_size=6, unique=True
)
LAM = 0.25
FEATURES = np.array([1.0, 2.0])


@given(names=NAMES, kinds=st.data())
def test_the_locals_of_a_function_are_found(names, kinds):
    ways = {"node": "w * {i}", "number": "{i} + 0.5", "array": "np.array([{i}.0, 2.0])", "other": "'{i}'"}
    chosen = {name: kinds.draw(st.sampled_from(sorted(ways))) for name in names}
    lines = [f"    {name} = {ways[kind].format(i=i + 2)}" for i, (name, kind) in enumerate(chosen.items())]
    space: dict[str, Any] = {"np": np}
    exec("\n".join(["def f(w):", *lines, "    return w + 1"]), space)
    found = call_with_names(space["f"], cg.Variable(3.0))
    assert found.result.value == 4.0
    assert found.nodes.keys() == {"w"} | {name for name in names if chosen[name] == "node"}
    assert found.numbers.keys() == {name for name in names if chosen[name] == "number"}
    assert found.arrays.keys() == {name for name in names if chosen[name] == "array"}
    for i, name in enumerate(names):
        if chosen[name] == "node":
            assert found.nodes[name].value == 3.0 * (i + 2)


def test_a_name_means_what_it_held_at_the_return():
    def f(w):
        z = w * 2
        z = z + 1
        for i in range(3):  # noqa: B007
            pass
        return z

    found = call_with_names(f, cg.Variable(1.0))
    assert found.nodes["z"] is found.result
    assert found.numbers == {"i": 2}


def test_the_outermost_function_counts_and_what_is_ambiguous_is_left_out():
    def layer(x, k):
        a = x * k
        return a  # noqa: RET504

    def twice(w):
        return layer(layer(w, 2.0), 3.0)

    def named(w):
        k = 10
        a = layer(w, 2.0)
        b = layer(a, 2.0)
        return a + b * k

    found = call_with_names(twice, cg.Variable(1.0))
    assert "a" not in found.nodes
    assert "k" not in found.numbers
    assert found.nodes.keys() == {"w"}
    found = call_with_names(named, cg.Variable(1.0))
    assert found.numbers == {"k": 10}
    assert found.nodes["a"].value == 2.0
    assert found.nodes["b"].value == 4.0


def test_a_name_that_several_calls_agree_on_is_kept():
    def scaled(x):
        m = 4
        return x / m

    assert call_with_names(lambda w: scaled(w) + scaled(w), cg.Variable(1.0)).numbers == {"m": 4}


def test_recursion_tells_the_outermost_call():
    def power(x, n):
        y = x if n == 0 else power(x, n - 1) * x
        return y  # noqa: RET504

    found = call_with_names(power, cg.Variable(2.0), 3)
    assert found.numbers["n"] == 3
    assert found.nodes["y"] is found.result


def test_what_stands_in_lists_and_dicts_is_called_by_its_place():
    def f(w):
        Z = {1: w * 2, "last": w * 3}
        A = [w, w * 4]
        many = [w] * 2000  # noqa: F841
        return Z[1] + A[1] + Z["last"]

    found = call_with_names(f, cg.Variable(1.0))
    assert {name: node.value for name, node in found.nodes.items()} == {
        "w": 1.0, "Z[1]": 2.0, "Z[last]": 3.0, "A[0]": 1.0, "A[1]": 4.0,
    }  # fmt: skip


def test_data_from_around_a_function_is_found_and_nothing_that_it_does_not_mention():
    inside = 7.0

    def f(w):
        return np.sum(w * FEATURES) * LAM + inside

    found = call_with_names(f, cg.Variable(np.ones(2)))
    assert found.numbers == {"LAM": 0.25, "inside": 7.0}
    assert found.arrays.keys() == {"FEATURES"}


def test_lambdas_generators_and_comprehensions():
    def f(w):
        parts = (w[i] * scale for i, scale in enumerate([1.0, 2.0]))
        total = sum([each * 2 for each in parts])
        return total  # noqa: RET504

    found = call_with_names(f, cg.Variable(np.array([1.0, 2.0])))
    assert found.result.value == 10.0
    assert found.nodes["total"] is found.result
    assert not [name for name in found.nodes if name.startswith(".")]


def test_the_locals_of_the_engine_and_of_numpy_are_not_a_person_s():
    found = call_with_names(lambda w: np.sum(cg.sigmoid(w)), cg.Variable(np.ones(3)))
    assert found.nodes.keys() == {"w"}
    assert found.numbers == {}


def test_the_networks_of_the_package_are_written_as_a_person_would():
    rng = np.random.default_rng(0)
    W1, b1, W2, b2 = (cg.Variable(rng.normal(size=shape)) for shape in ((3, 2), (3, 1), (1, 3), (1, 1)))
    X, Y = rng.normal(size=(2, 5)), np.ones((1, 5))
    assert {"Z1", "A1", "Z2", "A2"} <= call_with_names(two_layer_cost, W1, b1, W2, b2, X, Y).nodes.keys()


def test_booleans_are_no_numbers_and_numpy_s_are():
    def f(w):
        flag, n, x = True, np.int64(3), np.float32(0.5)
        return w if flag else n * x

    assert call_with_names(f, cg.Variable(1.0)).numbers == {"n": 3, "x": 0.5}


@pytest.mark.parametrize("raised", [ValueError, KeyboardInterrupt, StopIteration])
def test_an_exception_goes_through_and_the_profiler_is_set_back(raised):
    def before(frame, event, arg):
        return None

    def f(w):
        raise raised("inside")

    for profiler in (None, before):
        sys.setprofile(profiler)
        try:
            with pytest.raises(raised, match="inside"):
                call_with_names(f, cg.Variable(1.0))
            assert sys.getprofile() is profiler
        finally:
            sys.setprofile(None)


def test_a_python_profiler_is_set_back_after_the_call():
    seen = []

    def before(frame, event, arg):
        seen.append(event)

    sys.setprofile(before)
    try:
        found = call_with_names(lambda w: w * 2, cg.Variable(1.0))
        assert sys.getprofile() is before
    finally:
        sys.setprofile(None)
    assert found.nodes.keys() == {"w"}
    assert seen


def test_while_cprofile_runs_it_goes_on_running():
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        found = call_with_names(lambda w: w * 2, cg.Variable(3.0))
        assert cg.compare(lambda w: w * w, lambda w: 2 * w, [3.0]).ok
    finally:
        profiler.disable()
    assert found.result.value == 6.0
    names = {entry.code.co_name for entry in profiler.getstats() if hasattr(entry.code, "co_name")}
    assert "compare" in names


def test_while_coverage_measures_names_are_found_and_lines_counted(tmp_path):
    (tmp_path / "run.py").write_text(
        textwrap.dedent(
            """
            import coverage
            measured = coverage.Coverage(data_file=None, include=["*/cost.py"])
            measured.start()
            import compgraph as cg
            from compgraph.check.names import call_with_names
            from cost import cost
            found = call_with_names(cost, cg.Variable(2.0))
            measured.stop()
            (file,) = measured.get_data().measured_files()
            print(sorted(found.nodes), sorted(measured.get_data().lines(file)))
            """
        )
    )
    (tmp_path / "cost.py").write_text("def cost(w):\n    z = w * 2\n    return z * z\n")
    pytest.importorskip("coverage")
    ran = subprocess.run([sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.stdout.split("\n")[0] == "['w', 'z'] [1, 2, 3]", ran.stderr


def test_threads_do_not_hear_of_one_another():
    found: dict[int, Any] = {}
    started = threading.Barrier(4)

    def work(number):
        def f(w):
            z = w * number
            started.wait(timeout=10)
            y = z + number
            return y  # noqa: RET504

        found[number] = call_with_names(f, cg.Variable(1.0))
        assert sys.getprofile() is None

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(1, 5):
        assert found[number].nodes.keys() == {"w", "z", "y"}
        assert found[number].nodes["z"].value == number
        assert found[number].numbers == {"number": number}


def test_calls_inside_calls():
    def inner(w):
        return call_with_names(lambda v: v * 2, w).result

    found = call_with_names(inner, cg.Variable(1.0))
    assert found.result.value == 2.0
    assert sys.getprofile() is None
