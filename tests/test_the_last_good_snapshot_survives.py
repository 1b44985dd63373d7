"""Whatever a source does, what it last gave stays on air with its age, and the trouble is visible."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from feeding import NOW, Station, source
from hostile_tasks import Misled
from upstream import (
    Behaviour,
    Upstream,
    answer,
    bomb,
    drip_head,
    endless,
    hang,
    lying_etag,
    redirect,
    reset_midway,
    status,
)

from feeds.source import Freshness, Source, freshness

pytestmark = pytest.mark.slow

GOOD = json.dumps([{"id": f"p{n}", "name": f"第{n}号", "phone": str(n)} for n in range(10)]).encode()

FAULT = "reading this as table failed: the fault is ours, not the file's; please report it with the file"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    one = Station(tmp_path)
    yield one
    one.close()


def feed(up: Upstream, **more: Any) -> Source:
    facts = {"record": "contact", "private": True, "retries": 0, "deadline": "10min", "max_bytes": 200_000, **more}
    return source("table", up.url("/feed"), **facts)


LATE = ("hang", "drip")
"""What only the deadline ends."""
BROKEN: dict[str, Behaviour] = {
    "500": status(500),
    "404": status(404),
    "hang": hang(),
    "drip": drip_head(1.0),
    "endless": endless(),
    "bomb": bomb(50),
    "loop": redirect("/loop"),
    "reset": reset_midway(GOOD),
    "html": answer(b"<!DOCTYPE html><html><body>maintenance</body></html>", media_type="text/html"),
    "truncated": answer(GOOD[: len(GOOD) // 2]),
    "nesting": answer(b"[" * 150_000),
    "rubbish": answer(bytes(range(256)) * 10),
    "nothing": answer(b""),
    "no-row-valid": answer(b'[{"title": "x"}, {"title": "y"}]'),
    "half-the-rows-bad": answer(json.dumps([{"name": "a", "phone": "1"}, {"name": "b"}, {"name": "c"}]).encode()),
    "yaml-bomb": answer(b"a: &a [x]\nb: &b [*a,*a]\n"),
    "pickle": answer(b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94."),
}


@pytest.mark.parametrize("name", BROKEN)
def test_no_fault_loses_what_was_there(station: Station, caplog: pytest.LogCaptureFixture, name: str) -> None:
    """The records stay, ``checked`` stays, the log names the source, and the source comes back by itself."""
    with Upstream() as up:
        up.serve("/loop", redirect("/loop"))
        up.serve("/feed", answer(GOOD), BROKEN[name], answer(GOOD))
        one = feed(up)
        assert station.gather(one).outcome == "changed"
        station.clock.forward(3600)
        caplog.set_level(logging.INFO)
        faulty = station.gather(feed(up, deadline="500ms") if name in LATE else one)
        assert faulty.outcome in ("failed", "kept")
        assert faulty.error
        assert "source one:" in caplog.text
        snapshot = station.archive.latest("one")
        assert snapshot is not None
        assert (len(snapshot.records), snapshot.checked) == (10, NOW)
        state = station.archive.state("one")
        assert (state.failures, state.error, state.last_success) == (1, faulty.error, NOW)
        assert station.gather(one).outcome == "unchanged"
        assert station.archive.state("one").failures == 0


def test_an_unexpected_error_is_the_sources_own_trouble(station: Station) -> None:
    """Even a fault in a format of our own does not get past the gathering."""
    parser = Misled("explode")
    with Upstream() as up:
        up.serve("/feed", answer(GOOD))
        gathering = station.gather(feed(up, id="bad"), parser=parser)
    parser.close()
    assert (gathering.outcome, gathering.error) == ("failed", FAULT)


def test_a_wrong_setting_is_the_sources_own_trouble(station: Station) -> None:
    """A source without its environment variable or its record kind fails alone."""
    one = source("table", "http://127.0.0.1:1/", record="contact", headers={"X": "${NOT_SET_HERE}"}, private=True)
    assert "NOT_SET_HERE is not set" in station.gather(one).error


def test_conditional_requests_save_the_body(station: Station) -> None:
    """A 304 confirms the snapshot: ``checked`` moves, ``observed`` stays, and no body is asked for."""
    with Upstream() as up:
        up.serve("/feed", answer(GOOD, etag='"v1"', modified="Tue, 24 Nov 2026 00:00:00 GMT"))
        one = feed(up)
        assert station.gather(one).outcome == "changed"
        station.clock.forward(600)
        again = station.gather(one)
        assert (again.outcome, again.bytes, again.count) == ("unchanged", 0, 10)
        assert up.requests[1].headers["if-none-match"] == '"v1"'
        assert up.requests[1].headers["if-modified-since"] == "Tue, 24 Nov 2026 00:00:00 GMT"
        snapshot = station.archive.latest("one")
        assert snapshot is not None
        assert (snapshot.observed, snapshot.checked) == (NOW, NOW + timedelta(minutes=10))


def test_the_same_records_are_unchanged_whatever_the_bytes(station: Station) -> None:
    """A new ETag and other white space are no change; one record is."""
    with Upstream() as up:
        changed = GOOD.replace(b'"0"', b'"9"')
        up.serve("/feed", answer(GOOD, etag='"1"'), answer(GOOD + b"\n\n", etag='"2"'), answer(changed, etag='"3"'))
        outcomes = []
        for _ in range(3):
            outcomes.append(station.gather(feed(up)).outcome)
            station.clock.forward(60)
        assert outcomes == ["changed", "unchanged", "changed"]
        assert len(station.archive.history("one")) == 2


def test_an_etag_that_lies_is_found_out_within_a_day(station: Station) -> None:
    """A server that answers 304 for ever is asked for the whole body once a day."""
    with Upstream() as up:
        up.serve("/feed", lying_etag([GOOD, GOOD.replace(b'"0"', b'"9"')]))
        one = feed(up)
        station.gather(one)
        station.clock.forward(12 * 3600)
        assert station.gather(one).outcome == "unchanged"
        station.clock.forward(12 * 3600)
        assert station.gather(one).outcome == "changed"


def test_bare_hours_are_todays_also_in_an_unchanged_feed(station: Station) -> None:
    """A timetable that says 08:12 every day is read again on each local day, although its bytes stay the same."""
    rows = json.dumps([{"stop": "莘庄", "line": "K1", "departs": "23:30"}]).encode()
    with Upstream() as up:
        up.serve("/feed", answer(rows, etag='"1"'))
        one = source("table", up.url("/feed"), record="departure", private=True)
        days = []
        for hours in (0, 12, 12):
            station.clock.forward(hours * 3600)
            station.gather(one)
            snapshot = station.archive.latest("one")
            assert snapshot is not None
            days.append(snapshot.records[0].departs.day)  # type: ignore[union-attr]
        assert days == [24, 24, 25]
        assert [("if-none-match" in request.headers) for request in up.requests] == [False, True, False]


def test_a_new_field_map_reads_the_same_bytes_again(station: Station) -> None:
    """After an editor changed what is read, a 304 would keep the old reading: no validators are sent."""
    with Upstream() as up:
        up.serve("/feed", answer(GOOD, etag='"1"'))
        station.gather(feed(up))
        assert station.gather(feed(up, constants={"kind": "热线"})).outcome == "changed"
        assert "if-none-match" not in up.requests[1].headers


def test_a_304_that_nobody_asked_for_is_an_error(station: Station) -> None:
    """Without a snapshot there is nothing to confirm."""
    with Upstream() as up:
        up.serve("/feed", status(304))
        assert station.gather(feed(up)).outcome == "failed"


def test_a_sudden_drop_keeps_the_last_good_snapshot(station: Station) -> None:
    """With ``max_drop`` a feed that lost most of its rows is not believed, and says so as drift."""
    few = json.dumps([{"name": "a", "phone": "1"}]).encode()
    with Upstream() as up:
        up.serve("/feed", answer(GOOD), answer(few))
        one = feed(up, max_drop=0.5)
        station.gather(one)
        gathering = station.gather(one)
        assert (gathering.outcome, gathering.count, gathering.drift) == ("kept", 10, "the count dropped from 10 to 1")
        assert station.archive.state("one").drift
        # Without the limit the publisher's word counts.
        assert station.gather(feed(up)).count == 1
        assert station.archive.state("one").drift == ""


def test_a_dead_source_rests_and_wakes_by_itself(station: Station) -> None:
    """After three failures the source is left alone, longer each time, and tried again without anybody's help."""
    with Upstream() as up:
        up.serve("/feed", status(500))
        one = feed(up, every="10min")
        for _ in range(3):
            assert station.gather(one).outcome == "failed"
        assert station.archive.state("one").resting_until == NOW + timedelta(minutes=20)
        assert (station.gather(one).outcome, len(up.requests)) == ("kept", 3)
        station.clock.forward(21 * 60)
        station.gather(one)
        assert len(up.requests) == 4
        rest = station.archive.state("one").resting_until
        assert rest is not None and rest - station.clock.now() == timedelta(minutes=40)
        up.serve("/feed", answer(GOOD))
        assert station.gather(one, force=True).outcome == "changed"
        assert station.archive.state("one").resting_until is None


def test_retry_after_rests_the_source(station: Station) -> None:
    """A server that asks for an hour gets it, after one failure."""
    with Upstream() as up:
        up.serve("/feed", status(503, {"Retry-After": "3600"}))
        station.gather(feed(up))
        assert station.gather(feed(up)).outcome == "kept"
        assert len(up.requests) == 1
        station.clock.forward(3601)
        station.gather(feed(up))
        assert len(up.requests) == 2


def test_age_is_judged_by_the_last_success(station: Station) -> None:
    """Fresh, late, stale: by the source's own borders, from the last time it answered."""
    with Upstream() as up:
        up.serve("/feed", answer(GOOD), status(500))
        one = feed(up, every="10min", expires_after="1d")
        station.gather(one)
        states = []
        for minutes in (0, 29, 1, 90, 24 * 60):
            station.clock.forward(minutes * 60)
            station.gather(one)
            states.append(freshness(one, station.archive.latest("one"), station.clock.now()))
        assert states == [Freshness.FRESH, Freshness.FRESH, Freshness.LATE, Freshness.STALE, Freshness.EXPIRED]


def test_a_feed_that_changes_its_shape_keeps_the_last_good_snapshot(station: Station) -> None:
    """A renamed column empties a field without making any row invalid: that is drift, and is not believed."""
    optional = json.dumps([{"id": f"p{n}", "name": f"n{n}", "phone": "1", "hours": "9-17"} for n in range(10)]).encode()
    with Upstream() as up:
        up.serve("/feed", answer(optional), answer(optional.replace(b'"hours"', b'"open"')), answer(optional))
        one = feed(up)
        station.gather(one)
        gathering = station.gather(one)
        assert (gathering.outcome, gathering.count) == ("kept", 10)
        assert gathering.drift == "the feed no longer has hours, which filled hours; new: open"
        assert station.archive.state("one").drift == gathering.drift
        assert station.gather(one).outcome == "unchanged"
        assert station.archive.state("one").drift == ""
        # An editor who maps the new column says thereby that the new shape is right.
        up.serve("/feed", answer(optional.replace(b'"hours"', b'"open"')))
        assert station.gather(feed(up, fields={"hours": "open"})).outcome == "unchanged"


def test_a_clock_that_runs_ahead_is_not_believed(station: Station) -> None:
    """A feed from the future has no age of its own, and its items do not stay on top for days."""
    ahead = "<rss><channel><lastBuildDate>Wed, 25 Nov 2026 12:00:00 +0800</lastBuildDate><item><title>一</title>"
    ahead += "<pubDate>Mon, 30 Nov 2026 12:00:00 +0800</pubDate></item><item><title>二</title>"
    ahead += "<pubDate>Tue, 24 Nov 2026 08:20:00 +0800</pubDate></item></channel></rss>"
    with Upstream() as up:
        station.gather(source("rss", up.serve("/feed", answer(ahead.encode())), private=True))
    snapshot = station.archive.latest("one")
    assert snapshot is not None
    assert (snapshot.updated, snapshot.observed) == (None, NOW)
    first, second = snapshot.records
    assert first.published is None  # type: ignore[union-attr]
    assert second.published == NOW + timedelta(minutes=8)  # type: ignore[union-attr]
