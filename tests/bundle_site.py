"""A channel's bundles on a real HTTP server that can be told to forge, cut or hang, and an operator's folder.

What a page says becomes a document of a few bytes: ``Painter`` stands in for those who paint. ``one|two`` are two
screens, ``home@sky`` is a screen with a picture of the sky.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import NamedTuple
from unittest.mock import patch

import msgspec
import zstandard
from build_help import write_channel
from store_help import NOON, content, told

from broadcaster.bundle import bundles, keys, pack_format, static_site
from broadcaster.bundle.pack_writer import Progress
from broadcaster.bundle.pull import Pulled, pull
from broadcaster.bundle.repository import Repository, pack_name
from channel.batch.jobs import Result, Row, Want
from channel.declared import pack_folder
from channel.estates import DISTRICT
from channel.keys import key_of
from channel.release import Release, Store
from channel.release.contents import PageMap, Told, encode_map, written
from channel.release.objects import MAP
from channel.release.tree import Layer
from channel.settings import Render
from channel.views.content import Item
from channel.views.words import item_words, words_of
from feeds.base.clock import SetClock

Forge = Callable[[bytes], bytes]
SCRIPT = b"// remote of "
"""How the script of every profile that has one begins."""


class Asked(NamedTuple):
    """What the painter was asked for; without a page it is a script."""

    page: str
    profile: str
    estate: str
    item: str = ""


class Painter:
    """In the place of ``channel.batch.painting.BatchPainter``."""

    def __init__(self, made: Site, store: Store, release: Release, render: Render) -> None:
        self._site, self._release = made, release

    def __enter__(self) -> Painter:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def paint(self, pages: Iterable[tuple[str, Sequence[Want]]]) -> Iterator[tuple[str, Result]]:
        """What is wanted of each page, thing by thing."""
        made = self._made(pages)
        if self._site.disorder:
            everything = list(made)
            self._site.disorder.shuffle(everything)
            made = iter(everything)
        yield from made

    def _made(self, pages: Iterable[tuple[str, Sequence[Want]]]) -> Iterator[tuple[str, Result]]:
        for page, wants in pages:
            self._site.painted += [Asked(page, want.profile, want.estate, want.item) for want in wants]
            self._site.while_painting()
            for want in wants:
                files: dict[str, bytes] = {}
                yield page, Result({want.key: self._row(page, want, files)}, files)

    def _row(self, page: str, want: Want, files: dict[str, bytes]) -> Row:
        def kept(body: bytes) -> str:
            files[key_of(body).hex()] = body
            return key_of(body).hex()

        if not want.estate:
            return Row({"remote.js": kept(SCRIPT + want.profile.encode())})
        first = f"i/{page}.{want.item}" if want.item else page
        words = told(self._release, want.estate, f"{first}.html")
        assert words is not None
        names, assets = {}, {}
        for number, part in enumerate(words.split("|"), 1):
            name = first if number == 1 else f"{first}-{number}"
            text, _, picture = part.partition("@")
            names[f"{name}.html"] = kept(f"<p>{text}".encode())
            if picture:
                file = kept(picture_of(picture))
                assets[f"{file}.png"] = file
                if want.profile == "bitmap-hd":
                    names[f"{name}.png"] = file
        return Row(names, assets)


def picture_of(words: str) -> bytes:
    """The bytes of a picture."""
    return b"PNG " + words.encode()


class Site:
    """A small channel (two profiles, two estates), its bundles on ``url``, and the operator's ``edge`` folder."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.edge = folder / "edge"
        self.clock = SetClock(datetime.now(UTC))
        pages = (("100", "district", "news"), ("201", "estate", "news"))
        declared = write_channel(folder / "declared", estates=2, pages=pages, profiles=("bitmap-hd", "web-hd"))
        self.channel = dataclasses.replace(declared, state=self.state)
        self.store = Store.open(self.state / "store", clock=self.clock)
        self.root = keys.ensure(self.state, self.clock)
        self.url = ""
        self.asked: list[str] = []
        self.painted: list[Asked] = []
        """What the painter was asked for, in its order."""
        self.while_painting: Callable[[], None] = lambda: None
        """Called before what was painted is given."""
        self.disorder: random.Random | None = None
        """In which order things are painted; None: as they were asked for."""
        self.forge: dict[str, Forge] = {}
        """What to do to the bytes of each file whose name ends so."""
        self.cut: str = ""
        """The answer of the file whose name ends so breaks off in the middle."""
        self.drip: str = ""
        """The answer of the file whose name ends so comes byte by byte."""
        self.hang = threading.Event()
        self.hang_on: str = ""

    @property
    def on_air(self) -> Release:
        """The release on air."""
        release = self.store.current()
        assert release is not None
        return release

    def set(self, **settings: object) -> None:
        """Have ``channel.toml`` say these."""
        changed = msgspec.structs.replace(self.channel.settings, **settings)
        self.channel = dataclasses.replace(self.channel, settings=changed)

    def release(self, words: str) -> Release:
        """Put a release on air that says ``words``: two profiles, two estates with pages of their own, an item."""
        return self.say(
            {
                "100": {DISTRICT: f"home@{words}"},
                "201": {
                    DISTRICT: f"{words} 201.html|{words} 201-2.html",
                    **{estate: f"{words} {estate}" for estate in ("mh0001", "mh0002")},
                },
            },
            {"201": {"h17": f"{words} i/201.h17.html"}},
            answers={DISTRICT: b'{"level":"none"}', "mh0002": b'{"level":"strip"}'},
        )

    def say(
        self,
        pages: Mapping[str, Mapping[str, str]],
        items: Mapping[str, Mapping[str, str]] | None = None,
        *,
        answers: Mapping[str, bytes] | None = None,
        layer: Layer = "pages",
    ) -> Release:
        """Put a release on air in which these pages say ``{estate: words}`` and nothing else, and show these items."""
        with self.store.changes() as changes:
            changes.declared = changes.keep(MAP, pack_folder(self.channel)).hex()
            before = self.store.current()
            for page, words in pages.items():
                over = before.root.said(layer).get(page, "") if before else ""
                said = {scope: words_of(content(text)) for scope, text in words.items()}
                shown = {
                    ident: item_words(Item(id=ident, title=text, layout="list", body=content(text).body), content(""))
                    for ident, text in (items or {}).get(page, {}).items()
                }
                made = written(
                    before.map(page) if before and over else PageMap(),
                    {s: Told(key_of(data), s != DISTRICT, NOON.date(), None) for s, data in said.items()},
                    {ident: key_of(data) for ident, data in shown.items()},
                    {key_of(data): data for data in (*said.values(), *shown.values())},
                    kept={}, add=changes.keep, get=self.store.object,
                )  # fmt: skip
                changes.said(page, changes.keep(MAP, encode_map(made)), over, set(said), layer)
            if answers is not None:
                changes.answer(answers)
            self.store.publish(changes)
        return self.on_air

    def publish(self, release: Release, *select: str, progress: Progress | None = None) -> Path:
        """Publish it as a bundle."""
        with self._painting(bundles):
            return bundles.publish(self.store, release, self.channel, self.clock, select=select, progress=progress)

    def publish_static(self, folder: Path) -> tuple[str, int]:
        """Publish what is on air as plain files."""
        with self._painting(static_site):
            return static_site.publish_static(self.store, self.channel, folder)

    def _painting(self, module: ModuleType) -> AbstractContextManager[object]:
        return patch.object(module, "BatchPainter", partial(Painter, self))

    def air(self, words: str) -> Release:
        """A new release on air and published as a bundle."""
        release = self.release(words)
        self.publish(release)
        return release

    def publish_pack(self, tar: bytes, release: str = "r000666-ffffff") -> None:
        """Sign and publish any bytes as a release's pack: what a channel with stolen keys could do."""
        repository = Repository(bundles.folder(self.state), self.state, self.clock)
        body = zstandard.ZstdCompressor().compress(tar)
        path = repository.targets / f"{hashlib.sha256(body).hexdigest()}.{pack_name(release)}"
        path.write_bytes(body)
        repository.publish(release, path, keep=5)

    def pull(self, **more: object) -> Pulled:
        """Pull into ``edge``."""
        return pull(self.url, self.edge, self.root, **more)  # type: ignore[arg-type]

    def served(self) -> dict[str, bytes]:
        """Every path below ``edge/current`` with its bytes, through symbolic links too."""
        return files_below(self.edge / "current")


def files_below(top: Path) -> dict[str, bytes]:
    """Every path below a folder with its bytes, through symbolic links too."""
    folders = [path for path in top.rglob("*") if path.is_dir()]
    files = [file for folder in (top, *folders) for file in folder.iterdir() if file.is_file()]
    return {file.relative_to(top).as_posix(): file.read_bytes() for file in files}


def tree_of(pack: Path) -> dict[str, str]:
    """Every path that a pack has, with the hash of its file."""
    return dict(read(pack)[0].paths())


def read(pack: Path) -> tuple[pack_format.Tree, dict[str, bytes]]:
    """A pack's tree, and its files by their hash."""
    with pack.open("rb") as file:
        plain = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        files = dict(pack_format.read_members(plain, pack_format.Limits()))
    return pack_format.decode(files.pop(""), pack_format.Limits()), files


def tar_of(*files: tuple[str, bytes]) -> bytes:
    """A tar in the pack's own form of whatever names."""
    body = b"".join(pack_format.member(name, len(data)) + data + pack_format.padding(len(data)) for name, data in files)
    return body + pack_format.END


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A site whose server runs on a free port of the loopback."""
    made = Site(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            made.asked.append(self.path)
            if made.hang_on and self.path.endswith(made.hang_on):
                made.hang.wait(120)
            try:
                body = (bundles.folder(made.state) / self.path.lstrip("/")).read_bytes()
            except OSError:
                self.send_error(404)
                return
            for ending, forge in made.forge.items():
                if self.path.endswith(ending):
                    body = forge(body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if made.cut and self.path.endswith(made.cut):
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            elif made.drip and self.path.endswith(made.drip):
                with suppress(OSError):
                    for byte in body:
                        self.wfile.write(bytes([byte]))
                        made.hang.wait(0.05)
            else:
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield made
    finally:
        made.hang.set()
        server.shutdown()
        thread.join()
        server.server_close()
