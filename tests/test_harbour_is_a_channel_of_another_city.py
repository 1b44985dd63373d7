"""The second example is a whole channel: an invented port city that speaks English, on the clock of Dublin.

Nothing of it is Chinese, every page of it says something, in winter and in summer, and every page can be painted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harbour import DUBLIN, HARBOUR, PAGES, PLACES, City, generate

from broadcaster.cli import main
from channel.estates import DISTRICT
from channel.preflight import inspect
from channel.render import Renderer
from feeds.folder import read_records

PROFILES = ("web-hd", "bitmap-hd", "bitmap-sd", "bitmap-hd-large")
HAN = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
STYLE = re.compile("<style.*?</style>", re.DOTALL)
"""It names fonts of boxes, some of them in Chinese."""
MOMENTS = {
    "gathered": "2026-11-24T08:12", "midsummer": "2026-07-01T09:00", "night": "2026-11-28T00:40",
    "holiday": "2026-12-25T11:00", "leap year": "2028-02-29T17:05",
}  # fmt: skip



@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City(tmp_path_factory.mktemp("harbour"))


def at(text: str) -> datetime:
    """A moment on the city's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=DUBLIN)


def words(value: Any) -> Iterator[str]:
    """Every text in a content, as plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from words(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from words(inner)


def test_its_files_have_no_mistake(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--channel", str(HARBOUR), "--state", str(state), "check"]) == 0
    assert "0 problems" in capsys.readouterr().out


def test_its_records_are_what_its_generator_makes(tmp_path: Path) -> None:
    made = generate()
    made.write(tmp_path, made.base.FIRST_MOMENT)
    assert (tmp_path / "estates.csv").read_bytes() == (HARBOUR / "estates.csv").read_bytes()
    there, again = (
        {path.relative_to(root).as_posix(): path for path in (root / "records").rglob("*") if path.is_file()}
        for root in (HARBOUR, tmp_path)
    )
    assert set(there) == set(again)
    # How an archive is packed may differ from one library to the next.
    assert [n for n in there if n[-4:] != ".zip" and there[n].read_bytes() != again[n].read_bytes()] == []


def test_no_row_of_its_sources_is_refused(city: City) -> None:
    for ident, snapshot in city.told(at(MOMENTS["gathered"])).items():
        assert [f"{ident} {p.position}: {p.reason}" for p in snapshot.problems] == []


@pytest.mark.parametrize("name", MOMENTS)
def test_every_page_says_something_and_nothing_in_chinese(city: City, name: str) -> None:
    moment = at(MOMENTS[name])
    for number in PAGES:
        for estate in PLACES:
            said = msgspec.to_builtins(city.says(number, estate, moment))
            assert not said["body"].get("empty"), (number, estate, said["body"]["empty"])
            assert [text for text in words(said) if HAN.search(text)] == [], (number, estate)
            assert {line["state"] for line in said["sources"]} <= {"fresh"}, (number, estate)


@pytest.mark.parametrize(("language", "headline"), [("en", "Small craft advisory"), ("ga", "Rabhadh do bháid bheaga")])
def test_its_warning_is_told_in_the_language_that_its_source_asks_for(city: City, language: str, headline: str) -> None:
    """The message has two ``info``, the Irish one first."""
    moment = at(MOMENTS["gathered"])
    told = city.told(moment)
    source = msgspec.structs.replace(city.channel.sources["alerts"], options={"language": language})
    alerts = read_records(source, HARBOUR / "records", moment)
    assert alerts and len(alerts.records) == 1
    said = city.asker.content(city.channel.lineup.page("900"), "pm01", {**told, "alerts": alerts}, moment)
    assert any(text.startswith(headline) for text in words(msgspec.to_builtins(said.body)))


def test_its_bicycles_are_called_by_their_english_names(city: City) -> None:
    said = set(words(msgspec.to_builtins(city.says("404", "pm01", at(MOMENTS["gathered"])))))
    assert "Custom House Steps" in said and "Céimeanna Theach an Chustaim" not in said


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", ["gathered", "midsummer"])
def test_every_page_can_be_painted(city: City, profile: str, name: str) -> None:
    """Without a fault, and what HTML says has no Chinese either. Cut words are warnings, which are not counted here."""
    moment, channel = at(MOMENTS[name]), city.channel
    renderer = Renderer(channel)
    for number in PAGES:
        for estate in PLACES[:2]:
            items = estate == DISTRICT
            painted = renderer.page(number, estate, profile, city.told(moment), moment, items=items)
            found = inspect(painted, channel.lineup, channel.estates, renderer.profiles[profile], items=items)
            assert [f"{f.element}: {f.sentence}" for f in found.findings if f.level == "fault"] == [], (number, estate)
            pages = [d.body.decode() for d in painted.documents if d.media.startswith("text/html; charset=utf-8")]
            assert [found for page in pages if (found := HAN.search(STYLE.sub("", page)))] == [], (number, estate)
