"""A channel's folder: its settings, and everything else that people write, loaded and checked at once."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import pkgutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import tomlkit.exceptions
from babel.numbers import list_currencies

from channel import overlay as overlays
from channel.estates import Estates, load_estates
from channel.lineup import Further, Lineup, Names, read_lineup
from channel.overlay import Change, Misfit, Overlay
from channel.profiles import Profile, load_profiles
from channel.simulated import SIMULATOR_ORIGIN, SIMULATOR_VARIABLE
from channel.words import Manner, Say, cannot_be_set, languages
from feeds.base import toml
from feeds.base.clock import zone_names
from feeds.base.errors import Mistake, Mistakes, PersonError, StoreError
from feeds.datasets import DatasetStore
from feeds.formats import format_names
from feeds.source import Duration, Source, read_sources

_LOG = logging.getLogger(__name__)
T = TypeVar("T")
UNKNOWN = "web-hd"
"""The family of boxes that nobody knows."""
_VIEWS = "channel.views"
_NO_VIEWS = frozenset({"base", "content", "down", "words"})
_TABLES = ("channel.toml", "sources.toml", "lineup.toml")
_FILES = ("channel.toml", "sources.toml", "lineup.toml", "estates.csv")


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Render(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[render]``: who paints what bundles and trees of files carry. ``executor`` is ``processes``, ``serial`` or the
    address of an engine (``dask://HOST:PORT``); ``workers`` 0 means one a core."""

    executor: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^(processes|serial|[a-z]+://[^\s/]+)$", description="processes, serial or dask://HOST:PORT"
        ),
    ] = "processes"
    workers: Annotated[int, msgspec.Meta(ge=0, le=512)] = 0


class Origin(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[origin]``: where boxes are answered. ``max_age`` is how long an edge may keep a document; ``bundles`` is how
    many releases the operator can pull."""

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8180
    threads: Annotated[int, msgspec.Meta(ge=1, le=256)] = 4
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    max_age: Duration = "10s"
    default_profile: str = ""
    """The profile of a box that matches none; empty: what the profiles' own rules say."""
    bundles: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 5


class Bundle(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[bundle]``: what the operator's bundles carry. Without ``profiles`` they carry every family of boxes that is
    served, without ``towns`` every estate; estates that are left out see the district's pages."""

    profiles: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()


class Retention(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[retention]``: how many releases are kept to roll back to, and how long the record of what was on air and old
    snapshots are. Pictures of releases that are gone stay a day, whatever stands here."""

    releases: Annotated[int, msgspec.Meta(ge=2, le=100_000)] = 20
    asrun: Duration = "90d"
    snapshots: Duration = "30d"


_ADDRESS = msgspec.Meta(
    pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])\S+$", description="an https:// address"
)


class OpenId(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[desk.openid]``: a login server of the town hall's own (OpenID Connect), which names who logs in. ``address``
    is where it sends browsers back to, as it was told: the desk's own, ending in ``/openid/back``. Its ``claim`` is
    the name that a person has at the desk."""

    issuer: Annotated[str, _ADDRESS]
    client_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    address: Annotated[str, _ADDRESS]
    claim: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] = "preferred_username"


class Desk(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[desk]``: who lets words go on air. With ``alone`` whoever wrote a text may approve it as well, which is an
    office of one person; the record and the desk say so each time."""

    alone: bool = False
    openid: OpenId | None = None


class Portal(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[portal]``: ``url`` is where phones find the origin, as QR codes and feeds say it; empty: there are no codes,
    and feeds say addresses without a host."""

    url: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^(https?://[A-Za-z0-9.-]{1,100}(:[0-9]{1,5})?)?$", description="https://HOST, without a path"
        ),
    ] = ""


class Settings(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``channel.toml``."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    district: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    language: str = "zh_Hans"
    """The language of the screens: one of those that ``channel/words/`` has a catalogue of."""
    timezone: str = "Asia/Shanghai"
    """The zone of the channel's clock, by its name in the IANA database."""
    clock: Literal["24h", "12h"] = "24h"
    """How times of day are written."""
    units: Literal["metric", "imperial"] = "metric"
    """Kilometres and degrees Celsius, or miles and degrees Fahrenheit; feeds always give the first."""
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", description="a code of ISO 4217 such as EUR")] = "CNY"
    """That of prices whose feed names none."""
    week_starts: Literal["monday", "saturday", "sunday"] = "monday"
    """The day with which a week begins on a calendar."""
    area_code: Annotated[str, msgspec.Meta(pattern="^[0-9]{0,12}$", description="at most 12 digits")] = ""
    """The district's administrative code; its estates' codes begin with it."""
    profiles: tuple[str, ...] = ()
    """The families of boxes that are served; empty: all that there are."""
    theme: str = "night"
    alert_source: str = ""
    """The source of public warnings; empty: this channel carries none."""
    drills: bool = False
    """Whether exercises and tests (CAP ``status``) reach boxes."""
    archive: str = ""
    """Database URL of the snapshots; empty: SQLite in the state folder."""
    layouts: str = ""
    """A folder of further layouts beside ``channel.toml``; one of a built-in's name takes its place."""
    log: Literal["console", "json"] = "console"
    render: Render = Render()
    bundle: Bundle = Bundle()
    origin: Origin = Origin()
    portal: Portal = Portal()
    retention: Retention = Retention()
    desk: Desk = Desk()


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
        return self.settings.profiles or _every(profile_names(self.folder))

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
            "channel.toml", tables, lambda notes, data: _settings(notes, data, folder, names, towns)
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


def view_names() -> frozenset[str]:
    """The names that ``view`` may have in ``lineup.toml``: the modules of ``channel.views``, none of them imported.

    Views stand above settings, so their package is looked at, not loaded.
    """
    spec = importlib.util.find_spec(_VIEWS)
    paths = spec.submodule_search_locations if spec else None
    names = {module.name for module in pkgutil.iter_modules(paths)}
    return frozenset(name for name in names - _NO_VIEWS if not name.startswith("_"))


def layout_names(folder: Path, layouts: str) -> frozenset[str]:
    """The names that ``layout`` may have: the templates that come with the channel, and those of its own folder."""
    names = {Path(entry.name).stem for entry in files("channel.layouts").iterdir() if entry.name.endswith(".xml")}
    if layouts:
        names |= {path.stem for path in (folder / layouts).glob("*.xml")}
    return frozenset(name for name in names if not name.startswith("_"))


def icon_names(folder: Path, layouts: str) -> frozenset[str]:
    """The names that ``icon`` may have: those that come with the channel, and those of its own folder."""
    house = (files("channel.layouts") / "icons").iterdir()
    names = {Path(entry.name).stem for entry in house if entry.name.endswith(".svg")}
    if layouts:
        names |= {path.stem for path in (folder / layouts / "icons").glob("*.svg")}
    return frozenset(names)


def theme_names(folder: Path, layouts: str) -> frozenset[str]:
    """The names that ``theme`` may have: those that come with the channel, and those of its own folder."""
    house = (files("channel.layouts") / "themes").iterdir()
    names = {Path(entry.name).stem for entry in house if entry.name.endswith(".toml")}
    if layouts:
        names |= {path.stem for path in (folder / layouts / "themes").glob("*.toml")}
    return frozenset(names)


def profile_names(folder: Path) -> frozenset[str]:
    """The profiles that come with the channel, and those of ``folder/profiles``."""
    names = {Path(entry.name).stem for entry in files("channel.profiles").iterdir() if entry.name.endswith(".toml")}
    names |= {path.stem for path in (folder / "profiles").glob("*.toml")}
    return frozenset(names)


def _every(names: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (name != UNKNOWN, name)))


def every_family(channel: Channel) -> dict[str, Profile]:
    """Every family of boxes that there is: ours, and those of the channel's own folder. Raises Mistakes."""
    own = channel.folder / "profiles"
    return load_profiles(folder=own if own.is_dir() else None)


def _source_names(data: Mapping[str, Any] | None) -> frozenset[str] | None:
    """The sources that a file declares, soundly or not: what names a bad one is not wrong too; None: not known."""
    tables = data.get("source", {}) if data is not None else None
    return frozenset(tables) if isinstance(tables, dict) else None


def _settings(
    notes: toml.Notes,
    data: dict[str, Any],
    folder: Path,
    sources: frozenset[str] | None,
    towns: frozenset[str] | None,
) -> Settings:
    """What ``channel.toml`` says as far as it is sound; ``sources`` and ``towns`` are None when nobody can say which
    there are."""
    settings = notes.part(data, Settings)
    for number, town in enumerate(settings.bundle.towns if towns is not None else ()):
        if town not in (towns or ()):
            notes.unknown(f"bundle.towns[{number}]", town, towns or (), "a town of estates.csv")
    _check_profiles(notes, folder, settings)
    if settings.alert_source and sources is not None and settings.alert_source not in sources:
        notes.unknown("alert_source", settings.alert_source, sources, "a source of sources.toml")
    if settings.layouts and not (folder / settings.layouts).is_dir():
        notes.add("layouts", f"found {settings.layouts!r}, expected a folder beside this file")
    reason = cannot_be_set(settings.language)
    if reason:
        notes.add("language", f"found {settings.language!r}, which cannot be set: {reason}")
    elif settings.language not in languages():
        notes.unknown("language", settings.language, languages(), f"one of: {', '.join(languages())}")
    if settings.timezone not in zone_names():
        notes.unknown("timezone", settings.timezone, zone_names(), "a zone of the IANA database such as Europe/Dublin")
    if settings.currency not in list_currencies():
        notes.unknown("currency", settings.currency, list_currencies(), "a currency's code of ISO 4217 such as EUR")
    themes = theme_names(folder, settings.layouts)
    if settings.theme not in themes:
        notes.unknown("theme", settings.theme, themes, f"one of: {', '.join(sorted(themes))}")
    return settings


def _check_profiles(notes: toml.Notes, folder: Path, settings: Settings) -> None:
    known = profile_names(folder)
    served = settings.profiles or _every(known)
    # What is misspelt among them is one mistake, not two.
    among_all = served if known.issuperset(served) else tuple(known)
    lists = (("profiles", settings.profiles, known), ("bundle.profiles", settings.bundle.profiles, among_all))
    for key, names, among in lists:
        for number, name in enumerate(names):
            if name not in among:
                notes.unknown(f"{key}[{number}]", name, among, f"one of: {', '.join(sorted(among))}")
        if len(set(names)) < len(names):
            notes.add(key, f"found {', '.join(names)}, expected each name once")
    default = settings.origin.default_profile
    if default and default not in served:
        notes.unknown("origin.default_profile", default, served, f"one of: {', '.join(served)}")


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
