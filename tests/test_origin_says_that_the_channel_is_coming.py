"""Until the first page is there, whatever a box asks for says that the channel is coming, and opens by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_origin import get, html, publish, served, wait_for, warn

from channel.release import Store

pytestmark = pytest.mark.slow
PATHS = ("/", "/web-hd/mh0001/100.html", "/web-hd/district/201.html", "/ipanel-hd/mh0002/i/201.h17.html", "/nothing",
         "/m/mh0001/201")  # fmt: skip


@pytest.fixture(params=[False, True], ids=["nothing on air", "alerts alone"])
def origin(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[int, Store]]:
    store = Store.open(tmp_path / "store")
    if request.param:
        # What the first start publishes before any other page.
        warn(store, "大风")
    with served(tmp_path) as (port, _):
        yield port, store


def test_every_address_waits_and_opens_by_itself(origin: tuple[int, Store]) -> None:
    """503 with Retry-After and a refresh of the same address, from the first request on; then the page itself."""
    port, store = origin
    for path in PATHS:
        answer = get(port, path, host="a")
        assert answer.status == 503, path
        assert answer.fields["retry-after"] == "5" and answer.fields["cache-control"] == "no-store"
        said = answer.body.decode("gbk" if b"charset=gbk" in answer.body else "utf-8")
        assert f"url={path}" in said and "正在准备" in said
    assert get(port, "/readyz", host="a").status == 503
    program = get(port, "/api/v1/mh0001/201.json", host="a")
    assert program.status == 503 and program.fields["content-type"] == "application/json"
    for path in ("/healthz", "/keytest", "/metrics"):
        assert get(port, path, host="a").status == 200
    publish(store, "一")
    wait_for(lambda: get(port, "/readyz", host="a").status == 200)
    assert get(port, "/", host="a").status == 302
    assert get(port, PATHS[1], host="a").status == 200
    assert get(port, "/nothing", host="a").status == 404


def test_a_warning_does_not_wait_for_the_first_page(tmp_path: Path) -> None:
    """What is on air of alerts is answered at once."""
    warn(Store.open(tmp_path / "store"), "大风")
    with served(tmp_path) as (port, _):
        assert get(port, "/web-hd/mh0001/900.html", host="a").body == html("大风")
        for path in ("/web-hd/mh0001/alert.json", "/api/v1/alerts/mh0001.json"):
            assert b'"strip"' in get(port, path, host="a").body
