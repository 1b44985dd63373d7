"""What has no room ends in an ellipsis, and is found where somebody could mend it: in one line and in several, however
its layout takes a cut; a headline of six hundred letters everywhere that it stands."""

from __future__ import annotations

import json
from datetime import datetime

import msgspec
import pytest
from harbour import DUBLIN, City

from channel.paint.output import Finding
from channel.render import Renderer
from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from channel.screen.screen import Flaw
from channel.views.alerts import alert_answers
from channel.words import Say
from feeds.records import Alert, Article
from feeds.source import Snapshot

MOMENT = datetime(2026, 11, 24, 8, 12, tzinfo=DUBLIN)
HEADLINE = "Harbour " * 75
PROFILES = ("bitmap-hd", "bitmap-hd-large", "bitmap-sd")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City(tmp_path_factory.mktemp("harbour"))


@pytest.fixture(scope="module")
def told(city: City) -> dict[str, Snapshot]:
    """The first piece of news and the first warning have a headline of six hundred letters."""
    said = dict(city.told(MOMENT))
    for source, changes in (("news", {"title": HEADLINE[:300].strip()}), ("alerts", {"headline": HEADLINE.strip()})):
        first, *others = said[source].records
        assert isinstance(first, Article | Alert)
        changed = msgspec.structs.replace(first, **changes)
        said[source] = msgspec.structs.replace(said[source], records=(changed, *others))
    return said


def _flaws(markup: str) -> list[Flaw]:
    return compose(f'<screen lang="en">{markup}</screen>', load_geometry("hd"), page="111", title="News")[0].flaws


@pytest.mark.parametrize("how", ['h="40"', 'lines="2" lh="40"'])
def test_a_text_that_is_cut_is_found(how: str) -> None:
    """In several lines as in one, with what it would say and what it says."""
    flaw = _flaws(f'<text w="300" {how}>{"harbour " * 8}</text>')[0]
    assert not flaw.fault and "harbour…' in 300 px" in flaw.sentence
    assert _flaws(f'<text w="300" {how} cut="ok">{"harbour " * 8}</text>') == []
    assert "Harbour…' in 300 px" in _flaws(f'<text w="300" {how} cut="ok">{HEADLINE}</text>')[0].sentence


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("page", ["100", "111", "900"])
def test_a_headline_of_six_hundred_letters_is_found(
    city: City, told: dict[str, Snapshot], page: str, profile: str
) -> None:
    """In the ticker, in a list and in a takeover: it is cut between words, and is no fault."""
    found = Renderer(city.channel).page(page, "pm01", profile, told, MOMENT)
    assert found.sound
    assert any("Harbour Harbour" in finding.sentence and "Harbour…'" in finding.sentence for finding in found.findings)


def test_an_article_keeps_its_long_headline_in_its_room(city: City, told: dict[str, Snapshot]) -> None:
    found = Renderer(city.channel).page("111", "pm01", "bitmap-sd", told, MOMENT)
    own = [finding for finding in found.findings if finding.page.startswith("111.")]
    assert own and found.sound


def test_a_box_is_told_a_long_headline_between_words(city: City, told: dict[str, Snapshot]) -> None:
    """In at most 400 bytes, as the box's own takeover shows it."""
    snapshots = [told["alerts"]]
    answers, _ = alert_answers(snapshots, city.channel.estates, MOMENT, city.channel.settings, city.channel.say)
    said = [json.loads(answer) for answer in answers.values() if b"Harbour Harbour" in answer]
    assert said and all(answer["text"].endswith("Harbour…") for answer in said)
    assert all(len(answer) <= 400 for answer in answers.values())


def test_a_finding_is_told_in_the_channels_language() -> None:
    """With the same holes filled; in English it stands in logs, and one that has no message stands as it is."""
    where = {"level": "fault", "page": "111", "screen": 0, "element": ""}
    finding = Finding.of("{n} bytes, the box takes {most}", {"n": 9, "most": 8}, **where)
    assert finding.sentence == finding.said(Say("en")) == "9 bytes, the box takes 8"
    assert "9" in finding.said(Say("zh_Hans")) and "8" in finding.said(Say("zh_Hans"))
    own = msgspec.structs.replace(finding, sentence="found {odd}", message="", given=())
    assert own.said(Say("zh_Hans")) == "found {odd}"
    assert msgspec.json.decode(msgspec.json.encode(finding), type=Finding) == finding
