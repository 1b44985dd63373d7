"""Latin, Greek and Cyrillic are complete with all their marks; what cannot be set is refused by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcaster.cli import main
from channel.paint.raster import glyphs
from channel.screen.fonts import advances, has_glyph, is_own
from channel.words import cannot_be_set

ALPHABETS = {
    "Latin-1": range(0xC0, 0x100),
    "Latin Extended-A": range(0x100, 0x17F),
    "Romanian": map(ord, "ȘșȚț"),
    "Vietnamese": range(0x1EA0, 0x1EFA),
    "Greek": [code for code in range(0x386, 0x3CF) if chr(code).isalpha()],
    "Cyrillic": range(0x400, 0x460),
}


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_an_alphabet_is_complete(alphabet: str) -> None:
    assert [chr(code) for code in ALPHABETS[alphabet] if not has_glyph(chr(code))] == []


@pytest.mark.parametrize("weight", ["regular", "medium", "bold"])
def test_letters_of_the_further_font_are_as_tall_as_the_familys_own(weight: str) -> None:
    """``č`` of the one stands beside ``c`` of the other; its mark comes on top."""
    assert is_own("c") and not is_own("č")
    for plain, marked in ("cč", "zž", "Iİ"):
        own, further = glyphs(40, weight)[plain], glyphs(40, weight)[marked]  # type: ignore[arg-type]
        assert abs(own.dy + own.h - further.dy - further.h) <= 1 and further.h > own.h
        wide = advances(40, weight)  # type: ignore[arg-type]
        assert abs(wide[plain] - wide[marked]) <= 2


@pytest.mark.parametrize(
    ("language", "why"),
    [("ar", "right to left"), ("he_IL", "right to left"), ("hi", "neighbours"), ("th", "neighbours"), ("de", ""),
     ("el", ""), ("uk", ""), ("zh_Hans", ""), ("nonsense", "")],
)  # fmt: skip
def test_a_language_that_cannot_be_set_says_why(language: str, why: str) -> None:
    found = cannot_be_set(language)
    assert bool(found) == bool(why) and why in found


def test_a_channel_in_it_is_refused(channel_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (channel_dir / "channel.toml").read_text("utf-8")
    (channel_dir / "channel.toml").write_text(f'language = "ar"\n{text}', "utf-8")
    assert main(["--channel", str(channel_dir), "releases"]) == 2
    assert "channel.toml:1: language: found 'ar', which cannot be set: it is written from right to left" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("title", "said"),
    [("أخبار", "U+0623, ARABIC LETTER ALEF WITH HAMZA ABOVE"), ("ข่าว", "U+0E02, THAI CHARACTER KHO KHAI")],
)
def test_a_title_in_letters_that_no_font_has_is_named(
    channel_dir: Path, capsys: pytest.CaptureFixture[str], title: str, said: str
) -> None:
    file = channel_dir / "lineup.toml"
    file.write_text(file.read_text("utf-8").replace('title = "区政府新闻"', f'title = "{title}"'), "utf-8")
    assert main(["--channel", str(channel_dir), "releases"]) == 2
    told = capsys.readouterr().err
    assert "page.111.title: found" in told and said in told
