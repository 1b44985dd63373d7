"""A small channel really published and really served, for tests of the origin.

``python small_origin.py STATE WORKERS [patient]`` serves it with the production server.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from channel.estates import Estate, Estates
from channel.lineup import Lineup
from channel.paint.output import Asset, PaintedDocument
from channel.release import Store
from channel.release.tree import REMOTE
from channel.settings import Channel, Settings

STYLE = "sha256-" + "A" * 43 + "="
PICTURE = Asset((b"\x89PNG" + bytes(range(256)) * 40,), "png")
SCRIPT = Asset((b"/* remote */ var a = 1;" * 50,), "js")


def small_channel(state: Path, folder: Path | None = None) -> Channel:
    """Three estates, three profiles, nothing else."""
    rows = [("mh0001", "310112001"), ("mh0002", "310112002"), ("mh0003", "310112002")]
    estates = [Estate(id=i, name=i, town="莘庄镇", lon=121.4, lat=31.1, area_code=code) for i, code in rows]
    return Channel(
        folder=folder or state,
        state=state,
        settings=Settings(title="测试", district="闵行区", profiles=("web-hd", "ipanel-hd", "bitmap-hd")),
        sources={},
        estates=Estates(estates),
        lineup=Lineup({}),
        digest="",
    )


def html(words: str, charset: str = "utf-8") -> bytes:
    """A page that compresses like a real one."""
    rows = "".join(f"<div id=a{i}>{words} {i}</div>" for i in range(120))
    return f"<!DOCTYPE html><title>{words}</title>{rows}".encode(charset)


def publish(store: Store, words: str, *, valid_until: int = 0, alert: bytes = b'{"id":"","level":"none"}') -> str:
    """Put a release on air that says ``words`` on every page; gives its id."""
    with store.changes() as changes:
        picture, script = changes.asset(PICTURE), changes.asset(SCRIPT)
        for profile, charset in (("web-hd", "utf-8"), ("ipanel-hd", "gbk"), ("bitmap-hd", "utf-8")):
            common = {"media": f"text/html; charset={charset}", "style": (STYLE,), "assets": (picture, script)}
            home = PaintedDocument(name="100.html", body=html(f"首页 {words}", charset), **common)
            changes.documents(profile, "district", "100", [home], valid_until)
            if profile != "bitmap-hd":
                remote = PaintedDocument(
                    name="remote.js", media="application/javascript", body=SCRIPT.body + profile.encode()
                )
                changes.documents(profile, "district", REMOTE, [remote])
            page = [
                PaintedDocument(name="201.html", body=html(f"医院 {words}", charset), **common),
                PaintedDocument(name="201-2.html", body=html(f"医院二 {words}", charset), **common),
                PaintedDocument(name="i/201.h17.html", body=html(f"一家医院 {words}", charset), **common),
            ]
            if profile == "bitmap-hd":
                location = f"../../assets/{picture}"
                page.append(PaintedDocument(name="201.png", media="image/png", body=b"", location=location))
                page.append(PaintedDocument(name="201.json", media="application/json", body=b'{"format":1}' * 40))
            changes.documents(profile, "district", "201", page, valid_until)
            own = PaintedDocument(name="101.html", body=html(f"小区一 {words}", charset), **common)
            changes.documents(profile, "mh0001", "101", [own], valid_until)
        changes.answers({"district": alert, "mh0002": b'{"id":"a1","level":"takeover","text":"x","page":"900"}'})
        done = store.publish(changes)
    assert done is not None
    return done.id


class Answer(NamedTuple):
    """What came back."""

    status: int
    fields: Mapping[str, str]
    body: bytes


def get(port: int, path: str, method: str = "GET", body: bytes | None = None, **fields: str) -> Answer:
    """One request on a connection of its own; ``if_none_match`` becomes If-None-Match."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(method, path, skip_host="host" in fields, skip_accept_encoding=True)
        for name, value in fields.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@contextmanager
def served(
    state: Path, workers: int = 1, env: Mapping[str, str] | None = None, *, patient: bool = False
) -> Iterator[tuple[int, Any]]:
    """Serve ``state`` with the production server; gives its port and process, and ends it.

    With ``patient`` it bears slow clients for ten minutes: whoever is held up by them is never answered.
    """
    argv = [sys.executable, __file__, str(state), str(workers), *(["patient"] if patient else [])]
    log = state / "serve.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **(env or {})}, start_new_session=True
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline().decode()
            assert line.startswith("port "), log.read_text()
            port = int(line.split()[1])
            wait_for(lambda: get_quietly(port, "/healthz") == 200)
            yield port, process
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            process.stdout.close()


def get_quietly(port: int, path: str) -> int:
    """The status, 0 when nobody answers."""
    try:
        return get(port, path).status
    except (OSError, http.client.HTTPException):
        return 0


def wait_for(true: Any, seconds: float = 60) -> None:
    """Wait until ``true()`` holds; fails after ``seconds``, which no machine needs, however busy it is."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "what was waited for did not happen"
        time.sleep(0.02)


def sha(data: bytes) -> str:
    """A short name for bytes."""
    return hashlib.sha256(data).hexdigest()[:16]


def main() -> None:
    """Serve the folder named on the command line."""
    from broadcaster import logs
    from broadcaster.origin import loop
    from broadcaster.origin.server import Listening, serve
    from broadcaster.origin.worker import load

    logs.configure()
    state = Path(sys.argv[1])
    if "patient" in sys.argv:
        loop.REQUEST_S = loop._PATIENCE[loop.SENDING] = 600.0
    where = Listening("127.0.0.1", 0, workers=int(sys.argv[2]), threads=4)
    serve(where, partial(load, small_channel(state)), ready=lambda port: print("port", port, flush=True))


if __name__ == "__main__":
    main()
