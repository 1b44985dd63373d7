"""What every page of the desk needs: who asks, the texts, the words of the channel, and how an answer is made."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, cast

from flask import Response, g, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk.aftermath import page_of
from broadcaster.desk.air import publish
from broadcaster.desk.correction import Correction
from broadcaster.desk.drafts import Drafts
from broadcaster.desk.easel import Easel
from broadcaster.desk.edits import Edits
from broadcaster.desk.notice import Notice
from broadcaster.desk.people import Login
from broadcaster.desk.reach import Reach
from broadcaster.desk.refusal import sentence
from broadcaster.desk.tables import open_database
from broadcaster.desk.takeover import Takeover
from broadcaster.desk.texts import Conflict, Text, Texts
from broadcaster.desk.words import Words, said_back
from broadcaster.places import STORE
from broadcaster.preview.studio import Studio
from channel.memory import Shelf
from channel.paint.addresses import ALERTS
from channel.release import Store
from channel.settings import Channel
from feeds.archive import Archive
from feeds.base.clock import Clock
from feeds.base.errors import ChannelError, NotFound, PersonError, StoreError

_LOG = logging.getLogger(__name__)
_TOLD = 2_000
"""Sentences that say back for whom and until when a text is: working out the places is most of a list's work."""
IDENT = "<int(max=999999999):ident>"
"""A text's number in an address."""


class Room:
    """A channel's desk, open."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self.channel, self.clock, self.say = channel, clock, channel.say
        self.archive = Archive.open(channel.archive_url)
        self.texts = Texts(open_database(channel.archive_url))
        self.drafts = Drafts(channel)
        self.studio = Studio(channel, edited=Edits(channel, self.texts, self.archive, clock))
        self.easel, self.reach = Easel(self.studio), Reach(self.studio)
        self._store = Store.open(channel.state / STORE)
        self._told: Shelf[str] = Shelf(_TOLD)
        self._items: tuple[str, dict[str, frozenset[str]]] = "", {}
        self.aired()

    def aired(self) -> None:
        """Bring what is approved to the builder."""
        publish(self.texts, self.archive, self.channel, self.clock.now())

    def said(self, words: Words) -> str:
        """What was chosen, as a sentence."""
        return self._told.get(words, lambda: said_back(words, self.channel.estates, self.say))

    def stand(self, text: Text) -> str:
        """Where a text is on its way, in words."""
        say = self.say
        words = {
            "draft": say("Draft"), "submitted": say("Waits for approval"), "scheduled": say("Scheduled"),
            "on air": say("On air"), "over": say("Over"), "back": say("Taken back"), "archived": say("Archived"),
        }  # fmt: skip
        stand, there = text.stand(self.clock.now()), self.is_there(text)
        if stand == "on air" and there is False:
            return say("On its way to the air")
        return say("Still on air") if stand != "on air" and there else words[stand]

    def is_there(self, text: Text) -> bool | None:
        """Whether the release that is on air has it; None for what has no page of its own."""
        if isinstance(text.words, Correction):
            return None
        page = getattr(text.words, "page", ALERTS)
        begins = f"desk{text.id}" if isinstance(text.words, Notice) else f"desk{text.id}x"
        try:
            found = self._listed(page)
        except StoreError:
            return None
        return begins in found or (begins.endswith("x") and any(item.startswith(begins) for item in found))

    def _listed(self, page: str) -> frozenset[str]:
        """The desk's texts that a page of the release on air has. Raises StoreError."""
        release = self._store.current()
        if release is None or page not in release.pages:
            return frozenset()
        if self._items[0] != release.id:
            self._items = release.id, {}
        known = self._items[1]
        if page not in known:
            known[page] = frozenset(item for item in release.item_ids(page) if item.startswith("desk"))
        return known[page]

    def loud(self) -> list[Text]:
        """The warnings of this desk that are on air, or soon will be, or still are: every page says so."""
        now = self.clock.now()
        found = [*self.texts.running(now, page=ALERTS), *self.texts.all(("back",), 20, ALERTS)]
        warnings = (text for text in found if isinstance(text.words, Takeover))
        return [text for text in warnings if text.stand(now) == "on air" or self.is_there(text)]

    def changed(self, conflict: Conflict) -> str:
        """That somebody else was there before."""
        at = self.say.clock(conflict.now.at)
        return self.say("{name} changed this text at {time}: look at both.", name=conflict.now.author, time=at)

    def page(self, template: str, status: int = 200, **given: Any) -> BaseResponse:
        """A page of the desk."""
        say, now = self.say, self.clock.now()
        login = g.get("login")
        clock = say("{day} {time}", day=say.dated(say.day_of(now), "EEE d MMM"), time=say.clock(now))
        made = render_template(
            template, say=say, within=say.within, plural=say.plural, title=self.channel.settings.title,
            clock=clock, zone=say.zone.key, me=login.person if login else None, form=login.form if login else "",
            loud=self.loud() if login else [], at=self.at, at_zone=self.at_zone, **given,
        )  # fmt: skip
        return Response(made, status, content_type="text/html; charset=utf-8")

    def failed(self, error: Exception) -> BaseResponse:
        """The answer to what went wrong."""
        if isinstance(error, OperationalError):
            return plain(503, self.say("The database does not answer. What you wrote is kept in this browser."))
        if isinstance(error, NotFound):
            return plain(404, self.say("This is not there."))
        if isinstance(error, ChannelError):
            return plain(400, sentence(error, self.say) if isinstance(error, PersonError) else error.message)
        code = getattr(error, "code", None)
        if isinstance(code, int):
            return plain(code, str(getattr(error, "name", "")))
        _LOG.exception("the desk failed")
        return plain(500, self.say("Something went wrong. What you wrote is kept in this browser."))

    def at(self, moment: datetime) -> str:
        """A moment on the channel's clock."""
        say = self.say
        return say("{day} {time}", day=say.dated(say.day_of(moment), "d MMM"), time=say.clock(moment))

    def at_zone(self, moment: datetime) -> str:
        """The same with its zone; of the hour that comes twice the second one has a plus, as where it is typed."""
        return f"{self.at(moment)}{'+' if self.say.local(moment).fold else ''} ({self.say.zone.key})"

    def page_of(self, text: Text) -> str:
        """The page that a text stands on."""
        return page_of(text, self.channel)


def plain(status: int, sentence: str) -> BaseResponse:
    """A sentence as an answer."""
    return Response(sentence, status, content_type="text/plain; charset=utf-8")


def login() -> Login:
    """Who asks."""
    return cast("Login", g.login)


def given(name: str) -> str:
    """What a form says."""
    return request.form.get(name, "")


def base() -> int:
    """The revision that a form was based on."""
    text = given("base")
    return int(text) if text.isdecimal() and len(text) < 9 else -1
