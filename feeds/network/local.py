"""Files that departments deliver: one file, or a folder that is watched, always inside the channel's own folder.

A folder's files count once they have settled (unchanged for ``options.settle`` seconds, 2 by itself), unless their name
starts with a dot or ends in ``.part``, ``.tmp`` or ``~``. ``options.pattern`` (``*.csv``) chooses among them, and
``options.take`` says whether the newest replaces the others (``newest``) or all are read together (``all``).
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import stat
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feeds.base.errors import FetchError
from feeds.formats.base import Document
from feeds.network.unpack import Unpacker
from feeds.source import Source, file_of

_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")
_MOST_FILES = 500


def local_path(url: str, base: Path) -> Path:
    """The file that a ``file:`` address means. Raises FetchError when it lies outside ``base``."""
    path = file_of(url, base)
    if path is None:
        raise FetchError(f"{url}: outside the channel's folder", retryable=False)
    return path


def last_segment(url: str) -> str:
    """The last part of an address's path; "" when it ends in a slash or says ``..``."""
    try:
        name = unquote(urlsplit(url).path.rpartition("/")[2])
    except ValueError:
        return ""
    return "" if name in (".", "..") or "/" in name or "\x00" in name else name


def files_of(source: Source, base: Path) -> list[Path]:
    """The files that the source's address means now, the newest first for a folder. Raises FetchError."""
    path = local_path(source.url, base)
    if not path.is_dir():
        return [path]
    pattern, border = str(source.options.get("pattern", "*")), time.time() - float(source.options.get("settle", 2))
    found = []
    try:
        for entry in os.scandir(path):
            name = entry.name
            if name.startswith(".") or name.endswith(_UNFINISHED) or not fnmatch.fnmatchcase(name, pattern):
                continue
            if entry.is_file(follow_symlinks=False):
                facts = entry.stat(follow_symlinks=False)
                if facts.st_mtime <= border and facts.st_size:
                    found.append((-facts.st_mtime_ns, name))
    except OSError as error:
        raise FetchError(f"{source.url}: {error.strerror or 'cannot be read'}", retryable=False) from None
    if not found:
        raise FetchError(f"{source.url}: no file has been delivered yet", retryable=False)
    names = [name for _, name in sorted(found)[:_MOST_FILES]]
    return [path / name for name in (names if source.options.get("take", "newest") == "all" else names[:1])]


def tag_of(paths: list[Path]) -> str:
    """A validator for these files: their names, sizes and times of change."""
    facts = []
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            return ""
        facts.append(f"{path.name} {found.st_mtime_ns} {found.st_size}")
    return hashlib.blake2b("\n".join(facts).encode(), digest_size=12).hexdigest()


def read_file(path: Path, url: str, most: int) -> Document:
    """One plain file of at most ``most`` bytes, a gzip file unpacked. Raises FetchError."""
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise FetchError(f"{url}: not a plain file", retryable=False)
            if facts.st_size > most:
                raise FetchError(f"{facts.st_size} bytes, at most {most} allowed", retryable=False)
            body = file.read(most + 1)
    except OSError as error:
        raise FetchError(f"{url}: {error.strerror or 'cannot be read'}", retryable=False) from None
    unpack = Unpacker("", most)
    unpack.feed(body)
    return Document(url=url, body=unpack.finish())


def _open_at_once(path: str, flags: int) -> int:
    """Opening a named pipe would wait for a writer for ever."""
    return os.open(path, flags | os.O_NONBLOCK)
