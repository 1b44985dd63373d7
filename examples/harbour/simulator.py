"""All offices of the city on one loopback port, for ``channel run``.

    python examples/harbour/simulator.py [--port 8181] [--moment 2026-11-24T08:05]

serves every document as it stands now (or at ``--moment``), with ETag and 304, and prints its address when it is ready.
``GET /`` lists the documents.
"""

from __future__ import annotations

import argparse
import hashlib
import signal
import sys
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parent))

import generate
from city import base


class Simulator(ThreadingHTTPServer):
    """The server. ``moment`` None means the machine's clock."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int = 0, moment: datetime | None = None) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.moment = moment
        self._made: dict[str, tuple[datetime, bytes]] = {}

    @property
    def origin(self) -> str:
        """The server's address, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def now(self) -> datetime:
        """The moment for which documents are made."""
        return self.moment or datetime.now(UTC)

    def body(self, file: base.File) -> tuple[bytes, datetime]:
        """The document now, and since when it is so; made once a step."""
        since = file.floor(self.now())
        known = self._made.get(file.path)
        if known is None or known[0] != since:
            known = self._made[file.path] = since, file.at(since, self.origin)
        return known[1], since


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server_version = "HarbourSimulator/1"
    timeout = 60

    def do_GET(self) -> None:
        """A document, or the list of them."""
        simulator = cast("Simulator", self.server)
        found = generate.files(simulator.now())
        path = self.path.partition("?")[0].lstrip("/")
        if not path:
            self._answer(HTTPStatus.OK, "".join(f"{simulator.origin}/{name}\n" for name in sorted(found)).encode())
        elif path not in found:
            self._answer(HTTPStatus.NOT_FOUND, f"no document {path}\n".encode())
        else:
            body, since = simulator.body(found[path])
            tag = f'"{hashlib.blake2b(body, digest_size=10).hexdigest()}"'
            fields = {"ETag": tag, "Last-Modified": format_datetime(since.astimezone(UTC), usegmt=True)}
            if tag in self.headers.get("If-None-Match", ""):
                self._answer(HTTPStatus.NOT_MODIFIED, b"", fields)
            else:
                self._answer(HTTPStatus.OK, body, {**fields, "Content-Type": found[path].media_type})

    def _answer(self, status: HTTPStatus, body: bytes, fields: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (fields or {"Content-Type": "text/plain; charset=utf-8"}).items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the channel logs what it asked."""


def main() -> int:
    """The command line: serves until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=8181, help="0 takes a free one")
    parser.add_argument("--moment", default=None, help="stand still at this moment (ISO 8601)")
    args = parser.parse_args()
    try:
        moment = datetime.fromisoformat(args.moment) if args.moment else None
        if moment and moment.tzinfo is None:
            moment = moment.replace(tzinfo=base.ZONE)
        simulator = Simulator(args.port, moment)
    except (OSError, ValueError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    for name in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the serving loop, so it must not run on the thread that serves.
        signal.signal(name, lambda *_: threading.Thread(target=simulator.shutdown).start())
    print(simulator.origin, flush=True)
    with simulator:
        simulator.serve_forever(poll_interval=0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
