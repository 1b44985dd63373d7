"""The desk's addresses, below whatever prefix the blueprint is given. Every one but the login wants a login.

::

    /login                     name and password
    /                          what waits for me, what is on air
    /notice/new                an empty notice; POST makes a draft of it
    /notice/{id}               a notice; POST saves, submits, approves, takes back or archives it
    /drafted                   POST: what a notice looks like while it is being written, as JSON
    /record                    who did what, for administrators

Each form brings back what its login gave out, and the revision that it was based on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, cast

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import audit, people
from broadcaster.desk.air import publish
from broadcaster.desk.drafts import Drafts
from broadcaster.desk.forms import Filled, filled_of, read
from broadcaster.desk.notice import Notice, checked, pages_of, said_back
from broadcaster.desk.people import Login
from broadcaster.desk.tables import open_database
from broadcaster.desk.texts import Conflict, Text, Texts
from channel.estates import DISTRICT
from channel.settings import Channel
from feeds.archive import Archive
from feeds.base.clock import Clock, SystemClock
from feeds.base.errors import BusyError, ChannelError, NotFound, PersonError

_LOG = logging.getLogger(__name__)
COOKIE = "channel-desk"
_STATIC = {"desk.css": "text/css; charset=utf-8", "desk.js": "text/javascript; charset=utf-8"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_OPEN = frozenset({"desk.login", "desk.static_file"})
"""What is answered without a login."""


def create_blueprint(channel: Channel, *, clock: Clock | None = None) -> Blueprint:
    """The desk of a channel as a Flask blueprint without a prefix."""
    return _Desk(channel, clock or SystemClock()).blueprint


class _Desk:
    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel, self._clock, self._say = channel, clock, channel.say
        self._archive = Archive.open(channel.archive_url)
        self._texts = Texts(open_database(channel.archive_url))
        self._drafts = Drafts(channel)
        made = self.blueprint = Blueprint("desk", __name__, template_folder="templates")
        made.before_request(self._guard)
        made.after_request(_sealed)
        made.register_error_handler(Exception, self._failed)
        made.add_url_rule("/login", "login", self._login, methods=["GET", "POST"])
        made.add_url_rule("/logout", "logout", self._logout, methods=["POST"])
        made.add_url_rule("/static/<name>", "static_file", self._static)
        made.add_url_rule("/", "home", self._home)
        made.add_url_rule("/notice/new", "new", self._new, methods=["GET", "POST"])
        made.add_url_rule("/notice/<int:ident>", "notice", self._notice, methods=["GET", "POST"])
        made.add_url_rule("/drafted", "drafted", self._drafted, methods=["POST"])
        made.add_url_rule("/record", "record", self._record)

    # --- who asks ---------------------------------------------------------------------------------------------------

    def _guard(self) -> BaseResponse | None:
        if request.endpoint in _OPEN:
            return None
        login = people.login_of(self._texts.engine, request.cookies.get(COOKIE, ""), self._clock.now())
        if login is None:
            if request.method == "POST" or request.accept_mimetypes.best == "application/json":
                return self._plain(401, self._say("Your login is over. What you wrote is kept in this browser."))
            return redirect(url_for("desk.login"), 303)
        g.login = login
        if request.method == "POST" and not people.is_form(login, _given("form")):
            return self._plain(403, self._say("This form is not of your login: load its page again."))
        return None

    def _login(self) -> BaseResponse | str:
        error = ""
        if request.method == "POST":
            name, password = request.form.get("name", "").strip(), request.form.get("password", "")
            try:
                token = people.log_in(
                    self._texts.engine, name, password, request.remote_addr or "", self._clock.now()
                )
            except BusyError:
                error = self._say("Too many tries: please wait a quarter of an hour.")
            except PersonError:
                error = self._say("Name and password do not go together.")
            else:
                answer = redirect(url_for("desk.home"), 303)
                answer.set_cookie(
                    COOKIE, token, path=url_for("desk.home"), httponly=True, samesite="Strict",
                    secure=request.is_secure,
                )  # fmt: skip
                return answer
        page = self._page("login.html", error=error)
        return Response(page, 401 if error else 200, content_type="text/html; charset=utf-8")

    def _logout(self) -> BaseResponse:
        people.log_out(self._texts.engine, request.cookies.get(COOKIE, ""), self._clock.now())
        answer = redirect(url_for("desk.login"), 303)
        answer.delete_cookie(COOKIE, path=url_for("desk.home"))
        return answer

    # --- pages ------------------------------------------------------------------------------------------------------

    def _home(self) -> str:
        now, me = self._clock.now(), _login().person
        texts = self._texts.all()
        mine = [t for t in texts if t.state in ("draft", "back") and t.author == me.name]
        waiting = [t for t in texts if t.state == "submitted"]
        running = [t for t in texts if t.state == "approved"]
        return self._page(
            "home.html", mine=mine, waiting=waiting, running=running, now=now, said=self._said, stand=self._stand
        )

    def _new(self) -> BaseResponse | str:
        pages = pages_of(self._channel.lineup)
        if request.method == "GET":
            begins = _next_hour(self._clock.now())
            empty = Filled.fresh(next(iter(pages), ""), begins, begins + timedelta(days=2), self._say)
            return self._edit(None, empty, "")
        return self._saving(None)

    def _notice(self, ident: int) -> BaseResponse | str:
        if request.method == "GET":
            text = self._texts.get(ident)
            return self._edit(text, filled_of(text.notice, self._say), "")
        steps: dict[str, Callable[..., Text]] = {
            "submit": self._texts.submit, "approve": self._texts.approve, "back": self._texts.take_back,
            "archive": self._texts.archive,
        }  # fmt: skip
        step = steps.get(_given("do"))
        if step is None:
            return self._saving(ident)
        try:
            step(_login().person, ident, _base(), self._clock.now())
        except Conflict as conflict:
            return self._edit(conflict.now, filled_of(conflict.now.notice, self._say), self._changed(conflict), 409)
        except PersonError as error:
            text = self._texts.get(ident)
            return self._edit(text, filled_of(text.notice, self._say), error.message, 400)
        self._aired()
        return redirect(url_for("desk.notice", ident=ident), 303)

    def _saving(self, ident: int | None) -> BaseResponse | str:
        """Save what the form says; on any trouble the form comes back with every word in it."""
        filled = read(request.form)
        text = self._texts.get(ident) if ident else None
        try:
            notice = self._checked(filled)
            now, me = self._clock.now(), _login().person
            if ident is None:
                text = self._texts.create(me, notice, now)
            else:
                text = self._texts.save(me, ident, _base(), notice, now)
            if _given("do") == "ask":
                text = self._texts.submit(me, text.id, text.revision, now)
        except Conflict as conflict:
            return self._edit(conflict.now, filled, self._changed(conflict), 409, theirs=conflict.now.notice)
        except PersonError as error:
            return self._edit(text, filled, error.message, 400)
        self._aired()
        return redirect(url_for("desk.notice", ident=text.id), 303)

    def _drafted(self) -> BaseResponse:
        """What the notice looks like now, and what was chosen, said back."""
        try:
            notice = self._checked(read(request.form))
        except PersonError as error:
            return jsonify({"trouble": error.message})
        estate = _given("estate")
        place = estate if estate in self._channel.estates else DISTRICT
        shown = self._drafts.shown(self._archive, notice, place, self._clock.now())
        return jsonify(
            {
                "said": said_back(notice, self._channel.estates, self._say),
                "shown": [{n: getattr(one, n) for n in ("profile", "title", "pictures", "findings")} for one in shown],
            }
        )

    def _record(self) -> BaseResponse | str:
        if not _login().person.may("administrator"):
            return self._plain(403, self._say("This page is for administrators."))
        broken = audit.verify(self._texts.engine)
        return self._page("record.html", deeds=list(audit.deeds(self._texts.engine)), broken=broken)

    def _static(self, name: str) -> BaseResponse:
        if name not in _STATIC:
            raise NotFound(f"file: found {name!r}, which is not there")
        return Response(files("broadcaster.desk").joinpath(name).read_bytes(), content_type=_STATIC[name])

    # --- what pages need --------------------------------------------------------------------------------------------

    def _checked(self, filled: Filled) -> Notice:
        notice = filled.notice(self._say)
        return checked(notice, self._channel.lineup, self._channel.estates, _login().person)

    def _aired(self) -> None:
        publish(self._texts, self._archive, self._channel.estates, self._channel.state, self._clock.now())

    def _changed(self, conflict: Conflict) -> str:
        at = self._say.clock(conflict.now.at)
        return self._say("{name} changed this text at {time}: look at both.", name=conflict.now.author, time=at)

    def _said(self, text: Text) -> str:
        return said_back(text.notice, self._channel.estates, self._say)

    def _stand(self, text: Text) -> str:
        say = self._say
        words = {
            "draft": say("Draft"), "submitted": say("Waits for approval"), "scheduled": say("Scheduled"),
            "on air": say("On air"), "over": say("Over"), "back": say("Taken back"), "archived": say("Archived"),
        }  # fmt: skip
        return words[text.stand(self._clock.now())]

    def _edit(
        self, text: Text | None, filled: Filled, trouble: str, status: int = 200, theirs: Notice | None = None
    ) -> BaseResponse:
        me = _login().person
        writers = {author for _, author, _, _ in self._texts.revisions(text.id)} if text else set()
        page = self._page(
            "notice.html", text=text, filled=filled, trouble=trouble, theirs=theirs,
            pages=pages_of(self._channel.lineup), towns=self._channel.estates.towns,
            estates=[e for e in self._channel.estates.values() if e.lon is not None][:2000],
            stand=self._stand(text) if text else "", said=self._said(text) if text else "",
            revisions=self._texts.revisions(text.id) if text else [],
            may_write=me.may("editor"), may_approve=me.may("approver") and me.name not in writers,
        )  # fmt: skip
        return Response(page, status, content_type="text/html; charset=utf-8")

    def _page(self, template: str, **given: Any) -> str:
        say, now = self._say, self._clock.now()
        login = g.get("login")
        clock = say("{day} {time}", day=say.dated(say.day_of(now), "EEE d MMM"), time=say.clock(now))
        return render_template(
            template, say=say, within=say.within, plural=say.plural, title=self._channel.settings.title,
            clock=clock, zone=say.zone.key, me=login.person if login else None, form=login.form if login else "",
            at=lambda moment: say("{day} {time}", day=say.dated(say.day_of(moment), "d MMM"), time=say.clock(moment)),
            **given,
        )  # fmt: skip

    def _failed(self, error: Exception) -> BaseResponse:
        if isinstance(error, OperationalError):
            return self._plain(503, self._say("The database does not answer. What you wrote is kept in this browser."))
        if isinstance(error, NotFound):
            return self._plain(404, self._say("This is not there."))
        if isinstance(error, ChannelError):
            return self._plain(400, error.message)
        code = getattr(error, "code", None)
        if isinstance(code, int):
            return self._plain(code, str(getattr(error, "name", "")))
        _LOG.exception("the desk failed")
        return self._plain(500, self._say("Something went wrong. What you wrote is kept in this browser."))

    @staticmethod
    def _plain(status: int, sentence: str) -> BaseResponse:
        return Response(sentence, status, content_type="text/plain; charset=utf-8")


def _login() -> Login:
    return cast("Login", g.login)


def _given(name: str) -> str:
    return request.form.get(name, "")


def _base() -> int:
    text = _given("base")
    return int(text) if text.isdecimal() and len(text) < 9 else -1


def _next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _sealed(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer
