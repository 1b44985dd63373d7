"""The preview's addresses, below whatever prefix the blueprint is given.

::

    /                                          the editor's page
    /at/{moment}/{profile}/{estate}/{name}     a document, rendered now as of that moment, never stored
    /at/{moment}/assets/{name}                 a picture of it
    /facts/{moment}/{profile}/{estate}/{page}  findings and sources as JSON
    /estates?q=  /pages                        what there is to choose from, as JSON
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.origin.answer import policy
from broadcaster.preview import access
from broadcaster.preview.facts import facts
from broadcaster.preview.studio import Studio, parse
from channel.estates import DISTRICT, Estate
from channel.paint.output import MEDIA
from channel.settings import Channel
from feeds.base.clock import Clock, SystemClock, local
from feeds.base.errors import ChannelError, NotFound

_LOG = logging.getLogger(__name__)
_STATIC = {
    "preview.css": "text/css; charset=utf-8",
    "preview.js": "text/javascript; charset=utf-8",
    "television.js": "text/javascript; charset=utf-8",
    "chooser.js": "text/javascript; charset=utf-8",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
MOST_FOUND = 20
NO_TOKEN = "预览需要口令：请打开 channel run 打印的地址。"
NO_TOKEN_HINT = (
    "The preview asks for its token: open the address that `channel run` prints, or add ?token= and what the file "
    "preview-token in the state folder says."
)


def create_blueprint(
    channel: Channel, token: str, *, clock: Clock | None = None, studio: Studio | None = None
) -> Blueprint:
    """The preview of a channel as a Flask blueprint without a prefix; it answers this machine only, and there whoever
    has ``token``."""
    return _Preview(channel, token, clock or SystemClock(), studio or Studio(channel)).blueprint


class _Preview:
    def __init__(self, channel: Channel, token: str, clock: Clock, studio: Studio) -> None:
        self._channel = channel
        self._token = token
        self._clock = clock
        self._studio = studio
        made = self.blueprint = Blueprint("preview", __name__, template_folder=".")
        made.before_request(self._guard)
        made.after_request(_sealed)
        made.register_error_handler(ChannelError, self._trouble)
        made.register_error_handler(Exception, self._fault)
        made.add_url_rule("/", "home", self._home)
        made.add_url_rule("/static/<name>", "static_file", self._static)
        made.add_url_rule("/pages", "pages", self._pages)
        made.add_url_rule("/estates", "estates", self._estates)
        made.add_url_rule("/at/<moment>/", "entry", self._entry)
        made.add_url_rule("/at/<moment>/assets/<name>", "asset", self._asset)
        made.add_url_rule("/at/<moment>/<profile>/<estate>/alert.json", "alert", self._alert)
        made.add_url_rule("/at/<moment>/<profile>/<estate>/<path:name>", "document", self._document)
        made.add_url_rule("/facts/<moment>/<profile>/<estate>/<number>", "facts", self._facts)

    def _guard(self) -> BaseResponse | None:
        fields = frozenset(name.lower() for name, _ in request.headers)
        reason = access.refusal(request.remote_addr or "", request.headers.get("Host", ""), fields)
        if reason:
            return _plain(403, reason)
        if access.is_token(request.args.get(access.PARAMETER, ""), self._token):
            return self._let_in()
        if not access.is_token(request.cookies.get(access.COOKIE, ""), self._token):
            return _plain(403, f"{NO_TOKEN}\n{NO_TOKEN_HINT}")
        return None

    def _let_in(self) -> BaseResponse:
        """The same address without the token, which the browser keeps from now on and no address shows."""
        rest = {name: value for name, value in request.args.items() if name != access.PARAMETER}
        answer = redirect(f"{request.path.rpartition('/')[2] or './'}{'?' + urlencode(rest) if rest else ''}", 303)
        answer.set_cookie(
            access.COOKIE, self._token, path=url_for("preview.home"), httponly=True, samesite="Lax", max_age=None
        )
        return answer

    def _home(self) -> Response:
        profiles = [(name, profile.title) for name, profile in self._studio.profiles.items()]
        text = render_template(
            "preview.html",
            title=self._channel.settings.title,
            district=self._channel.settings.district,
            profiles=profiles,
            now=f"{local(self._clock.now()):%Y-%m-%dT%H:%M}",
        )
        return Response(text, headers={"Content-Security-Policy": _POLICY})

    def _static(self, name: str) -> Response:
        if name not in _STATIC:
            raise NotFound(f"file: found {name!r}")
        return Response(files(__package__).joinpath(name).read_bytes(), content_type=_STATIC[name])

    def _pages(self) -> Response:
        pages = self._channel.lineup.pages.values()
        return jsonify([{"id": p.number, "name": p.title, "note": _SCOPES[p.scope]} for p in pages])

    def _estates(self) -> Response:
        found = search(request.args.get("q", "")[:64], self._channel.estates.values())
        chosen = [{"id": DISTRICT, "name": "全区", "note": "未设置小区的机顶盒"}] if not request.args.get("q") else []
        return jsonify(chosen + [{"id": e.id, "name": e.name, "note": e.town} for e in found])

    def _document(self, moment: str, profile: str, estate: str, name: str) -> BaseResponse:
        document = self._studio.document(profile, estate, name, parse(moment))
        if document.location:
            return redirect(urljoin(request.url, document.location))
        answer = Response(document.body, content_type=document.media)
        if document.media.startswith(("text/html", "application/vnd")):
            answer.headers["Content-Security-Policy"] = policy(document.style, document.script)
        return answer

    def _entry(self, moment: str) -> BaseResponse:
        """Where a page's link to the root leads, such as that of large text: the profile and page that it asks for."""
        parse(moment)
        profile = request.args.get("profile", "")
        if profile not in self._studio.profiles:
            profile = next(iter(self._studio.profiles))
        estate = request.args.get("estate", "") or _estate_of(request.referrer or "") or DISTRICT
        if estate not in self._channel.estates:
            estate = DISTRICT
        number = request.args.get("page", "100")
        number = number if number in self._channel.lineup.pages else "100"
        name = f"{number}.html"
        return redirect(url_for("preview.document", moment=moment, profile=profile, estate=estate, name=name))

    def _alert(self, moment: str, profile: str, estate: str) -> Response:
        return Response(self._studio.alert(estate, parse(moment)), content_type="application/json")

    def _asset(self, moment: str, name: str) -> Response:
        body = self._studio.asset(name)
        if body is None:
            # Another process rendered the page, or its pictures had to make room: the page that asks is known.
            self._render_again(moment, request.referrer or "")
            body = self._studio.asset(name)
        if body is None:
            raise NotFound(f"asset: found {name!r}")
        return Response(body, content_type=MEDIA[name.rpartition(".")[2]])

    def _render_again(self, moment: str, referrer: str) -> None:
        place = _place(referrer)
        if place:
            profile, estate, name = place
            self._studio.document(profile, estate, name, parse(moment))

    def _facts(self, moment: str, profile: str, estate: str, number: str) -> Response:
        at = parse(moment)
        rendered = self._studio.page(number, estate, profile, at)
        page = self._channel.lineup.page(number)
        told: dict[str, Any] = facts(page, rendered, self._studio.readings(number, at), at)
        shape = self._studio.profiles[profile]
        told["canvas"] = [*shape.canvas, shape.pixel_aspect]
        told["kind"] = shape.kind
        if estate == DISTRICT:
            told["estate"] = {"id": DISTRICT, "name": "全区", "town": ""}
        else:
            found = self._channel.estates[estate]
            told["estate"] = {"id": found.id, "name": found.name, "town": found.town}
        return jsonify(told)

    def _trouble(self, error: ChannelError) -> Response:
        if isinstance(error, NotFound):
            return _plain(404, error.message)
        _LOG.error("the preview cannot show a page: %s", error)
        return _plain(500, error.message)

    def _fault(self, error: Exception) -> BaseResponse:
        """A fault of our own, named: an editor can hand on the sentence, and the log has the rest."""
        if isinstance(error, HTTPException):
            return _plain(error.code or 500, error.name)
        _LOG.error("the preview failed", extra={"path": request.path[:200]}, exc_info=error)
        return _plain(500, f"{type(error).__name__}: {error}")


_SCOPES = {"district": "全区相同", "estate": "各小区不同"}


def search(words: str, estates: Iterable[Estate]) -> list[Estate]:
    """Estates whose name, town or id contains ``words``: names that begin so first, then in the file's order."""
    asked = words.strip().lower()

    def rank(estate: Estate) -> int:
        name = estate.name.lower()
        if name.startswith(asked):
            return 0
        if asked in name:
            return 1
        return 2 if asked in estate.town or estate.id.startswith(asked) else 3

    ranked = [(rank(estate), number, estate) for number, estate in enumerate(estates)]
    return [estate for found, _, estate in sorted(ranked, key=lambda row: row[:2]) if found < 3][:MOST_FOUND]


def _place(referrer: str) -> tuple[str, str, str] | None:
    """Profile, estate and document name of one of our own addresses."""
    _, found, rest = urlsplit(referrer).path.partition("/at/")
    parts = rest.split("/", 3)
    return (parts[1], parts[2], parts[3]) if found and len(parts) == 4 else None


def _estate_of(referrer: str) -> str:
    place = _place(referrer)
    return place[1] if place else ""


def _plain(status: int, words: str) -> Response:
    return Response(f"{words}\n", status, content_type="text/plain; charset=utf-8")


def _sealed(answer: Response) -> Response:
    """What every answer carries: nobody keeps it, and nothing in it is more than it says."""
    answer.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer
