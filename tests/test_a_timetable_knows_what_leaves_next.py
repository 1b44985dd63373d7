"""GTFS: calendars, exceptions, frequencies and times past midnight, for any moment; realtime laid over it."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from feeding import NOW, Station, parse, sample, source
from google.transit import gtfs_realtime_pb2 as pb
from gtfs_files import FILES, gtfs
from slow_gtfs import SlowGtfs

from feeds.base.errors import FormatError
from feeds.datasets import DatasetStore
from feeds.formats import Document, get
from feeds.records import Departure, Route
from feeds.timetable import Timetable

SHANGHAI = ZoneInfo("Asia/Shanghai")


def timetable(body: bytes | None = None) -> Timetable:
    made = parse("gtfs", body or gtfs()).dataset
    assert isinstance(made, Timetable)
    return made


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def leaving(table: Timetable, stop: str, moment: str, n: int = 3) -> list[str]:
    index = table.stop(stop)
    assert index is not None
    found = table.departures([index], at(moment), n)
    return [f"{d.departs.astimezone(SHANGHAI):%d %H:%M} {d.line}" for d in found]


# 2026-11-24 is a Tuesday; on the 25th the weekday service is taken off and the Sunday one put on.
@pytest.mark.parametrize(
    ("stop", "moment", "expected"),
    [
        ("A", "2026-11-24T07:00", ["24 08:00 173路", "24 09:00 173路", "24 20:10 夜宵线"]),
        ("A", "2026-11-24T08:00", ["24 08:00 173路", "24 09:00 173路", "24 20:10 夜宵线"]),
        ("A", "2026-11-24T08:00:01", ["24 09:00 173路", "24 20:10 夜宵线", "24 20:30 夜宵线"]),
        ("A", "2026-11-24T20:40", ["24 20:50 夜宵线", "25 00:50 夜宵线", "25 10:00 173路"]),
        ("A", "2026-11-25T00:30", ["25 00:50 夜宵线", "25 10:00 173路", "26 08:00 173路"]),
        ("B", "2026-11-25T01:00", ["25 01:10 夜宵线", "26 08:10 173路"]),
        ("A", "2026-11-28T12:00", ["29 10:00 173路", "30 08:00 173路", "30 09:00 173路"]),
        ("C", "2026-11-24T07:00", ["24 20:00 夜宵线", "24 20:20 夜宵线", "24 20:40 夜宵线"]),
        ("A", "2027-01-01T12:00", []),
        ("A", "2026-10-01T12:00", []),
    ],
)
def test_the_next_departures_are_right(stop: str, moment: str, expected: list[str]) -> None:
    """Yesterday's late trips, today's frequencies, exceptions of the calendar; nobody boards at a last stop, nor
    where boarding is forbidden, and a stop without a time lies evenly between its neighbours."""
    assert leaving(timetable(), stop, moment) == expected


def test_a_departure_says_where_it_goes() -> None:
    """The headsign, or else the last stop; the platform; an id that is the same in every process."""
    table = timetable()
    index = table.stop("A")
    assert index is not None
    first, second = table.departures([index], at("2026-11-24T07:00"), 2)
    assert (first.stop, first.destination, first.platform) == ("莘庄地铁站", "梅陇镇", "2")
    assert second.destination == "梅陇镇"
    assert first.id == timetable().departures([index], at("2026-11-24T07:00"), 1)[0].id


def test_lines_become_route_records() -> None:
    """Both ends, first and last departure, and how often it usually runs."""
    routes: Any = parse("gtfs", gtfs()).records
    assert all(isinstance(route, Route) for route in routes)
    found = {(r.line, r.origin, r.destination): (r.first, r.last, r.headway) for r in routes}
    assert found[("173路", "莘庄地铁站", "梅陇镇")] == ("08:00", "10:00", "PT60M")
    assert found[("夜宵线", "梅陇镇", "春申路")] == ("20:00", "20:40", "PT20M")
    assert found[("夜宵线", "莘庄地铁站", "梅陇镇")] == ("00:50", "00:50", "")


def test_the_nearest_stops_are_found() -> None:
    """By distance on the ground, only stops that something leaves from, and not beyond the limit."""
    table = timetable()
    found = table.nearest(121.3860, 31.1100, n=2)
    assert [table.stop_id(int(table._first[stop])) for stop, _ in found] == ["A", "B"]
    assert found[0][1] == pytest.approx(146, abs=2)
    assert table.nearest(0, 0) == []


def test_a_dataset_is_the_same_after_a_trip_through_its_file(tmp_path: Path) -> None:
    """Mapped from disk it answers alike; equal timetables are one file; a damaged file is absent, not an error."""
    store = DatasetStore(tmp_path / "datasets")
    name = store.save("bus", timetable())
    assert store.save("bus", timetable()) == name
    again = DatasetStore(tmp_path / "datasets").open(name)
    assert leaving(again, "A", "2026-11-24T20:40") == leaving(timetable(), "A", "2026-11-24T20:40")
    path = tmp_path / "datasets" / name
    path.write_bytes(path.read_bytes()[:100])
    assert DatasetStore(tmp_path / "datasets").open(name) is None
    assert store.open("nothing") is None


def test_a_gathered_timetable_is_found_through_its_snapshot(tmp_path: Path) -> None:
    """The snapshot names the file; a changed timetable is a change even when its lines stay; old files go in time."""
    station = Station(tmp_path, f"sqlite:///{tmp_path}/var/a.db")
    (tmp_path / "bus.zip").write_bytes(gtfs())
    feed = source("gtfs", "file:bus.zip")
    assert station.gather(feed).outcome == "changed"
    snapshot = station.archive.latest("one")
    assert snapshot is not None
    table = station.archive.dataset(snapshot)
    assert leaving(table, "A", "2026-11-24T07:00")[0] == "24 08:00 173路"
    times = FILES["stop_times.txt"].replace("t2,09:00:00,09:00:00,A", "t2,09:00:00,09:01:00,A")
    (tmp_path / "bus.zip").write_bytes(gtfs({"stop_times.txt": times}))
    assert station.gather(feed).outcome == "changed"
    newer = station.archive.latest("one")
    assert newer is not None and newer.dataset != snapshot.dataset
    assert newer.records == snapshot.records
    assert len(list((tmp_path / "var/datasets").glob("*"))) == 2
    # A file that somebody removed comes back, although the source did not change.
    (tmp_path / "var/datasets" / newer.dataset).unlink()
    again = Station(tmp_path, f"sqlite:///{tmp_path}/var/a.db")
    assert again.archive.dataset(newer) is None
    again.gather(feed)
    assert again.archive.dataset(newer) is not None
    again.close()
    station.archive.keep(1)
    (tmp_path / "bus.zip").write_bytes(gtfs({"stop_times.txt": times.replace("08:20:00", "08:21:00")}))
    station.gather(feed)
    assert snapshot.dataset not in {path.name for path in (tmp_path / "var/datasets").glob("*")}
    station.close()


@pytest.mark.parametrize("fault", ["write", "fsync", "replace"])
def test_a_fault_while_a_dataset_is_written_loses_no_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """A full disk at any step leaves the timetable that was there, and the next gathering writes the new one."""
    station = Station(tmp_path, f"sqlite:///{tmp_path}/var/a.db")
    (tmp_path / "bus.zip").write_bytes(gtfs())
    feed = source("gtfs", "file:bus.zip")
    station.gather(feed)
    times = FILES["stop_times.txt"].replace("t2,09:00:00,09:00:00,A", "t2,09:00:00,09:01:00,A")
    (tmp_path / "bus.zip").write_bytes(gtfs({"stop_times.txt": times}))

    def full(*args: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if fault == "write":
            patch.setattr(Path, "open", full)
        elif fault == "fsync":
            patch.setattr("feeds.datasets.os.fsync", full)
        else:
            patch.setattr(Path, "replace", full)
        failed = station.gather(feed)
    assert (failed.outcome, "no room left to write" in failed.error) == ("failed", True)
    snapshot = station.archive.latest("one")
    assert snapshot is not None
    assert leaving(station.archive.dataset(snapshot), "A", "2026-11-24T08:30")[0] == "24 09:00 173路"
    assert station.gather(feed).outcome == "changed"
    newer = station.archive.latest("one")
    assert newer is not None
    assert leaving(station.archive.dataset(newer), "A", "2026-11-24T08:30")[0] == "24 09:01 173路"
    station.close()


@pytest.mark.parametrize(
    ("name", "zone", "count"),
    [
        ("caltrain_gtfs.zip", "America/Los_Angeles", 4308),
        ("example.zip", "America/Los_Angeles", 456),
        ("sample-feed-1.zip", "America/Los_Angeles", 456),
        ("vvs-bus-751-only.gtfs.zip", "Europe/Berlin", 1358),
        ("../tries/gtfs_base.zip", "Asia/Shanghai", 3),
        ("../tries/gtfs_dates_only_blank_times.zip", "Asia/Tokyo", 3),
        ("../tries/gtfs_freq_rt.zip", "Asia/Shanghai", 12),
        ("../tries/gtfs_frequency.zip", "Asia/Shanghai", 15),
        ("../tries/gtfs_spaces_after_commas.zip", "Asia/Shanghai", 3),
    ],
)
def test_real_timetables_agree_with_brute_force(name: str, zone: str, count: int) -> None:
    """At 40 random stops and moments of timetables that agencies publish, and of small ones that are odd, the answer
    is what their files say."""
    body = sample("gtfs", name).read_bytes()
    table = timetable(body)
    assert (table.zone.key, len(table)) == (zone, count)
    slow = SlowGtfs(body, table.zone)
    dice = random.Random(7)
    for _ in range(40):
        day = dice.choice(slow.days)
        moment = datetime(day.year, day.month, day.day, dice.randrange(24), dice.randrange(60), tzinfo=table.zone)
        stop = dice.choice(list(slow.leaves))
        index = table.stop(stop)
        assert index is not None
        found = [call.at for call in table.calls([index], moment, 8)]
        assert found == slow.next(stop, moment, 8)


def test_bad_rows_are_quarantined() -> None:
    """Unknown trips and stops, hours that are none, stops off the earth: described, left out, the rest is used."""
    wrong = ("ghost,08:00:00,08:00:00,A,1,0", "t1,soon,soon,A,9,0", "t1,08:30:00,08:30:00,Z,4,0", "t1", "")
    times = FILES["stop_times.txt"] + "\n".join(wrong)
    stops = FILES["stops.txt"] + "D,远方,99,121,\nD,又一个,31,121,\n"
    parsed = parse("gtfs", gtfs({"stop_times.txt": times, "stops.txt": stops}))
    reasons = {(p.position, p.reason) for p in parsed.problems}
    assert ("stop_times.txt line 16", "an unknown trip") in reasons
    assert ("stop_times.txt line 17", "not a time") in reasons
    assert ("stop_times.txt line 18", "an unknown stop") in reasons
    assert ("stops.txt line 5", "its position is not on earth") in reasons
    assert ("stops.txt line 6", "without an id of its own") in reasons
    assert leaving(parsed.dataset, "A", "2026-11-24T07:00")[0] == "24 08:00 173路"  # type: ignore[arg-type]


def test_archives_as_agencies_make_them_are_read() -> None:
    """In a folder inside the ZIP, in GB 18030, with a byte-order mark, any line ends, blank lines, quoted cells."""
    expected = leaving(timetable(), "A", "2026-11-24T07:00")
    for body in (
        gtfs(folder="gtfs/"),
        gtfs(encoding="gb18030"),
        gtfs(encoding="utf-8-sig"),
        gtfs({name: text.replace("\n", "\r\n") for name, text in FILES.items()}),
        gtfs({name: text.replace("\n", "\r") for name, text in FILES.items()}),
        gtfs({name: text.replace("\n", "\n\n") for name, text in FILES.items()}),
        gtfs({"stop_times.txt": FILES["stop_times.txt"].replace("t1,8:00:00,8:00:00,A", 't1,"8:00:00","8:00:00","A"')}),
        gtfs({"stops.txt": FILES["stops.txt"].replace("春申路", '"春申路\n""新"",站"')}),
        gtfs({"stops.txt": FILES["stops.txt"].replace("春申路", "春申\u2028路\x0b")}),
    ):
        assert leaving(timetable(body), "A", "2026-11-24T07:00") == expected


def test_paths_in_an_archive_go_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names such as ``../../x`` are only names: nothing is written anywhere."""
    monkeypatch.chdir(tmp_path)
    assert len(timetable(gtfs(folder="../../../"))) > 0
    assert list(tmp_path.rglob("*")) == []


FREQUENT = "trip_id,start_time,end_time,headway_secs\n" + "often,00:00:00,167:00:00,10\n" * 30


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not a ZIP"),
        (b"<html>", "not a ZIP"),
        (gtfs()[:-30], "not a ZIP"),
        (gtfs({"stops.txt": None}), "stops.txt missing"),
        (gtfs({"calendar.txt": None, "calendar_dates.txt": None}), "calendar.txt missing"),
        (gtfs({"stop_times.txt": "trip_id\n"}), "no departure"),
        (gtfs({"calendar.txt": "service_id\n", "calendar_dates.txt": None}), "no service"),
        (gtfs({"frequencies.txt": FREQUENT}), "more than"),
    ],
)  # fmt: skip
def test_what_is_no_timetable_is_refused(body: bytes, words: str) -> None:
    """With a reason that names what is missing."""
    with pytest.raises(FormatError, match=words):
        parse("gtfs", body)


def test_a_damaged_member_is_refused() -> None:
    """Bytes that do not match their checksum are not a shorter timetable."""
    body = bytearray(gtfs())
    at_ = body.index(b"stop_times.txt") + 40
    body[at_ : at_ + 40] = b"\xff" * 40
    with pytest.raises(FormatError):
        parse("gtfs", bytes(body))


def test_a_zip_bomb_is_refused() -> None:
    """A member that unpacks to hundreds of megabytes is not unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)
        archive.writestr("shapes.txt", b"0" * 120_000_000)
    with pytest.raises(FormatError, match="unpacks to"):
        parse("gtfs", out.getvalue())


def test_a_calendar_without_end_does_not_fill_memory() -> None:
    """A service that claims a thousand years is kept around today."""
    endless = FILES["calendar.txt"].replace("20261101,20261231", "00010101,99991231")
    table = timetable(gtfs({"calendar.txt": endless, "calendar_dates.txt": None}))
    assert len(table._active) == 1200
    assert leaving(table, "A", "2026-11-24T07:00", 1) == ["24 08:00 173路"]


def message(**trip: Any) -> pb.FeedMessage:
    out = pb.FeedMessage()
    out.header.gtfs_realtime_version = "2.0"
    out.header.timestamp = int(NOW.timestamp())
    entity = out.entity.add()
    entity.id = "1"
    update = entity.trip_update
    update.trip.trip_id = trip.pop("trip")
    update.trip.start_date = trip.pop("day", "")
    if trip.pop("cancelled", False):
        update.trip.schedule_relationship = pb.TripDescriptor.CANCELED
    for sequence, delay in trip.pop("delays", {}).items():
        stop = update.stop_time_update.add()
        stop.stop_sequence = sequence
        if delay is None:
            stop.schedule_relationship = pb.TripUpdate.StopTimeUpdate.SKIPPED
        else:
            stop.departure.delay = delay
    if "at" in trip:
        stop = update.stop_time_update.add()
        stop.stop_id, moment = trip["at"]
        stop.arrival.time = int(moment.timestamp())
    return out


def board(feed: pb.FeedMessage, stop: str, moment: str) -> list[tuple[str, str, str]]:
    updates: Any = parse("gtfs_rt", feed.SerializeToString()).dataset
    table = timetable()
    index = table.stop(stop)
    assert index is not None
    found: list[Departure] = updates.departures(table, [index], at(moment), 2)
    return [
        (
            f"{d.departs.astimezone(SHANGHAI):%H:%M}",
            f"{d.expected.astimezone(SHANGHAI):%H:%M}" if d.expected else "",
            d.status,
        )
        for d in found
    ]


@pytest.mark.parametrize(
    ("update", "stop", "moment", "first"),
    [
        ({"delays": {1: 300}}, "A", "2026-11-24T07:00", ("08:00", "08:05", "late 5")),
        # A delay carries on to the stops after it, and a late bus is still waited for.
        ({"delays": {1: 300}}, "B", "2026-11-24T08:14", ("08:10", "08:15", "late 5")),
        ({"delays": {1: 300}}, "A", "2026-11-24T08:04", ("08:00", "08:05", "late 5")),
        ({"delays": {1: 300}, "day": "20261123"}, "A", "2026-11-24T07:00", ("08:00", "", "")),
        ({"delays": {1: 20}}, "A", "2026-11-24T07:00", ("08:00", "08:00", "on time")),
        ({"delays": {1: None}}, "A", "2026-11-24T07:00", ("09:00", "", "")),
        ({"delays": {1: 60, 2: None}}, "B", "2026-11-24T07:00", ("01:10", "", "")),
        ({"cancelled": True}, "A", "2026-11-24T07:00", ("08:00", "", "cancelled")),
        ({"at": ("B", NOW + timedelta(minutes=1))}, "B", "2026-11-24T07:00", ("08:10", "08:13", "late 3")),
    ],
)  # fmt: skip
def test_realtime_lies_over_the_timetable(
    update: dict[str, Any], stop: str, moment: str, first: tuple[str, str, str]
) -> None:
    """Delays, cancelled trips and skipped stops change what the timetable says."""
    assert board(message(trip="t1", **update), stop, moment)[0] == first


def test_service_alerts_become_articles() -> None:
    """The Chinese translation is preferred; the span and the lines are kept."""
    feed = message(trip="t1")
    alert = feed.entity.add(id="a").alert
    for language, text in (("en", "Line closed"), ("zh-CN", "<b>173路</b>停运")):
        alert.header_text.translation.add(language=language, text=text)
    alert.active_period.add(start=int(NOW.timestamp()), end=int(NOW.timestamp()) + 3600)
    alert.informed_entity.add(route_id="R")
    record: Any = parse("gtfs_rt", feed.SerializeToString()).records[0]
    assert (record.title, record.begins, record.facts) == ("<b>173路</b>停运", NOW, (("routes", "R"),))


@pytest.mark.parametrize(
    ("name", "trips", "alerts"),
    [("3c.pb", 1, 0), ("bart-alerts.pb", 0, 1), ("bart-trip-updates.pb", 91, 0), ("ct-trip-updates.pb", 19, 0)],
)
def test_real_updates_are_read(name: str, trips: int, alerts: int) -> None:
    """Messages that agencies really sent."""
    parsed: Any = parse("gtfs_rt", sample("gtfs_realtime", name).read_bytes())
    assert (len(parsed.dataset), len(parsed.records), parsed.problems) == (trips, alerts, ())


@pytest.mark.parametrize("body", [b"<html>", b"\xff" * 50, b"{}", bytes(range(256))])
def test_what_is_no_realtime_message_is_refused(body: bytes) -> None:
    """An error page is an error."""
    with pytest.raises(FormatError):
        parse("gtfs_rt", body)


def test_realtime_survives_its_file(tmp_path: Path) -> None:
    """The updates come back from disk as they were."""
    one = source("gtfs_rt")
    body = message(trip="t1", delays={1: 300}).SerializeToString()
    made: Any = get("gtfs_rt").parse([Document(url="u", body=body)], one, NOW).dataset
    store = DatasetStore(tmp_path)
    assert store.open(store.save("rt", made))._trips == made._trips
