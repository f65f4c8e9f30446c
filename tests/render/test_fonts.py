"""The font that comes with the package, measured."""

from __future__ import annotations

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from compgraph.render.fonts import FILES, covers, text_width

FONTS = [TTFont(file) for file in FILES]
LETTERS = sorted(FONTS[0].getBestCmap())


@given(st.text(st.sampled_from([chr(code) for code in LETTERS]), max_size=30), st.booleans(), st.floats(1, 100))
def test_widths_are_the_sums_of_the_fonts_advances(text, bold, size):
    font = FONTS[bold]
    names, metrics = font.getBestCmap(), font["hmtx"].metrics
    units = sum(metrics[names[ord(letter)]][0] for letter in text)
    assert text_width(text, size, bold=bold) == pytest.approx(size * units / font["head"].unitsPerEm)


def test_both_weights_have_the_same_letters_and_no_kerning():
    assert sorted(FONTS[1].getBestCmap()) == LETTERS
    for font in FONTS:
        assert "kern" not in font
        assert "kern" not in {record.FeatureTag for record in font["GPOS"].table.FeatureList.FeatureRecord}


def test_the_letters_of_formulas_and_of_european_alphabets_are_there():
    assert covers("".join(map(chr, range(0x20, 0x7F))) + "äöüßéèçñłşğα-ωΑ-ΩЖя×÷−·…∂∇ΣΠᵀ√∞≈≤≥≠²³⁻¹₀₉⌊⌋⟨⟩→⊙∘�")
    assert not covers("损")
    assert not covers("a🐍")


def test_letters_the_font_lacks_are_taken_for_wide():
    assert text_width("损失", 10) >= 20
    assert text_width("אב", 10) >= 12
    assert text_width("e\u0301", 10) == pytest.approx(text_width("e", 10), abs=5)


def test_the_licence_is_beside_the_files():
    from pathlib import Path

    folder = Path(FILES[0]).parent
    assert "Bitstream" in (folder / "LICENSE.txt").read_text(encoding="utf-8")
    assert "pyftsubset" in (folder / "README.md").read_text(encoding="utf-8")
