"""A time stands in the zone that its calendar means, or the event is quarantined: never silently in the channel's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from feeding import parse, sample

NOW = datetime(2026, 11, 29, 4, tzinfo=UTC)
OWN = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+1000
TZOFFSETTO:+0900
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11{more}
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+1000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(*lines: str, head: str = "", tail: str = "") -> str:
    inner = "\n".join(("BEGIN:VEVENT", "UID:1", "SUMMARY:会", *lines, "END:VEVENT"))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{inner}\n{tail}END:VCALENDAR\n"


def begins(text: str) -> list[str]:
    found: Any = parse("ical", text, moment=NOW, options={"days": 800}).records
    return [f"{r.begins:%Y-%m-%d %H:%M}" for r in found]


@pytest.mark.parametrize(
    ("name", "utc"),
    [
        ("Asia/Shanghai", "01:00"), ("asia/shanghai", "01:00"), ("PRC", "01:00"), ("Etc/GMT-8", "01:00"),
        ("China Standard Time", "01:00"), ("Romance Standard Time", "08:00"), ("GMT Standard Time", "09:00"),
        ("/freeassociation.sourceforge.net/Tzfile/Asia/Shanghai", "01:00"),
        ("/mozilla.org/2007/Europe/Berlin", "08:00"),
        ('"(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi"', "01:00"),
        ("(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi", "01:00"), ("UTC+3", "06:00"), ("GMT-0500", "14:00"),
    ],
)  # fmt: skip
def test_a_zone_is_known_by_many_names(name: str, utc: str) -> None:
    """IANA's, Windows's by the CLDR table, one that is unique in the world (RFC 5545, 3.2.19), a plain offset."""
    assert begins(calendar(f"DTSTART;TZID={name}:20261205T090000")) == [f"2026-12-05 {utc}"]


def test_a_calendar_may_describe_its_zone() -> None:
    """With summer time, before its events or after them; the description is the calendar's alone."""
    weekly = ("DTSTART;TZID=我们的:20270310T090000", "RRULE:FREQ=WEEKLY;COUNT=2")
    own = OWN.format(name="我们的", more="")
    wanted = ["2027-03-10 00:00", "2027-03-16 23:00"]
    assert begins(calendar(*weekly, head=own)) == wanted
    assert begins(calendar(*weekly, tail=own)) == wanted
    other = own.replace("TZOFFSETTO:+0900", "TZOFFSETTO:+0400")
    assert begins(calendar(*weekly, head=other))[0] == "2027-03-10 05:00"
    assert begins(calendar(*weekly)) == []


@pytest.mark.parametrize("more", ["\nRRULE:FREQ=SECONDLY", ";BYHOUR=1,2,3", ";INTERVAL=0"])
def test_a_zone_whose_rules_no_zone_has_is_not_believed(more: str) -> None:
    """A rule of every second in a description would be followed for ever."""
    parsed = parse("ical", calendar("DTSTART;TZID=x:20261205T090000", head=OWN.format(name="x", more=more)), moment=NOW)
    assert [p.reason for p in parsed.problems] == ["the time zone 'x' is neither known nor described by the calendar"]


@pytest.mark.parametrize(
    ("lines", "head", "wanted"),
    [
        (("DTSTART:20261205T090000",), "X-WR-TIMEZONE:America/New_York\n", ["2026-12-05 14:00"]),
        (("DTSTART:20261205T090000",), "X-WR-TIMEZONE:Romance Standard Time\n", ["2026-12-05 08:00"]),
        (("DTSTART:20261205T090000",), "X-WR-TIMEZONE:Nirgends\n", []),
        (("DTSTART:20261205T090000",), "", ["2026-12-05 01:00"]),
        (("DTSTART:20261205T090000Z",), "X-WR-TIMEZONE:Nirgends\n", ["2026-12-05 09:00"]),
        (("DTSTART;VALUE=DATE:20261205",), "X-WR-TIMEZONE:America/New_York\n", ["2026-12-04 16:00"]),
        (("DTSTART;TZID=Europe/Berlin:20261205T090000", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261206T090000"),
         "X-WR-TIMEZONE:America/New_York\n", ["2026-12-05 08:00", "2026-12-07 08:00"]),
    ],
)  # fmt: skip
def test_a_time_without_a_zone_is_the_calendars(lines: tuple[str, ...], head: str, wanted: list[str]) -> None:
    """Its own zone, if it has a known one; a day is a day everywhere; an exception is in its event's zone."""
    assert begins(calendar(*lines, head=head)) == wanted


def test_real_zone_names_are_read() -> None:
    """Two by Windows's name, one by what Windows shows, one that nobody knows."""
    parsed = parse("ical", sample("tries", "ical_windows_zone.ics").read_bytes(), moment=NOW)
    found: Any = parsed.records
    assert {r.title: f"{r.begins:%H:%M}" for r in found} == {"会": "01:00", "Paris": "08:00", "引号": "01:00"}
    assert [(p.position, p.value) for p in parsed.problems] == [("event 3", "3")]
    assert begins(sample("tries", "ical_xwr.ics").read_text()) == ["2026-12-05 09:00", "2026-12-05 14:00"]


def test_a_character_may_be_folded() -> None:
    """Lines are joined as bytes: a fold in the middle of a Han loses nothing, in UTF-8, GBK or UTF-16."""
    body = sample("tries", "ical_fold_in_character.ics").read_bytes()
    title = "社区文化活动中心周末公益电影放映暨读书分享会报名通知以及注意事项说明"
    whole = body.replace(b"\r\n ", b"").replace(b"\n ", b"").decode()
    for found in (body, whole.encode("gbk"), whole.encode("utf-16")):
        record: Any = parse("ical", found, moment=NOW).records[0]
        assert record.title == title
    gbk = calendar("DTSTART:20261205T090000").replace("会", "社区文化活动中心周末公益").encode("gbk")
    at = gbk.index("周末".encode("gbk")) + 1
    record = parse("ical", gbk[:at] + b"\r\n\t" + gbk[at:], moment=NOW).records[0]
    assert record.title == "社区文化活动中心周末公益"
