"""A page for one estate and one profile: view, layout, paint. The same inputs give the same bytes.

Inputs are the snapshots, the line-up, the estate, the profile, theme, fonts and a moment that is passed in. Layout and
paint are remembered by the hash of their content, so what a view says again is not painted again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from importlib import metadata, resources
from pathlib import Path

import msgspec

from channel import views
from channel.estates import DISTRICT
from channel.lineup import Page
from channel.paint.addresses import HOME, Spot
from channel.paint.bitmap import Painter
from channel.paint.html import HtmlPainter
from channel.paint.html import Page as Frame
from channel.paint.navmap import map_page, navigation_map
from channel.paint.output import Asset, Document, Finding, Rendered, digest
from channel.paint.script import remote_script
from channel.paint.theme import Theme, load_theme
from channel.profiles import Profile, load_profiles
from channel.screen import fonts, legibility
from channel.screen.compose import compose
from channel.screen.geometry import Geometry, load_geometry
from channel.screen.screen import Screen
from channel.screen.templates import FootKey, Head, Layouts
from channel.settings import Channel
from channel.views.base import Inputs, next_midnight
from channel.views.content import Body, Content, Empty, Item, Key, List, SourceLine
from feeds.base.clock import local
from feeds.base.errors import NotFound
from feeds.source import Snapshot

UNAVAILABLE = Empty(sentence="这一页暂不可用", hint="资料正在核对，请稍后再来；按返回看别的服务")
MOST_PUBLISHER = 9
"""Han that the header's second line has room for before the time."""
_STALE = ("stale", "expired")


@dataclass
class _Sheets:
    """What painting one page or item gave."""

    documents: list[Document] = field(default_factory=list)
    assets: dict[str, Asset] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass
class _Set:
    """A profile with all that paints for it."""

    profile: Profile
    geometry: Geometry
    theme: Theme
    html: dict[str, HtmlPainter] = field(default_factory=dict)
    bitmap: dict[str, Painter] = field(default_factory=dict)

    @property
    def clock(self) -> bool:
        """Whether a script fills in the clock."""
        return self.profile.kind == "html" and self.profile.script != "none"


class Renderer:
    """Renders the pages of a channel. Not for use by several threads at once; every process makes its own."""

    def __init__(self, channel: Channel, *, remembered: int = 4096) -> None:
        self.channel = channel
        self._layouts = Layouts(channel.layouts)
        own = channel.folder / "profiles"
        self.profiles = load_profiles(channel.settings.profiles, own if own.is_dir() else None)
        self._sets: dict[str, _Set] = {}
        self._painted: OrderedDict[bytes, _Sheets] = OrderedDict()
        self._remembered = remembered

    def page(
        self, number: str, estate: str, profile: str, snapshots: Mapping[str, Snapshot], moment: datetime
    ) -> Rendered:
        """Page ``number`` for ``estate`` (``district`` for a box whose estate is not known) and ``profile``.

        ``snapshots`` go by source id. A district page ignores the estate. Raises NotFound for names that are not
        there and RenderError when a layout goes wrong.
        """
        page = self.channel.lineup.page(number)
        kit = self._set(profile)
        content = self.content(page, estate, snapshots, moment)
        home = estate if page.scope == "estate" else ""
        sheets = self._paint(page, content, None, kit, moment, home)
        documents, assets, findings = list(sheets.documents), dict(sheets.assets), list(sheets.findings)
        for item in content.items:
            part = self._paint(page, content, item, kit, moment, "")
            documents += part.documents
            assets.update(part.assets)
            findings += part.findings
        until = content.valid_until
        if content.sources:
            midnight = next_midnight(moment)
            until = min(until, midnight) if until else midnight
        key = digest("".join(digest(d.body + d.location.encode()) for d in documents).encode())
        return Rendered(
            page=number,
            scope=page.scope,
            documents=tuple(documents),
            assets=assets,
            findings=tuple(findings),
            valid_until=until,
            key=key,
        )

    def content(self, page: Page, estate: str, snapshots: Mapping[str, Snapshot], moment: datetime) -> Content:
        """What the page's view says. Raises NotFound for an estate that is not there."""
        channel = self.channel
        known = estate != DISTRICT and page.scope == "estate"
        return views.make(
            Inputs(
                page=page,
                estate=channel.estates[estate] if known else None,
                moment=moment,
                lineup=channel.lineup,
                estates=channel.estates,
                settings=channel.settings,
                snapshots={role: snapshots.get(source) for role, source in page.sources.items()},
                sources={role: channel.sources[source] for role, source in page.sources.items()},
            )
        )

    def screens(
        self,
        number: str,
        estate: str,
        profile: str,
        snapshots: Mapping[str, Snapshot],
        moment: datetime,
        item: str = "",
    ) -> list[Screen]:
        """The Screens of a page, or of one of its items: for tools that look at geometry and focus."""
        page = self.channel.lineup.page(number)
        content = self.content(page, estate, snapshots, moment)
        found = next((i for i in content.items if i.id == item), None)
        if item and found is None:
            raise NotFound(f"item: found {item!r}, which is not on page {number}")
        kit = self._set(profile)
        home = estate if page.scope == "estate" else ""
        return self._compose(page, content, found, kit, moment, home)

    def common(self, profile: str) -> Mapping[str, Asset]:
        """The assets that every page of ``profile`` uses: its remote's script."""
        asset = self._script(self._set(profile).profile)
        return {asset.name: asset} if asset else {}

    def unavailable(self, number: str, profile: str) -> Rendered:
        """A plain screen with a way back, for a page that cannot be shown."""
        page = self.channel.lineup.page(number)
        content = Content(body=List(rows=(), empty=UNAVAILABLE))
        plain = msgspec.structs.replace(page, layout="list", red=None, green=None)
        sheets = self._paint(plain, content, None, self._set(profile), None, "")
        return Rendered(
            page=number,
            scope=page.scope,
            documents=tuple(sheets.documents),
            assets=sheets.assets,
            findings=tuple(sheets.findings),
            key=digest(b"".join(d.body for d in sheets.documents)),
        )

    @cached_property
    def fingerprint(self) -> str:
        """The hash of all that bytes depend on besides content: code, templates, themes, icons, fonts, libraries."""
        state = hashlib.blake2b(digest_size=16)
        state.update(fonts.engine_versions().encode())
        for name in ("isal", "numpy", "resvg-py", "jinja2"):
            state.update(f"{name} {metadata.version(name)}\n".encode())
        state.update(self._layouts.fingerprint().encode())
        for package in ("channel.layouts", "channel.screen", "channel.paint", "channel.views", "channel.profiles"):
            for path in sorted(Path(str(resources.files(package))).rglob("*")):
                if path.suffix in (".py", ".toml", ".svg", ".js", ".xml"):
                    state.update(path.name.encode() + path.read_bytes())
        state.update(Path(__file__).read_bytes())
        return state.hexdigest()

    # --- layout and paint -------------------------------------------------------------------------------------------

    def _paint(
        self, page: Page, content: Content, item: Item | None, kit: _Set, moment: datetime | None, estate: str
    ) -> _Sheets:
        """The documents of the page's own screens, or of one of its items; remembered by what they show."""
        head = self._head(page, content, item, kit, moment, estate)
        layout, body = (item.layout, item.body) if item else (page.layout, content.body)
        observed = _observed(content.sources)
        key = digest(
            msgspec.msgpack.encode([kit.profile.id, layout, body, head, item.id if item else "", estate, observed])
        ).encode()
        known = self._painted.get(key)
        if known is not None:
            self._painted.move_to_end(key)
            return known
        sheets = self._sheets(page, layout, body, head, item.id if item else "", kit, observed, estate)
        self._painted[key] = sheets
        if len(self._painted) > self._remembered:
            self._painted.popitem(last=False)
        return sheets

    def _compose(
        self, page: Page, content: Content, item: Item | None, kit: _Set, moment: datetime | None, estate: str
    ) -> list[Screen]:
        head = self._head(page, content, item, kit, moment, estate)
        layout, body = (item.layout, item.body) if item else (page.layout, content.body)
        markup = self._layouts.markup(layout, body, head, kit.geometry)
        return compose(markup, kit.geometry, page=page.number, title=head.title)

    def _sheets(
        self,
        page: Page,
        layout: str,
        body: Body,
        head: Head,
        item: str,
        kit: _Set,
        observed: datetime | None,
        estate: str,
    ) -> _Sheets:
        markup = self._layouts.markup(layout, body, head, kit.geometry)
        screens = compose(markup, kit.geometry, page=page.number, title=head.title)
        sheets = _Sheets()
        for screen in screens:
            theme = load_theme(screen.theme, self.channel.layouts) if screen.theme else kit.theme
            paint = self._html if kit.profile.kind == "html" else self._bitmap
            paint(screen, theme, item, head, kit, observed, estate, sheets)
            where = f"{page.number}.{item}" if item else page.number
            for flaw in (*screen.flaws, *legibility.flaws(screen, kit.geometry, kit.profile.safe_area, theme.colors)):
                level = "fault" if flaw.fault else "warning"
                sheets.findings.append(
                    Finding(level=level, page=where, screen=screen.number, element=flaw.element, sentence=flaw.sentence)  # type: ignore[arg-type]
                )
        return sheets

    def _html(
        self, screen: Screen, theme: Theme, item: str, head: Head, kit: _Set, observed: datetime | None, estate: str,
        sheets: _Sheets,
    ) -> None:  # fmt: skip
        painter = kit.html.get(theme.name)
        if painter is None:
            painter = kit.html[theme.name] = HtmlPainter(theme, kit.profile)
        spot = Spot(screen.page, item, screen.number)
        script = self._script(kit.profile)
        frame = Frame(
            spot=spot,
            back="" if head.back == "live" else spot.href(head.back),
            previous=spot.screen_href(screen.number - 1) if screen.number > 1 else "",
            following=spot.screen_href(screen.number + 1) if screen.number < screen.count else "",
            script=script.name if script else "",
            estate=estate,
            idle=kit.profile.exit.idle_seconds,
            every=head.every,
        )
        document, assets = painter.document(screen, frame)
        sheets.documents.append(document)
        sheets.assets.update(assets)

    def _bitmap(
        self, screen: Screen, theme: Theme, item: str, head: Head, kit: _Set, observed: datetime | None, estate: str,
        sheets: _Sheets,
    ) -> None:  # fmt: skip
        painter = kit.bitmap.get(theme.name)
        if painter is None:
            painter = kit.bitmap[theme.name] = Painter(theme, stretch=kit.geometry.stretch)
        picture = painter.picture(screen)
        sheets.assets[picture.name] = picture
        rings = {}
        for index, link in enumerate(screen.links):
            ring, x, y = painter.overlay(screen, index)
            sheets.assets[ring.name] = ring
            rings[link.id] = (ring.name, x, y)
        stretch = kit.geometry.stretch
        spot = Spot(screen.page, item, screen.number, "json")
        back = "" if head.back == "live" else spot.href(head.back)
        sheets.documents.append(
            navigation_map(
                screen, spot, picture.name, rings, back=back, observed=observed, valid_until=None, stretch=stretch
            )
        )
        spot = Spot(screen.page, item, screen.number)
        back = "" if head.back == "live" else spot.href(head.back)
        sheets.documents.append(map_page(screen, spot, picture.name, back=back, stretch=stretch))
        name = Spot(screen.page, item, screen.number, "png").name
        sheets.documents.append(
            Document(name=name, media="image/png", body=b"", location=spot.asset(picture.name), assets=(picture.name,))
        )

    # --- the frame --------------------------------------------------------------------------------------------------

    def _head(
        self, page: Page, content: Content, item: Item | None, kit: _Set, moment: datetime | None, estate: str
    ) -> Head:
        profile = kit.profile
        sizes, frame = kit.geometry.type, kit.geometry.frame
        words = content.place[-1:] if content.place and frame["short"] else content.place or ()
        place = " · ".join(words) if item is None else ""
        home = page.number == HOME and item is None
        title = item.title if item else self.channel.settings.title if home else page.title
        title_w = min(fonts.width(title, sizes["title"], "bold"), frame["title_w"])
        switch = profile.large or profile.normal
        if item:
            back, start_back = f"{page.number}#i{item.id}", True
        elif page.number == HOME:
            back, start_back = "live", False
        else:
            back, start_back = f"{self.channel.lineup.parent(page)}#p{page.number}", False
        source, stale = _source_line(content.sources, moment, short=frame["short"])
        return Head(
            number=page.number,
            title=title,
            district=self.channel.settings.district,
            back=back,
            keys=(
                _key("red", content.red or _declared(page.red), item),
                _key("green", content.green or _declared(page.green), item),
                FootKey("yellow", "原字" if profile.normal else "大字", f"?profile={switch}&page={page.number}")
                if switch in self.channel.settings.profiles
                else None,
                FootKey("blue", "首页", HOME),
            ),
            place=place,
            place_to="109",
            place_w=fonts.width(place, sizes["floor"], "regular") * 27 // 25 + 24,
            line_x=frame["title_x"] + title_w * 27 // 25 + 12,
            source=source,
            stale=stale,
            clock=kit.clock,
            start_back=start_back,
            every=self._every(content),
        )

    def _every(self, content: Content) -> int:
        """How often a box looks for a newer page, in seconds: as often as the page's quickest source speaks."""
        sources = (self.channel.sources[line.id].seconds for line in content.sources)
        return max(60, min(3600, round(min(sources, default=3600))))

    def _set(self, profile: str) -> _Set:
        kit = self._sets.get(profile)
        if kit is None:
            if profile not in self.profiles:
                known = ", ".join(self.profiles)
                raise NotFound(f"profile: found {profile!r}, expected one of: {known}")
            found = self.profiles[profile]
            kit = self._sets[profile] = _Set(
                found,
                load_geometry(found.metrics, self.channel.layouts),
                load_theme(self.channel.settings.theme, self.channel.layouts),
            )
        return kit

    def _script(self, profile: Profile) -> Asset | None:
        if profile.kind != "html" or profile.script == "none":
            return None
        asset = self._scripts.get(profile.id)
        if asset is None:
            body = remote_script(profile, list(self.channel.lineup.pages))
            asset = self._scripts[profile.id] = Asset((body,), "js")
        return asset

    @cached_property
    def _scripts(self) -> dict[str, Asset]:
        return {}


def _declared(key: tuple[str, str] | None) -> Key | None:
    return Key(label=key[0], to=key[1]) if key else None


def _key(color: str, key: Key | None, item: Item | None) -> FootKey | None:
    return FootKey(color, key.label, key.to) if key and item is None else None


def _observed(sources: Sequence[SourceLine]) -> datetime | None:
    return max((s.observed for s in sources if s.observed), default=None)


def _source_line(sources: Sequence[SourceLine], moment: datetime | None, *, short: bool) -> tuple[str, bool]:
    """The header's second line and whether it warns: whose data, and when they were observed."""
    seen = [s for s in sources if s.observed is not None]
    if not seen or moment is None:
        return "", False
    publishers = list(dict.fromkeys(s.publisher for s in seen))[: 1 if short else 2]
    if len("".join(publishers)) > MOST_PUBLISHER:
        publishers = publishers[:1]
    # The page is as old as the oldest thing on it that should be fresh.
    observed = min(s.observed for s in seen if s.observed is not None)
    when = local(observed)
    days = (local(moment).date() - when.date()).days
    day = {0: "", 1: "昨天 "}.get(days, f"{when:%m-%d} ")
    whose = " ".join(publishers)
    return f"{'' if short else '来源 '}{whose} · 更新于 {day}{when:%H:%M}", any(s.state in _STALE for s in sources)
