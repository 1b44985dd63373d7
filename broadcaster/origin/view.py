"""The release on air as a worker holds it in memory: path in, answer out, everything immutable once made."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from broadcaster.origin.answer import Answer, Served, policy
from broadcaster.origin.unpainted import NotPainted, Unpainted
from channel.estates import DISTRICT
from channel.paint.output import digest
from channel.release.artefact import Artefact
from channel.release.reading import Release

ALERT = "alert.json"
ASSETS = "assets"
_ASSET = re.compile(r"[0-9a-f]{32}\.[a-z]{2,5}")
_ESTATE = re.compile(r"[a-z0-9-]{1,32}")
_OVERHEAD = 2048
"""Bytes that an answer takes beside what it serves: its header fields in four forms."""
_PATH = 256
"""Bytes that a path takes by which an answer is found."""


class Store(Protocol):
    """What is asked of the store: bytes and assets, verified. Both raise StoreError for damage."""

    def encoded(self, artefact: Artefact) -> bytes:
        """The stored bytes of an artefact."""

    def asset(self, name: str) -> Artefact | None:
        """The artefact under ``/assets/{name}``, of this release or one of the last day."""


@dataclass(frozen=True)
class Terms:
    """What serving needs beside the release: charsets by profile, known estates, the longest an edge may keep a
    document (seconds), and the bytes of memory for answers."""

    charsets: Mapping[str, str]
    estates: Collection[str]
    keep_s: int = 10
    room: int = 192 << 20


class ServedRelease:
    """One release. Answers are made when first asked for and shared by every path that serves the same bytes."""

    def __init__(
        self,
        release: Release,
        store: Store,
        terms: Terms,
        before: ServedRelease | None = None,
        unpainted: Unpainted | None = None,
    ) -> None:
        self.id = release.id
        self.release = release
        self._store = store
        self._terms = terms
        self._profiles = frozenset(release.profiles)
        self._unpainted = unpainted
        self.coming = not release.has_pages
        """Whether the channel is still on its way: alerts are on air, and no page yet."""
        self.paths: dict[str, Answer] = {}
        """What was asked for so far, by path."""
        self._answers: dict[tuple[str, str, int], Answer] = {}
        self._used = 0
        # What the release before served and this one still does is not read again.
        self._earlier = before._answers if before is not None else {}

    @property
    def offered(self) -> tuple[str, ...]:
        """Every profile that boxes may have: those that were painted ahead, and those that are when somebody looks."""
        return tuple(sorted({*self._profiles, *(self._unpainted.offered if self._unpainted else ())}))

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
        try:
            return self.find(path) is not None
        except NotPainted:
            return True

    def owns(self, path: str) -> bool:
        """Whether ``path`` is one that only releases answer for."""
        first = path[1:].partition("/")[0]
        return first == ASSETS or first in self._profiles or first in self._terms.charsets

    def charset(self, path: str) -> str:
        """The charset of the profile that ``path`` begins with, else UTF-8."""
        return self._terms.charsets.get(path[1:].partition("/")[0], "utf-8")

    def _resolve(self, path: str) -> Answer | None:
        profile, _, rest = path[1:].partition("/")
        if profile == ASSETS:
            return self._asset(rest) if _ASSET.fullmatch(rest) else None
        estate, _, name = rest.partition("/")
        if not self._is_profile(profile) or not _ESTATE.fullmatch(estate) or not self._known(estate):
            return None
        if name == ALERT:
            body = self.release.alert(estate)
            return self._answer("alert", Artefact("application/json", "", (), len(body), len(body)), profile, body)
        if profile not in self._profiles:
            return self._painted(profile, estate, name)
        artefact = self.release.entry(profile, estate, name)
        return self._answer("document", artefact, profile) if artefact is not None else None

    def _painted(self, profile: str, estate: str, name: str) -> Answer | None:
        """What is painted when somebody looks. Raises NotPainted when it is not there yet."""
        assert self._unpainted is not None
        file = self._unpainted.document(self.release, profile, estate, name)
        return None if file is None else self._answer("document", file.artefact, profile, file.stored)

    def _is_profile(self, name: str) -> bool:
        return name in self._profiles or (self._unpainted is not None and name in self._unpainted.profiles)

    def _known(self, estate: str) -> bool:
        return estate == DISTRICT or estate in self._terms.estates

    def _asset(self, name: str) -> Answer | None:
        artefact = self._store.asset(name)
        if artefact is not None:
            return self._answer("asset", artefact, ASSETS)
        found = self._unpainted.picture(name) if self._unpainted else None
        if found is None:
            return None
        media, data = found
        return self._answer("asset", Artefact(media, "", (), len(data), len(data)), ASSETS, data)

    def _answer(self, kind: str, artefact: Artefact, profile: str, body: bytes | None = None) -> Answer:
        tag = digest(body) if body is not None else artefact.etag
        key = (f"{kind} {profile} {','.join((*artefact.style, *artefact.script))}", tag, artefact.valid_until)
        answer = self._answers.get(key)
        if answer is not None:
            return answer
        earlier = self._earlier.get(key)
        served = earlier.served if earlier is not None else self._served(kind, artefact, profile, tag, body)
        answer = Answer(served, self.id)
        self._keep(key, answer)
        return answer

    def _served(self, kind: str, artefact: Artefact, profile: str, tag: str, body: bytes | None) -> Served:
        html = kind == "document" and not artefact.media.startswith("image/") and artefact.media != "application/json"
        charset = self._terms.charsets.get(profile, "utf-8") if html else "utf-8"
        # Pages name their charset themselves; maps, answers and scripts are UTF-8.
        named = artefact.media.startswith("image/") or "charset=" in artefact.media
        return Served(
            kind=kind,
            stored=body if body is not None else b"" if artefact.location else self._store.encoded(artefact),
            packed=artefact.encoding == "gzip",
            size=artefact.size,
            tag=tag,
            content_type=artefact.media if named else f"{artefact.media}; charset={charset}",
            policy=policy(artefact.style, artefact.script, artefact.media) if html else "",
            valid_until=artefact.valid_until,
            keep_s=self._terms.keep_s,
            location=artefact.location,
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
