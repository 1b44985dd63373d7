"""What a view is: a pure function from a page's inputs to its content.

A module of this package is a view when it has ``view``; its name is the view's name in ``lineup.toml``. ``Options``, a
Struct that forbids unknown fields, says which ``options`` the page may give it.

A view runs for hundreds of estates over the same snapshots at the same moment. What does not depend on the estate it
makes ``once``; what does not even depend on the moment is ``remembered``, so that what is said again is the same object
and later stages can skip it by ``is``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

import msgspec

from channel.estates import Estate, Estates
from channel.lineup import Lineup, Page
from channel.memory import Memory, Slot
from channel.settings import Settings
from channel.views.content import Content, Empty, SourceLine
from channel.words import Say
from feeds.amendments import Amendment
from feeds.base import toml
from feeds.base.clock import parse_duration
from feeds.records import Record
from feeds.source import Freshness, Snapshot, Source, confirmed, freshness, next_border

R = TypeVar("R", bound=Record)
T = TypeVar("T")
O = TypeVar("O", bound=msgspec.Struct)  # noqa: E741 - the options' own type


_PAGE_KEY: Slot[bytes] = Slot("page key")
_OPTIONS: Slot[msgspec.Struct] = Slot("options")
_RECORDS: Slot[tuple[Record, ...]] = Slot("records")
_DIGESTS: Slot[tuple[str, ...]] = Slot("digests")
_STATES: Slot[dict[str, Freshness]] = Slot("states")
_BORDER: Slot[datetime | None] = Slot("border")
_LINES: Slot[tuple[SourceLine, ...]] = Slot("source lines", 512)
_EMPTY: Slot[Empty] = Slot("empty")


class View(Protocol):
    """The shape of a view's module."""

    Options: type[msgspec.Struct]
    ROLES: tuple[str, ...] | None
    """The roles that ``sources`` of a page may give it; None: any. A view whose options name pages lists these options
    as ``LINKS``; one that looks at other pages of the line-up than its own has ``AROUND = True``."""

    def view(self, inputs: Inputs) -> Content:
        """The page's content for one estate at one moment."""
        ...


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The options of a view that has none."""


@dataclass(frozen=True)
class Inputs:
    """Everything that a view may look at. ``snapshots`` and ``sources`` go by the page's own roles.

    ``estate`` is None for the district: pages of district scope, and estate pages of a box whose estate is not known.
    """

    page: Page
    estate: Estate | None
    moment: datetime
    lineup: Lineup
    estates: Estates
    settings: Settings
    snapshots: Mapping[str, Snapshot | None]
    sources: Mapping[str, Source]
    say: Say
    """The channel's words, and its wall clock."""
    datasets: Mapping[str, Any] = field(default_factory=dict)
    """The opened datasets of the roles whose snapshots name one."""
    memory: Memory = field(default_factory=Memory, repr=False, compare=False)
    """What outlives the moment; its owner gives the same one with one line-up, estates and settings only."""
    kept: Memory = field(default_factory=Memory, repr=False, compare=False)
    """What was made once for all estates, over these snapshots at this moment."""

    def at(self, estate: Estate | None) -> Inputs:
        """The same for another estate, with what was made once already."""
        if estate is self.estate:
            return self
        # A build asks this some thirty thousand times: `dataclasses.replace` would run every field's own way again.
        other = object.__new__(Inputs)
        other.__dict__.update(self.__dict__, estate=estate)
        return other

    def once(self, slot: Slot[T], make: Callable[[], T], key: Hashable = ()) -> T:
        """What ``make`` gives, made once for all estates of this page over these snapshots at this moment.

        ``key`` tells apart what one slot holds; what is made must not look at the estate but by it.
        """
        return self.kept.of(slot).get(key, make)

    def remembered(self, slot: Slot[T], key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, kept from moment to moment; ``key`` names all that it is made from, besides the
        channel's own declarations."""
        return self.memory.of(slot).get(key, make)

    @property
    def page_key(self) -> bytes:
        """What names the page's declaration, as a key for what is derived from it."""
        return self.once(_PAGE_KEY, lambda: msgspec.msgpack.encode(self.page))

    def options(self, kind: type[O]) -> O:
        """The page's options as ``kind``, what it does not choose in the channel's words. Raises PersonError with the
        page's number."""
        found = self.once(_OPTIONS, lambda: self.say.options(parse_options(self.page, kind)), kind)
        assert isinstance(found, kind)
        return found

    def snapshot(self, role: str) -> Snapshot | None:
        """The role's snapshot; None when there is none, or when its source has expired at this moment."""
        snapshot = self.snapshots.get(role)
        source = self.sources.get(role)
        if snapshot is None or source is None:
            return snapshot
        return None if self.state(role) is Freshness.EXPIRED else snapshot

    def records(self, role: str, kind: type[R]) -> tuple[R, ...]:
        """The role's records of ``kind``; those of an expired source have left the page."""
        snapshot = self.snapshot(role)
        if snapshot is None:
            return ()
        records = snapshot.records
        found = self.once(_RECORDS, lambda: tuple(r for r in records if isinstance(r, kind)), (role, kind))
        return cast("tuple[R, ...]", found)

    def digest(self, *roles: str) -> tuple[str, ...]:
        """What names the records of the roles, as a key for what is derived from them alone."""
        return self.once(_DIGESTS, lambda: tuple(map(self._digest, roles)), roles)

    def _digest(self, role: str) -> str:
        snapshot = self.snapshot(role)
        return f"{snapshot.digest}{snapshot.dataset}" if snapshot else ""

    def pinned(self, *roles: str) -> frozenset[str]:
        """The ids of the roles' records that editors show first."""
        found = (self.snapshot(role) for role in roles)
        return frozenset(ident for snapshot in found if snapshot for ident in snapshot.pinned)

    def amendments(self, role: str) -> tuple[Amendment, ...]:
        """What editors say of the stops and lines of the role's dataset."""
        snapshot = self.snapshot(role)
        return snapshot.amendments if snapshot else ()

    def dataset(self, role: str, kind: type[T]) -> T | None:
        """The role's dataset, if there is one of ``kind`` and its source has not expired."""
        found = self.datasets.get(role)
        return found if isinstance(found, kind) and self.snapshot(role) is not None else None

    def state(self, role: str) -> Freshness:
        """How fresh the role's source is."""
        return self.once(_STATES, self._states).get(role, Freshness.NEVER)

    def _states(self) -> dict[str, Freshness]:
        return {role: freshness(s, self.snapshots.get(role), self.moment) for role, s in self.sources.items()}

    def border(self) -> datetime | None:
        """When the first of the page's sources becomes late, stale or expired by itself; None: never."""
        return self.once(_BORDER, self._border)

    def _border(self) -> datetime | None:
        borders = (next_border(s, self.snapshots.get(role), self.moment) for role, s in self.sources.items())
        return min((border for border in borders if border is not None), default=None)

    def source_lines(self, *roles: str) -> tuple[SourceLine, ...]:
        """One line for each source of the page, or of its ``roles`` alone, in the page's order, each source once."""
        return self.once(_LINES, lambda: self.memory.of(_LINES).one(self._source_lines(roles)), roles)

    def _source_lines(self, roles: tuple[str, ...]) -> tuple[SourceLine, ...]:
        lines = {}
        for role, source in self.sources.items():
            snapshot = self.snapshots.get(role)
            # The channel's own texts are as old as they are; that says nothing of a feed beside them.
            if role not in roles if roles else source.is_desk and len(self.sources) > 1:
                continue
            observed = confirmed(source, snapshot) if snapshot else None
            state = str(self.state(role))
            lines[source.id] = SourceLine(id=source.id, publisher=source.publisher, observed=observed, state=state)
        return tuple(lines.values())

    def place(self) -> tuple[str, str] | None:
        """Town and estate, on a page that differs by estate and for an estate that is known."""
        if self.estate is None or self.page.scope == "district":
            return None
        return self.estate.town, self.estate.name

    def empty(self, role: str, sentence: str) -> Empty:
        """What stands in place of rows: ``sentence``, or that the source is silent, and when to try again."""
        return self.once(_EMPTY, lambda: self._empty(role, sentence), (role, sentence))

    def _empty(self, role: str, sentence: str) -> Empty:
        say, source, state = self.say, self.sources.get(role), self.state(role)
        rhythm = _rhythm(source, say) if source else ""
        if source and state is Freshness.NEVER:
            hint = say("No data has come yet; {rhythm}, please look again later", rhythm=rhythm)
            return Empty(sentence=say("The data of this page is on its way"), hint=hint)
        if source and state is Freshness.EXPIRED:
            hint = say("The data is too old and was taken off; {rhythm}, please look again later", rhythm=rhythm)
            return Empty(sentence=say("This page has no data for now"), hint=hint)
        hint = say("{rhythm}; what comes will stand here", rhythm=rhythm) if rhythm else ""
        return Empty(sentence=sentence, hint=hint)


class Until:
    """Collects the moments at which a view would answer otherwise; those that have passed do not count."""

    def __init__(self, inputs: Inputs) -> None:
        self._moment, self._say = inputs.moment, inputs.say
        self.value: datetime | None = inputs.border()
        """The earliest of them, or None."""

    def at(self, *moments: datetime | None) -> None:
        """Something changes at each of ``moments`` (None: never)."""
        for moment in moments:
            if moment is not None and moment > self._moment and (self.value is None or moment < self.value):
                self.value = moment

    def midnight(self) -> None:
        """Something changes when the channel's day ends."""
        self.at(next_midnight(self._moment, self._say))


def next_midnight(moment: datetime, say: Say) -> datetime:
    """The end of the moment's day on the channel's wall clock, in UTC."""
    return say.end_of(say.day_of(moment))


def parse_options(page: Page, kind: type[O]) -> O:
    """The page's ``options`` as ``kind``. Raises PersonError with page, key, found and expected."""
    return toml.convert(dict(page.options), kind, where="lineup.toml", key=f"page.{page.number}.options")


def _rhythm(source: Source, say: Say) -> str:
    """How often the source gives news, in words."""
    seconds = parse_duration(source.every)
    if seconds < 90:
        return say("new every minute")
    if seconds < 3600:
        return say.plural("new every {n} minute", "new every {n} minutes", round(seconds / 60))
    if seconds < 5400:
        return say("new every hour")
    if seconds < 86400:
        return say.plural("new every {n} hour", "new every {n} hours", round(seconds / 3600))
    return say("new every day")
