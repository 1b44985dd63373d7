"""A real PostgreSQL in a temporary folder on a port of loopback, as a user that is nobody in particular."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks._servers import free_port

PASSWORD = "geheim-9"


def program(name: str) -> str:
    """Where a program of PostgreSQL is, empty when it is not installed; Debian keeps them off the path."""
    found = shutil.which(name)
    folders = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return found or next(map(str, folders), "")


def _user() -> str | None:
    """PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


class Server:
    """One database cluster; ``url`` is that of its database ``archive``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._user = _user()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"postgresql+psycopg://channel:{PASSWORD}@127.0.0.1:{self.port}/archive"
        if self._user:
            shutil.chown(folder, self._user)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run(
            "initdb", "--no-sync", "-U", "channel", "-A", "scram-sha-256", "--pwfile", str(secret), "-E", "UTF8",
            "--locale", "C", "-D", str(folder / "data"),
        )  # fmt: skip

    def _run(self, name: str, *argv: str) -> None:
        done = subprocess.run(
            [program(name), *argv], user=self._user, cwd=self._folder, capture_output=True, text=True,
            env={"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORD, "LC_ALL": "C"}, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start, and make the database the first time."""
        options = ["-c", "fsync=off", "-c", f"unix_socket_directories={self._folder}", "-c", "shared_buffers=16MB"]
        self._process = subprocess.Popen(
            [program("postgres"), "-D", str(self._folder / "data"), "-h", "127.0.0.1", "-p", str(self.port), *options],
            user=self._user, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )  # fmt: skip
        until = time.monotonic() + 120
        while True:
            argv = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "channel"]
            if subprocess.run([program("pg_isready"), "-q", *argv], check=False).returncode == 0:
                break
            assert self._process.poll() is None and time.monotonic() < until, "PostgreSQL does not start"
            time.sleep(0.1)
        if not (self._folder / "made").exists():
            self._run("createdb", *argv, "archive")
            (self._folder / "made").touch()

    def stop(self) -> None:
        """Gone at once, as when its machine fails: connections break."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(60)
            self._process = None


def emptied(running: Server) -> str:
    """The address of its database, with nothing in it."""
    engine = sa.create_engine(running.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("drop schema public cascade; create schema public")
    engine.dispose()
    return running.url


@contextmanager
def server() -> Iterator[Server]:
    """A running server; the test is skipped where PostgreSQL or its driver is not installed."""
    pytest.importorskip("psycopg")
    if not all(map(program, ("initdb", "postgres", "createdb", "pg_isready"))) or (os.geteuid() == 0 and not _user()):
        pytest.skip("PostgreSQL is not installed")
    # Not pytest's own folder: another user could not come in.
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        one = Server(folder)
        one.start()
        try:
            yield one
        finally:
            one.stop()
