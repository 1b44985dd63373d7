"""A job of painting: one page for some estates and families of boxes. What is sent to a worker, and what comes back.

Everything travels with the job: what the page says, and the declarations it was said by. A worker needs none of our
disks, and what it paints is chosen as everywhere (``channel.painting``).
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from channel.declared import unpack_folder
from channel.fingerprint import engine
from channel.folder import Channel
from channel.keys import key_of
from channel.memory import Shelf
from channel.paint.output import Finding
from channel.painting import Choice, choose
from channel.release.contents import Entry, PageMap, decode_map, read_book
from channel.render import Renderer
from channel.views.content import Content, Item
from channel.views.words import read_content, read_item
from feeds.base.errors import ChannelError, NotFound, RenderError, StoreError


class Want(msgspec.Struct, frozen=True, array_like=True):
    """One thing to paint: a page's screens for an estate, one of its items, or (without an estate) a family's script.
    ``key`` is what the result is known by."""

    key: bytes
    profile: str
    estate: str
    item: str = ""


class Job(msgspec.Struct, frozen=True, array_like=True):
    """What to paint of one page: its map and its books as a release has them, and the packed declarations. Without
    ``bodies`` only what was found comes back. A worker of another ``engine`` would paint other bytes under our keys."""

    engine: str
    declared: bytes
    page: str
    map: bytes
    books: tuple[bytes, ...]
    wants: tuple[Want, ...]
    bodies: bool = True


class Row(msgspec.Struct, frozen=True, array_like=True):
    """What came of a want: the hashes of its documents and pictures by name (a redirect is what it leads to), and what
    was found."""

    names: dict[str, str] = {}
    assets: dict[str, str] = {}
    shown: str = "content"
    findings: tuple[Finding, ...] = ()
    lasting: bool = True
    """Whether painting it again would give the same."""


class Result(msgspec.Struct, frozen=True, array_like=True):
    """Everything that a job gave: a row for each want, and each file once by its hash (BLAKE2b-128 in hex)."""

    rows: dict[bytes, Row] = {}
    files: dict[str, bytes] = {}


encode = msgspec.msgpack.Encoder().encode
_decode_job = msgspec.msgpack.Decoder(Job).decode
decode_result = msgspec.msgpack.Decoder(Result).decode
_CONTENTS = 16
"""Contents of a page that stay in memory."""
_THREAD = threading.local()
"""An engine may run several jobs of one process side by side; a renderer serves one thread."""


def run(data: bytes) -> bytes:
    """Do a job: the function that an executor calls."""
    worker: _Worker | None = getattr(_THREAD, "worker", None)
    if worker is None:
        worker = _THREAD.worker = _Worker()
    return encode(worker.do(_decode_job(data)))


class SaidPage:
    """One page of a release with its words at hand: what ``channel.painting`` asks of a release."""

    def __init__(self, page: str, map_: bytes, books: Iterable[bytes]) -> None:
        self.id = f"page {page}"
        self._map = decode_map(map_) if map_ else PageMap()
        self._books = tuple(books)
        self._contents: Shelf[Content] = Shelf(_CONTENTS)

    @cached_property
    def _words(self) -> Mapping[bytes, bytes]:
        return {key: words for book in self._books for key, words in read_book(book).items()}

    def said(self, page: str, estate: str) -> Entry | None:
        """See ``Release``."""
        return self._map.entry(estate)

    def content(self, page: str, key: bytes, until: int = 0, *, items: bool = True) -> Content:
        """See ``Release``; always without items."""
        # Families are painted one after another from one object: what they share is known by it.
        return self._contents.get((key, until), lambda: read_content(self._word(key), until))

    def item_key(self, page: str, ident: str) -> bytes | None:
        """See ``Release``."""
        return self._map.items.get(ident)

    def item(self, page: str, ident: str) -> Item:
        """See ``Release``."""
        key = self.item_key(page, ident)
        if key is None:
            raise NotFound(f"item: found {page}.{ident}, which the page does not have")
        return read_item(self._word(key))

    def picture(self, page: str, key: str) -> bytes:
        """See ``Release``."""
        return self._word(bytes.fromhex(key))

    def _word(self, key: bytes) -> bytes:
        if key not in self._words:
            raise StoreError(f"content {key.hex()} is missing in its book", hint="run `channel repair`")
        return self._words[key]


class _Worker:
    """What a worker keeps from job to job: the renderer of the declarations that it last worked by."""

    def __init__(self) -> None:
        self._made: tuple[bytes, Renderer] | None = None

    def do(self, job: Job) -> Result:
        """Paint every want; what goes wrong with one of them is its row's finding."""
        if job.engine != engine():
            raise RenderError(
                "a worker has another version of the package", hint="install the same one on all machines"
            )  # fmt: skip
        renderer = self._renderer(job.declared)
        page = SaidPage(job.page, job.map, job.books)
        rows: dict[bytes, Row] = {}
        files: dict[str, bytes] = {}
        for want in job.wants:
            if want.key not in rows:
                rows[want.key] = _row(renderer, page, job, want, files)
        return Result(rows, files)

    def _renderer(self, declared: bytes) -> Renderer:
        key = key_of(declared)
        if self._made is None or self._made[0] != key:
            folder = Path(tempfile.mkdtemp(prefix="channel-"))
            unpack_folder(declared, folder)
            renderer = Renderer(Channel.open(folder))
            weakref.finalize(renderer, shutil.rmtree, folder, ignore_errors=True)
            self._made = key, renderer
        return self._made[1]


def _row(renderer: Renderer, page: SaidPage, job: Job, want: Want, files: dict[str, bytes]) -> Row:
    if not want.estate:
        scripts = renderer.scripts(want.profile) if job.bodies else ()
        return Row({script.name: _kept(script.body, files) for script in scripts})
    try:
        choice = choose(renderer, page, job.page, want.estate, want.profile, want.item)
    except ChannelError as error:
        finding = Finding(level="fault", page=job.page, screen=0, element=want.profile, sentence=error.message)
        return Row(shown="nothing", findings=(finding,), lasting=False)
    if not job.bodies:
        return Row(shown=choice.shown, findings=choice.findings)
    return _files(choice, files)


def _files(choice: Choice, files: dict[str, bytes]) -> Row:
    rendered = choice.rendered
    assets = {name: _kept(asset.body, files) for name, asset in rendered.assets.items()}
    names = {
        d.name: assets[d.location.rpartition("/")[2]] if d.location else _kept(d.body, files)
        for d in rendered.documents
    }
    return Row(names, assets, choice.shown, choice.findings, choice.lasting)


def _kept(body: bytes, files: dict[str, bytes]) -> str:
    name = key_of(body).hex()
    files.setdefault(name, body)
    return name
