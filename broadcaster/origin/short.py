"""Short pages of our own for what cannot be answered: plain HTML that a remote can leave by any key, and by itself."""

from __future__ import annotations

import html
from http import HTTPStatus

LEAVE_PATH = "/leave.js"
LEAVE_JS = b"""\
/* Any key leaves the page: a box may draw no focus of its own and know neither arrows nor OK. */
function leave() { if (document.links.length) { location.replace(document.links[0].href); } return false; }
document.onkeydown = leave;
document.onkeypress = leave;
"""
POLICY = "default-src 'none'; script-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
_SENTENCES = {
    400: "这个地址无法识别。",
    403: "这里不对外开放。",
    404: "没有找到这一页。",
    405: "这一页只能查看。",
    413: "发来的内容太长。",
    414: "这个地址太长。",
    416: "请求的部分不存在。",
    431: "请求的信息太长。",
    500: "暂时无法显示这一页。",
    503: "正在准备，请稍候。",
}
_PAGE = """\
<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}">
<meta name="page-view-size" content="1280*720"><meta http-equiv="refresh" content="{seconds}; url={next}">
<title>{status}</title><script type="text/javascript" src="{leave}"></script></head>
<body bgcolor="#15202B" text="#EBE8DE" link="#EBB81E" vlink="#EBB81E">
<h1>{sentence}</h1><p><a href="{back}">返回首页</a></p></body></html>
"""
RETRY_S = 5
"""After this many seconds a 503 asks again by itself."""
LEAVE_S = 30
"""After this many seconds any other short page goes back by itself."""


def sentence(status: int) -> str:
    """What a household reads about this status."""
    return _SENTENCES.get(status, _SENTENCES[500 if status >= 500 else 400])


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
        sentence=sentence(status),
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
