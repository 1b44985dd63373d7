"""The way in: by name, password and code, or by the word of a login server.

::

    /login          name, password and code
    /logout         POST: out again
    /openid         to the channel's login server, if it has one
    /openid/back    from there; a page that leads on, since browsers keep a strict cookie from another site's redirect
"""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.desk import logins
from broadcaster.desk.openid import Asked, Provider
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.room import Room
from broadcaster.desk.visit import address, agent, forget, remember, token
from feeds.base.errors import BusyError, NotFound, PersonError, TrustError

_ASKED = "channel-desk-openid"
_ASKED_S = 600


class Entrance:
    """``/login``, ``/logout``, ``/openid``, ``/openid/back``."""

    def __init__(self, room: Room, secret: str) -> None:
        self._room, self._say, self._engine = room, room.say, room.texts.engine
        settings = room.channel.settings.desk.openid
        self._provider = Provider(settings, secret) if settings else None

    def register(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/login", "login", self._login, methods=["GET", "POST"])
        blueprint.add_url_rule("/logout", "logout", self._logout, methods=["POST"])
        blueprint.add_url_rule("/openid", "openid", self._openid)
        blueprint.add_url_rule("/openid/back", "openid_back", self._back)

    def _login(self) -> BaseResponse:
        if request.method == "GET":
            return self._asking("", 200)
        form, now = request.form, self._room.clock.now()
        try:
            made = logins.log_in(
                self._engine, form.get("name", "").strip(), form.get("password", ""), address(), now,
                code=form.get("code", ""), agent=agent(), before=token(),
            )  # fmt: skip
        except BusyError:
            return self._asking(self._say("Too many tries: please wait a quarter of an hour."))
        except PersonError:
            return self._asking(self._say("Name, password and code do not go together."))
        return remember(redirect(url_for("desk.home"), 303), made)

    def _asking(self, error: str, status: int = 401) -> BaseResponse:
        return self._room.page("login.html", status, error=error, elsewhere=self._provider is not None)

    def _logout(self) -> BaseResponse:
        logins.log_out(self._engine, token(), self._room.clock.now())
        return forget(redirect(url_for("desk.login"), 303))

    def _openid(self) -> BaseResponse:
        try:
            where, asked = self._known().question()
        except (BusyError, TrustError):
            return self._asking(self._say("The login server does not answer."), 503)
        answer = redirect(where, 303)
        # Lax: it has to come back with the browser from the server's own site.
        answer.set_cookie(
            _ASKED, asked.written(), max_age=_ASKED_S, path=url_for("desk.openid"), httponly=True, samesite="Lax",
            secure=request.is_secure,
        )  # fmt: skip
        return answer

    def _back(self) -> BaseResponse:
        provider, now, given = self._known(), self._room.clock.now(), request.args
        try:
            asked = Asked.read(request.cookies.get(_ASKED, ""))
            name = provider.name(asked, given.get("state", ""), given.get("code", ""), now)
            made = logins.let_in(self._engine, name, address(), now, agent=agent(), before=token())
        except BusyError:
            return self._asking(self._say("The login server does not answer."), 503)
        except Refusal as refusal:
            return self._asking(refusal.said(self._say), 403)
        except (PersonError, TrustError):
            return self._asking(self._say("That is not the word of the login server: please try again."), 400)
        answer = remember(self._room.page("entered.html", name=name), made)
        answer.delete_cookie(_ASKED, path=url_for("desk.openid"))
        return answer

    def _known(self) -> Provider:
        if self._provider is None:
            raise NotFound("openid: this channel names no login server")
        return self._provider
