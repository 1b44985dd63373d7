"""Television and cinema in XMLTV: pages 700 and 344."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from .base import At, dice, phone, serves, texts
from .medical import lines

XMLTV = "application/xml; charset=utf-8"
_WORDS = texts("programmes")


class Show(NamedTuple):
    """A programme of a channel or hall."""

    channel: str
    begins: datetime
    ends: datetime
    title: str
    subtitle: str = ""
    text: str = ""


def _xmltv(channels: Iterable[tuple[str, str]], shows: Iterable[Show]) -> bytes:
    """A guide (XMLTV DTD)."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv source-info-name="闵行">']
    for ident, name in channels:
        parts.append(f'<channel id={quoteattr(ident)}><display-name lang="zh">{escape(name)}</display-name></channel>')
    for show in shows:
        second = f'<sub-title lang="zh">{escape(show.subtitle)}</sub-title>' if show.subtitle else ""
        text = f'<desc lang="zh">{escape(show.text)}</desc>' if show.text else ""
        parts.append(
            f'<programme start="{show.begins:%Y%m%d%H%M%S %z}" stop="{show.ends:%Y%m%d%H%M%S %z}" '
            f'channel={quoteattr(show.channel)}><title lang="zh">{escape(show.title)}</title>{second}{text}</programme>'
        )
    return ("\n".join(parts) + "\n</tv>\n").encode()


def _pieces(ident: str, genre: str, date: str) -> tuple[list[list[str]], dict[str, list[str]]]:
    """What a channel shows in between, in the day's order, over and over, none after itself; and what it shows at an
    hour of its own."""
    every = [[*row, "", ""][:4] for row in lines(_WORDS["genres"][genre])]
    loose = [row for row in every if not row[3]]
    draw = dice("guide", ident, date)
    found: list[list[str]] = []
    while len(found) < 100:
        round_ = draw.sample(loose, len(loose))
        if found and found[-1] == round_[0]:
            round_.reverse()
        # A play is shown in two parts.
        found += [part for piece in round_ for part in [piece] * (1 + (piece[2] == "电视剧"))]
    return found, {row[3]: row for row in every if row[3]}


def _day(ident: str, genre: str, at: At, day: int) -> list[Show]:
    """A day of a channel, from midnight to midnight without a gap; programmes begin on multiples of five minutes."""
    loose, fixed = _pieces(ident, genre, at.date(day))
    anchors = [(at.clock(*map(int, clock.split(":")), days=day), piece) for clock, piece in sorted(fixed.items())]
    shows: list[Show] = []
    begins = at.clock(0, days=day)
    for until, piece in [*anchors, (at.clock(0, days=day + 1), None)]:
        while begins < until:
            room = (until - begins) // timedelta(minutes=1)
            fits = next((row for row in loose if int(row[1]) <= room), None)
            if fits is None and shows:
                # What is too short for anything is joined to what was before.
                shows[-1] = shows[-1]._replace(ends=until)
                break
            title, minutes, subtitle, _ = fits or loose[0]
            loose.remove(fits or loose[0])
            ends = min(begins + timedelta(minutes=5 * round(int(minutes) / 5)), until)
            shows.append(Show(ident, begins, ends, title, subtitle))
            begins = ends
        begins = until
        if piece is not None:
            ends = begins + timedelta(minutes=int(piece[1]))
            shows.append(Show(ident, begins, ends, piece[0], piece[2]))
            begins = ends
    return shows


@serves("programmes", "programmes.xml", XMLTV, days=1)
def programmes(at: At) -> bytes:
    """Page 700: twenty channels, today and tomorrow."""
    channels = list(lines(_WORDS["channels"]))
    shows = [show for ident, _, genre in channels for day in (0, 1) for show in _day(ident, genre, at, day)]
    return _xmltv(((ident, name) for ident, name, _ in channels), shows)


@serves("films", "films.xml", XMLTV, days=1)
def films(at: At) -> bytes:
    """Page 344: six halls, today and two days more. The library's hall is dark on Mondays."""
    halls = _WORDS["halls"]
    venues = [(f"v{number}", name) for number, name in enumerate(halls["venues"].split(), 1)]
    shows = [show for ident, name in venues for day in range(3) for show in _evening(ident, name, at, day)]
    return _xmltv(venues, shows)


def _evening(ident: str, name: str, at: At, day: int) -> list[Show]:
    """A day of a hall: free things in the morning, films from noon, a play on some evenings."""
    halls, date = _WORDS["halls"], at.date(day)
    if name.endswith("图书馆") and at.clock(0, days=day).weekday() == 0:
        return []
    draw = dice("hall", ident, date)
    begins = at.clock(9, 30, days=day) + timedelta(minutes=15 * draw.randrange(3))
    shows: list[Show] = []
    films_, free, stages = (draw.sample(found, len(found)) for found in map(list, map(lines, (
        halls["films"], halls["free"], halls["stages"]))))  # fmt: skip
    cinema = name.endswith(("影城", "影院"))
    while begins.hour < 21 and begins.date() == at.clock(0, days=day).date():
        evening = begins.hour >= 18 and not cinema
        pool = stages if evening else films_ if cinema or (begins.hour >= 13 and len(shows) % 2) else free
        title, minutes, price, text = pool[len(shows) % len(pool)]
        ends = begins + timedelta(minutes=int(minutes))
        # XMLTV has no element for a price: free things say so in their title, others in the sub-title.
        free_of_charge = price == "免费"
        name_shown = f"{title} {price}" if free_of_charge else title
        told = f"{text}\n订座和问讯 {phone('hall', ident)}。"
        shows.append(Show(ident, begins, ends, name_shown, "" if free_of_charge else price, told))
        gap = 20 if cinema else 30
        begins = ends + timedelta(minutes=gap + (-(ends.minute + gap)) % 5)
        if evening:
            break
    return shows
