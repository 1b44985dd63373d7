"""A channel's bundles on a real HTTP server that can be told to forge, cut or hang, and an operator's folder."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import zstandard

from broadcaster.bundle import bundles, keys, pack_format
from broadcaster.bundle.pull import Pulled, pull
from broadcaster.bundle.repository import Repository, pack_name
from channel.paint.output import Asset, PaintedDocument
from channel.release import Release, Store
from channel.release.tree import REMOTE
from feeds.base.clock import SetClock

Forge = Callable[[bytes], bytes]


class Site:
    """State of a channel, its bundles on ``url``, and the operator's ``edge`` folder."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.edge = folder / "edge"
        self.clock = SetClock(datetime.now(UTC))
        self.store = Store.open(self.state / "store", clock=self.clock)
        self.root = keys.ensure(self.state, self.clock)
        self.url = ""
        self.asked: list[str] = []
        self.forge: dict[str, Forge] = {}
        """What to do to the bytes of each file whose name ends so."""
        self.cut: str = ""
        """The answer of the file whose name ends so breaks off in the middle."""
        self.drip: str = ""
        """The answer of the file whose name ends so comes byte by byte."""
        self.hang = threading.Event()
        self.hang_on: str = ""

    def release(self, words: str) -> Release:
        """Put a release on air that says ``words``: two profiles, two estates with pages of their own, an item."""
        with self.store.changes() as changes:
            picture = changes.asset(Asset((b"PNG ", words.encode()), "png"))
            for profile in ("bitmap-hd", "web-hd"):
                home = [_html("100.html", "home", picture)]
                if profile == "bitmap-hd":
                    location = f"../../assets/{picture}"
                    home.append(PaintedDocument(name="100.png", media="image/png", body=b"", location=location))
                changes.documents(profile, "district", "100", home)
                if profile == "web-hd":
                    script = PaintedDocument(
                        name="remote.js", media="application/javascript", body=f"// {words}".encode()
                    )
                    changes.documents(profile, "district", REMOTE, [script])
                pages = ["201.html", "201-2.html", "i/201.h17.html"]
                changes.documents(profile, "district", "201", [_html(name, f"{words} {name}") for name in pages])
                for estate in ("mh0001", "mh0002"):
                    changes.documents(profile, estate, "201", [_html("201.html", f"{words} {estate}")])
            changes.answers({"district": b'{"level":"none"}', "mh0002": b'{"level":"strip"}'})
            self.store.publish(changes)
        release = self.store.current()
        assert release is not None
        return release

    def publish(self, release: Release, *, keep: int = 5) -> Path:
        """Publish it as a bundle."""
        return bundles.publish(self.store, release, self.state, self.clock, keep=keep)

    def air(self, words: str) -> Release:
        """A new release on air and published as a bundle."""
        release = self.release(words)
        self.publish(release)
        return release

    def publish_pack(self, tar: bytes, release: str = "r000666-ffffff") -> None:
        """Sign and publish any bytes as a release's pack: what a channel with stolen keys could do."""
        repository = Repository(bundles.folder(self.state), self.state, self.clock)
        body = zstandard.ZstdCompressor().compress(tar)
        path = repository.targets / f"{hashlib.sha256(body).hexdigest()}.{pack_name(release)}"
        path.write_bytes(body)
        repository.publish(release, path)

    def pull(self, **more: object) -> Pulled:
        """Pull into ``edge``."""
        return pull(self.url, self.edge, self.root, **more)  # type: ignore[arg-type]

    def served(self) -> dict[str, bytes]:
        """Every path below ``edge/current`` with its bytes, through symbolic links too."""
        top = self.edge / "current"
        folders = [path for path in top.rglob("*") if path.is_dir()]
        files = [file for folder in (top, *folders) for file in folder.iterdir() if file.is_file()]
        return {file.relative_to(top).as_posix(): file.read_bytes() for file in files}


def _html(name: str, words: str, *assets: str) -> PaintedDocument:
    return PaintedDocument(name=name, media="text/html", body=f"<p>{words}".encode(), assets=assets)


def tar_of(*files: tuple[str, bytes]) -> bytes:
    """A tar in the pack's own form of whatever names."""
    body = b"".join(pack_format.member(name, len(data)) + data + pack_format.padding(len(data)) for name, data in files)
    return body + pack_format.END


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A site whose server runs on a free port of the loopback."""
    made = Site(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            made.asked.append(self.path)
            if made.hang_on and self.path.endswith(made.hang_on):
                made.hang.wait(120)
            try:
                body = (bundles.folder(made.state) / self.path.lstrip("/")).read_bytes()
            except OSError:
                self.send_error(404)
                return
            for ending, forge in made.forge.items():
                if self.path.endswith(ending):
                    body = forge(body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if made.cut and self.path.endswith(made.cut):
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            elif made.drip and self.path.endswith(made.drip):
                with suppress(OSError):
                    for byte in body:
                        self.wfile.write(bytes([byte]))
                        made.hang.wait(0.05)
            else:
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield made
    finally:
        made.hang.set()
        server.shutdown()
        thread.join()
        server.server_close()
