"""A real nginx before a real origin, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from small_origin import get_quietly, wait_for

from broadcaster.edge import Edge, nginx

NGINX = shutil.which("nginx") or (str(Path("/usr/sbin/nginx")) if Path("/usr/sbin/nginx").exists() else "")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def configured(folder: Path, configuration: str, port: int, ready: str = "/edge-health") -> Iterator[int]:
    """Run nginx on a whole configuration until the block ends; gives its port."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)
    temporary = "".join(
        f"    {name}_temp_path {folder / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = configuration.replace("http {\n", "http {\n" + temporary, 1)
    # Folders of tests are their owner's alone: workers of another user could not come in.
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"daemon off;\n{user}{text}")
    log = folder / "stderr.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"], stderr=errors, stdout=errors
        )
    try:
        wait_for(lambda: process.poll() is not None or get_quietly(port, ready) in (200, 302), 10)
        assert process.poll() is None, log.read_text()
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def edge(folder: Path, *origins: int) -> Iterator[int]:
    """The edge that ``channel edge nginx`` prints, before origins on these ports; gives its port."""
    port = free_port()
    where = Edge(
        [f"127.0.0.1:{origin}" for origin in origins],
        listen=f"127.0.0.1:{port}",
        cache=str(folder / "cache"),
        log=str(folder / "access.log"),
        size="1g",
    )
    with configured(folder, nginx(where, standalone=str(folder / "pid")), port):
        yield port
