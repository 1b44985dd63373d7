"""The ways into the portal: choosing an estate, going to a page by its number, and what is said where nothing is.

Pages themselves are a release's and are answered as those of boxes are (``broadcaster.origin.view``). What stands here
is each phone's own, or nothing that anybody keeps.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from flask import Blueprint, Response, request
from werkzeug.http import dump_cookie

from broadcaster.origin import short
from broadcaster.origin.answer import portal_policy
from broadcaster.origin.households import Found, Households
from broadcaster.origin.identity import COOKIE
from broadcaster.origin.layer import retry_path
from broadcaster.origin.ready import OnAir
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.paint.addresses import HOME
from channel.paint.interface import refusal
from channel.paint.portal import Portal
from channel.telling import notice_of
from feeds.base.errors import ChannelError

_YEAR_S = 365 * 86_400
_PAGE = re.compile("[1-9][0-9]{2}")
_MOST_PAGES = 40
_LONGEST = 40
"""Characters of what is searched for."""


class Ways(NamedTuple):
    """A channel and what paints its portal."""

    channel: Channel
    portal: Portal


def create(ways: Ways, views: OnAir) -> Blueprint:
    """The blueprint of ``/m/``, and of what nothing else answers below it and below ``/api/``."""
    blueprint = Blueprint("portal", __name__)
    found = _Doors(ways.channel, ways.portal, views)
    blueprint.add_url_rule("/m", "portal", found.slash)
    blueprint.add_url_rule("/m/", "choose", found.choose)
    blueprint.add_url_rule("/m/go", "go", found.go)
    blueprint.add_url_rule("/m/<name>", "page", found.page)
    blueprint.add_url_rule("/m/<path:path>", "missing", found.missing)
    for path in ("/api", "/api/", "/api/<path:path>"):
        blueprint.add_url_rule(path, path, found.refuse)
    return blueprint


class _Doors:
    """What is answered to whoever asks for no page that a release has."""

    def __init__(self, channel: Channel, portal: Portal, views: OnAir) -> None:
        self._channel, self._portal, self._views = channel, portal, views
        self._say, self._estates = channel.say, channel.estates
        self._households = Households(channel.estates, channel.say)

    def slash(self) -> Response:
        """``/m``, as people type it."""
        return _led("/m/")

    def choose(self) -> Response:
        """Towns, the estates of one, or those that have what is searched for in their names."""
        estates, town = self._estates, request.args.get("town", "")
        wanted = "".join(filter(str.isprintable, request.args.get("q", ""))).strip()[:_LONGEST]
        found = Found(estates.towns.get(town, ()))
        if wanted:
            town, found = "", self._households.find(wanted)
        mine = self._home()
        towns = [(name or self._say("Other"), len(inside)) for name, inside in estates.towns.items()]
        return self._html(
            200, "choose", wanted=wanted, town=town, found=found.estates, like=found.like, towns=towns,
            page=_asked_page() or HOME, place=" · ".join(self._place(mine)), **self._alert(mine, ""),
        )  # fmt: skip

    def go(self) -> Response:
        """To a page by its number; with ``keep`` the estate is remembered."""
        estate, keep, page = request.args.get("estate", ""), "keep" in request.args, _asked_page()
        if not page:
            return self._nothing(request.args.get("page", ""), estate=estate)
        if not self._is_known(estate):
            estate, keep = self._home(), False
        # The address is made of an estate and a number that we know to be such, never of what was sent.
        return _led(f"/m/{estate}/{page}", estate if keep else "")

    def page(self, name: str) -> Response:
        """A page by its number alone, for the estate that this phone remembers; the first page of an estate by its name
        alone."""
        if self._is_known(name):
            return _led(f"/m/{name}/{HOME}")
        return _led(f"/m/{self._home()}/{name}") if _PAGE.fullmatch(name) else self._nothing(name)

    def missing(self, path: str) -> Response:
        """What no release has."""
        estate, _, page = path.partition("/")
        if self._is_known(estate) and not page:
            return _led(f"/m/{estate}/{HOME}")
        if _PAGE.fullmatch(page) and not self._is_known(estate):
            return self._nothing("", self._say("There is no such estate here."))
        return self._nothing(page.partition(".")[0], estate=estate)

    def refuse(self, path: str = "") -> Response:
        """The same for programs."""
        status = 503 if self._is_coming() else 404
        answer = Response(refusal(short.sentence(status)), status, content_type="application/json")
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    def _is_coming(self) -> bool:
        """Whether the channel says nothing yet."""
        view = self._views.current
        return view is None or view.coming

    def _is_known(self, estate: str) -> bool:
        return estate == DISTRICT or estate in self._estates

    def _home(self) -> str:
        """The estate that this phone remembers."""
        known = request.cookies.get(COOKIE, "")
        return known if known in self._estates else DISTRICT

    def _place(self, estate: str) -> tuple[str, ...]:
        return (self._estates[estate].town, self._estates[estate].name) if estate in self._estates else ()

    def _alert(self, estate: str, above: str) -> dict[str, object]:
        """The alert in force in an estate, and the way to what tells all of it from ``above`` the portal's folder."""
        view = self._views.current
        try:
            notice = notice_of(view.release, estate) if view is not None else None
        except ChannelError:
            notice = None
        return {"notice": notice, "told": f"{above}{estate}/{notice.page}" if notice else ""}

    def _nothing(self, page: str, why: str = "", estate: str = "") -> Response:
        """What there is, for whoever asked for what there is not, of the ``estate`` if it is one."""
        if self._is_coming():
            body = short.short_page(503, back="/m/", retry=retry_path(request.path) or "/m/")
            return Response(body, 503, short.headers(503, body))
        lineup = self._channel.lineup.pages
        view = self._views.current
        down = view.release.denied if view is not None else ()
        listed = [one for one in lineup.values() if not one.unlisted and one.number not in down]
        beside = [one for one in listed if page[:1] and one.number[:1] == page[:1]]
        shown = beside or [one for one in listed if one.layout == "menu"]
        if _PAGE.fullmatch(page) and not why and page not in lineup:
            why = self._say("There is no page {page}.", page=page)
        above = "../" * (request.path.count("/") - 2)
        whose = estate if estate in self._estates else self._home()
        return self._html(
            404, "missing", above=above, beside=f"{whose}/", estate="" if whose == DISTRICT else whose,
            place=self._place(whose), **self._alert(whose, above),
            pages=[(one.number, one.title) for one in shown[:_MOST_PAGES]], sentence=why or short.sentence(404),
            hint=self._say("These pages are near it:") if beside else self._say("There is:"),
        )  # fmt: skip

    def _html(self, status: int, name: str, **given: object) -> Response:
        answer = Response(self._portal.screen(name, **given), status, content_type="text/html; charset=utf-8")
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Content-Security-Policy"] = portal_policy((self._portal.style,))
        return answer


def _asked_page() -> str:
    # A keyboard for Chinese may write its digits as wide as a letter.
    found = unicodedata.normalize("NFKC", request.args.get("page", "")).strip()
    return found if _PAGE.fullmatch(found) else ""


def _led(address: str, kept: str = "") -> Response:
    fields = [("Location", address), ("Cache-Control", "no-store")]
    if kept:
        age = 0 if kept == DISTRICT else _YEAR_S
        fields.append(("Set-Cookie", dump_cookie(COOKIE, kept, max_age=age, samesite="Lax")))
    return Response(status=302, headers=fields)
