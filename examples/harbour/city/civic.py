"""What the city council writes: news, events, notices, requests and a guide: 111, 341, 601, 661 and 662."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from .base import ZONE, At, chance, iso, json_bytes, minutes_of, on, plain, serves, texts

_WORDS = texts("civic")
_ICAL_DATE, _ICAL_CLOCK = "%Y%m%d", "%Y%m%dT%H%M%S"


@serves("news.xml", "application/rss+xml", step=15)
def news(at: At) -> bytes:
    """Page 111: the last three days, three pieces a day (RSS 2.0)."""
    items = "\n".join(_pieces(at))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        "<title>Port Merrow City Council: news</title><link>https://council.merrow.example/</link>"
        f"<description>News</description><language>en-IE</language>\n{items}\n</channel></rss>\n"
    ).encode()


def _pieces(at: At) -> Iterator[str]:
    for back in range(4):
        day = at.day(-back)
        for turn, clock in reversed(list(enumerate(_WORDS["hours"]))):
            published = on(day, minutes_of(clock))
            if published > at.moment:
                continue
            ident, tag, title, summary, paragraphs = _WORDS["news"][(day.toordinal() * 3 + turn) % len(_WORDS["news"])]
            body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
            yield (
                f"<item><title>{escape(title)}</title><category>{tag}</category><description>{escape(summary)}"
                f'</description><guid isPermaLink="false">{ident}-{day}</guid>'
                f"<link>https://council.merrow.example/{ident}-{day}</link>"
                f"<pubDate>{format_datetime(published)}</pubDate><content:encoded><![CDATA[{body}]]></content:encoded>"
                "</item>"
            )


@serves("events.ics", "text/calendar")
def events(at: At) -> bytes:
    """Page 341: half of the times name the zone, the others float and mean the clock on the wall (RFC 5545, 3.3.5)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Port Merrow//Events//EN"]
    for number, (ident, title, venue, category, text, first, start, minutes, rule) in enumerate(_WORDS["events"]):
        day = datetime.fromisoformat(f"{at.today.year}-{first}").replace(tzinfo=ZONE)
        lines += ["BEGIN:VEVENT", f"UID:{ident}-{at.today.year}@merrow.example", "DTSTAMP:20260101T000000Z"]
        if start:
            begins = on(day.date(), minutes_of(start))
            zone = "" if number % 2 else f";TZID={ZONE.key}"
            lines += [f"DTSTART{zone}:{begins:{_ICAL_CLOCK}}", f"DURATION:PT{minutes}M"]
        else:
            last = day + timedelta(minutes=minutes)
            lines += [f"DTSTART;VALUE=DATE:{day:{_ICAL_DATE}}", f"DTEND;VALUE=DATE:{last:{_ICAL_DATE}}"]
        lines += [f"RRULE:{rule}"] if rule else []
        words = (("SUMMARY", title), ("LOCATION", venue), ("CATEGORIES", category), ("DESCRIPTION", text))
        lines += [f"{name}:{_ical(value)}" for name, value in words if value]
        lines.append("END:VEVENT")
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def _ical(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


@serves("notices.json", "application/json")
def notices(at: At) -> bytes:
    """Page 601: works and interruptions, of today and of the days around it; their times are the wall clock's."""
    rows = []
    for ident, tag, title, body, quarter, estates, hour, hours, every in _WORDS["notices"]:
        for days in range(-31, 4):
            day = at.day(days)
            begins = on(day, hour * 60)
            ends = begins + timedelta(hours=hours)
            if day.toordinal() % every == 0 and ends > on(at.today, 0):
                rows.append(
                    {"id": f"{ident}{day:%m%d}", "kind": tag, "headline": title, "text": body, "quarter": quarter,
                     "estates": estates, "from": plain(begins), "to": plain(ends),
                     "issued": plain(on(day - timedelta(days=4), 600))}
                )  # fmt: skip
    return json_bytes({"notices": rows})


@serves("requests.json", "application/json", step=60)
def requests(at: At) -> bytes:
    """Page 661: what people reported in the last ten days (Open311 GeoReport v2)."""
    rows = []
    for back in range(10):
        for turn, (service, agency, address, note) in enumerate(_WORDS["requests"]):
            day = at.day(-back)
            if chance("request", day, turn) > 0.28:
                continue
            asked = on(day, 480 + int(chance("asked", day, turn) * 600))
            done = asked + timedelta(hours=20 + 60 * chance("done", day, turn))
            if asked > at.moment:
                continue
            closed = done <= at.moment
            rows.append(
                {"service_request_id": f"{day:%m%d}{turn}", "service_code": f"s{turn}", "service_name": service,
                 "status": "closed" if closed else "open", "status_notes": note if closed else "",
                 "agency_responsible": agency, "address": address, "requested_datetime": asked.strftime("%FT%T"),
                 "updated_datetime": (done if closed else asked).strftime("%FT%T")}
            )  # fmt: skip
    return json_bytes(rows)


@serves("guides.json", "application/json")
def guides(at: At) -> bytes:
    """Page 662."""
    return json_bytes({"guides": [_WORDS["guide"]], "updated": iso(on(at.today, 0))})
