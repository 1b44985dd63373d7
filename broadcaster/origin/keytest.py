"""``/keytest``: what a remote really sends, shown on the box's own screen and reported to whoever installs it."""

from __future__ import annotations

import collections
import logging
import threading
from importlib.resources import files

from flask import Blueprint, Response, render_template, request

from broadcaster.origin import short

_LOG = logging.getLogger(__name__)
KEPT = 40
"""Lines that a worker shows again; the page is for a workbench, not for statistics."""
LINES_A_REPORT = 50
LONGEST_LINE = 200
LARGEST_REPORT = 8192
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
blueprint = Blueprint("keytest", __name__, template_folder=".")
_lines: collections.deque[str] = collections.deque(maxlen=KEPT)
_lock = threading.Lock()


@blueprint.get("/keytest")
def page() -> Response:
    """The page, with the reports that this worker received last, newest first."""
    with _lock:
        reports = "\n".join(_lines)
    answer = Response(
        render_template("keytest.html", say=short.voice(), reports=reports), content_type="text/html; charset=utf-8"
    )
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/keytest.js")
def script() -> Response:
    """The page's script, a file because no policy of ours allows inline ones."""
    answer = Response(
        files(__package__).joinpath("keytest.js").read_bytes(), content_type="application/javascript; charset=utf-8"
    )
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.post("/keytest")
def report() -> Response:
    """Take a report: a line an event. It is logged and shown, never interpreted."""
    text = request.get_data(cache=False)[:LARGEST_REPORT].decode("utf-8", "replace")
    for line in text.splitlines()[:LINES_A_REPORT]:
        plain = "".join(c if c.isprintable() else "?" for c in line[:LONGEST_LINE])
        with _lock:
            _lines.appendleft(plain)
        _LOG.info("key", extra={"report": plain})
    return Response(status=204)
