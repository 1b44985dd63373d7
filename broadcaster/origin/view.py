"""The release on air as a worker holds it in memory: path in, answer out, everything immutable once made."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from broadcaster.origin.answer import Answer, Served, policy
from broadcaster.origin.paintings import Paintings
from broadcaster.painters import PaintedFile
from channel.estates import DISTRICT
from channel.paint.output import digest
from channel.release.reading import Release

ALERT = "alert.json"
ASSETS = "assets"
_ESTATE = re.compile(r"[a-z0-9-]{1,32}")
_BEFORE = 4
"""Releases before the one on air that are looked into when nothing newer is there in time."""
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

    @cached_property
    def served(self) -> frozenset[str]:
        """The profiles, for looking one up."""
        return frozenset(self.profiles)


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
        # What the release before served and this one still does is not read again.
        self._earlier = before._answers if before is not None else {}
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
            answer = self._resolve(path)
            if answer is not None:
                self._make_room(_PATH)
                self.paths[path] = answer
        return answer

    def has(self, path: str) -> bool:
        """Whether something is served under ``path``; paints nothing. Raises StoreError."""
        profile, estate, name = self._parted(path)
        return bool(profile) and (
            name == ALERT or self._paintings.recipe(self.release, profile, estate, name) is not None
        )

    def stale(self, path: str) -> Answer | None:
        """What is answered where nothing can be had in time: what an earlier release had there. Raises StoreError."""
        profile, estate, name = self._parted(path)
        if not profile or self._paintings.recipe(self.release, profile, estate, name) is None:
            return None
        now = self.release.root.published
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
        """Profile, estate and name of a path; empty for one that no release has."""
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
        found = self._paintings.document(self.release, profile, estate, name)
        return self._answer("document", found[0], profile, found[1]) if found is not None else None

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
        if answer is not None:
            return answer
        earlier = self._earlier.get(key)
        answer = Answer(earlier.served if earlier else self._served(kind, file, profile, tag, until), self.id)
        self._keep(key, answer)
        return answer

    def _served(self, kind: str, file: PaintedFile, profile: str, tag: str, until: int) -> Served:
        is_page = kind in ("document", "stale")
        html = is_page and not file.media.startswith("image/") and file.media != "application/json"
        charset = self._terms.charsets.get(profile, "utf-8") if html else "utf-8"
        # Pages name their charset themselves; maps, answers and scripts are UTF-8.
        named = file.media.startswith("image/") or "charset=" in file.media
        return Served(
            kind=kind,
            stored=file.stored,
            packed=file.packed,
            size=file.size,
            tag=tag,
            content_type=file.media if named else f"{file.media}; charset={charset}",
            policy=policy(file.style, file.script, file.media) if html else "",
            valid_until=until,
            keep_s=self._terms.keep_s,
            location=file.location,
        )

    def _keep(self, key: tuple[str, str, int], answer: Answer) -> None:
        self._make_room(_OVERHEAD + len(answer.served.stored) + (answer.served.size if answer.served.packed else 0))
        self._answers[key] = answer

    def _make_room(self, cost: int) -> None:
        """Count so many bytes more, and forget everything when that is too much."""
        if self._used + cost > self._terms.room:
            # Begin again: one pass over the store costs less than the bookkeeping of an order on every hit.
            self.paths, self._answers, self._earlier, self._used = {}, {}, {}, 0
        self._used += cost
