"""A notice: what an editor writes, for whom, from when until when."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from broadcaster.desk.people import Person
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.words import (
    Words,
    check_reach,
    identified,
    is_for_all,
    line,
    places_of,
    prose,
)
from channel.estates import Estates
from channel.lineup import Lineup
from channel.words import N_
from feeds.records import Article, Picture
from feeds.text import clean

SOURCE = "desk"
"""The source whose records are the desk's notices."""
MOST_TITLE, MOST_TEXT, MOST_FACTS, MOST_FACT, MOST_ALT = 80, 6_000, 8, 200, 120
_LONGEST = timedelta(days=366)


class Notice(Words, frozen=True, kw_only=True, tag="notice"):
    """``page`` lists it; ``picture`` is one that the archive has."""

    text: str
    page: str
    facts: tuple[tuple[str, str], ...] = ()
    picture: Picture | None = None


def pages_of(lineup: Lineup) -> dict[str, str]:
    """The pages that list the desk's texts, with their titles."""
    return {page.number: page.title for page in lineup.pages.values() if SOURCE in page.sources.values()}


def checked(notice: Notice, lineup: Lineup, estates: Estates, writer: Person) -> Notice:
    """The notice with its words made harmless. Raises PersonError for what cannot go on air, naming the field."""
    notice = identified(notice, estates)
    title = line("title", notice.title, MOST_TITLE)
    text = prose("text", notice.text, MOST_TEXT)
    facts = tuple((clean(label).strip(), clean(value).strip()) for label, value in notice.facts if value.strip())
    if len(facts) > MOST_FACTS or any(not label for label, _ in facts):
        raise Refusal("facts", N_("at most {n}, each with its name and a colon"), n=MOST_FACTS)
    for label, value in facts:
        line(label, value, MOST_FACT)
    if notice.page not in pages_of(lineup):
        raise Refusal("page", N_("{name} lists no texts of the desk"), name=notice.page)
    check_reach(notice, estates, writer, _LONGEST)
    picture = notice.picture and msgspec.structs.replace(notice.picture, alt=_shown(notice.picture.alt))
    return msgspec.structs.replace(notice, title=title, text=text, facts=facts, picture=picture)


def _shown(alt: str) -> str:
    if not clean(alt).strip():
        raise Refusal("alt", N_("say it in words, for those who do not see it"))
    return line("alt", alt, MOST_ALT)


def article(ident: int, notice: Notice, estates: Estates) -> Article:
    """The record that pages list: it is there from the beginning to the end, for those that it is for."""
    whole = is_for_all(notice)
    alone = notice.towns[0] if len(notice.towns) == 1 and not notice.estates and not notice.area else ""
    return Article(
        id=f"desk{ident}", title=notice.title, body=notice.text, facts=notice.facts, published=notice.begins,
        ends=notice.ends, town=alone, estates=() if whole or alone else places_of(notice, estates),
        picture=notice.picture,
    )  # fmt: skip
