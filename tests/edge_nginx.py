"""A real nginx before a real origin."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from benchmarks._servers import NGINX, free_port
from benchmarks._servers import nginx as configured
from broadcaster.origin.edge import Edge, nginx
from channel.words import Say

__all__ = ["NGINX", "configured", "edge", "free_port"]


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
    with configured(folder, nginx(where, Say("en"), standalone=str(folder / "pid")), port):
        yield port
