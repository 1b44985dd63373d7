"""Load on an origin by wrk, and what an answer's header fields are."""

from __future__ import annotations

import http.client
import re
import subprocess
import tempfile
from collections.abc import Mapping

from benchmarks._servers import WRK, pinned

SERVER_CORE, CLIENT_CORE = (0,), (1,)


def fields_of(port: int, path: str) -> dict[str, str]:
    """The header fields of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200 or len(body) < 40:
        raise RuntimeError(f"{path}: {answer.status}, {len(body)} bytes")
    return {name.lower(): value for name, value in answer.getheaders()}


class Measured:
    """What wrk said: requests a second, 99th percentile in milliseconds, answers that were none or not 2xx or 3xx."""

    def __init__(self, output: str) -> None:
        rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
        p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", output)
        if rate is None or p99 is None:
            raise RuntimeError(f"wrk: {output}")
        self.rate = float(rate[1])
        self.p99_ms = float(p99[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99[2]]
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
        self.failed = sum(map(int, errors.groups())) if errors else 0
        self.failed += int(bad[1]) if bad else 0


def wrk(
    port: int,
    path: str,
    seconds: float,
    *,
    fields: Mapping[str, str] | None = None,
    script: str = "",
    connections: int = 64,
) -> Measured:
    """Load ``path`` from so many kept connections on the client's core."""
    argv = [*pinned(CLIENT_CORE), WRK, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency"]
    for name, value in (fields or {}).items():
        argv += ["-H", f"{name}: {value}"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        if script:
            file.write(script)
            file.flush()
            argv += ["-s", file.name]
        done = subprocess.run([*argv, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True)
    return Measured(done.stdout)
