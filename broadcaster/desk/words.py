"""What every text of the desk has: a title, from when until when, and for whom."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from broadcaster.desk.people import Person
from broadcaster.desk.refusal import Refusal
from channel.estates import Estates
from channel.words import N_, Say
from feeds.text import clean

_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_BULLET = re.compile("^[ \t]*[\uf000-\uf0ff][ \t]*", re.MULTILINE)
_OWN = re.compile("[\ue000-\uf8ff]")
_EMPTY = re.compile(r"\n(?:[^\S\n]*\n){2,}")
encode = msgspec.json.Encoder(order="deterministic").encode


class Words(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Without ``towns`` and ``estates`` it is for everybody; ``begins`` and ``ends`` are in UTC."""

    title: str
    towns: tuple[str, ...] = ()
    estates: tuple[str, ...] = ()
    begins: datetime
    ends: datetime

    @property
    def digest(self) -> str:
        """What an approval is of."""
        return hashlib.sha256(encode(self)).hexdigest()


def line(field: str, text: str, most: int, least: int = 1) -> str:
    """One line of words, made harmless. Raises PersonError."""
    return _measured(field, clean(_pasted(text)).strip(), most, least)


def prose(field: str, text: str, most: int, least: int = 1) -> str:
    """Several lines of words, made harmless. Raises PersonError."""
    return _measured(field, "\n".join(clean(part).strip() for part in _pasted(text).split("\n")).strip(), most, least)


def _pasted(text: str) -> str:
    """Without what word processors bring along: signs of their own fonts, which no other font has (the first of a line
    is its bullet), breaks of their own, hyphens that do not break, and more than one empty line."""
    text = _BULLET.sub("• ", _BREAK.sub("\n", text))
    return _EMPTY.sub("\n\n", _OWN.sub("", text).replace("\u2011", "-"))


def _measured(field: str, text: str, most: int, least: int) -> str:
    if not least <= len(text) <= most:
        told = N_("{n} letters, where {least} to {most} are expected")
        raise Refusal(field, told, n=len(text), least=least, most=most)
    return text


def check_places(words: Words, estates: Estates, writer: Person) -> None:
    """Raises PersonError for a place that is none of the channel's, or not for ``writer`` to write for."""
    for town in words.towns:
        if town not in estates.towns:
            raise Refusal("towns", N_("{name} is none of this channel's"), name=town)
    for estate in words.estates:
        if estate not in estates:
            raise Refusal("estates", N_("{name} is none of this channel's"), name=estate)
    if writer.towns:
        places = {*words.towns, *(estates[estate].town for estate in words.estates)}
        if not places or not places <= set(writer.towns):
            told = N_("{name} writes for {towns} alone")
            raise Refusal("towns", told, name=writer.name, towns=", ".join(writer.towns))


def check_times(words: Words, longest: timedelta) -> None:
    """Raises PersonError for an end that is not after the beginning, or too late."""
    if not words.begins < words.ends <= words.begins + longest:
        raise Refusal("ends", N_("after the beginning, and within {n} days of it"), n=longest.days)


def places_of(words: Words, estates: Estates) -> tuple[str, ...]:
    """The ids of the estates that it is for; all, where it names none."""
    if not words.towns and not words.estates:
        return tuple(estates)
    named = set(words.estates)
    return tuple(e.id for e in estates.values() if e.town in words.towns or e.id in named)


def said_back(words: Words, estates: Estates, say: Say) -> str:
    """``Fri 27 Nov 18:00 to Sun 29 Nov 24:00, 1 town, 61 estates``: what was chosen, as a sentence."""
    span = say("{begin} to {end}", begin=said_moment(words.begins, say), end=said_moment(words.ends, say, end=True))
    count = len(places_of(words, estates))
    parts: Sequence[str] = (
        span,
        say.plural("{n} town", "{n} towns", len(words.towns)) if words.towns else "",
        say.plural("in {n} estate", "in {n} estates", count),
    )
    return say.clauses(parts)


def said_moment(moment: datetime, say: Say, *, end: bool = False) -> str:
    """``Fri 27 Nov 18:00``; midnight as the ``end`` of something is 24:00 of the day before."""
    there = say.local(moment)
    minute = 60 * there.hour + there.minute
    day = there.date()
    if end and not minute:
        day, minute = day - timedelta(days=1), 24 * 60
    return say("{day} {time}", day=say.dated(day, "EEE d MMM"), time=say.time_of(minute))
