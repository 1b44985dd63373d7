"""On a phone every telephone number is a link that dials it, in its own field and in a sentence; nothing else is."""

from __future__ import annotations

import re

import lxml.html
import pytest
from markupsafe import Markup
from portal_help import Spoken, parsed, spoken, words

from channel.paint.dialling import Dialling
from channel.profiles.terminals import PORTAL
from channel.words import Say

CHINESE, ENGLISH = Dialling(Say("zh_Hans")), Dialling(Say("en"))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Spoken:
    return spoken("minhang", tmp_path_factory.mktemp("state"))


def links(shown: Markup, text: str) -> list[str]:
    """Where the links of ``shown`` lead, whose words are those of ``text``."""
    element = lxml.html.fragment_fromstring(str(shown), create_parent="p")
    assert element.text_content() == text
    return [str(found) for found in element.xpath(".//a/@href")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("021-5550 0112", ["tel:02155500112"]),
        ("110 / 120", ["tel:110", "tel:120"]),
        ("+353 21 555 0112 or 999", ["tel:+353215550112", "tel:999"]),
        ("no number, room 12", []),
        ('<b>"110"</b>', ["tel:110"]),
        ("555 0001 (24 hours)", ["tel:5550001"]),
        ("555-0001(24 hours)", ["tel:5550001"]),
        ("(021) 555 0112", ["tel:0215550112"]),
        ("555 0001/555 0002", ["tel:5550001", "tel:5550002"]),
        ("555 0001 08:00-17:00", ["tel:5550001"]),
        ("08:00-17:00 call 110", ["tel:110"]),
        ("021-5550 4982-8001", ["tel:02155504982;ext=8001"]),
        ("021-5550 4982 ext. 80", ["tel:02155504982;ext=80"]),
        ("2026-11-30", []),
        ("*21*13800000000#, 110", ["tel:110"]),
    ],
)
def test_a_field_dials_all_its_numbers(text: str, found: list[str]) -> None:
    assert links(ENGLISH.field(text), text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("打 12333 登记，半年回访一次", ["tel:12333"]),
        ("危险的事打 110、119、120", ["tel:110", "tel:119", "tel:120"]),
        ("坐下别动，打 120，开着门等", ["tel:120"]),
        ("请打 021-5550 2680 登记，可借应急电源。", ["tel:02155502680"]),
        ("紧急报警　110", ["tel:110"]),
        ("拨打 110 或 120", ["tel:110", "tel:120"]),
        ("手机 13812345678", ["tel:13812345678"]),
        ("本批共 120 户通过审核", []),
        ("水清路119号，2026-11-24 08:30", []),
        ("打 100 分，打 150 元", []),
        ("02 10 40", []),
        ("5200-6500元", []),
        ("离家 1.2 公里，空位 120", []),
    ],
)  # fmt: skip
def test_a_sentence_dials_what_it_says_to_call(text: str, found: list[str]) -> None:
    """A whole number by itself; a short one where the sentence says to call it, for its digits alone may count
    anything: households, a house in its street, points."""
    assert links(CHINESE.sentence(text), text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Call 112 or 999, or phone 555 0160.", ["tel:112", "tel:999", "tel:5550160"]),
        ("Dial +353 21 555 0112", ["tel:+353215550112"]),
        ("Causeway Road, outside number 112", []),
        ("They called 300 people", []),
        ("<script>call 112</script>", ["tel:112"]),
    ],
)
def test_so_it_does_in_english(text: str, found: list[str]) -> None:
    assert links(ENGLISH.sentence(text), text) == found


def test_every_row_of_the_directory_dials(said: Spoken) -> None:
    page = parsed(said.page("604", PORTAL)[0])
    rows = page.xpath("//tbody/tr")
    assert len(rows) == len(page.xpath("//tbody//a[starts-with(@href, 'tel:')]")) > 30
    for row in rows:
        (link,) = row.xpath(".//a")
        assert link.get("href") == "tel:" + re.sub("[^0-9+]", "", words(link))


@pytest.mark.parametrize("number", ["124", "208", "209", "662", "600"])
def test_guides_dial_in_their_steps(said: Spoken, number: str) -> None:
    page = parsed(said.page(number, PORTAL)[0])
    assert page.xpath("//main//*[self::ol or self::ul]//a[starts-with(@href, 'tel:')]")
    assert not page.xpath("//a//a")
