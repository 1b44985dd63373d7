"""What the frame of a page prints: title, place, source, the way back, the colour keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from channel.lineup import Page
from channel.paint.addresses import HOME, SWITCH
from channel.profiles import Profile
from channel.screen import fonts
from channel.screen.breaking import cut
from channel.screen.geometry import Geometry
from channel.screen.templates import FootKey, Head
from channel.settings import Channel
from channel.views.content import Content, Item, Key, SourceLine
from feeds.base.clock import local

MOST_PUBLISHER = 9
"""Han that the header's second line has room for before the time."""
FINDER = "109"
"""The page on which an estate is chosen: the estate's name in the header leads there."""
LIVE = "live"
_STALE = ("stale", "expired")
_OFTEN, _SELDOM = 60, 3600
"""Seconds: how often a box looks for a newer page, at most and at least."""


def heading(
    channel: Channel,
    page: Page,
    content: Content,
    item: Item | None,
    profile: Profile,
    geometry: Geometry,
    day: date | None,
) -> Head:
    """The frame of ``page``, or of one of its items, on the boxes of ``profile``; ``day`` is the district's (None: the
    page names no source)."""
    sizes, frame = geometry.type, geometry.frame
    words = content.place[-1:] if content.place and frame["short"] else content.place or ()
    place = " · ".join(words) if item is None else ""
    title = _title(channel, page, item)
    if item:
        # It is data, and its editor cannot choose another.
        title = cut(title, frame["title_w"], sizes["title"], "bold")
    title_w = min(fonts.width(title, sizes["title"], "bold"), frame["title_w"])
    sources = told(content, item)
    source, stale = source_line(sources, day, short=frame["short"])
    clock = profile.kind == "html" and profile.script != "none"
    line_x = frame["title_x"] + round(title_w * fonts.WIDER) + 12
    # As with a clock, whether there is one or not: boxes of both kinds then share all that stands below the header.
    end = frame["left"] + frame["width"] if frame["clock_small"] else frame["clock_x"] - 12
    district, room = channel.settings.district, frame["clock_x"] - 12 - frame["day_w"] - line_x
    return Head(
        number=page.number,
        title=title,
        district=district if fonts.width(district, sizes["floor"], "regular") * fonts.WIDER <= room else "",
        back=_back(channel, page, item),
        keys=_keys(channel, page, content, item, profile),
        place=place,
        place_to=FINDER,
        place_w=round(fonts.width(place, sizes["floor"], "regular") * fonts.WIDER) + 24,
        line_x=line_x,
        source=_whole(source, end - line_x, sizes["floor"]),
        stale=stale,
        clock=clock,
        start_back=item is not None,
        every=_every(channel, sources),
        window=profile.live_window if page.number == HOME and not item and "_window" in geometry.layouts else "",
    )


def told(content: Content, item: Item | None) -> tuple[SourceLine, ...]:
    """The sources that the page names, or one of its items."""
    return content.sources if item is None or item.sources is None else item.sources


@lru_cache(maxsize=256)
def source_line(sources: tuple[SourceLine, ...], today: date | None, *, short: bool) -> tuple[str, bool]:
    """The header's second line and whether it warns: whose data, and when they were observed."""
    seen = [(s.publisher, s.observed) for s in sources if s.observed is not None]
    if not seen or today is None:
        return "", False
    publishers = list(dict.fromkeys(publisher for publisher, _ in seen))[: 1 if short else 2]
    if len("".join(publishers)) > MOST_PUBLISHER:
        publishers = publishers[:1]
    # A page is as old as the oldest thing on it.
    when = local(min(observed for _, observed in seen))
    days = (today - when.date()).days
    day = {0: "", 1: "昨天 "}.get(days, f"{when:%m-%d} ")
    whose = " ".join(publishers)
    return f"{'' if short else '来源 '}{whose} · 更新于 {day}{when:%H:%M}", any(s.state in _STALE for s in sources)


def _whole(source: str, room: int, size: int) -> str:
    """The source line without the words that a long title leaves no room for: the time is never cut."""
    whose, _, when = source.partition(" · 更新于 ")
    forms = (source, source.removeprefix("来源 "), f"{whose.removeprefix('来源 ')} · {when}", f"更新于 {when}")
    return (
        next((f for f in forms if fonts.width(f, size, "regular") * fonts.WIDER <= room), forms[-1]) if when else source
    )


def observed(sources: Sequence[SourceLine]) -> datetime | None:
    """When the newest of the sources was observed."""
    return max((s.observed for s in sources if s.observed), default=None)


def _title(channel: Channel, page: Page, item: Item | None) -> str:
    if item:
        return item.title
    return channel.settings.title if page.number == HOME else page.title


def _back(channel: Channel, page: Page, item: Item | None) -> str:
    """Where BACK leads, with the link that led here; the home page leaves the channel."""
    if item:
        return f"{page.number}#i{item.id}"
    return LIVE if page.number == HOME else f"{channel.lineup.parent(page)}#p{page.number}"


def _keys(
    channel: Channel, page: Page, content: Content, item: Item | None, profile: Profile
) -> tuple[FootKey | None, FootKey | None, FootKey | None, FootKey | None]:
    """Red and green belong to the page, yellow is always the other text size, blue always the home page."""
    red = content.red or (Key(label=page.red[0], to=page.red[1]) if page.red else None)
    green = content.green or (Key(label=page.green[0], to=page.green[1]) if page.green else None)
    other = profile.large or profile.normal
    # Which profile that is, is the painter's to say: families that differ in nothing else share their screens.
    switch = f"{SWITCH}{page.number}"
    return (
        FootKey("red", red.label, red.to) if red and not item else None,
        FootKey("green", green.label, green.to) if green and not item else None,
        FootKey("yellow", "原字" if profile.normal else "大字", switch) if other in channel.profiles else None,
        FootKey("blue", "首页", HOME),
    )


def _every(channel: Channel, lines: Sequence[SourceLine]) -> int:
    """How often a box looks for a newer page, in seconds: as often as the page's quickest source speaks."""
    sources = (channel.sources[line.id].seconds for line in lines)
    return max(_OFTEN, min(_SELDOM, round(min(sources, default=_SELDOM))))
