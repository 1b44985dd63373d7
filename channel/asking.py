"""Asking views: what each page says for an estate at a moment. No profile, no pixel, no clock of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from channel import views
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.lineup import Page
from channel.memory import Memory, Slot
from channel.views.base import Inputs
from channel.views.content import Content, Empty, List
from channel.words import Say
from feeds.source import Snapshot

_INPUTS: Slot[Inputs] = Slot("inputs", 32)
"""A job renders one page at one moment; a dashboard asks a handful of others."""


class Asker:
    """Asks the views of a channel; what does not depend on the estate is made once for all of them. ``memory`` is its
    owner's."""

    def __init__(self, channel: Channel, memory: Memory | None = None) -> None:
        self._channel = channel
        self._memory = memory or Memory()
        self.say = channel.say

    def content(self, page: Page, estate: str, snapshots: Mapping[str, Snapshot], moment: datetime) -> Content:
        """What the page says; ``snapshots`` go by source id. Asked again for the same, it is the same object.

        A page of district scope ignores the estate. Raises NotFound for an estate that is not there.
        """
        given = {role: snapshots.get(source) for role, source in page.sources.items()}
        told = tuple((s.digest, s.dataset, s.observed, s.checked, s.updated) if s else None for s in given.values())
        inputs = self._memory.of(_INPUTS).get((page.number, moment, told), lambda: self._inputs(page, given, moment))
        known = estate != DISTRICT and page.scope == "estate"
        return views.make(inputs.at(self._channel.estates[estate] if known else None))

    def _inputs(self, page: Page, given: Mapping[str, Snapshot | None], moment: datetime) -> Inputs:
        """What all estates are told of at ``moment``."""
        channel = self._channel
        return Inputs(
            page=page,
            estate=None,
            moment=moment,
            lineup=channel.lineup,
            estates=channel.estates,
            settings=channel.settings,
            snapshots=given,
            sources={role: channel.sources[source] for role, source in page.sources.items()},
            datasets={role: channel.datasets.open(s.dataset) for role, s in given.items() if s and s.dataset},
            say=channel.say,
            memory=self._memory,
        )


def unsaid(say: Say) -> Content:
    """What stands in place of a page that cannot say anything now."""
    hint = say("What it says is being checked; please come again later, BACK leads to other services")
    return Content(body=List(rows=(), empty=Empty(sentence=say("This page is not available for now"), hint=hint)))


def until_of(content: Content, day: date, say: Say) -> datetime | None:
    """Until when a page that says ``content`` on ``day`` looks as it does; None: for ever."""
    if not content.sources:
        return content.valid_until
    # The header says yesterday or a date from midnight on.
    midnight = say.end_of(day)
    return min(content.valid_until, midnight) if content.valid_until else midnight
