"""Building: which pages and estates are touched, asking what they say, and one release of what came of it.

::

    archive -> plan (by inputs and moment) -> views asked -> words, maps -> (samples checked) -> release

Work is in proportion to what changed: a page whose inputs are the same and whose time has not come is not looked at.
Nothing is painted here. Alerts go their own way (``publish_alerts``) and wait for nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, partial

import msgspec

from channel.build.declaring import Declaring
from channel.build.ledger import Ledger, LedgerEntry, sources_of
from channel.build.planning import Planner, Task
from channel.build.report import BuildReport, Progress, RepairReport
from channel.build.saying import Failed, Sayer
from channel.build.withheld import NOTHING, Down, down_of
from channel.declared import pack_folder
from channel.estates import DISTRICT
from channel.fingerprint import engine, voice
from channel.folder import Channel
from channel.keys import key_of
from channel.lineup import Page
from channel.paint.output import Finding
from channel.release import NO_ALERT, Changes, Damage, Made, Published, Store
from channel.release.objects import MAP
from channel.release.tree import LAYERS, Layer, Root
from channel.views.alerts import alert_answers
from feeds.archive import Archive
from feeds.base.clock import Clock, SystemClock
from feeds.base.errors import BusyError, StoreError
from feeds.source import Snapshot

__all__ = ["BuildReport", "Builder", "RepairReport"]

log = logging.getLogger(__name__)

ALERT_VIEW = "alerts"
"""The view whose pages go on air by the alerts' own way."""
ROUNDS = 4
"""How often a repair asks again for what is still damaged."""
TRIES = 4
"""How often a build begins again because another one published the same pages meanwhile."""
ANSWERS = "alert.json"
"""The alert answers' name in the ledger."""

Check = Callable[[str, Iterable[str]], Iterable[Finding]]
"""Paints samples of a draft (its key) and of these pages before they go on air; what was found."""


class Builder:
    """Builds a channel from its archive into its store.

    ``failed`` names contents that failed their checks when they were painted, ``check`` looks at samples before what
    other declarations say goes on air. ``build`` and ``publish_alerts`` may run at the same time in two threads.
    """

    def __init__(
        self,
        channel: Channel,
        archive: Archive,
        store: Store,
        *,
        clock: Clock | None = None,
        failed: Failed = lambda page: (),
        check: Check | None = None,
    ) -> None:
        self.channel = channel
        self.archive = archive
        self.store = store
        self._clock = clock or SystemClock()
        self._check = check
        self._building = threading.Lock()
        self._alerting = threading.Lock()
        self._loading = threading.Lock()
        self._loaded = False
        self._new_declarations = True
        self._mending = False
        self._rehearsed = False
        self._ledger = Ledger(channel.state / "build.msgpack", store.disk)
        # One for each of the two threads: what a sayer remembers is not for both at once.
        self._sayers: dict[Layer, Sayer] = {
            layer: Sayer(channel, store, failed, album=archive.picture) for layer in LAYERS
        }

    def build(self, moment: datetime, *, only: set[str] | None = None, progress: Progress | None = None) -> BuildReport:
        """Bring everything that is touched at ``moment`` on air as one release; ``only`` looks at these pages alone.

        Raises ChannelError when the store cannot be written, BusyError when the channel was built from other
        declarations meanwhile; what is wrong with a page is in the report instead.
        """
        started = time.perf_counter()
        with self._building, _writing():
            self._load()
            self._not_superseded()
            alerts = self.publish_alerts(moment)
            pages = [p for p in self.channel.lineup.pages.values() if p.view != ALERT_VIEW and _wanted(p, only)]
            report = self._again("pages", pages, moment, progress)
            return msgspec.structs.replace(
                report,
                faults=alerts.faults + report.faults,
                release_id=report.release_id or alerts.release_id,
                on_air=report.on_air or alerts.on_air,
                seconds=time.perf_counter() - started,
                next_wake=self._wake(moment),
            )

    def rehearse(self, moment: datetime) -> tuple[Finding, ...]:
        """Have samples painted of what these declarations would say otherwise, while what others say is on air and goes
        on. Nothing is published. What was found; the first build after it does not look again. Raises ChannelError."""
        with self._building, _writing():
            self._load()
            pages = [page for page in self.channel.lineup.pages.values() if page.view != ALERT_VIEW]
            down = self._down(moment)
            snapshots = down.withheld(self._snapshots(pages, moment, "pages"))
            tasks = self._planner.plan(pages, snapshots, moment, down.links)
            with self.store.changes() as changes:
                changes.declared = changes.keep(MAP, self._packed).hex()
                self._clean(changes)
                done = self._sayers["pages"].say(changes, "pages", tasks, snapshots, moment, down=down)
                found = done.faults + self._looked_over(changes, tasks)
            self._rehearsed = True
            # Whoever is on air notes what it builds meanwhile.
            self._loaded = False
            return found

    def _wake(self, moment: datetime) -> datetime | None:
        """When something is due next: a page, or what an editor corrects."""
        found = (self._ledger.next_wake(moment), self.archive.next_correction(moment))
        return min(filter(None, found), default=None)

    def publish_alerts(self, moment: datetime) -> BuildReport:
        """Bring the alerts in force at ``moment`` on air: ``alert.json`` and the pages that show them, as one release.

        Waits for no build, and nothing that is wrong elsewhere stops it. Raises ChannelError.
        """
        started = time.perf_counter()
        with self._alerting, _writing():
            self._load()
            pages = [page for page in self.channel.lineup.pages.values() if page.view == ALERT_VIEW]
            report = self._again("alerts", pages, moment, None)
            return msgspec.structs.replace(
                report, seconds=time.perf_counter() - started, next_wake=self._ledger.next_wake(moment)
            )

    def repair(self, moment: datetime, *, progress: Progress | None = None) -> RepairReport:
        """Check the store and mend what is damaged by asking again; what cannot be mended is forgotten.

        Old releases that stay damaged can no longer be rolled back to. Raises ChannelError.
        """
        damages = self.store.check()
        if not damages:
            return RepairReport(damages=(), build=BuildReport(next_wake=self._ledger.next_wake(moment)), forgotten=0)
        self._load()
        # Asked before anything moves: an older record may be on air afterwards.
        down = self.store.taken_down()
        report, left, forgotten = None, damages, 0
        for _ in range(ROUNDS):
            self._forget(left, moved=self.store.mend_files())
            mended = self._mend(down, moment, progress)
            report = report or mended
            before = left
            # Damage is reported once, for the newest release that has it: the one before may have it too.
            while (left := self.store.check()) and (gone := self.store.discard({damage.release for damage in left})):
                forgotten += gone
            # It is reported for the first page that has it, which may say something else by now than the others.
            if not left or left == before:
                break
        return RepairReport(
            damages=tuple(damages), build=report or BuildReport(), forgotten=forgotten, left=tuple(left)
        )

    def _forget(self, damages: Iterable[Damage], *, moved: bool) -> None:
        """Have what is damaged asked again."""
        if moved or any(damage.kind == "map" and not damage.page for damage in damages):
            self._ledger.forget(None)
            self._new_declarations = True
        else:
            self._ledger.forget({damage.page for damage in damages if damage.page})

    def _mend(self, down: Sequence[str], moment: datetime, progress: Progress | None) -> BuildReport:
        self._mending = True
        try:
            for unit in set(down) - set(self.store.taken_down()):
                self.store.take_down(unit, "repair")
            return self.build(moment, progress=progress)
        finally:
            self._mending = False

    def findings(self) -> list[Finding]:
        """What was wrong with the pages as they were last asked, from what the state folder remembers."""
        self._load()
        return self._ledger.findings()

    # Planning

    @cached_property
    def _planner(self) -> Planner:
        return Planner(self.channel, self._ledger, Declaring(self.channel, voice()))

    @cached_property
    def _packed(self) -> bytes:
        return pack_folder(self.channel)

    @cached_property
    def declared(self) -> str:
        """What names declarations and views: another name, and the release is to carry other declarations."""
        return f"{self.channel.digest} {voice()}"

    @cached_property
    def declarations(self) -> str:
        """The key of the packed declarations, as a release has it."""
        return key_of(self._packed).hex()

    def _not_superseded(self) -> None:
        """One release must not mix what two line-ups say."""
        built = self.store.built()
        ours = built is None or built.root.declared in ("", self.declarations)
        if not ours and not self._new_declarations:
            hint = "start this one again: it reads the folder anew"
            raise BusyError("another builder has built the channel from other declarations since", hint=hint)

    def _load(self) -> None:
        with self._loading:
            if not self._loaded:
                if self.store.renew():
                    log.warning("the store is of an older format: the channel is built anew")
                # A store that holds nothing has nothing that could be noted of it.
                heads = self.store.heads()
                known = self._ledger.load(heads.seq if heads.built else 0, self.declared)
                self._new_declarations = not known
                self._loaded = True

    def _snapshots(self, pages: Iterable[Page], moment: datetime, layer: Layer) -> dict[str, Snapshot]:
        wanted = {source for page in pages for source in page.sources.values()}
        if layer == "alerts":
            wanted.update(self.channel.alert_sources)
        return self.archive.latest_all(sorted(wanted), moment)

    def _down(self, moment: datetime) -> Down:
        units = self.store.taken_down()
        return down_of(units, self.channel.lineup, partial(self.archive.latest_all, at=moment)) if units else NOTHING

    # Carrying out

    def _again(
        self, layer: Layer, pages: Sequence[Page], moment: datetime, progress: Progress | None
    ) -> BuildReport:
        """One release of a layer; begun again when another builder was quicker with the same pages."""
        for left in reversed(range(TRIES)):
            down = self._down(moment)
            snapshots = down.withheld(self._snapshots(pages, moment, layer))
            tasks = self._planner.plan(pages, snapshots, moment, down.links)
            try:
                return self._carry_out(layer, tasks, snapshots, down, moment, progress)
            except BusyError:
                if not left:
                    raise
        raise AssertionError("the last attempt raises")

    def _carry_out(
        self,
        layer: Layer,
        tasks: Sequence[Task],
        snapshots: Mapping[str, Snapshot],
        down: Down,
        moment: datetime,
        progress: Progress | None,
    ) -> BuildReport:
        anew = layer == "pages" and self._new_declarations
        answers = self._answers(snapshots, moment) if layer == "alerts" else None
        if not (tasks or anew or answers):
            return BuildReport()
        with self.store.changes(mending=self._mending) as changes:
            if layer == "pages" or not self._declared_already():
                changes.declared = changes.keep(MAP, self._packed).hex()
            if anew:
                self._clean(changes)
            if answers:
                changes.answer(answers)
            done = self._sayers[layer].say(changes, layer, tasks, snapshots, moment, progress, down=down)
            faults = done.faults
            # Where there is no page on air yet, none could be held back: boxes wait for the first.
            if anew and not self._rehearsed and (built := self.store.built()) and built.has_pages:
                faults += self._looked_over(changes, tasks)
            published = self._publish(changes, layer, tasks, snapshots, moment)
        self._planner.note(tasks, done, snapshots, moment)
        if anew:
            self._ledger.keep_only((*self.channel.lineup.pages, ANSWERS))
            self._new_declarations = False
        self._ledger.save(self.store.heads().seq)
        return BuildReport(
            pages=len(tasks),
            asked=done.asked,
            changed=done.changed,
            faults=faults,
            release_id=published.id if published else "",
            on_air=bool(published and published.on_air),
            publish_ms=published.locked_ms if published else 0.0,
        )

    def _looked_over(self, changes: Changes, tasks: Sequence[Task]) -> tuple[Finding, ...]:
        """What is wrong with samples of the pages that say or look otherwise by these declarations."""
        said = changes.edits("pages")
        pages = [t.page.number for t in tasks if t.page.number in said or self._planner.looks_otherwise(t.page)]
        return tuple(self._check(self._draft(changes), pages)) if self._check and pages else ()

    def _declared_already(self) -> bool:
        built = self.store.built()
        return bool(built and built.root.declared)

    def _publish(
        self,
        changes: Changes,
        layer: Layer,
        tasks: Sequence[Task],
        snapshots: Mapping[str, Snapshot],
        moment: datetime,
    ) -> Published | None:
        sources = self.channel.sources
        made = {t.page.number: Made(moment.timestamp(), sources_of(t.page, sources, snapshots)) for t in tasks}
        changes.made = made
        changes.everything = lambda: {**self._ledger.made(), **made}
        inputs = {"channel": self.channel.digest, "engine": engine()}
        return self.store.publish(changes, action="build" if layer == "pages" else "alerts", inputs=inputs)

    def _clean(self, changes: Changes) -> None:
        """Take away what pages said that the line-up does not have any more, or that show alerts now, or no longer."""
        for layer in LAYERS:
            release = self.store.built() if layer == "pages" else self.store.current()
            for number, key in (release.root.said(layer) if release else {}).items():
                page = self.channel.lineup.pages.get(number)
                if page is None or (page.view == ALERT_VIEW) != (layer == "alerts"):
                    changes.said(number, None, key, (), layer)

    def _draft(self, changes: Changes) -> str:
        """What would be published, for whoever looks at it before."""
        built = self.store.built()
        root = built.root if built else Root(seq=0, id="", published=0.0, action="")
        contents = {**root.contents, **changes.edits("pages")}
        root = msgspec.structs.replace(
            root, id="draft", declared=changes.declared, contents={page: key for page, key in contents.items() if key}
        )
        return changes.draft(root)

    def _answers(self, snapshots: Mapping[str, Snapshot], moment: datetime) -> Mapping[str, bytes] | None:
        """``alert.json`` for all estates, where it differs from what is on air for any of them."""
        channel = self.channel
        heard = [snapshots[source] for source in channel.alert_sources if source in snapshots]
        answers, until = alert_answers(heard, channel.estates, moment, channel.settings, channel.say)
        untils = {DISTRICT: until.timestamp()} if until else {}
        self._ledger.put(ANSWERS, LedgerEntry(inputs="", built=moment.timestamp(), untils=untils))
        release = self.store.current()
        try:
            same = all((release.alert(e) if release else NO_ALERT) == body for e, body in answers.items())
        except StoreError:
            same = False
        return None if same and not self._mending else answers


@contextmanager
def _writing() -> Iterator[None]:
    """A disk that is full or gone is named as what it is; the last release stays on air."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"store: {error}", hint="make room; the last release stays on air meanwhile") from error


def _wanted(page: Page, only: set[str] | None) -> bool:
    return not only or page.number in only
