"""Calendars in iCalendar (RFC 5545): pages 122, 123, 245, 304, 341 and 363."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from .base import EPOCH, At, chance, phone, serves, texts
from .medical import lines
from .towns import SHORT, TOWNS
from .writing import stamp

ICS = "text/calendar; charset=utf-8"
_WORDS = texts("events")
_ZONE = "BEGIN:VTIMEZONE\nTZID:Asia/Shanghai\nBEGIN:STANDARD\nDTSTART:19910915T000000\nTZOFFSETFROM:+0800\n" \
    "TZOFFSETTO:+0800\nTZNAME:CST\nEND:STANDARD\nEND:VTIMEZONE"  # fmt: skip
_DAYS = "MO TU WE TH FR SA SU".split()  # noqa: SIM905 (a list of words)


def _calendar(name: str, organiser: str, events: Iterable[list[str]]) -> bytes:
    """A calendar; lines are folded at 75 bytes and end in CRLF (RFC 5545, 3.1)."""
    who = f"ORGANIZER;CN={organiser}:mailto:nobody@minhang.example"
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//minhang.example//events//ZH", f"X-WR-CALNAME:{name}"]
    body = [line for event in events for line in ("BEGIN:VEVENT", *event, who, "END:VEVENT")]
    folded = (part for line in [*head, *_ZONE.splitlines(), *body, "END:VCALENDAR"] for part in _folded(line))
    return "".join(f"{line}\r\n" for line in folded).encode()


def _folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 bytes, no letter cut; further pieces begin with a space."""
    piece, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > 74:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + width
    yield piece


def _escaped(text: str) -> str:
    """A text value (RFC 5545, 3.3.11)."""
    for letter in ("\\", ";", ","):
        text = text.replace(letter, f"\\{letter}")
    return text.replace("\n", "\\n")


def _event(uid: str, title: str, begins: datetime, minutes: int, **more: str) -> list[str]:
    """The lines of an event at a time of day."""
    ends = begins + timedelta(minutes=minutes)
    found = [
        f"UID:{uid}@minhang.example",
        f"DTSTAMP:{stamp(EPOCH)}",
        f"DTSTART;TZID=Asia/Shanghai:{begins:%Y%m%dT%H%M%S}",
        f"DTEND;TZID=Asia/Shanghai:{ends:%Y%m%dT%H%M%S}",
        f"SUMMARY:{_escaped(title)}",
    ]
    return found + [f"{name.upper().replace('_', '-')}:{_escaped(text)}" for name, text in more.items() if text]


def _at(at: At, days: int, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return at.clock(int(hour), int(minute), days=days)


def _sprinkled(at: At, name: str, per_day: float, weekend: float, days: int) -> Iterator[tuple[int, int]]:
    """(days ahead, number of the piece): which pieces of a list fall on which day, the same whenever it is asked."""
    pieces = len(list(lines(_WORDS[name])))
    for day in range(-3, days):
        share = weekend if at.clock(0, days=day).weekday() >= 5 else per_day
        number = at.day + day
        turns = [turn for turn in range(4) if chance(name, number, turn) < share]
        for which in dict.fromkeys((number * 5 + turn * 3) % pieces for turn in turns):
            yield day, which


@serves("shows", "shows.ics", ICS, days=1)
def shows(at: At) -> bytes:
    """Page 341: six weeks of shows and exhibitions."""
    pieces = list(lines(_WORDS["shows"]))
    events = []
    for day, which in _sprinkled(at, "shows", 0.22, 0.6, 42):
        title, venue, town, clock, minutes, note = pieces[which]
        kind = "展览" if int(minutes) > 300 else "演出"
        events.append(
            _event(f"show{at.day + day}-{which}", title, _at(at, day, clock), int(minutes), location=venue,
                   description=note, categories=kind, contact=phone("show", which), x_town=SHORT[town].name)
        )  # fmt: skip
    return _calendar("演出与展览", "区文旅局", events)


@serves("job-fairs", "job-fairs.ics", ICS, days=1)
def job_fairs(at: At) -> bytes:
    """Page 122."""
    pieces = list(lines(_WORDS["fairs"]))
    events = []
    for day in range(-2, 40):
        number, weekday = at.day + day, at.clock(0, days=day).weekday()
        if weekday not in (1, 4) or chance("fair", number) > 0.8:
            continue
        title, venue, clock, minutes, note = pieces[number % len(pieces)]
        town = TOWNS[0] if weekday == 4 else TOWNS[number % 13]
        events.append(
            _event(f"fair{number}", title, _at(at, day, clock), int(minutes), location=f"{town.short}{venue}",
                   description=note, categories="招聘会", contact=phone("fair", number), x_town=town.name)
        )  # fmt: skip
    return _calendar("招聘会", "区人社局", events)


@serves("trainings", "trainings.ics", ICS, days=1)
def trainings(at: At) -> bytes:
    """Page 123: first days of courses; the evening and the two-week ones come again."""
    pieces = list(lines(_WORDS["trainings"]))
    events = []
    for day in range(-5, 40):
        number = at.day + day
        if at.clock(0, days=day).weekday() not in (0, 2) or chance("training", number) > 0.6:
            continue
        title, venue, clock, minutes, note = pieces[number * 3 % len(pieces)]
        events.append(
            _event(f"train{number}", title, _at(at, day, clock), int(minutes), location=venue, description=note,
                   categories="培训", contact=phone("training", number))
        )  # fmt: skip
    return _calendar("职业培训", "区人社局", events)


@serves("elder-courses", "elder-courses.ics", ICS, days=7)
def elder_courses(at: At) -> bytes:
    """Page 245: ten weeks of weekly courses as recurrences, this term's and the next one's; one week falls out."""
    monday = at.midnight - timedelta(days=at.moment.weekday())
    term = monday - timedelta(weeks=(at.day // 7) % 10)
    events = []
    for start in (term, term + timedelta(weeks=10)):
        for number, (title, venue, town, weekday, clock, teacher) in enumerate(lines(_WORDS["elders"]), 1):
            hour, minute = map(int, clock.split(":"))
            begins = start + timedelta(days=int(weekday), hours=hour, minutes=minute)
            off = begins + timedelta(weeks=2 + int(chance("off", number, start) * 7))
            event = _event(
                f"elder{number}-{start:%Y%m%d}", title, begins, 90, location=venue,
                description=f"任课：{teacher}，旁听免费", categories="课程", x_town=SHORT[town].name,
            )  # fmt: skip
            event.append(f"RRULE:FREQ=WEEKLY;COUNT=10;BYDAY={_DAYS[int(weekday)]}")
            event.append(f"EXDATE;TZID=Asia/Shanghai:{off:%Y%m%dT%H%M%S}")
            events.append(event)
    return _calendar("老年大学", "区老年大学", events)


@serves("school-calendar", "school-calendar.ics", ICS, days=1)
def school_calendar(at: At) -> bytes:
    """Page 304: the school year, whole days; DTEND is the day after (RFC 5545, 3.6.1)."""
    start = at.moment.year if at.moment.month >= 8 else at.moment.year - 1
    # The next year is known from May on.
    years = (start, start + 1) if at.moment.month in (5, 6, 7) else (start,)
    return _calendar("校历", "区教育局", (event for year in years for event in _school_year(at, year)))


def _school_year(at: At, start: int) -> Iterator[list[str]]:
    for number, (month, day, last_month, last_day, title) in enumerate(lines(_WORDS["school"]), 1):
        first, last = (
            datetime(start + (int(m) < 9), int(m), int(d), tzinfo=at.moment.tzinfo)
            for m, d in ((month, day), (last_month, last_day))
        )
        after = last + timedelta(days=1)
        yield [
            f"UID:school{start}-{number}@minhang.example", f"DTSTAMP:{stamp(EPOCH)}",
            f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}", f"SUMMARY:{title}",
            "CATEGORIES:校历", "DESCRIPTION:全区中小学统一安排，幼儿园参照执行",
        ]  # fmt: skip


@serves("matches", "matches.ics", ICS, days=1)
def matches(at: At) -> bytes:
    """Page 363."""
    pieces = list(lines(_WORDS["matches"]))
    events = []
    for day, which in _sprinkled(at, "matches", 0.03, 0.4, 42):
        title, venue, town, clock, minutes, note = pieces[which]
        events.append(
            _event(f"match{at.day + day}-{which}", title, _at(at, day, clock), int(minutes), location=venue,
                   description=note, categories="赛事", contact=phone("match", which), x_town=SHORT[town].name)
        )  # fmt: skip
    return _calendar("赛事活动", "区体育局", events)
