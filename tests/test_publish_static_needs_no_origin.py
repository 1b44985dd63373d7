"""A release as plain files is served whole by a web server that knows nothing of us."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from edge_nginx import NGINX, configured, free_port
from small_origin import PICTURE, get, html, publish

from broadcaster.bundle.static_site import publish_static
from channel.release import Store
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


@pytest.mark.slow
@pytest.mark.skipif(not NGINX, reason="nginx is not installed")
def test_a_plain_web_server_serves_every_page(tmp_path: Path) -> None:
    """Pages of estates and district, items under every estate, pictures in place of redirects, alerts, assets."""
    store = Store.open(tmp_path / "store")
    publish(store, "一")
    release, paths = publish_static(store, tmp_path / "site", first="web-hd")
    assert paths > 20
    assert (tmp_path / "site" / "current").resolve().name == release
    port = free_port()
    values = {"folder": tmp_path / "nginx", "port": port, "root": tmp_path / "site" / "current"}
    with configured(tmp_path / "nginx", PLAIN % values, port, ready="/index.html"):
        assert get(port, "/web-hd/mh0001/101.html").body == html("小区一 一")
        assert get(port, "/web-hd/mh0001/201.html").body == html("医院 一")
        assert get(port, "/ipanel-hd/district/100.html").body == html("首页 一", "gbk")
        assert get(port, "/web-hd/mh0001/i/201.h17.html").body == html("一家医院 一")
        assert get(port, "/bitmap-hd/district/201.png").body == PICTURE.body
        assert get(port, f"/assets/{PICTURE.name}").body == PICTURE.body
        assert json.loads(get(port, "/web-hd/mh0001/alert.json").body)["level"] == "none"
        # The same folder, the next release: what is served changes in one step, old pictures stay.
        publish(store, "二")
        publish_static(store, tmp_path / "site", first="web-hd")
        assert get(port, "/web-hd/mh0001/201.html").body == html("医院 二")
        assert get(port, f"/assets/{PICTURE.name}").status == 200


def test_without_a_release_it_says_so(tmp_path: Path) -> None:
    """Nothing on air, nothing written."""
    with pytest.raises(NotFound, match="none"):
        publish_static(Store.open(tmp_path / "store"), tmp_path / "site")
    assert not (tmp_path / "site" / "current").exists()
