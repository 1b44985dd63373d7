"""The font that pip installs can write what a Chinese district writes, and old eyes can read it."""

from pathlib import Path

import numpy as np
import pytest
from pypinyin_dict.pinyin_data import ktghz2013

from broadcaster.letters import unpictured
from channel.screen import fonts
from channel.words import languages, load_catalogue
from channel.words.catalogue import read_catalogue


def gb2312() -> list[str]:
    """The 6,763 Han of GB 2312-80: rows 16 to 87."""
    found = []
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.append(bytes([row, cell]).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def test_gb2312_is_covered() -> None:
    """Every Han of GB 2312 has a picture."""
    characters = gb2312()
    assert len(characters) == 6763
    assert [c for c in characters if not fonts.has_glyph(c)] == []


def test_the_standard_characters_are_covered() -> None:
    """So has every one of the 8,105 of the Table of General Standard Chinese Characters."""
    characters = [chr(code) for code in ktghz2013.pinyin_dict]
    assert len(characters) == 8105
    assert [c for c in characters if not fonts.has_glyph(c)] == []


def test_what_no_font_has_is_known_to_be_missing() -> None:
    """A private-use character has no picture, and the font's own box for missing ones is not taken for one."""
    assert not fonts.has_glyph("\ue000")
    assert fonts.has_glyph("闵") and fonts.has_glyph(" ")


@pytest.mark.parametrize("weight", ["regular", "medium", "bold"])
def test_strokes_are_three_pixels_wide_at_body_size(weight: fonts.Weight) -> None:
    """The upright stroke of 十 is 3 px wide at 30 px, in the lightest weight that is used."""
    picture = fonts.face(1000, weight).getmask("十", mode="L")
    ink = np.array(picture).reshape(picture.size[1], picture.size[0]) > 127
    row = ink[ink.shape[0] // 4]
    assert row.sum() * 30 / 1000 >= 3


def test_figures_are_tabular() -> None:
    """Every figure is as wide as every other, so that columns of numbers align."""
    for weight in ("regular", "bold"):
        assert len({fonts.advances(30, weight)[digit] for digit in "0123456789"}) == 1  # type: ignore[arg-type]


def test_the_licence_is_kept() -> None:
    """The font's own licence text is installed beside it."""
    folder = fonts.font_path().parent
    assert fonts.settings().family.licence.startswith("SIL Open Font License")
    assert any("OFL" in path.name.upper() or "LICENSE" in path.name.upper() for path in folder.iterdir())


@pytest.mark.parametrize("language", languages())
def test_the_words_of_a_language_have_pictures(language: str) -> None:
    assert unpictured(load_catalogue(language)) == ""


def test_a_language_whose_letters_no_font_has_is_named(tmp_path: Path) -> None:
    """Armenian is written letter by letter, and would need a font of its own."""
    path = tmp_path / "hy.po"
    path.write_text('msgid ""\nmsgstr ""\n"Language: hy\\n"\n\nmsgid "Back"\nmsgstr "Հետ"\n', "utf-8")
    assert unpictured(read_catalogue(path)).startswith("Հ (U+0540), ")
