"""The report: one file that needs nothing else, well-formed, and safe whatever a table's columns are called."""

import base64
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.commands.cost_curve import cost_curve
from compgraph.commands.experiment import ACTIVATIONS, Settings, run_experiment, score
from compgraph.commands.gradient_check import check_gradients, network_picture
from compgraph.commands.graph_of_j import graph_of_J
from compgraph.commands.report.findings import Findings
from compgraph.commands.report.page import page
from compgraph.networks.data import Table

VOID = {"meta", "img", "source", "br", "hr", "link", "input"}
HOSTILE = "</p><script>alert(1)</script><!-- & \"'\x1b[31m"


class Page(HTMLParser):
    """A page taken apart; every tag has to be closed where it ought to be."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.style = ""
        self.comments: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def findings(
    names: tuple[str, str] = ("length", "width"),
    target: str = "kind",
    values: tuple[str, str] = ("no", "yes"),
    activation: str = "tanh",
    hidden: int = 2,
) -> Findings:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 20))
    Y = (X[:1] > 0).astype(float)
    table = Table(names, X, Y, target, values, tuple(range(2, 22)))
    done = run_experiment(table, Settings(hidden=hidden, activation=activation, epochs=3))
    return Findings(
        graph_of_J(),
        "A table of flowers.",
        done,
        score(done),
        check_gradients(done),
        network_picture(done),
        b"light",
        b"dark",
    )


@pytest.fixture(scope="module")
def plain() -> Page:
    return Page(page(findings()))


def test_it_needs_nothing_besides_itself(plain: Page) -> None:
    tags = {tag for tag, _ in plain.tags}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in plain.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in {"src", "srcset"}:
                assert str(value).startswith("data:image/png;base64,")
            if name in {"href", "xlink:href"}:
                assert str(value).startswith("#")
    assert "url(" not in plain.style
    assert "@import" not in plain.style
    assert plain.comments == []


def test_it_holds_what_the_demonstration_found(plain: Page) -> None:
    found = findings()
    judged = found.score
    for words in (
        "J = 3(a + bc)",
        "u = b × c",
        "dJ/dc = 9",
        "33.009",
        "A table of flowers.",
        "The rows held out",
        f"{judged.right} of {judged.rows} are judged right",
        f"from {found.experiment.model.costs[0]:.4g} to {found.experiment.model.costs[-1]:.4g}",
        "dZ1 = W2ᵀ dZ2 * g'(Z1)",
        "length, width",
        "UCI Machine Learning Repository",
    ):
        assert words in plain.text


def test_each_gradient_has_its_row() -> None:
    text = page(findings())
    rows = re.findall(r'<tr><th scope="row" class="name">(d\w+)</th><td class="at">(\w+)</td>(.*?)</tr>', text)
    assert [(name, at) for name, at, _ in rows] == [
        (name, at) for at in ("initial", "trained") for name in ("dW1", "db1", "dW2", "db2")
    ]
    for _, _, cells in rows:
        shape, *distances, verdict = re.findall(r"<td[^>]*>([^<]*)</td>", cells)
        assert re.fullmatch(r"\(\d+, \d+\)", shape)
        assert len(distances) == 4
        assert all(re.fullmatch(r"0|\d\.\d · 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", distance) for distance in distances)
        assert verdict == "right"


def test_links_within_it_arrive(plain: Page) -> None:
    ids = [attributes["id"] for _, attributes in plain.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [str(attributes["href"])[1:] for tag, attributes in plain.tags if tag == "a"]
    assert len(targets) == 3
    assert set(targets) <= set(ids)


def test_both_forms_of_the_curve_are_inside_and_described(plain: Page) -> None:
    addresses = [str(a.get("src", a.get("srcset"))) for tag, a in plain.tags if tag in {"img", "source"}]
    assert {base64.b64decode(address.partition(",")[2]) for address in addresses} == {b"light", b"dark"}
    (image,) = [a for tag, a in plain.tags if tag == "img"]
    assert str(image["alt"]).startswith("A curve: the cost over 3 epochs")


def test_both_graphs_are_inside(plain: Page) -> None:
    assert sum(tag == "svg" for tag, _ in plain.tags) == 2


def test_it_is_in_a_language_and_fits_a_phone(plain: Page) -> None:
    assert ("html", {"lang": "en"}) in plain.tags
    assert any(a.get("name") == "viewport" for tag, a in plain.tags if tag == "meta")
    assert "@media (max-width: 40rem)" in plain.style


@pytest.mark.parametrize("where", ["names", "target", "values"])
def test_hostile_names_are_only_ever_text(where: str, plain: Page) -> None:
    hostile = Page(
        page(
            findings(**{
                "names": {"names": (HOSTILE, "width")},
                "target": {"target": HOSTILE},
                "values": {"values": ("no", HOSTILE)},
            }[where])  # type: ignore[arg-type]
        )
    )  # fmt: skip
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert hostile.comments == []
    assert "</p><script>alert(1)</script><!-- & \"'�[31m" in hostile.text


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_name_changes_the_page(name: str, value: str) -> None:
    found = findings()
    model = found.experiment.model
    table = Table((name, "width"), found.experiment.test.X, found.experiment.test.Y, "kind", ("no", "yes"), ())
    renamed = model.__class__(**{**vars(model), "feature_names": table.feature_names, "values": ("no", value)})
    text = page(found._replace(experiment=found.experiment._replace(model=renamed)))
    text.encode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", text)
    assert [tag for tag, _ in Page(text).tags] == [tag for tag, _ in Page(page(found)).tags]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_has_its_slope_in_the_formulas(activation: str) -> None:
    text = Page(page(findings(activation=activation))).text
    assert f"A1 = {activation}(Z1)" in text
    assert "g'(Z1) = " in text


def test_gradients_of_many_entries_are_not_written_out() -> None:
    text = page(findings(hidden=30))
    assert "db1[0, 0]" not in text
    assert "db2[0, 0]" in text


def test_the_real_curve_goes_in() -> None:
    pytest.importorskip("matplotlib")
    assert base64.b64encode(cost_curve([0.7, 0.1])).decode() in page(findings()._replace(curve=cost_curve([0.7, 0.1])))
