"""iCalendar: recurrence, exceptions and time zones become plain events of the days ahead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from feeding import NOW, parse, sample, samples

from feeds.base.errors import FormatError


def calendar(*events: str, head: str = "") -> str:
    inner = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{inner}END:VCALENDAR\r\n"


def days(text: str | bytes, **more: Any) -> list[str]:
    found: Any = parse("ical", text, **more).records
    return [f"{r.begins:%m-%d %H:%M} {r.title}" for r in found]


def test_recurrence_is_written_out_with_its_exceptions() -> None:
    """A weekly event loses its excepted day, and one occurrence that was moved appears where it is now."""
    zone = "TZID=Asia/Shanghai"
    weekly = (
        f"UID:1\r\nSUMMARY:合唱\r\nDTSTART;{zone}:20261103T090000\r\nDURATION:PT1H\r\n"
        f"RRULE:FREQ=WEEKLY;COUNT=7\r\nEXDATE;{zone}:20261201T090000"
    )
    moved = (
        f"UID:1\r\nSUMMARY:合唱改期\r\nRECURRENCE-ID;{zone}:20261208T090000\r\n"
        "DTSTART:20261209T020000Z\r\nDTEND:20261209T030000Z"
    )
    assert days(calendar(weekly, moved)) == ["11-24 01:00 合唱", "12-09 02:00 合唱改期", "12-15 01:00 合唱"]


def test_all_day_events_keep_their_days() -> None:
    """The end is the last day itself, not the day after; times without a zone are the calendar's own."""
    text = calendar("UID:1\r\nSUMMARY:寒假\r\nDTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261203")
    record: Any = parse("ical", text).records[0]
    assert record.all_day
    assert (record.begins, record.ends) == (
        datetime(2026, 11, 30, 16, tzinfo=UTC), datetime(2026, 12, 2, 15, 59, 59, tzinfo=UTC),
    )  # fmt: skip
    timed = "UID:2\r\nSUMMARY:讲座\r\nDTSTART:20261201T100000\r\nDTEND:20261201T110000"
    assert days(calendar(timed)) == ["12-01 02:00 讲座"]
    assert days(calendar(timed, head="X-WR-TIMEZONE:Europe/Berlin\r\n")) == ["12-01 09:00 讲座"]


def test_facts_of_an_event_are_read() -> None:
    """Where, who, what kind; mail addresses of organisers are not taken along; cancelled events are left out."""
    text = calendar(
        "UID:1\r\nSUMMARY:招聘会\r\nDTSTART:20261201T010000Z\r\nDTEND:20261201T030000Z\r\nLOCATION:体育馆\r\n"
        "ORGANIZER;CN=区就业促进中心:mailto:x@example.org\r\nCATEGORIES:招聘,公益\r\nDESCRIPTION:第一行\\n第二行",
        "UID:2\r\nSUMMARY:取消的\r\nSTATUS:CANCELLED\r\nDTSTART:20261201T010000Z",
    )
    (record,) = parse("ical", text, constants={"town": "莘庄镇"}).records
    event: Any = record
    assert (event.venue, event.organiser, event.category, event.town) == ("体育馆", "区就业促进中心", "招聘", "莘庄镇")
    assert event.description == "第一行\n第二行"
    assert "@" not in str(event)


GOOD = "UID:9\r\nSUMMARY:好\r\nDTSTART:20261201T010000Z"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("SUMMARY:x\r\nDTSTART:gestern", "DTSTART: found 'gestern', expected a date or time such as 20261124T081200"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nRRULE:FREQ=SECONDLY", "it recurs more often than daily (FREQ="),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nRRULE:FREQ=SECO\r\n NDLY", "it recurs more often than daily"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nRR\r\n ULE:FREQ=MINUTELY", "it recurs more often than daily"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nRRULE:FREQ=NEVER;X", "RRULE: found 'FREQ=NEVER;X', expected a rule"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nRRULE:FREQ=DAILY;INTERVAL=0", "found INTERVAL=0, expected 1"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nRRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5",
         "it recurs 25 times a day, expected at most 24"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nRRULE:FREQ=DAILY;UNTIL=gestern", "expected a rule such as"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nEXDATE:gestern", "EXDATE: found 'gestern', expected a date or time"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nEXRULE:FREQ=DAILY", "EXRULE: it excepts days by a rule"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nDTSTART:20261202T010000Z", "DTSTART: found it 2 times"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nDTEND:20261130T010000Z", "DTEND: it ends before it begins"),
        ("SUMMARY:x\r\nDTSTART:PT1H", "DTSTART: found another kind of value, expected a date or time such as"),
        ("SUMMARY:x\r\nDTSTART:120000", "DTSTART: found"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nDTEND:PT1H", "DTEND: found another kind of value"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nDURATION:20261201", "DURATION: found"),
        ("SUMMARY:x\r\nDTSTART:00010101T000000", "DTSTART: the year 1 is out of range"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nRDATE:PT1H", ""),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nRRULE:FREQ=DAILY;COUNT=1,2", "RRULE: COUNT stands there twice"),
        ("SUMMARY:x\r\nDTSTART:20261201T010000Z\r\nDURATION:-PT1H", "DURATION: it ends before it begins"),
        ("SUMMARY:x\r\nDTSTART;TZID=Nirgends:20261201T010000", "the time zone 'Nirgends' is neither known nor"),
        ("DTSTART:20261201T010000Z", "title"),
        ("SUMMARY:x", "without DTSTART, which says when it begins"),
    ],
)  # fmt: skip
def test_one_bad_event_does_not_cost_the_others(event: str, reason: str) -> None:
    """Each is quarantined alone, with its UID and a sentence for an editor."""
    parsed = parse("ical", calendar(f"UID:1\r\n{event}", GOOD))
    assert [r.title for r in parsed.records] == ["好"]  # type: ignore[union-attr]
    (problem,) = parsed.problems
    assert problem.position == "event 1" and reason in problem.reason
    assert parsed.total == 2


def test_an_event_that_is_cut_off_is_counted() -> None:
    """The file ended in the middle of it."""
    parsed = parse("ical", calendar(GOOD).replace("END:VCALENDAR", "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T010000Z"))
    assert [p.reason for p in parsed.problems] == ["it is cut off: found no END:VEVENT"]
    assert len(parsed.records) == 1


def test_a_daily_event_for_ever_is_bounded() -> None:
    """Only the days ahead are written out."""
    text = calendar("UID:1\r\nSUMMARY:早操\r\nDTSTART:19000101T000000Z\r\nRRULE:FREQ=DAILY")
    assert len(parse("ical", text).records) == 180
    assert len(parse("ical", text, options={"days": 7}).records) == 7


def test_gbk_calendars_are_read() -> None:
    """An export in GBK without any label."""
    text = calendar("UID:1\r\nSUMMARY:社区学校开学典礼通知\r\nDTSTART:20261201T010000Z")
    assert days(text.encode("gbk")) == ["12-01 01:00 社区学校开学典礼通知"]


@pytest.mark.parametrize("path", samples("icalendar"), ids=lambda path: path.name)
def test_real_calendars_are_read(path: Any) -> None:
    """Exports of real programs, bare events and byte-order marks among them, at the moments that they speak of."""
    count = 0
    for year in range(2003, 2032):
        parsed = parse("ical", path.read_bytes(), moment=NOW.replace(year=year, month=1), options={"days": 366})
        count += len(parsed.records)
        assert not [p for p in parsed.problems if "cannot be read" in p.reason]
    assert (count > 0) == (path.name not in ("bom_calendar.ics", "calendar_with_unicode.ics"))


def test_a_real_exception_is_heeded() -> None:
    """Nine occurrences remain of a recurring event with exceptions on several lines."""
    body = sample("icalendar", "event_with_recurrence_exdates_on_different_lines.ics").read_bytes()
    assert len(parse("ical", body, moment=datetime(2012, 1, 1, tzinfo=UTC)).records) == 9


@pytest.mark.parametrize("body", ["", "<html>", "{}", "BEGIN:VCARD\nEND:VCARD"])
def test_what_is_no_calendar_is_refused(body: str) -> None:
    """An error page is an error."""
    with pytest.raises(FormatError):
        parse("ical", body)
