"""Where boxes and arrows go, with either form of Graphviz, and what happens when one fails."""

from __future__ import annotations

import itertools
import math
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import MissingExtraError, RenderError
from compgraph.render import layout as layout_module
from compgraph.render import system_dot, wasm_dot
from compgraph.render.layout import layout
from compgraph.render.notice import LayoutWarning
from compgraph.render.placement import Layout

Sizes = dict[str, tuple[float, float]]
Arrows = list[tuple[str, str]]


@st.composite
def boxes_and_arrows(draw: st.DrawFn) -> tuple[Sizes, Arrows]:
    lengths = st.integers(20, 200).map(float)
    sizes = {f"n{i}": (draw(lengths), draw(lengths)) for i in range(draw(st.integers(1, 12)))}
    keys = list(sizes)
    pairs = st.tuples(st.integers(0, len(keys) - 1), st.integers(0, len(keys) - 1)).filter(lambda p: p[0] < p[1])
    chosen = draw(st.lists(pairs, max_size=16)) if len(keys) > 1 else []
    return sizes, [(keys[i], keys[j]) for i, j in chosen]


def distance(point: tuple[float, float], centre: tuple[float, float], size: tuple[float, float]) -> float:
    """How far a point is from a box; 0 inside."""
    beyond = (max(0.0, abs(point[i] - centre[i]) - size[i] / 2) for i in (0, 1))
    return max(beyond)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=boxes_and_arrows(), direction=st.sampled_from(["LR", "TB"]))
def test_boxes_stand_apart_and_arrows_lead_from_box_to_box(engine, graph, direction):
    sizes, arrows = graph
    plan = layout(sizes, arrows, direction)
    assert set(plan.centres) == set(sizes)
    keys = list(sizes)
    for i, a in enumerate(keys):
        for b in keys[:i]:
            gaps = [abs(plan.centres[a][k] - plan.centres[b][k]) - (sizes[a][k] + sizes[b][k]) / 2 for k in (0, 1)]
            assert max(gaps) > 5, "two boxes touch"
    assert len(plan.curves) == len(arrows)
    along = 0 if direction == "LR" else 1
    for (tail, head), curve in zip(arrows, plan.curves, strict=True):
        assert len(curve.points) % 3 == 1
        assert distance(curve.points[0], plan.centres[tail], sizes[tail]) < 2
        assert distance(curve.tip, plan.centres[head], sizes[head]) < 2
        assert plan.centres[tail][along] < plan.centres[head][along]


def test_the_same_boxes_are_laid_out_the_same(engine):
    sizes = {"a": (40.0, 40.0), "b": (60.0, 20.0), "c": (30.0, 30.0)}
    arrows = [("a", "c"), ("b", "c"), ("a", "c")]
    assert layout(sizes, arrows) == layout(sizes, arrows)


def test_no_engine_at_all_is_a_simple_layout_and_a_warning_with_both_remedies(no_dot, monkeypatch):
    monkeypatch.setattr(wasm_dot, "available", lambda: False)
    with pytest.warns(LayoutWarning) as caught:
        plan = layout({"a": (40, 40)}, [])
    said = str(caught[0].message)
    assert "apt install graphviz" in said
    assert "pip install 'compgraph[render]'" in said
    assert "\n" not in said
    assert plan == Layout({"a": (20.0, 0.0)}, (), "laid out simply, without Graphviz")
    with pytest.raises(MissingExtraError):
        wasm_dot.run("digraph {}", 1.0)
    with pytest.raises(RenderError, match="no program dot"):
        system_dot.run("digraph {}", 1.0)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("print('Error: bad font cache', file=sys.stderr); sys.exit(3)", "exit code 3: Error: bad font cache"),
        ("sys.exit(1)", "exit code 1"),
        ("import os; os.kill(os.getpid(), 9)", "killed by signal 9"),
        ("time.sleep(60)", "stopped after 1 s"),
        ("print('not json')", "cannot be read"),
        ("print('{}')", "cannot be read"),
        ("print('[1]')", "cannot be read"),
    ],
)
def test_a_program_that_fails_is_replaced_by_the_other_form_with_a_warning(fake_dot, monkeypatch, script, reason):
    monkeypatch.setattr(layout_module, "TIME_LIMIT", 1.0)
    fake_dot(script)
    with pytest.warns(LayoutWarning, match=f"{reason}.*WebAssembly build of Graphviz was used instead"):
        plan = layout({"a": (40, 40), "b": (40, 40)}, [("a", "b")])
    assert set(plan.centres) == {"a", "b"}
    assert plan.note == ""
    monkeypatch.setattr(wasm_dot, "available", lambda: False)
    with pytest.warns(LayoutWarning, match=f"{reason}.*a simple layout was used instead"):
        plan = layout({"a": (40, 40), "b": (40, 40)}, [("a", "b")])
    assert set(plan.centres) == {"a", "b"}
    assert plan.note == "laid out simply, without Graphviz"


@pytest.mark.parametrize("draw", [lambda J: cg.render(J).svg, lambda J: cg.render(J).png])
def test_the_warning_tells_the_line_that_asked_for_the_picture(fake_dot, draw):
    fake_dot("import sys; sys.exit(1)")
    with pytest.warns(LayoutWarning) as caught:
        draw(3 * cg.Variable(1.0))
    assert [warning.filename for warning in caught] == [__file__]


def test_a_program_that_is_stopped_takes_with_it_what_it_started(fake_dot, monkeypatch, tmp_path):
    monkeypatch.setattr(layout_module, "TIME_LIMIT", 1.0)
    started = tmp_path / "started"
    fake_dot(
        "import os, subprocess\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(started)!r}, 'w').write(str(child.pid))\n"
        "child.wait()"
    )
    with pytest.warns(LayoutWarning, match="stopped after 1 s"):
        layout({"a": (40, 40)}, [])
    child = Path("/proc", started.read_text(), "stat")
    for _ in range(100):
        if not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.05)
    else:
        pytest.fail("what the program started is still running")


def test_a_file_that_is_no_program(fake_dot, tmp_path, monkeypatch):
    fake_dot("")
    (tmp_path / "bin" / "dot").write_bytes(b"\x7fELF nothing")
    with pytest.warns(LayoutWarning, match="could not be started"):
        layout({"a": (40, 40)}, [])


def test_what_a_program_says_on_stderr_while_it_succeeds_is_passed_over(fake_dot):
    answer = '{"objects": [{"name": "a", "pos": "5,7"}]}'
    fake_dot(f"print('Fontconfig warning', file=sys.stderr)\nprint({answer!r})")
    assert layout({"a": (40, 40)}, []).centres == {"a": (5.0, -7.0)}


def test_the_source_reaches_a_program_without_a_shell_and_without_any_text(fake_dot, tmp_path):
    fake_dot(f"open({str(tmp_path / 'seen')!r}, 'w').write(repr(sys.argv[1:]) + sys.stdin.read())\nsys.exit(1)")
    x = cg.Variable(2.0, "$(touch /tmp/owned); `id`")
    from compgraph.render import render

    with pytest.warns(LayoutWarning, match="exit code 1"):
        assert "touch" in render(x).svg
    seen = (tmp_path / "seen").read_text()
    assert seen.startswith("['-Tjson0']digraph")
    assert "touch" not in seen


def large() -> tuple[Sizes, Arrows]:
    """Layers of 100, each box joined to five of the next layer: seconds of work for either engine."""
    sizes = {f"n{i}": (40.0, 40.0) for i in range(3000)}
    return sizes, [(f"n{i}", f"n{100 * (i // 100 + 1) + (i * k) % 100}") for i in range(2900) for k in (1, 2, 3, 5, 7)]


def test_a_layout_that_takes_too_long_is_stopped_and_leaves_nothing_behind(engine, monkeypatch):
    monkeypatch.setattr(layout_module, "TIME_LIMIT", 0.2)
    monkeypatch.setattr(layout_module, "MOST_PARTS", 20_000)
    threads = threading.active_count()
    with pytest.warns(LayoutWarning, match=r"stopped after 0.2 s; a simple layout was used instead"):
        plan = layout(*large())
    assert plan.note == "laid out simply, without Graphviz"
    assert threading.active_count() == threads
    monkeypatch.setattr(layout_module, "TIME_LIMIT", 30.0)
    assert set(layout({"a": (40, 40)}, []).centres) == {"a"}


def test_a_graph_too_large_for_graphviz_is_not_given_to_it(monkeypatch):
    monkeypatch.setattr(system_dot, "run", None)
    monkeypatch.setattr(wasm_dot, "run", None)
    plan = layout(*large())
    assert plan.note.startswith("laid out simply: more than 6000 ")
    assert len(plan.centres) == 3000


def test_a_graph_too_deep_for_the_stack_is_an_error_and_no_crash(no_dot, monkeypatch):
    monkeypatch.setattr(layout_module, "MOST_PARTS", 100_000)
    keys = [f"n{i}" for i in range(40_000)]
    with pytest.warns(LayoutWarning, match=r"WebAssembly\) failed"):
        plan = layout(dict.fromkeys(keys, (40.0, 40.0)), [*itertools.pairwise(keys)])
    assert len(plan.centres) == 40_000
    assert set(layout({"a": (40, 40)}, []).centres) == {"a"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=boxes_and_arrows(), data=st.data(), direction=st.sampled_from(["LR", "TB"]))
def test_labels_stand_on_their_arrows_and_apart_from_all_else(engine, graph, data, direction):
    sizes, arrows = graph
    labels = {i: (60.0, 18.0) for i in range(len(arrows)) if data.draw(st.booleans())}
    plan = layout(sizes, arrows, direction, labels)
    assert set(plan.centres) == set(sizes)
    placed = [(plan.centres[key], sizes[key]) for key in sizes]
    for place, curve in enumerate(plan.curves):
        assert (curve.label is not None) == (place in labels)
        assert len(curve.points) % 3 == 1
        if curve.label is not None:
            assert min(math.dist(point, curve.label) for point in curve.points) < 3
            placed.append((curve.label, labels[place]))
    for i, (one, size) in enumerate(placed):
        for other, other_size in placed[:i]:
            gaps = [abs(one[k] - other[k]) - (size[k] + other_size[k]) / 2 for k in (0, 1)]
            assert max(gaps) > 2, "two boxes or labels touch"


def test_bad_dot_is_an_error_with_graphvizs_own_words():
    with pytest.raises(RenderError, match="Failed to parse DOT source"):
        wasm_dot.run("digraph {", 10.0)


def test_threads(engine):
    sizes, arrows = {"a": (40.0, 40.0), "b": (60.0, 20.0)}, [("a", "b")]
    alone = layout(sizes, arrows)
    found = []
    threads = [threading.Thread(target=lambda: found.append(layout(sizes, arrows))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 8
