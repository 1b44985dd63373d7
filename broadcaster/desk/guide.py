"""A guide: how to do something, step by step, in the place of what a page's source says of it."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from broadcaster.desk.people import Person
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.words import Words, check_places, check_times, desk_source, line
from channel.estates import Estates
from channel.folder import Channel
from channel.lineup import Lineup
from channel.words import N_
from feeds import records

MOST_STEPS, MOST_THINGS = 9, 8
MOST_HEAD, MOST_LINE, MOST_THING, MOST_COST, MOST_PHONE = 20, 80, 24, 40, 24
_LONGEST = timedelta(days=3_660)
VIEW = "guide"
GUIDES = "guide"
"""The kind of record that the desk's guides are."""


class Guide(Words, frozen=True, kw_only=True, tag="guide"):
    """On ``page``: ``steps`` of (head, one line), and what to ``bring``, what it costs and whom to call."""

    page: str
    steps: tuple[tuple[str, str], ...]
    bring: tuple[str, ...] = ()
    cost: str = ""
    phone: str = ""
    phone_hours: str = ""


def pages_of(lineup: Lineup, source: str) -> dict[str, str]:
    """The pages that show the desk's guides, with their titles."""
    pages = (page for page in lineup.pages.values() if page.view == VIEW and source in page.sources.values())
    return {page.number: page.title for page in pages}


def checked(guide: Guide, channel: Channel, writer: Person) -> Guide:
    """The guide with its words made harmless. Raises PersonError for what cannot go on air, naming the field."""
    estates: Estates = channel.estates
    if not 0 < len(guide.steps) <= MOST_STEPS or any(not head for head, _ in guide.steps):
        raise Refusal("guide", N_("1 to {most} steps, each with its name and a colon"), most=MOST_STEPS)
    if len(guide.bring) > MOST_THINGS:
        raise Refusal("bring", N_("{n} lines, where at most {most} are expected"), n=len(guide.bring), most=MOST_THINGS)
    if guide.page not in pages_of(channel.lineup, desk_source(channel, GUIDES)):
        raise Refusal("page", N_("{name} shows no guides of the desk"), name=guide.page)
    check_times(guide, _LONGEST)
    check_places(guide, estates, writer)
    return msgspec.structs.replace(
        guide, title=line("title", guide.title, MOST_LINE),
        steps=tuple((line("guide", head, MOST_HEAD), line("guide", text, MOST_LINE, 0)) for head, text in guide.steps),
        bring=tuple(line("bring", thing, MOST_THING) for thing in guide.bring),
        cost=line("cost", guide.cost, MOST_COST, 0), phone=line("phone", guide.phone, MOST_PHONE, 0),
        phone_hours=line("phone", guide.phone_hours, MOST_COST, 0),
    )  # fmt: skip


def record(ident: int, guide: Guide) -> records.Guide:
    """The record that its page shows from the beginning to the end."""
    return records.Guide(
        id=f"desk{ident}", title=guide.title, steps=guide.steps, bring=guide.bring, cost=guide.cost, phone=guide.phone,
        phone_hours=guide.phone_hours, page=guide.page, begins=guide.begins, ends=guide.ends,
    )  # fmt: skip
