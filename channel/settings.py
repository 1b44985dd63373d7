"""``channel.toml``: what it may say, and what is wrong in one."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from babel.numbers import list_currencies

from channel.offered import profile_names, theme_names
from channel.words import cannot_be_set, languages
from feeds.base import toml
from feeds.base.clock import zone_names
from feeds.source import Duration

UNKNOWN = "web-hd"
"""The family of boxes that nobody knows."""


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


def read_settings(
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
    served = settings.profiles or every(known)
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


def every(names: Collection[str]) -> tuple[str, ...]:
    """All of these families, that of unknown boxes first."""
    return tuple(sorted(names, key=lambda name: (name != UNKNOWN, name)))
