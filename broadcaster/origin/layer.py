"""The WSGI layer before Flask: what a release holds is answered here, the rest is Flask's."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import Any

from broadcaster.origin import short
from broadcaster.origin.answer import OPEN, PREFLIGHT, Environ, Headers, StartResponse, completed
from broadcaster.origin.careful import PAINTED, PARK
from broadcaster.origin.metrics import Counters
from broadcaster.origin.paintings import NotPainted, Paintings
from broadcaster.origin.patience import Patience, stale
from broadcaster.origin.ready import LONGEST_PATH, Door, OnAir
from broadcaster.origin.view import ServedRelease
from channel.estates import DISTRICT
from channel.paint.interface import refusal
from channel.profiles.terminals import PORTAL
from feeds.base.errors import StoreError

_LOG = logging.getLogger(__name__)
LONGEST_HEADERS = 16_384
"""Characters of all request header fields together; old boxes send a few hundred."""
App = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Layer:
    """Answers artefacts of ``views.current`` and passes everything else to ``app``."""

    def __init__(
        self,
        app: App,
        views: OnAir,
        counters: Counters,
        paintings: Paintings,
        *,
        client_address: Callable[[str, str], object] = lambda peer, forwarded: peer,
        count_viewers: bool = True,
        entry: Callable[[str, Mapping[str, str], str], Headers | None] = lambda query, fields, peer: None,
        uploads: bytes = b"",
    ) -> None:
        """``client_address`` tells boxes apart by their peer and what it says of whom it asks for; ``entry`` says where
        a box begins; ``uploads`` is what requests begin with that may bring a picture."""
        self.uploads = uploads
        self._app = app
        self._views = views
        self._counters = counters
        self._count_viewers = count_viewers
        self._paintings = paintings
        self.line = paintings.line
        self._patience = Patience(self.line, client_address)
        self.door = Door(views, counters, entry, self._patience, paintings.take, count_viewers=count_viewers)
        """What answers without WSGI whatever was asked for before."""

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        """Answer any request."""
        began = perf_counter()
        kind, status, body = self._answer(environ, start)
        if status:
            self._counters.request(kind, status, perf_counter() - began)
        return body

    def _answer(self, environ: dict[str, Any], start: StartResponse) -> tuple[str, int, Iterable[bytes]]:
        path = environ["PATH_INFO"]
        view = self._views.current
        if environ["REQUEST_METHOD"] == "OPTIONS" and _is_interface(path):
            start("204 No Content", PREFLIGHT)
            return "preflight", 204, []
        if view is None:
            return self._pass_on(environ, start, None)
        heard = environ.get(PAINTED)
        if heard is not None and heard.page is not None:
            self._paintings.take(heard.page)
        try:
            answer = view.find(path) if len(path) <= LONGEST_PATH else None
        except NotPainted as missing:
            return self._wait(missing, environ, start, view)
        except StoreError as error:
            _LOG.error("an artefact is damaged", extra={"path": path, "release": view.id, "error": error.message})
            return "damaged", 503, self._short(503, environ, start, view)
        if answer is None:
            if view.owns(path):
                status = 414 if len(path) > LONGEST_PATH else 503 if view.coming else 404
                return "unknown", status, self._short(status, environ, start, view)
            return self._pass_on(environ, start, view)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return answer.kind, 405, self._short(405, environ, start, view)
        if _field_size(environ) > LONGEST_HEADERS:
            return answer.kind, 431, self._short(431, environ, start, view)
        status, sent = answer.send(environ, start)
        if self._count_viewers and answer.served.is_page:
            self._counters.seen[path] += 1
        return answer.kind, status, sent

    def _wait(
        self, missing: NotPainted, environ: dict[str, Any], start: StartResponse, view: ServedRelease
    ) -> tuple[str, int, Iterable[bytes]]:
        """Have the page painted and be asked again. Where it is not there in time, a box gets what an earlier release
        had there, else a page that asks again by itself."""
        heard = environ.get(PAINTED)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return "unpainted", 405, self._short(405, environ, start, view)
        if heard is None and PARK in environ:
            peer, forwarded = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")
            environ[PARK](self._patience.waiting(missing.ask, peer, forwarded))
            return "waiting", 0, []
        if heard is not None and heard.status == "gone":
            return "unpainted", 404, self._short(404, environ, start, view)
        before = stale(view, environ["PATH_INFO"])
        if before is not None:
            status, sent = before.send(environ, start)
            return before.kind, status, sent
        return "unpainted", 503, self._short(503, environ, start, view)

    def _pass_on(
        self, environ: dict[str, Any], start: StartResponse, view: ServedRelease | None
    ) -> tuple[str, int, Iterable[bytes]]:
        if _field_size(environ) > LONGEST_HEADERS:
            return "other", 431, self._short(431, environ, start, view)
        sent = 0

        def started(status: str, headers: Headers, *rest: Any) -> Any:
            nonlocal sent
            sent = int(status[:3])
            return start(status, completed(headers, view.id if view else ""), *rest)

        body = self._app(environ, started)
        return "other", sent, body

    def _short(self, status: int, environ: Environ, start: StartResponse, view: ServedRelease | None) -> list[bytes]:
        path = environ["PATH_INFO"]
        if _is_interface(path):
            page = refusal(short.sentence(status))
            headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *OPEN]
            start(short.status_line(status), completed(headers, view.id if view else ""))
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [page]
        charset = view.charset(path) if view is not None else "utf-8"
        page = short.short_page(status, charset=charset, back=back_path(path, view), retry=retry_path(path) or "/")
        headers = short.headers(status, page, charset=charset)
        if view is not None:
            headers.append(("X-Release", view.id))
        start(short.status_line(status), headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [page]


def _is_interface(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def back_path(path: str, view: ServedRelease | None) -> str:
    """The home page of the profile and estate in ``path`` where this release has one, else the entry."""
    if path.startswith(f"/{PORTAL}/"):
        return f"/{PORTAL}/"
    if view is not None:
        profile, _, rest = path[1:].partition("/")
        for estate in (rest.partition("/")[0], DISTRICT):
            home = f"/{profile}/{estate}/100.html"
            try:
                if len(home) < LONGEST_PATH and home != path and view.has(home):
                    return home
            except StoreError:
                continue
    return "/"


def retry_path(path: str) -> str:
    """``path`` if it is one of the plain ones we make ourselves, to be asked for again; else nothing."""
    return path if re.fullmatch(r"/[a-z0-9./-]{0,200}", path) and "//" not in path and ".." not in path else ""


def _field_size(environ: Environ) -> int:
    return sum([len(value) for name, value in environ.items() if name[:5] == "HTTP_"])
