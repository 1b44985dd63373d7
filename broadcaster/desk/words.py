"""What every text of the desk has: a title, from when until when, and for whom."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from broadcaster.desk.area import Corners, inside
from broadcaster.desk.paste import pasted
from broadcaster.desk.people import Person
from broadcaster.desk.refusal import Refusal
from channel.estates import Estates
from channel.folder import Channel
from channel.words import N_, Say
from feeds.text import clean

FOREVER = datetime(2100, 1, 1, tzinfo=UTC)
"""The end of a text that has none."""
encode = msgspec.json.Encoder(order="deterministic").encode
_NAMED = 3
"""Single estates that are said by their names; more are counted."""


def desk_source(channel: Channel, record: str) -> str:
    """The source that has what the desk writes as records of this kind; empty where the channel has none."""
    found = (source.id for source in channel.sources.values() if source.is_desk and source.record == record)
    return next(found, "")


class Words(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Without ``towns``, ``estates`` and an ``area`` it is for everybody; ``begins`` and ``ends`` are in UTC."""

    title: str
    towns: tuple[str, ...] = ()
    estates: tuple[str, ...] = ()
    area: Corners = ()
    begins: datetime
    ends: datetime

    @property
    def digest(self) -> str:
        """What an approval is of."""
        return hashlib.sha256(encode(self)).hexdigest()


W = TypeVar("W", bound=Words)


def line(field: str, text: str, most: int, least: int = 1) -> str:
    """One line of words, made harmless. Raises PersonError."""
    return _measured(field, clean(pasted(text).text), most, least)


def prose(field: str, text: str, most: int, least: int = 1) -> str:
    """Several lines of words, made harmless. Raises PersonError."""
    return _measured(field, pasted(text).text, most, least)


def _measured(field: str, text: str, most: int, least: int) -> str:
    if not least <= len(text) <= most:
        told = N_("{n} letters, where {least} to {most} are expected")
        raise Refusal(field, told, n=len(text), least=least, most=most)
    return text


def identified(words: W, estates: Estates) -> W:
    """The words with the ids of estates that were called by their names. Raises PersonError for a name that several
    have."""
    found = (ident for called in words.estates for ident in _called(called, estates))
    return msgspec.structs.replace(words, estates=tuple(dict.fromkeys(found)))


def _called(name: str, estates: Estates) -> list[str]:
    """What one piece of a list means: an id, a name, or several of them with spaces between."""
    if name in estates:
        return [name]
    found = [estate for estate in estates.values() if estate.name == name]
    if len(found) > 1:
        known = ", ".join(f"{estate.id} ({estate.town})" for estate in found)
        raise Refusal("estates", N_("{name} is the name of several: {known}"), name=name, known=known)
    if found:
        return [found[0].id]
    pieces = name.split()
    return [ident for piece in pieces for ident in _called(piece, estates)] if len(pieces) > 1 else [name]


def check_reach(words: Words, estates: Estates, writer: Person, longest: timedelta) -> None:
    """Raises PersonError where it is not for when it may be, or not for whom."""
    check_times(words, longest)
    check_places(words, estates, writer)
    check_area(words, estates)


def check_places(words: Words, estates: Estates, writer: Person) -> None:
    """Raises PersonError for a place that is none of the channel's, or not for ``writer`` to write for."""
    for town in words.towns:
        if town not in estates.towns:
            raise Refusal("towns", N_("{name} is none of this channel's"), name=town)
    for estate in words.estates:
        if estate not in estates:
            raise Refusal("estates", N_("{name} is none of this channel's"), name=estate)
    if writer.towns:
        named = (*words.estates, *inside(words.area, estates))
        check_towns(writer, {*words.towns, *(estates[estate].town for estate in named)})


def check_towns(writer: Person, towns: Collection[str]) -> None:
    """Raises PersonError for somebody who writes for some towns alone, where it concerns other ``towns``, or (none)
    everybody."""
    if writer.towns and (not towns or not set(towns) <= set(writer.towns)):
        told = N_("{name} writes for {towns} alone")
        raise Refusal("towns", told, name=writer.name, towns=", ".join(writer.towns))


def check_area(words: Words, estates: Estates) -> None:
    """Raises PersonError for an area that reaches nobody."""
    if words.area and not inside(words.area, estates):
        raise Refusal("area", N_("no estate lies in it"))


def check_times(words: Words, longest: timedelta) -> None:
    """Raises PersonError for an end that is not after the beginning, or too late."""
    if not words.begins < words.ends <= words.begins + longest:
        raise Refusal("ends", N_("after the beginning, and within {n} days of it"), n=longest.days)


def is_for_all(words: Words) -> bool:
    """Whether it names nobody in particular."""
    return not words.towns and not words.estates and not words.area


def places_of(words: Words, estates: Estates) -> tuple[str, ...]:
    """The ids of the estates that it is for; all, where it names none."""
    if is_for_all(words):
        return tuple(estates)
    named = {*words.estates, *inside(words.area, estates)}
    return tuple(e.id for e in estates.values() if e.town in words.towns or e.id in named)


def said_back(words: Words, estates: Estates, say: Say) -> str:
    """``Fri 27 Nov 18:00 to Sun 29 Nov 24:00, 1 town, 61 estates``: what was chosen, as a sentence."""
    # A year apart both would read the same.
    pattern = "EEE d MMM" if say.local(words.begins).year == say.local(words.ends).year else "d MMM y"
    if words.ends == FOREVER:
        span = say("From {begin} until it is taken back", begin=said_moment(words.begins, say))
    else:
        begin, end = said_moment(words.begins, say, pattern), said_moment(words.ends, say, pattern, end=True)
        span = say("{begin} to {end}", begin=begin, end=end)
    count = len(places_of(words, estates))
    parts: Sequence[str] = (
        span,
        say.plural("{n} town", "{n} towns", len(words.towns)) if words.towns else "",
        say.joined([estates[ident].name for ident in words.estates if ident in estates])
        if len(words.estates) <= _NAMED
        else "",
        say("an area of the map") if words.area else "",
        say.plural("in {n} estate", "in {n} estates", count),
    )
    return say.clauses(parts)


def said_moment(moment: datetime, say: Say, pattern: str = "EEE d MMM", *, end: bool = False) -> str:
    """``Fri 27 Nov 18:00``; midnight as the ``end`` of something is 24:00 of the day before."""
    there = say.local(moment)
    minute = 60 * there.hour + there.minute
    day = there.date()
    if end and not minute:
        day, minute = day - timedelta(days=1), 24 * 60
    return say("{day} {time}", day=say.dated(day, pattern), time=say.time_of(minute))
