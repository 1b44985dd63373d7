"""``channel run``: the whole channel from one command, its parts as processes that live and end together."""

from __future__ import annotations

import http.client
import json
import logging
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from broadcaster.origin.listening import check_free
from broadcaster.places import PREVIEW_TOKEN
from broadcaster.preview.access import token_of
from broadcaster.station import parent_watch
from broadcaster.station.supervise import Child, Supervisor
from channel.simulated import SIMULATOR_ORIGIN, SIMULATOR_VARIABLE
from feeds.base.errors import BusyError

_LOG = logging.getLogger(__name__)
READY_S = 20.0
SIMULATOR = "simulator.py"

GREETING = """
  {title} is on air.

  Open    http://{host}:{port}/              page 100; an unknown box begins in the district
          http://{host}:{port}/?estate={estate}   page 100 of one estate
          http://{host}:{port}/preview/?token={token}
                                           the editor's television; the token is this machine's alone
          http://{host}:{port}/keytest       what a remote sends
          http://{host}:{port}/m/            the same on a phone; for programs /api/v1/openapi.json

  Keys    arrows move   Enter follows   Backspace goes back   2 0 1 jumps to page 201
          F1 F2 F3 F4 are the red, green, yellow and blue keys

  Ctrl-C ends it.
"""
DESK = """\
  Desk    http://{host}:{port}/desk/         where editors write notices; {accounts}
"""
DEMO = "CHANNEL_DESK_DEMO"
"""Environment: accounts made for a look around, as the greeting says them."""
FIRST = "  No release yet: the first one is being built, and the page opens by itself when it is there.\n"


@dataclass(frozen=True)
class Plan:
    """What to run: the common options of ``channel`` to hand on, and where to listen."""

    folder: Path
    state: Path
    options: Sequence[str]
    host: str
    port: int
    title: str
    estate: str
    desk: bool = False
    simulator: bool = True
    environ: Mapping[str, str] | None = None

    def words(self) -> list[str]:
        """What ``planned`` makes it from again."""
        given = {**vars(self), "folder": str(self.folder), "state": str(self.state), "environ": None}
        return ["--planned", json.dumps(given)]


def planned(text: str, environ: Mapping[str, str]) -> Plan:
    """The plan that ``Plan.words`` wrote down."""
    given = json.loads(text)
    return Plan(**{**given, "folder": Path(given["folder"]), "state": Path(given["state"]), "environ": environ})


def run(plan: Plan) -> int:
    """Run until SIGINT or SIGTERM. Raises BusyError when the port is taken, before anything was started."""
    check_free(plan.host, plan.port)
    parent_watch.watch()
    port = plan.port or _free_port(plan.host)
    supervisor = Supervisor()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: supervisor.stop())
    try:
        # The origin first: the last release is on air again before any source is asked.
        more = ("--desk",) if plan.desk else ()
        serve = _command(plan, "serve", "--preview", *more, "--host", plan.host, "--port", str(port))
        supervisor.add(Child("serve", serve))
        ready = _wait_until_alive(supervisor, plan.host, port)
        env = _start_simulator(supervisor, plan)
        if not supervisor.stopping:
            supervisor.add(Child("work", _command(plan, "work"), env))
            _greet(plan, port, ready)
        supervisor.run()
    finally:
        supervisor.end()
    return 0


def _command(plan: Plan, name: str, *more: str) -> list[str]:
    common = ["--channel", str(plan.folder), "--state", str(plan.state), *plan.options]
    return [sys.executable, "-m", "broadcaster.cli", *common, name, *more]


def _start_simulator(supervisor: Supervisor, plan: Plan) -> dict[str, str]:
    """Start the folder's simulator of sources, if it has one; what the others need to find it."""
    script = plan.folder / SIMULATOR
    environ = plan.environ or {}
    if not plan.simulator or environ.get(SIMULATOR_VARIABLE) or not script.is_file():
        return {}
    host, _, preferred = SIMULATOR_ORIGIN.removeprefix("http://").partition(":")
    try:
        check_free(host, int(preferred))
        port = int(preferred)
    except BusyError:
        port = _free_port(host)
    argv = [sys.executable, "-m", "broadcaster.station.parent_watch", str(script), "--port", str(port)]
    supervisor.add(Child("simulator", argv, quiet=True))
    _LOG.info("sources are simulated", extra={"at": f"http://{host}:{port}"})
    return {SIMULATOR_VARIABLE: f"http://{host}:{port}"}


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        sock.bind((host, 0))
        port: int = sock.getsockname()[1]
        return port


def _wait_until_alive(supervisor: Supervisor, host: str, port: int) -> bool:
    """Wait for the origin; whether it has a release to serve."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until and not supervisor.wait(0.05):
        status = _ask(host, port, "/readyz")
        if status:
            return status == 200
    return False


def _ask(host: str, port: int, path: str) -> int:
    """The status of a GET, 0 when nobody answers."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def _greet(plan: Plan, port: int, ready: bool) -> None:
    host = "127.0.0.1" if plan.host in ("0.0.0.0", "::") else plan.host
    token = token_of(plan.state / PREVIEW_TOKEN)
    print(GREETING.format(title=plan.title, host=host, port=port, estate=plan.estate, token=token), flush=True)
    accounts = (plan.environ or {}).get(DEMO, "")
    if plan.desk:
        print(DESK.format(host=host, port=port, accounts=accounts or "`channel user add` adds people"), flush=True)
    if not ready:
        print(FIRST, flush=True)
