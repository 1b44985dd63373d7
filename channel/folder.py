"""A channel's folder: its settings, and everything else that people write, loaded and checked at once."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomlkit.exceptions

from channel import overlay as overlays
from channel.estates import Estates, load_estates
from channel.lineup import Further, Lineup, Names, read_lineup
from channel.offered import icon_names, layout_names, profile_names, view_names
from channel.overlay import Change, Misfit, Overlay
from channel.profiles import Profile, load_profiles
from channel.settings import Settings, every, read_settings
from channel.simulated import SIMULATOR_ORIGIN, SIMULATOR_VARIABLE
from channel.words import Manner, Say
from feeds.base import toml
from feeds.base.errors import Mistake, Mistakes, PersonError, StoreError
from feeds.datasets import DatasetStore
from feeds.formats import format_names
from feeds.source import Source, read_sources

_LOG = logging.getLogger(__name__)
T = TypeVar("T")
_TABLES = ("channel.toml", "sources.toml", "lineup.toml")
_FILES = ("channel.toml", "sources.toml", "lineup.toml", "estates.csv")


@dataclass(frozen=True)
class Channel:
    """A channel as its folder declares it; nothing in it changes after loading."""

    folder: Path
    state: Path
    settings: Settings
    sources: Mapping[str, Source]
    estates: Estates
    lineup: Lineup
    digest: str
    """BLAKE2b-128 of the folder's files (``channel.toml``, ``sources.toml``, ``lineup.toml``, ``estates.csv`` and the
    folder's own layouts): equal digests mean equal declarations."""
    overlay: Overlay = overlays.NONE
    """What editors change in them; of that, ``misfits`` is left out: what cannot be said of these files any more."""
    misfits: tuple[Misfit, ...] = ()
    overlaid: Mapping[str, str] = field(default_factory=dict)
    """The files in which editors changed something, as they are then."""

    @classmethod
    def open(
        cls,
        folder: Path,
        state: Path | None = None,
        further: Further | None = None,
        overlay: Overlay | None = None,
    ) -> Channel:
        """The channel of ``folder``; ``state`` is ``folder/var`` unless given, ``overlay`` that of ``state``.

        Raises Mistakes: everything that is wrong in any of its files. ``further`` adds what views hold against the
        line-up. Neither folder is written to.
        """
        survey = Survey.of(folder, state, further, overlay)
        if survey.found:
            raise Mistakes(survey.found)
        return survey.channel

    @cached_property
    def say(self) -> Say:
        """The words of the channel, in its language and on its clock."""
        own = self.settings
        imperial = own.units == "imperial"
        first = {"monday": 0, "saturday": 5, "sunday": 6}[own.week_starts]
        return Say(own.language, own.timezone, Manner(own.clock == "12h", imperial, imperial, first, own.currency))

    @cached_property
    def profiles(self) -> tuple[str, ...]:
        """The families of boxes that are served; where the settings name none, that of unknown boxes comes first."""
        return self.settings.profiles or every(profile_names(self.folder))

    @cached_property
    def bundled(self) -> tuple[str, ...]:
        """The families of boxes that bundles carry, the first of them the one for whoever matches none."""
        return self.settings.bundle.profiles or self.profiles

    @cached_property
    def bundled_estates(self) -> tuple[str, ...]:
        """The estates whose own pages bundles carry."""
        towns = self.settings.bundle.towns
        return tuple(e.id for e in self.estates.values() if not towns or e.town in towns)

    @cached_property
    def alert_sources(self) -> tuple[str, ...]:
        """The sources of warnings: the public's, and the desk's own."""
        own = (source.id for source in self.sources.values() if source.is_desk and source.record == "alert")
        return tuple(dict.fromkeys(filter(None, (self.settings.alert_source, *own))))

    @cached_property
    def archive_url(self) -> str:
        """The SQLAlchemy URL of the snapshots' database."""
        return self.settings.archive or f"sqlite:///{self.state / 'archive.sqlite'}"

    @property
    def datasets_folder(self) -> Path:
        """Where datasets lie; with the default archive that is beside its file."""
        return self.state / "datasets"

    @cached_property
    def datasets(self) -> DatasetStore:
        """Opens the datasets that snapshots name (``Snapshot.dataset``)."""
        return DatasetStore(self.datasets_folder)

    @property
    def layouts(self) -> Path | None:
        """The folder of the channel's own layouts, if it has one."""
        return self.folder / self.settings.layouts if self.settings.layouts else None


@dataclass(frozen=True)
class Survey:
    """A channel as far as its files can be read, and everything that is wrong in them."""

    channel: Channel
    found: tuple[Mistake, ...]
    unread: frozenset[str]
    """The names of files of which nothing could be read, and the keys of channel.toml that could not be."""

    @classmethod
    def of(
        cls,
        folder: Path,
        state: Path | None = None,
        further: Further | None = None,
        overlay: Overlay | None = None,
    ) -> Survey:
        """As ``Channel.open``; a mistake in one place hides none in another. Raises PersonError for what is wrong in
        the environment."""
        folder = folder.absolute()
        state = (state or folder / "var").absolute()
        reading = _Reading(folder)
        tables = {name: reading.attempt(partial(toml.read, folder / name), name) for name in _TABLES}
        names = _source_names(tables["sources.toml"])
        estates = reading.attempt(partial(load_estates, folder / "estates.csv"), "estates.csv")
        towns = None if estates is None else frozenset(estate.town for estate in estates.values())
        settings = reading.part(
            "channel.toml", tables, lambda notes, data: read_settings(notes, data, folder, names, towns)
        )  # fmt: skip
        settings = settings or Settings(title="?", district="?")
        sources = reading.part("sources.toml", tables, lambda notes, data: read_sources(notes, data, format_names()))
        known = Names(
            sources=names,
            views=view_names(),
            layouts=layout_names(folder, settings.layouts),
            icons=icon_names(folder, settings.layouts),
        )
        lineup = reading.part("lineup.toml", tables, lambda notes, data: read_lineup(notes, data, known, further))
        if any((folder / "profiles").glob("*.toml")):
            reading.attempt(partial(load_profiles, folder=folder / "profiles"), "profiles")
        channel = Channel(
            folder=folder,
            state=state,
            settings=settings,
            sources=_placed(_moved(sources or {}), settings),
            estates=estates or Estates(()),
            lineup=lineup or Lineup({}),
            digest="" if reading.found else _digest(folder, settings),
        )
        if not reading.found:
            channel = _overlaid(channel, _overlay_of(state) if overlay is None else overlay, known, further)
        return cls(channel, tuple(reading.found), frozenset(reading.unread))


def _overlay_of(state: Path) -> Overlay:
    """The overlay of a state folder. One that cannot be read is none: the desk, of whose texts it is made, writes it
    anew, and until then the files hold."""
    try:
        return overlays.read(state)
    except StoreError as error:
        _LOG.error("what editors change in the files is left out", extra={"error": str(error)})
        return overlays.NONE


def _overlaid(channel: Channel, overlay: Overlay, known: Names, further: Further | None) -> Channel:
    """The channel with what editors change in its files. What does not fit them any more, for they are others now,
    is left out, and the rest holds: an editor's word takes no channel off air."""
    if not overlay.changes:
        return channel
    try:
        return _with(channel, overlay.changes, known, further)
    except (Mistakes, tomlkit.exceptions.TOMLKitError):
        held: list[Change] = []
        for change in overlay.changes:
            try:
                channel = _with(channel, (*held, change), known, further)
                held.append(change)
            except (Mistakes, tomlkit.exceptions.TOMLKitError) as error:
                found = error.found if isinstance(error, Mistakes) else ()
                why = "; ".join(f"{one.key}: {one.sentence}" for one in found) or str(error)
                channel = replace(channel, misfits=(*channel.misfits, Misfit(change, why)))
        return replace(channel, overlay=overlay)


def _with(channel: Channel, changes: Collection[Change], known: Names, further: Further | None) -> Channel:
    """The channel with these changes. Raises Mistakes, TOMLKitError."""
    overlay, folder = Overlay(tuple(changes)), channel.folder
    overlaid = {
        name: overlays.applied((folder / name).read_text(encoding="utf-8-sig"), mine)
        for name in overlays.FILES.values()
        if (mine := overlay.of(name))
    }
    sources, lineup = channel.sources, channel.lineup
    if "sources.toml" in overlaid:
        notes = toml.Notes(folder / "sources.toml")
        sources = read_sources(notes, overlays.tables_of(overlaid["sources.toml"]), format_names())
        notes.done()
        known = replace(known, sources=frozenset(sources))
    if "lineup.toml" in overlaid or "sources.toml" in overlaid:
        notes = toml.Notes(folder / "lineup.toml")
        text = overlaid.get("lineup.toml") or (folder / "lineup.toml").read_text(encoding="utf-8-sig")
        lineup = read_lineup(notes, overlays.tables_of(text), known, further)
        notes.done()
    return replace(
        channel,
        sources=sources if sources is channel.sources else _placed(_moved(sources), channel.settings),
        lineup=lineup,
        digest=_digest(folder, channel.settings, overlaid),
        overlay=overlay,
        overlaid=overlaid,
    )


class _Reading:
    """The files of a folder on their way to a channel: a bad one does not hide the mistakes of the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: list[Mistake] = []
        self.unread: set[str] = set()

    def attempt(self, make: Callable[[], T], name: str) -> T | None:
        """What ``make`` gives, or None, its mistakes kept."""
        try:
            return make()
        except Mistakes as error:
            self.found.extend(error.found)
            self.unread.add(name)
            return None

    def part(
        self, name: str, tables: Mapping[str, dict[str, Any] | None], make: Callable[[toml.Notes, dict[str, Any]], T]
    ) -> T | None:
        """What ``make`` reads out of a file's tables; None when the file is not TOML."""
        data = tables[name]
        if data is None:
            return None
        notes = toml.Notes(self.folder / name)
        value = make(notes, data)
        self.found.extend(notes.found)
        if name == "channel.toml":
            self.unread |= notes.unread
        return value


def every_family(channel: Channel) -> dict[str, Profile]:
    """Every family of boxes that there is: ours, and those of the channel's own folder. Raises Mistakes."""
    own = channel.folder / "profiles"
    return load_profiles(folder=own if own.is_dir() else None)


def _source_names(data: Mapping[str, Any] | None) -> frozenset[str] | None:
    """The sources that a file declares, soundly or not: what names a bad one is not wrong too; None: not known."""
    tables = data.get("source", {}) if data is not None else None
    return frozenset(tables) if isinstance(tables, dict) else None


def _moved(sources: Mapping[str, Source]) -> dict[str, Source]:
    """The sources, with the simulator's origin replaced by that of the environment."""
    origin = os.environ.get(SIMULATOR_VARIABLE, "").rstrip("/")
    if not origin:
        return dict(sources)
    if not origin.startswith(("http://", "https://")):
        raise PersonError(f"environment: {SIMULATOR_VARIABLE}: found {origin!r}, expected http://HOST:PORT")
    return {ident: _at(source, origin) for ident, source in sources.items()}


def _placed(sources: Mapping[str, Source], settings: Settings) -> dict[str, Source]:
    """The sources, those that name no zone on the channel's clock, and those that name no language in its language."""
    language = settings.language.replace("_", "-")
    return {
        ident: msgspec.structs.replace(
            source, zone=source.zone or settings.timezone, language=source.language or language
        )
        for ident, source in sources.items()
    }


def _at(source: Source, origin: str) -> Source:
    rest = source.url.removeprefix(SIMULATOR_ORIGIN)
    if rest == source.url or rest[:1] not in ("", "/", "?"):
        return source
    return msgspec.structs.replace(source, url=origin + rest)


def _digest(folder: Path, settings: Settings, overlaid: Mapping[str, str] | None = None) -> str:
    paths = [folder / name for name in _FILES]
    if settings.layouts:
        paths += sorted(path for path in (folder / settings.layouts).rglob("*") if path.is_file())
    paths += sorted((folder / "profiles").glob("*.toml"))
    state = hashlib.blake2b(digest_size=16)
    for path in paths:
        text = (overlaid or {}).get(path.name) if path.parent == folder else None
        body = path.read_bytes() if text is None else text.encode()
        state.update(f"{path.relative_to(folder).as_posix()} {len(body)}\n".encode())
        state.update(body)
    return state.hexdigest()
