"""What became of a text after its approval: since when it is on air, by the releases' own word, and how many looked."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from broadcaster.desk.correction import Correction
from broadcaster.desk.edits import is_of
from broadcaster.desk.texts import Text
from broadcaster.desk.ticker import TickerLine
from broadcaster.origin.metrics import FLOOR
from broadcaster.origin.warmer import Watched
from broadcaster.painters.wire import HOST
from broadcaster.places import EDGES
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.paint.addresses import ALERTS, HOME
from channel.release import Release
from feeds.base.errors import ChannelError


class OnAir(msgspec.Struct, frozen=True, kw_only=True):
    """Since ``since`` every release has the text (``release`` was the first); with ``longer`` perhaps since before, for
    no older release is kept."""

    since: datetime
    release: str
    longer: bool


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """How many times ``page`` was asked for lately in a text's estates, by profile; what is under ten is left out of
    ``profiles``, and makes ``total`` 0. ``is_part``: others answer too, who do not count here."""

    page: str
    total: int
    profiles: tuple[tuple[str, int], ...]
    is_part: bool


def on_air(text: Text, releases: Iterable[Release], channel: Channel) -> OnAir | None:
    """Since when it is on air without a break, of ``releases`` from the one on air back; None: it is not, or nobody can
    tell."""
    first: OnAir | None = None
    known: dict[tuple[str, ...], bool] = {}
    pages = _pages(text, channel)
    for release in releases:
        maps = tuple(release.root.map_of(page) for page in pages)
        if maps not in known:
            known[maps] = any(_has(release, page, text) for page in pages)
        if not known[maps]:
            return first and msgspec.structs.replace(first, longer=False)
        first = OnAir(since=release.published, release=release.id, longer=True)
    return first


def looked(page: str, estates: Iterable[str], channel: Channel, state: Path) -> Looked:
    """How many looked at ``page`` in these estates, as the origin's warmer counts."""
    watched = Watched()
    with suppress(OSError):
        watched.load((state / f"watched-{HOST}.json").read_text())
    profiles = watched.profiles(page, {*estates, DISTRICT})
    total = round(sum(profiles.values()))
    shown = tuple((name, round(n)) for name, n in sorted(profiles.items(), key=lambda p: -p[1]) if n >= FLOOR)
    is_part = (channel.folder / EDGES).is_file() or channel.settings.origin.workers > 1
    return Looked(page=page, total=total if total >= FLOOR else 0, profiles=shown, is_part=is_part)


def page_of(text: Text, channel: Channel) -> str:
    """The page that a text stands on: its own, that of warnings, the first that lists what it corrects."""
    return next(iter(_pages(text, channel)), "")


def _pages(text: Text, channel: Channel) -> tuple[str, ...]:
    if isinstance(text.words, Correction):
        source, amends = text.words.source, text.words.amends
        pages = (page for page in channel.lineup.pages.values() if source in page.sources.values())
        # A stop or a line stands on a board before all that takes from one.
        return tuple(page.number for page in sorted(pages, key=lambda page: amends and page.layout != "board"))
    return (HOME if isinstance(text.words, TickerLine) else getattr(text.words, "page", ALERTS),)


def _has(release: Release, page: str, text: Text) -> bool:
    words = text.words
    try:
        if not isinstance(words, Correction):
            return any(is_of(item, text.id) for item in release.item_ids(page))
        if words.amends:
            # What a board says changes by the minute, and is not looked through.
            return False
        key = release.item_key(page, words.item)
        if words.hide or key is None:
            return words.hide and key is None and bool(release.item_ids(page))
        # The record's own page gives the reason.
        return words.reason.encode() in release.words(page, key)
    except ChannelError:
        return False
