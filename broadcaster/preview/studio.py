"""Renders what the preview shows, screen by screen as it is asked for: the present snapshots, looked at in any way,
apart from what is on air."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property, partial
from typing import TypeAlias

import msgspec

from broadcaster.preview.aired import Aired
from broadcaster.preview.kept import Kept
from broadcaster.preview.looks import Look, parse_look
from broadcaster.preview.marks import Spot, spot
from broadcaster.preview.rehearsal import LEVELS, rehearsed
from channel import preflight
from channel.asking import until_of
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.heading import told
from channel.lineup import Page
from channel.offered import theme_names
from channel.paint.addresses import SCRIPTS
from channel.paint.output import Finding, PaintedDocument, Rendered, digest
from channel.paint.theme import load_theme
from channel.painting import MOST_SCREENS
from channel.preflight import DEAD
from channel.profiles import Profile
from channel.release.reading import NO_ALERT
from channel.render import Renderer
from channel.screen.screen import Screen
from channel.views.alerts import alert_answers
from channel.views.content import Content
from channel.words import N_
from feeds.archive import Archive, SourceState
from feeds.base.clock import on_clock_of
from feeds.base.errors import NotFound, PersonError
from feeds.source import Freshness, Snapshot, Source, freshness

_REMEMBERED = 4
"""Painted pages and items that a renderer keeps by itself: what was looked at is kept here, by its bytes."""
_ALERT_THEME = "alert"
"""The colours of page 900 in every theme; no channel as a whole is looked at in them."""
_THEMES = {"night": N_("Night"), "day": N_("Day"), "high-contrast": N_("High contrast")}
"""The themes that come with us; those of a channel's own go by the titles that it gave them."""
_NAME = re.compile(r"(?:([1-9][0-9]{2})|i/([1-9][0-9]{2})\.([a-z0-9]{1,40}))(?:-[0-9]{1,3})?\.(?:html|json|png)")


@dataclass(frozen=True)
class Reading:
    """A source of a page: the role it plays, how it was last gathered, and what it gave, at a moment."""

    role: str
    source: Source
    snapshot: Snapshot | None
    state: SourceState
    freshness: Freshness


Edited: TypeAlias = Callable[[dict[str, Snapshot], Collection[str], Look], dict[str, Snapshot]]
"""What these sources say in a look, given what they say now: what somebody writes is laid over it."""


class Studio:
    """One for a process; safe to share among threads, which take turns at rendering. Opens nothing until it is used.
    ``edited`` knows the texts that a look may name; without it none is there."""

    def __init__(self, channel: Channel, *, kept: Kept | None = None, edited: Edited | None = None) -> None:
        self.channel = channel
        self._edited = edited
        self.aired = Aired(channel)
        self._lock = threading.RLock()
        self._renderer: Renderer | None = None
        self._painters: dict[str, Renderer] = {}
        self._archive: Archive | None = None
        self._kept = Kept() if kept is None else kept

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """The profiles that are served, in the order of the settings."""
        with self._lock:
            known = self._engine().profiles
        return {name: known[name] for name in self.channel.profiles if name in known}

    @cached_property
    def themes(self) -> Mapping[str, str]:
        """The titles of the themes that a channel can have, by name; first this channel's own."""
        own, names = self.channel.settings.theme, theme_names(self.channel.folder, self.channel.settings.layouts)
        ordered = sorted(names - {_ALERT_THEME} | {own}, key=lambda name: (name != own, name))
        return {name: self._title(name) for name in ordered}

    def look(self, segment: str) -> Look:
        """The look that an address names (``broadcaster.preview.looks``). Raises NotFound."""
        with on_clock_of(self.channel.settings.timezone):
            found = parse_look(segment, self.themes, LEVELS if self.channel.settings.alert_source else ())
        if found.text and self._edited is None:
            raise NotFound(f"look: found {segment!r}, where no texts are")
        return replace(found, theme="") if found.theme == self.channel.settings.theme else found

    def page(self, number: str, estate: str, profile: str, look: Look, item: str = "") -> Rendered:
        """A page's own screens, or one ``item`` of it, as it would go on air, with all findings of preflight. Raises
        NotFound and RenderError.

        The other items are not painted, as for a box: nothing is known of them but that they are there.
        """
        with self._lock:
            page = self.channel.lineup.page(number)
            self.check(profile, estate)
            own = page.scope == "estate" and not item
            if look.release:
                return self._shown(number, estate if own else DISTRICT, profile, look, item)
            snapshots = {} if look.is_recorded else self._snapshots(page, look)
            seen = "".join(f"{s.digest}{s.checked}" for s in snapshots.values())
            key = (number, item, estate if own else "", profile, look, digest(seen.encode()))
            found = self._kept.find(key)
            if found is None:
                content, _ = self.content(number, estate, look)
                found = self._kept.put(key, self._render(page, estate, profile, content, look, item))
            return found

    def _shown(self, number: str, estate: str, profile: str, look: Look, item: str) -> Rendered:
        """What a release showed, in another theme where the channel is declared as it was then."""
        key = (number, item, estate, profile, look.release, look.theme)
        found = self._kept.find(key)
        if found is None:
            shown = self.aired.shown(look.release, self._painter(look.theme), number, estate, profile, item)
            found = self._kept.put(key, shown)
        return found

    def content(self, number: str, estate: str, look: Look) -> tuple[Content, int]:
        """What a page says, and the day of its header (proleptic ordinal). Raises NotFound."""
        with self._lock:
            page = self.channel.lineup.page(number)
            if look.release:
                return self.aired.content(look.release, number, estate)
            if look.is_recorded:
                told = self.aired.told(number, estate, look.moment)
                return told.content, self.channel.say.day_of(told.moment).toordinal()
            content = self._engine().content(page, estate, self._snapshots(page, look), look.moment)
            return content, self.channel.say.day_of(look.moment).toordinal()

    def items(self, number: str, estate: str, look: Look) -> int:
        """How many items the page has. Raises NotFound."""
        return len(self.content(number, estate, look)[0].items)

    def screens(self, number: str, estate: str, profile: str, look: Look, item: str = "") -> Sequence[Screen]:
        """The Screens of a page, or of one of its items. Raises NotFound."""
        with self._lock:
            content, day = self.content(number, estate, look)
            renderer = self.aired.renderer(look.release, self._engine()) if look.release else self._engine()
            return renderer.laid(number, profile, content, date.fromordinal(day), item)

    def check(self, profile: str, estate: str) -> None:
        """Raises NotFound for a profile that is not served, and for an estate that is not there."""
        if profile not in self.profiles:
            raise NotFound(f"profile: found {profile!r}, which is not served")
        if estate != DISTRICT:
            self.channel.estates[estate]

    def _render(self, page: Page, estate: str, profile: str, content: Content, look: Look, item: str) -> Rendered:
        painter, day = self._painter(look.theme), self.channel.say.day_of(look.moment)
        album = self._open().picture
        known = {found.id: found for found in content.items}
        if not item:
            made = painter.painted(
                page.number, estate, profile, content, day, items=False, most=MOST_SCREENS, album=album
            )  # fmt: skip
        elif item in known:
            # An item says by itself whose data it shows, as in a release; it looks so for as long as its page.
            said, until = known[item], until_of(content, day, self.channel.say)
            said = msgspec.structs.replace(said, sources=told(content, said))
            made = painter.item(page.number, profile, said, day, most=MOST_SCREENS, album=album)
            made = msgspec.structs.replace(made, valid_until=until)
        else:
            raise NotFound(f"item: found {item!r}, which is not on page {page.number}")
        shape = painter.profiles[profile]
        checked = preflight.inspect(made, self.channel.lineup, self.channel.estates, shape, items=False)
        dead = tuple(_dead_links(made, known))
        return msgspec.structs.replace(checked, findings=(*checked.findings, *dead))

    def spots(self, number: str, estate: str, profile: str, look: Look) -> Callable[[Finding], Spot]:
        """Says of each finding of a page where it stands. The page is laid out once more, for findings are few."""
        return partial(spot, screens=cache(partial(self.screens, number, estate, profile, look)))

    def document(self, profile: str, estate: str, name: str, look: Look) -> PaintedDocument:
        """The document at ``/{profile}/{estate}/{name}``. Raises NotFound and RenderError."""
        if name in SCRIPTS:
            with self._lock:
                scripts = self._engine().scripts(profile)
            for script in scripts:
                if script.name == name:
                    return script
        match = _NAME.fullmatch(name)
        if match:
            number, item = match[1] or match[2], match[3] or ""
            for document in self.page(number, estate, profile, look, item).documents:
                if document.name == name:
                    return document
        raise NotFound(f"document: found {name!r}, which no page has")

    def asset(self, name: str) -> bytes | None:
        """An asset of what was rendered lately."""
        with self._lock:
            return self._kept.asset(name)

    def alert(self, estate: str, look: Look) -> bytes:
        """``alert.json`` of an estate."""
        channel = self.channel
        if look.release:
            return self.aired.release(look.release).alert(estate)
        if look.is_recorded:
            return NO_ALERT  # what was shown then is looked at as the page that it was
        with self._lock:
            heard = self.latest(channel.alert_sources, look).values()
            answers, _ = alert_answers(heard, channel.estates, look.moment, channel.settings, channel.say)
        return answers.get(estate) or answers[DISTRICT]

    def readings(self, number: str, look: Look) -> list[Reading]:
        """The sources of a page, in the order of its roles, as they were gathered. Raises NotFound."""
        page = self.channel.lineup.page(number)
        with self._lock:
            snapshots = self._snapshots(page, replace(look, drill=""))
            states = self._open().states(page.sources.values())
        found = []
        for role, ident in page.sources.items():
            source, snapshot = self.channel.sources[ident], snapshots.get(ident)
            state = states.get(ident) or SourceState(source=ident)
            found.append(Reading(role, source, snapshot, state, freshness(source, snapshot, look.moment)))
        return found

    def _snapshots(self, page: Page, look: Look) -> dict[str, Snapshot]:
        return self.latest(page.sources.values(), look) if page.sources else {}

    def latest(self, sources: Collection[str], look: Look) -> dict[str, Snapshot]:
        """What these sources say by now, the rehearsed warning among it and what somebody writes; of a release, what
        they had said by then."""
        then = look.moment if look.is_recorded else None
        if look.release:
            then = self.aired.release(look.release).published
        found = self._open().latest_all(sources, then, corrected=None if then else look.moment)
        if self._edited is not None and then is None:
            found = self._edited(found, sources, look)
        alerts = self.channel.settings.alert_source
        if look.drill and alerts in sources:
            found[alerts] = rehearsed(found.get(alerts), alerts, look.drill, look.moment, self.channel.say)
        return found

    def states(self, sources: Collection[str], look: Look) -> dict[str, Freshness]:
        """How fresh each of these sources is in a look."""
        with self._lock:
            found = self.latest(sources, look)
        known = self.channel.sources
        return {name: freshness(known[name], found.get(name), look.moment) for name in sources}

    def _title(self, theme: str) -> str:
        own = self.channel.layouts
        if theme in _THEMES and not (own and (own / "themes" / f"{theme}.toml").is_file()):
            return self.channel.say(_THEMES[theme])
        try:
            return load_theme(theme, self.channel.layouts).title
        except PersonError:
            return theme  # what is wrong with it is said when it is looked at

    def _painter(self, theme: str) -> Renderer:
        """What paints in ``theme``; what pages say the channel's own renderer is asked, whatever the theme."""
        if not theme:
            return self._engine()
        if theme not in self._painters:
            settings = msgspec.structs.replace(self.channel.settings, theme=theme)
            # Pictures are named by what they are painted from: the theme is part of the declarations.
            themed = replace(self.channel, settings=settings, digest=f"{self.channel.digest} {theme}")
            self._painters[theme] = Renderer(themed, remembered=_REMEMBERED)
        return self._painters[theme]

    def _engine(self) -> Renderer:
        if self._renderer is None:
            self._renderer = Renderer(self.channel, remembered=_REMEMBERED)
        return self._renderer

    def _open(self) -> Archive:
        if self._archive is None:
            self._archive = Archive.open(self.channel.archive_url)
        return self._archive


def _dead_links(rendered: Rendered, items: Collection[str]) -> Iterator[Finding]:
    """Links to items of the page that it does not have: preflight looks for them among what was painted."""
    for document in rendered.documents:
        for target in document.targets:
            number, _, item = target.partition("#")[0].partition(".")
            if number == rendered.page and item and item not in items:
                given = {"target": repr(target)}
                yield Finding.of(DEAD, given, level="fault", page=number, screen=0, element=document.name)
