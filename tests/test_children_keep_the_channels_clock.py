"""A process that is started for one piece of work writes its log on the clock of the channel that it works for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from feeds.base import children
from feeds.base.clock import DEFAULT_ZONE, VARIABLE, set_wall


def test_a_child_is_on_the_clock_of_who_started_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the environment stay with its owner all the same."""
    (tmp_path / "teller.py").write_text(
        "import os, socket, sys\n"
        "from feeds.base.clock import wall\n"
        "said = f\"{wall().key} {os.environ.get('SECRET')}\"\n"
        "socket.socket(fileno=int(sys.argv[2])).sendall(said.encode())\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setenv(VARIABLE, DEFAULT_ZONE)
    set_wall("Pacific/Auckland")
    try:
        child = children.start("teller")
        assert child.socket.recv(64) == b"Pacific/Auckland None"
        child.end(10)
    finally:
        set_wall(DEFAULT_ZONE)
