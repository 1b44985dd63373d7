"""What every page of the desk needs: who asks, the texts, the words of the channel, and how an answer is made."""

from __future__ import annotations

import logging
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar, cast

import msgspec
from flask import Response, g, render_template, request, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import picture
from broadcaster.desk.aftermath import page_of
from broadcaster.desk.air import publish
from broadcaster.desk.drafts import Drafts
from broadcaster.desk.easel import Easel
from broadcaster.desk.edits import Edits
from broadcaster.desk.logins import Login
from broadcaster.desk.notice import Notice, pages_of
from broadcaster.desk.people import Person
from broadcaster.desk.plan import Plan
from broadcaster.desk.proposal import Proposal
from broadcaster.desk.reach import Reach
from broadcaster.desk.refusal import Refusal, sentence
from broadcaster.desk.tables import open_database
from broadcaster.desk.takeover import Takeover
from broadcaster.desk.texts import Conflict, Text, Texts
from broadcaster.desk.words import FOREVER, Words, said_back
from broadcaster.places import ASK, STORE
from broadcaster.preview.studio import Studio
from broadcaster.renewed import Renewed
from channel.folder import Channel
from channel.memory import Shelf
from channel.paint.addresses import ALERTS
from channel.release import Store
from channel.words import N_
from feeds import holds, pictures
from feeds.archive import Archive
from feeds.base.clock import Clock
from feeds.base.errors import ChannelError, NotFound, PersonError, StoreError
from feeds.database import Writing
from feeds.holds import Hold
from feeds.parsing import shared
from feeds.pictures import Kept

_LOG = logging.getLogger(__name__)
_TOLD = 2_000
"""Sentences that say back for whom and until when a text is: working out the places is most of a list's work."""
STANDS: dict[str, str] = {
    "draft": N_("Draft"), "submitted": N_("Waits for approval"), "scheduled": N_("Scheduled"), "on air": N_("On air"),
    "over": N_("Over"), "back": N_("Taken back"), "archived": N_("Archived"),
}  # fmt: skip
"""Where texts are on their way."""
IDENT = "<int(max=999999999):ident>"
"""A text's number in an address."""


W = TypeVar("W", bound=Words)


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What a form begins with in place of what stands: words of another time, what is said of them, and by what
    name the browser keeps what is typed over them."""

    words: Any
    note: str
    kept: str


class Room:
    """A channel's desk, open."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self.clock, self.say = clock, channel.say
        self._renewed = Renewed(channel)
        self.archive = Archive.open(channel.archive_url)
        self.texts = Texts(open_database(channel.archive_url), alone=channel.settings.desk.alone)
        self._declare(channel)
        self._store = Store.open(channel.state / STORE)
        self.plan = Plan(channel.estates).svg(self.say("Map of the estates"))
        self._told: Shelf[str] = Shelf(_TOLD)
        self._items: tuple[str, dict[str, frozenset[str]]] = "", {}
        self.aired()

    @property
    def channel(self) -> Channel:
        """The channel, with what is changed in its line-up by now."""
        self._follow()
        return self._renewed.channel

    @property
    def studio(self) -> Studio:
        """What renders looks at that channel."""
        self._follow()
        return self._studio

    def _follow(self) -> None:
        if self._renewed.look():
            self._declare(self._renewed.channel)

    def _declare(self, channel: Channel) -> None:
        """Have what paints know another line-up."""
        self.drafts = Drafts(channel)
        self._studio = Studio(channel, edited=Edits(channel, self.texts, self.archive, self.clock))
        self.easel, self.reach = Easel(self._studio), Reach(self._studio)

    def close(self) -> None:
        """Give the connections back."""
        self.archive.close()
        self.texts.engine.dispose()

    def aired(self) -> None:
        """Bring what is approved to the builder."""
        publish(self.texts, self.archive, self.channel, self.clock.now())

    def wake(self) -> None:
        """Have whoever works on this channel build at once."""
        (self.channel.state / ASK).touch()

    def held(self) -> list[Hold]:
        """The sources that somebody holds: every page says so."""
        with self.texts.engine.connect() as connection:
            return list(holds.holds(connection).values())

    def _is_stopped(self) -> bool:
        """Whether publishing is held after a rollback."""
        try:
            return self._store.held
        except StoreError:
            return False

    def take_picture(self, data: bytes, who: Person) -> Kept:
        """Have the picture of a file. Raises PersonError."""
        made = picture.taken(data, shared())
        with Writing(self.texts.engine) as connection:
            pictures.keep(connection, made, who.name, self.clock.now())
        return made

    def picture(self, key: str) -> Kept:
        """A picture that was taken. Raises PersonError."""
        try:
            with self.texts.engine.connect() as connection:
                return pictures.find(connection, key)
        except NotFound:
            raise Refusal("picture", N_("it is not there any more: choose it again")) from None

    def said(self, words: Words) -> str:
        """What was chosen, as a sentence."""
        if isinstance(words, Proposal):
            return self.say("source {name}, page {number}", name=words.ident, number=words.number)
        return self._told.get(words, lambda: said_back(words, self.channel.estates, self.say))

    def address(self, text: Text) -> str:
        """Where a text is edited."""
        tag = str(text.words.__struct_config__.tag)
        return url_for(f"desk.{'proposal' if tag == 'source' else tag}", ident=text.id)

    def stand(self, text: Text) -> str:
        """Where a text is on its way, in words."""
        say = self.say
        if isinstance(text.words, Proposal) and text.state == "approved":
            return say("To be added to the files")
        stand, there = text.stand(self.clock.now()), self.is_there(text)
        if stand == "on air" and self._is_silent(text.words):
            return say("A drill that no box shows")
        if stand == "on air" and there is False:
            return say("On its way to the air")
        return say("Still on air") if stand != "on air" and there else say(STANDS[stand])

    def _is_silent(self, words: Words) -> bool:
        """Whether it is a drill of a channel whose boxes are shown none."""
        return isinstance(words, Takeover) and words.drill and not self.channel.settings.drills

    def is_there(self, text: Text) -> bool | None:
        """Whether the release that is on air has it; None for what has no page of its own."""
        if not isinstance(text.words, Notice | Takeover):
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
        warnings = (text for text in found if isinstance(text.words, Takeover) and not self._is_silent(text.words))
        return [text for text in warnings if text.stand(now) == "on air" or self.is_there(text)]

    def changed(self, conflict: Conflict) -> str:
        """That somebody else was there before."""
        at = self.say.clock(conflict.now.at)
        return self.say("{name} changed this text at {time}: look at both.", name=conflict.now.author, time=at)

    def begun(self, kind: type[W], text: Text | None, begins: datetime) -> Begun | None:
        """An older version of ``text``, or the words of another text of that ``kind`` to begin a new one with at
        ``begins``; None where the address names neither. Raises NotFound."""
        say, version, copied = self.say, request.args.get("version", ""), request.args.get("copy", "")
        if text is not None and _is_number(version):
            words = self.texts.revision(text.id, int(version))
            note = say("These are the words of version {n}: save them, and they are the newest.", n=version)
            return Begun(words=words, note=note, kept=f"{text.id} of {version}")
        if text is None and _is_number(copied):
            old = self.texts.get(int(copied)).words
            if not isinstance(old, kind):
                raise NotFound(f"copy: found {copied}, which is a text of another kind")
            ends = old.ends if old.ends == FOREVER else begins + (old.ends - old.begins)
            words = msgspec.structs.replace(old, begins=begins, ends=ends)
            note = say("A copy of “{title}”: look at its times, then save it.", title=old.title)
            return Begun(words=words, note=note, kept=f"copy of {copied}")
        return None

    def said_others(self, names: list[str]) -> str:
        """Whose tabs have the same text open; empty: nobody's."""
        say, me = self.say, login().person.name
        others = [name for name in names if name != me]
        if others:
            return say("This text is also open at: {names}.", names=say.joined(others))
        return say("You have this text open in another tab.") if names else ""

    def may_approve(self, me: Person, writers: set[str]) -> bool:
        """Whether somebody may approve what these people wrote."""
        return me.may("approver") and (self.texts.alone or me.name not in writers)

    def pages(self) -> dict[str, str]:
        """The pages that texts of the desk stand on, with their titles."""
        pages = self.channel.lineup.pages
        return {**pages_of(self.channel.lineup), **({ALERTS: pages[ALERTS].title} if ALERTS in pages else {})}

    def page(self, template: str, status: int = 200, **given: Any) -> BaseResponse:
        """A page of the desk."""
        is_known = bool(g.get("login"))
        held = self.held() if is_known else []
        stopped = is_known and self._is_stopped()
        return self._page(template, status, self.loud() if is_known else [], held=held, stopped=stopped, **given)

    def _page(self, template: str, status: int, loud: list[Text], **given: Any) -> BaseResponse:
        say, now = self.say, self.clock.now()
        login = g.get("login")
        clock = say("{day} {time}", day=say.dated(say.day_of(now), "EEE d MMM"), time=say.clock(now))
        made = render_template(
            template, say=say, within=say.within, plural=say.plural, title=self.channel.settings.title,
            clock=clock, zone=say.zone.key, me=login.person if login else None, form=login.form if login else "",
            loud=loud, at=self.at, at_zone=self.at_zone, address_of=self.address, copied=_copied,
            alone=self.texts.alone, **given,
        )  # fmt: skip
        return Response(made, status, content_type="text/html; charset=utf-8")

    def refused(self, status: int, sentence: str) -> BaseResponse:
        """A sentence in place of what was asked for; to a browser that goes there as a page, which asks no database and
        leads back to the form with every word in it."""
        if "text/html" not in request.headers.get("Accept", ""):
            return plain(status, sentence)
        rule = request.url_rule
        is_form = request.method == "POST" and rule is not None and "GET" in (rule.methods or ())
        back = request.script_root + request.full_path.rstrip("?") if is_form else ""
        return self._page("trouble.html", status, [], sentence=sentence, back=back, login=status == 401)

    def failed(self, error: Exception) -> BaseResponse:
        """The answer to what went wrong."""
        if isinstance(error, OperationalError):
            return self.refused(503, self.say("The database does not answer. What you wrote is kept in this browser."))
        if isinstance(error, NotFound):
            return self.refused(404, self.say("This is not there."))
        if isinstance(error, ChannelError):
            told = sentence(error, self.say) if isinstance(error, PersonError) else error.message
            return self.refused(400, told)
        code = getattr(error, "code", None)
        if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return self.refused(
                413, self.say("That is more than the desk takes at once. What you wrote is kept in this browser.")
            )
        if isinstance(code, int):
            return self.refused(code, str(getattr(error, "name", "")))
        _LOG.exception("the desk failed")
        return self.refused(500, self.say("Something went wrong. What you wrote is kept in this browser."))

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


def _copied(text: Text) -> str:
    """Where a new text begins with the words of an old one."""
    tag = str(text.words.__struct_config__.tag)
    forms = {"notice": "new", "takeover": "warn", "correction": "correct", "guide": "new_guide", "source": "add"}
    return url_for(f"desk.{forms.get(tag, f'{tag}_new')}", copy=text.id)


def plain(status: int, sentence: str) -> BaseResponse:
    """A sentence as an answer."""
    return Response(sentence, status, content_type="text/plain; charset=utf-8")


def login() -> Login:
    """Who asks."""
    return cast("Login", g.login)


def given(name: str) -> str:
    """What a form says."""
    return request.form.get(name, "")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def base() -> int:
    """The revision that a form was based on."""
    text = given("base")
    return int(text) if _is_number(text) else -1
