"""``channel run``: one command puts the example on air, one Ctrl-C ends it, and nothing it was killed with is lost."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest
from running import make_small, port_of, processes_of, running, seen, settled, start, wait_for_page
from small_origin import get, get_quietly, wait_for

from broadcaster.origin import serving
from broadcaster.places import STORE
from channel.release import Store
from feeds.base.errors import BusyError

pytestmark = pytest.mark.slow
PAGES = ("/web-hd/district/100.html", "/web-hd/mh0001/100.html", "/web-hd/mh0002/201.html", "/web-hd/mh0001/alert.json")


def test_it_goes_on_air_serves_and_ends_without_a_child(channel_dir: Path, state: Path) -> None:
    """Pages, alerts, preview, key test, bundles and health answer; it says what to open; SIGINT ends all."""
    make_small(channel_dir)
    with running(channel_dir, state) as (process, port):
        for path in PAGES:
            wait_for_page(port, path)
        assert get(port, "/?estate=mh0002", user_agent="Mozilla/5.0").fields["location"] == "/web-hd/mh0002/100.html"
        for path in ("/keytest", "/healthz", "/readyz"):
            assert get(port, path).status == 200
        token = (state / "preview-token").read_text().strip()
        assert get(port, "/preview/").status == 403
        assert get(port, f"/preview/?token={token}").status == 303
        wait_for_page(port, "/bundles/metadata/timestamp.json", 300)
        assert get(port, "/bundles/metadata/timestamp.json").fields["cache-control"] == "no-cache"
        said = (state / "out.log").read_text()
        assert f"http://127.0.0.1:{port}/preview/?token={token}" in said
        assert f"http://127.0.0.1:{port}/" in said and "Backspace" in said and "Ctrl-C" in said
        assert len(processes_of(str(state))) >= 4
        assert [(one.host, one.port) for one in serving.running(state)] == [("127.0.0.1", port)]
        mark, began = len((state / "out.log").read_text()), time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert time.monotonic() - began < 20
    said = (state / "out.log").read_text()
    assert "WARNING" not in said[mark:] and "ERROR" not in said[mark:]
    assert not re.search(r"(?m)^http://", said), "a line of the simulator's"
    assert not (state / "serving").exists() or not any((state / "serving").iterdir())
    wait_for(lambda: not processes_of(str(state), str(channel_dir)))
    assert "/broadcaster/" not in (state / "out.log").read_text(), "a traceback through our own code"


def test_killed_and_started_again_it_serves_the_last_release_at_once(channel_dir: Path, state: Path) -> None:
    """``kill -9`` leaves no child and loses nothing; the very first request gets the last release, before any source
    was asked or any page was built."""
    make_small(channel_dir)
    process = start(channel_dir, state, "--port", "0")
    try:
        port = port_of(state)
        wait_for_page(port, "/web-hd/mh0001/201.html")
        settled(port)
    finally:
        process.kill()
        process.wait()
    wait_for(lambda: not processes_of(str(state), str(channel_dir)))
    # A minute may have brought one more release at the very end.
    last = Store.open(state / STORE).current_id()

    # No simulator and no sources: what is served now can only be what was kept.
    mark = (state / "out.log").stat().st_size
    again = start(channel_dir, state, "--port", "0", "--no-simulator")
    try:
        port = port_of(state, mark)
        first = get(port, "/web-hd/mh0001/201.html")
        body = seen(port, "/web-hd/mh0001/201.html")
    finally:
        again.send_signal(signal.SIGTERM)
        again.wait(60)
    # Where that last minute changed the page, it may not have been painted before it all ended.
    assert first.fields["x-release"] == last and (first.status == 200 or b"url=/web-hd/mh0001/201.html" in first.body)
    assert "附近医院" in body.decode()
    wait_for(lambda: not processes_of(str(state), str(channel_dir)))


def test_a_child_that_dies_is_replaced(channel_dir: Path, state: Path) -> None:
    """The origin is killed; boxes are answered again by another one."""
    make_small(channel_dir)
    with running(channel_dir, state) as (_, port):
        wait_for_page(port, "/web-hd/district/100.html")
        origins = [pid for pid in processes_of("\0serve\0") if str(state) in Path(f"/proc/{pid}/cmdline").read_text()]
        for pid in origins:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: get_quietly(port, "/healthz") == 0)
        wait_for_page(port, "/web-hd/district/100.html")


def test_a_port_that_is_taken_is_a_clear_error(channel_dir: Path, state: Path) -> None:
    """Said in one line, with what to do, before anything was started."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        process = start(channel_dir, state, "--port", str(port))
        assert process.wait(60) == BusyError.exit_code
    said = (state / "out.log").read_text()
    assert f"port {port} on 127.0.0.1 is taken" in said and "--port" in said
    assert "Traceback" not in said and not processes_of(str(state))
