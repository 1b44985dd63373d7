"""The desk's addresses, below whatever prefix the blueprint is given. Every one but the login wants a login.

::

    /login, /openid/…          who it is: ``broadcaster.desk.entrance``
    /                          what waits for me, what is on air
    /notice/new                an empty notice; POST makes a draft of it
    /notice/{id}               a notice; POST saves, submits, approves, takes back or archives it
    /drafted                   POST: what a notice looks like while it is being written, as JSON
    /takeover/…                warnings: ``broadcaster.desk.takeovers``
    /records, /correction/…    what sources say, corrected: ``broadcaster.desk.corrections``
    /ticker/…                  lines of the home page's ticker: ``broadcaster.desk.tickers``
    /guide/…                   guides, in the same way: ``broadcaster.desk.guides``
    /lineup, /lineup/…         the line-up, changed: ``broadcaster.desk.lineups``
    /picture/…                 pictures of notices: ``broadcaster.desk.pictures``
    /texts, /versions/…        all texts, and what differs between their versions: ``lookup``, ``history``
    /people, /person, /me      people, their passwords and logins: ``broadcaster.desk.accounts``
    /sources, /source/…        where data come from, asked and held: ``broadcaster.desk.sources``
    /sources/new, /proposal/…  a source to be, and its page: ``broadcaster.desk.proposals``
    /television…               any page at any time, and all at once: ``broadcaster.desk.television``
    /change/{id}               what a text changes, and what became of it: ``broadcaster.desk.changes``
    /record                    who did what, for administrators

Each form brings back what its login gave out, and the revision that it was based on.
"""

from __future__ import annotations

from importlib.resources import files

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import audit, logins, picture
from broadcaster.desk.accounts import Accounts
from broadcaster.desk.change import LineupChange
from broadcaster.desk.changes import Changes
from broadcaster.desk.correction import Correction, fits
from broadcaster.desk.corrections import Corrections
from broadcaster.desk.entrance import Entrance
from broadcaster.desk.guide import GUIDES, Guide
from broadcaster.desk.guides import Guides
from broadcaster.desk.history import History
from broadcaster.desk.lineups import Lineups
from broadcaster.desk.lookup import Lookup
from broadcaster.desk.notice import Notice
from broadcaster.desk.notices import Notices
from broadcaster.desk.pictures import Pictures
from broadcaster.desk.proposals import Proposals
from broadcaster.desk.room import Room, given, login
from broadcaster.desk.samples import MOST_BYTES
from broadcaster.desk.sheet import Sheet
from broadcaster.desk.sources import Sources
from broadcaster.desk.takeover import WARNINGS, Takeover
from broadcaster.desk.takeovers import Takeovers
from broadcaster.desk.television import Television
from broadcaster.desk.ticker import TickerLine
from broadcaster.desk.ticker import source_of as ticker_source
from broadcaster.desk.tickers import Tickers
from broadcaster.desk.visit import LONGEST_FORM, bound, token
from broadcaster.desk.words import Words, desk_source
from channel.folder import Channel
from feeds.base.clock import Clock, SystemClock
from feeds.base.errors import NotFound

_SAVED = "channel-desk-saved"
"""Tells the browser that what it sent has reached the desk, so that it need not keep it."""
_STATIC = {
    **dict.fromkeys(("desk.css", "television.css", "set.css"), "text/css; charset=utf-8"),
    **dict.fromkeys(("desk.js", "plan.js", "television.js"), "text/javascript; charset=utf-8"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FILES = {
    "desk.add": MOST_BYTES, "desk.upload": picture.MOST_BYTES, "desk.new": picture.MOST_BYTES,
    "desk.notice": picture.MOST_BYTES,
}  # fmt: skip
"""Bytes of the file that a form may bring."""
_OPEN = frozenset({"desk.login", "desk.static_file", "desk.openid", "desk.openid_back"})
"""What is answered without a login."""
_ONCE = frozenset({"desk.me", "desk.logout"})
"""What is open to somebody who still has the password that they were given."""


def create_blueprint(channel: Channel, *, clock: Clock | None = None, secret: str = "") -> Blueprint:
    """The desk of a channel as a Flask blueprint without a prefix; ``secret`` is what its login server knows it by."""
    return blueprint_of(Room(channel, clock or SystemClock()), secret)


def blueprint_of(room: Room, secret: str = "") -> Blueprint:
    """The desk of a room that somebody else closes."""
    return _Desk(room, secret).blueprint


class _Desk:
    def __init__(self, room: Room, secret: str) -> None:
        self._room, self._say = room, room.say
        made = self.blueprint = Blueprint("desk", __name__, template_folder="templates")
        made.before_request(self._guard)
        made.after_request(_sealed)
        made.register_error_handler(Exception, room.failed)
        made.add_url_rule("/static/<name>", "static_file", self._static)
        made.add_url_rule("/", "home", self._home)
        made.add_url_rule("/record", "record", self._record)
        Entrance(room, secret).register(made)
        Notices(room).register(made)
        Takeovers(room).register(made)
        Corrections(room).register(made)
        Tickers(room).register(made)
        Guides(room).register(made)
        Lineups(room).register(made)
        Pictures(room).register(made)
        Lookup(room).register(made)
        History(room).register(made)
        Accounts(room).register(made)
        Sources(room).register(made)
        Proposals(room).register(made)
        Television(room).register(made)
        Sheet(room).register(made)
        Changes(room).register(made)

    # --- who asks ---------------------------------------------------------------------------------------------------

    def _guard(self) -> BaseResponse | None:
        bound()
        if request.endpoint in _OPEN:
            return None
        by_itself = request.endpoint == "desk.present"
        known = logins.login_of(self._room.texts.engine, token(), self._room.clock.now(), by_itself=by_itself)
        if known is None:
            if request.method == "POST" or request.accept_mimetypes.best == "application/json":
                return self._room.refused(401, self._say("Your login is over. What you wrote is kept in this browser."))
            return redirect(url_for("desk.login"), 303)
        g.login = known
        if request.mimetype == "multipart/form-data":
            request.max_content_length = LONGEST_FORM + _FILES.get(request.endpoint or "", 0)
        if request.method == "POST" and not logins.is_form(known, given("form")):
            return self._room.refused(403, self._say("This form is not of your login: load its page again."))
        if known.person.once and request.endpoint not in _ONCE:
            return redirect(url_for("desk.me"), 303)
        return None

    # --- pages of their own -----------------------------------------------------------------------------------------

    def _home(self) -> BaseResponse:
        now, me = self._room.clock.now(), login().person
        running = self._room.texts.running(now)
        texts = self._room.texts.all(("draft", "back", "submitted"))
        changes = [text for text in running if isinstance(text.words, Correction)]
        return self._room.page(
            "home.html", now=now, said=self._room.said, stand=self._room.stand,
            mine=[t for t in texts if t.state in ("draft", "back") and t.author == me.name],
            waiting=[t for t in texts if t.state == "submitted"],
            running=[t for t in running if isinstance(t.words, Notice | TickerLine | Guide)],
            lineup=[t for t in running if isinstance(t.words, LineupChange)],
            warnings=[t for t in running if isinstance(t.words, Takeover) and t.stand(now) == "on air"],
            corrections=[(text, self._fits(text.words)) for text in changes],
            warns=bool(desk_source(self._room.channel, WARNINGS)), ticks=bool(ticker_source(self._room.channel)),
            guides=bool(desk_source(self._room.channel, GUIDES)), items=len(self._room.archive.waiting()),
        )  # fmt: skip

    def _fits(self, words: Words) -> bool:
        return isinstance(words, Correction) and fits(self._room.archive, self._room.channel, words)

    def _record(self) -> BaseResponse:
        if not login().person.may("administrator"):
            return self._room.refused(403, self._say("This page is for administrators."))
        engine = self._room.texts.engine
        return self._room.page("record.html", deeds=list(audit.deeds(engine)), broken=audit.verify(engine))

    def _static(self, name: str) -> BaseResponse:
        if name not in _STATIC:
            raise NotFound(f"file: found {name!r}, which is not there")
        return Response(files("broadcaster.desk").joinpath(name).read_bytes(), content_type=_STATIC[name])


def _sealed(answer: Response) -> Response:
    # What stands on the television brings its own.
    answer.headers.setdefault("Content-Security-Policy", _POLICY)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers.setdefault("Referrer-Policy", "no-referrer")
    answer.headers["Cache-Control"] = "no-store"
    if request.method == "POST" and answer.status_code == 303 and "login" in g:
        answer.set_cookie(
            _SAVED, "1", max_age=60, path=url_for("desk.home"), samesite="Strict", secure=request.is_secure
        )
    return answer
