"""``/``: which estate and profile a box has, answered with a redirect to a clean address that anybody may keep."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from flask import Blueprint, Response, request

from broadcaster.origin.identity import CARD_PARAMETERS, COOKIE, TOKEN_PARAMETER, Directory
from broadcaster.origin.layer import Views
from broadcaster.origin.metrics import Counters
from broadcaster.origin.short import RETRY_S, short_page
from channel.estates import DISTRICT
from channel.profiles.choice import choose
from channel.profiles.profile import Profile

_YEAR_S = 365 * 86_400
LONGEST_VALUE = 256
_NOT_FOR_PROFILES = frozenset({*CARD_PARAMETERS, TOKEN_PARAMETER})


def create(
    views: Views, directory: Directory, profiles: Mapping[str, Profile], counters: Counters, default: str
) -> Blueprint:
    """The blueprint of the entry; ``default`` is the profile for boxes that match none (empty: the rules' own)."""
    blueprint = Blueprint("entry", __name__)

    @blueprint.get("/")
    def entry() -> Response:
        view = views.current
        if view is None:
            answer = Response(short_page(503, retry="/"), 503, content_type="text/html; charset=utf-8")
            answer.headers["Retry-After"] = str(RETRY_S)
            answer.headers["Cache-Control"] = "no-store"
            return answer
        query = {name.lower(): value[:LONGEST_VALUE] for name, value in request.args.items()}
        found = directory.find(
            query,
            cookie=request.cookies.get(COOKIE, ""),
            peer=request.remote_addr or "",
            forwarded=request.headers.get("X-Forwarded-For", ""),
            now=time.time(),
        )
        profile = profile_for(query, request.user_agent.string, view.release.profiles, profiles, default)
        counters.entry(profile, found.by)
        answer = Response(status=302)
        # The address is made of an estate and a profile that we know, never of what was sent.
        answer.headers["Location"] = f"/{profile}/{found.estate}/100.html"
        answer.headers["Cache-Control"] = "no-store"
        if found.estate != DISTRICT and found.by != "cookie":
            answer.set_cookie(COOKIE, found.estate, max_age=_YEAR_S, samesite="Lax")
        return answer

    return blueprint


def profile_for(
    query: Mapping[str, str],
    user_agent: str,
    built: Collection[str],
    profiles: Mapping[str, Profile],
    default: str = "",
) -> str:
    """The built profile of a box: what ``?profile=`` asks for, else what its User-Agent says, else the default."""
    asked = query.get("profile", "")
    seen: set[str] = set()
    while asked in profiles and asked not in seen:
        if asked in built:
            return asked
        seen.add(asked)
        asked = profiles[asked].fallback
    hints = {name: value for name, value in query.items() if name not in _NOT_FOR_PROFILES}
    if default in built and not _recognised(user_agent, profiles, hints):
        return default
    return choose(user_agent[:1024], built, profiles, hints)


def _recognised(user_agent: str, profiles: Mapping[str, Profile], hints: Mapping[str, str]) -> bool:
    """Whether a rule holds for the box, so that the default does not count."""
    nobody = choose("\x00", profiles, profiles, {})
    return choose(user_agent[:1024], profiles, profiles, hints) != nobody
