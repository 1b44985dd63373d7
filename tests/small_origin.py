"""A small channel really published and really served, for tests of the origin.

Its pages say a few words, and what boxes are shown is made up: ``publish`` puts the documents where painters would.
No house of painters runs beside it, so what is not painted is not to be had.

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
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from store_help import NOON, content

from broadcaster.painters import Cache, PaintedPage, Picture, recipe
from broadcaster.painters.wire import file_of
from broadcaster.places import PAINTED
from channel.estates import DISTRICT, Estate, Estates
from channel.fingerprint import engine
from channel.folder import Channel
from channel.keys import key_of
from channel.lineup import Lineup
from channel.paint.addresses import SCRIPTS
from channel.paint.output import Asset, PaintedDocument
from channel.profiles import load_profiles
from channel.release import Changes, Release, Store
from channel.release.contents import PageMap, Told, decode_map, encode_map, written
from channel.release.objects import MAP
from channel.release.tree import Layer, Root
from channel.settings import Settings
from channel.views.content import Item
from channel.views.words import item_words, words_of

STYLE = "sha256-" + "A" * 43 + "="
PICTURE = Asset((b"\x89PNG" + bytes(range(256)) * 40,), "png", "i5e5e5e5e020020ebe8de15202b0001.png")
"""Named as icons are: pages share it."""
SCRIPT = b"/* remote */ var a = 1;" * 50
"""How the script of every profile begins."""
CHARSETS = {"web-hd": "utf-8", "ipanel-hd": "gbk", "bitmap-hd": "utf-8"}
"""Of the profiles that are served."""
PAGES = {"100": (DISTRICT, "首页"), "101": ("mh0001", "小区一"), "201": (DISTRICT, "医院")}
"""Who is told what on each page; an estate that is not told anything is told what the district is."""


def small_channel(state: Path, folder: Path | None = None) -> Channel:
    """Three estates, three profiles, nothing else."""
    rows = [("mh0001", "310112001"), ("mh0002", "310112002"), ("mh0003", "310112002")]
    estates = [Estate(id=i, name=i, town="莘庄镇", lon=121.4, lat=31.1, area_code=code) for i, code in rows]
    return Channel(
        folder=folder or state,
        state=state,
        settings=Settings(title="测试", district="闵行区", profiles=tuple(CHARSETS)),
        sources={},
        estates=Estates(estates),
        lineup=Lineup({}),
        digest="",
    )


def html(words: str, charset: str = "utf-8") -> bytes:
    """A page that compresses like a real one."""
    rows = "".join(f"<div id=a{i}>{words} {i}</div>" for i in range(120))
    return f"<!DOCTYPE html><title>{words}</title>{rows}".encode(charset)


def publish(
    store: Store,
    words: str,
    *,
    valid_until: int = 0,
    alert: bytes = b'{"id":"","level":"none"}',
    unpainted: Collection[str] = (),
) -> str:
    """Put a release on air that says ``words`` on every page; gives its id. What boxes are shown is painted before,
    without the pages that are ``unpainted``."""
    with store.changes() as changes:
        for page, (scope, title) in PAGES.items():
            items = {"h17": f"一家医院 {words}"} if page == "201" else {}
            say(changes, store, page, scope, f"{title} {words}", items, valid_until)
        changes.answer({DISTRICT: alert, "mh0002": b'{"id":"a1","level":"takeover","text":"x","page":"900"}'})
        built = store.built()
        contents = {**(built.root.contents if built else {}), **changes.edits("pages")}
        named = {page: key for page, key in contents.items() if key}
        draft = store.draft(changes.draft(Root(seq=0, id="", published=0.0, action="", contents=named)))
        put_painted(store.folder.parent, draft, words, unpainted)
        done = store.publish(changes)
    assert done is not None
    return done.id


def warn(store: Store, words: str, *, painted: bool = True) -> str:
    """Put the alerts' own page on air, by their own way; gives the release's id."""
    with store.changes() as changes:
        say(changes, store, "900", DISTRICT, words, {}, layer="alerts")
        changes.answer({DISTRICT: b'{"id":"a1","level":"strip","text":"x","page":"900"}'})
        done = store.publish(changes, action="alerts")
    release = store.current()
    assert done is not None and release is not None
    page = PaintedDocument(name="900.html", media="text/html; charset=utf-8", body=html(words))
    found = recipe(release, load_profiles(["web-hd"])["web-hd"], DISTRICT, page.name, engine())
    assert found is not None and found.warning
    if painted:
        Cache(store.folder.parent / PAINTED).put(PaintedPage(found.key, {page.name: file_of(page)}), {})
    return done.id


def say(
    changes: Changes,
    store: Store,
    page: str,
    scope: str,
    words: str,
    items: Mapping[str, str],
    valid_until: int = 0,
    layer: Layer = "pages",
) -> None:
    """Have a page say these words until then (unix seconds, 0 for ever), and show these items."""
    release = store.built() if layer == "pages" else store.current()
    over = release.root.said(layer).get(page, "") if release else ""
    base = decode_map(store.object(MAP, bytes.fromhex(over))) if over else PageMap()
    said = words_of(content(words))
    shown = {
        ident: item_words(Item(id=ident, title=text, layout="list", body=content(text).body), content(""))
        for ident, text in items.items()
    }
    until = datetime.fromtimestamp(valid_until, UTC) if valid_until else None
    made = written(
        base,
        {scope: Told(key_of(said), scope != DISTRICT, NOON.date(), until)},
        {ident: key_of(data) for ident, data in shown.items()},
        {key_of(data): data for data in (said, *shown.values())},
        kept=None, add=changes.keep, get=store.object,
    )  # fmt: skip
    if made != base:
        changes.said(page, changes.keep(MAP, encode_map(made)), over, {scope}, layer)


def put_painted(state: Path, release: Release, words: str, unpainted: Collection[str] = ()) -> None:
    """Put into the cache what boxes are shown of a release that says ``words``."""
    profiles, cache = load_profiles(list(CHARSETS)), Cache(state / PAINTED)
    for name, profile in profiles.items():
        for unit, documents in shown(name, words).items():
            if unit not in unpainted:
                estate = PAGES[unit][0] if unit in PAGES else DISTRICT
                found = recipe(release, profile, estate, documents[0].name, engine())
                assert found is not None, unit
                files = {document.name: file_of(document) for document in documents}
                assert cache.put(PaintedPage(found.key, files), {PICTURE.name: Picture("image/png", PICTURE.body)})


def shown(profile: str, words: str) -> dict[str, list[PaintedDocument]]:
    """The documents of each page, of the item and of the script."""
    charset = CHARSETS[profile]

    def page(name: str, title: str) -> PaintedDocument:
        body, media = html(f"{title} {words}", charset), f"text/html; charset={charset}"
        return PaintedDocument(name=name, media=media, body=body, style=(STYLE,), assets=(PICTURE.name,))

    found = {
        "100": [page("100.html", "首页")],
        "101": [page("101.html", "小区一")],
        "201": [page("201.html", "医院"), page("201-2.html", "医院二")],
        "201.h17": [page("i/201.h17.html", "一家医院")],
    }
    if profile == "bitmap-hd":
        where = f"../../assets/{PICTURE.name}"
        found["201"] += [
            PaintedDocument(name="201.png", media="image/png", body=b"", location=where, assets=(PICTURE.name,)),
            PaintedDocument(name="201.json", media="application/json", body=b'{"format":1}' * 40),
        ]
    else:
        body = SCRIPT + profile.encode()
        found[SCRIPTS[0]] = [PaintedDocument(name=SCRIPTS[0], media="application/javascript", body=body)]
    return found


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
