"""The HTML painter: a Screen as light, absolutely placed HTML that a set-top box of the class of IE 6 can draw.

Geometry and type stand in one ``<style>`` block, named by its hash in the CSP; there are no style attributes and no
inline script but a profile's declared commands. What is placed alike shares a class, so a row costs its words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeAlias

from channel.memory import Memory, Slot, Trait
from channel.paint import window
from channel.paint.addresses import ALERTS, DocumentAddress
from channel.paint.html_pieces import At, HtmlBrush
from channel.paint.output import Asset, PaintedDocument, digest, escape
from channel.paint.pictures import picture_name
from channel.paint.strips import RING
from channel.paint.style import StyleSheet, Tape, Taped, bare_focus, base_style, csp_hash
from channel.paint.theme import Theme
from channel.profiles import Profile
from channel.screen.geometry import Geometry, load_geometry
from channel.screen.pieces import Fill, Piece
from channel.screen.screen import Link, Row, Screen
from channel.views.content import Album, no_album
from channel.words import Say

_Part: TypeAlias = int | list[Piece]
"""The number of a link, or pieces that belong to none."""
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


_Body: TypeAlias = tuple[str, str, dict[str, Asset]]
_BODIES: Slot[_Body] = Slot("bodies of documents", 128)
"""Those of a few pages: families of boxes ask for the same one after another."""
_TAPES: Trait[list[Taped]] = Trait("rows taken down")


class HtmlPainter:
    """Paints Screens of one theme for one profile. ``memory`` is shared with the painters of
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
        self._brush = HtmlBrush(theme, profile)
        self.close = self._brush.close
        self._base = base_style(theme, profile, self._geometry, self._say.tag)
        # XHTML takes what is in a noscript for its own, script or none.
        bare = "" if self.close else bare_focus(theme)
        self._unscripted = f'<noscript><style type="text/css">{bare}</style></noscript>\n' if bare else ""
        self._unscripted_hash = (_style_hash(bare, profile.charset),) if bare else ()

    def document(self, screen: Screen, page: DocumentFrame) -> tuple[PaintedDocument, dict[str, Asset]]:
        """The document of ``screen`` and the pictures that it names."""
        profile = self.profile
        live = profile.live_window if window.has_window(screen) else ""
        key = (
            screen, self.theme, self.close, live, profile.glyphs, page.spot, page.back, page.script, profile.metrics,
            self._brush.photo_ext,
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
        key = (self.theme, self.close, profile.live_window, profile.glyphs, root, place, self._brush.photo_ext)
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
            classes += " " + sheet.name(f"background:{self._brush.color(fill.color)}")
        classes += " k" if link.kind == "card" else " r"
        if index == screen.first:
            classes += " f"
        edge = self._edge(fill, sheet) if fill else ""
        around = ",".join(["" if n < 0 else screen.links[n].id for n in _sides(screen, index)])
        href = page.back if link.id == "back" and page.back else page.spot.href(link.to, _LIVE, _SWITCH)
        return f'<a id="{link.id}" class="{classes}" href="{escape(href)}" data-n="{around}">{edge}{inner()}</a>'

    def _edge(self, fill: Fill, sheet: StyleSheet) -> str:
        """The edge of what a link stands on, in themes that have them. A box of its own: the link's would move all that
        is placed in it."""
        edge = self.theme.edge(fill)
        if not edge:
            return ""
        rule = f"left:0;top:0;width:{fill.w - 2 * edge}px;height:{fill.h - 2 * edge}px;border:{edge}px solid"
        return f'<i class="{sheet.edged(rule, self._brush.color("edge"), self._brush.color("focus"))}"></i>'

    def _inside(
        self, screen: Screen, part: _Part, page: DocumentFrame, sheet: StyleSheet, assets: dict[str, Asset]
    ) -> str:
        """What is painted for a link, without its anchor, or for pieces that belong to none."""
        if not isinstance(part, int):
            at = At(0, 0, sheet, assets, page.spot, None, page.album)
            return "\n".join([piece.draw(self._brush, at) for piece in part])
        link = screen.links[part]
        at = At(link.x, link.y, sheet, assets, page.spot, link, page.album)
        pieces = screen.pieces[link.start + bool(_ground(screen, link)) : link.end]
        return "".join([self._ring(link, sheet), *[piece.draw(self._brush, at) for piece in pieces]])

    def _ring(self, link: Link, sheet: StyleSheet) -> str:
        card = link.kind == "card"
        w, h = (link.w - 2 * RING, link.h - 2 * RING) if card else (link.w, link.h)
        color = self._brush.color("focus" if card else "ring")
        edge = f"{2 * RING if card else RING}px solid {color}"
        ring = f"left:-{RING}px;top:-{RING}px;width:{w}px;height:{h}px;border:{edge}"
        return f'<i class="o {sheet.name(ring)}"></i>'



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
