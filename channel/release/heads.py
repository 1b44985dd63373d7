"""``current``: the one small file that says what is on air. Putting it in place is what publishing means."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from channel.keys import key_of
from channel.release.disk import Disk
from channel.release.tree import Root, decode_root
from feeds.base.errors import NotFound, StoreError

_IDENT = re.compile(r"r[0-9]{6,12}-[0-9a-f]{6}", re.ASCII)
_MENDED = "run `channel repair`"


class Heads(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``air`` is what boxes get, ``built`` where builds go on from; they differ only while publishing is held.

    ``seq`` is the highest number given so far. Empty ids: nothing was ever published.
    """

    air: str = ""
    built: str = ""
    held: bool = False
    seq: int = 0


class Records:
    """The folder's ``current`` file and release records."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._current = folder / "current"
        self._releases = folder / "releases"
        self._disk = disk

    def raw_heads(self) -> bytes:
        """The bytes of ``current``; empty before the first release. Cheap enough to ask several times a second."""
        try:
            return self._current.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            return f"unreadable: {error.strerror}".encode()

    def heads(self) -> Heads:
        """What is on air. Raises StoreError when the file was damaged, or is missing where there are releases."""
        data = self.raw_heads()
        if not data and self.ids():
            raise StoreError(f"{self._current}: missing", hint=_MENDED)
        return decode_heads(data, self._current)

    def write_heads(self, heads: Heads) -> None:
        """Switch the channel to ``heads`` in one step."""
        line = msgspec.json.encode(heads)
        self._disk.replace_file(self._current, line + b"\n" + key_of(line).hex().encode() + b"\n")

    def read(self, ident: str) -> Root:
        """The record of a release. Raises NotFound or StoreError."""
        path = self._releases / ident
        if not ident or "/" in ident or ident[0] == ".":
            raise NotFound(f"release: found {ident!r}, expected an id such as r000017-3fa9c2")
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise NotFound(f"release: found {ident!r}, which is not kept", hint="see `channel releases`") from None
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}", hint=_MENDED) from None
        root = decode_root(data, str(path))
        if root.id != ident:
            raise StoreError(f"{path}: holds the record of {root.id}", hint=_MENDED)
        return root

    def write(self, root: Root) -> None:
        """Keep a release's record, durably; it is not on air yet."""
        self._disk.replace_file(self._releases / root.id, root.encode())

    def remove(self, ident: str) -> None:
        """Forget a release's record."""
        self._disk.remove(self._releases / ident)

    def ids(self) -> list[str]:
        """All records in the folder, oldest first, those that never went on air among them."""
        try:
            return sorted((p.name for p in self._releases.iterdir() if p.name[0] == "r"), key=seq_of)
        except FileNotFoundError:
            return []


def decode_heads(data: bytes, where: Path) -> Heads:
    """``current`` decoded. Raises StoreError when its checksum is wrong."""
    if not data:
        return Heads()
    line, _, check = data.partition(b"\n")
    if check != key_of(line).hex().encode() + b"\n":
        raise StoreError(f"{where}: damaged", hint=_MENDED)
    try:
        return msgspec.json.decode(line, type=Heads)
    except msgspec.MsgspecError:
        raise StoreError(f"{where}: does not say what is on air", hint=_MENDED) from None


def is_ident(text: str) -> bool:
    """Whether ``text`` is written as a release's id is."""
    return _IDENT.fullmatch(text) is not None


def seq_of(ident: str) -> int:
    """The number in a release's id; 0 for what is none."""
    digits = ident[1:].partition("-")[0]
    return int(digits) if digits.isdigit() else 0
