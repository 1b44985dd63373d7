"""ZIP archives from outside: read in memory, never unpacked to disk, with a cap on what comes out."""

from __future__ import annotations

import io
import struct
import zipfile
from collections import Counter
from typing import IO

from feeds.base.errors import FormatError
from feeds.formats._cells import shown

MOST_UNPACKED = 1_500_000_000
_MOST_RATIO = 250
_HARMLESS = 50_000_000

DAMAGED = (
    zipfile.BadZipFile,
    OSError,
    EOFError,
    NotImplementedError,
    ValueError,
    RuntimeError,
    LookupError,
    struct.error,
)
"""What reading a damaged member raises (zlib.error is added where streams are read)."""


class SafeZip:
    """The members of an archive by their own name, in the root or in one folder. Raises FormatError."""

    def __init__(self, body: bytes, most: int = MOST_UNPACKED) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
            entries = [entry for entry in self._zip.infolist() if entry.filename and not entry.is_dir()]
        except DAMAGED:
            raise FormatError("not a ZIP archive, or one that is damaged or cut off") from None
        total = sum(entry.file_size for entry in entries)
        if len(entries) > 10_000 or total > most or (total > _HARMLESS and total > _MOST_RATIO * len(body)):
            raise FormatError(f"the archive unpacks to {total} bytes in {len(entries)} files, which is refused")
        self.paths: dict[str, zipfile.ZipInfo] = {entry.filename: entry for entry in entries}
        self._entries: dict[str, zipfile.ZipInfo] = {}
        folders = Counter(_folder(entry) for entry in entries)
        # The shallowest folder counts, of two the fuller one.
        for entry in sorted(entries, key=lambda entry: (-_path(entry).count("/"), folders[_folder(entry)])):
            # A name is only a key here: no path of the archive ever becomes a path on this machine.
            self._entries[_path(entry).rpartition("/")[2]] = entry

    def keep_beside(self, name: str) -> None:
        """Forget the members that are not in the folder of this one: an archive may hold two versions of one thing."""
        if name in self._entries:
            folder = _folder(self._entries[name])
            self._entries = {
                _path(entry).rpartition("/")[2]: entry for entry in self.paths.values() if _folder(entry) == folder
            }

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __enter__(self) -> SafeZip:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def open(self, name: str) -> IO[bytes]:
        """A member by its own name as a stream; reading it may raise what ``DAMAGED`` lists."""
        return self._open(name, self._entries[name])

    def open_path(self, path: str) -> IO[bytes]:
        """The same by its whole path in the archive."""
        return self._open(path, self.paths[path])

    def _open(self, name: str, entry: zipfile.ZipInfo) -> IO[bytes]:
        if entry.flag_bits & 1:
            raise FormatError(f"{name} is encrypted")
        try:
            return self._zip.open(entry)
        except DAMAGED:
            raise FormatError(shown(f"{name} is damaged in the archive")) from None


def _path(entry: zipfile.ZipInfo) -> str:
    return entry.filename.replace("\\", "/")


def _folder(entry: zipfile.ZipInfo) -> str:
    return _path(entry).rpartition("/")[0]
