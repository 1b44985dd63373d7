"""GTFS-Realtime: an update is about one run of one trip on one day, and what it says holds as far as it says. Messages
are made with the standard's own bindings, and real ones are compared with what those bindings hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from feeding import NOW, Station, parse, sample, source
from google.transit import gtfs_realtime_pb2 as pb
from gtfs_files import FILES, gtfs

from feeds.base.clock import parse_moment
from feeds.realtime import Realtime
from feeds.records import Article
from feeds.timetable import Timetable

SHANGHAI = ZoneInfo("Asia/Shanghai")
KINDS = pb.TripDescriptor
DAY = "20261124"
MORNING = "2026-11-24T07:00"
OFTEN = "trip_id,start_time,end_time,headway_secs,exact_times\noften,20:00:00,21:00:00,1200,{}\n"
LINGERS = FILES["stop_times.txt"].replace("late,25:00:00,25:10:00,B,2,0", "late,25:00:00,25:10:00,B,2,1")


def feed(*updates: Mapping[str, Any]) -> pb.FeedMessage:
    """Trip updates: ``trip`` holds the fields of the descriptor, ``own`` those of the trip's properties, ``stops``
    those of each stop, with ``leaves`` and ``arrives`` for its events."""
    out = pb.FeedMessage()
    out.header.gtfs_realtime_version = "2.0"
    out.header.timestamp = int(NOW.timestamp())
    for number, given in enumerate(updates):
        update = out.entity.add(id=str(number)).trip_update
        update.trip.SetInParent()
        _set(update.trip, given["trip"])
        _set(update.trip_properties, given.get("own", {}))
        if "delay" in given:
            update.delay = given["delay"]
        for told in given.get("stops", ()):
            stop = update.stop_time_update.add()
            events = {"leaves": stop.departure, "arrives": stop.arrival, "own": stop.stop_time_properties}
            for name, value in told.items():
                _set(events.get(name, stop), value if name in events else {name: value})
    return out


def _set(message: Any, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        setattr(message, name, value)


def at(clock: str, day: str = "2026-11-24") -> int:
    return int(parse_moment(f"{day}T{clock}").timestamp())


def over(message: pb.FeedMessage, files: Mapping[str, str | None] | None = None) -> tuple[Realtime, Timetable]:
    updates, table = parse("gtfs_rt", message.SerializeToString()).dataset, parse("gtfs", gtfs(files)).dataset
    assert isinstance(updates, Realtime) and isinstance(table, Timetable)
    return updates, table


def board(
    laid: tuple[Realtime, Timetable], stop: str, moment: str = MORNING, n: int = 9, clock: str = "%H:%M"
) -> list[str]:
    """``08:00>08:05 late 5``: by the timetable, as expected, the words."""
    updates, table = laid
    index = table.stop(stop)
    assert index is not None
    found = []
    for d in updates.departures(table, [index], parse_moment(moment), n):
        expected = f">{d.expected.astimezone(SHANGHAI):%H:%M}" if d.expected else ""
        found.append(f"{d.departs.astimezone(SHANGHAI):{clock}}{expected} {d.status}".strip())
    return found


def freq(start: str, **more: Any) -> dict[str, Any]:
    return {"trip": {"trip_id": "often", "start_date": DAY, "start_time": start}, **more}


@pytest.mark.parametrize(
    ("exact", "update", "expected"),
    [
        # At C the runs begin: 20:00, 20:20, 20:40.
        (1, freq("20:20:00", stops=[{"stop_sequence": 1, "leaves": {"delay": 240}}]), [1]),
        (0, freq("20:20:00", stops=[{"stop_sequence": 1, "leaves": {"delay": 240}}]), [1]),
        (1, freq("20:20:00", stops=[{"stop_id": "C", "leaves": {"time": at("20:24")}}]), [1]),
        # Without exact times a start may be arbitrary: the nearest run, within half a headway.
        (0, freq("20:37:00", stops=[{"stop_sequence": 1, "leaves": {"time": at("20:44")}}]), [2]),
        (1, freq("20:37:00", stops=[{"stop_sequence": 1, "leaves": {"time": at("20:44")}}]), []),
        (0, freq("22:37:00", stops=[{"stop_sequence": 1, "leaves": {"delay": 240}}]), []),
        # Without a start nobody knows which run.
        (1, freq("", stops=[{"stop_sequence": 1, "leaves": {"delay": 240}}]), []),
    ],
)
def test_an_update_of_one_run_of_a_frequency_is_of_that_run(
    exact: int, update: Mapping[str, Any], expected: list[int]
) -> None:
    laid = over(feed(update), {"frequencies.txt": OFTEN.format(exact)})
    starts = ("20:00", "20:20", "20:40")
    late = [f"{start}>{start[:4]}4 late 4" if n in expected else start for n, start in enumerate(starts)]
    assert board(laid, "C", "2026-11-24T19:00", 3) == late
    assert sum(laid[0].left_out(laid[1]).values()) == (0 if expected else 1)


def test_a_cancelled_run_of_a_frequency_leaves_the_others() -> None:
    cancelled = {"trip": {**freq("20:20:00")["trip"], "schedule_relationship": KINDS.CANCELED}}
    laid = over(feed(cancelled), {"frequencies.txt": OFTEN.format(1)})
    assert board(laid, "C", "2026-11-24T19:00", 3) == ["20:00", "20:20 cancelled", "20:40"]


def scheduled(**more: Any) -> dict[str, Any]:
    return {"trip": {"trip_id": "t1", "start_date": DAY}, **more}


NO_DATA, SKIPPED = pb.TripUpdate.StopTimeUpdate.NO_DATA, pb.TripUpdate.StopTimeUpdate.SKIPPED


@pytest.mark.parametrize(
    ("update", "stop", "first"),
    [
        # t1 leaves A at 8:00, B at 8:10 (reckoned) and ends at C at 8:20. A moment is a delay at the stops after it.
        (scheduled(stops=[{"stop_sequence": 1, "leaves": {"time": at("08:05")}}]), "B", "08:10>08:15 late 5"),
        (scheduled(stops=[{"stop_id": "A", "leaves": {"time": at("08:05")}}]), "B", "08:10>08:15 late 5"),
        (scheduled(stops=[{"stop_id": "A", "leaves": {"delay": 300}}]), "B", "08:10>08:15 late 5"),
        # Of a time and a delay the time counts.
        (
            scheduled(stops=[{"stop_sequence": 1, "leaves": {"time": at("08:05"), "delay": 60}}]),
            "A",
            "08:00>08:05 late 5",
        ),
        # From NO_DATA on nothing is known, whatever the trip as a whole was said to be.
        (
            scheduled(delay=300, stops=[{"stop_sequence": 2, "schedule_relationship": NO_DATA}]),
            "A",
            "08:00>08:05 late 5",
        ),
        (scheduled(delay=300, stops=[{"stop_sequence": 2, "schedule_relationship": NO_DATA}]), "B", "08:10"),
        # A stop that is skipped says nothing of the next.
        (
            scheduled(stops=[{"stop_sequence": 1, "schedule_relationship": SKIPPED, "leaves": {"delay": 900}}]),
            "B",
            "08:10",
        ),
        # Nobody may get on today.
        (scheduled(stops=[{"stop_sequence": 1, "own": {"pickup_type": 1}, "leaves": {"delay": 60}}]), "A", "09:00"),
        (
            scheduled(stops=[{"stop_sequence": 1, "own": {"pickup_type": 1}, "leaves": {"delay": 60}}]),
            "B",
            "08:10>08:11 late 1",
        ),
        # A trip by its line, direction, day and start, without an id.
        (
            {"trip": {"route_id": "R", "direction_id": 0, "start_date": DAY, "start_time": "8:00:00"}, "delay": 120},
            "A",
            "08:00>08:02 late 2",
        ),
        # Sequence and id name two stops: the id counts.
        (scheduled(stops=[{"stop_sequence": 0, "stop_id": "B", "leaves": {"delay": 60}}]), "A", "08:00"),
        (scheduled(stops=[{"stop_sequence": 1, "stop_id": "B", "leaves": {"delay": 60}}]), "B", "08:10>08:11 late 1"),
        # Another day, or no day and half a day away.
        ({"trip": {"trip_id": "t1", "start_date": "20261125"}, "delay": 120}, "A", "08:00"),
        ({"trip": {"trip_id": "t1"}, "delay": 120}, "A", "08:00>08:02 late 2"),
        # Deleted trips are not shown as cancelled.
        ({"trip": {"trip_id": "t1", "schedule_relationship": KINDS.DELETED}}, "A", "09:00"),
        ({"trip": {"trip_id": "t1", "schedule_relationship": KINDS.CANCELED}}, "A", "08:00 cancelled"),
    ],
)
def test_a_delay_holds_as_far_as_it_says(update: Mapping[str, Any], stop: str, first: str) -> None:
    assert board(over(feed(update)), stop)[0] == first


def test_an_update_without_a_day_is_not_of_tomorrow() -> None:
    """Asked in the evening for the next morning, what is left of this morning's update is not repeated."""
    laid = over(feed({"trip": {"trip_id": "t1", "schedule_relationship": KINDS.CANCELED}}))
    assert "08:00 cancelled" not in board(laid, "A", "2026-11-25T19:00")
    assert board(laid, "A", MORNING)[0] == "08:00 cancelled"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"arrives": {"time": at("09:08")}}, "09:10>09:10 on time"),
        ({"arrives": {"delay": 180}}, "09:10>09:13 late 3"),
        ({"arrives": {"time": at("09:11")}}, "09:10>09:13 late 3"),
        ({"leaves": {"time": at("09:13")}, "arrives": {"time": at("09:08")}}, "09:10>09:13 late 3"),
    ],
)
def test_an_arrival_is_held_against_the_arrival(told: Mapping[str, Any], expected: str) -> None:
    """A vehicle that comes at 9:08 and leaves at 9:10 is on time when it comes at 9:08."""
    times = FILES["stop_times.txt"].replace("09:08:00,09:10:00,B,20,1", "09:08:00,09:10:00,B,20,0")
    update = {"trip": {"trip_id": "t2", "start_date": DAY}, "stops": [{"stop_sequence": 20, **told}]}
    assert board(over(feed(update), {"stop_times.txt": times}), "B")[1] == expected


def test_a_moment_at_a_stop_where_nobody_gets_on_counts_for_the_next() -> None:
    """Its scheduled time is known too: B of t2 takes nobody on."""
    times = FILES["stop_times.txt"].replace(
        "t2,09:20:00,09:20:00,C,30,0", "t2,09:15:00,09:15:00,A,25,0\nt2,09:20:00,,C,30,0"
    )
    update = {
        "trip": {"trip_id": "t2", "start_date": DAY},
        "stops": [{"stop_sequence": 20, "leaves": {"time": at("09:14")}}],
    }
    assert "09:15>09:19 late 4" in board(over(feed(update), {"stop_times.txt": times}), "A")


def extra(kind: int, trip: str = "x1", **more: Any) -> dict[str, Any]:
    stops = [
        {"stop_id": stop, "arrives": {"time": at(clock)}, "leaves": {"time": at(clock)}}
        for stop, clock in (("A", "08:30"), ("B", "08:40"), ("C", "08:50"))
    ]
    named = {"trip_id": trip, "start_date": DAY, "route_id": "R", "schedule_relationship": kind}
    return {"trip": named, "stops": stops, **more}


@pytest.mark.parametrize("kind", [KINDS.ADDED, KINDS.NEW])
def test_an_added_trip_leaves_all_its_stops_but_the_last(kind: int) -> None:
    laid = over(feed(extra(kind)))
    assert board(laid, "A", n=3) == ["08:00", "08:30>08:30 added", "09:00"]
    assert board(laid, "C", n=1) == ["20:00"]
    index = laid[1].stop("B")
    assert index is not None
    added = laid[0].departures(laid[1], [index], parse_moment("2026-11-24T08:20"), 1)[0]
    assert (added.stop, added.line, added.destination) == ("春申路", "173路", "梅陇镇")


def test_an_added_trip_that_is_said_twice_comes_once() -> None:
    """Once as ADDED for old readers, once as NEW."""
    laid = over(feed(extra(KINDS.ADDED), extra(KINDS.NEW)))
    assert board(laid, "A", n=3) == ["08:00", "08:30>08:30 added", "09:00"]


def test_a_replaced_trip_takes_the_place_of_the_scheduled_one() -> None:
    laid = over(feed(extra(KINDS.REPLACEMENT, "t1", own={"trip_headsign": "七宝"})))
    assert board(laid, "A", n=2) == ["08:30>08:30 replaced", "09:00"]
    index = laid[1].stop("A")
    assert index is not None
    assert laid[0].departures(laid[1], [index], parse_moment(MORNING), 1)[0].destination == "七宝"


def test_a_duplicated_trip_runs_once_more_at_its_own_start() -> None:
    """Its scheduled times are those of the original, moved; delays are added to these, moments are as they are."""
    trip = {"trip_id": "t1", "start_date": DAY, "schedule_relationship": KINDS.DUPLICATED}
    own = {"trip_id": "t1-again", "start_date": DAY, "start_time": "08:25:00"}
    plain = over(feed({"trip": trip, "own": own}))
    assert board(plain, "A", n=3) == ["08:00", "08:25", "09:00"]
    assert board(plain, "B", n=2) == ["08:10", "08:35"]
    late = over(feed({"trip": trip, "own": own, "stops": [{"stop_sequence": 1, "leaves": {"delay": 60}}]}))
    assert board(late, "B", n=2) == ["08:10", "08:35>08:36 late 1"]


def test_a_platform_that_changed_is_told() -> None:
    stops = FILES["stops.txt"] + "A9,莘庄地铁站,31.1110,121.3850,9\n"
    told = {"stop_sequence": 1, "own": {"assigned_stop_id": "A9"}, "leaves": {"delay": 0}}
    updates, table = over(feed(scheduled(stops=[told])), {"stops.txt": stops})
    index = table.stop("A")
    assert index is not None
    assert [d.platform for d in updates.departures(table, [index], parse_moment(MORNING), 2)] == ["9", "2"]


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ({"trip": {"trip_id": "ghost"}, "delay": 60}, "of trips that the timetable does not have"),
        (extra(KINDS.NEW) | {"trip": {"trip_id": "x", "schedule_relationship": KINDS.NEW}}, "of added trips without"),
        (extra(KINDS.ADDED, "t2"), "of added trips with the id of a scheduled one"),
        ({"trip": {"route_id": "R", "start_date": DAY, "start_time": "03:00:00"}}, "of trips that the timetable"),
    ],
)
def test_updates_that_fit_no_timetable_are_counted(update: Mapping[str, Any], reason: str) -> None:
    updates, table = over(feed(update, scheduled(delay=60)))
    assert [(name.startswith(reason), count) for name, count in updates.left_out(table).items()] == [(True, 1)]


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ({"trip": {}}, "a trip update without a trip id, or route, start_date and start_time in place of it"),
        ({"trip": {"trip_id": "t1", "start_date": "tomorrow"}}, "its start_date is 'tomorrow', expected YYYYMMDD"),
        (
            {"trip": {"trip_id": "x", "route_id": "R", "schedule_relationship": KINDS.ADDED}},
            "an added or replaced trip without the times of its stops",
        ),
        (
            {"trip": {"trip_id": "t1", "schedule_relationship": KINDS.DUPLICATED}},
            "a duplicated trip without a start_date and start_time of its own",
        ),
    ],
)
def test_an_update_that_says_nothing_is_told(update: Mapping[str, Any], reason: str) -> None:
    """The others are used: a feed is not refused for one of them."""
    parsed = parse("gtfs_rt", feed(update, scheduled(delay=60)).SerializeToString())
    assert [p.reason for p in parsed.problems] == [reason]
    assert (len(parsed.dataset), parsed.total) == (1, 0)  # type: ignore[arg-type]


def test_what_says_nothing_about_departures_is_counted_and_named(tmp_path: Any) -> None:
    """Of vehicles alone nothing can be read; beside trip updates they are told."""
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    for number in range(627):
        message.entity.add(id=f"v{number}").vehicle.trip.trip_id = "t1"
    alone = parse("gtfs_rt", message.SerializeToString())
    assert [p.reason for p in alone.problems] == ["627 vehicle positions: they say nothing about departures, left out"]
    assert (alone.dataset, alone.records) == (None, ())
    message.entity.add(id="s").shape.shape_id = "s"
    message.entity.add(id="d", is_deleted=True)
    message.MergeFrom(feed(scheduled(delay=60)))
    mixed = parse("gtfs_rt", message.SerializeToString())
    assert [p.reason.partition(":")[0] for p in mixed.problems] == [
        "627 vehicle positions",
        "1 shapes",
        "1 deleted entities",
    ]
    assert isinstance(mixed.dataset, Realtime) and len(mixed.dataset) == 1
    (tmp_path / "rt.pb").write_bytes(message.SerializeToString())
    station = Station(tmp_path)
    gathered = station.gather(source("gtfs_rt", "file:rt.pb"))
    assert (gathered.outcome, gathered.quarantined) == ("changed", 3)
    station.close()


def alert(*spans: tuple[int, int], **texts: str) -> Article:
    message = feed()
    told = message.entity.add(id="a").alert
    for language, text in texts.items():
        told.header_text.translation.add(language=language.replace("_", "-"), text=text)
    for start, end in spans:
        told.active_period.add(start=start, end=end)
    [record] = parse("gtfs_rt", message.SerializeToString(), moment=parse_moment("2026-11-24T12:00")).records
    assert isinstance(record, Article)
    return record


NIGHTS = [(at("22:00", f"2026-11-{day}"), at("23:00", f"2026-11-{day}")) for day in (23, 24, 25)]


@pytest.mark.parametrize(
    ("spans", "begins"),
    [(NIGHTS, NIGHTS[1][0]), (NIGHTS[::-1], NIGHTS[1][0]), (NIGHTS[:1], NIGHTS[0][0]), ([(0, 0)], None), ([], None)],
)
def test_of_several_periods_the_next_counts_and_all_are_told(spans: list[tuple[int, int]], begins: int | None) -> None:
    record = alert(*spans, zh="夜间停运")
    assert record.begins == (None if begins is None else datetime.fromtimestamp(begins, UTC))
    told = dict(record.facts).get("periods", "")
    assert told.count("22:00 –") == (len(spans) if len(spans) > 1 else 0)


@pytest.mark.parametrize("tag", ["zh", "zh_CN", "zh_Hans_CN", "zh_cn"])
def test_an_alert_speaks_the_channels_language(tag: str) -> None:
    assert alert(en="Closed", **{tag: "停运"}, de="Gesperrt").title == "停运"


def test_an_alert_without_words_is_told() -> None:
    message = feed()
    message.entity.add(id="a").alert.effect = pb.Alert.NO_SERVICE
    parsed = parse("gtfs_rt", message.SerializeToString())
    assert [p.reason for p in parsed.problems] == ["an alert without a header or a description"]


@pytest.mark.parametrize("name", ["bart-trip-updates.pb", "ct-trip-updates.pb"])
def test_real_messages_give_the_moments_that_they_hold(name: str) -> None:
    """A timetable is made of the scheduled trips of each message, two minutes before what it says; laid over it, the
    message gives back every moment of departure that the standard's bindings find in it. Added trips are counted."""
    body = sample("gtfs_realtime", name).read_bytes()
    message = pb.FeedMessage()
    message.ParseFromString(body)
    zone = ZoneInfo("America/Los_Angeles")
    day = datetime.fromtimestamp(message.header.timestamp, zone)
    midnight = int((day.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(hours=12)).timestamp())
    expected: dict[tuple[str, str], int] = {}
    trips, rows, stops, added = ["route_id,service_id,trip_id"], [], set(), 0
    for entity in message.entity:
        update = entity.trip_update
        if update.trip.schedule_relationship == KINDS.ADDED:
            added += 1
            continue
        trips.append(f"R,D,{update.trip.trip_id}")
        # One of the trips counts two stops as its first.
        told = sorted(update.stop_time_update, key=lambda stop: (stop.stop_sequence, stop.departure.time))
        for place, stop in enumerate(told):
            moment = stop.departure.time or stop.arrival.time
            stops.add(stop.stop_id)
            seconds = moment - midnight - 120
            clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
            rows.append(f"{update.trip.trip_id},{clock},{clock},{stop.stop_id},{place}")
            if place < len(told) - 1:
                expected[update.trip.trip_id, stop.stop_id] = moment
    files = {
        "agency.txt": "agency_timezone\nAmerica/Los_Angeles\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(f"{stop},{stop},37,-122\n" for stop in stops),
        "routes.txt": "route_id,route_short_name\nR,R\n",
        "trips.txt": "\n".join(trips),
        "calendar.txt": None,
        "calendar_dates.txt": f"service_id,date,exception_type\nD,{day:%Y%m%d},1\n",
        "stop_times.txt": "\n".join(["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *rows]),
        "frequencies.txt": None,
    }
    updates, table = parse("gtfs_rt", body).dataset, parse("gtfs", gtfs(files), moment=day).dataset
    assert isinstance(updates, Realtime) and isinstance(table, Timetable)
    every = [index for stop in stops if (index := table.stop(stop)) is not None]
    found = {}
    for leaving in updates.leaving(table, every, day - timedelta(minutes=60), 10_000):
        row = leaving.call.row  # type: ignore[union-attr]
        found[table.trip_id(row), table.stop_id(row)] = leaving.at
    passed = {key: moment for key, moment in expected.items() if moment >= day.timestamp() - 3600}
    assert len(passed) > 100
    assert found == passed
    assert sum(updates.left_out(table).values()) == added


@pytest.mark.parametrize(
    ("updates", "timetable", "stop", "moment", "expected"),
    [
        ("rt_start_time.pb", "gtfs_freq_rt.zip", "S1", "10:30", ["30 11:00", "30 11:15>11:19 late 4", "30 11:30"]),
        ("rt_start_time.pb", "gtfs_freq_rt.zip", "S2", "11:10", ["30 11:30", "30 11:45>11:49 late 4", "30 12:00"]),
        ("rt_added.pb", "gtfs_base.zip", "S1", "07:00", ["30 08:00", "01 08:00"]),
        ("rt_added.pb", "gtfs_base.zip", "S2", "07:00", ["30 07:10>07:10 added", "30 08:30", "01 08:30"]),
        ("rt_added.pb", "gtfs_base.zip", "S3", "07:00", ["30 07:25>07:25 added", "30 09:00", "01 09:00"]),
        ("rt_added.pb", "gtfs_base.zip", "S4", "07:00", []),
        ("rt_delay_skip.pb", "gtfs_base.zip", "S1", "07:00", ["30 08:00>08:05 late 5", "01 08:00"]),
        ("rt_delay_skip.pb", "gtfs_base.zip", "S2", "07:00", ["30 08:30>08:31 late 1", "01 08:30"]),
        ("rt_delay_skip.pb", "gtfs_base.zip", "S3", "07:00", ["01 09:00"]),
    ],
)
def test_small_messages_over_small_timetables(
    updates: str, timetable: str, stop: str, moment: str, expected: list[str]
) -> None:
    laid = tuple(
        parse(format, sample("tries", name).read_bytes()).dataset
        for format, name in (("gtfs_rt", updates), ("gtfs", timetable))
    )
    found = board(laid, stop, f"2026-11-30T{moment}", 3, "%d %H:%M")  # type: ignore[arg-type]
    assert found[: len(expected) or None] == expected
