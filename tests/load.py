"""Boxes by the dozen: each keeps a connection, asks for pages, and checks what it gets against its release."""

from __future__ import annotations

import hashlib
import http.client
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType

Expected = Mapping[tuple[str, str], str]
"""(release, path) -> SHA-256 of the body that belongs to it."""


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


class Load:
    """Ask for ``paths`` on a port from ``boxes`` threads while the block runs.

    ``statuses`` counts answers, ``failures`` what was no answer, ``mixed`` answers whose body is not that of the
    release they name, ``releases`` which were seen. A connection that the server closed between two requests is opened
    again, once, as every HTTP client does (RFC 9112, 9.3.1).
    """

    def __init__(
        self, port: int, paths: Sequence[str], *, boxes: int = 8, expected: Expected | None = None, keep: bool = True
    ) -> None:
        self._port = port
        self._paths = list(paths)
        self._boxes = boxes
        self._expected = expected
        self._keep = keep
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []
        self.mixed: list[str] = []
        self.releases: set[str] = set()

    def __enter__(self) -> Load:
        self._threads = [threading.Thread(target=self._box, args=(n,), daemon=True) for n in range(self._boxes)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    @property
    def answers(self) -> int:
        return sum(self.statuses.values())

    def _box(self, number: int) -> None:
        connection = self._connect()
        while not self._stop.is_set():
            path = self._paths[number % len(self._paths)]
            number += 1
            used = connection.sock is not None
            try:
                try:
                    status, fields, body = self._ask(connection, path)
                except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                    if not used:
                        raise
                    connection.close()
                    status, fields, body = self._ask(connection, path)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                with self._lock:
                    self.failures.append(f"{path}: {type(error).__name__}: {error}")
                continue
            if not self._keep:
                connection.close()
            self._note(path, status, fields, body)
        connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)

    @staticmethod
    def _ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, Mapping[str, str], bytes]:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def _note(self, path: str, status: int, fields: Mapping[str, str], body: bytes) -> None:
        release = fields.get("x-release", "")
        with self._lock:
            self.statuses[status] += 1
            self.releases.add(release)
            if self._expected is not None and self._expected.get((release, path)) not in (None, sha256(body)):
                self.mixed.append(f"{path} of {release}")
