"""Text of any kind becomes one safe line."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import example, given
from hypothesis import strategies as st

from compgraph.render.one_line import one_line

anything = st.text(st.characters(codec=None))


@given(anything, st.integers(8, 60))
@example("\x00\x1b[31m\ud800\u202e\ufffe", 20)
@example("x" * 10_000, 24)
@example("\n\n", 24)
def test_any_text_becomes_one_line_that_xml_can_hold(text, limit):
    line = one_line(text, limit)
    assert len(line) <= limit
    assert line.splitlines() == ([line] if text else [])
    element = ElementTree.Element("text")
    element.text = line
    assert ElementTree.fromstring(ElementTree.tostring(element)).text == (line or None)
    assert one_line(line, limit) == line


@given(st.text("abcδ_0123 ×", min_size=1, max_size=24).map(str.strip))
def test_a_short_plain_text_stays_as_it_is(text):
    assert one_line(text, 24) == text


def test_a_long_text_keeps_its_ends():
    assert one_line("learning_rate_of_the_second_layer", 16) == "learning_…_layer"
    assert one_line("a" * 10_000 + "z", 24).endswith("z")


def test_text_cannot_turn_its_surroundings_round():
    assert one_line("a\u202eb\u2066c", 24) == "a�b�c"
