"""The pack: one release as a tar of distinct files and a tree that says which path has which file (format 1).

The tar (POSIX ustar, IEEE Std 1003.1-1988 clause 10.1.1) holds regular files only: ``files/{hash}`` once for each
distinct content, named by its BLAKE2b-128, and at the end ``tree.json``. Its order, owner, mode and times are fixed, so
the same release gives the same bytes. The whole is compressed as zstd frames (RFC 8878): ``tar --zstd -tf`` looks in.

Both ends use this module, and the reading end is installed bare: the standard library and zstandard, nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from feeds.base.errors import TrustError

FORMAT = 1
WINDOW_LOG = 24
"""Both ends keep 2^24 bytes of history: enough to see that one estate's page is like the next one's."""
BLOCK = 512
DISTRICT = "district"
ITEMS = "i"

_HASH = re.compile(r"[0-9a-f]{32}")
_MEMBER = re.compile(r"tree\.json|files/([0-9a-f]{32})")
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Limits:
    """What a pack may ask of the machine that unpacks it: bytes, and numbers of files and paths."""

    pack: int = 4 << 30
    unpacked: int = 16 << 30
    file: int = 64 << 20
    tree: int = 256 << 20
    files: int = 2_000_000
    paths: int = 5_000_000


@dataclass
class ProfileTree:
    """The paths of one profile: those of the district, its items, and what each estate has beside or instead.

    An estate's value None takes a path of the district away from that estate.
    """

    district: dict[str, str] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    estates: dict[str, dict[str, str | None]] = field(default_factory=dict)


@dataclass
class Tree:
    """Which path has which file. ``shared`` are paths of the root: ``index.html``, ``assets/{hash}.png``."""

    release: str
    shared: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, ProfileTree] = field(default_factory=dict)

    def folders(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Every folder-like prefix with its files; an estate's ``i`` is left to whoever lays the tree out."""
        yield "", self.shared
        for profile, branch in self.profiles.items():
            yield f"{profile}/{DISTRICT}/", branch.district
            yield f"{profile}/{DISTRICT}/{ITEMS}/", branch.items
            for estate, own in branch.estates.items():
                merged = branch.district | own
                yield f"{profile}/{estate}/", {name: file for name, file in merged.items() if file}

    def paths(self) -> Iterator[tuple[str, str]]:
        """Every path with the hash of its file, exactly the addresses that the origin serves."""
        for prefix, files in self.folders():
            for name, file in files.items():
                yield prefix + name, file
        for profile, branch in self.profiles.items():
            for estate in branch.estates:
                for name, file in branch.items.items():
                    yield f"{profile}/{estate}/{ITEMS}/{name}", file

    def encode(self) -> bytes:
        """``tree.json``."""
        profiles = {name: vars(branch) for name, branch in self.profiles.items()}
        data = {"format": FORMAT, "release": self.release, "shared": self.shared, "profiles": profiles}
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def content_hash(data: bytes) -> str:
    """BLAKE2b-128 in hex: the name of a file in a pack."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def member(name: str, size: int) -> bytes:
    """The ustar header of a regular file: mode 0444, no owner, time 0."""
    fields = name.encode().ljust(100, b"\0") + b"0000444\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"00000000000\0"
    tail = b"0".ljust(101, b"\0") + b"ustar\x0000"
    checksum = b"%06o\0 " % (sum(fields) + sum(tail) + 8 * ord(" "))
    return (fields + checksum + tail).ljust(BLOCK, b"\0")


def padding(size: int) -> bytes:
    """What fills the last block of a file of ``size`` bytes."""
    return bytes(-size % BLOCK)


END = bytes(2 * BLOCK)
"""The end of an archive."""


def read_members(stream: IO[bytes], limits: Limits) -> Iterator[tuple[str, bytes]]:
    """The files of an unpacked tar: their hash (``""`` for the tree) and bytes, checked against each other.

    Nothing but what ``member`` writes is accepted: no link, device, long name, path or other type. Raises TrustError.
    """
    left, count = limits.unpacked, 0
    while True:
        block = _exactly(stream, BLOCK)
        if block == bytes(BLOCK):
            if _exactly(stream, BLOCK) != bytes(BLOCK) or stream.read(1):
                raise TrustError("pack: bytes after the end of the archive")
            return
        name, size = _header(block)
        count += 1
        left -= size
        if size > (limits.file if name else limits.tree) or left < 0 or count > limits.files:
            raise TrustError(f"pack: {name or 'tree.json'}: {size:,} bytes are more than this machine allows")
        data = _exactly(stream, size)
        if _exactly(stream, -size % BLOCK).strip(b"\0"):
            raise TrustError("pack: padding that is not empty")
        if name and content_hash(data) != name:
            raise TrustError(f"pack: files/{name}: its bytes do not match its name")
        yield name, data


def decode(data: bytes, limits: Limits) -> Tree:
    """A ``tree.json`` whose every name is harmless as a path. Raises TrustError."""
    try:
        raw = json.loads(data)
        if raw["format"] != FORMAT:
            raise TrustError(f"pack: found format {raw['format']!r}, expected {FORMAT}", hint="update this program")
        tree = Tree(str(raw["release"]), _files(raw["shared"], depth=2))
        for profile, branch in raw["profiles"].items():
            estates = {_part(estate): _overrides(own) for estate, own in branch["estates"].items()}
            made = ProfileTree(_files(branch["district"]), _files(branch["items"]), estates)
            tree.profiles[_part(profile)] = made
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise TrustError("pack: tree.json is not a tree of this format") from None
    total = len(tree.shared) + sum(_weight(branch) for branch in tree.profiles.values())
    if total > limits.paths:
        raise TrustError(f"pack: {total:,} paths are more than this machine allows")
    clash = {name.partition("/")[0] for name in tree.shared} & set(tree.profiles)
    if clash:
        raise TrustError(f"pack: {min(clash)} is both a profile and something else")
    return tree


def _weight(branch: ProfileTree) -> int:
    own = sum(len(files) for files in branch.estates.values())
    return len(branch.items) + (1 + len(branch.estates)) * len(branch.district) + own


def _header(block: bytes) -> tuple[str, int]:
    name = block[:100].rstrip(b"\0").decode("ascii", "replace")
    match = _MEMBER.fullmatch(name)
    if not match:
        raise TrustError(f"pack: found a member {name!r}, expected tree.json or files/ and a hash")
    try:
        size = int(block[124:135], 8)
    except ValueError:
        size = -1
    if size < 0 or block != member(name, size):
        raise TrustError(f"pack: {name}: not a plain file as a pack holds")
    return match[1] or "", size


def _exactly(stream: IO[bytes], size: int) -> bytes:
    parts = []
    while size:
        data = stream.read(min(size, 1 << 20))
        if not data:
            raise TrustError("pack: ends in the middle")
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def _part(name: Any) -> str:
    if not isinstance(name, str) or not _PART.fullmatch(name):
        raise TrustError(f"pack: found {str(name)[:100]!r} in a path, expected letters, digits, dot, dash, underscore")
    return name


def _file(file: Any) -> str:
    if not isinstance(file, str) or not _HASH.fullmatch(file):
        raise TrustError(f"pack: found {str(file)[:100]!r}, expected the hash of a file")
    return file


def _files(raw: Any, depth: int = 1) -> dict[str, str]:
    made = {}
    for name, file in raw.items():
        parts = name.split("/")
        if len(parts) > depth:
            raise TrustError(f"pack: found {name[:100]!r}, a path too deep")
        made["/".join(_part(part) for part in parts)] = _file(file)
    return made


def _overrides(raw: Any) -> dict[str, str | None]:
    return {_part(name): None if file is None else _file(file) for name, file in raw.items()}


def referenced(tree: Tree) -> Iterable[str]:
    """The hashes of all files that the tree names, each once."""
    seen = set(tree.shared.values())
    for branch in tree.profiles.values():
        seen.update(branch.district.values(), branch.items.values())
        for own in branch.estates.values():
            seen.update(file for file in own.values() if file)
    return seen
