"""The preview's addresses, below whatever prefix the blueprint is given.

::

    /                                        the editor's page
    /at/{look}/{profile}/{estate}/{name}     a document, rendered now in that look, never stored
    /at/{look}/assets/{name}                 a picture of it
    /facts/{look}/{profile}/{estate}/{page}  findings and sources as JSON; of an item as {page}.{item}
    /estates?q=  /pages                      what there is to choose from, as JSON

A look is a moment, with a theme and the severity of a rehearsed warning where there are any
(``broadcaster.preview.looks``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import quote, urlencode, urljoin, urlsplit

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from broadcaster.origin.answer import policy
from broadcaster.preview import access, trouble, words
from broadcaster.preview.facts import facts
from broadcaster.preview.rehearsal import LEVELS
from broadcaster.preview.studio import Studio
from broadcaster.renewed import Renewed
from channel.estates import DISTRICT, Estate
from channel.folder import Channel
from channel.paint.addresses import SCRIPTS
from channel.paint.output import MEDIA
from channel.profiles import Profile
from channel.words import N_, Say
from feeds.base.clock import Clock, SystemClock
from feeds.base.errors import ChannelError, NotFound

_LOG = logging.getLogger(__name__)
_SCRIPTS = (
    "preview.js", "television.js", "picture.js", "checks.js", "chooser.js", "asking.js", "wording.js", "saying.js",
)  # fmt: skip
_STATIC = {"preview.css": "text/css; charset=utf-8", **dict.fromkeys(_SCRIPTS, "text/javascript; charset=utf-8")}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_EVERYWHERE = b"path=/"
"""Where the pages' scripts have a box send its cookies."""
_XHTML = ("application/vnd.hbbtv.xhtml+xml", "application/xhtml+xml")
"""What a set calls its pages, and what an editor's browser calls the same: the first it would save as a file."""
MOST_FOUND = 20


Studios: TypeAlias = Callable[[], Studio]
"""Gives the studio of the line-up as editors have it by now."""


def create_blueprint(
    channel: Channel, token: str, *, clock: Clock | None = None, studio: Studio | None = None
) -> Blueprint:
    """The preview of a channel as a Flask blueprint without a prefix; it answers this machine only, and there whoever
    has ``token``."""
    made = _Preview(channel.say, token, clock or SystemClock(), (lambda: studio) if studio else _following(channel))
    made.blueprint.before_request(made.guard)
    return made.blueprint


def within(say: Say, studios: Studios, clock: Clock, *, sheet: str, back: str) -> Blueprint:
    """The same for a blueprint that asks by itself who it is, to be registered there; ``sheet`` is the address of a
    style sheet that is laid over the preview's own, ``back`` where its heading leads."""
    return _Preview(say, "", clock, studios, sheet, back).blueprint


def _following(channel: Channel) -> Studios:
    renewed, studio = Renewed(channel), Studio(channel)

    def newest() -> Studio:
        nonlocal studio
        if renewed.look():
            studio = Studio(renewed.channel)
        return studio

    return newest


class _Preview:
    def __init__(
        self, say: Say, token: str, clock: Clock, studios: Studios, sheet: str = "", back: str = ""
    ) -> None:
        self._say = say
        self._token = token
        self._clock = clock
        self._studios = studios
        self._sheet, self._back = sheet, back
        made = self.blueprint = Blueprint("preview", __name__, template_folder=".")
        made.after_request(_sealed)
        made.register_error_handler(Exception, self._failed)
        made.add_url_rule("/", "home", self._home)
        made.add_url_rule("/static/<name>", "static_file", self._static)
        made.add_url_rule("/pages", "pages", self._pages)
        made.add_url_rule("/estates", "estates", self._estates)
        made.add_url_rule("/at/<look>/", "entry", self._entry)
        made.add_url_rule("/at/<look>/assets/<name>", "asset", self._asset)
        made.add_url_rule("/at/<look>/<profile>/<estate>/alert.json", "alert", self._alert)
        made.add_url_rule("/at/<look>/<profile>/<estate>/<path:name>", "document", self._document)
        made.add_url_rule("/facts/<look>/<profile>/<estate>/<number>", "facts", self._facts)

    @property
    def _studio(self) -> Studio:
        return self._studios()

    @property
    def _channel(self) -> Channel:
        return self._studio.channel

    def guard(self) -> BaseResponse | None:
        """Refuse whoever is not to see it."""
        fields = frozenset(name.lower() for name, _ in request.headers)
        reason = access.refusal(request.remote_addr or "", request.headers.get("Host", ""), fields)
        if reason:
            return _plain(403, f"{self._say(trouble.REFUSED)}\n{reason}")
        if access.is_token(request.args.get(access.PARAMETER, ""), self._token):
            return self._let_in()
        if not access.is_token(request.cookies.get(access.COOKIE, ""), self._token):
            return _plain(403, "\n".join(map(self._say, (trouble.NO_TOKEN, trouble.NO_TOKEN_HINT))))
        return None

    def _let_in(self) -> BaseResponse:
        """The same address without the token, which the browser keeps from now on and no address shows."""
        rest = {name: value for name, value in request.args.items() if name != access.PARAMETER}
        answer = redirect(f"{request.path.rpartition('/')[2] or './'}{'?' + urlencode(rest) if rest else ''}", 303)
        answer.set_cookie(
            access.COOKIE, self._token, path=url_for(".home"), httponly=True, samesite="Lax", max_age=None
        )
        return answer

    def _home(self) -> Response:
        settings, say = self._channel.settings, self._say
        text = render_template(
            "preview.html",
            say=say,
            within=say.within,
            plural=say.plural,
            words=words.for_scripts(say),
            zone=say.zone.key,
            title=settings.title,
            families=families(self._studio.profiles, say),
            themes=self._studio.themes,
            levels=LEVELS,
            warns=bool(settings.alert_source),
            now=f"{say.local(self._clock.now()):%Y-%m-%dT%H:%M}",
            sheet=self._sheet,
            back=self._back,
        )
        return Response(text, headers={"Content-Security-Policy": _POLICY})

    def _static(self, name: str) -> Response:
        if name not in _STATIC:
            raise NotFound(f"file: found {name!r}")
        return Response(files(__package__).joinpath(name).read_bytes(), content_type=_STATIC[name])

    def _pages(self) -> Response:
        pages = self._channel.lineup.pages.values()
        return jsonify([{"id": p.number, "name": p.title, "note": self._say(_SCOPES[p.scope])} for p in pages])

    def _estates(self) -> Response:
        asked = request.args.get("q", "")[:64]
        found = search(asked, self._channel.estates.values())
        rows = [{"id": e.id, "name": e.name, "note": e.town} for e in found]
        name = self._district
        if asked.lower() in ("", name.lower(), DISTRICT):
            rows.insert(0, {"id": DISTRICT, "name": name, "note": self._say("boxes without an estate")})
        return jsonify(rows)

    @property
    def _district(self) -> str:
        say = self._say
        return say("Whole district")

    def _document(self, look: str, profile: str, estate: str, name: str) -> BaseResponse:
        document = self._studio.document(profile, estate, name, self._studio.look(look))
        if document.location:
            return redirect(urljoin(request.url, document.location))
        body = self._kept_apart(document.body) if name in SCRIPTS else document.body
        answer = Response(body, content_type=document.media.replace(*_XHTML))
        if document.media.startswith(("text/html", "application/vnd")):
            answer.headers["Content-Security-Policy"] = policy(document.style, document.script, document.media)
        return answer

    @staticmethod
    def _kept_apart(script: bytes) -> bytes:
        """A page's script that remembers for the preview's addresses alone: the editor's own box on this origin keeps
        its estate, its size of text and the warnings that it has seen."""
        return script.replace(_EVERYWHERE, _EVERYWHERE.removesuffix(b"/") + quote(url_for(".home")).encode())

    def _entry(self, look: str) -> BaseResponse:
        """Where a page's link to the root leads, such as that of large text: the profile and page that it asks for."""
        self._studio.look(look)
        profile = request.args.get("profile", "")
        if profile not in self._studio.profiles:
            profile = next(iter(self._studio.profiles))
        estate = request.args.get("estate", "") or _estate_of(request.referrer or "") or DISTRICT
        if estate not in self._channel.estates:
            estate = DISTRICT
        number = request.args.get("page", "100")
        number = number if number in self._channel.lineup.pages else "100"
        name = f"{number}.html"
        return redirect(url_for("preview.document", look=look, profile=profile, estate=estate, name=name))

    def _alert(self, look: str, profile: str, estate: str) -> Response:
        # The television's clock stands at the moment that is looked at, not at that of the editor's desk.
        seen = self._studio.look(look)
        self._studio.check(profile, estate)
        told = self._studio.alert(estate, seen).rstrip(b"}") + b',"now":%d}' % seen.moment.timestamp()
        return Response(told, content_type="application/json")

    def _asset(self, look: str, name: str) -> Response:
        body = self._studio.asset(name)
        if body is None:
            # Another process rendered the page, or its pictures had to make room: the page that asks is known.
            self._render_again(look, request.referrer or "")
            body = self._studio.asset(name)
        if body is None:
            raise NotFound(f"asset: found {name!r}")
        return Response(body, content_type=MEDIA[name.rpartition(".")[2]])

    def _render_again(self, look: str, referrer: str) -> None:
        place = _place(referrer)
        if place:
            profile, estate, name = place
            self._studio.document(profile, estate, name, self._studio.look(look))

    def _facts(self, look: str, profile: str, estate: str, number: str) -> Response:
        number, _, item = number.partition(".")
        studio, page, seen = self._studio, self._channel.lineup.page(number), self._studio.look(look)
        rendered = studio.page(number, estate, profile, seen, item)
        spots = studio.spots(number, estate, profile, seen)
        items = studio.items(number, estate, seen)
        told: dict[str, Any] = facts(
            page, rendered, studio.readings(number, seen), seen.moment, spots, self._say, items=items, item=item
        )
        shape = studio.profiles[profile]
        told["canvas"] = [*shape.canvas, shape.pixel_aspect]
        told["kind"] = shape.kind
        if estate == DISTRICT:
            told["estate"] = {"id": DISTRICT, "name": self._district, "town": ""}
        else:
            found = self._channel.estates[estate]
            told["estate"] = {"id": found.id, "name": found.name, "town": found.town}
        return jsonify(told)

    def _failed(self, error: Exception) -> Response:
        """What cannot be shown, in the editor's words; a fault of our own is named there, and the log has the rest."""
        status, text = trouble.told(error, self._say)
        if status >= 500:
            fault = None if isinstance(error, ChannelError) else error
            _LOG.error("the preview cannot show %s: %s", request.path[:200], error, exc_info=fault)
        return _plain(status, text)


_SCOPES = {"district": N_("The same in the whole district"), "estate": N_("Differs by estate")}


class Family(NamedTuple):
    """A profile that is chosen by its name, and its twin in large text (empty: none is served)."""

    name: str
    title: str
    large: str


def families(profiles: Mapping[str, Profile], say: Say) -> Iterator[Family]:
    """What boxes there are, a twin in large text with the one that it is the twin of."""
    for name, profile in profiles.items():
        usual = profiles.get(profile.normal)
        if usual is None or usual.large != name:
            yield Family(name, say(profile.title), profile.large if profile.large in profiles else "")


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


def _plain(status: int, text: str) -> Response:
    return Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")


def _sealed(answer: Response) -> Response:
    """What every answer carries: nobody keeps it, and nothing in it is more than it says."""
    answer.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer
