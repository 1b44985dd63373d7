"""The HTML painter: a Screen as light, absolutely placed HTML that a set-top box of the class of IE 6 can draw.

Geometry and type stand in one ``<style>`` block, named by its hash in the CSP; there are no style attributes and no
inline script but a profile's declared commands. What is placed alike shares a class, so a row costs its words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeAlias

from channel.paint import raster, window
from channel.paint.addresses import Spot
from channel.paint.bitmap import RING
from channel.paint.output import Asset, Document, digest, escape, words
from channel.paint.palette import rgb_ramp
from channel.paint.style import Sheet, Tape, Taped, base_style, csp_hash
from channel.paint.theme import Theme
from channel.profiles import Profile
from channel.screen import fonts
from channel.screen.screen import Fill, Hole, Icon, Item, Link, Plot, Row, Screen, Text

_Part: TypeAlias = int | list[Item]
"""The number of a link, or items that belong to none."""
_MOST_PICTURES = 2_000
_SAME = {0x00B7: 0x30FB, 0x2014: 0x2015}
"""The middle dot and the dash of GB 2312 (01-04, 01-10), which Python's table has under other code points."""
_LIVE = "\x00live\x00"
"""Stands for the operator's address of television; markup has no such character."""
_SWITCH = "\x00switch\x00"
"""Stands for the profile of the other text size."""
_DOCTYPE = {
    "html5": '<!DOCTYPE html>\n<html lang="zh-CN">',
    "html401": '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n'
    '<html lang="zh-CN">',
    "xhtml-hbbtv": '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//HbbTV//1.1.1//EN" '
    '"http://www.hbbtv.org/dtd/HbbTV-1.1.1.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml" lang="zh-CN">',
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What the document of one screen needs besides the screen: references to its neighbours, and whether its boxes run
    the remote's script.

    ``idle`` is after how many seconds without a key the box goes back to television, ``every`` how often it looks
    whether there is a newer page (0: never).
    """

    spot: Spot
    back: str = ""
    previous: str = ""
    following: str = ""
    script: bool = False
    estate: str = ""
    idle: int = 0
    every: int = 0


class HtmlPainter:
    """Paints Screens of one theme for one profile."""

    def __init__(self, theme: Theme, profile: Profile) -> None:
        self.theme = theme
        self.profile = profile
        self.close = " /" if profile.dialect == "xhtml-hbbtv" else ""
        self._base = base_style(theme, profile)
        self._pictures: dict[tuple[str | int, ...], tuple[str, Asset]] = {}
        weights = fonts.settings().weights
        self._weights = {"regular": weights.regular, "medium": weights.medium, "bold": weights.bold}

    def document(self, screen: Screen, page: Page) -> tuple[Document, dict[str, Asset]]:
        """The document of ``screen`` and the pictures that it names."""
        profile = self.profile
        live = profile.live_window if window.has_window(screen) else ""
        key = (self.theme, self.close, live, profile.glyphs, page.spot, page.back, page.script)
        if key not in screen.looks:
            screen.looks[key] = self._painted(screen, page)
        body, rules, assets = screen.looks[key]
        body = body.replace(_SWITCH, profile.large or profile.normal).replace(_LIVE, escape(profile.exit.live or "#"))
        style = self._base + rules
        head = self._head(screen, style).encode(profile.charset, "xmlcharrefreplace")
        text = self._begin(screen, page, style, digest((style + body).encode())[:8]) + body
        return Document(
            name=page.spot.name,
            media=f"{profile.media}; charset={profile.charset}",
            body=head + text.encode(profile.charset, "xmlcharrefreplace"),
            shared=len(head),
            style=(_style_hash(style, profile.charset),),
            assets=tuple(sorted(assets)),
            targets=tuple(link.to for link in screen.links),
        ), assets

    def _painted(self, screen: Screen, page: Page) -> tuple[str, str, dict[str, Asset]]:
        """What families of boxes share of a document: its body (the other text size still unnamed), the rules of its
        style and its pictures."""
        sheet = Sheet()
        assets: dict[str, Asset] = {}
        screen = window.opened(screen) if self.profile.live_window == "through" else screen
        return self._body(screen, page, sheet, assets), sheet.text(), assets

    # --- parts of the document --------------------------------------------------------------------------------------

    def _head(self, screen: Screen, style: str) -> str:
        """What comes before the body: the same for most estates that see the page."""
        profile, close = self.profile, self.close
        w, h = profile.canvas
        return (
            f"{_DOCTYPE[profile.dialect]}\n<head>\n"
            f'<meta http-equiv="Content-Type" content="{profile.media}; charset={profile.charset}"{close}>\n'
            f'<meta name="page-view-size" content="{w}*{h}"{close}>\n'
            f"<title>{screen.page} {escape(screen.title)}</title>\n"
            f'<style type="text/css">{style}</style>\n</head>\n'
        )

    def _begin(self, screen: Screen, page: Page, style: str, key: str) -> str:
        """The body's tag."""
        start = screen.links[screen.first].id if screen.first >= 0 else ""
        # The key names what the page shows: a box that finds another one under this address loads it anew.
        data = [
            ("page", screen.page), ("screen", screen.number), ("start", start), ("base", page.spot.base),
            ("back", page.back), ("prev", page.previous), ("next", page.following), ("estate", page.estate),
            ("idle", page.idle), ("every", page.every), ("key", key),
        ]  # fmt: skip
        attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in data)
        if style.endswith(window.CLEAR):
            # Where the page has no colour by this attribute, boxes of CTC paint it black.
            attributes += ' bgcolor="transparent"'
        return f"<body{attributes}>\n"

    def _body(self, screen: Screen, page: Page, sheet: Sheet, assets: dict[str, Asset]) -> str:
        out: list[str] = []
        number = at = 0
        for row in (*screen.rows, None):
            tapes = self._tapes(screen, row, number + _links(screen, number, row.start), page.spot) if row else []
            # A row that stands somewhere for the first time is written as what does not recur.
            end = len(screen.items) if row is None else row.start if tapes else row.end
            for part in _parts(screen, number, at, end):
                inner = partial(self._inside, screen, part, page.spot, sheet, assets)
                link = isinstance(part, int)
                out.append(self._anchor(screen, number, page, sheet, inner) if link else inner())
                number += link
            for taped in tapes:
                inner = partial(taped.written, sheet, assets)
                out.append(self._anchor(screen, number, page, sheet, inner) if taped.link else inner())
                number += taped.link
            at = row.end if row else end
        out.append('<i id="strip"></i><i id="echo"></i><div id="over"><b id="overt"></b></div>')
        if page.script:
            out.append(f'<script type="text/javascript" src="{page.spot.script}"></script>')
        out.append("</body>\n</html>\n")
        return "\n".join(out)

    def _tapes(self, screen: Screen, row: Row, number: int, spot: Spot) -> Sequence[Taped]:
        """The parts of a row, whose first link is the ``number``-th, taken down for all documents that it stands in; a
        frame's also say where it stands. None yet for a row that is seen for the first time: most do not recur soon."""
        profile, place = self.profile, row.y if row.link < 0 else None
        key = (Taped, self.theme, self.close, profile.live_window, profile.glyphs, spot.root, place)
        tapes: Sequence[Taped] | None = row.laid.looks.get(key)
        if tapes is None:
            row.laid.looks[key] = ()
            return ()
        if not tapes:
            tapes = row.laid.looks[key] = [
                self._taped(screen, part, spot) for part in _parts(screen, number, row.start, row.end)
            ]
        return tapes

    def _taped(self, screen: Screen, part: _Part, spot: Spot) -> Taped:
        tape, assets = Tape(), dict[str, Asset]()
        text = self._inside(screen, part, spot, tape, assets)
        return tape.taped(text, assets, link=isinstance(part, int))

    def _anchor(self, screen: Screen, index: int, page: Page, sheet: Sheet, inner: Callable[[], str]) -> str:
        """The link ``index`` with what is painted for it."""
        link = screen.links[index]
        classes = sheet.name(f"left:{link.x}px;top:{link.y}px;width:{link.w}px;height:{link.h}px")
        fill = _ground(screen, link)
        if fill:
            classes += " " + sheet.name(f"background:{self._color(fill.color)}")
        classes += " k" if link.kind == "card" else " r"
        if index == screen.first:
            classes += " f"
        around = ",".join(["" if n < 0 else screen.links[n].id for n in _sides(screen, index)])
        href = page.back if link.id == "back" and page.back else page.spot.href(link.to, _LIVE, _SWITCH)
        return f'<a id="{link.id}" class="{classes}" href="{escape(href)}" data-n="{around}">{inner()}</a>'

    def _inside(self, screen: Screen, part: _Part, spot: Spot, sheet: Sheet, assets: dict[str, Asset]) -> str:
        """What is painted for a link, without its anchor, or for items that belong to none."""
        if not isinstance(part, int):
            return "\n".join([self._item(item, 0, 0, sheet, assets, spot, None) for item in part])
        link = screen.links[part]
        items = screen.items[link.start + bool(_ground(screen, link)) : link.end]
        out = [self._ring(link, sheet)]
        out += [self._item(item, link.x, link.y, sheet, assets, spot, link) for item in items]
        return "".join(out)

    def _ring(self, link: Link, sheet: Sheet) -> str:
        card = link.kind == "card"
        w, h = (link.w - 2 * RING, link.h - 2 * RING) if card else (link.w, link.h)
        edge = f"{2 * RING}px solid {self._color('focus')}" if card else f"{RING}px solid {self._color('ring')}"
        ring = f"left:-{RING}px;top:-{RING}px;width:{w}px;height:{h}px;border:{edge}"
        return f'<i class="o {sheet.name(ring)}"></i>'

    def _item(
        self, item: Item, x: int, y: int, sheet: Sheet, assets: dict[str, Asset], spot: Spot, link: Link | None
    ) -> str:
        if isinstance(item, Text):
            if self.profile.glyphs and not item.role and not _drawable(item.text, self.profile.glyphs):
                return self._drawn(item, x, y, sheet, assets, spot, link)
            return self._text(item, x, y, sheet, link)
        if isinstance(item, Fill):
            return self._fill(item, x, y, sheet, link)
        if isinstance(item, Icon):
            return self._icon(item, x, y, sheet, assets, spot, link)
        if isinstance(item, Plot):
            return self._plot(item, x, y, sheet, assets, spot)
        return self._hole(item, x, y, sheet)

    def _drawn(
        self, item: Text, x: int, y: int, sheet: Sheet, assets: dict[str, Asset], spot: Spot, link: Link | None
    ) -> str:
        """A line that the box's font has no characters for, as a picture in place of its ink."""
        ink = raster.line(item.text, item.size, item.weight)
        ascent, descent = fonts.metrics(item.size)
        top = item.y + (item.h - ascent - descent) // 2 + ink.dy
        place = sheet.name(f"left:{item.left + ink.dx - x}px;top:{top - y}px")
        line = (item.text, item.size, item.weight)
        usual = self._kept((*line, item.color, item.bg), lambda: ink.mask, assets)
        focused = ""
        if link is not None and item.on:
            # In an inverted block the focus is the ink.
            ground = "onfocus" if item.on == "focus" else "focus"
            focused = spot.asset(self._kept((*line, item.on, ground), lambda: ink.mask, assets))
        rule = f"width:{ink.mask.shape[1]}px;height:{ink.mask.shape[0]}px"
        return f'<i class="{place} {sheet.pictured(rule, spot.asset(usual), focused)}"></i>'

    def _text(self, item: Text, x: int, y: int, sheet: Sheet, link: Link | None) -> str:
        # Rows repeat their columns: what places and colours a text alike is worked out once a document.
        key = (
            item.x - x,
            item.y - y,
            item.w,
            item.h,
            item.size,
            item.weight,
            item.color,
            item.on,
            item.align,
            link is None,
        )
        classes = sheet.texts.get(key)
        if classes is None:
            classes = sheet.texts[key] = " ".join(self._text_classes(item, x, y, sheet, link))
        if item.role:
            return f'<i id="{item.role}" class="{classes}"></i>'
        bold = " m" if item.bold_on else ""
        return f'<i class="{classes}{bold}">{words(item.text)}</i>'

    def _text_classes(self, item: Text, x: int, y: int, sheet: Sheet, link: Link | None) -> list[str]:
        place = f"left:{item.x - x}px;top:{item.y - y}px"
        if item.align != "left":
            place += f";width:{item.w}px;text-align:{item.align}"
        classes = [
            sheet.name(place),
            sheet.name(f"font-size:{item.size}px;line-height:{item.h}px;height:{item.h}px"),
        ]
        if item.weight != "regular":
            classes.append(sheet.name(f"font-weight:{self._weights[item.weight]}"))
        if link is not None and not item.on:
            # Important, or the rule for what lies in a focused link would win.
            classes.append(sheet.name(f"color:{self._color(item.color)}!important"))
        elif link is not None and item.on != "onfocus":
            classes.append(sheet.toned(self._color(item.color), self._color(item.on)))
        elif item.color != "text":
            classes.append(sheet.name(f"color:{self._color(item.color)}"))
        return classes

    def _fill(self, item: Fill, x: int, y: int, sheet: Sheet, link: Link | None) -> str:
        edge = self.theme.edge(item)
        w, h = item.w - 2 * edge, item.h - 2 * edge
        rule = f"left:{item.x - x}px;top:{item.y - y}px;width:{w}px;height:{h}px"
        if edge:
            rule += f";border:{edge}px solid {self._color('edge')}"
        classes = [sheet.name(rule)]
        color = self._color(item.color)
        if link is not None and item.on:
            classes.append(sheet.filled(color, self._color(item.on)))
        else:
            classes.append(sheet.name(f"background:{color}"))
        return f'<i class="{" ".join(classes)}"></i>'

    def _icon(
        self, item: Icon, x: int, y: int, sheet: Sheet, assets: dict[str, Asset], spot: Spot, link: Link | None
    ) -> str:
        """An icon is a background: a mark that recurs forty times in a table costs its class each time, no more."""
        place = sheet.name(f"left:{item.x - x}px;top:{item.y - y}px")
        shape = (item.name, item.w, item.h)
        changes = link is not None and bool(item.on)
        usual = "" if item.focus_only else self._picture(*shape, item.color, item.bg, assets)
        focused = self._picture(*shape, item.on, "focus", assets) if changes else ""
        rule = f"width:{item.w}px;height:{item.h}px"
        if item.focus_only:
            return f'<i class="o {place} {sheet.name(f"{rule};background:url({spot.asset(focused)})")}"></i>'
        return (
            f'<i class="{place} {sheet.pictured(rule, spot.asset(usual), spot.asset(focused) if changes else "")}"></i>'
        )

    def _img(self, spot: Spot, name: str, classes: str, w: int, h: int) -> str:
        return f'<img class="{classes}" src="{spot.asset(name)}" width="{w}" height="{h}" alt=""{self.close}>'

    def _picture(self, name: str, w: int, h: int, ink: str, ground: str, assets: dict[str, Asset]) -> str:
        return self._kept((name, w, h, ink, ground), lambda: raster.icon(name, w, h, self.theme.icons), assets)

    def _kept(self, key: tuple[str | int, ...], mask: Callable[[], raster.Mask], assets: dict[str, Asset]) -> str:
        """The name of a mask's picture between the last two colours of ``key``, painted once for it."""
        known = self._pictures.get(key)
        if known is None:
            if len(self._pictures) >= _MOST_PICTURES:
                self._pictures.clear()
            asset = Asset((raster.paint(mask(), rgb_ramp(self.theme, str(key[-2]), str(key[-1]))),), "png")
            known = self._pictures[key] = (asset.name, asset)
        assets[known[0]] = known[1]
        return known[0]

    def _plot(self, item: Plot, x: int, y: int, sheet: Sheet, assets: dict[str, Asset], spot: Spot) -> str:
        points = tuple((px - item.x, py - item.y) for px, py in item.points)
        mask = raster.plot(item.w, item.h, points, item.stroke)
        asset = Asset((raster.paint(mask, rgb_ramp(self.theme, item.color, item.bg), clear=True),), "png")
        assets[asset.name] = asset
        return self._img(spot, asset.name, sheet.name(f"left:{item.x - x}px;top:{item.y - y}px"), item.w, item.h)

    def _hole(self, item: Hole, x: int, y: int, sheet: Sheet) -> str:
        rule = f"left:{item.x - x}px;top:{item.y - y}px;width:{item.w}px;height:{item.h}px"
        if self.profile.live_window == "through":
            sheet.last = window.CLEAR
        else:
            rule += f";background:{self._color('onfocus')}"
        return f'<i class="{sheet.name(rule)}"></i>'

    def _color(self, token: str) -> str:
        return self.theme.colors[token]


@lru_cache(maxsize=1_024)
def _style_hash(style: str, charset: str) -> str:
    """The hash by which the CSP names a style, as a box reads it in its charset."""
    return csp_hash(style.encode(charset, "xmlcharrefreplace").decode(charset))


@lru_cache(maxsize=20_000)
def _drawable(text: str, glyphs: str) -> bool:
    """Whether a font with the characters of the charset ``glyphs`` has all of ``text``."""
    for spelling in (text, text.translate(_SAME)):
        try:
            spelling.encode(glyphs)
        except UnicodeEncodeError:
            continue
        return True
    return False


def _sides(screen: Screen, index: int) -> tuple[int, int, int, int]:
    around = screen.focus[index]
    return around.up, around.down, around.left, around.right


def _parts(screen: Screen, number: int, start: int, end: int) -> Iterator[_Part]:
    """What stands in the slice ``start``:``end`` of the screen's items, whose first link is the ``number``-th: links by
    their numbers, and the items between them. The fill of the whole canvas is the page's own colour, and left out."""
    at = start
    while at < end:
        stop = min(end, screen.links[number].start) if number < len(screen.links) else end
        plain = [item for item in screen.items[at:stop] if not _covers(item, screen)]
        if plain:
            yield plain
        at = stop
        if at < end:
            yield number
            at = screen.links[number].end
            number += 1


def _links(screen: Screen, number: int, end: int) -> int:
    """How many of the screen's links, from the ``number``-th on, begin before its ``end``-th item."""
    count = 0
    while number + count < len(screen.links) and screen.links[number + count].start < end:
        count += 1
    return count


def _covers(item: Item, screen: Screen) -> bool:
    return isinstance(item, Fill) and item.w >= screen.width and item.h >= screen.height


def _ground(screen: Screen, link: Link) -> Fill | None:
    """The fill that a link stands on, if it begins with one of its own size."""
    first = screen.items[link.start] if link.end > link.start else None
    return first if isinstance(first, Fill) and (first.w, first.h) == (link.w, link.h) else None
