"""What every test stands on: nothing but loopback, a clean environment, a state folder of its own."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher

from broadcaster.desk import passwords
from feeds.base.clock import set_wall, wall

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "minhang"
SAMPLES = ROOT.parent / "shared" / "samples"

# Helpers of the tests stand beside them and are imported by name, in every pytest import mode.
sys.path.insert(0, str(Path(__file__).parent))


# How long an example takes says more of the machine than of us.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

_THIS = sys.modules[__name__]


@pytest.hookimpl(tryfirst=True)
def pytest_make_collect_report(collector: pytest.Collector) -> None:
    """A folder of tests with a conftest of its own takes the name; ``from conftest import`` means ours."""
    sys.modules["conftest"] = _THIS


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests start processes come first: they take longest, and the last ones have company then."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def _outside(address: object) -> bool:
    host = address[0] if isinstance(address, tuple) and address else ""
    return isinstance(host, str) and bool(host) and not (host.startswith("127.") or host in ("::1", "localhost"))


@pytest.fixture(autouse=True, scope="session")
def _cheap_passwords() -> Iterator[None]:
    """Passwords of people that are made up are not worth a tenth of a second each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may leave the machine, whatever it calls."""
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(real: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if self.family != socket.AF_UNIX and _outside(address):
                raise AssertionError(f"a test tried to reach {address!r}: tests may only use loopback")
            return real(self, address)

        return call

    def only_local(host: Any, *args: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        literal = name is None or name == "localhost" or ":" in name or name.replace(".", "").isdigit()
        if not literal:
            raise socket.gaierror(socket.EAI_NONAME, f"tests resolve nothing but localhost, not {name}")
        return resolve(host, *args, **more)

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", only_local)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer has set must not decide a test."""
    for name in list(os.environ):
        if name.startswith("CHANNEL_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture(autouse=True)
def _wall_as_it_was() -> Iterator[None]:
    """A command that a test runs in this process keeps its channel's clock for itself alone."""
    before = wall().key
    yield
    set_wall(before)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command that a test runs in this process sets up logging for itself alone."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """An empty folder for a channel's state."""
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


@pytest.fixture
def channel_dir(tmp_path: Path) -> Iterator[Path]:
    """A copy of the example's folder that a test may change; its records are shared and must not be."""
    folder = tmp_path / "channel"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("var", "records", "__pycache__"))
    (folder / "records").symlink_to(EXAMPLE / "records", target_is_directory=True)
    yield folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real files from outside; tests that need it skip without it."""
    if not SAMPLES.is_dir():
        pytest.skip("the folder of samples is not here")
    return SAMPLES


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """A PostgreSQL that runs as long as tests ask for it (``postgres_server.Server``)."""
    from postgres_server import server

    with server() as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: a file of SQLite, then a server of PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/database.sqlite"
    from postgres_server import emptied

    return emptied(request.getfixturevalue("postgresql"))
