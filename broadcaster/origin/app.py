"""The origin put together: Flask for what is dynamic, the layer before it for what a release holds."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, request, send_from_directory
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from broadcaster.origin import entry, exposition, health, keytest, portal, reports, short
from broadcaster.origin.framing import UPLOADS
from broadcaster.origin.identity import Directory
from broadcaster.origin.layer import Layer, retry_path
from broadcaster.origin.metrics import CounterFolder, Counters
from broadcaster.origin.paintings import Paintings
from broadcaster.origin.parcels import Parcels
from broadcaster.origin.ready import OnAir
from broadcaster.origin.warmer import Warmer
from channel.profiles.profile import Profile
from feeds.base.clock import Clock
from feeds.base.errors import BusyError, NotFound

_LOG = logging.getLogger(__name__)
LARGEST_BODY = 1 << 20
_PULLED = re.compile(r"[0-9a-z][0-9A-Za-z._-]*\.(?:json|tar\.zst)")


@dataclass(frozen=True)
class Parts:
    """What an origin is made of. ``bundles`` is the folder of the operator's repository, ``metrics`` that of counters;
    ``count_viewers`` says whether views are counted by page and estate."""

    views: OnAir
    directory: Directory
    profiles: Mapping[str, Profile]
    counters: Counters
    paintings: Paintings
    warmer: Warmer
    clock: Clock
    bundles: Path
    parcels: Parcels
    metrics: Path
    portal: portal.Ways
    default_profile: str = ""
    count_viewers: bool = True
    mounts: Mapping[str, Callable[[], Blueprint]] = field(default_factory=dict)
    """Blueprints of other rooms by prefix (``/preview``), made when somebody first asks: they load much."""
    early: Collection[str] = ()
    """Those that are made at once, beside everything: whoever asks there waits for nothing."""


def create(parts: Parts) -> Layer:
    """The WSGI application of one worker."""
    app = _plain()
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, SEND_FILE_MAX_AGE_DEFAULT=None)
    way_in = entry.Entry(parts.views, parts.directory, parts.profiles, parts.counters, parts.default_profile)
    app.register_blueprint(entry.create(way_in))
    app.register_blueprint(health.create(parts.views, parts.warmer, parts.clock))
    app.register_blueprint(keytest.blueprint)
    app.register_blueprint(reports.create(parts.profiles, parts.counters, parts.clock))
    ledger = CounterFolder(parts.metrics)
    ledger.keep_leaving(parts.counters)
    line = parts.paintings.line
    app.register_blueprint(
        exposition.create(parts.metrics, ledger, parts.counters, parts.views, lambda: line.counts, parts.clock)
    )
    app.register_blueprint(_bundles(parts.bundles, parts.parcels))
    app.register_blueprint(portal.create(parts.portal, parts.views))
    app.add_url_rule(short.LEAVE_PATH, "leave", _leave)
    app.register_error_handler(HTTPException, partial(_http_error, parts.views))
    app.register_error_handler(Exception, _fault)
    mounts = {prefix: _Mount(make) for prefix, make in parts.mounts.items()}
    for prefix in parts.early:
        threading.Thread(target=mounts[prefix].made, name=prefix, daemon=True).start()
    dynamic = DispatcherMiddleware(app.wsgi_app, {**mounts})
    return Layer(
        dynamic, parts.views, parts.counters, parts.paintings,
        client_address=parts.directory.client_address, count_viewers=parts.count_viewers, entry=way_in.answer,
        uploads=UPLOADS if "/desk" in parts.mounts else b"",
    )  # fmt: skip


def _plain() -> Flask:
    """An application that answers an address as it is written, or not at all: routing would redirect others to what it
    takes for the right one, with their query (a card number) and a host of the client's own making in it."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.url_map.strict_slashes = False
    return app


class _Mount:
    """An application that is made at its first request, or before."""

    def __init__(self, make: Callable[[], Blueprint]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._app: Flask | None = None

    def made(self) -> Flask:
        """It."""
        with self._lock:
            if self._app is None:
                app = _plain()
                app.register_blueprint(self._make())
                self._app = app
            return self._app

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        return self.made()(environ, start)


def _bundles(folder: Path, parcels: Parcels) -> Blueprint:
    blueprint = Blueprint("bundles", __name__)

    @blueprint.get("/bundles/<any(metadata, targets):part>/<name>")
    def bundle(part: str, name: str) -> Response:
        return signed(folder / part, name)

    @blueprint.get("/bundles/contents/<any(metadata, targets):part>/<name>")
    def contents(part: str, name: str) -> Response:
        return signed(folder / "contents" / part, name)

    @blueprint.get("/bundles/contents/parcels/<ident>/<known>.zst")
    def parcel(ident: str, known: str) -> Response:
        try:
            path = parcels.get(ident, known)
        except NotFound:
            abort(404)
        except BusyError:
            abort(503)
        answer = send_from_directory(path.parent, path.name, mimetype="application/zstd", conditional=True)
        answer.headers["Cache-Control"] = "public, max-age=300"
        return answer

    def signed(part: Path, name: str) -> Response:
        # Nothing hidden and no draft: what a puller asks for begins with a version, a hash or a letter.
        if not _PULLED.fullmatch(name):
            abort(404)
        answer = send_from_directory(part, name, conditional=True)
        # A timestamp that an edge kept would hide every later release from the operator.
        answer.headers["Cache-Control"] = "no-cache" if name.endswith("timestamp.json") else "public, max-age=300"
        return answer

    return blueprint


def _leave() -> Response:
    answer = Response(short.LEAVE_JS, content_type="application/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


def _http_error(views: OnAir, error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        response = error.get_response()
        return Response(response.get_data(), response.status_code, dict(response.headers))
    view = views.current
    if error.code == HTTPStatus.NOT_FOUND and (view is None or view.coming):
        # Whatever it is, it may be there in a moment: the page says that the channel is coming, and opens by itself.
        return _short(503, retry_path(request.path) or "/")
    return _short(error.code)


def _fault(error: Exception) -> Response:
    # The path alone: a query may hold a card number.
    _LOG.error("a request failed", extra={"path": request.path[:200]}, exc_info=error)
    return _short(500)


def _short(status: int, retry: str = "") -> Response:
    page = short.short_page(status, retry=retry)
    return Response(page, status, short.headers(status, page))
