"""The report as HTML: well formed, nobody's text but as text, and the same verdicts as everywhere."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.report import Comparison
from compgraph.check.report_cells import clean, explained, verdict
from compgraph.check.report_errors import as_matrix, block_edges, largest_in_blocks, relative_errors
from compgraph.check.report_html import html, page, write
from compgraph.check.report_map import LEVELS, error_map
from compgraph.check.report_style import STYLE
from compgraph.errors import RenderError
from tests.check.reports import STRANGE, comparisons, complex_row, ordinary, row
from tests.check.reports import explained as explanation

TAGS = {
    "body", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "head", "html", "main", "meta", "p", "path",
    "rect", "span", "strong", "style", "svg", "table", "tbody", "td", "th", "thead", "title", "tr",
}  # fmt: skip
ATTRIBUTES = {
    "aria-hidden", "aria-label", "charset", "class", "colspan", "content", "d", "data-head", "height", "lang", "name",
    "role", "scope", "tabindex", "viewBox", "width", "x", "y",
}  # fmt: skip


class Reader(HTMLParser):
    """What a browser takes a page to be: tags, attributes, and the text outside of the style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.comments: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def texts(fragment: str) -> str:
    return "".join(ET.fromstring(fragment).itertext())


@given(comparison=comparisons())
def test_it_is_well_formed_and_holds_no_tags_but_its_own(comparison: Comparison) -> None:
    whole = page(comparison)
    ET.fromstring(whole.removeprefix("<!DOCTYPE html>\n"))
    ET.fromstring(html(comparison))
    found = Reader(whole)
    assert found.tags <= TAGS
    assert found.attributes <= {name.lower() for name in ATTRIBUTES}
    assert found.comments == []
    assert len(re.findall("(?i)<script|javascript:|https?:|url\\(|@import", whole)) == 0


@given(comparison=comparisons())
def test_every_name_verdict_and_explanation_is_there_as_text(comparison: Comparison) -> None:
    said = texts(html(comparison))
    for each in comparison.rows:
        assert clean(each.name) in said
        assert each.verdict in said
        assert all(message in said for message in explained(each))
        assert verdict(each)[0].removeprefix(each.verdict).lstrip(":, ") in said or each.step
    for note in comparison.notes:
        assert clean(note) in said


@given(text=st.text(st.sampled_from([*STRANGE, *"&<>\"'ab]-! "]), max_size=60))
def test_nobody_s_text_is_markup(text: str) -> None:
    def told(words: str) -> Comparison:
        reason, long = (explanation(words), explanation(words)), words + " and many more words" * 3
        slip = row(words, [1.0, 2.0], [1.0, 3.0], remark=words, explanations=reason, step="slip")
        return Comparison([slip, row(words, 1.0, 2.0, step="inherited"), row("z", 1.0, 1.0, remark=long)], [words])

    tags = [re.sub(">[^<]*<", "><", html(comparison)) for comparison in (told(text), told("x"))]
    assert tags[0] == tags[1]
    assert STRANGE[:3] in texts(html(told(STRANGE)))
    assert "<b>" not in html(told(STRANGE))


def test_the_outcome_is_said_in_words() -> None:
    good, doubt, bad = row("da", 1.0, 1.0), row("db", 1.0, 1.0, "inconclusive: kink"), row("dc", 1.0, 2.0)
    for rows, words in (
        ([good], "da is right"),
        ([good, good], "All 2 right"),
        ([good, doubt], "1 of 2 not decided: db"),
        ([good, doubt, bad], "1 of 3 wrong: dc"),
        ([bad] * 10, "10 of 10 wrong: " + "dc, " * 7 + "dc and 2 more"),
        ([], "All 0 right"),
    ):
        assert words in html(Comparison(rows)), words


def test_verdicts_are_words_and_signs_beside_their_colours() -> None:
    said = html(ordinary())
    for words in (
        "✓</span> right: 16 digits",
        "✗</span> wrong: the slip",
        "✗</span> wrong: inherited",
        "the first wrong step",
    ):
        assert words in said
    assert "<strong>manual db1 has lost an axis: keepdims=True</strong>" in said
    assert "or: manual dZ1 is the gradient with respect to A1" in said
    assert "dW1: wrong only because of the slip in dZ1" in said


def test_it_has_colours_for_light_and_dark_screens_and_its_rules_stay_inside_it() -> None:
    assert "prefers-color-scheme: dark" in STYLE
    defined = [set(re.findall(r"(--[\w-]+):", part)) for part in STYLE.split("color-scheme:")]
    assert defined[0] == defined[1] | defined[2]
    assert len(defined[0]) > 10
    assert set(re.findall(r"var\((--[\w-]+)\)", STYLE)) <= defined[0]
    selectors = re.findall(r"(?m)^([^@{}\n]+?) \{", STYLE)
    assert len(selectors) > 40
    assert all(".compgraph-comparison" in part for rule in selectors for part in re.split(r",(?![^(]*\))", rule))
    assert not set("<&") & set(STYLE)


@pytest.mark.parametrize(
    ("error", "level"), [(0, 0), (1e-15, 0), (1e-8, 1), (1e-4, 2), (0.01, 3), (3.0, 4), (np.nan, 5), (np.inf, 5)]
)
def test_the_map_says_how_large_an_error_is(error: float, level: int) -> None:
    said = error_map(row("dw", [[1.0, 2.0, 1.0]], [[1.0, 2.0 * (1 + error), -1.0]]))
    squares = re.findall(r'class="level(\d)" x=', said)
    assert squares == ["0", str(level), "4"]
    assert LEVELS[level] in said


def test_a_single_wrong_entry_of_a_million_is_in_the_map() -> None:
    x = np.ones((1000, 1000))
    y = x.copy()
    y[617, 233] += 1e-4
    said = error_map(row("dw", x, y))
    assert len(re.findall(r'<path class="level2" d="M11 14h1v1h-1z"/>', said)) == 1
    assert "of each block of up to 42 × 21 the largest" in said
    assert len(said) < 30_000


@pytest.mark.parametrize("shape", [(2,), (4, 1), (1, 4), (2, 3, 4), (2, 1, 1, 1, 3), (700,), (700, 1)])
def test_every_shape_has_a_map(shape: tuple[int, ...]) -> None:
    x = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    y = x.copy()
    y.reshape(-1)[0] = 7.0
    said = error_map(row("dw", x, y))
    assert [part.tag for part in ET.fromstring(said)] == ["svg", "figcaption"]
    assert {"level0", "level4"} == set(re.findall(r"level\d", said))


def test_a_map_without_a_pattern_is_a_sentence() -> None:
    x = np.arange(1.0, 1001.0).reshape(10, 100)
    for y, words in (
        (-x, "It is wrong everywhere: of its 1000 entries all have a relative error of 2."),
        (x + 500, "It is wrong everywhere: of its 1000 entries their relative errors are 0.33 to 1."),
    ):
        assert words in error_map(row("dw", x, y))
    assert error_map(row("dw", x, x, "wrong")) == ""
    y = x.copy()
    y[0::2, 1::2] = -1.0  # of each block some entries are right
    assert "<figure>" in error_map(row("dw", np.tile(x, (10, 1)), np.tile(y, (10, 1))))


def test_there_is_no_map_of_a_number_of_nothing_or_of_another_shape() -> None:
    for one, other in ((1.0, 2.0), (np.zeros((0, 2)), np.zeros((0, 2))), (np.ones(3), np.ones((3, 1)))):
        assert error_map(row("dw", one, other)) == ""
    assert "level4" in error_map(complex_row("dw", [1 + 1j, 2.0], [1 - 1j, 2.0]))


def test_relative_errors_do_not_overflow_and_know_infinities() -> None:
    x = np.array([1e308, 1e308, np.inf, np.inf, np.nan, 0.0, 5e-324, 1.0])
    y = np.array([-1e308, 0.0, np.inf, -np.inf, np.nan, 0.0, 0.0, np.nan])
    made = row("dw", y, y)
    made.autodiff = x
    assert relative_errors(made).tolist() == [2, 1, 0, np.inf, np.inf, 0, 1, np.inf]
    single = relative_errors(row("dw", np.array([3e38], np.float32), np.array([-3e38], np.float32)))
    assert single.tolist() == [2.0]
    made = complex_row("dw", [1 + 1j, 3j, 3j], [1 - 1j, 3j, 3.0])
    made.autodiff, made.manual = made.autodiff * 5e307, made.manual * 5e307
    assert relative_errors(made).tolist() == pytest.approx([2**0.5, 0, 2**0.5])


@given(shape=st.tuples(st.integers(1, 40), st.integers(1, 40)), most=st.integers(1, 12), seed=st.integers(0, 99))
def test_blocks_cover_the_matrix_and_keep_the_largest(shape: tuple[int, int], most: int, seed: int) -> None:
    x = np.random.default_rng(seed).random(shape)
    small = largest_in_blocks(x, most, most)
    assert small.shape == tuple(min(n, most) for n in shape)
    rows, columns = (block_edges(n, most) for n in shape)
    for i in range(small.shape[0]):
        for j in range(small.shape[1]):
            assert small[i, j] == np.max(x[rows[i] : rows[i + 1], columns[j] : columns[j + 1]])
    assert (rows[0], rows[-1], columns[-1]) == (0, *shape)
    assert largest_in_blocks(as_matrix(np.zeros((3, 0))), 2, 2).size == 0


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("before")
    write(ordinary(), target)
    assert target.read_text(encoding="utf-8") == page(ordinary())
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(RenderError, match="does not exist"):
        write(ordinary(), tmp_path / "nowhere" / "report.html")


def test_a_real_comparison_makes_a_page() -> None:
    found = cg.compare(lambda W: np.sum(W**2), lambda W: 2 * W.T, at={"W": np.arange(9.0).reshape(3, 3)})
    said = html(found)
    assert "1 of 1 wrong: dW" in said
    assert len(re.findall('class="level0" x=', said)) == 3  # the diagonal
