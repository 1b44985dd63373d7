"""A release as plain files is served whole by a web server that knows nothing of us."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from bundle_site import SCRIPT, Site, files_below, picture_of
from edge_nginx import NGINX, configured, free_port
from small_origin import get

from broadcaster.bundle import pack_format
from channel.settings import Bundle
from feeds.base.errors import NotFound

PLAIN = """\
pid %(folder)s/pid;
error_log stderr warn;
events { worker_connections 64; }
http {
    types { text/html html; application/json json; image/png png; application/javascript js; }
    server {
        listen 127.0.0.1:%(port)d;
        access_log off;
        root %(root)s;
        location / { }
    }
}
"""


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def _python(root: Path, folder: Path) -> Iterator[int]:
    """The web server that comes with Python, over a folder; gives its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _nginx(root: Path, folder: Path) -> Iterator[int]:
    port = free_port()
    with configured(folder, PLAIN % {"folder": folder, "port": port, "root": root}, port, ready="/index.html"):
        yield port


SERVERS = [
    pytest.param(_python, id="python"),
    pytest.param(
        _nginx, id="nginx", marks=[pytest.mark.slow, pytest.mark.skipif(not NGINX, reason="nginx is not installed")]
    ),
]


@pytest.mark.parametrize("serving", SERVERS)
def test_a_plain_web_server_serves_every_page(tmp_path: Path, serving: object) -> None:
    """Pages of estates and district, items under every estate, pictures in place of redirects, alerts, assets, each
    profile's script."""
    made, folder = Site(tmp_path), tmp_path / "site"
    first = made.release("one")
    release, paths = made.publish_static(folder)
    assert release == first.id and paths > 20
    assert (folder / "current").resolve().name == release
    picture = f"/assets/{pack_format.content_hash(picture_of('one'))}.png"
    with serving(folder / "current", tmp_path / "server") as port:  # type: ignore[operator]
        assert get(port, "/web-hd/mh0001/201.html").body == b"<p>one mh0001"
        assert get(port, "/web-hd/district/201-2.html").body == b"<p>one 201-2.html"
        assert get(port, "/bitmap-hd/district/100.html").body == b"<p>home"
        assert get(port, "/web-hd/mh0001/i/201.h17.html").body == b"<p>one i/201.h17.html"
        assert get(port, "/bitmap-hd/mh0002/100.png").body == picture_of("one")
        assert get(port, "/web-hd/mh0001/remote.js").body == SCRIPT + b"web-hd"
        assert get(port, picture).body == picture_of("one")
        assert json.loads(get(port, "/web-hd/mh0001/alert.json").body)["level"] == "none"
        assert b"bitmap-hd/district/100.html" in get(port, "/").body
        # The same folder, the next release: what is served changes in one step, old pictures stay.
        made.release("two")
        made.publish_static(folder)
        assert get(port, "/web-hd/mh0001/201.html").body == b"<p>two mh0001"
        assert get(port, "/bitmap-hd/mh0002/100.png").body == picture_of("two")
        assert get(port, picture).body == picture_of("one")


def test_plain_files_have_what_bundles_have(tmp_path: Path) -> None:
    """Profiles and towns that the settings leave out of bundles are left out here too."""
    made, folder = Site(tmp_path), tmp_path / "site"
    made.release("one")
    made.set(bundle=Bundle(profiles=("web-hd",), towns=("七宝镇",)))
    made.publish_static(folder)
    served = files_below(folder / "current")
    assert {name.partition("/")[0] for name in served} == {"web-hd", "assets", "index.html"}
    assert served["web-hd/mh0001/201.html"] == served["web-hd/district/201.html"] == b"<p>one 201.html"


def test_without_a_release_it_says_so(tmp_path: Path) -> None:
    """Nothing on air, nothing written."""
    with pytest.raises(NotFound, match="none"):
        Site(tmp_path).publish_static(tmp_path / "site")
    assert not (tmp_path / "site" / "current").exists()
