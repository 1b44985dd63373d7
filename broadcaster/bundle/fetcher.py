"""HTTP for ``channel pull``: each answer has an end in time, however it drips, and so has the whole.

Reading times out between two bytes only, so a server that sends one now and then could hold a pull, and its lock, for
as long as it likes. Here a timer shuts the connection down (``feeds.network.guard``): after ``HEAD_SECONDS`` without
an answer, after the time that a file of its size takes at ``SLOWEST``, and when the time of the whole pull is over.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import requests
from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    SlowRetrievalError,
)
from tuf.ngclient import FetcherInterface  # type: ignore[attr-defined]

from feeds.network.guard import Guard, GuardedAdapter

SOCKET_SECONDS = 20.0
"""Between two bytes of an answer."""
HEAD_SECONDS = 40.0
"""To an answer's headers, however slowly they arrive."""
SLOWEST = 16_000
"""Bytes a second: a file that comes more slowly is given up, so a few kilobytes are never waited for as a pack is."""
PIECE = 64 << 10


class Fetcher(FetcherInterface):
    """Fetches for ``ngclient``: ``seconds`` for all of it, no compression, few redirects, files in our own folder.

    A connection for each file: a pull asks for a handful.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        self.watch: Callable[[int, int], None] | None = None
        """Called with bytes done and bytes in all."""
        self._folder = folder
        self._deadline = time.monotonic() + seconds

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        """The answer as a temporary file in our folder. Raises what ``FetcherInterface.download_file`` does."""
        done = 0
        pieces = self._pieces(url, HEAD_SECONDS + max_length / SLOWEST)
        with tempfile.TemporaryFile(dir=self._folder) as file, closing(pieces):
            for piece in pieces:
                done += len(piece)
                if done > max_length:
                    raise DownloadLengthMismatchError(f"{url} is longer than the {max_length:,} bytes it should have")
                file.write(piece)
                if self.watch:
                    self.watch(done, max_length)
            file.seek(0)
            yield file

    def _fetch(self, url: str) -> Iterator[bytes]:
        return self._pieces(url, float("inf"))

    def _pieces(self, url: str, seconds: float) -> Generator[bytes]:
        """The answer's body as it comes, within ``seconds`` and what is left of the whole."""
        seconds = min(seconds, self._deadline - time.monotonic())
        if seconds <= 0:
            raise SlowRetrievalError(f"{url} is too slow: the time for a pull is over")
        late = SlowRetrievalError(f"{url} is too slow: not all of it came within {seconds:.0f} s")
        with Guard(seconds, private=True) as guard, _session(guard) as session:
            try:
                with _head(session, guard, url, min(HEAD_SECONDS, seconds)) as response:
                    _agree(response, url)
                    yield from response.iter_content(PIECE)
            except requests.RequestException as error:
                if guard.expired:
                    raise late from None
                raise DownloadError(f"{url} broke off: {plain(error)}") from None
            # To the reader a connection that was shut down may look like the end of the answer.
            if guard.expired:
                raise late


def _head(session: requests.Session, guard: Guard, url: str, seconds: float) -> requests.Response:
    """The answer with its body unread; a timer ends headers that drip."""
    timer = threading.Timer(seconds, guard.expire)
    timer.daemon = True
    timer.start()
    try:
        response = session.get(url, stream=True, timeout=min(SOCKET_SECONDS, seconds))
    except requests.RequestException as error:
        if guard.expired or isinstance(error, requests.Timeout):
            raise SlowRetrievalError(f"{url} gave no answer within {seconds:.0f} s") from None
        raise DownloadError(f"{url}: {plain(error)}") from None
    except ValueError as error:
        # A redirect to what is no address.
        raise DownloadError(f"{url}: {error}") from None
    finally:
        timer.cancel()
    return response


def _agree(response: requests.Response, url: str) -> None:
    """Whether it is what was asked for."""
    if response.status_code != 200:
        raise DownloadHTTPError(f"{url} answered {response.status_code}", response.status_code)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise DownloadError(f"{url} came compressed, which was not asked for")


class _Adapter(GuardedAdapter):
    """Watches the way through an operator's proxy too."""

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = self.poolmanager.pool_classes_by_scheme
        return manager


def _session(guard: Guard) -> requests.Session:
    session = requests.Session()
    session.max_redirects = 5
    session.headers.update({"Accept-Encoding": "identity", "User-Agent": "service-channel-pull"})
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(guard))
    return session


def plain(error: BaseException) -> str:
    """The innermost reason, without the library's names around it."""
    inner = next((part for part in reversed(error.args) if isinstance(part, Exception)), None)
    reason = inner or getattr(error, "reason", None)
    if isinstance(reason, Exception):
        return plain(reason)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
