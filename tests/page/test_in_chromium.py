"""The page in a real browser, from a file and without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import compgraph as cg
from compgraph.scope import scope
from tests.page.chromium import Tab
from tests.page.graphs import several_paths
from tests.render.graphs import HOSTILE, lecture, random_graphs, two_layers

NOW = "document.querySelector('.now')?.dataset.key"
USED = "[...document.querySelectorAll('.arrow.used')].map(e => e.dataset.tail + ' ' + e.dataset.head)"
MARKED = "[...document.querySelectorAll('.arrow.path')].map(e => e.dataset.tail + ' ' + e.dataset.head).sort()"
FORMULA = "document.querySelector('#step .formula').getAttribute('aria-label')"
SLIDER = "Number(document.getElementById('slider').value)"


def opened(tab: Tab, output: Any, folder: Path, address: str = "", **look: Any) -> Tab:
    cg.render(output, folder / "page.html", **look)
    tab.open(f"{(folder / 'page.html').as_uri()}{address}")
    return tab


@pytest.fixture
def lecture_page(tab, tmp_path) -> Tab:
    return opened(tab, lecture(), tmp_path)


@pytest.fixture
def network_page(tab, tmp_path) -> Tab:
    return opened(tab, two_layers(), tmp_path)


def test_the_arrow_keys_go_through_the_tape_forward_and_then_backward(lecture_page):
    tab = lecture_page
    steps = []
    for _ in range(12):
        tab.press("ArrowRight")
        steps.append((tab.ask(NOW), tab.ask(FORMULA)))
    assert [key for key, _ in steps] == [*(f"n{i}" for i in range(6)), *(f"n{i}" for i in reversed(range(6)))]
    assert steps[3][1] == "u = b × c = 3 × 2 = 6"
    assert steps[10][1] == "dJ/db = dJ/du · du/db = 3 · 2 = 6"
    assert tab.ask(USED) == ["n0 n4"]
    tab.press("ArrowRight")
    assert tab.ask(SLIDER) == 12
    tab.press("ArrowLeft")
    assert tab.ask(NOW) == "n1"
    assert tab.ask(USED) == ["n1 n3"]
    tab.press("Home")
    assert tab.ask(f"{NOW} === undefined && {SLIDER} === 0")
    tab.press("End")
    assert tab.ask(NOW) == "n0"


def test_a_step_shows_what_is_known_by_then_and_no_more(lecture_page):
    tab = lecture_page

    def seen(style: str) -> list[str]:
        return list(
            tab.ask(
                f"[...document.querySelectorAll('.box .{style}')].filter(e => getComputedStyle(e).opacity === '1')"
                ".map(e => e.closest('.box').dataset.key)"
            )
        )

    assert len(seen("value")) == 7
    assert len(seen("derivative")) == 6
    for _ in range(4):
        tab.press("ArrowRight")
    assert seen("value") == ["n0", "n1", "n2", "n3", "c0"]
    assert seen("derivative") == []
    for _ in range(4):
        tab.press("ArrowRight")
    assert len(seen("value")) == 7
    assert seen("derivative") == ["n4", "n5"]
    tab.press("Home")
    assert len(seen("derivative")) == 6


def test_buttons_and_slider_do_the_same(lecture_page):
    tab = lecture_page
    tab.click("#on")
    tab.click("#on")
    assert tab.ask(NOW) == "n1"
    tab.click("#back")
    assert tab.ask(NOW) == "n0"
    tab.click("#last")
    assert tab.ask(SLIDER) == 12
    tab.click("#first")
    assert tab.text("#counter") == "Overview: 12 steps"
    tab.ask("document.getElementById('slider').focus()")
    tab.press("ArrowRight")
    assert tab.ask(SLIDER) == 1
    assert tab.ask("document.getElementById('slider').getAttribute('aria-valuetext')") == "Forward 1 of 6"
    tab.click("#play")
    tab.until(f"{SLIDER} === 3")
    tab.click("#play")
    assert tab.text("#play") == "Play"


def test_a_step_is_said_to_those_who_do_not_see_it(lecture_page):
    lecture_page.press("ArrowRight")
    assert lecture_page.text("#said") == "Forward 1 of 6. a = 5"
    tree = lecture_page.call("Accessibility.getFullAXTree")["nodes"]
    names = {node.get("name", {}).get("value") for node in tree if not node.get("ignored")}
    assert {"Next step", "Step", "Search a node by its name", "u · multiply, value 6, dJ/du 3"} <= names
    named = {"button", "slider", "combobox", "link", "checkbox"}
    assert not [node for node in tree if node.get("role", {}).get("value") in named and not node["name"]["value"]]


def test_pointing_at_a_node_tells_of_it(lecture_page):
    lecture_page.hover("g.box[data-key=n3]")
    assert not lecture_page.ask("document.getElementById('tip').hidden")
    said = lecture_page.text("#tip")
    assert "u · multiply" in said
    assert "u = b × c" in said
    assert "dJ/du3" in said
    lecture_page.mouse("mouseMoved", 5.0, 60.0)
    assert lecture_page.ask("document.getElementById('tip').hidden")


def test_a_node_that_has_the_focus_tells_the_same(network_page):
    tab = network_page
    tab.ask("document.querySelector('g.box[tabindex=\"0\"]').focus()")
    tab.press("ArrowDown")
    tab.until("!document.getElementById('tip').hidden")
    assert tab.ask("document.activeElement.dataset.key") == "n1"
    assert "b1" in tab.text("#tip")
    assert "shape(3, 1)" in tab.text("#tip")
    tab.press("Enter")
    assert tab.text("#node h2").startswith("b1")
    tab.press("Escape")
    assert tab.ask("document.getElementById('node').hidden")


def test_the_line_that_made_a_node_is_shown(tab, tmp_path):
    with cg.debug():
        x = cg.Variable(2.0)
        y = x * x
    opened(tab, y, tmp_path)
    tab.hover("g.box[data-key=n1]")
    assert str(y.source) in tab.text("#tip")


def test_search_by_name(network_page):
    tab = network_page
    tab.press("/")
    tab.type("w2")
    assert tab.ask("[...document.querySelectorAll('#results [role=option] b')].map(e => e.textContent)") == ["W2"]
    tab.press("Enter")
    assert tab.ask("document.querySelector('.chosen').dataset.key") == "n2"
    x, y = tab.middle("g.box.chosen")
    assert 0 < x < 900
    assert 50 < y < 760
    tab.press("Escape")
    tab.press("/")
    tab.type("no such")
    assert "no node" in tab.text("#results")


def test_all_paths_are_marked_multiplied_and_added_up(tab, tmp_path):
    J, names = several_paths()
    opened(tab, J, tmp_path, names=names)
    tab.click("g.box[data-key=n0]")
    assert tab.text("#node h3") == "4 paths from x to J"
    products = tab.ask("[...document.querySelectorAll('.paths .route')].map(e => e.textContent)")
    assert sorted(products) == sorted(["x → J", "x → p → v6 → J", "x → q → v6 → J", "x → s → p → v6 → J"])
    assert float(tab.ask("document.querySelector('.total').dataset.sum")) == pytest.approx(
        cg.gradients(J, [names["x"]])[0], rel=1e-14
    )
    assert tab.ask(MARKED) == sorted(["n0 n2", "n0 n3", "n0 n4", "n0 n6", "n2 n3", "n3 n5", "n4 n5", "n5 n6"])
    tab.hover(".paths li")
    assert tab.ask("document.querySelectorAll('.arrow.alone').length") >= 1
    tab.click("g.box[data-key=n1]")
    assert tab.ask(MARKED) == sorted(["n1 n4", "n4 n5", "n5 n6"])
    tab.press("Escape")
    assert tab.ask(MARKED) == []


def test_where_arrays_lie_on_the_way_paths_are_marked_and_the_steps_are_in_matrix_form(network_page):
    tab = network_page
    tab.ask("location.hash = 'node=n0'")
    tab.until("document.querySelector('#node h3')")
    assert tab.text("#node h3") == "2 paths from W1 to J"
    assert tab.ask("document.querySelector('.total') === null")
    tab.press("End")
    assert tab.ask(FORMULA).startswith("dW1 = ")
    assert tab.ask("document.querySelectorAll('#step details[open] td').length") == 6
    tab.click("#step details:not([open]) summary")
    tab.until("document.querySelectorAll('#step details[open]').length === 2")


def test_zoom_pan_and_fit(lecture_page):
    tab = lecture_page

    def box() -> list[float]:
        return [float(x) for x in tab.ask("document.querySelector('#canvas svg').getAttribute('viewBox')").split()]

    frame = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    before = box()
    x, y = tab.middle("g.box[data-key=n3]")
    tab.mouse("mouseWheel", x, y, deltaX=0, deltaY=-300)
    tab.ask(frame)
    near = box()
    assert near[2] < 0.8 * before[2]
    assert tab.middle("g.box[data-key=n3]") == pytest.approx((x, y), abs=1.5)
    tab.mouse("mousePressed", 300, 650, button="left", clickCount=1)
    tab.mouse("mouseMoved", 360, 610, button="left", buttons=1)
    tab.mouse("mouseReleased", 360, 610, button="left", clickCount=1)
    tab.ask(frame)
    assert tab.middle("g.box[data-key=n3]") == pytest.approx((x + 60, y - 40), abs=1.5)
    tab.press("f")
    tab.ask(frame)
    assert box() == pytest.approx(before, abs=0.01)
    tab.click("#in")
    tab.ask(frame)
    assert box()[2] < before[2]


def test_light_and_dark(tab, tmp_path):
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    fill = "getComputedStyle(document.querySelector('.box.variable rect')).fill"
    tab.screen(1280, 800, dark=True)
    opened(tab, lecture(), tmp_path)
    assert tab.ask(ground) == "rgb(27, 33, 39)"
    dark = tab.ask(fill)
    tab.click("#theme")
    assert tab.ask(ground) == "rgb(255, 255, 255)"
    assert tab.ask(fill) != dark
    tab.screen(1280, 800, dark=False)
    opened(tab, lecture(), tmp_path, theme="dark")
    assert tab.ask(fill) == dark


@pytest.mark.parametrize("address", ["", "#step=20", "#step=33&node=n0"])
def test_on_a_phone_nothing_is_wider_than_the_screen(tab, tmp_path, address):
    tab.screen(390, 844, phone=True)
    opened(tab, two_layers(), tmp_path, address)
    assert tab.ask("document.documentElement.scrollWidth") == 390
    out = tab.ask(
        "[...document.querySelectorAll('button, input, h1, #step, #node, .formula')].filter(e => e.offsetParent)"
        ".filter(e => e.getBoundingClientRect().right > 391).map(e => e.id || e.className)"
    )
    assert out == []
    small = tab.ask(
        "[...document.querySelectorAll('.player button')].filter(e => e.getBoundingClientRect().height < 36).length"
    )
    assert small == 0
    assert tab.ask("document.getElementById('picture').getBoundingClientRect().height") > 200


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_the_buttons_cover_nothing_of_the_legend(tab, tmp_path, width):
    tab.screen(width, 844)
    a = cg.Variable(0.5, "a")
    with scope("layer"):
        b: Any = np.tanh(2 * a)
    b.backward()
    opened(tab, b, tmp_path)
    tab.click("#fold")
    assert tab.text("#fold") == "Unfold"
    edge = "document.querySelector('{}').getBoundingClientRect().{}"
    assert tab.ask(edge.format(".legend", "right")) <= tab.ask(edge.format(".zoom", "left"))


@pytest.mark.parametrize("width", [390, 1280])
def test_the_numbers_of_the_variables_are_not_cut_off(tab, tmp_path, width):
    tab.screen(width, 844)
    W1, W2 = cg.variables(W1=np.array([-1.246781, 0.366123]), W2=np.array([-0.665213, 0.903512]))
    J = np.sum(np.tanh(W1 * W2 * np.array([0.0123451, -0.0267891])))
    J.backward()
    opened(tab, J, tmp_path)
    assert tab.ask("[...document.querySelectorAll('#step .scroll')].map(e => e.scrollWidth > e.clientWidth)") == [False]


def test_an_address_leads_to_a_step_and_a_node(tab, tmp_path):
    opened(tab, lecture(), tmp_path, "#step=4&node=n1")
    assert tab.ask(NOW) == "n3"
    assert tab.text("#node h2").startswith("b")
    tab.press("ArrowRight")
    assert tab.ask("location.hash") == "#step=5&node=n1"


def test_before_backward_the_page_goes_forward_only_and_says_why(tab, tmp_path):
    opened(tab, lecture(backward=False), tmp_path)
    assert tab.text("#step .note") == "derivatives not computed yet: call J.backward()"
    assert tab.text("#counter") == "Overview: 6 steps"
    tab.click("g.box[data-key=n1]")
    assert tab.text("#node h3") == "One path from b to J"


def test_the_tape_as_a_table(network_page):
    network_page.click("#tape summary")
    network_page.until("document.querySelectorAll('.tape tbody tr').length === 19")


def layers() -> cg.Node:
    x = cg.Variable(0.5, "x")
    y: Any = x
    for i in range(3):
        with scope(f"layer {i}"):
            y = np.tanh(2.0 * y)
    J: cg.Node = y * 3.0
    J.backward()
    return J


def test_a_scope_folds_where_it_stands(tab, tmp_path):
    opened(tab, layers(), tmp_path)
    hidden = "[...document.querySelectorAll('.box.inside')].map(e => e.dataset.key).sort()"
    tab.click("g.title[data-key=s1]")
    assert {"n3", "n4"} <= set(tab.ask(hidden))
    assert tab.ask("document.querySelector('g.scope[data-key=s1]').getAttribute('aria-expanded')") == "false"
    assert "2 operations" in tab.text("g.scope[data-key=s1] .count")
    tab.ask("location.hash = 'step=4'")
    tab.until("document.querySelector('.scope.now')")
    tab.click("g.scope[data-key=s1]")
    assert tab.ask(hidden) == []
    tab.click("#fold")
    assert tab.ask("document.querySelectorAll('.scope.shut').length") == 3
    assert tab.text("#fold") == "Unfold"
    tab.click("#fold")
    assert tab.ask("document.querySelectorAll('.scope.shut').length") == 0
    tab.ask("document.querySelector('g.scope[data-key=s0]').focus()")
    tab.press("Enter")
    assert tab.ask("document.querySelectorAll('.scope.shut').length") == 1


def test_what_was_folded_when_it_was_drawn_unfolds(tab, tmp_path):
    opened(tab, layers(), tmp_path, fold=True)
    boxes = "[...document.querySelectorAll('#canvas svg:not([hidden]) .box')].length"
    few = tab.ask(boxes)
    tab.ask("location.hash = 'step=3'")
    tab.until("document.querySelector('.box.folded.now')")
    tab.click("g.box.folded")
    assert tab.ask("document.querySelectorAll('#node .held button').length") == 2
    tab.click("#fold")
    assert tab.ask(boxes) > few
    assert tab.ask(NOW) == "n2"
    assert tab.ask(FORMULA).startswith("v3 = tanh(v2)")
    tab.click("#fold")
    assert tab.ask(boxes) == few


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_stands_in_the_page_as_it_was_typed(tab, tmp_path, name):
    x = cg.Variable(2.0, name)
    J = x * x
    J.name = "J"
    J.backward()
    opened(tab, J, tmp_path)
    tab.press("End")
    tab.click("g.box[data-key=n0]")
    shown = json.loads(tab.text("#graph"))["nodes"][0]["name"]
    assert tab.ask("document.querySelector('#node h2').firstChild.data") == shown
    assert tab.ask("document.querySelectorAll('script').length") == 2
    assert tab.ask("document.querySelectorAll('b b, #step b > *').length") == 0
    assert f"dJ/d{shown}" in tab.text("#step h2")
    assert tab.ask("document.querySelectorAll('#step math').length") >= 2


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random_graphs())
def test_every_step_of_any_graph_is_written_in_mathml(tab, tmp_path, outputs):
    opened(tab, outputs, tmp_path, names={})
    left = tab.ask(
        """(() => {
          const left = [];
          const {nodes} = JSON.parse(document.getElementById("graph").textContent);
          for (const node of nodes) for (const side of [node.forward, node.backward]) {
            if (!side) continue;
            for (const latex of [side.left, ...side.rows.map((row) => row[1])]) {
              const math = mathml(latex);
              const known = [...math.querySelectorAll("mo")].map((mo) => mo.textContent);
              if (known.some((sign) => sign.length > 1)) left.push(latex);
              if (math.querySelector("mi:empty, mn:empty")) left.push(latex);
            }
          }
          document.getElementById("last").click();
          for (let i = 0; i < 2 * nodes.length; i++) document.getElementById("back").click();
          return left;
        })()"""
    )
    assert left == []
    assert tab.problems == []


@pytest.mark.parametrize(
    ("latex", "said"),
    [
        (r"\frac{\mathrm{d}J}{\mathrm{d}b}", "dJ/db"),
        (r"\mathrm{d}A_{1} \odot \left(1 - A_{1}^{2}\right)", "dA_1⊙(1−A_1^2)"),
        (r"\sum_{\mathrm{axis}\,1} \mathrm{d}Z\, {X}^{\mathsf{T}}", "∑_axis1dZX^T"),
        (r"\mathrm{a\_b\ {<}\&\{\}\backslash x}", "a_b\u00a0<&{}\\x"),
        (r"\sqrt{\theta} \cdot \mathrm{sinc}'\left(x\right)", "√θ·sinc′(x)"),
        (r"-1 \times 10^{-5} + \infty", "−1×10^−5+∞"),
        (r"\left[x \geq 0\right] \cdots \mathrm{損失}", "[x≥0]⋯損失"),
    ],
)
def test_formulas(lecture_page, latex, said):
    written = lecture_page.ask(
        """((latex) => {
          const say = (e) => {
            const [a, b, c] = e.children ? [...e.children].map(say) : [];
            switch (e.localName) {
              case "mfrac": return `${a}/${b}`;
              case "msub": case "munder": return `${a}_${b}`;
              case "msup": return `${a}^${b}`;
              case "msubsup": return `${a}_${b}^${c}`;
              case "msqrt": return `√${a}`;
              default: return e.children.length ? [...e.children].map(say).join("") : e.textContent;
            }
          };
          return say(mathml(latex));
        })"""
        f"({json.dumps(latex)})"
    )
    assert written == said


def test_several_thousand_nodes(tab, tmp_path):
    x, w = cg.variables(x=0.3, w=1.1)
    y: Any = x
    for _ in range(1_000):
        y = np.tanh(w * y) + y
    y.backward()
    opened(tab, y, tmp_path, names={"y": y}, fold=False)
    tab.until("document.querySelector('.box')")
    tab.press("End")
    assert tab.ask(NOW) == "n0"
    tab.press("ArrowLeft")
    tab.press("/")
    tab.type("v1500")
    tab.press("Enter")
    tab.until("document.querySelector('.chosen')?.dataset.key === 'n1499'")
    assert tab.text("#node h3") == "more than 10¹⁵ paths from v1500 to y"
    assert tab.ask("document.querySelectorAll('.paths li').length") == 24
