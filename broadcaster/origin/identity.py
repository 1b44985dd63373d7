"""Which estate a box belongs to: what the operator signed, what the launcher says, where the box is, what it remembers.

The order is fixed: signed entry token, ``estate``, ``area``, the box's address, its card number, the path it comes from
(a box without cookies carries its estate there), its cookie, else the district. A hint that is nonsense or unknown is
passed over, never an error: a box always gets a page.

Card numbers are hostile to keep: only their HMAC-SHA-256 is compared, under a key that comes from the environment and
is stored nowhere near the table; no function here gives one back, logs one or puts one into an address.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import ipaddress
import mmap
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from channel.estates import DISTRICT, Estates
from feeds.base.errors import PersonError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

CARD_PARAMETERS = ("card", "smid", "caid", "boxcard", "smartcard-id", "stb_id")
"""Names under which launchers hand over the card number (compared without regard to case)."""
TOKEN_PARAMETER = "e"
COOKIE = "estate"
_ESTATE = re.compile(r"[a-z0-9-]{1,32}")
_TOKEN = re.compile(r"([a-z0-9-]{1,32})\.(\d{1,12})\.([A-Za-z0-9_-]{43})", re.ASCII)
_CARD = re.compile(r"[0-9A-Za-z]{6,32}", re.ASCII)
_CARD_NOISE = re.compile(r"[\s:-]")


class Found(NamedTuple):
    """An estate's id, and which hint named it (for a metric; never the hint itself)."""

    estate: str
    by: str


class Box(NamedTuple):
    """What a box says of itself beside its query: its address, what an edge says of it, the estate in the path of the
    page it comes from (large text and back), and the estate it remembers. Any may be empty, none is to be believed."""

    peer: str = ""
    forwarded: str = ""
    path: str = ""
    cookie: str = ""


def sign_token(estate: str, expires: int, key: bytes) -> str:
    """An entry token for ``estate``, good until ``expires`` (seconds since 1970): ``estate.expires.signature``."""
    text = f"{estate}.{expires}"
    return f"{text}.{_signature(text, key)}"


def read_token(token: str, key: bytes, now: float) -> str | None:
    """The estate of a token that ``key`` signed and that is still good, else None."""
    match = _TOKEN.fullmatch(token[:200])
    if match is None:
        return None
    expected = _signature(f"{match[1]}.{match[2]}", key)
    genuine = hmac.compare_digest(expected, match[3])
    return match[1] if genuine and now < int(match[2]) else None


def _signature(text: str, key: bytes) -> str:
    made = hmac.new(key, b"entry\0" + text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


class PrefixTable:
    """Address prefixes, IPv4 and IPv6, to names; the longest prefix that holds an address wins."""

    def __init__(self, rows: Iterable[tuple[Network, str]] = ()) -> None:
        by_length: dict[tuple[int, int], dict[int, str]] = {}
        for network, name in rows:
            size = network.max_prefixlen - network.prefixlen
            key = (network.version, network.prefixlen)
            by_length.setdefault(key, {})[int(network.network_address) >> size] = name
        self._tables: dict[int, list[tuple[int, dict[int, str]]]] = {4: [], 6: []}
        for version, length in sorted(by_length, reverse=True):
            bits = 32 if version == 4 else 128
            self._tables[version].append((bits - length, by_length[version, length]))

    def find(self, address: Address) -> str | None:
        """The name of the longest prefix that holds ``address``; a mapped IPv6 address counts as the IPv4 in it."""
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        value = int(address)
        for shift, table in self._tables[address.version]:
            name = table.get(value >> shift)
            if name is not None:
                return name
        return None


def load_prefixes(path: Path, estates: Estates) -> PrefixTable:
    """The table of a CSV with the columns prefix, estate. Raises PersonError with the line of a mistake."""
    rows = []
    for line, row in _rows(path, ("prefix", "estate")):
        estate = row["estate"].strip()
        if estate not in estates:
            raise PersonError(f"{path}: line {line}: estate: found {estate!r}, which is not in estates.csv")
        rows.append((_network(path, line, row["prefix"]), estate))
    return PrefixTable(rows)


def load_edges(path: Path) -> PrefixTable:
    """The caches before the origin, whose X-Forwarded-For is believed: a CSV with the column prefix.

    Raises PersonError.
    """
    return PrefixTable([(_network(path, line, row["prefix"]), "edge") for line, row in _rows(path, ("prefix",))])


def _network(path: Path, line: int, text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError as error:
        raise PersonError(f"{path}: line {line}: prefix: found {text!r}: {error}") from None


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            missing = [c for c in columns if c not in (reader.fieldnames or ())]
            if missing:
                raise PersonError(f"{path}: line 1: expected the columns {', '.join(columns)}")
            for row in reader:
                yield reader.line_num, row
    except FileNotFoundError:
        raise PersonError(f"{path}: no such file") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise PersonError(f"{path}: not a CSV in UTF-8: {error}") from None


class CardTable:
    """Hashed card numbers to estates, in one sorted file that all workers share: 18 bytes a card.

    The file: ``CARD1\\n``, the count of estates (2 bytes), each id and a newline, then the rows: 16 bytes of the HMAC
    and the estate's place (2 bytes, big endian), in the order of the HMACs.
    """

    _MAGIC = b"CARD1\n"
    _ROW = struct.Struct(">16sH")

    def __init__(self, path: Path, key: bytes) -> None:
        """Raises PersonError when ``path`` is not such a file."""
        self._key = key
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._map[: len(self._MAGIC)] != self._MAGIC:
            raise PersonError(f"{path}: not a table of cards", hint="make it with `channel cards import`")
        start = len(self._MAGIC) + 2
        count = int.from_bytes(self._map[start - 2 : start], "big")
        self._names: list[str] = []
        for _ in range(count):
            end = self._map.find(b"\n", start)
            self._names.append(self._map[start:end].decode())
            start = end + 1
        self._start = start
        if (len(self._map) - start) % self._ROW.size:
            raise PersonError(f"{path}: the table of cards is cut off", hint="`channel cards import` makes it again")

    def __len__(self) -> int:
        return (len(self._map) - self._start) // self._ROW.size

    def find(self, card: str) -> str | None:
        """The estate of a card number, or None."""
        wanted = card_hash(card, self._key)
        if wanted is None:
            return None
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            found, place = self._ROW.unpack_from(self._map, self._start + middle * self._ROW.size)
            if found == wanted:
                name: str = self._names[place]
                return name
            low, high = (middle + 1, high) if found < wanted else (low, middle)
        return None

    @classmethod
    def write(cls, source: Path, target: Path, key: bytes, estates: Estates) -> tuple[int, int]:
        """Make ``target`` from the operator's CSV (columns card, estate); gives rows taken and rows left out.

        A row with a number that cannot be one, or an estate that is not known, is left out and counted. Raises
        PersonError when the file or a column is missing.
        """
        names = list(estates)
        places = {name: place for place, name in enumerate(names)}
        cards: dict[bytes, int] = {}
        left_out = 0
        for _, row in _rows(source, ("card", "estate")):
            hashed, place = card_hash(row["card"], key), places.get(row["estate"].strip())
            if hashed is None or place is None:
                left_out += 1
            else:
                cards[hashed] = place
        head = cls._MAGIC + len(names).to_bytes(2, "big") + b"".join(name.encode() + b"\n" for name in names)
        body = b"".join(cls._ROW.pack(hashed, cards[hashed]) for hashed in sorted(cards))
        temporary = target.with_suffix(".new")
        temporary.write_bytes(head + body)
        temporary.replace(target)
        return len(cards), left_out


def card_hash(card: str, key: bytes) -> bytes | None:
    """HMAC-SHA-256 of a card number without its spaces, colons and hyphens, cut to 16 bytes; None if it is not one."""
    plain = _CARD_NOISE.sub("", card[:64])
    if not _CARD.fullmatch(plain):
        return None
    return hmac.new(key, b"card\0" + plain.upper().encode(), hashlib.sha256).digest()[:16]


class Directory:
    """Everything that is known of boxes; ``find`` is asked once at the entry, never for an artefact."""

    def __init__(
        self,
        estates: Estates,
        *,
        token_key: bytes = b"",
        prefixes: PrefixTable | None = None,
        cards: CardTable | None = None,
        edges: PrefixTable | None = None,
    ) -> None:
        self._estates = estates
        self._token_key = token_key
        self._prefixes = prefixes or PrefixTable()
        self._cards = cards
        self._edges = edges or PrefixTable()

    def find(self, query: Mapping[str, str], box: Box, now: float) -> Found:
        """The estate of a box from its entry query (names in lower case) and what else it says of itself."""
        if self._token_key:
            estate = read_token(query.get(TOKEN_PARAMETER, ""), self._token_key, now)
            if estate is not None and self.knows(estate):
                return Found(estate, "token")
        if self.knows(query.get("estate", "")):
            return Found(query["estate"], "estate")
        sharing = [estate.id for estate in self._estates.by_area_code.get(query.get("area", "")[:32], ())]
        if sharing:
            # Neighbouring estates share a code; the one that the household once chose among them is its own.
            return Found(box.cookie if box.cookie in sharing else sharing[0], "area")
        estate = self._by_address(box)
        if estate is not None:
            return Found(estate, "address")
        estate = self._by_card(query)
        if estate is not None:
            return Found(estate, "card")
        if self.knows(box.path) and box.path != DISTRICT:
            return Found(box.path, "path")
        if self.knows(box.cookie):
            return Found(box.cookie, "cookie")
        return Found(DISTRICT, "none")

    def knows(self, estate: str) -> bool:
        """Whether it is the district or an estate of this channel."""
        return bool(_ESTATE.fullmatch(estate)) and (estate == DISTRICT or estate in self._estates)

    def _by_card(self, query: Mapping[str, str]) -> str | None:
        if self._cards is None:
            return None
        found = (self._cards.find(query[name]) for name in CARD_PARAMETERS if query.get(name))
        return next((estate for estate in found if estate is not None and self.knows(estate)), None)

    def _by_address(self, box: Box) -> str | None:
        address = self.client_address(box.peer, box.forwarded)
        return self._prefixes.find(address) if address else None

    def client_address(self, peer: str, forwarded: str) -> Address | None:
        """The box's address: the peer, or, where the peer is one of our edges, the last one it forwards for.

        Anybody can send X-Forwarded-For; only what an edge of ours appended is believed.
        """
        address = _address(peer)
        hops = [part.strip() for part in forwarded[-512:].split(",")] if forwarded else []
        while address is not None and hops and self._edges.find(address) is not None:
            address = _address(hops.pop())
        return address


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
