"""Short pages of our own for what cannot be answered: plain HTML that a remote can leave by any key, and by itself."""

from __future__ import annotations

import html
from http import HTTPStatus

from channel.words import N_, Say

LEAVE_PATH = "/leave.js"
LEAVE_JS = b"""\
/* Any key leaves the page: a box may draw no focus of its own and know neither arrows nor OK. */
function leave() { if (document.links.length) { location.replace(document.links[0].href); } return false; }
document.onkeydown = leave;
document.onkeypress = leave;
"""
POLICY = "default-src 'none'; script-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
_SENTENCES = {
    400: N_("This address says nothing to us."),
    403: N_("This is not open to the public."),
    404: N_("This page was not found."),
    405: N_("This page can only be looked at."),
    413: N_("What was sent is too long."),
    414: N_("This address is too long."),
    416: N_("The part that was asked for is not there."),
    431: N_("What was said with the request is too long."),
    500: N_("This page cannot be shown for now."),
    503: N_("Being prepared, please wait."),
}
HOME = N_("Back to the home page")
_say = Say()
_PAGE = """\
<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}">
<meta name="page-view-size" content="1280*720"><meta http-equiv="refresh" content="{seconds}; url={next}">
<title>{status}</title><script type="text/javascript" src="{leave}"></script></head>
<body bgcolor="#15202B" text="#EBE8DE" link="#EBB81E" vlink="#EBB81E">
<h1>{sentence}</h1><p><a href="{back}">{home}</a></p></body></html>
"""
RETRY_S = 5
"""After this many seconds a 503 asks again by itself."""
LEAVE_S = 30
"""After this many seconds any other short page goes back by itself."""


def speak(say: Say) -> None:
    """Have this process's short pages be in the words of its channel: even what nothing else of the origin can answer
    is read by a household."""
    global _say
    _say = say


def voice() -> Say:
    """The words of this process's channel."""
    return _say


def sentence(status: int, say: Say | None = None) -> str:
    """What a household reads about this status, in the words of this process's channel or in those of ``say``."""
    return (say or _say)(_SENTENCES.get(status, _SENTENCES[500 if status >= 500 else 400]))


def short_page(status: int, *, charset: str = "utf-8", back: str = "/", retry: str = "") -> bytes:
    """The page for ``status`` in ``charset``; its one link leads ``back``, a 503 reloads ``retry`` (a path) by itself.

    ``back`` and ``retry`` must be paths of our own making; they are escaped all the same.
    """
    waits = status == HTTPStatus.SERVICE_UNAVAILABLE and retry
    page = _PAGE.format(
        charset=charset,
        status=status,
        seconds=RETRY_S if waits else LEAVE_S,
        next=html.escape(retry if waits else back, quote=True),
        leave=LEAVE_PATH,
        back=html.escape(back, quote=True),
        home=html.escape(_say(HOME)),
        sentence=html.escape(sentence(status)),
    )
    return page.encode(charset, "xmlcharrefreplace")


def headers(status: int, body: bytes, *, charset: str = "utf-8") -> list[tuple[str, str]]:
    """The header fields of a short page; nobody may keep it."""
    fields = [
        ("Content-Type", f"text/html; charset={charset}"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        fields.append(("Retry-After", str(RETRY_S)))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        fields.append(("Allow", "GET, HEAD"))
    return fields


def status_line(status: int) -> str:
    """``404 Not Found``."""
    return f"{status} {HTTPStatus(status).phrase}"
