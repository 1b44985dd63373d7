"""From screen markup to Screens: parse, paginate, place, join with a focus map."""

from __future__ import annotations

import re
from xml.etree.ElementTree import XML, Element, ParseError

from channel.screen.boxes import NOTHING, Placer
from channel.screen.flow import paginate
from channel.screen.focus import focus_map
from channel.screen.fonts import has_glyph
from channel.screen.geometry import Geometry
from channel.screen.rows import Rows
from channel.screen.screen import Flaw, Screen
from channel.words import N_
from feeds.base.errors import MarkupError

_ODD = re.compile("[^\\n\\t\\r\\x20-\\x7e\\u00a0-\\u00ff\\u3000-\\u303f\\u4e00-\\u9fff\\uff01-\\uff5e]")
"""Letters of which it has to be asked whether a font has them."""
MOST_MARKUP = 2_000_000
"""Characters of markup that one page may have."""


def compose(markup: str, geometry: Geometry, *, page: str, title: str, rows: Rows | None = None) -> list[Screen]:
    """The Screens of a page; ``rows`` remembers those of other pages of this geometry.

    Raises MarkupError when the markup is not well formed or not screen markup.
    """
    markup, lost = _drawable(markup)
    root, known = (rows.parse(markup) if rows else None) or (parse(markup), {})
    slices = paginate(root, geometry.type)
    count = len(slices)
    screens = []
    for number, part in enumerate(slices):
        placer = Placer(geometry.type, number, count, part, known, root.attrib.get("lang", ""))
        placer.place(root, (0, 0, geometry.width, geometry.height), NOTHING)
        first = _first(placer)
        screens.append(
            Screen(
                page=page,
                title=title,
                number=number + 1,
                count=count,
                width=geometry.width,
                height=geometry.height,
                pieces=placer.pieces,
                links=placer.links,
                focus=focus_map(placer.links, first),
                first=first,
                flaws=placer.flaws,
                theme=root.attrib.get("theme", ""),
                rows=placer.rows,
            )
        )
    if lost and screens:
        message = N_("no font here has {letters}: left out")
        screens[0].flaws.append(Flaw.of(message, {"letters": lost}, fault=False, element="<text>"))
    return screens


def _drawable(markup: str) -> tuple[str, str]:
    """The markup without letters that would be squares, and which these were: what feeds write never takes a page off
    air, and a square says less than nothing."""
    odd = {char for char in _ODD.findall(markup) if not has_glyph(char)}
    if not odd:
        return markup, ""
    named = ", ".join(f"U+{ord(char):04X}" for char in sorted(odd)[:8])
    return markup.translate({ord(char): None for char in odd}), named


def _first(placer: Placer) -> int:
    """The first link of the content, else 返回: a page with nothing to choose still has one focus."""
    if placer.first >= 0:
        return placer.first
    back = (i for i, link in enumerate(placer.links) if link.id == "back")
    return next(back, 0 if placer.links else -1)


def parse(markup: str) -> Element:
    """The root element of ``markup``. Raises MarkupError with the line where it is not well formed."""
    if len(markup) > MOST_MARKUP:
        raise MarkupError(f"markup of {len(markup)} characters, expected at most {MOST_MARKUP}")
    try:
        root = XML(markup)
    except ParseError as error:
        line = error.position[0]
        text = markup.splitlines()[line - 1][:120] if line else ""
        raise MarkupError(f"markup line {line}: {error}: {text!r}") from None
    if root.tag != "screen":
        raise MarkupError(f"<{root.tag}>: expected <screen> as the root")
    return root
