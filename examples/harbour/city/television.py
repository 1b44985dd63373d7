"""The television guide in XMLTV, its times on the wall clock and without an offset: page 700."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from .base import At, chance, minutes_of, on, serves, texts

_WORDS = texts("television")
_NIGHT = "Through the Night"


@serves("programmes.xml", "application/xml")
def programmes(at: At) -> bytes:
    """Yesterday, whose last programme still runs after midnight, today and tomorrow."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv>']
    for ident, name, _ in _WORDS["channels"]:
        parts.append(f'<channel id={quoteattr(ident)}><display-name lang="en">{escape(name)}</display-name></channel>')
    for ident, _, genre in _WORDS["channels"]:
        for days in (-1, 0, 1):
            parts += _day(ident, genre, at.day(days))
    return ("\n".join(parts) + "\n</tv>\n").encode()


def _day(ident: str, genre: str, day: date) -> Iterator[str]:
    """A channel's day from half past five to half past five."""
    titles, starts = _WORDS["genres"][genre], [minutes_of(clock) for clock in _WORDS["starts"]]
    shift = day.toordinal() + int(chance("channel", ident) * 100)
    moments = [on(day, minutes) for minutes in starts] + [on(day + timedelta(days=1), starts[0])]
    note = _WORDS["notes"].get(genre, "")
    for number, (begins, ends) in enumerate(pairwise(moments)):
        last = number == len(starts) - 1
        title = _NIGHT if last else titles[(shift + number * 5) % len(titles)]
        text = f'<desc lang="en">{escape(note)}</desc>' if note and not last else ""
        yield (
            f'<programme start="{begins:%Y%m%d%H%M%S}" stop="{ends:%Y%m%d%H%M%S}" channel={quoteattr(ident)}>'
            f'<title lang="en">{escape(title)}</title>{text}</programme>'
        )
