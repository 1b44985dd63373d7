"""What a browser says of itself, and the cookie that it is known by."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

COOKIE = "channel-desk"
LONGEST_FORM = 262_144
"""Bytes of what an editor sends at once: the longest text of the desk, three letters of an address for each byte."""


def bound() -> None:
    """Have no form be longer than an editor's is; what comes in parts (pictures) has bounds of its own. Reading it
    raises RequestEntityTooLarge."""
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = LONGEST_FORM


def token() -> str:
    """What the cookie says."""
    return request.cookies.get(COOKIE, "")


def address() -> str:
    """Where the request came from."""
    return request.remote_addr or ""


def agent() -> str:
    """What the browser calls itself."""
    return request.headers.get("User-Agent", "")


def remember(answer: Response, given: str) -> Response:
    """The answer with the cookie of a login."""
    answer.set_cookie(
        COOKIE, given, path=url_for("desk.home"), httponly=True, samesite="Strict", secure=request.is_secure
    )
    return answer


def forget(answer: Response) -> Response:
    """The answer without it."""
    answer.delete_cookie(COOKIE, path=url_for("desk.home"))
    return answer
