"""Renders what the preview shows: the present snapshots, at any moment, apart from what is on air."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from channel import preflight
from channel.estates import DISTRICT
from channel.lineup import Page
from channel.paint.addresses import SCRIPT
from channel.paint.output import Asset, PaintedDocument, Rendered, digest
from channel.profiles import Profile
from channel.render import Renderer
from channel.settings import Channel
from channel.views.alerts import alert_answers
from feeds.archive import Archive, SourceState
from feeds.base.clock import SHANGHAI, as_utc
from feeds.base.errors import NotFound
from feeds.source import Freshness, Snapshot, Source, freshness

MOST_PAGES = 64
MOST_ASSET_BYTES = 64 << 20
"""Bytes of pictures that stay in memory; what is gone is rendered again when asked for."""

_MOMENT = re.compile(r"\d{8}T\d{6}")
_NAME = re.compile(r"(?:i/)?([1-9][0-9]{2})(?:[.-][a-z0-9.-]{1,40})?\.(?:html|json|png)")


@dataclass(frozen=True)
class Reading:
    """A source of a page: the role it plays, how it was last gathered, and what it gave, at a moment."""

    role: str
    source: Source
    snapshot: Snapshot | None
    state: SourceState
    freshness: Freshness


class Assets:
    """Assets by name, the last used ones up to a number of bytes."""

    def __init__(self, most: int = MOST_ASSET_BYTES) -> None:
        self._most = most
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def add(self, assets: Mapping[str, Asset]) -> None:
        """Keep them; the longest unused go."""
        for name, asset in assets.items():
            if name not in self._held:
                self._held[name] = asset.body
                self._bytes += len(self._held[name])
            self._held.move_to_end(name)
        while self._bytes > self._most and len(self._held) > 1:
            self._bytes -= len(self._held.popitem(last=False)[1])

    def get(self, name: str) -> bytes | None:
        """The bytes, if they are still here."""
        body = self._held.get(name)
        if body is not None:
            self._held.move_to_end(name)
        return body


class Studio:
    """One for a process; safe to share among threads, which take turns at rendering. Opens nothing until it is used."""

    def __init__(self, channel: Channel, *, assets: Assets | None = None) -> None:
        self.channel = channel
        self._lock = threading.RLock()
        self._renderer: Renderer | None = None
        self._archive: Archive | None = None
        self._pages: OrderedDict[str, Rendered] = OrderedDict()
        self._assets = assets or Assets()

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """The profiles that are served, in the order of the settings."""
        with self._lock:
            known = self._engine().profiles
        return {name: known[name] for name in self.channel.profiles if name in known}

    def page(self, number: str, estate: str, profile: str, moment: datetime) -> Rendered:
        """A page as it would go on air, with all findings of preflight. Raises NotFound and RenderError."""
        with self._lock:
            engine, page = self._engine(), self.channel.lineup.page(number)
            if profile not in self.profiles:
                raise NotFound(f"profile: found {profile!r}, which is not served")
            if estate != DISTRICT:
                self.channel.estates[estate]
            snapshots = self._snapshots(page)
            seen = "".join(f"{s.digest}{s.checked}" for s in snapshots.values())
            key = f"{number} {estate if page.scope == 'estate' else ''} {profile} {moment} {digest(seen.encode())}"
            rendered = self._pages.get(key)
            if rendered is None:
                made = engine.page(number, estate, profile, snapshots, moment)
                rendered = preflight.inspect(made, self.channel.lineup, self.channel.estates, engine.profiles[profile])
                self._pages[key] = rendered
                while len(self._pages) > MOST_PAGES:
                    self._pages.popitem(last=False)
            self._pages.move_to_end(key)
            self._assets.add(rendered.assets)
            return rendered

    def document(self, profile: str, estate: str, name: str, moment: datetime) -> PaintedDocument:
        """The document at ``/{profile}/{estate}/{name}``. Raises NotFound and RenderError."""
        if name == SCRIPT:
            with self._lock:
                script = self._engine().script(profile)
            if script is not None:
                return script
        match = _NAME.fullmatch(name)
        if match:
            for document in self.page(match[1], estate, profile, moment).documents:
                if document.name == name:
                    return document
        raise NotFound(f"document: found {name!r}, which no page has")

    def asset(self, name: str) -> bytes | None:
        """An asset of what was rendered lately."""
        with self._lock:
            return self._assets.get(name)

    def alert(self, estate: str, moment: datetime) -> bytes:
        """``alert.json`` of an estate at that moment."""
        channel = self.channel
        with self._lock:
            snapshot = self._open().latest(channel.settings.alert_source) if channel.settings.alert_source else None
            answers, _ = alert_answers(snapshot, channel.estates, moment, channel.settings)
        return answers.get(estate) or answers[DISTRICT]

    def readings(self, number: str, moment: datetime) -> list[Reading]:
        """The sources of a page, in the order of its roles. Raises NotFound."""
        page = self.channel.lineup.page(number)
        with self._lock:
            snapshots, states = self._snapshots(page), self._open().states(page.sources.values())
        found = []
        for role, ident in page.sources.items():
            source, snapshot = self.channel.sources[ident], snapshots.get(ident)
            state = states.get(ident) or SourceState(source=ident)
            found.append(Reading(role, source, snapshot, state, freshness(source, snapshot, moment)))
        return found

    def _snapshots(self, page: Page) -> dict[str, Snapshot]:
        return self._open().latest_all(page.sources.values()) if page.sources else {}

    def _engine(self) -> Renderer:
        if self._renderer is None:
            self._renderer = Renderer(self.channel)
        return self._renderer

    def _open(self) -> Archive:
        if self._archive is None:
            self._archive = Archive.open(self.channel.archive_url)
        return self._archive


def parse(moment: str) -> datetime:
    """The moment of an address, ``20261124T081200``, district time. Raises NotFound."""
    try:
        if _MOMENT.fullmatch(moment):
            found = as_utc(datetime.strptime(moment, "%Y%m%dT%H%M%S").replace(tzinfo=SHANGHAI))
            # A day's room on both sides, for views look some hours back and ahead.
            if found.year >= 1971 and found + timedelta(days=400) > found:
                return found
    except (ValueError, OverflowError):
        pass
    raise NotFound(f"moment: found {moment!r}, expected such as 20261124T081200")
