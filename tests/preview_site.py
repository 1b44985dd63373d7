"""The example's preview with its own records as the archive, as a test client and on a real server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler, make_server

from broadcaster.preview.blueprint import create_blueprint
from broadcaster.preview.studio import Studio
from channel.folder import Channel
from feeds.archive import Archive
from feeds.base.clock import SetClock, parse_moment
from feeds.gather import read_records

MOMENT = parse_moment("2026-11-24T08:12")
STAMP = "20261124T081200"
TOKEN = "a-token-of-the-tests-that-is-long-enough"
INSIDE = "document.querySelector('#page-frame').contentWindow"
READY = (
    f"{INSIDE}.remote && {INSIDE}.document.readyState == 'complete' && {INSIDE}.performance.timing.loadEventEnd > 0"
    f" && {INSIDE}.document.querySelector('a.f')"
)
"""Whether the page on the television takes keys: it does from its load event on."""
WHERE = "document.querySelector('#where').textContent"


def example(folder: Path, state: Path) -> Channel:
    """The channel in ``folder`` whose archive holds the records that come with it."""
    channel = Channel.open(folder, state)
    archive = Archive.open(channel.archive_url)
    for source in channel.sources.values():
        snapshot = read_records(source, folder / "records", MOMENT)
        if snapshot is not None:
            archive.save(snapshot)
    archive.close()
    return channel


def application(channel: Channel, studio: Studio | None = None) -> Flask:
    """A Flask application with nothing but the preview, as the origin mounts it."""
    app = Flask("preview-test", static_folder=None)
    blueprint = create_blueprint(channel, TOKEN, clock=SetClock(MOMENT), studio=studio)
    app.register_blueprint(blueprint, url_prefix="/preview")
    return app


def editor(app: Flask) -> FlaskClient:
    """A client that came with the token."""
    client = app.test_client()
    assert client.get(f"/preview/?token={TOKEN}").status_code == 303
    return client


class _Handler(WSGIRequestHandler):
    timeout = 2
    """A browser opens connections ahead of need; one that stays silent must not keep the server from ending."""

    def log(self, *args: object) -> None:
        pass


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The application on a free port; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Handler)
    server.daemon_threads = False  # type: ignore[attr-defined]  # so that closing waits for every connection
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
