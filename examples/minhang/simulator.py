"""All departments of the district on one loopback port, for ``channel run`` and for tests.

    python examples/minhang/simulator.py [--port 8181] [--moment 2026-11-24T08:05+08:00]

serves every document of the records as it stands now (or at ``--moment``), with ETag, Last-Modified and 304, and
prints one line with its address when it is ready. What it serves depends on the seed and the moment alone.

``GET /`` lists the documents. ``POST /_control`` takes a JSON object with any of
  ``{"source": "hospitals", "fault": "hang"}``  the faults of ``misbehaviour.FAULTS``; ``"none"`` ends it
  ``{"alert": {"id": "storm", "headline": "大风红色预警", "severity": "Extreme", "area": "district"}}``
  ``{"alert": {"id": "storm", "message": "Cancel"}}``  or ``"Update"`` with what changes
  ``{"moment": "2026-11-24T23:50+08:00"}``  stands still there; ``null`` follows the machine's clock again
``GET /_control`` answers with the state and how often each source was asked.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parent))

import generate
from district import alerts, base, misbehaviour

_MOST_CONTROL = 100_000


class Simulator(ThreadingHTTPServer):
    """The server and what it was told. ``moment`` None means the machine's clock."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int = 0, moment: datetime | None = None) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.moment = moment
        self.faults: dict[str, str] = {}
        self.hits: Counter[str] = Counter()
        self.raised: list[alerts.Message] = []
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self._cache: dict[str, tuple[datetime, bytes]] = {}

    @property
    def origin(self) -> str:
        """The server's address, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def now(self) -> datetime:
        """The moment for which documents are made."""
        return self.moment or datetime.now(UTC)

    def files(self) -> dict[str, base.File]:
        """Every document by path, raised alerts among them."""
        found = generate.files(self.now())
        if self.raised:
            at = base.At(self.now().astimezone(base.SHANGHAI))
            every = sorted([*alerts.messages(at), *self.raised], key=lambda message: message.sent, reverse=True)
            found.update(alerts.files_of(every, at.moment))
        return found

    def body(self, file: base.File) -> tuple[bytes, datetime]:
        """The document now, and since when it has been so."""
        since = file.floor(self.now())
        if file.source == "alerts" and self.raised:
            return file.at(since, self.origin), max(since, self.raised[-1].sent)
        with self._lock:
            known = self._cache.get(file.path)
        if known and known[0] == since:
            return known[1], since
        made = file.at(since, self.origin)
        with self._lock:
            self._cache[file.path] = since, made
        return made, since

    def control(self, order: Any) -> None:
        """Does what was asked. Raises ValueError with the reason."""
        if not isinstance(order, Mapping):
            raise ValueError("found no JSON object")
        if "moment" in order:
            text = order["moment"]
            moment = datetime.fromisoformat(text) if text else None
            self.moment = moment.replace(tzinfo=base.SHANGHAI) if moment and moment.tzinfo is None else moment
        if "source" in order:
            source, fault = str(order["source"]), str(order.get("fault", "none"))
            if source not in {file.source for file in base.FILES.values()}:
                raise ValueError(f"source: found {source!r}, which is not served here")
            misbehaviour.check(fault)
            self.faults[source] = fault
        if "alert" in order:
            self.raised.append(alerts.raised(order["alert"], self.raised, self.now()))

    def state(self) -> dict[str, Any]:
        """What ``GET /_control`` answers."""
        return {
            "moment": base.iso(self.now().astimezone(base.SHANGHAI)),
            "faults": {source: fault for source, fault in self.faults.items() if fault != "none"},
            "alerts": [message.identifier for message in self.raised],
            "hits": dict(self.hits),
        }

    def stop(self) -> None:
        """Ends the server and lets hanging answers go."""
        self.ended.set()
        self.shutdown()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no trouble of ours; anything else is printed as usual."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server_version = "MinhangSimulator/1"
    sys_version = ""
    timeout = 60

    @property
    def simulator(self) -> Simulator:
        """The server, by its own type."""
        return cast("Simulator", self.server)

    def do_GET(self) -> None:
        """A document, the list of documents, or the state."""
        path = self.path.partition("?")[0].lstrip("/")
        if path == "":
            listing = "".join(f"{self.simulator.origin}/{name}\n" for name in sorted(self.simulator.files()))
            self.answer(HTTPStatus.OK, listing.encode(), "text/plain; charset=utf-8")
        elif path == "_control":
            self.answer_json(HTTPStatus.OK, self.simulator.state())
        else:
            self._document(path)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """An order to the simulator."""
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/_control" or not 0 < length <= _MOST_CONTROL:
            self.answer_json(HTTPStatus.NOT_FOUND, {"error": "POST /_control with a JSON object"})
            return
        try:
            order = json.loads(self.rfile.read(length))
            self.simulator.control(order)
        except (ValueError, TypeError) as error:
            self.answer_json(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return
        self.answer_json(HTTPStatus.OK, self.simulator.state())

    def _document(self, path: str) -> None:
        file = self.simulator.files().get(path)
        if file is None:
            self.answer(HTTPStatus.NOT_FOUND, f"no document {path}\n".encode(), "text/plain; charset=utf-8")
            return
        self.simulator.hits[file.source] += 1
        fault = self.simulator.faults.get(file.source, "none")
        if fault != "none" and misbehaviour.answer(self, fault, *self.simulator.body(file), file.media_type):
            return
        self._fresh(file)

    def _fresh(self, file: base.File) -> None:
        body, since = self.simulator.body(file)
        tag = f'"{hashlib.blake2b(body, digest_size=10).hexdigest()}"'
        headers = {
            "ETag": tag,
            "Last-Modified": format_datetime(since.astimezone(UTC), usegmt=True),
            "Cache-Control": f"max-age={min(int(file.step.total_seconds()), 60)}",
        }
        if self._has(tag, since):
            self.answer(HTTPStatus.NOT_MODIFIED, b"", "", headers)
            return
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 1000 and not body.startswith(b"PK"):
            body = gzip.compress(body, 6, mtime=0)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        self.answer(HTTPStatus.OK, body, file.media_type, headers)

    def _has(self, tag: str, since: datetime) -> bool:
        """Whether the client's copy is this one (RFC 9110, 13.2.2: the tag counts before the date)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return tag in tags
        date = self.headers.get("If-Modified-Since")
        try:
            return date is not None and parsedate_to_datetime(date) >= since.replace(microsecond=0)
        except (ValueError, TypeError):
            return False

    def answer_json(self, status: HTTPStatus, value: object) -> None:
        """An answer of the control path."""
        self.answer(status, json.dumps(value, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def answer(self, status: int, body: bytes, media_type: str, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer."""
        self.send_response(status)
        if media_type:
            self.send_header("Content-Type", media_type)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the channel logs what it asked."""


def _end_with_parent(simulator: Simulator, parent: int) -> None:
    """Stops when the process that started us is gone, so that none is left behind after a kill -9."""
    while not simulator.ended.wait(1):
        if os.getppid() != parent:
            simulator.stop()


def main() -> int:
    """The command line: serves until SIGTERM, SIGINT, or the end of the parent process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=8181, help="0 takes a free one")
    parser.add_argument("--moment", default=None, help="stand still at this moment (ISO 8601)")
    args = parser.parse_args()
    parent = os.getppid()
    try:
        simulator = Simulator(args.port)
        simulator.control({"moment": args.moment})
    except (OSError, ValueError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    for name in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the serving loop, so it must not run on the thread that serves.
        signal.signal(name, lambda *_: threading.Thread(target=simulator.stop).start())
    threading.Thread(target=_end_with_parent, args=(simulator, parent), daemon=True).start()
    print(simulator.origin, flush=True)
    with simulator:
        simulator.serve_forever(poll_interval=0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
