"""CAP 1.1 and 1.2, alone and through an index: what is valid is shown, updates and cancellations are followed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from feeding import NOW, Station, parse, sample, source
from upstream import Upstream, answer, status

from feeds.alerts import in_force
from feeds.base.errors import FormatError

AREA = """<area><areaDesc>闵行区</areaDesc><polygon>31.0,121.3 31.2,121.3 31.2,121.5 31.0,121.3</polygon>
<circle>31.1,121.4 5.5</circle><geocode><valueName>GB2260</valueName><value>310112</value></geocode></area>"""


def alert(ident: str = "1", *, message: str = "Alert", sent: str = "2026-11-24T08:00:00+08:00", references: str = "",
          status: str = "Actual", scope: str = "Public", expires: str = "2026-11-24T20:00:00+08:00",
          area: str = AREA, event: str = "暴雨") -> str:  # fmt: skip
    return f"""<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
    <identifier>{ident}</identifier><sender>qx@example.org</sender>
    <sent>{sent}</sent><status>{status}</status><msgType>{message}</msgType><scope>{scope}</scope>
    <references>{references}</references>
    <info><language>en-US</language><category>Met</category><event>Rain</event><urgency>Expected</urgency>
    <severity>Severe</severity><certainty>Likely</certainty></info>
    <info><language>zh-CN</language><category>Met</category><event>{event}</event><urgency>Expected</urgency>
    <severity>Severe</severity><certainty>Likely</certainty><expires>{expires}</expires>
    <senderName>区气象台</senderName><headline>暴雨黄色预警</headline>{area}</info></alert>"""


def one(text: str) -> Any:
    (found,) = parse("cap", text).records
    return found


def test_an_alert_is_read_in_the_viewers_language() -> None:
    """Of several info blocks the Chinese one counts, with its areas turned to (lon, lat)."""
    found = one(alert())
    assert (found.event, found.headline, found.severity, found.source) == ("暴雨", "暴雨黄色预警", "Severe", "区气象台")
    (area,) = found.areas
    assert area.polygons == (((121.3, 31.0), (121.3, 31.2), (121.5, 31.2), (121.3, 31.0)),)
    assert area.circles == ((121.4, 31.1, 5.5),)
    assert area.geocodes == (("GB2260", "310112"),)
    assert found.sent == NOW - timedelta(minutes=12)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("australia.cap", 1), ("earthquake.cap", 1), ("earthquake-iso8859-1.cap", 1), ("weather.cap", 1),
        ("weather.atom", 1), ("weather_invalid.atom", 1), ("invalid.cap", 0), ("invalid.rss", 0),
        ("no_entries.atom", 0), ("ny_index.rss", 0), ("weather_index.atom", 0),
    ],
)  # fmt: skip
def test_real_alerts_are_read(name: str, count: int) -> None:
    """Alerts and indexes that agencies really published; what lacks a required element is quarantined."""
    parsed = parse("cap", sample("cap", name).read_bytes())
    assert len(parsed.records) == count
    if name == "invalid.cap":
        assert "scope" in parsed.problems[0].reason


def test_accents_of_a_latin_alert_survive() -> None:
    """A few accented letters in ISO 8859-1 are not taken for Chinese."""
    assert (
        "Usulután"
        in one(
            sample("cap", "earthquake-iso8859-1.cap").read_text("latin-1").replace('encoding="ISO-8859-1"', "")
        ).headline
    )
    assert "Usulután" in parse("cap", sample("cap", "earthquake-iso8859-1.cap").read_bytes()).records[0].headline  # type: ignore[union-attr]


def test_an_alert_with_external_entities_is_refused() -> None:
    """The attack that is among the samples reads no file and asks no server."""
    with pytest.raises(FormatError, match="entities"):
        parse("cap", sample("cap", "xee.cap").read_bytes())


def test_alerts_that_are_not_for_the_public_are_quarantined() -> None:
    """Restricted and private alerts never reach a screen."""
    assert "not for the public" in parse("cap", alert(scope="Private")).problems[0].reason
    assert "expected one of" in parse("cap", alert(status="Real")).problems[0].reason
    assert "expected one of" in parse("cap", alert(message="Shout")).problems[0].reason


@pytest.mark.parametrize(
    "polygon",
    [
        "31,121 31,122 32,122",
        "31,121 31,122 32,122 91,121",
        "x",
        "",
        "31,121",
        "nan,1 1,1 2,2 nan,1",
        "31,121 31,122 32,122 31,121.5",
    ],
)
def test_a_broken_shape_does_not_silence_the_alert(polygon: str) -> None:
    """The warning stays, without the shape that cannot be drawn, and the fault is reported."""
    parsed = parse("cap", alert(area=f"<area><areaDesc>某处</areaDesc><polygon>{polygon}</polygon></area>"))
    found: Any = parsed.records[0]
    assert found.areas[0].polygons == ()
    assert "polygon was left out" in parsed.problems[0].reason


def test_a_broken_hour_does_not_silence_the_alert() -> None:
    """An expiry that cannot be read is reported and left out."""
    parsed = parse("cap", alert(expires="bald"))
    assert parsed.records[0].expires is None  # type: ignore[union-attr]
    assert "expires" in parsed.problems[0].reason


def test_updates_and_cancellations_take_earlier_alerts_off() -> None:
    """``references`` is followed through a chain; exercises and expired alerts are never in force."""
    first = one(alert("1"))
    update = one(
        alert(
            "2",
            message="Update",
            sent="2026-11-24T08:05:00+08:00",
            references="qx@example.org,1,2026-11-24T08:00:00+08:00",
        )
    )
    cancel = one(
        alert(
            "3",
            message="Cancel",
            sent="2026-11-24T08:10:00+08:00",
            references="qx@example.org,2,2026-11-24T08:05:00+08:00",
        )
    )
    other = one(alert("4,comma"))
    gone = one(alert("5", message="Update", references="qx@example.org,4,comma,2026-11-24T08:00:00+08:00"))
    drill = one(alert("6", status="Exercise"))
    assert in_force([first, drill], NOW) == [first]
    assert in_force([first, update], NOW) == [update]
    assert in_force([first, update, cancel], NOW) == []
    # Before the update was sent, the first one held.
    assert in_force([first, update, cancel], NOW - timedelta(minutes=10)) == [first]
    assert in_force([other, gone], NOW) == [gone]
    assert in_force([first], NOW + timedelta(hours=12)) == []


def test_an_index_is_followed(tmp_path: Path) -> None:
    """Entries that link are fetched, entries that hold their alert are not; a dead link costs only its own alert."""
    with Upstream() as up:
        up.serve("/a.xml", answer(alert("a").encode()))
        up.serve("/dead.xml", status(404))
        entries = f"""<entry><link href="a.xml"/></entry>
        <entry><link rel="alternate" href="{up.url("/dead.xml")}"/></entry>
        <entry><link href="/never.xml"/><content type="text/xml">{alert("b")}</content></entry>"""
        up.serve(
            "/index.atom", answer(f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode(), etag='"1"')
        )
        station = Station(tmp_path)
        feed = source("cap", up.url("/index.atom"), private=True, retries=0)
        gathering = station.gather(feed)
        assert (gathering.outcome, gathering.count, gathering.quarantined) == ("changed", 2, 1)
        snapshot = station.archive.latest("one")
        assert snapshot is not None
        assert [r.identifier for r in snapshot.records] == ["b", "a"]  # type: ignore[union-attr]
        assert "could not be fetched" in snapshot.problems[0].reason
        assert up.asked("/never.xml") == []
        # The index did not change, an alert behind it did: that must be noticed.
        up.serve("/a.xml", answer(alert("a", event="台风").encode()))
        assert station.gather(feed).outcome == "changed"
        station.close()


@pytest.mark.parametrize("body", ["", "<html/>", "{}", "<alert/>", "<alert xmlns='urn:x'/>", "<feed", "\x00"])
def test_what_is_no_cap_is_refused(body: str) -> None:
    """An error page is an error: it must not pass for "no alerts"."""
    with pytest.raises(FormatError):
        parse("cap", body)
