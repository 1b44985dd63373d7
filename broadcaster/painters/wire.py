"""What origins, the house and its painters say to each other: eight bytes of length, then MessagePack.

A worker of an origin says ``Ask`` and hears one ``Answer`` of the same number; ``Look`` is answered with ``Counts``.
The house says ``Order`` to a painter and hears ``Done``.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from broadcaster.painters.squeeze import gzipped
from channel.paint.output import Finding, PaintedDocument
from feeds.base.children import LENGTH, framed

HOST = "".join(letter if letter.isalnum() else "-" for letter in socket.gethostname())[:40]
"""Origins of several machines may share a state folder; each machine paints for itself."""
SOCKET = f"painters-{HOST}.sock"
"""In the state folder."""
MOST = 256 << 20
"""Bytes of one message: far more than any page has."""

HEAVY = 768 << 20
"""Resident bytes at which a painter is replaced, unless its house says otherwise. 150 MB are there at once; one that
paints all pages of 818 estates in four families remembers up to 560, and must never be replaced for that."""
RESTED = 128 << 20
"""The same of one that has nothing to do: a fresh one takes its place while nobody waits for either."""
READY, PID = b"ready", 4
"""A painter's first message: this, and its process id in so many bytes."""

ASSETS = "assets"
"""In place of a profile: a picture by its name."""
DRAFT = "="
"""Begins the name of a release that is not published."""
WARNING, BOX, LATE, CHECK, WARMER = range(5)
"""Who is painted for first: pages of alerts, boxes that wait, what boxes asked for and wait for no more, checks and
bundles, what nobody has asked for yet."""


class Picture(msgspec.Struct, frozen=True, array_like=True):
    """An asset as boxes receive it."""

    media: str
    data: bytes


class PaintedFile(msgspec.Struct, frozen=True, array_like=True):
    """One document as boxes receive it: ``stored`` is gzip where ``packed`` says so, ``size`` the length of what a
    client ends up with. ``style`` and ``script`` are CSP hashes, ``assets`` the names it refers to. A redirect has a
    ``location`` and no bytes.

    It has no ``valid_until``: that is the entry's to say, and bytes do not depend on it.
    """

    media: str
    stored: bytes
    packed: bool = False
    size: int = 0
    style: tuple[str, ...] = ()
    script: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    location: str = ""


_PACKED = frozenset(
    ("text/html", "application/vnd.hbbtv.xhtml+xml", "application/json", "application/javascript",
     "application/manifest+json", "application/geo+json", "application/atom+xml", "text/calendar", "image/svg+xml")
)  # fmt: skip


def file_of(document: PaintedDocument) -> PaintedFile:
    """A painted document, packed for boxes."""
    packed = document.media.partition(";")[0] in _PACKED and not document.location
    return PaintedFile(
        document.media,
        gzipped(document.body, document.shared) if packed else document.body,
        packed,
        len(document.body),
        document.style,
        document.script,
        tuple(sorted(document.assets)),
        document.location,
    )


class PaintedPage(msgspec.Struct, frozen=True, array_like=True):
    """All documents of a page's screens, or of one item, by name (``201.html``, ``201-2.html``, ``201.json``).

    ``shown`` says which of the three passed: what is said, what was said before, or that the page is not to be had now.
    ``findings`` are of everything that was tried. ``pictures`` are the assets of the documents by name, given where
    they were asked for or the cache does not take them.
    """

    key: bytes
    documents: dict[str, PaintedFile]
    shown: Literal["content", "before", "unsaid"] = "content"
    findings: tuple[Finding, ...] = ()
    pictures: dict[str, Picture] = {}

    @property
    def assets(self) -> set[str]:
        """The names of all pictures that its documents refer to."""
        return {name for file in self.documents.values() for name in file.assets}


class Ask(msgspec.Struct, frozen=True, array_like=True, tag="ask"):
    """Paint what ``/{profile}/{estate}/{name}`` of ``release`` is, or, where ``profile`` is ``assets``, the picture of
    that name. ``key`` is ``keys.recipe``'s: asked again while it is waited for, it is painted once. A release that is
    not published is named by ``=`` and the key of its draft.

    ``number`` comes back with the answer. ``asker`` tells those apart who wait for a page (a hash of a box's address,
    say; empty: the connection); each has its turn. After ``within`` seconds the answer is ``late``, and the paint goes
    on. With ``pictures`` the answer brings them along; what is not ``kept`` stays out of the cache that boxes look
    into. With ``words`` (of a content, or of an item where ``name`` is one's) these are painted in place of what the
    release says there, with a header of ``day`` (proleptic ordinal), and are never kept: what is not on air.
    """

    number: int
    key: bytes
    release: str
    profile: str
    estate: str
    name: str
    urgency: int = BOX
    asker: str = ""
    within: float = 2.0
    pictures: bool = False
    kept: bool = True
    words: bytes = b""
    day: int = 0


Status = Literal["painted", "late", "full", "gone", "failed", "away"]


class Answer(msgspec.Struct, frozen=True, array_like=True, tag="answer"):
    """What became of an ``Ask``: ``page`` is there when it was ``painted``.

    ``late``: not in time, and it is being painted. ``full``: too many wait. ``gone``: the release says nothing there.
    ``failed``: it cannot be painted, not even the plain screen; for a minute nobody tries again. ``away``: the client's
    word for a house that is not there, or ended meanwhile.
    """

    number: int
    status: Status
    page: PaintedPage | None = None


class Look(msgspec.Struct, frozen=True, array_like=True, tag="look"):
    """How are things?"""

    number: int


class Counts(msgspec.Struct, frozen=True, array_like=True, tag="counts"):
    """What a house has done since it began, and how it stands. ``joined`` are asks that found theirs under way already,
    ``seconds`` what painting took."""

    number: int
    painters: tuple[int, ...] = ()
    waiting: int = 0
    painting: int = 0
    painted: int = 0
    joined: int = 0
    late: int = 0
    refused: int = 0
    deaths: int = 0
    failed: int = 0
    unsound: int = 0
    uncached: int = 0
    seconds: float = 0.0


class Order(msgspec.Struct, frozen=True, array_like=True):
    """What a painter is to do: an ``Ask`` without who asks. ``plain``: only the screen that stands in for a page whose
    painting killed painters."""

    key: bytes
    release: str
    profile: str
    estate: str
    name: str
    pictures: bool = False
    plain: bool = False
    kept: bool = True
    words: bytes = b""
    day: int = 0


class Done(msgspec.Struct, frozen=True, array_like=True):
    """What became of an ``Order``; ``sound`` unless something else than what is said had to be shown. ``weight`` is how
    large the painter was when it last looked, in bytes."""

    status: Literal["painted", "gone", "failed"]
    page: PaintedPage | None = None
    cached: bool = True
    sound: bool = True
    weight: int = 0


ToHouse: TypeAlias = Ask | Look
FromHouse: TypeAlias = Answer | Counts

encode = msgspec.msgpack.Encoder().encode
decode_request = msgspec.msgpack.Decoder(ToHouse).decode
decode_reply = msgspec.msgpack.Decoder(FromHouse).decode
decode_order = msgspec.msgpack.Decoder(Order).decode
decode_done = msgspec.msgpack.Decoder(Done).decode
encode_page = encode
decode_page = msgspec.msgpack.Decoder(PaintedPage).decode


def packed(message: object) -> bytes:
    """A message as it is sent."""
    return framed(encode(message))


class Stream:
    """Bytes in, whole messages out. Raises ValueError for a length that nobody sends."""

    def __init__(self) -> None:
        self._came = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that ``data`` completes."""
        self._came += data
        at = 0
        while len(self._came) - at >= LENGTH:
            length = int.from_bytes(self._came[at : at + LENGTH], "big")
            if length > MOST:
                raise ValueError(f"a message of {length} bytes")
            if len(self._came) - at - LENGTH < length:
                break
            at += LENGTH + length
            yield bytes(self._came[at - length : at])
        del self._came[:at]
