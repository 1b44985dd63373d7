"""The pieces of a screen as HTML: a line in its font or as a picture, a rectangle, an icon, a plot, a code, a photo.

Each is written in classes of its document's style; a picture is painted once and named by what it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from channel.paint import photos, raster, window
from channel.paint.addresses import DocumentAddress
from channel.paint.output import Asset, escape, words
from channel.paint.palette import rgb_ramp
from channel.paint.pictures import icon_name
from channel.paint.style import StyleSheet
from channel.paint.theme import Theme
from channel.profiles import Profile
from channel.screen import fonts
from channel.screen.pieces import Code, Fill, Hole, Icon, Photo, Piece, Plot, Text
from channel.screen.screen import Link
from channel.views.content import Album

_MOST_PICTURES = 2_000
_SAME = {0x00B7: 0x30FB, 0x2014: 0x2015}
"""The middle dot and the dash of GB 2312 (01-04, 01-10), which Python's table has under other code points."""


class At(NamedTuple):
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


class HtmlBrush:
    """Writes pieces of one theme for boxes of one profile."""

    def __init__(self, theme: Theme, profile: Profile) -> None:
        self.theme = theme
        self.profile = profile
        self.close = " /" if profile.dialect == "xhtml-hbbtv" else ""
        self.photo_ext = "jpg" if "jpg" in profile.image.formats else "png"
        self._pictures: dict[tuple[str | int, ...], tuple[str, Asset]] = {}
        self._coded = ("", 0), Asset((), "png")
        """The last code: the screens of a page have the same."""
        weights = fonts.settings().weights
        self._weights = {"regular": weights.regular, "medium": weights.medium, "bold": weights.bold}

    def color(self, token: str) -> str:
        """The theme's colour of that name."""
        return self.theme.colors[token]

    def text(self, piece: Text, at: At) -> str:
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

    def _text_classes(self, piece: Text, at: At) -> list[str]:
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
            classes.append(sheet.name(f"color:{self.color(piece.color)}!important"))
        elif at.link is not None and piece.on != "onfocus":
            classes.append(sheet.toned(self.color(piece.color), self.color(piece.on)))
        elif piece.color != "text":
            classes.append(sheet.name(f"color:{self.color(piece.color)}"))
        return classes

    def _drawn(self, piece: Text, at: At) -> str:
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

    def fill(self, piece: Fill, at: At) -> str:
        """A rectangle, with an edge in themes that have them."""
        edge = self.theme.edge(piece)
        rule = f"{at.place(piece)};width:{piece.w - 2 * edge}px;height:{piece.h - 2 * edge}px"
        if edge:
            rule += f";border:{edge}px solid {self.color('edge')}"
        classes = [at.sheet.name(rule)]
        color = self.color(piece.color)
        if at.link is not None and piece.on:
            classes.append(at.sheet.filled(color, self.color(piece.on)))
        else:
            classes.append(at.sheet.name(f"background:{color}"))
        return f'<i class="{" ".join(classes)}"></i>'

    def icon(self, piece: Icon, at: At) -> str:
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

    def plot(self, piece: Plot, at: At) -> str:
        """A line through points is a picture."""
        mask = raster.plot(piece.w, piece.h, piece.local, piece.stroke)
        asset = Asset((raster.paint(mask, rgb_ramp(self.theme, piece.color, piece.bg), clear=True),), "png")
        at.assets[asset.name] = asset
        return self._img(at.spot, asset.name, at.sheet.name(at.place(piece)), piece.w, piece.h)

    def code(self, piece: Code, at: At) -> str:
        """A QR code is a picture."""
        key, asset = self._coded
        if key != (piece.address, piece.module):
            mask = raster.code(piece.address, piece.module)
            asset = Asset((raster.paint(mask, rgb_ramp(self.theme, *self.theme.printed)),), "png")
            self._coded = (piece.address, piece.module), asset
        at.assets[asset.name] = asset
        return self._img(at.spot, asset.name, at.sheet.name(at.place(piece)), piece.w, piece.h)

    def hole(self, piece: Hole, at: At) -> str:
        """A window of television: the box shows it through, or a dark place stands for it."""
        rule = f"{at.place(piece)};width:{piece.w}px;height:{piece.h}px"
        if self.profile.live_window == "through":
            at.sheet.last = window.CLEAR
        else:
            rule += f";background:{self.color('onfocus')}"
        return f'<i class="{at.sheet.name(rule)}"></i>'

    def photo(self, piece: Photo, at: At) -> str:
        """A picture in its size, for boxes that do not scale, and in words."""
        made = photos.jpeg if self.photo_ext == "jpg" else photos.png
        asset = Asset((made(at.album(piece.key), piece.w, piece.h),), self.photo_ext)
        at.assets[asset.name] = asset
        return self._img(at.spot, asset.name, at.sheet.name(at.place(piece)), piece.w, piece.h, piece.alt)

    def _img(self, spot: DocumentAddress, name: str, classes: str, w: int, h: int, alt: str = "") -> str:
        size = f'width="{w}" height="{h}" alt="{escape(alt)}"'
        return f'<img class="{classes}" src="{spot.asset(name)}" {size}{self.close}>'

    def _picture(self, piece: Icon, ink: str, ground: str, assets: dict[str, Asset]) -> str:
        key = (piece.name, piece.w, piece.h, ink, ground)
        icons = self.theme.icons
        name = icon_name(piece.name, piece.w, piece.h, self.color(ink), self.color(ground), icons)
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
