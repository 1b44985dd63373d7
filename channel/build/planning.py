"""Which pages and scopes a moment touches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from channel.build.declaring import Declaring, look_of
from channel.build.ledger import Ledger, LedgerEntry, inputs_of, scopes_of, sources_of
from channel.folder import Channel
from channel.lineup import Page
from feeds.source import Snapshot

if TYPE_CHECKING:
    from channel.build.saying import Sayings

Snapshots = Mapping[str, Snapshot]

AHEAD_S = 60.0
"""A page that was built so far ahead of the moment was built by a clock that has gone back since: it says what will be
then, and when it is due nobody can tell. What was built a little later is of an alert that overtook a build."""


class Task(msgspec.Struct):
    """A page with the scopes that are to be asked."""

    page: Page
    scopes: tuple[str, ...]
    inputs: str


class Planner:
    """Plans builds of a channel by what its ledger says."""

    def __init__(self, channel: Channel, ledger: Ledger, declaring: Declaring) -> None:
        self._channel = channel
        self._ledger = ledger
        self._declaring = declaring

    def plan(
        self, pages: Iterable[Page], snapshots: Snapshots, moment: datetime, down: Collection[str] = ()
    ) -> list[Task]:
        """The pages that are touched, with the scopes that are. Any page may lead to what is ``down``."""
        tasks = []
        gone = sorted(down)
        for page in pages:
            declared = " ".join((self._declaring.of(page), *gone))
            inputs = inputs_of(page, declared, self._channel.sources, snapshots, moment)
            entry = self._ledger.entry(page.number)
            if entry is None or entry.inputs != inputs or entry.built > moment.timestamp() + AHEAD_S:
                tasks.append(Task(page, scopes_of(page, self._channel.estates), inputs))
            elif entry.until is not None and entry.until <= moment.timestamp():
                tasks.append(Task(page, tuple(entry.due(moment.timestamp())), inputs))
        return tasks

    def looks_otherwise(self, page: Page) -> bool:
        """Whether its table in the line-up is another one than when it was built last."""
        entry = self._ledger.entry(page.number)
        return entry is None or entry.look != look_of(page)

    def note(self, tasks: Iterable[Task], done: Sayings, snapshots: Snapshots, moment: datetime) -> None:
        """Write down what was done."""
        for task in tasks:
            number = task.page.number
            before = self._ledger.entry(number)
            same = before is not None and before.inputs == task.inputs
            untils = dict(before.untils) if before and same else {}
            for scope in task.scopes:
                untils.pop(scope, None)
            findings = done.findings.get(number, [])
            if before and same:
                asked = set(task.scopes)
                findings = [*findings, *(pair for pair in before.findings if pair[0] not in asked)]
            entry = LedgerEntry(
                inputs=task.inputs,
                built=moment.timestamp(),
                untils={**untils, **done.untils.get(number, {})},
                findings=findings,
                sources=sources_of(task.page, self._channel.sources, snapshots),
                look=look_of(task.page),
            )
            self._ledger.put(number, entry)
