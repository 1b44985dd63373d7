"""Real servers on loopback for benchmarks and tests: nginx, and the origin as ``channel serve`` starts it."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

NGINX = shutil.which("nginx") or next((path for path in ("/usr/sbin/nginx",) if Path(path).exists()), "")
WRK = shutil.which("wrk") or ""
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def status_of(port: int, path: str) -> int:
    """The status of a GET, 0 when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def pinned(cores: Sequence[int]) -> list[str]:
    """What to put before a command so that it stays on these cores; nothing where that cannot be done."""
    return ["taskset", "-c", ",".join(map(str, cores))] if cores and shutil.which("taskset") else []


@contextlib.contextmanager
def nginx(
    folder: Path, configuration: str, port: int, ready: str = "/edge-health", cores: Sequence[int] = ()
) -> Iterator[int]:
    """Run nginx on a whole configuration until the block ends; gives its port. Raises RuntimeError with its words."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = "".join(f"    {name}_temp_path {folder / name};\n" for name in _TEMPORARY)
    text = configuration.replace("http {\n", "http {\n" + temporary, 1)
    # Folders of tests are their owner's alone: workers of another user could not come in.
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"daemon off;\n{user}{text}")
    log = folder / "stderr.log"
    argv = [*pinned(cores), NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with log.open("wb") as errors:
        process = subprocess.Popen(argv, stderr=errors, stdout=errors)
    try:
        _await(process, lambda: status_of(port, ready) in (200, 302), log)
        yield port
    finally:
        _end(process)


@contextlib.contextmanager
def origin(
    channel: Path, state: Path, *, workers: int = 1, cores: Sequence[int] = (), env: Mapping[str, str] | None = None
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """``channel serve`` on any free port until the block ends; gives port and process."""
    log = state / "serve.log"
    common = ["--channel", str(channel), "--state", str(state)]
    serve = ["serve", "--host", "127.0.0.1", "--port", "0", "--workers", str(workers), "--threads", "2"]
    argv = [*pinned(cores), sys.executable, "-m", "broadcaster.cli", *common, *serve]
    with log.open("wb") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output, env={**os.environ, **(env or {})})
    try:
        _await(process, lambda: b"serving on" in log.read_bytes(), log)
        found = re.search(r"serving on http://[^:]+:(\d+)/", log.read_text())
        assert found is not None
        port = int(found[1])
        _await(process, lambda: status_of(port, "/healthz") == 200, log)
        yield port, process
    finally:
        _end(process)


def _await(process: subprocess.Popen[bytes], true: Callable[[], bool], log: Path, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"a server did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
