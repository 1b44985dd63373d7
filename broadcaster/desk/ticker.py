"""A line for the ticker of the home page."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from broadcaster.desk.people import Person
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.words import Words, check_reach, identified, is_for_all, line, places_of
from channel.estates import Estates
from channel.folder import Channel
from channel.paint.addresses import HOME
from channel.words import N_
from feeds.records import Article

MOST = 60
_LONGEST = timedelta(days=366)


class TickerLine(Words, frozen=True, kw_only=True, tag="ticker"):
    """``title`` is the line; ``leads`` the page that it leads to, or nothing."""

    leads: str = ""


def source_of(channel: Channel) -> str:
    """The desk's source whose records stand in the home page's ticker; empty where the channel has none."""
    home = channel.lineup.pages.get(HOME)
    name = home.sources.get("ticker", "") if home else ""
    return name if name in channel.sources and channel.sources[name].is_desk else ""


def checked(words: TickerLine, channel: Channel, writer: Person) -> TickerLine:
    """The line with its words made harmless. Raises PersonError, naming the field."""
    if not source_of(channel):
        raise Refusal("page", N_("{name} lists no texts of the desk"), name=HOME)
    if words.leads and words.leads not in channel.lineup.pages:
        raise Refusal("page", N_("{name} is none of this channel's"), name=words.leads)
    words = identified(words, channel.estates)
    check_reach(words, channel.estates, writer, _LONGEST)
    return msgspec.structs.replace(words, title=line("title", words.title, MOST))


def article(ident: int, words: TickerLine, estates: Estates) -> Article:
    """The record that the home page takes."""
    return Article(
        id=f"desk{ident}", title=words.title, link=words.leads, published=words.begins, ends=words.ends,
        estates=() if is_for_all(words) else places_of(words, estates),
    )  # fmt: skip
