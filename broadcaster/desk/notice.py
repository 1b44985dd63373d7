"""A notice: what an editor writes, for whom, from when until when."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from broadcaster.desk.people import Person
from channel.estates import Estates
from channel.lineup import Lineup
from channel.words import Say
from feeds.base.errors import PersonError
from feeds.records import Article
from feeds.text import clean

SOURCE = "desk"
"""The source whose records are the desk's texts."""
MOST_TITLE, MOST_TEXT, MOST_FACTS = 80, 6_000, 8
_LONGEST = timedelta(days=366)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """``page`` lists it; without ``towns`` and ``estates`` it is for everybody; ``begins`` and ``ends`` are in UTC."""

    title: str
    text: str
    page: str
    towns: tuple[str, ...] = ()
    estates: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    begins: datetime
    ends: datetime

    @property
    def digest(self) -> str:
        """What an approval is of."""
        return hashlib.sha256(encode(self)).hexdigest()


encode = msgspec.json.Encoder(order="deterministic").encode
decode = msgspec.json.Decoder(Notice).decode


def pages_of(lineup: Lineup) -> dict[str, str]:
    """The pages that list the desk's texts, with their titles."""
    return {page.number: page.title for page in lineup.pages.values() if SOURCE in page.sources.values()}


def checked(notice: Notice, lineup: Lineup, estates: Estates, writer: Person) -> Notice:
    """The notice with its words made harmless. Raises PersonError for what cannot go on air, naming the field."""
    title = clean(notice.title).replace("\n", " ").strip()
    text = "\n".join(clean(line).strip() for line in notice.text.split("\n")).strip()
    facts = tuple((clean(label).strip(), clean(value).strip()) for label, value in notice.facts if value.strip())
    if not 1 <= len(title) <= MOST_TITLE:
        raise PersonError(f"title: found {len(title)} letters, expected 1 to {MOST_TITLE}")
    if not 1 <= len(text) <= MOST_TEXT:
        raise PersonError(f"text: found {len(text)} letters, expected 1 to {MOST_TEXT}")
    if len(facts) > MOST_FACTS or any(not label for label, _ in facts):
        raise PersonError(f"facts: found {len(facts)}, expected at most {MOST_FACTS}, each with its name")
    if notice.page not in pages_of(lineup):
        raise PersonError(f"page: found {notice.page!r}, expected one of: {', '.join(pages_of(lineup)) or 'none'}")
    for town in notice.towns:
        if town not in estates.towns:
            raise PersonError(f"towns: found {town!r}, which is none of this channel's")
    for estate in notice.estates:
        if estate not in estates:
            raise PersonError(f"estates: found {estate!r}, which is none of this channel's")
    if not notice.begins < notice.ends <= notice.begins + _LONGEST:
        raise PersonError("ends: expected it after the beginning, within a year")
    if writer.towns:
        places = {*notice.towns, *(estates[estate].town for estate in notice.estates)}
        if not places or not places <= set(writer.towns):
            raise PersonError(f"towns: expected none but {', '.join(writer.towns)}, for which {writer.name} writes")
    return msgspec.structs.replace(notice, title=title, text=text, facts=facts)


def places_of(notice: Notice, estates: Estates) -> tuple[str, ...]:
    """The ids of the estates that it is for; all, where it names none."""
    if not notice.towns and not notice.estates:
        return tuple(estates)
    named = set(notice.estates)
    return tuple(e.id for e in estates.values() if e.town in notice.towns or e.id in named)


def article(ident: int, notice: Notice, estates: Estates) -> Article:
    """The record that pages list: it is there from the beginning to the end, for those that it is for."""
    whole = not notice.towns and not notice.estates
    alone = notice.towns[0] if len(notice.towns) == 1 and not notice.estates else ""
    return Article(
        id=f"desk{ident}", title=notice.title, body=notice.text, facts=notice.facts, published=notice.begins,
        ends=notice.ends, town=alone, estates=() if whole or alone else places_of(notice, estates),
    )  # fmt: skip


def said_back(notice: Notice, estates: Estates, say: Say) -> str:
    """``Fri 27 Nov 18:00 to Sun 29 Nov 24:00, 1 town, 61 estates``: what was chosen, as a sentence."""
    span = say("{begin} to {end}", begin=_moment(notice.begins, say), end=_moment(notice.ends, say, end=True))
    count = len(places_of(notice, estates))
    parts: Sequence[str] = (
        span,
        say.plural("{n} town", "{n} towns", len(notice.towns)) if notice.towns else "",
        say.plural("in {n} estate", "in {n} estates", count),
    )
    return say.clauses(parts)


def _moment(moment: datetime, say: Say, *, end: bool = False) -> str:
    there = say.local(moment)
    minute = 60 * there.hour + there.minute
    day = there.date()
    if end and not minute:
        # The end of a day is 24:00 of it, not 00:00 of the next.
        day, minute = day - timedelta(days=1), 24 * 60
    return say("{day} {time}", day=say.dated(day, "EEE d MMM"), time=say.time_of(minute))
