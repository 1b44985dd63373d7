"""``channel pull``: fetch a channel's newest release, trust it only through its signed metadata, switch to it.

Verification is The Update Framework's detailed client workflow (TUF 1.0, clause 5) by python-tuf's ``ngclient``; what a
pack may hold is ``pack_format``; what the folder looks like is ``pulled_folder``. Nothing is switched, and nothing
that was trusted before is lost, unless every step before succeeded.

Installed bare: the standard library, tuf, requests and zstandard.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

import zstandard
from tuf.api.exceptions import (
    DownloadError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import Metadata, Root, TargetFile, Timestamp  # type: ignore[attr-defined]
from tuf.ngclient import Updater  # type: ignore[attr-defined]

from broadcaster.bundle import pack_format
from broadcaster.bundle.fetcher import Fetcher
from broadcaster.bundle.pulled_folder import RELEASE, Home
from feeds.base.errors import ChannelError, FetchError, PersonError, TrustError

NEWEST = "channel.json"
"""The target that names the newest release."""
NEWEST_BYTES = 4096


@dataclass(frozen=True)
class Pulled:
    """What a pull did. ``files`` were new in the pool; ``paths`` is 0 when nothing had to be unpacked."""

    release: str
    changed: bool
    paths: int = 0
    files: int = 0
    fetched: int = 0


def pull(
    url: str,
    folder: Path,
    root: Path,
    *,
    seconds: float = 1800,
    limits: pack_format.Limits | None = None,
    watch: Callable[[str, int, int], None] | None = None,
    now: Callable[[], float] = time.time,
) -> Pulled:
    """Make ``folder/current`` the newest release of the bundles at ``url``, trusted through the root metadata ``root``.

    ``seconds`` is for all that is fetched; ``watch`` is told what is being done, and how much of how much. Raises
    PersonError (``url`` or ``root`` is wrong), FetchError (network or server; try again), TrustError (what came is not
    to be trusted), BusyError (another pull), ChannelError (the disk). Then ``folder/current`` stays as it was.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise PersonError(f"URL: found {url!r}, expected such as http://channel.example/bundles/")
    trusted = trusted_root(root)
    limits = limits or pack_format.Limits()
    home = Home(folder.absolute())
    try:
        with home.locked(), _refusals(url, home):
            fetcher = Fetcher(home.private, seconds)
            return _pull(url, home, trusted, fetcher, limits, watch or (lambda *_: None), now)
    except OSError as error:
        raise ChannelError(f"{folder}: {error.strerror or error}", hint="`current` is as it was") from None


def _pull(
    url: str,
    home: Home,
    root: bytes,
    fetcher: Fetcher,
    limits: pack_format.Limits,
    watch: Callable[[str, int, int], None],
    now: Callable[[], float],
) -> Pulled:
    updater = refreshed(url, home.private, root, fetcher)
    release, name = _newest(updater, home)
    target = updater.get_targetinfo(name)
    if target is None:
        raise TrustError(f"{NEWEST} names {name}, which no signed metadata knows")
    before, origin = home.serving, target.hashes.get("sha256", "")
    folder = home.holding(release, origin)
    if folder:
        if before == folder:
            return Pulled(release, changed=False)
        paths = files = fetched = 0
    else:
        fetched = target.length
        fetcher.watch = lambda done, total: watch("fetching", done, total)
        pack = _download(updater, target, home.private / "pack", limits)
        tree, files = _unpack(pack, home, limits, watch)
        if tree.release != release:
            raise TrustError(f"{name} holds release {tree.release}, expected {release}")
        folder, paths = home.install(tree, origin)
        pack.unlink()
    home.carry(folder, now())
    home.switch(folder)
    home.prune({folder, before})
    return Pulled(release, True, paths, files, fetched)


def refreshed(url: str, private: Path, root: bytes, fetcher: Fetcher) -> Updater:
    """The newest signed metadata below ``url``, verified, kept in folder ``private``. Raises what python-tuf does."""
    updater = _updater(url, private, root, fetcher)
    try:
        updater.refresh()
    except UnsignedMetadataError:
        # The channel may have replaced its keys between two answers: then its new root metadata is there by now.
        updater = _updater(url, private, root, fetcher)
        updater.refresh()
    return updater


def _updater(url: str, private: Path, root: bytes, fetcher: Fetcher) -> Updater:
    metadata = private / "metadata"
    metadata.mkdir(exist_ok=True)
    base = url.rstrip("/") + "/"
    return Updater(
        metadata_dir=str(metadata),
        metadata_base_url=base + "metadata/",
        target_dir=str(private),
        target_base_url=base + "targets/",
        fetcher=fetcher,
        bootstrap=root,
    )


def _newest(updater: Updater, home: Home) -> tuple[str, str]:
    """Id and pack of the release that the channel has on air."""
    target = updater.get_targetinfo(NEWEST)
    if target is None:
        raise TrustError(f"the signed metadata has no {NEWEST}")
    data = _download(updater, target, home.private / NEWEST, pack_format.Limits(pack=NEWEST_BYTES)).read_bytes()
    try:
        raw = json.loads(data)
        version, release, name = raw["format"], raw["release"], raw["pack"]
        sound = RELEASE.fullmatch(release) and name == f"release-{release}.tar.zst"
    except (ValueError, KeyError, TypeError):
        raise TrustError(f"{NEWEST}: not what this program knows") from None
    if version != pack_format.FORMAT or not sound:
        raise TrustError(f"{NEWEST}: found format {version!r}, release {release!r}", hint="update this program")
    return release, name


def _download(updater: Updater, target: TargetFile, path: Path, limits: pack_format.Limits) -> Path:
    if target.length > limits.pack:
        raise TrustError(f"{target.path}: {target.length:,} bytes are more than this machine allows")
    updater.download_target(target, str(path))
    return path


def _unpack(
    path: Path, home: Home, limits: pack_format.Limits, watch: Callable[[str, int, int], None]
) -> tuple[pack_format.Tree, int]:
    total = path.stat().st_size
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << pack_format.WINDOW_LOG)
    with path.open("rb") as file:
        stream = decompressor.stream_reader(cast(IO[bytes], _Watched(file, watch, total)), read_across_frames=True)
        try:
            return home.unpack(stream, limits)
        except zstandard.ZstdError as error:
            raise TrustError(f"pack: cannot be decompressed: {error}") from None


class _Watched:
    """A file that tells how much of it was read."""

    def __init__(self, file: IO[bytes], watch: Callable[[str, int, int], None], total: int) -> None:
        self._file, self._watch, self._total = file, watch, total

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._watch("unpacking", self._file.tell(), self._total)
        return data


def trusted_root(path: Path) -> bytes:
    """The root metadata that somebody was handed. Raises PersonError."""
    try:
        data = path.read_bytes()
        Metadata[Root].from_bytes(data)
    except OSError as error:
        raise PersonError(f"{path}: {error.strerror}", hint="the channel's root.json is handed over by hand") from None
    except RepositoryError:
        raise PersonError(f"{path}: not root metadata", hint="ask the channel for its root.json") from None
    return data


@contextmanager
def _refusals(url: str, home: Home) -> Iterator[None]:
    """python-tuf's two families of errors as ours."""
    stays = "`current` is as it was"
    try:
        yield
    except ExpiredMetadataError as error:
        hint = f"{stays}; either the channel publishes no more, or somebody holds it back, or this clock is wrong"
        raise TrustError(f"{url}: expired: {error}", hint=hint) from None
    except (RepositoryError, DownloadLengthMismatchError) as error:
        raise TrustError(f"{url}: refused: {error}", hint=stays) from None
    except DownloadError as error:
        raise FetchError(f"not fetched: {error}", hint=f"{stays}; {_since(home)}") from None
    except TrustError as error:
        raise TrustError(f"{url}: refused: {error.message}", hint=error.hint or stays) from None


def _since(home: Home) -> str:
    """What to do about a failed fetch: a server that is always too slow holds releases back as one that lies does."""
    try:
        trusted = (home.private / "metadata" / "timestamp.json").read_bytes()
        expires = Metadata[Timestamp].from_bytes(trusted).signed.expires
    except (OSError, RepositoryError):
        return "try again"
    if expires > datetime.now(UTC):
        return "try again"
    return (
        f"what is trusted here ended at {expires:%Y-%m-%d %H:%M} UTC and nothing newer came since: "
        "the channel publishes no more, or somebody holds it back, or this clock is wrong"
    )


class Bar:
    """A progress bar on standard error, in a terminal only."""

    WIDTH = 30

    def __init__(self) -> None:
        self._shown = ""
        self._live = sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        if not self._live or not total:
            return
        full = self.WIDTH * done // total
        line = f"{what:<10} {'#' * full}{'.' * (self.WIDTH - full)} {done / 1e6:8.1f} of {total / 1e6:.1f} MB"
        if line != self._shown:
            self._shown = line
            sys.stderr.write("\r" + line)
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown:
            with suppress(OSError):
                sys.stderr.write("\r" + " " * len(self._shown) + "\r")
                sys.stderr.flush()
