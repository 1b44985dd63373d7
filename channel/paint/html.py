"""The HTML painter: a Screen as light, absolutely placed HTML that a set-top box of the class of IE 6 can draw.

Geometry and type stand in one ``<style>`` block, named by its hash in the CSP; there are no style attributes and no
inline script but a profile's declared commands. What is placed alike shares a class, so a row costs its words alone.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from channel.paint import raster, window
from channel.paint.addresses import Spot
from channel.paint.bitmap import RING
from channel.paint.output import Asset, Document, digest
from channel.paint.palette import rgb_ramp
from channel.paint.theme import Theme
from channel.profiles import Profile
from channel.screen import fonts
from channel.screen.screen import Fill, Hole, Icon, Item, Link, Plot, Screen, Text

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
        self._base = self._base_style()
        self._pictures: dict[tuple[str | int, ...], tuple[str, Asset]] = {}
        weights = fonts.settings().weights
        self._weights = {"regular": weights.regular, "medium": weights.medium, "bold": weights.bold}

    def document(self, screen: Screen, page: Page) -> tuple[Document, dict[str, Asset]]:
        """The document of ``screen`` and the pictures that it names."""
        profile = self.profile
        live = profile.live_window if any(isinstance(item, Hole) for item in screen.items) else ""
        key = (self.theme, self.close, live, profile.glyphs, page.spot, page.back, page.script)
        if key not in screen.looks:
            screen.looks[key] = self._painted(screen, page)
        body, rules, assets = screen.looks[key]
        body = body.replace(_SWITCH, profile.large or profile.normal).replace(_LIVE, escape(profile.exit.live or "#"))
        style = self._base + rules
        text = self._head(screen, page, style, digest((style + body).encode())[:8]) + body
        return Document(
            name=page.spot.name,
            media=f"{profile.media}; charset={profile.charset}",
            body=text.encode(profile.charset, "xmlcharrefreplace"),
            style=(csp_hash(style.encode(profile.charset, "xmlcharrefreplace").decode(profile.charset)),),
            assets=tuple(sorted(assets)),
            targets=tuple(link.to for link in screen.links),
        ), assets

    def _painted(self, screen: Screen, page: Page) -> tuple[str, str, dict[str, Asset]]:
        """What families of boxes share of a document: its body (the other text size still unnamed), the rules of its
        style and its pictures."""
        sheet = _Sheet()
        assets: dict[str, Asset] = {}
        screen = window.opened(screen) if self.profile.live_window == "through" else screen
        return self._body(screen, page, sheet, assets), sheet.text(), assets

    # --- parts of the document --------------------------------------------------------------------------------------

    def _head(self, screen: Screen, page: Page, style: str, key: str) -> str:
        profile, close = self.profile, self.close
        w, h = profile.canvas
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
        return (
            f"{_DOCTYPE[profile.dialect]}\n<head>\n"
            f'<meta http-equiv="Content-Type" content="{profile.media}; charset={profile.charset}"{close}>\n'
            f'<meta name="page-view-size" content="{w}*{h}"{close}>\n'
            f"<title>{screen.page} {escape(screen.title)}</title>\n"
            f'<style type="text/css">{style}</style>\n</head>\n<body{attributes}>\n'
        )

    def _body(self, screen: Screen, page: Page, sheet: _Sheet, assets: dict[str, Asset]) -> str:
        out: list[str] = []
        links = {link.start: index for index, link in enumerate(screen.links)}
        items, index = screen.items, 0
        while index < len(items):
            here = links.get(index)
            if here is not None:
                link = screen.links[here]
                out.append(self._link(screen, here, page, sheet, assets))
                index = link.end
                continue
            item = items[index]
            # The first fill of the whole canvas is the page's own colour.
            if not (isinstance(item, Fill) and item.w >= screen.width and item.h >= screen.height):
                out.append(self._item(item, 0, 0, sheet, assets, page.spot, None))
            index += 1
        out.append('<i id="strip"></i><i id="echo"></i><div id="over"><b id="overt"></b></div>')
        if page.script:
            out.append(f'<script type="text/javascript" src="{page.spot.script}"></script>')
        out.append("</body>\n</html>\n")
        return "\n".join(out)

    def _link(self, screen: Screen, index: int, page: Page, sheet: _Sheet, assets: dict[str, Asset]) -> str:
        link = screen.links[index]
        items = screen.items[link.start : link.end]
        first = items[0] if items and isinstance(items[0], Fill) else None
        fill = first.color if first is not None and (first.w, first.h) == (link.w, link.h) else ""
        classes = [sheet.name(f"left:{link.x}px;top:{link.y}px;width:{link.w}px;height:{link.h}px")]
        if fill:
            classes.append(sheet.name(f"background:{self._color(fill)}"))
        classes.append("k" if link.kind == "card" else "r")
        if index == screen.first:
            classes.append("f")
        inner = [self._ring(link, sheet)]
        inner += [self._item(i, link.x, link.y, sheet, assets, page.spot, link) for i in items[1 if fill else 0 :]]
        around = ",".join("" if n < 0 else screen.links[n].id for n in _sides(screen, index))
        href = escape(page.spot.href(link.to, _LIVE, _SWITCH))
        if link.id == "back" and page.back:
            href = escape(page.back)
        return f'<a id="{link.id}" class="{" ".join(classes)}" href="{href}" data-n="{around}">{"".join(inner)}</a>'

    def _ring(self, link: Link, sheet: _Sheet) -> str:
        card = link.kind == "card"
        w, h = (link.w - 2 * RING, link.h - 2 * RING) if card else (link.w, link.h)
        edge = f"{2 * RING}px solid {self._color('focus')}" if card else f"{RING}px solid {self._color('ring')}"
        ring = f"left:-{RING}px;top:-{RING}px;width:{w}px;height:{h}px;border:{edge}"
        return f'<i class="o {sheet.name(ring)}"></i>'

    def _item(
        self, item: Item, x: int, y: int, sheet: _Sheet, assets: dict[str, Asset], spot: Spot, link: Link | None
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
        self, item: Text, x: int, y: int, sheet: _Sheet, assets: dict[str, Asset], spot: Spot, link: Link | None
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

    def _text(self, item: Text, x: int, y: int, sheet: _Sheet, link: Link | None) -> str:
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
        return f'<i class="{classes}{bold}">{escape(item.text, quote=False)}</i>'

    def _text_classes(self, item: Text, x: int, y: int, sheet: _Sheet, link: Link | None) -> list[str]:
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

    def _fill(self, item: Fill, x: int, y: int, sheet: _Sheet, link: Link | None) -> str:
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
        self, item: Icon, x: int, y: int, sheet: _Sheet, assets: dict[str, Asset], spot: Spot, link: Link | None
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

    def _plot(self, item: Plot, x: int, y: int, sheet: _Sheet, assets: dict[str, Asset], spot: Spot) -> str:
        points = tuple((px - item.x, py - item.y) for px, py in item.points)
        mask = raster.plot(item.w, item.h, points, item.stroke)
        asset = Asset((raster.paint(mask, rgb_ramp(self.theme, item.color, item.bg), clear=True),), "png")
        assets[asset.name] = asset
        return self._img(spot, asset.name, sheet.name(f"left:{item.x - x}px;top:{item.y - y}px"), item.w, item.h)

    def _hole(self, item: Hole, x: int, y: int, sheet: _Sheet) -> str:
        rule = f"left:{item.x - x}px;top:{item.y - y}px;width:{item.w}px;height:{item.h}px"
        if self.profile.live_window == "through":
            sheet.last = window.CLEAR
        else:
            rule += f";background:{self._color('onfocus')}"
        return f'<i class="{sheet.name(rule)}"></i>'

    # --- style ------------------------------------------------------------------------------------------------------

    def _color(self, token: str) -> str:
        return self.theme.colors[token]

    def _base_style(self) -> str:
        """The rules that every page of this profile and theme shares."""
        c = self._color
        w, h = self.profile.canvas
        family = ",".join(f'"{name}"' for name in fonts.settings().family.css)
        return (
            f"html,body{{margin:0;padding:0;width:{w}px;height:{h}px;overflow:hidden;background:{c('ground')}}}"
            f"body{{position:relative;color:{c('text')};font-family:{family},sans-serif;font-kerning:none;font-variant-ligatures:none;text-spacing-trim:space-all;"
            f"font-weight:{fonts.settings().weights.regular}}}"
            f"a,i,b,div,img{{position:absolute;font-style:normal;text-decoration:none;white-space:nowrap;color:{c('text')};"
            f"border:0;outline:0;font-weight:inherit}}"
            f".o{{display:none}}.f .o{{display:block}}"
            f"a.f{{z-index:2}}a.r.f{{background:{c('focus')}}}.f i{{color:{c('onfocus')}}}"
            f".f .m{{font-weight:{fonts.settings().weights.bold}}}"
            f"#echo,#strip,#over{{display:none}}#echo.on,#strip.on,#over.on{{display:block;z-index:9}}"
            + self._overlays()
        )

    def _overlays(self) -> str:
        """What the script shows over a page: digits typed, the alert strip, the alert that covers.

        The strip takes the place of the header's two lines: it must not hide a row that can be chosen.
        """
        w, h = self.profile.canvas
        c, side, unit = self._color, w // 20, h / 720
        # As far as the clock, wherever the geometry has it.
        wide = w * {"hd": 338, "large": 305}.get(self.profile.metrics, 280) // 1000
        line, strip, size = round(72 * unit), round(60 * unit), max(24, round(28 * unit))
        return (
            f"#echo{{left:{side}px;top:{round(116 * unit)}px;height:{line}px;line-height:{line}px;padding:0 28px;"
            f"background:{c('text')};color:{c('ground')};font-size:{round(44 * unit)}px}}"
            f"#strip{{left:{w // 2}px;top:{round(38 * unit)}px;width:{wide - 24}px;height:{strip}px;"
            f"line-height:{strip}px;padding:0 12px;overflow:hidden;text-overflow:ellipsis;background:{c('warn')};"
            f"color:{c('ground')};font-size:{size}px}}"
            f"#over{{left:0;top:0;width:{w}px;height:{h}px;background:#7E1818}}"
            f"#overt{{left:{side}px;top:{round(112 * unit)}px;width:{w - 2 * side}px;height:{round(400 * unit)}px;"
            f"white-space:normal;line-height:{round(84 * unit)}px;color:#EBE8DE;font-size:{round(56 * unit)}px}}"
        )


class _Sheet:
    """The style rules of one document: equal rules share one short class."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._rules: list[str] = []
        self.texts: dict[tuple[object, ...], str] = {}
        """The classes of texts by all that places and colours them."""
        self.last = ""
        """A rule of the whole page, after all others."""

    def name(self, rule: str) -> str:
        """The class of a rule."""
        known = self._names.get(rule)
        if known is None:
            known = self._names[rule] = _short(len(self._names))
            self._rules.append(f".{known}{{{rule}}}")
        return known

    def toned(self, color: str, on: str) -> str:
        """The class of a text with another colour in the focus than usual."""
        return self._pair(f"color:{color}", f"i.%s{{color:{on}}}", f"t{color}{on}")

    def filled(self, color: str, on: str) -> str:
        """The class of a fill with another colour in the focus."""
        return self._pair(f"background:{color}", f"i.%s{{background:{on}}}", f"b{color}{on}")

    def pictured(self, rule: str, usual: str, focused: str) -> str:
        """The class of a picture, with another one in the focus unless ``focused`` is empty."""
        if not focused:
            return self.name(f"{rule};background:url({usual})")
        return self._pair(
            f"{rule};background:url({usual})", f"i.%s{{background:url({focused})}}", f"p{usual}{focused}{rule}"
        )

    def _pair(self, rule: str, focused: str, key: str) -> str:
        known = self._names.get(key)
        if known is None:
            known = self._names[key] = _short(len(self._names))
            self._rules.append(f".{known}{{{rule}}}.f {focused % known}")
        return known

    def text(self) -> str:
        """All rules."""
        return "".join(self._rules) + self.last


def csp_hash(text: str) -> str:
    """The CSP source expression of an inline block (CSP 3, 8.3): ``sha256-…`` over its text in UTF-8."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _short(number: int) -> str:
    return f"{chr(97 + number % 26)}{number // 26}"


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
