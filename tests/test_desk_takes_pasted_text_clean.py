"""Text pasted from word processors and PDFs comes in as somebody would have typed it, and the editor is told."""

from __future__ import annotations

import pytest

from broadcaster.desk.paste import pasted

WORD = (
    "<!--[if gte mso 9]><xml><w:WordDocument/></xml><![endif]--><style>p.MsoNormal {mso-style-parent:\"\"}</style>"
    "<p class=MsoNormal><span lang=ZH-CN style='mso-fareast-font-family:宋体'>周五停水</span><o:p></o:p></p>"
    "<p class=MsoNormal>请提前&nbsp;接水</p>"
)


@pytest.mark.parametrize(
    ("given", "text", "dropped"),
    [
        ("周五停水\r\n请接水", "周五停水\n请接水", ()),
        ("line\vbreak\u2028another\rlast", "line\nbreak\nanother\nlast", ()),
        ("021\u00a0555\u20090112\tcall", "021 555 0112 call", ()),
        ("\ufeffsoft\u00adhyphen zero\u200bwidth \u202edrawkcab\u202c", "softhyphen zerowidth drawkcab", ("marks",)),
        ("\u2022\tfirst\n\u00b7  second\n  \u25aa third", "\u2022 first\n\u2022 second\n\u2022 third", ()),
        ("\uf0b7\tfirst\n\uf0d8\tsecond", "\u2022 first\n\u2022 second", ()),
        ("o\tfirst\n\u00a7\tsecond\n\u2013\tthird", "\u2022 first\n\u2022 second\n\u2022 third", ()),
        ("1.\tfirst\n2.\tsecond", "1. first\n2. second", ()),
        ("o the second \u2014 not a list", "o the second \u2014 not a list", ()),
        ("call \uf028 021-5550", "call 021-5550", ("signs",)),
        (WORD, "周五停水\n请提前 接水", ("formatting",)),
        ("bread &amp; butter", "bread & butter", ("formatting",)),
        ("a < b and b > c", "a < b and b > c", ()),
        ("\u2f9b\u2f2f o\ufb03ce", "走工 office", ()),
        ("one\n\n\n\n\ntwo", "one\n\ntwo", ()),
        ("\u201csmart\u201d quotes\u2026 stay \u2014 so", "\u201csmart\u201d quotes\u2026 stay \u2014 so", ()),
    ],
    ids=[
        "crlf", "breaks", "spaces", "marks", "bullets", "symbol font", "tabbed bullets", "numbers", "no list", "glyph",
        "mso", "entity", "less than", "radicals", "empty lines", "quotes",
    ],
)  # fmt: skip
def test_what_is_pasted_is_what_was_meant(given: str, text: str, dropped: tuple[str, ...]) -> None:
    assert pasted(given) == (text, dropped)


def test_clean_text_stays_as_it_is() -> None:
    clean = pasted(WORD).text
    assert pasted(clean) == (clean, ())


def test_it_takes_no_longer_than_the_text_is() -> None:
    evil = "<!--[if " * 40_000 + "<p " * 40_000 + "\u2022\t" * 40_000
    assert pasted(evil).text is not None
