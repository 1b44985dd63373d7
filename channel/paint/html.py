"""The HTML painter: a Screen as light, absolutely placed HTML that a set-top box of the class of IE 6 can draw.

Geometry and type stand in one ``<style>`` block, named by its hash in the CSP; there are no style attributes and no
inline script but a profile's declared commands. What is placed alike shares a class, so a row costs its words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias

from channel.memory import Memory, Slot, Trait
from channel.paint import photos, raster, window
from channel.paint.addresses import ALERTS, DocumentAddress
from channel.paint.output import Asset, PaintedDocument, digest, escape, words
from channel.paint.palette import rgb_ramp
from channel.paint.pictures import icon_name, picture_name
from channel.paint.strips import RING
from channel.paint.style import StyleSheet, Tape, Taped, bare_focus, base_style, csp_hash
from channel.paint.theme import Theme
from channel.profiles import Profile
from channel.screen import fonts
from channel.screen.geometry import Geometry, load_geometry
from channel.screen.pieces import Code, Fill, Hole, Icon, Photo, Piece, Plot, Text
from channel.screen.screen import Link, Row, Screen
from channel.views.content import Album, no_album
from channel.words import Say

_Part: TypeAlias = int | list[Piece]
"""The number of a link, or pieces that belong to none."""
_MOST_PICTURES = 2_000
_SAME = {0x00B7: 0x30FB, 0x2014: 0x2015}
"""The middle dot and the dash of GB 2312 (01-04, 01-10), which Python's table has under other code points."""
_LIVE = "\x00live\x00"
"""Stands for the operator's address of television; markup has no such character."""
_SWITCH = "\x00switch\x00"
"""Stands for the profile of the other text size."""
_DOCTYPE = {
    "html5": '<!DOCTYPE html>\n<html lang="{lang}">',
    "html401": '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n'
    '<html lang="{lang}">',
    "xhtml-hbbtv": '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//HbbTV//1.1.1//EN" '
    '"http://www.hbbtv.org/dtd/HbbTV-1.1.1.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml" lang="{lang}">',
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentFrame:
    """What the document of one screen needs besides the screen: references to its neighbours, and whether its boxes run
    the remote's script.

    ``idle`` is after how many seconds without a key the box goes back to television, ``every`` how often it looks
    whether there is a newer page (0: never). One that ``leads`` is of an item with one before or after it, at the red
    and the green key. ``pictures`` begins the names of the page's own pictures, ``album`` has the channel's.
    """

    spot: DocumentAddress
    back: str = ""
    previous: str = ""
    following: str = ""
    script: bool = False
    estate: str = ""
    idle: int = 0
    every: int = 0
    leads: bool = False
    pictures: str = ""
    album: Album = no_album


class _At(NamedTuple):
    """Where a piece is written: the corner of its link or canvas, the document's style, pictures and address, and the
    link that it is in."""

    x: int
    y: int
    sheet: StyleSheet
    assets: dict[str, Asset]
    spot: DocumentAddress
    link: Link | None
    album: Album

    def place(self, piece: Piece) -> str:
        """The rule of the piece's corner."""
        return f"left:{piece.x - self.x}px;top:{piece.y - self.y}px"


_Body: TypeAlias = tuple[str, str, dict[str, Asset]]
_BODIES: Slot[_Body] = Slot("bodies of documents", 128)
"""Those of a few pages: families of boxes ask for the same one after another."""
_TAPES: Trait[list[Taped]] = Trait("rows taken down")


class HtmlPainter:
    """Paints Screens of one theme for one profile; a brush for their pieces. ``memory`` is shared with the painters of
    other profiles, for families differ in little."""

    def __init__(
        self,
        theme: Theme,
        profile: Profile,
        memory: Memory | None = None,
        geometry: Geometry | None = None,
        say: Say | None = None,
    ) -> None:
        """``geometry`` is the profile's own unless given."""
        self._say = say or Say()
        self._geometry = geometry or load_geometry(profile.metrics)
        self._memory = memory or Memory()
        self.theme = theme
        self.profile = profile
        self.close = " /" if profile.dialect == "xhtml-hbbtv" else ""
        self._photo_ext = "jpg" if "jpg" in profile.image.formats else "png"
        self._base = base_style(theme, profile, self._geometry, self._say.tag)
        # XHTML takes what is in a noscript for its own, script or none.
        bare = "" if self.close else bare_focus(theme)
        self._unscripted = f'<noscript><style type="text/css">{bare}</style></noscript>\n' if bare else ""
        self._unscripted_hash = (_style_hash(bare, profile.charset),) if bare else ()
        self._pictures: dict[tuple[str | int, ...], tuple[str, Asset]] = {}
        weights = fonts.settings().weights
        self._weights = {"regular": weights.regular, "medium": weights.medium, "bold": weights.bold}

    def document(self, screen: Screen, page: DocumentFrame) -> tuple[PaintedDocument, dict[str, Asset]]:
        """The document of ``screen`` and the pictures that it names."""
        profile = self.profile
        live = profile.live_window if window.has_window(screen) else ""
        key = (
            screen, self.theme, self.close, live, profile.glyphs, page.spot, page.back, page.script, profile.metrics,
            self._photo_ext,
        )  # fmt: skip
        body, rules, assets = self._memory.of(_BODIES).get(key, lambda: self._painted(screen, page))
        body = body.replace(_SWITCH, profile.large or profile.normal).replace(_LIVE, escape(profile.exit.live or "#"))
        shown = digest((self._base + rules + body).encode())[:8]
        body, rules, assets = _renamed(body, rules, assets, page.pictures, screen.number)
        style = self._base + rules
        head = self._head(screen, style).encode(profile.charset, "xmlcharrefreplace")
        text = self._begin(screen, page, style, shown) + body
        return PaintedDocument(
            name=page.spot.name,
            media=f"{profile.media}; charset={profile.charset}",
            body=head + text.encode(profile.charset, "xmlcharrefreplace"),
            shared=len(head),
            style=(_style_hash(style, profile.charset), *self._unscripted_hash),
            assets=tuple(sorted(assets)),
            targets=tuple(link.to for link in screen.links),
        ), assets

    def _painted(self, screen: Screen, page: DocumentFrame) -> _Body:
        """What families of boxes share of a document: its body (the other text size still unnamed), the rules of its
        style and its pictures."""
        sheet = StyleSheet()
        assets: dict[str, Asset] = {}
        screen = window.opened(screen) if self.profile.live_window == "through" else screen
        return self._body(screen, page, sheet, assets), sheet.text(), assets

    # --- parts of the document --------------------------------------------------------------------------------------

    def _head(self, screen: Screen, style: str) -> str:
        """What comes before the body: the same for most estates that see the page."""
        profile, close = self.profile, self.close
        w, h = profile.canvas
        return (
            f"{_DOCTYPE[profile.dialect].format(lang=self._say.tag)}\n<head>\n"
            f'<meta http-equiv="Content-Type" content="{profile.media}; charset={profile.charset}"{close}>\n'
            f'<meta name="page-view-size" content="{w}*{h}"{close}>\n'
            f"<title>{screen.page} {escape(screen.title)}</title>\n"
            f'<style type="text/css">{style}</style>\n{self._unscripted}</head>\n'
        )

    def _begin(self, screen: Screen, page: DocumentFrame, style: str, key: str) -> str:
        """The body's tag."""
        start = screen.links[screen.first].id if screen.first >= 0 else ""
        # The key names what the page shows: a box that finds another one under this address loads it anew.
        data = [
            ("page", screen.page), ("screen", screen.number), ("start", start), ("base", page.spot.base),
            ("back", page.back), ("prev", page.previous), ("next", page.following), ("estate", page.estate),
            ("idle", page.idle), ("every", page.every), ("key", key),
        ]  # fmt: skip
        if page.leads:
            data.append(("lead", 1))
        if screen.number < screen.count:
            data.append(("onward", 1))
        attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in data)
        if style.endswith(window.CLEAR):
            # Where the page has no colour by this attribute, boxes of CTC paint it black.
            attributes += ' bgcolor="transparent"'
        return f"<body{attributes}>\n"

    def _body(self, screen: Screen, page: DocumentFrame, sheet: StyleSheet, assets: dict[str, Asset]) -> str:
        out: list[str] = []
        number = at = 0
        for row in (*screen.rows, None):
            tapes = self._tapes(screen, row, number + _links(screen, number, row.start), page) if row else []
            # A row that stands somewhere for the first time is written as what does not recur.
            end = len(screen.pieces) if row is None else row.start if tapes else row.end
            for part in _parts(screen, number, at, end):
                inner = partial(self._inside, screen, part, page, sheet, assets)
                link = isinstance(part, int)
                out.append(self._anchor(screen, number, page, sheet, inner) if link else inner())
                number += link
            for taped in tapes:
                inner = partial(taped.written, sheet, assets)
                out.append(self._anchor(screen, number, page, sheet, inner) if taped.link else inner())
                number += taped.link
            at = row.end if row else end
        if page.script:
            out.append(self._overlays(page.spot))
            out += [f'<script type="text/javascript" src="{script}"></script>' for script in page.spot.scripts]
        out.append("</body>\n</html>\n")
        return "\n".join(out)

    def _overlays(self, spot: DocumentAddress) -> str:
        """What the scripts show at times: digits typed, a warning where its page cannot be had, and its mark in the
        header, which page 900 itself has no need of."""
        short = ' data-short="1"' if self._geometry.frame["mark_short"] else ""
        href = spot.href(ALERTS)
        mark = f'<a id="mark" class="r" href="{href}" data-n=",,,"{short}><i class="o"></i><i id="markt"></i></a>'
        keys = f'<i id="overk">{escape(self._say("OK opens the whole text　BACK closes this"))}</i>'
        over = f'<i id="echo"></i><div id="over"><b id="overt"></b><b id="overd"></b>{keys}</div>'
        return (mark if spot.page != ALERTS or spot.item else "") + over

    def _tapes(self, screen: Screen, row: Row, number: int, page: DocumentFrame) -> Sequence[Taped]:
        """The parts of a row, whose first link is the ``number``-th, taken down for all documents that it stands in; a
        frame's also say where it stands. None yet for a row that is seen for the first time: most do not recur soon."""
        profile, place = self.profile, row.y if row.link < 0 else None
        root = page.spot.root
        key = (self.theme, self.close, profile.live_window, profile.glyphs, root, place, self._photo_ext)
        known = self._memory.beside(_TAPES)
        tapes = known.find(row.laid, key)
        if tapes is None:
            return known.put(row.laid, [], key)
        if not tapes:
            tapes += [self._taped(screen, part, page) for part in _parts(screen, number, row.start, row.end)]
        return tapes

    def _taped(self, screen: Screen, part: _Part, page: DocumentFrame) -> Taped:
        tape, assets = Tape(), dict[str, Asset]()
        text = self._inside(screen, part, page, tape, assets)
        return tape.taped(text, assets, link=isinstance(part, int))

    def _anchor(
        self, screen: Screen, index: int, page: DocumentFrame, sheet: StyleSheet, inner: Callable[[], str]
    ) -> str:
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

    def _inside(
        self, screen: Screen, part: _Part, page: DocumentFrame, sheet: StyleSheet, assets: dict[str, Asset]
    ) -> str:
        """What is painted for a link, without its anchor, or for pieces that belong to none."""
        if not isinstance(part, int):
            at = _At(0, 0, sheet, assets, page.spot, None, page.album)
            return "\n".join([piece.draw(self, at) for piece in part])
        link = screen.links[part]
        at = _At(link.x, link.y, sheet, assets, page.spot, link, page.album)
        pieces = screen.pieces[link.start + bool(_ground(screen, link)) : link.end]
        return "".join([self._ring(link, sheet), *[piece.draw(self, at) for piece in pieces]])

    def _ring(self, link: Link, sheet: StyleSheet) -> str:
        card = link.kind == "card"
        w, h = (link.w - 2 * RING, link.h - 2 * RING) if card else (link.w, link.h)
        edge = f"{2 * RING}px solid {self._color('focus')}" if card else f"{RING}px solid {self._color('ring')}"
        ring = f"left:-{RING}px;top:-{RING}px;width:{w}px;height:{h}px;border:{edge}"
        return f'<i class="o {sheet.name(ring)}"></i>'

    # --- pieces -----------------------------------------------------------------------------------------------------

    def text(self, piece: Text, at: _At) -> str:
        """A line, by itself in its classes; the box's font draws it."""
        if self.profile.glyphs and not piece.role and not _drawable(piece.text, self.profile.glyphs):
            return self._drawn(piece, at)
        # Rows repeat their columns: what places and colours a text alike is worked out once a document.
        key = (
            piece.x - at.x,
            piece.y - at.y,
            piece.w,
            piece.h,
            piece.size,
            piece.weight,
            piece.color,
            piece.on,
            piece.align,
            at.link is None,
        )
        classes = at.sheet.texts.get(key)
        if classes is None:
            classes = at.sheet.texts[key] = " ".join(self._text_classes(piece, at))
        if piece.role:
            return f'<i id="{piece.role}" class="{classes}"></i>'
        bold = " m" if piece.bold_on else ""
        return f'<i class="{classes}{bold}">{words(piece.text)}</i>'

    def _text_classes(self, piece: Text, at: _At) -> list[str]:
        place, sheet = at.place(piece), at.sheet
        if piece.align != "left":
            place += f";width:{piece.w}px;text-align:{piece.align}"
        classes = [
            sheet.name(place),
            sheet.name(f"font-size:{piece.size}px;line-height:{piece.h}px;height:{piece.h}px"),
        ]
        if piece.weight != "regular":
            classes.append(sheet.name(f"font-weight:{self._weights[piece.weight]}"))
        if at.link is not None and not piece.on:
            # Important, or the rule for what lies in a focused link would win.
            classes.append(sheet.name(f"color:{self._color(piece.color)}!important"))
        elif at.link is not None and piece.on != "onfocus":
            classes.append(sheet.toned(self._color(piece.color), self._color(piece.on)))
        elif piece.color != "text":
            classes.append(sheet.name(f"color:{self._color(piece.color)}"))
        return classes

    def _drawn(self, piece: Text, at: _At) -> str:
        """A line that the box's font has no characters for, as a picture in place of its ink."""
        ink = raster.line(piece.text, piece.size, piece.weight)
        place = at.sheet.name(f"left:{piece.left + ink.dx - at.x}px;top:{piece.top + ink.dy - at.y}px")
        line = (piece.text, piece.size, piece.weight)
        usual = self._kept((*line, piece.color, piece.bg), lambda: ink.mask, at.assets)
        focused = ""
        if at.link is not None and piece.on:
            # In an inverted block the focus is the ink.
            ground = "onfocus" if piece.on == "focus" else "focus"
            focused = at.spot.asset(self._kept((*line, piece.on, ground), lambda: ink.mask, at.assets))
        rule = f"width:{ink.mask.shape[1]}px;height:{ink.mask.shape[0]}px"
        return f'<i class="{place} {at.sheet.pictured(rule, at.spot.asset(usual), focused)}"></i>'

    def fill(self, piece: Fill, at: _At) -> str:
        """A rectangle, with an edge in themes that have them."""
        edge = self.theme.edge(piece)
        rule = f"{at.place(piece)};width:{piece.w - 2 * edge}px;height:{piece.h - 2 * edge}px"
        if edge:
            rule += f";border:{edge}px solid {self._color('edge')}"
        classes = [at.sheet.name(rule)]
        color = self._color(piece.color)
        if at.link is not None and piece.on:
            classes.append(at.sheet.filled(color, self._color(piece.on)))
        else:
            classes.append(at.sheet.name(f"background:{color}"))
        return f'<i class="{" ".join(classes)}"></i>'

    def icon(self, piece: Icon, at: _At) -> str:
        """An icon is a background: a mark that recurs forty times in a table costs its class each time, no more."""
        sheet, spot = at.sheet, at.spot
        place = sheet.name(at.place(piece))
        changes = at.link is not None and bool(piece.on)
        usual = "" if piece.focus_only else self._picture(piece, piece.color, piece.bg, at.assets)
        focused = self._picture(piece, piece.on, "focus", at.assets) if changes else ""
        rule = f"width:{piece.w}px;height:{piece.h}px"
        if piece.focus_only:
            return f'<i class="o {place} {sheet.name(f"{rule};background:url({spot.asset(focused)})")}"></i>'
        shown = sheet.pictured(rule, spot.asset(usual), spot.asset(focused) if changes else "")
        return f'<i class="{place} {shown}"></i>'

    def plot(self, piece: Plot, at: _At) -> str:
        """A line through points is a picture."""
        mask = raster.plot(piece.w, piece.h, piece.local, piece.stroke)
        asset = Asset((raster.paint(mask, rgb_ramp(self.theme, piece.color, piece.bg), clear=True),), "png")
        at.assets[asset.name] = asset
        return self._img(at.spot, asset.name, at.sheet.name(at.place(piece)), piece.w, piece.h)

    def code(self, piece: Code, at: _At) -> str:
        """A QR code is a picture."""
        mask = raster.code(piece.address, piece.module)
        asset = Asset((raster.paint(mask, rgb_ramp(self.theme, *self.theme.printed)),), "png")
        at.assets[asset.name] = asset
        return self._img(at.spot, asset.name, at.sheet.name(at.place(piece)), piece.w, piece.h)

    def hole(self, piece: Hole, at: _At) -> str:
        """A window of television: the box shows it through, or a dark place stands for it."""
        rule = f"{at.place(piece)};width:{piece.w}px;height:{piece.h}px"
        if self.profile.live_window == "through":
            at.sheet.last = window.CLEAR
        else:
            rule += f";background:{self._color('onfocus')}"
        return f'<i class="{at.sheet.name(rule)}"></i>'

    def photo(self, piece: Photo, at: _At) -> str:
        """A picture in its size, for boxes that do not scale, and in words."""
        made = photos.jpeg if self._photo_ext == "jpg" else photos.png
        asset = Asset((made(at.album(piece.key), piece.w, piece.h),), self._photo_ext)
        at.assets[asset.name] = asset
        return self._img(at.spot, asset.name, at.sheet.name(at.place(piece)), piece.w, piece.h, piece.alt)

    def _img(self, spot: DocumentAddress, name: str, classes: str, w: int, h: int, alt: str = "") -> str:
        size = f'width="{w}" height="{h}" alt="{escape(alt)}"'
        return f'<img class="{classes}" src="{spot.asset(name)}" {size}{self.close}>'

    def _picture(self, piece: Icon, ink: str, ground: str, assets: dict[str, Asset]) -> str:
        key = (piece.name, piece.w, piece.h, ink, ground)
        icons = self.theme.icons
        name = icon_name(piece.name, piece.w, piece.h, self._color(ink), self._color(ground), icons)
        return self._kept(key, lambda: raster.icon(piece.name, piece.w, piece.h, icons), assets, name)

    def _kept(
        self, key: tuple[str | int, ...], mask: Callable[[], raster.Mask], assets: dict[str, Asset], name: str = ""
    ) -> str:
        """The name of a mask's picture between the last two colours of ``key``, painted once for it."""
        known = self._pictures.get(key)
        if known is None:
            if len(self._pictures) >= _MOST_PICTURES:
                self._pictures.clear()
            pixels = raster.paint(mask(), rgb_ramp(self.theme, str(key[-2]), str(key[-1])))
            asset = Asset((pixels,), "png", name)
            known = self._pictures[key] = (asset.name, asset)
        assets[known[0]] = known[1]
        return known[0]

    def _color(self, token: str) -> str:
        return self.theme.colors[token]


def _renamed(body: str, rules: str, assets: dict[str, Asset], prefix: str, screen: int) -> _Body:
    """The same with the page's own pictures named by their recipe: until here they are named by their content, for a
    row that recurs does not know on which page it stands."""
    own = sorted(name for name in assets if not name.startswith("i"))
    if not own or not prefix:
        return body, rules, assets
    names = {
        name: picture_name(prefix, screen, number, name.rpartition(".")[2]) for number, name in enumerate(own, 1)
    }
    for old, new in names.items():
        body, rules = body.replace(old, new), rules.replace(old, new)
    return body, rules, {names.get(name, name): asset for name, asset in assets.items()}


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
    """What stands in the slice ``start``:``end`` of the screen's pieces, whose first link is the ``number``-th: links
    by their numbers, and the pieces between them. The fill of the whole canvas is the page's own colour: left out."""
    at = start
    while at < end:
        stop = min(end, screen.links[number].start) if number < len(screen.links) else end
        plain = [piece for piece in screen.pieces[at:stop] if not _covers(piece, screen)]
        if plain:
            yield plain
        at = stop
        if at < end:
            yield number
            at = screen.links[number].end
            number += 1


def _links(screen: Screen, number: int, end: int) -> int:
    """How many of the screen's links, from the ``number``-th on, begin before its ``end``-th piece."""
    count = 0
    while number + count < len(screen.links) and screen.links[number + count].start < end:
        count += 1
    return count


def _covers(piece: Piece, screen: Screen) -> bool:
    return isinstance(piece, Fill) and piece.w >= screen.width and piece.h >= screen.height


def _ground(screen: Screen, link: Link) -> Fill | None:
    """The fill that a link stands on, if it begins with one of its own size."""
    first = screen.pieces[link.start] if link.end > link.start else None
    return first if isinstance(first, Fill) and (first.w, first.h) == (link.w, link.h) else None
