"""One source, once: fetch, parse, judge, keep. Nothing that a source does gets past this module."""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence, Sized
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from feeds import dated, plausible
from feeds.archive import Archive, SourceState
from feeds.base.clock import Clock, local
from feeds.base.errors import ChannelError, FetchError, ParseError, WorkerError
from feeds.folder import read_records
from feeds.formats import Document, Parsed, carry_of, get, is_linked, no_links
from feeds.network.fetch import Fetched, fetch
from feeds.network.guard import Stop
from feeds.parsing import Parser, shared
from feeds.records import AnyRecord
from feeds.review import read_words, to_hold
from feeds.source import Snapshot, Source, records_digest

__all__ = ["Gathering", "gather", "read_records", "recipe"]

log = logging.getLogger(__name__)

_PATIENCE = 3
"""Failures in a row before a source rests."""
_LONGEST_REST = timedelta(hours=6)

Outcome = Literal["changed", "unchanged", "failed", "kept"]


class Gathering(msgspec.Struct, frozen=True, kw_only=True):
    """How one gathering went.

    ``changed`` and ``unchanged`` succeeded. ``failed``: nothing readable came. ``kept``: what came was not believed,
    or could not be read for want of a process, or the source rests.
    In both cases the last good snapshot stays and ``error`` says why; ``drift`` is set when the
    source seems to have changed its shape.
    """

    source: str
    outcome: Outcome
    count: int = 0
    entries: int = 0
    """How much its dataset holds, where it gives one."""
    quarantined: int = 0
    seconds: float = 0.0
    bytes: int = 0
    error: str = ""
    drift: str = ""
    stopped: bool = False
    """Whether reading had to be stopped, or broke down."""

    @property
    def ok(self) -> bool:
        """Whether the source was read."""
        return self.outcome in ("changed", "unchanged")


def gather(
    source: Source,
    archive: Archive,
    base: Path,
    clock: Clock,
    *,
    force: bool = False,
    wait: Callable[[float], None] = time.sleep,
    parser: Parser | None = None,
    stop: Stop | None = None,
) -> Gathering:
    """Gather ``source`` into ``archive``. ``base`` is the channel's folder; ``force`` wakes a resting source;
    ``parser`` reads what comes (by itself: this process's own); ``stop`` ends it early.

    Raises nothing that comes from outside, only what is wrong with the archive itself (SpaceError when it is full).
    """
    state = archive.state(source.id)
    now = clock.now()
    until = _rests_until(state, now)
    if until is not None and not force:
        error = f"resting until {until.isoformat(timespec='seconds')} after: {state.error}"
        return Gathering(source=source.id, outcome="kept", count=state.count, error=error)
    start = time.monotonic()
    try:
        return _Attempt(source, archive, base, clock, state, wait, parser or shared(), stop, force=force).run()
    except WorkerError as error:
        # It says nothing of the source, which is asked again when it is due.
        archive.begin(source.id, "")
        log.warning("source %s: %s", source.id, error)
        return Gathering(source=source.id, outcome="kept", count=state.count, error=str(error))
    except Exception as error:
        if stop is not None and stop.is_set:
            archive.begin(source.id, "")
            return Gathering(source=source.id, outcome="kept", count=state.count, error="not finished: the work ended")
        known = isinstance(error, ChannelError)
        message = str(error) if known else f"unexpected {type(error).__name__}"
        if not known:
            log.exception("source %s: not gathered", source.id)
        else:
            log.warning("source %s: %s", source.id, message)
        seconds, stopped = time.monotonic() - start, isinstance(error, ParseError)
        archive.failed(
            source.id, now, message, seconds=seconds, resting_until=_rest(source, state, now, error),
            stopped=state.stopped + stopped,
        )  # fmt: skip
        return Gathering(
            source=source.id, outcome="failed", count=state.count, seconds=seconds, error=message, drift=state.drift,
            stopped=stopped,
        )  # fmt: skip


class _Attempt:
    """The steps of one gathering."""

    def __init__(
        self,
        source: Source,
        archive: Archive,
        base: Path,
        clock: Clock,
        state: SourceState,
        wait: Callable[[float], None],
        parser: Parser,
        stop: Stop | None,
        *,
        force: bool,
    ) -> None:
        self._source = source
        self._archive = archive
        self._base = base
        self._clock = clock
        self._state = state
        self._wait = wait
        self._parser = parser
        self._stop = stop
        self._force = force
        self._format = get(source.format)
        self._words = read_words(base)
        self._recipe = recipe(source, self._words)

    def run(self) -> Gathering:
        last = self._archive.latest(self._source.id, everything=True)
        fetched = self._fetch(last)
        if fetched.not_modified and last is not None:
            self._archive.confirm(
                self._source.id, self._clock.now(), seconds=fetched.seconds, bytes=fetched.bytes, drift=""
            )
            done = self._gathering("unchanged", fetched, len(last.records), self._state.quarantined)
            return msgspec.structs.replace(done, entries=_length(self._archive.dataset(last)))
        return self._keep(fetched, self._parse(fetched.documents), last)

    def _parse(self, documents: tuple[Document, ...]) -> Parsed:
        """Read what came. The attempt is on disk before it begins: if everything ends with it, the same bytes are not
        read again at once by whoever starts anew."""
        digest = _digest_of(documents, self._recipe)
        if self._state.attempt == digest and not self._force:
            raise ParseError(
                f"{self._source.id}: the channel was ended while it read this very file",
                hint="it is read again after a rest, or at once by: channel gather " + self._source.id,
            )
        moment = self._clock.now()
        self._archive.begin(self._source.id, digest)
        return self._parser.parse(self._source, documents, moment)

    def _fetch(self, last: Snapshot | None) -> Fetched:
        state = self._state
        now = self._clock.now()
        # Bare hours mean today, so the bytes are read again on a new day; that also finds out servers that answer 304
        # for ever. The entry document of a linked format says nothing about the others.
        may_ask = (
            last is not None
            and state.last_body is not None
            and local(state.last_body).date() == local(now).date()
            and state.recipe == self._recipe
            and not is_linked(self._format)
            and (not last.dataset or self._archive.dataset(last) is not None)
        )
        return fetch(
            self._source, self._base, clock=self._clock, wait=self._wait, stop=self._stop,
            links=self._links if is_linked(self._format) else no_links,
            etag=state.etag if may_ask else "", last_modified=state.last_modified if may_ask else "",
        )  # fmt: skip

    def _links(self, documents: Sequence[Document], source: Source) -> list[str]:
        return self._parser.links(source, documents)

    def _keep(self, fetched: Fetched, parsed: Parsed, last: Snapshot | None) -> Gathering:
        now = self._clock.now()
        parsed = dated.without_misdated(parsed, now)
        doubt = self._doubt(parsed, last)
        carry = carry_of(self._format)
        if carry is not None and not doubt:
            before = last.records if last is not None and self._state.recipe == self._recipe else ()
            parsed = carry(before, parsed, self._source, now)
        # Read in another way, it may count in another unit.
        parsed = plausible.without_slips(parsed, last if self._state.recipe == self._recipe else None)
        count = len(parsed.records)
        # What is no record of its own (rows of a dataset, parts that are left out) is counted by its problems.
        quarantined = max(parsed.total - count, len(parsed.problems))
        if doubt:
            log.warning("source %s: %s; the last good snapshot is kept", self._source.id, doubt)
            self._archive.failed(
                self._source.id, now, doubt, drift=doubt, seconds=fetched.seconds, bytes=fetched.bytes,
                resting_until=None,
            )  # fmt: skip
            return self._gathering("kept", fetched, len(last.records) if last else 0, quarantined, doubt)
        digest, dataset = self._digest(parsed)
        changed = self._archive.save(
            Snapshot(
                source=self._source.id, observed=now, checked=now, digest=digest, records=parsed.records,
                problems=parsed.problems,
                updated=_believed(parsed.updated, now), dataset=dataset,
            ),
            held=to_hold(self._source, parsed.records, self._words, now),
            quarantined=quarantined, seconds=fetched.seconds, bytes=fetched.bytes, etag=fetched.etag,
            last_modified=fetched.last_modified, last_body=now, recipe=self._recipe, drift="",
            shape="\n".join(parsed.shape),
        )  # fmt: skip
        for problem in parsed.problems[:20]:
            log.info("source %s: %s: %s (%s)", self._source.id, problem.position, problem.reason, problem.value)
        done = self._gathering("changed" if changed else "unchanged", fetched, count, quarantined)
        return msgspec.structs.replace(done, entries=parsed.overview.count if parsed.overview else 0)

    def _doubt(self, parsed: Parsed, last: Snapshot | None) -> str:
        """Why what came is not believed; "" when it is."""
        if carry_of(self._format) is not None and parsed.records:
            # Nothing that holds is lost by it, and a message that is sound cannot wait for those that are not.
            return ""
        before = self._state.shape.split("\n") if self._state.shape and self._state.recipe == self._recipe else []
        return _doubt(self._source, parsed, last) or _changed_shape(before, parsed, last) or self._dear(parsed, last)

    def _dear(self, parsed: Parsed, last: Snapshot | None) -> str:
        """Why its prices are not believed, if the source is read as it was before; "" when they are."""
        return plausible.doubt(parsed, last) if self._state.recipe == self._recipe else ""

    def _digest(self, parsed: Parsed) -> tuple[str, str]:
        """The name of what was read, and of the dataset's file, which is on disk before any snapshot names it."""
        digest = records_digest(parsed.records)
        if parsed.dataset is None or self._archive.datasets is None:
            return digest, ""
        name = self._archive.datasets.save(self._source.id, parsed.dataset)
        return hashlib.blake2b(f"{digest} {name}".encode(), digest_size=16).hexdigest(), name

    def _gathering(
        self, outcome: Outcome, fetched: Fetched, count: int, quarantined: int, doubt: str = ""
    ) -> Gathering:
        return Gathering(
            source=self._source.id, outcome=outcome, count=count, quarantined=quarantined, seconds=fetched.seconds,
            bytes=fetched.bytes, error=doubt, drift=doubt,
        )  # fmt: skip


def recipe(source: Source, words: tuple[str, ...] = ()) -> str:
    """A name for everything that decides what is read out of the same bytes and what of it is held."""
    parts = {"words": words, **{field: getattr(source, field) for field in _RECIPE}}
    return hashlib.blake2b(msgspec.json.encode(parts, order="sorted"), digest_size=16).hexdigest()


_RECIPE = (
    "url", "format", "record", "fields", "constants", "rows", "encoding", "max_items", "coordinates", "options",
    "release",
)  # fmt: skip


def _length(dataset: object) -> int:
    return len(dataset) if isinstance(dataset, Sized) else 0


def _doubt(source: Source, parsed: Parsed, last: Snapshot | None) -> str:
    """Why what came is not believed; "" when it is."""
    count = len(parsed.records)
    if too_few := parsed.too_few(source.min_valid):
        return too_few
    before = len(last.records) if last is not None else 0
    if before and (before - count) / before > source.max_drop:
        return f"the count dropped from {before} to {count}"
    return ""


def _believed(updated: datetime | None, now: datetime) -> datetime | None:
    """The feed's own time, unless its clock runs ahead of ours: an age can never be negative."""
    return updated if updated is not None and updated <= now else None


def _changed_shape(before: list[str], parsed: Parsed, last: Snapshot | None) -> str:
    """Why the feed seems to be another one now: columns that it had are gone, and with them what filled a field."""
    gone = [name for name in before if name not in parsed.shape]
    if not gone or last is None or not parsed.shape:
        return ""
    lost = _filled(last.records) - _filled(parsed.records)
    if not lost:
        return ""
    new = [name for name in parsed.shape if name not in before]
    text = f"the feed no longer has {', '.join(gone[:8])}, which filled {', '.join(sorted(lost))}"
    return f"{text}; new: {', '.join(new[:8])}" if new else text


def _filled(records: tuple[AnyRecord, ...]) -> set[str]:
    """The fields that at least half of the records fill."""
    counts: Counter[str] = Counter()
    for record in records:
        fields = type(record).__struct_fields__
        counts.update(name for name in fields if getattr(record, name) not in ("", None, ()))
    return {name for name, count in counts.items() if count * 2 >= len(records) > 0}


def _digest_of(documents: Sequence[Document], recipe: str) -> str:
    """The name of these bytes as this source reads them."""
    digest = hashlib.blake2b(recipe.encode(), digest_size=16)
    for document in documents:
        digest.update(len(document.body).to_bytes(8, "big"))
        digest.update(document.body)
    return digest.hexdigest()


def _rests_until(state: SourceState, now: datetime) -> datetime | None:
    """Until when the source is left alone; None: it is asked.

    A failure that lies ahead of the clock says that the clock went back, and nothing of how much of the rest is left.
    """
    if state.resting_until is None or state.last_attempt is None:
        return None
    return state.resting_until if state.last_attempt <= now < state.resting_until else None


def _rest(source: Source, state: SourceState, now: datetime, error: Exception) -> datetime | None:
    """Until when a failing source is left alone: as long as it asks, or longer with each failure: from the third on
    where it costs nobody else anything, from the first on where its bytes do harm."""
    asked = timedelta(seconds=getattr(error, "retry_after", None) or 0)
    patience = {FetchError: _PATIENCE, ParseError: 1}.get(type(error))
    failures = state.failures + 1
    if patience is not None and failures >= patience:
        asked = max(asked, timedelta(seconds=source.seconds * 2 ** min(failures - patience + 1, 12)))
    return now + min(asked, _LONGEST_REST) if asked else None
