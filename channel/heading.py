"""What the frame of a page prints: title, place, source, the way back, the colour keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from channel.folder import Channel
from channel.lineup import Page
from channel.paint.addresses import HOME, SWITCH
from channel.profiles import Profile
from channel.screen import fonts
from channel.screen.breaking import cut
from channel.screen.geometry import Geometry
from channel.screen.templates import FootKey, Head
from channel.views._keys import own_keys
from channel.views.content import Content, Item, SourceLine
from channel.words import Say

MOST_PUBLISHER = 9
"""Han that the header's second line has room for before the time."""
TITLE_SIZES = ("title", "section", "body", "secondary", "floor")
"""A long title is set smaller: between it and the header's lines is the place of a warning's mark."""
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
    title = _title(channel, page, item)
    size, room = title_size(title, geometry)
    named = item is None or item.title == page.title
    if named and page.label and fonts.width(title, sizes[size], "bold") > room:
        title = page.label
        size, room = title_size(title, geometry)
    if item and fonts.width(title, sizes[size], "bold") > room:
        # It is data, and its editor cannot choose another.
        title = cut(title, room, sizes[size], "bold")
    sources = told(content, item)
    line = source_line(sources, day, channel.say, short=frame["short"])
    clock = profile.kind == "html" and profile.script != "none"
    line_x = frame["mark_x"] + frame["mark_w"] + 12
    # As with a clock, whether there is one or not: boxes of both kinds then share all that stands below the header.
    end = frame["left"] + frame["width"] if frame["clock_small"] else frame["clock_x"] - 12
    forms = (" · ".join(words), words[-1]) if words and item is None else ("",)
    # Of town and estate the estate is what one must see.
    place = _fitting(forms, frame["clock_x"] - 12 - frame["day_w"] - line_x - 24, sizes["floor"]) or forms[-1]
    number = item.place if item else ""
    whose = f"{channel.settings.district}　{number}".strip()
    beside = frame["clock_x"] - 12 - frame["day_w"] - line_x
    district = _fitting((whose, number), beside, sizes["floor"])
    return Head(
        number=page.number,
        title=title,
        title_size=size,
        district=district,
        leads=item is not None and bool(item.place),
        back=_back(channel, page, item),
        keys=_keys(channel, page, content, item, profile),
        place=place,
        place_to=FINDER,
        place_w=round(fonts.width(place, sizes["floor"], "regular") * fonts.WIDER) + 24,
        line_x=line_x,
        source=fitted(line, end - line_x, sizes["floor"]),
        stale=line.stale,
        clock=clock,
        start_back=item is not None,
        every=_every(channel, sources),
        code=opened(channel, page, content, item),
        address=channel.settings.portal.url.partition("://")[2] + "/m" if channel.settings.portal.url else "",
        window=profile.live_window if page.number == HOME and not item and "_window" in geometry.layouts else "",
    )


def opened(channel: Channel, page: Page, content: Content, item: Item | None) -> str:
    """The address that a page, or an item, has on a phone; empty where the channel has no portal, or the page's editor
    wants no code.

    It comes from what is said and from the declarations alone: whoever paints a picture by its name paints the same.
    """
    url = channel.settings.portal.url
    if not url or not page.qr:
        return ""
    if item:
        return f"{url}/m/i/{page.number}.{item.id}"
    estate = channel.estates.named(*content.place) if content.place else ""
    return f"{url}/m/{estate}/{page.number}" if estate else f"{url}/m/{page.number}"


def _fitting(forms: Sequence[str], room: int, size: int) -> str:
    """The first of these that has room; nothing where none has."""
    return next((form for form in forms if fonts.width(form, size, "regular") * fonts.WIDER <= room), "")


def title_size(title: str, geometry: Geometry) -> tuple[str, int]:
    """The role of the largest type in which a title leaves the place of a warning's mark free, and the pixels that it
    has in our font."""
    room = int(geometry.frame["title_w"] / fonts.WIDER) - 1
    widths = ((size, fonts.width(title, geometry.type[size], "bold")) for size in TITLE_SIZES)
    return next((size for size, width in widths if width <= room), TITLE_SIZES[-1]), room


def told(content: Content, item: Item | None) -> tuple[SourceLine, ...]:
    """The sources that the page names, or one of its items."""
    return content.sources if item is None or item.sources is None else item.sources


class SourceWords(NamedTuple):
    """The header's second line: the ways to say it, the shortest last, and whether it warns. The time is in all."""

    forms: tuple[str, ...]
    stale: bool


@lru_cache(maxsize=256)
def source_line(sources: tuple[SourceLine, ...], today: date | None, say: Say, *, short: bool) -> SourceWords:
    """Whose data, and when they were observed."""
    seen = [(s.publisher, s.observed) for s in sources if s.observed is not None]
    if not seen or today is None:
        return SourceWords(("",), False)
    publishers = list(dict.fromkeys(publisher for publisher, _ in seen))[: 1 if short else 2]
    if len("".join(publishers)) > MOST_PUBLISHER:
        publishers = publishers[:1]
    # A page is as old as the oldest thing on it.
    when = _when(min(observed for _, observed in seen), today, say)
    whose = " ".join(publishers)
    forms = (
        say("Source {publisher} · as of {time}", publisher=whose, time=when),
        say("{publisher} · as of {time}", publisher=whose, time=when),
        f"{whose} · {when}",
        say("as of {time}", time=when),
    )
    return SourceWords(forms[1:] if short else forms, any(s.state in _STALE for s in sources))


def fitted(line: SourceWords, room: int, size: int) -> str:
    """The longest way to say it that ``room`` pixels take: the time is never cut."""
    return _fitting(line.forms, room, size) or line.forms[-1]


def _when(moment: datetime, today: date, say: Say) -> str:
    """``14:05``, ``yesterday 14:05``, ``23 Nov 14:05``."""
    day, clock = say.day_of(moment), say.clock(moment)
    if day == today:
        return clock
    if (today - day).days == 1:
        return say("yesterday {time}", time=clock)
    return say("{day} {time}", day=say.dated(day, "d MMM"), time=clock)


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
    say = channel.say
    red, green = own_keys(page, content, item)
    other = profile.large or profile.normal
    # Which profile that is, is the painter's to say: families that differ in nothing else share their screens.
    switch = f"{SWITCH}{page.number}"
    size, short = (
        (say("Normal text"), say.within("text, where there is little room", "Small"))
        if profile.normal
        else (say("Large text"), say.within("text, where there is little room", "Large"))
    )
    return (
        FootKey("red", red.label, red.to, red.short) if red else None,
        FootKey("green", green.label, green.to, green.short) if green else None,
        FootKey("yellow", size, switch, short) if other in channel.profiles else None,
        FootKey("blue", say("Home"), HOME, HOME),
    )


def _every(channel: Channel, lines: Sequence[SourceLine]) -> int:
    """How often a box looks for a newer page, in seconds: as often as the page's quickest source speaks."""
    sources = (channel.sources[line.id].seconds for line in lines)
    return max(_OFTEN, min(_SELDOM, round(min(sources, default=_SELDOM))))
