"""The example's simulator, running in this process on a free loopback port: ``with running(moment) as simulator``."""

from __future__ import annotations

import importlib
import io
import json
import sys
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "minhang"


def example_module(name: str) -> Any:
    """A module of the example's folder, which is no package of ours."""
    if str(EXAMPLE) not in sys.path:
        sys.path.insert(0, str(EXAMPLE))
    return importlib.import_module(name)


def contents(path: str, body: bytes) -> object:
    """What must be equal: an archive's entries, because packing may differ from one library to the next."""
    if not path.endswith(".zip"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@contextmanager
def running(moment: datetime | None = None) -> Iterator[Any]:
    """A simulator that stands at ``moment`` (None: follows the clock); ``origin`` is its address."""
    simulator = example_module("simulator").Simulator(0, moment)
    thread = threading.Thread(target=simulator.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        simulator.stop()
        thread.join(5)
        simulator.server_close()


def order(origin: str, **what: Any) -> Any:
    """Tells a simulator over HTTP what to do, and returns its state."""
    request = urllib.request.Request(f"{origin}/_control", data=json.dumps(what).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
