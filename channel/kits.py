"""A kit: a profile with its geometry, its themes and its painters. It turns a Screen into documents and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from channel.folder import Channel
from channel.memory import Memory, Slot
from channel.paint.addresses import ALERTS, DocumentAddress
from channel.paint.bitmap import SPARE, Painter
from channel.paint.html import DocumentFrame as Frame
from channel.paint.html import HtmlPainter
from channel.paint.navmap import labels, map_page, navigation_map
from channel.paint.output import Asset, Finding, PaintedDocument
from channel.paint.photos import plates
from channel.paint.pictures import picture_name
from channel.paint.theme import Theme, load_theme
from channel.profiles import Profile
from channel.screen import legibility
from channel.screen.geometry import Geometry
from channel.screen.pieces import Photo
from channel.screen.screen import Flaw, Screen
from channel.screen.templates import Head
from channel.views.content import Album, no_album

_FLAWS: Slot[list[Flaw]] = Slot("flaws of screens", 128)


@dataclass
class Painted:
    """What painting one page or item gave."""

    documents: list[PaintedDocument] = field(default_factory=list)
    assets: dict[str, Asset] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


class Kit:
    """All that paints for one profile, and for those that differ from it in their script alone."""

    def __init__(self, channel: Channel, profile: Profile, geometry: Geometry, memory: Memory | None = None) -> None:
        self.profile = profile
        self.geometry = geometry
        self._channel = channel
        self._memory = memory or Memory()
        self._html: dict[str, HtmlPainter] = {}
        self._bitmap: dict[str, Painter] = {}

    def paint(
        self,
        screens: Sequence[Screen],
        item: str,
        head: Head,
        observed: datetime | None,
        estate: str,
        pictures: str = "",
        album: Album = no_album,
    ) -> Painted:
        """The documents, pictures and findings of a page's or an item's screens; ``pictures`` begins the names of
        their own pictures (empty: they are named by their content), ``album`` has those of the channel."""
        sheets = Painted()
        for screen in screens:
            theme = load_theme(screen.theme or self._channel.settings.theme, self._channel.layouts)
            if self.profile.kind == "html":
                self._paint_html(screen, theme, item, head, estate, pictures, album, sheets)
            else:
                self._paint_bitmap(screen, theme, item, head, observed, pictures, album, sheets)
            where = f"{screen.page}.{item}" if item else screen.page
            safe = self.profile.safe_area
            flaws = (*screen.flaws, *self._flaws(screen, safe, theme))
            sheets.findings += [_finding(flaw, where, screen.number) for flaw in flaws]
        return sheets

    def _flaws(self, screen: Screen, safe: tuple[float, float], theme: Theme) -> list[Flaw]:
        """What a viewer could not read: looked for once for all profiles that show this Screen alike."""
        known = self._memory.of(_FLAWS)
        return known.get(
            (screen, safe, theme),
            lambda: legibility.flaws(screen, self.geometry, safe, theme.colors, self._memory),
        )

    def _paint_html(
        self,
        screen: Screen,
        theme: Theme,
        item: str,
        head: Head,
        estate: str,
        pictures: str,
        album: Album,
        sheets: Painted,
    ) -> None:
        painter = self._html.get(theme.name)
        if painter is None:
            painter = self._html[theme.name] = HtmlPainter(
                theme, self.profile, self._memory, self.geometry, self._channel.say
            )
        spot = DocumentAddress(screen.page, item, screen.number)
        frame = Frame(
            spot=spot,
            back=_back(head, spot),
            previous=_beside(screen, spot, head, -1),
            following=_beside(screen, spot, head, 1),
            script=self.profile.script != "none",
            estate=estate,
            idle=self.profile.exit.idle_seconds,
            every=head.every,
            leads=head.leads,
            pictures=pictures,
            album=album,
        )
        document, assets = painter.document(screen, frame)
        sheets.documents.append(document)
        sheets.assets.update(assets)

    def _painter(self, screen: Screen, theme: Theme, album: Album) -> Painter:
        """What paints the screen: a painter of its own where it shares its colours with pictures."""
        stretch = self.geometry.stretch
        shown = [piece for piece in screen.pieces if isinstance(piece, Photo)]
        if shown:
            return Painter(theme, stretch=stretch, plates=plates(shown, album, SPARE, stretch))
        painter = self._bitmap.get(theme.name)
        if painter is None:
            painter = self._bitmap[theme.name] = Painter(theme, stretch=stretch)
        return painter

    def _paint_bitmap(
        self,
        screen: Screen,
        theme: Theme,
        item: str,
        head: Head,
        observed: datetime | None,
        pictures: str,
        album: Album,
        sheets: Painted,
    ) -> None:
        stretch, switch = self.geometry.stretch, self.profile.large or self.profile.normal
        picture, overlays = self._painter(screen, theme, album).sheet(screen)
        names: dict[str, str] = {}

        def kept(asset: Asset) -> str:
            name = names.get(asset.name)
            if name is None:
                name = picture_name(pictures, screen.number, len(names)) if pictures else asset.name
                names[asset.name] = name
                sheets.assets[name] = asset
            return name

        name = kept(picture)
        rings = {link.id: (kept(ring), x, y) for link, (ring, x, y) in zip(screen.links, overlays, strict=True)}
        words = labels(screen, self._memory)
        spot = DocumentAddress(screen.page, item, screen.number, "json")
        sheets.documents.append(
            navigation_map(
                screen,
                spot,
                name,
                rings,
                words,
                back=_back(head, spot),
                previous=_beside(screen, spot, head, -1),
                following=_beside(screen, spot, head, 1),
                observed=observed,
                valid_until=None,
                stretch=stretch,
                switch=switch,
                mark=() if screen.page == ALERTS and not item else self.geometry.mark,
            )
        )
        spot = DocumentAddress(screen.page, item, screen.number)
        sheets.documents.append(
            map_page(
                screen, spot, name, words, back=_back(head, spot), stretch=stretch, switch=switch,
                lang=self._channel.say.tag,
            )
        )
        # The picture's own address leads to where its bytes are.
        address = DocumentAddress(screen.page, item, screen.number, "png").name
        sheets.documents.append(
            PaintedDocument(name=address, media="image/png", body=b"", location=spot.asset(name), assets=(name,))
        )


def _back(head: Head, spot: DocumentAddress) -> str:
    return "" if head.back == "live" else spot.href(head.back)


def _beside(screen: Screen, spot: DocumentAddress, head: Head, step: int) -> str:
    """Where the page keys lead: to the screen before or after; at the ends of an item that has others beside it, to
    those."""
    number = screen.number + step
    if 1 <= number <= screen.count:
        return spot.screen_href(number)
    key = head.keys[0 if step < 0 else 1]
    return spot.href(key.to) if head.leads and key else ""


def _finding(flaw: Flaw, page: str, screen: int) -> Finding:
    return Finding(
        level="fault" if flaw.fault else "warning", page=page, screen=screen, element=flaw.element,
        sentence=flaw.sentence, message=flaw.message, given=flaw.given,
    )  # fmt: skip
