"""``python -m broadcaster.bundle.follow URL ROOT STATE``: a store kept at what a channel elsewhere has on air.

The record of the newest release is trusted through signed metadata alone (The Update Framework 1.0, clause 5, by
python-tuf's ``ngclient``), all else through the hashes that it leads to. What does not come, or is not to be trusted,
changes nothing: the release that is here stays on air.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tuf.api.exceptions import DownloadError, RepositoryError

from broadcaster import logs
from broadcaster.bundle.contents import RELEASE
from broadcaster.bundle.fetcher import Fetcher
from broadcaster.bundle.pull import refreshed, trusted_root
from broadcaster.origin.parcels import ALL
from broadcaster.places import FOLLOWED, STORE
from broadcaster.station import parent_watch
from channel.declared import unpack_folder
from channel.folder import Channel
from channel.overlay import NONE
from channel.release import Store
from channel.release.objects import MAP
from channel.release.parcel import record
from channel.release.tree import Root
from feeds.base.errors import BusyError, ChannelError, FetchError, Mistakes, PersonError, StoreError, TrustError

_LOG = logging.getLogger(__name__)
EVERY_S = 2.0
"""A warning is on air here so much later than there, and the way."""
SECONDS = 120.0
"""For all that one look fetches."""
RECORD_BYTES = 1 << 20
PARCEL_BYTES = 64 << 20
KEPT = 20
PROVE_EVERY_S = 60.0
TELL_EVERY_S = 30.0
FROM = "url"
"""In its folder: whom it follows."""
TOLD = "told"
"""In its folder: the declarations that workers have loaded."""
PRUNE_EVERY_S = 600.0
COMPLAIN_S = 60.0


class Follower:
    """Keeps the store of ``state`` at what ``url`` (a channel's ``/bundles/``) has on air, trusted through ``root``.

    Raises PersonError when an argument is wrong, or when ``state`` is of a channel that is built here.
    """

    def __init__(self, url: str, root: Path, state: Path) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise PersonError(f"--follow: found {url!r}, expected such as http://channel.example/bundles/")
        self._url = f"{url.rstrip('/')}/contents/"
        self._root = trusted_root(root)
        self._private = state / FOLLOWED
        self._proved = -PROVE_EVERY_S
        self.store = Store.open(state / STORE)
        if self.store.current_id() and not self._private.is_dir():
            hint = "name another folder with --state: this one has releases of its own"
            raise PersonError(f"{state}: found the state of a channel that is built here", hint=hint)
        (self._private / "metadata").mkdir(parents=True, exist_ok=True)
        (self._private / FROM).write_text(url, encoding="utf-8")

    def look(self) -> bool:
        """Take up what is on air there; whether that was news. Raises FetchError, TrustError, ChannelError."""
        (self._private / "metadata").mkdir(parents=True, exist_ok=True)
        with _refusals(self._url):
            fetcher = Fetcher(self._private, SECONDS)
            root = self._newest(fetcher)
            here = self.store.current_id()
            if root.id == here and not self._is_to_be_mended(root):
                return False
            near = root.id != here and bool(here)
            try:
                self.store.adopt(root, self._parcel(fetcher, root.id, here if near else ALL))
            except (TrustError, DownloadError):
                # What was here may be damaged, or said something else under that name before a restoration.
                if not near:
                    raise
                self.store.adopt(root, self._parcel(fetcher, root.id, ALL))
        return True

    def _is_to_be_mended(self, root: Root) -> bool:
        """Whether something of what is on air was damaged here; looked at once in a while."""
        if time.monotonic() - self._proved < PROVE_EVERY_S:
            return False
        self._proved = time.monotonic()
        return not self.store.is_whole(root)

    def are_others_loaded(self) -> bool:
        """Whether workers have other declarations than the release on air."""
        release = self.store.current()
        with suppress(OSError):
            told = (self._private / TOLD).read_text(encoding="ascii")
            return release is not None and release.root.declared != told
        return False

    def forget(self) -> None:
        """Begin anew with what was handed over: something in our folder is not what we put there."""
        for path in (self._private / "metadata", self._private / RELEASE):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)

    def prune(self) -> None:
        """Let go of releases that nobody asks for any more."""
        with suppress(BusyError, StoreError):
            self.store.prune(KEPT)
        release = self.store.current()
        for path in self._private.glob("declared-*"):
            if release is not None and path.name != f"declared-{release.root.declared}":
                shutil.rmtree(path, ignore_errors=True)

    def _newest(self, fetcher: Fetcher) -> Root:
        updater = refreshed(self._url, self._private, self._root, fetcher)
        target = updater.get_targetinfo(RELEASE)
        if target is None or target.length > RECORD_BYTES:
            raise TrustError(f"the signed metadata has no {RELEASE}")
        path = self._private / RELEASE
        updater.download_target(target, str(path))
        return record(path.read_bytes())

    def _parcel(self, fetcher: Fetcher, ident: str, known: str) -> bytes:
        with fetcher.download_file(f"{self._url}parcels/{ident}/{known}.zst", PARCEL_BYTES) as file:
            return file.read()


def followed_channel(state: Path) -> Channel:
    """The channel of the release on air in ``state``, as its own declarations say; noted as what workers have. Raises
    ChannelError."""
    store = Store.open(state / STORE)
    release = store.current()
    if release is None or not release.root.declared:
        raise ChannelError(f"{state}: no release has come yet", hint="see the log of the follower")
    home = state / FOLLOWED
    folder = home / f"declared-{release.root.declared}"
    try:
        channel = Channel.open(folder, state, overlay=NONE)
    except (PersonError, Mistakes, OSError):
        # Not there yet, or not whole.
        fresh = Path(tempfile.mkdtemp(prefix=".declared-", dir=home))
        unpack_folder(store.object(MAP, bytes.fromhex(release.root.declared)), fresh)
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            # Another worker may have been quicker.
            fresh.rename(folder)
        shutil.rmtree(fresh, ignore_errors=True)
        channel = Channel.open(folder, state, overlay=NONE)
    (home / TOLD).write_text(release.root.declared, encoding="ascii")
    return channel


@contextmanager
def _refusals(url: str) -> Iterator[None]:
    """python-tuf's two families of errors as ours."""
    try:
        yield
    except DownloadError as error:
        raise FetchError(f"not fetched: {error}", hint="what is here stays on air") from None
    except RepositoryError as error:
        raise TrustError(f"{url}: refused: {error}", hint="what is here stays on air") from None


def follow(follower: Follower, stop: threading.Event, changed: Callable[[], None], every_s: float = EVERY_S) -> None:
    """Look again and again until ``stop``; ``changed`` is called when the declarations are others."""
    pruned, complained, told = time.monotonic(), -COMPLAIN_S, -TELL_EVERY_S
    while not stop.wait(every_s):
        try:
            if follower.look():
                _LOG.info("release followed", extra={"release": follower.store.current_id()})
            if follower.are_others_loaded() and time.monotonic() - told > TELL_EVERY_S:
                told = time.monotonic()
                changed()
            if time.monotonic() - pruned > PRUNE_EVERY_S:
                pruned = time.monotonic()
                follower.prune()
        except Exception as error:
            # Whatever the other side answers, what is here goes on being served and looked after.
            if isinstance(error, OSError):
                follower.forget()
            if time.monotonic() - complained > COMPLAIN_S:
                complained = time.monotonic()
                _LOG.warning("not followed", extra={"error": f"{error or type(error).__name__}"})


def main(arguments: list[str]) -> int:
    """Follow until SIGTERM, or until whoever started it is gone; its parent is told by SIGHUP of other declarations."""
    url, root, state = arguments
    logs.configure()
    parent_watch.watch()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parent = os.getppid()
    follow(Follower(url, Path(root), Path(state)), stop, lambda: os.kill(parent, signal.SIGHUP))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
