"""The open interface: every answer is as its description says, which is made from the types; feeds are read by the
libraries of those who like them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import feedparser
import icalendar
import jsonschema
import pytest
from portal_help import NAMES, Spoken, spoken

from channel.paint.portal import Notice
from channel.profiles.terminals import INTERFACE
from channel.views.content import Calendar, List, Nearest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=NAMES)
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Spoken:
    return spoken(request.param, tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def files(said: Spoken) -> dict[str, Any]:
    return {file.name: json.loads(file.body) for file in said.renderer.terminals.files(INTERFACE)}


def checked(described: dict[str, Any], name: str, document: bytes) -> Any:
    """The document's value, held against the schema of that name."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    value = json.loads(document)
    jsonschema.Draft202012Validator(schema).validate(value)
    return value


def test_every_page_and_item_is_as_described(said: Spoken, files: dict[str, Any]) -> None:
    seen = set()
    for name, document in said.everything(INTERFACE):
        if document.name.endswith(".json"):
            kind = "ItemDocument" if "." in name else "PageDocument"
            value = checked(files["openapi.json"], kind, document.body)
            seen.add(value["body"]["type"])
            assert all(source["licence"] and source["publisher"] for source in value["sources"]), name
            assert value["format"] == 1
    assert len(seen) > 8


def test_a_page_says_until_when_it_holds_and_of_whom(said: Spoken) -> None:
    number = "201"
    value = json.loads(said.page(number, INTERFACE)[0].body)
    until = said.content(number).valid_until
    assert value["page"] == number and value["title"] == said.channel.lineup.page(number).title
    assert datetime.fromisoformat(value["valid_until"]) == until
    estate = said.channel.estates[said.estate]
    assert value["place"] == [estate.town, estate.name]


def test_what_the_channel_is_made_of_is_as_described(said: Spoken, files: dict[str, Any]) -> None:
    described = files["openapi.json"]
    checked(described, "LineupDocument", json.dumps(files["lineup.json"]).encode())
    checked(described, "EstatesDocument", json.dumps(files["estates.json"]).encode())
    assert [page["page"] for page in files["lineup.json"]["pages"]] == list(said.channel.lineup.pages)
    assert [estate["id"] for estate in files["estates.json"]["estates"]] == list(said.channel.estates)
    points = files["estates.geojson"]["features"]
    first = said.channel.estates[points[0]["id"]]
    assert points[0]["geometry"] == {"type": "Point", "coordinates": [first.lon, first.lat]}


def test_the_description_names_every_document_and_no_other(files: dict[str, Any]) -> None:
    """Each schema that it refers to is there; what it describes is version 3.1 of OpenAPI."""
    described = files["openapi.json"]
    assert described["openapi"] == "3.1.0" and set(described) == {"openapi", "info", "paths", "components"}
    named = set(_references(described))
    assert named and named <= {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    for schema in described["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for part in value.values() for ref in _references(part)]
    return [ref for part in value for ref in _references(part)] if isinstance(value, list) else []


def test_news_are_a_feed(said: Spoken) -> None:
    """As a reader of feeds has it: title, address, time and tag of each row, the newest first as the page has them."""
    told = {number: said.content(number) for number in said.channel.lineup.pages}
    number = next(n for n, content in told.items() if isinstance(content.body, List) and content.items)
    body = told[number].body
    assert isinstance(body, List)
    (document,) = [d for d in said.page(number, INTERFACE) if d.name.endswith(".atom")]
    feed = feedparser.parse(document.body)
    assert not feed.bozo and feed.version == "atom10"
    assert [entry.title for entry in feed.entries] == [row.title for row in body.rows]
    url = said.channel.settings.portal.url
    assert feed.entries[0].link == f"{url}/m/i/{body.rows[0].to}"
    assert body.rows[0].at is not None
    assert datetime(*feed.entries[0].updated_parsed[:6], tzinfo=UTC) == body.rows[0].at.replace(microsecond=0)
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)


def test_events_are_a_calendar(said: Spoken) -> None:
    number = next((n for n in said.channel.lineup.pages if isinstance(said.content(n).body, Calendar)), "")
    if not number:
        pytest.skip("no page of events")
    content = said.content(number)
    assert isinstance(content.body, Calendar)
    (document,) = [d for d in said.page(number, INTERFACE) if d.name.endswith(".ics")]
    events = icalendar.Calendar.from_ical(document.body).walk("VEVENT")
    assert [str(event["summary"]) for event in events] == [entry.title for entry in content.body.agenda]
    item = next(item for item in content.items if item.occasion)
    (single,) = [d for d in said.item(number, INTERFACE, item) if d.name.endswith(".ics")]
    (event,) = icalendar.Calendar.from_ical(single.body).walk("VEVENT")
    assert item.occasion is not None
    assert str(event["summary"]) == item.occasion.title
    begins = event.decoded("dtstart")
    assert begins == said.channel.say.day_of(item.occasion.begins) if item.occasion.all_day else item.occasion.begins


def test_places_are_points_on_a_map(said: Spoken) -> None:
    """Of the rows whose place is known: longitude first, in the channel's district, with what the page says of each."""
    number = next(n for n in said.channel.lineup.pages if isinstance(said.content(n).body, Nearest))
    body = said.content(number).body
    assert isinstance(body, Nearest)
    (document,) = [d for d in said.page(number, INTERFACE) if d.name.endswith(".geojson")]
    features = json.loads(document.body)["features"]
    known = [row for row in body.rows if row.at]
    assert known and [one["id"] for one in features] == [row.to for row in known]
    assert [one["properties"]["name"] for one in features] == [row.name for row in known]
    estate = said.channel.estates[said.estate]
    assert estate.lon is not None and estate.lat is not None
    for feature in features:
        lon, lat = feature["geometry"]["coordinates"]
        assert abs(lon - estate.lon) < 0.5 and abs(lat - estate.lat) < 0.5


def test_alerts_are_told_even_where_there_are_none(said: Spoken, files: dict[str, Any]) -> None:
    """What speaks, all of it, and whose word it is; an answer and no refusal where nothing is in force."""
    interface = said.renderer.terminals.interface
    content = said.content("900")
    notice = Notice(id="a1", level="takeover", mark="!", text="Storm", do="Stay in", page="900")
    told = checked(files["openapi.json"], "AlertsDocument", interface.alerts(said.estate, notice, content, "json").body)
    assert (told["id"], told["level"], told["page"]) == ("a1", "takeover", "900")
    none = checked(files["openapi.json"], "AlertsDocument", interface.alerts(said.estate, None, None, "json").body)
    assert (none["level"], none["alert"]) == ("none", None)
    assert feedparser.parse(interface.alerts(said.estate, None, None, "atom").body).entries == []
