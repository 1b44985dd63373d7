"""``/``: which estate and profile a box has, answered with a redirect to a clean address that anybody may keep."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from flask import Blueprint, Response, request

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


def create(
    views: OnAir, directory: Directory, profiles: Mapping[str, Profile], counters: Counters, default: str
) -> Blueprint:
    """The blueprint of the entry; ``default`` is the profile for boxes that match none (empty: the rules' own)."""
    blueprint = Blueprint("entry", __name__)
    named = {"profile"} | {name for one in profiles.values() for rule in one.match for name in rule.query}

    @lru_cache(maxsize=REMEMBERED)
    def chosen(agent: str, cookie: str, hints: tuple[tuple[str, str], ...], built: tuple[str, ...]) -> str:
        # Boxes of one kind say the same: all rules are asked for the first of them.
        return profile_for(Wish(dict(hints), agent, cookie), built, profiles, default)

    @blueprint.get("/")
    def entry() -> Response:
        view = views.current
        if view is None or view.coming:
            answer = Response(short_page(503, retry="/"), 503, content_type="text/html; charset=utf-8")
            answer.headers["Retry-After"] = str(RETRY_S)
            answer.headers["Cache-Control"] = "no-store"
            return answer
        query = {name.lower(): value[:LONGEST_VALUE] for name, value in request.args.items()}
        found = directory.find(query, _box(), time.time())
        hints = tuple(sorted((name, value) for name, value in query.items() if name in named))
        agent, cookie = request.user_agent.string[:LONGEST_AGENT], request.cookies.get(PROFILE_COOKIE, "")
        profile = chosen(agent, cookie[:LONGEST_VALUE], hints, view.offered)
        counters.entry(profile, found.by)
        answer = Response(status=302)
        # The address is made of an estate, a profile and a page that we know, never of what was sent.
        answer.headers["Location"] = _address(view, profile, found.estate, query.get("page", ""))
        answer.headers["Cache-Control"] = "no-store"
        if found.estate != DISTRICT and found.by not in ("cookie", "path"):
            answer.set_cookie(COOKIE, found.estate, max_age=_YEAR_S, samesite="Lax")
        return answer

    return blueprint


def _box() -> Box:
    """What the request says of its box."""
    came_from = request.referrer or ""
    path = came_from.removeprefix(request.host_url) if came_from.startswith(request.host_url) else ""
    return Box(
        peer=request.remote_addr or "",
        forwarded=request.headers.get("X-Forwarded-For", ""),
        path=path.split("/")[1] if path.count("/") >= 2 else "",
        cookie=request.cookies.get(COOKIE, ""),
    )


def _address(view: ServedRelease, profile: str, estate: str, page: str) -> str:
    """The page that was asked for, where this release has it, else the home page."""
    wanted = f"/{profile}/{estate}/{page}.html"
    if _PAGE.fullmatch(page):
        with suppress(StoreError):
            if view.has(wanted):
                return wanted
    return f"/{profile}/{estate}/100.html"


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
