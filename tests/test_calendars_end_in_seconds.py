"""Recurrences are written out as an independent reader does, and no rule keeps the reader busy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from effort import within
from feeding import parse, sample

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 29, 4, tzinfo=UTC)


def calendar(*events: str) -> str:
    inner = "".join(f"BEGIN:VEVENT\nUID:{n}\nSUMMARY:s\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{inner}END:VCALENDAR\n"


def event(begins: str, *lines: str) -> str:
    return "\n".join((f"DTSTART;TZID=Asia/Shanghai:{begins}", "DURATION:PT1H", *lines))


def begins(text: str | bytes, days: int = 180) -> list[datetime]:
    found: Any = parse("ical", text, moment=NOW, options={"days": days}).records
    return [r.begins for r in found]


RULES = [
    ("20200101T090000", "FREQ=DAILY"), ("20200101T090000", "FREQ=DAILY;INTERVAL=7"),
    ("20200101T090000", "FREQ=DAILY;INTERVAL=3;BYDAY=MO,FR"), ("20200101T090000", "FREQ=DAILY;COUNT=2530"),
    ("20200101T090000", "FREQ=DAILY;BYMONTH=1;BYHOUR=8,20"), ("20200106T090000", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU"),
    ("20200106T090000", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU"), ("20200107T090000", "FREQ=WEEKLY;INTERVAL=3"),
    ("20200105T090000", "FREQ=WEEKLY;UNTIL=20270103T010000Z"), ("20200131T090000", "FREQ=MONTHLY"),
    ("20200103T090000", "FREQ=MONTHLY;BYDAY=1FR"), ("20200103T090000", "FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2"),
    ("20200103T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    ("20200103T090000", "FREQ=MONTHLY;BYMONTHDAY=-1,15"), ("20200229T090000", "FREQ=YEARLY"),
    ("20201225T090000", "FREQ=YEARLY"), ("20200103T090000", "FREQ=YEARLY;BYMONTH=12;BYDAY=2SA"),
    ("20200103T090000", "FREQ=YEARLY;BYDAY=20MO,-1FR"), ("20200103T090000", "FREQ=YEARLY;BYYEARDAY=1,-1"),
    ("20200103T090000", "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO"),
    ("20200103T090000", "FREQ=YEARLY;BYDAY=MO;BYSETPOS=2,-2"),
    ("20200103T090000", "FREQ=WEEKLY;BYDAY=TU,TH;BYSETPOS=-1"), ("20251129T090000", "FREQ=DAILY;INTERVAL=366"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "rule"), RULES, ids=[rule for _, rule in RULES])
def test_a_rule_gives_what_an_independent_reader_gives(first: str, rule: str) -> None:
    """In the span of 800 days, every occurrence and no other, though ours begins near the span."""
    start = datetime(2026, 11, 29, tzinfo=SHANGHAI)
    whole = rrulestr(rule, dtstart=datetime.strptime(first, "%Y%m%dT%H%M%S").replace(tzinfo=SHANGHAI))
    wanted = [at.astimezone(UTC) for at in whole.between(start, start + timedelta(days=800), inc=True)]
    assert wanted
    assert begins(calendar(event(first, f"RRULE:{rule}")), days=800) == wanted


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (("RRULE:FREQ=DAILY;UNTIL=20261207",), ["5", "6", "7"]),
        (("RRULE:FREQ=DAILY;UNTIL=20261207T010000Z",), ["5", "6", "7"]),
        (("RRULE:FREQ=DAILY;UNTIL=20261207T085959",), ["5", "6"]),
        (("RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20261206"), ["5", "7"]),
        (("RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261206T010000Z"), ["5", "7"]),
        (("RDATE;VALUE=PERIOD:20261207T010000Z/20261207T020000Z,20261208T010000Z/PT1H",
          "RDATE;VALUE=PERIOD;TZID=Asia/Shanghai:20261209T090000/PT5H30M", "RDATE:20261210T010000Z"),
         ["5", "7", "8", "9", "10"]),
        (("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "RDATE:20261210T010000Z"), ["5", "10"]),
    ],
)  # fmt: skip
def test_exceptions_and_single_dates_are_heeded(lines: tuple[str, ...], wanted: list[str]) -> None:
    """UNTIL as a day includes it; EXDATE by day or by moment; every RDATE, periods too; no rule stops single dates."""
    found = begins(calendar(event("20261205T090000", *lines)))
    assert [str(at.astimezone(SHANGHAI).day) for at in found] == wanted
    assert {at.hour for at in found} == {1}


def test_single_occurrences_change_and_all_that_follow() -> None:
    """One is moved, one is cancelled (RECURRENCE-ID); from one on all are later (RANGE=THISANDFUTURE)."""
    found: Any = parse("ical", sample("tries", "ical_override.ics").read_bytes(), moment=NOW).records
    assert [f"{r.begins:%d %H} {r.title}" for r in found] == ["05 01 课", "06 07 课（改期）", "09 01 课"]
    text = calendar(event("20200101T090000", "RRULE:FREQ=DAILY;UNTIL=20261208")).replace(
        "END:VCALENDAR", "BEGIN:VEVENT\nUID:0\nSUMMARY:s\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Asia/Shanghai:"
        "20261206T090000\n" + event("20261206T150000") + "\nEND:VEVENT\nEND:VCALENDAR")  # fmt: skip
    assert [f"{at:%d %H}" for at in begins(text)][5:] == ["04 01", "05 01", "06 07", "07 07", "08 07"]


def test_a_calendar_that_takes_its_events_back_has_none() -> None:
    """METHOD:CANCEL (RFC 5546, 3.2.5), alone or after the calendar that announced them."""
    text = calendar(event("20261205T090000"))
    taken = text.replace("VERSION:2.0", "VERSION:2.0\nMETHOD:CANCEL").replace("UID:0", "UID:0\nSEQUENCE:1")
    assert len(begins(text)) == 1
    assert begins(taken) == begins(text + taken) == []


MANY = {
    "daily since 1970": ("19700101T090000", "RRULE:FREQ=DAILY"),
    "daily since 1970, counted": ("19700101T090000", "RRULE:FREQ=DAILY;COUNT=90000"),
    "a day that never is": ("19700101T090000", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
    "an interval that never meets": ("19700105T090000", "RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=TU"),
    "a place that never is": ("19700101T090000", "RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6"),
    "a week's fifth Monday": ("19700101T090000", "RRULE:FREQ=WEEKLY;BYDAY=MO;BYSETPOS=5"),
    "a week of another month": ("19700101T090000", "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1"),
    "yearly since 1900": ("19000101T090000", "RRULE:FREQ=YEARLY;BYDAY=MO,TU;BYMONTH=1,12"),
    "many times a day": ("19700101T090000", f"RRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))}"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MANY)
def test_many_events_end_in_seconds(name: str) -> None:
    """Whatever their rule: read, nearest days first, or left out and counted. One alone kept the reader for seconds."""
    first, rule = MANY[name]
    with within(20):
        parsed = parse("ical", calendar(*[event(first, rule)] * 300), moment=NOW, max_items=5_000)
    assert len(parsed.records) <= 5_000


@pytest.mark.slow
def test_three_thousand_daily_events_since_1970_are_read() -> None:
    """As many of the nearest days as the source may bring."""
    with within(20):
        parsed = parse("ical", calendar(*[event(*MANY["daily since 1970"])] * 3000), moment=NOW, max_items=10_000)
    assert len(parsed.records) == 9_000
    assert [p.reason for p in parsed.problems] == [
        "about 561000 occurrences, more than 10000: only the next 3 days were read"
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("RDATE:" + ",".join("20261201T000000" for _ in range(50_000)),), ("RRULE:FREQ=DAILY",) * 1000,
        ("RRULE:FREQ=DAILY;INTERVAL=10001",),
        ("RRULE:FREQ=DAILY;INTERVAL=99999999999999999999",), ("RRULE:FREQ=YEARLY;BYDAY=9999MO",),
        ("EXDATE:" + "2026" * 100_000,), ("RRULE:" + ";" * 100_000,), ("DURATION:P99999999D",),
    ],
    ids=lambda lines: lines[0][:30],
)  # fmt: skip
def test_one_monstrous_event_is_refused_at_once(lines: tuple[str, ...]) -> None:
    """With a sentence, and the others are read."""
    with within(5):
        parsed = parse("ical", calendar(event("20261205T090000", *lines), event("20261206T090000")), moment=NOW)
    assert [f"{r.begins:%d}" for r in parsed.records] == ["06"]  # type: ignore[union-attr]
    assert len(parsed.problems) == 1 and "'list'" not in parsed.problems[0].reason
