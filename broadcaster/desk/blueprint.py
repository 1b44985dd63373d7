"""The desk's addresses, below whatever prefix the blueprint is given. Every one but the login wants a login.

::

    /login                     name and password
    /                          what waits for me, what is on air
    /notice/new                an empty notice; POST makes a draft of it
    /notice/{id}               a notice; POST saves, submits, approves, takes back or archives it
    /drafted                   POST: what a notice looks like while it is being written, as JSON
    /takeover/…                warnings: ``broadcaster.desk.takeovers``
    /records, /correction/…    what sources say, corrected: ``broadcaster.desk.corrections``
    /television…               any page at any time, and all at once: ``broadcaster.desk.television``
    /change/{id}               what a text changes, and what became of it: ``broadcaster.desk.changes``
    /record                    who did what, for administrators

Each form brings back what its login gave out, and the revision that it was based on.
"""

from __future__ import annotations

from importlib.resources import files

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import audit, people
from broadcaster.desk.changes import Changes
from broadcaster.desk.correction import Correction, fits
from broadcaster.desk.corrections import Corrections
from broadcaster.desk.notice import Notice
from broadcaster.desk.notices import Notices
from broadcaster.desk.room import Room, given, login, plain
from broadcaster.desk.sheet import Sheet
from broadcaster.desk.takeover import Takeover, source_of
from broadcaster.desk.takeovers import Takeovers
from broadcaster.desk.television import Television
from broadcaster.desk.words import Words
from channel.settings import Channel
from feeds.base.clock import Clock, SystemClock
from feeds.base.errors import BusyError, NotFound, PersonError

COOKIE = "channel-desk"
_STATIC = {
    **dict.fromkeys(("desk.css", "television.css", "set.css"), "text/css; charset=utf-8"),
    **dict.fromkeys(("desk.js", "television.js"), "text/javascript; charset=utf-8"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_OPEN = frozenset({"desk.login", "desk.static_file"})
"""What is answered without a login."""


def create_blueprint(channel: Channel, *, clock: Clock | None = None) -> Blueprint:
    """The desk of a channel as a Flask blueprint without a prefix."""
    room = Room(channel, clock or SystemClock())
    return _Desk(room).blueprint


class _Desk:
    def __init__(self, room: Room) -> None:
        self._room, self._say = room, room.say
        made = self.blueprint = Blueprint("desk", __name__, template_folder="templates")
        made.before_request(self._guard)
        made.after_request(_sealed)
        made.register_error_handler(Exception, room.failed)
        made.add_url_rule("/login", "login", self._login, methods=["GET", "POST"])
        made.add_url_rule("/logout", "logout", self._logout, methods=["POST"])
        made.add_url_rule("/static/<name>", "static_file", self._static)
        made.add_url_rule("/", "home", self._home)
        made.add_url_rule("/record", "record", self._record)
        Notices(room).register(made)
        Takeovers(room).register(made)
        Corrections(room).register(made)
        Television(room).register(made)
        Sheet(room).register(made)
        Changes(room).register(made)

    # --- who asks ---------------------------------------------------------------------------------------------------

    def _guard(self) -> BaseResponse | None:
        if request.endpoint in _OPEN:
            return None
        known = people.login_of(self._room.texts.engine, request.cookies.get(COOKIE, ""), self._room.clock.now())
        if known is None:
            if request.method == "POST" or request.accept_mimetypes.best == "application/json":
                return plain(401, self._say("Your login is over. What you wrote is kept in this browser."))
            return redirect(url_for("desk.login"), 303)
        g.login = known
        if request.method == "POST" and not people.is_form(known, given("form")):
            return plain(403, self._say("This form is not of your login: load its page again."))
        return None

    def _login(self) -> BaseResponse:
        error = ""
        if request.method == "POST":
            name, password = request.form.get("name", "").strip(), request.form.get("password", "")
            engine, now = self._room.texts.engine, self._room.clock.now()
            try:
                token = people.log_in(engine, name, password, request.remote_addr or "", now)
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
        return self._room.page("login.html", 401 if error else 200, error=error)

    def _logout(self) -> BaseResponse:
        people.log_out(self._room.texts.engine, request.cookies.get(COOKIE, ""), self._room.clock.now())
        answer = redirect(url_for("desk.login"), 303)
        answer.delete_cookie(COOKIE, path=url_for("desk.home"))
        return answer

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
            running=[t for t in running if isinstance(t.words, Notice)],
            warnings=[t for t in running if isinstance(t.words, Takeover) and t.stand(now) == "on air"],
            corrections=[(text, self._fits(text.words)) for text in changes],
            warns=bool(source_of(self._room.channel)),
        )  # fmt: skip

    def _fits(self, words: Words) -> bool:
        return isinstance(words, Correction) and fits(self._room.archive, self._room.channel, words)

    def _record(self) -> BaseResponse:
        if not login().person.may("administrator"):
            return plain(403, self._say("This page is for administrators."))
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
    return answer
