"""A feed that reads well and is over gives no current page, and whoever tries it is told so."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from feeding import NOW, Station, parse, sample, source
from google.transit import gtfs_realtime_pb2 as pb

from broadcaster.cli import main
from feeds.archive import Archive
from feeds.base.clock import SetClock
from feeds.gather import gather
from feeds.guess import trial
from feeds.records import Route
from feeds.timetable import Timetable

HEAD = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date"
FILES = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\na,公交,http://a.example,Asia/Shanghai\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nS1,甲,31.1,121.4\nS2,乙,31.2,121.4\n",
    "routes.txt": "route_id,route_short_name,route_type\nR1,1路,3\nR2,2路,3\n",
    "trips.txt": "route_id,service_id,trip_id\nR1,old,T1\nR1,new,T2\nR2,old,T3\n",
    "stop_times.txt": "trip_id,stop_id,stop_sequence,arrival_time,departure_time\n"
    + "".join(
        f"{trip},S1,1,{at}:00:00,{at}:00:00\n{trip},S2,2,{at}:30:00,{at}:30:00\n"
        for trip, at in (("T1", "05"), ("T2", "08"), ("T3", "23"))
    ),
}


def archive(services: Mapping[str, tuple[str, str]]) -> bytes:
    """A timetable of two lines, whose services run every day of their span."""
    spans = [f"{name},1,1,1,1,1,1,1,{first},{last}" for name, (first, last) in services.items()]
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as packed:
        for name, text in {**FILES, "calendar.txt": "\n".join([HEAD, *spans])}.items():
            packed.writestr(name, text)
    return body.getvalue()


@pytest.mark.parametrize(
    ("old", "lines", "refused"),
    [
        (("20260101", "20261123"), {"1路": ("08:00", "08:00")}, ["its timetable ended on 2026-11-23"]),
        (("20260101", "20261124"), {"1路": ("05:00", "08:00"), "2路": ("23:00", "23:00")}, []),
        (("20270101", "20270201"), {"1路": ("05:00", "08:00"), "2路": ("23:00", "23:00")}, []),
        (("20100101", "20101231"), {"1路": ("08:00", "08:00")}, ["no day of the calendar has a trip of it"]),
    ],
)
def test_a_line_is_what_runs_today_or_later(
    old: tuple[str, str], lines: dict[str, tuple[str, str]], refused: list[str]
) -> None:
    """A line whose trips are over is quarantined with the day; of one that goes on, only what goes on counts."""
    parsed = parse("gtfs", archive({"old": old, "new": ("20260101", "20291231")}))
    found = {record.line: (record.first, record.last) for record in parsed.records if isinstance(record, Route)}
    assert found == lines
    assert [problem.reason.partition(",")[0] for problem in parsed.problems] == refused
    assert parsed.total == 2


def test_the_day_is_that_of_the_agency() -> None:
    """At 00:12 UTC it is still yesterday in Los Angeles, and yesterday's timetable holds."""
    agency = FILES["agency.txt"].replace("Asia/Shanghai", "America/Los_Angeles")
    body = archive({"old": ("20260101", "20261123"), "new": ("20260101", "20261123")})
    there = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as given, zipfile.ZipFile(there, "w") as packed:
        for name in given.namelist():
            packed.writestr(name, agency if name == "agency.txt" else given.read(name))
    assert len(parse("gtfs", there.getvalue()).records) == 2
    assert not parse("gtfs", body).records


def test_a_timetable_that_is_over_is_not_believed(tmp_path: Path) -> None:
    """The gathering keeps what it had, and says the day on which the timetable ended."""
    (tmp_path / "given.zip").write_bytes(archive({"old": ("20090101", "20101230"), "new": ("20090101", "20101231")}))
    station = Station(tmp_path)
    done = station.gather(source("gtfs", url="file:given.zip", record="route"))
    station.close()
    assert not done.ok and "0 of 2 rows are valid (its timetable ended on 2010-12-31" in done.error


def test_a_timetable_knows_its_days() -> None:
    """The first and the last day on which anything leaves."""
    dataset = parse("gtfs", archive({"old": ("20261001", "20261130"), "new": ("20261101", "20261224")})).dataset
    assert isinstance(dataset, Timetable)
    assert dataset.days == (date(2026, 10, 1), date(2026, 12, 24))


CAP = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>W</identifier><sender>a@b.cn</sender>'
    "<sent>2016-11-24T08:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info>"
    "<category>Met</category><event>大风</event><urgency>Immediate</urgency><severity>Minor</severity>"
    "<certainty>Observed</certainty>{}</info></alert>"
)
GUIDE = '<tv><programme channel="c" start="{0}0800 +0800" stop="{0}0900 +0800"><title>早间</title></programme></tv>'
WEEKLY = (
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nSUMMARY:市集\r\nDTSTART;TZID=Asia/Shanghai:20130907T120000\r\n"
    "DTEND;TZID=Asia/Shanghai:20130907T170000\r\nRRULE:FREQ=WEEKLY;UNTIL={}T155959Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
WEATHER = '{{"utc_offset_seconds":28800,"daily":{{"time":["{0}"],"temperature_2m_max":[9],"temperature_2m_min":[1]}}}}'


def rt(at: int) -> bytes:
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = at
    update = message.entity.add(id="1").trip_update
    update.trip.trip_id = "t1"
    update.stop_time_update.add(stop_id="S1").departure.time = at
    return bytes(message.SerializeToString())


PAST: dict[str, tuple[str, bytes, str]] = {
    "a timetable": (
        "x.zip", archive({"old": ("20090101", "20101231"), "new": ("20090101", "20101231")}), "departures 2010-12-31",
    ),
    "a guide": ("x.xml", GUIDE.format("20160102").encode(), "programmes 2016-01-02"),
    "a warning": ("x.cap", CAP.format("<expires>2016-11-25T08:00:00+08:00</expires>").encode(), "warnings 2016-11-25"),
    "a warning without an end": ("x.cap", CAP.format("").encode(), "warnings 2016-11-27"),
    "a forecast": ("x.json", WEATHER.format("2020-02-01").encode(), "forecasts 2020-02-01"),
    "a calendar that recurs": ("x.ics", WEEKLY.format("20131019").encode(), "events 2013-10-19"),
    "a calendar that recurred for years": ("x.ics", WEEKLY.format("20191019").encode(), "events 2019-10-19"),
    "meals": ("x.csv", "食堂,日期,菜单\n甲,2020-03-01,米饭\n甲,2020-03-02,面\n".encode(), "meals 2020-03-02"),
    "trip updates": ("x.pb", rt(1_400_000_000), "trip updates 2014-05-14"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAST)
def test_a_trial_notes_what_is_all_past(name: str, tmp_path: Path) -> None:
    """Whatever the kind: that all is past, the day of the last, and that nothing would be shown."""
    file, body, said = PAST[name]
    (tmp_path / file).write_bytes(body)
    what, _, day = said.rpartition(" ")
    done = trial(f"file:{file}", tmp_path, SetClock(NOW))
    assert f"all {what} are past (the last ends on {day}): the channel would show none" in done.notes, done


CURRENT: dict[str, tuple[str, bytes]] = {
    "a guide": ("x.xml", GUIDE.format("20261124").encode()),
    "a warning": ("x.cap", CAP.format("<expires>2026-11-25T08:00:00+08:00</expires>").encode()),
    "a forecast for today": ("x.json", WEATHER.format("2026-11-24").encode()),
    "a calendar": ("x.ics", WEEKLY.format("20270101").encode()),
    "a timetable": ("x.zip", archive({"old": ("20090101", "20101231"), "new": ("20260101", "20271231")})),
    "meals of today": ("x.csv", "食堂,日期,菜单\n甲,2020-03-01,米饭\n甲,2026-11-24,面\n".encode()),
    "trip updates": ("x.pb", rt(int(NOW.timestamp()) + 60)),
}


@pytest.mark.parametrize("name", CURRENT)
def test_what_is_not_over_has_no_such_note(name: str, tmp_path: Path) -> None:
    """One thing that is still to come is enough."""
    file, body = CURRENT[name]
    (tmp_path / file).write_bytes(body)
    done = trial(f"file:{file}", tmp_path, SetClock(NOW))
    assert done.parsed is not None and not any("are past" in note for note in done.notes)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("gtfs", "sample-feed-1.zip"), "all departures are past (the last ends on 2010-12-31)"),
        (("icalendar", "issue_112_missing_tzinfo_on_exdate.ics"), "all events are past (the last ends on 2013-10-20)"),
        (("xmltv", "overlap.xml"), "all programmes are past"),
        (("cap", "weather.cap"), "all warnings are past (the last ends on 2010-08-31)"),
    ],
)
def test_the_feeds_of_others_are_told_too(
    parts: tuple[str, str], said: str, channel_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the command line, for files that others wrote."""
    main(["--channel", str(channel_dir), "source", "try", str(sample(*parts))])
    assert f"note: {said}" in capsys.readouterr().out


def test_a_trial_tells_what_trip_updates_say(
    channel_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """How many, of what kinds, for when, the first of them, and what was left out."""
    message = pb.FeedMessage.FromString(rt(1_400_000_000))
    added = message.entity.add(id="2").trip_update
    added.trip.trip_id, added.trip.start_date, added.trip.route_id = "EXTRA", "20140514", "R1"
    added.trip.schedule_relationship = pb.TripDescriptor.ADDED
    added.stop_time_update.add(stop_id="S2").departure.time = 1_400_000_600
    message.entity.add(id="3").trip_update.trip.start_date = "20140514"
    message.entity.add(id="4").vehicle.vehicle.id = "v"
    (tmp_path / "given.pb").write_bytes(message.SerializeToString())
    assert main(["--channel", str(channel_dir), "source", "try", str(tmp_path / "given.pb")]) == 0
    said = capsys.readouterr().out
    assert "a dataset of 2 trip updates (1 added), from 2014-05-14 00:53 to 2014-05-14 01:03, 2 problems" in said
    assert "added; route R1; of 2014-05-14; stops: 1, the first: S2 at 2014-05-14 01:03" in said
    assert "a trip update without a trip id" in said and "1 vehicle positions" in said


def test_a_gathering_counts_what_is_in_a_dataset(tmp_path: Path) -> None:
    """Not "0 records", also when nothing has changed."""
    (tmp_path / "given.pb").write_bytes(rt(1_400_000_000))
    archive = Archive.open("sqlite://", datasets=tmp_path / "datasets")
    one, clock = source("gtfs_rt", url="file:given.pb"), SetClock(NOW)
    done = [gather(one, archive, tmp_path, clock, wait=lambda seconds: None) for _ in range(2)]
    archive.close()
    assert [(one.count, one.entries) for one in done] == [(0, 1), (0, 1)]
