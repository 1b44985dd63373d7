"""``/``: which estate and profile a box has, answered with a redirect to a clean address that anybody may keep."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request
from werkzeug.http import dump_cookie, parse_cookie

from broadcaster.origin.answer import Headers
from broadcaster.origin.identity import CARD_PARAMETERS, COOKIE, TOKEN_PARAMETER, Box, Directory
from broadcaster.origin.metrics import Counters
from broadcaster.origin.ready import OnAir
from broadcaster.origin.short import RETRY_S, short_page
from broadcaster.origin.view import ServedRelease
from channel.estates import DISTRICT
from channel.profiles.choice import choose
from channel.profiles.profile import Profile
from feeds.base.errors import StoreError

_YEAR_S = 365 * 86_400
LONGEST_VALUE = 256
LONGEST_AGENT = 1024
REMEMBERED = 1024
"""Kinds of boxes whose profile is remembered."""
PROFILE_COOKIE = "profile"
"""Set by the page itself when somebody asks for large or normal text."""
_PAGE = re.compile("[1-9][0-9]{2}")
_NOT_FOR_PROFILES = frozenset({*CARD_PARAMETERS, TOKEN_PARAMETER})


class Entry:
    """Decides where a box begins. For any number of threads."""

    def __init__(
        self,
        views: OnAir,
        directory: Directory,
        profiles: Mapping[str, Profile],
        counters: Counters,
        default: str,
    ) -> None:
        """``default`` is the profile for boxes that match none (empty: the rules' own)."""
        self._views, self._directory, self._counters = views, directory, counters
        self._named = {"profile"} | {name for one in profiles.values() for rule in one.match for name in rule.query}

        @lru_cache(maxsize=REMEMBERED)
        def chosen(agent: str, cookie: str, hints: tuple[tuple[str, str], ...], built: tuple[str, ...]) -> str:
            # Boxes of one kind say the same: all rules are asked for the first of them.
            return profile_for(Wish(dict(hints), agent, cookie), built, profiles, default)

        self._chosen = chosen

    def answer(self, query: str, fields: Mapping[str, str], peer: str) -> Headers | None:
        """The header fields of the redirect for whoever asked for ``/?{query}`` with these header ``fields`` (names in
        lower case) from address ``peer``; None while nothing is on air."""
        view = self._views.current
        if view is None or view.coming:
            return None
        given = {name.lower(): value[:LONGEST_VALUE] for name, value in reversed(parse_qsl(query, True))}
        cookies = parse_cookie(fields.get("cookie"))
        found = self._directory.find(given, _box(fields, cookies.get(COOKIE, ""), peer), time.time())
        hints = tuple(sorted((name, value) for name, value in given.items() if name in self._named))
        agent, cookie = fields.get("user-agent", "")[:LONGEST_AGENT], cookies.get(PROFILE_COOKIE, "")[:LONGEST_VALUE]
        profile = self._chosen(agent, cookie, hints, view.offered)
        self._counters.entry(profile, found.by)
        # The address is made of an estate, a profile and a page that we know, never of what was sent.
        answer = [
            ("Location", _address(view, profile, found.estate, given.get("page", ""), given.get("ext", ""))),
            ("Cache-Control", "no-store"),
            ("Content-Length", "0"),
        ]
        if found.estate != DISTRICT and found.by not in ("cookie", "path"):
            answer.append(("Set-Cookie", dump_cookie(COOKIE, found.estate, max_age=_YEAR_S, samesite="Lax")))
        return answer


def create(entry: Entry) -> Blueprint:
    """The blueprint of the entry, for what is asked in a way that the door does not read."""
    blueprint = Blueprint("entry", __name__)

    @blueprint.get("/")
    def enter() -> Response:
        fields = {name.lower(): value for name, value in request.headers.items()}
        found = entry.answer(request.query_string.decode("latin-1"), fields, request.remote_addr or "")
        if found is None:
            answer = Response(short_page(503, retry="/"), 503, content_type="text/html; charset=utf-8")
            answer.headers["Retry-After"] = str(RETRY_S)
            answer.headers["Cache-Control"] = "no-store"
            return answer
        return Response(status=302, headers=found)

    return blueprint


def _box(fields: Mapping[str, str], cookie: str, peer: str) -> Box:
    """What a request says of its box."""
    came_from = fields.get("referer", "")
    # As browsers write it: a scheme, our own name, and the path of the page that it comes from.
    scheme, _, rest = came_from.partition("://")
    host, _, path = rest.partition("/")
    ours = scheme in ("http", "https") and bool(host) and host == fields.get("host", "")
    return Box(
        peer=peer,
        forwarded=fields.get("x-forwarded-for", ""),
        path=path.split("/")[1] if ours and path.count("/") >= 2 else "",
        cookie=cookie,
    )


def _address(view: ServedRelease, profile: str, estate: str, page: str, ext: str) -> str:
    """The page that was asked for, where this release has it, else the home page; as a navigation map for a client that
    walks those."""
    ext = ext if ext == "json" and view.is_bitmap(profile) else "html"
    wanted = f"/{profile}/{estate}/{page}.{ext}"
    if _PAGE.fullmatch(page):
        with suppress(StoreError):
            if view.has(wanted):
                return wanted
    return f"/{profile}/{estate}/100.{ext}"


class Wish(NamedTuple):
    """What says which profile a box has: its entry query, its User-Agent, what it remembers."""

    query: Mapping[str, str]
    user_agent: str = ""
    cookie: str = ""


def profile_for(wish: Wish, built: Collection[str], profiles: Mapping[str, Profile], default: str = "") -> str:
    """The built profile of a box: what ``?profile=`` asks for, else what its User-Agent says, else the default.

    What the box remembers decides between normal and large text of that family, and nothing else: another family's
    keys would lock its household in.
    """
    asked = wish.query.get("profile", "")
    seen: set[str] = set()
    while asked in profiles and asked not in seen:
        if asked in built:
            return asked
        seen.add(asked)
        asked = profiles[asked].fallback
    hints = {name: value for name, value in wish.query.items() if name not in _NOT_FOR_PROFILES}
    agent = wish.user_agent[:LONGEST_AGENT]
    # A rule is asked among all profiles: the default is for boxes that match none, not for those not built.
    nobody = choose("\x00", profiles, profiles, {})
    unknown = choose(agent, profiles, profiles, hints) == nobody
    found = default if unknown and default in built else choose(agent, built, profiles, hints)
    family = {profiles[found].large, profiles[found].normal} if found in profiles else set()
    return wish.cookie if wish.cookie in family and wish.cookie in built else found
