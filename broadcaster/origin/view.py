"""The release on air as a worker holds it in memory: path in, answer out, everything immutable once made."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from broadcaster.origin.answer import Answer, Served, policy, portal_policy
from broadcaster.origin.paintings import Paintings, has_expired
from broadcaster.painters import PaintedFile
from broadcaster.painters.wire import file_of
from channel.estates import DISTRICT
from channel.paint.addresses import ALERTS as WARNINGS
from channel.paint.interface import Interface
from channel.paint.output import digest
from channel.paint.portal import read_notice
from channel.profiles.terminals import ALERTS, INTERFACE, PORTAL, TERMINALS, spot_of
from channel.release.reading import Release
from channel.release.tree import unit_of
from channel.telling import warned

ALERT = "alert.json"
ASSETS = "assets"
_ESTATE = re.compile(r"[a-z0-9-]{1,32}")
_BEFORE = 4
"""Releases before the one on air that are looked into when nothing newer is there in time."""
_MOST_STALE = 8192
_OVERHEAD = 2048
"""Bytes that an answer takes beside what it serves: its header fields in four forms."""
_PATH = 256
"""Bytes that a path takes by which an answer is found."""


@dataclass(frozen=True)
class Terms:
    """What serving needs beside the release: charsets by profile, the profiles that are served, known estates, the
    longest an edge may keep a document (seconds), and the bytes of memory for answers."""

    charsets: Mapping[str, str]
    profiles: tuple[str, ...]
    estates: Collection[str]
    keep_s: int = 10
    room: int = 192 << 20
    interface: Interface | None = None
    """What writes the alerts in force for programs: they wait for no painter."""

    @cached_property
    def served(self) -> frozenset[str]:
        """The profiles, for looking one up."""
        return frozenset(self.profiles)


class Older(NamedTuple):
    """What a release served. It knows nothing of the view that served it, or each view would keep all before it."""

    release: str
    served: Served


def _warning(release: Release, estate: str) -> tuple[bytes, bytes]:
    """What is told of the alert in force in an estate."""
    told = warned(release, estate)
    return release.alert(estate), told.content if told else b""


def _as_before(older: Older, now: float) -> Answer | None:
    """What an earlier release served as it is shown for want of a newer, unless it had expired by ``now`` (unix
    seconds)."""
    served = older.served
    return None if has_expired(served.valid_until, now) else Answer(replace(served, kind="stale"), older.release)


class ServedRelease:
    """One release. Answers are made when first asked for and shared by every path that serves the same bytes."""

    def __init__(
        self, release: Release, terms: Terms, paintings: Paintings, before: ServedRelease | None = None
    ) -> None:
        self.id = release.id
        self.release = release
        self._terms = terms
        self._paintings = paintings
        self.coming = not release.has_pages
        """Whether the channel is still on its way: alerts are on air, and no page yet."""
        self.paths: dict[str, Answer] = {}
        """What was asked for so far, by path."""
        self._answers: dict[tuple[str, str, int], Answer] = {}
        self._used = 0
        self._older, self._older_used = before._handed_on() if before is not None else ({}, 0)
        self._stale: dict[str, Answer | None] = {}
        self.before: tuple[Release, ...] = (before.release, *before.before)[:_BEFORE] if before is not None else ()
        """The releases that were on air before, the newest first."""

    @property
    def offered(self) -> tuple[str, ...]:
        """Every profile that boxes may have."""
        return self._terms.profiles

    def find(self, path: str) -> Answer | None:
        """What is served under ``path``; None when this release has nothing there. Raises StoreError."""
        answer = self.paths.get(path)
        if answer is None:
            answer = self._unchanged(path) or self._resolve(path)
            if answer is not None:
                self._make_room(_PATH)
                self.paths[path] = answer
        return answer

    def _unchanged(self, path: str) -> Answer | None:
        """What was answered before, if nothing that it was painted from is another now: a minute's tick changes three
        pages, and all others need not be looked for again."""
        older = self._older.get(path)
        if older is None:
            return None
        if older.release == self.id:
            return self._kept(older.served)
        profile, estate, name = self._parted(path)
        unit = unit_of(name)
        root, before = self.release.root, self.before[0].root
        if older.release != before.id or unit is None:
            return None
        if profile in TERMINALS and _warning(self.release, estate) != _warning(self.before[0], estate):
            return None
        if (root.declared, root.units, root.map_of(unit[0])) != (before.declared, before.units, before.map_of(unit[0])):
            return None
        return self._kept(older.served)

    def is_bitmap(self, profile: str) -> bool:
        """Whether boxes of a family show pictures and walk navigation maps."""
        return self._paintings.profiles[profile].kind == "bitmap"

    def has(self, path: str) -> bool:
        """Whether something is served under ``path``; paints nothing. Raises StoreError."""
        profile, estate, name = self._parted(path)
        return bool(profile) and (
            name == ALERT or self._paintings.recipe(self.release, profile, estate, name) is not None
        )

    def stale(self, path: str) -> Answer | None:
        """What is answered where nothing can be had in time: what an earlier release had there. Raises StoreError."""
        if path not in self._stale:
            if len(self._stale) >= _MOST_STALE:
                self._stale.clear()
            self._stale[path] = self._found_stale(path)
        return self._stale[path]

    def _found_stale(self, path: str) -> Answer | None:
        profile, estate, name = self._parted(path)
        here = self._paintings.recipe(self.release, profile, estate, name) if profile else None
        if here is None:
            return None
        now = self.release.root.published
        older = self._older.get(path)
        if older is not None and self.before and older.release == self.before[0].id and not here.warning:
            return _as_before(older, now)
        found = self._paintings.earlier(self.before, profile, estate, name, now)
        if found is None:
            return None
        return Answer(self._served("stale", found.file, profile, digest(found.file.stored), 0), found.release)

    def owns(self, path: str) -> bool:
        """Whether ``path`` is one that only releases answer for."""
        first = path[1:].partition("/")[0]
        return first == ASSETS or first in self._terms.charsets

    def charset(self, path: str) -> str:
        """The charset of the profile that ``path`` begins with, else UTF-8."""
        return self._terms.charsets.get(path[1:].partition("/")[0], "utf-8")

    def _parted(self, path: str) -> tuple[str, str, str]:
        """Profile (or terminal), estate and name of a path; empty for one that no release has."""
        spot = spot_of(path)
        if spot is not None:
            estate = spot.estate or DISTRICT
            return (spot.terminal, estate, spot.name) if self._known(estate) else ("", "", "")
        profile, _, rest = path[1:].partition("/")
        estate, _, name = rest.partition("/")
        if profile not in self._terms.served or not _ESTATE.fullmatch(estate) or not self._known(estate):
            return "", "", ""
        return profile, estate, name

    def _resolve(self, path: str) -> Answer | None:
        if path.startswith(f"/{ASSETS}/"):
            return self._asset(path[len(ASSETS) + 2 :])
        profile, estate, name = self._parted(path)
        if not profile:
            return None
        if name == ALERT:
            body = self.release.alert(estate)
            return self._answer("alert", PaintedFile("application/json", body, size=len(body)), profile)
        if profile == INTERFACE and name.startswith(f"{ALERTS}."):
            return self._alerts(estate, name.partition(".")[2])
        found = self._paintings.document(self.release, profile, estate, name)
        return self._answer("document", found[0], profile, found[1]) if found is not None else None

    def _alerts(self, estate: str, form: str) -> Answer | None:
        """The alerts in force in an estate as the open interface says them."""
        if self._terms.interface is None:
            return None
        entry = self.release.said(WARNINGS, estate)
        content = self.release.content(WARNINGS, entry.content, entry.until, items=False) if entry else None
        document = self._terms.interface.alerts(estate, read_notice(self.release.alert(estate)), content, form)
        return self._answer("alert", file_of(document), INTERFACE)

    def _known(self, estate: str) -> bool:
        return estate == DISTRICT or estate in self._terms.estates

    def _asset(self, name: str) -> Answer | None:
        found = self._paintings.picture(self.release, name)
        if found is None:
            return None
        media, data = found
        return self._answer("asset", PaintedFile(media, data, size=len(data)), ASSETS)

    def _answer(self, kind: str, file: PaintedFile, profile: str, until: int = 0) -> Answer:
        tag = digest(file.stored + file.location.encode())
        key = (f"{kind} {profile} {','.join((*file.style, *file.script))}", tag, until)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._kept(self._served(kind, file, profile, tag, until))
        return answer

    def _served(self, kind: str, file: PaintedFile, profile: str, tag: str, until: int) -> Served:
        is_page = kind in ("document", "stale")
        html = is_page and not file.media.startswith("image/") and file.media != "application/json"
        charset = self._terms.charsets.get(profile, "utf-8") if html else "utf-8"
        allowed = portal_policy(file.style) if profile == PORTAL else policy(file.style, file.script, file.media)
        # Pages name their charset themselves; maps, answers and scripts are UTF-8.
        named = file.media.startswith("image/") or "charset=" in file.media
        return Served(
            kind=kind,
            stored=file.stored,
            packed=file.packed,
            size=file.size,
            tag=tag,
            content_type=file.media if named else f"{file.media}; charset={charset}",
            policy=allowed if html else "",
            valid_until=until,
            keep_s=self._terms.keep_s,
            location=file.location,
            is_open=profile == INTERFACE,
        )

    def _kept(self, served: Served) -> Answer:
        """An answer of this release, its bytes counted."""
        self._make_room(_OVERHEAD + len(served.stored))
        return Answer(served, self.id, self._make_room)

    def _make_room(self, cost: int) -> None:
        """Count so many bytes more. The answers of half the room are put aside when they are too many, where those that
        are asked for again are found, and those that were there before are forgotten: no hit pays for an order."""
        if self._used + cost > self._terms.room // 2:
            self._older, self._older_used = self._put_aside(self.paths), self._used
            self.paths, self._answers, self._used = {}, {}, 0
        self._used += cost

    def _put_aside(self, paths: Mapping[str, Answer]) -> dict[str, Older]:
        return {path: Older(self.id, answer.served) for path, answer in paths.items()}

    def _handed_on(self) -> tuple[dict[str, Older], int]:
        """What the next release may find unchanged, of half the room at most, and its bytes. Copied at a stroke: the
        loop goes on answering meanwhile."""
        paths, both = self._put_aside(dict(self.paths)), self._used + self._older_used
        # What was put aside while this release was on air; what is of those before is of no use to the next.
        mine = {path: older for path, older in self._older.items() if older.release == self.id}
        return ({**mine, **paths}, both) if mine and both <= self._terms.room // 2 else (paths, self._used)
