"""The simulator answers for every source, moves with the clock, and misbehaves exactly as it is told."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from simulator_fixture import EXAMPLE, contents, example_module, order, running
from small_origin import wait_for

pytestmark = pytest.mark.slow

generate = example_module("generate")
base = example_module("district.base")
misbehaviour = example_module("district.misbehaviour")


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@pytest.fixture
def simulator() -> Iterator[Any]:
    with running(base.FIRST_MOMENT) as found:
        yield found


def ask(simulator: Any, path: str, *, body: bytes | None = None, most: int | None = None, timeout: float = 60,
        **headers: str) -> Answer:  # fmt: skip
    """One request; ``most`` reads no more than so many bytes of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", simulator.server_address[1], timeout=timeout)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST" if body is not None else "GET", f"/{path}", body, named)
        with connection.getresponse() as answer:
            return Answer(answer.status, answer.headers, answer.read(most) if most else answer.read())
    finally:
        connection.close()


def test_every_record_is_what_the_simulator_answers(simulator: Any) -> None:
    """At the moment of the records the simulator's answers are the records, but for its own address in them."""
    for path, file in generate.files(base.FIRST_MOMENT).items():
        answer = ask(simulator, path)
        assert answer.headers["Content-Type"] == file.media_type
        body = answer.body.replace(simulator.origin.encode(), base.ORIGIN.encode())
        assert contents(path, body) == contents(path, (EXAMPLE / "records" / path).read_bytes()), path


def test_what_a_client_has_is_not_sent_again(simulator: Any) -> None:
    """ETag and Last-Modified are honoured, until the document changes."""
    path = "bikes/station_status.json"
    first = ask(simulator, path).headers
    known = {"If_None_Match": first["ETag"], "If_Modified_Since": first["Last-Modified"]}
    for name, value in known.items():
        assert ask(simulator, path, **{name: value})[::2] == (304, b"")
    order(simulator.origin, moment="2026-11-24T08:06+08:00")
    assert ask(simulator, path, **known).status == 200


def test_packing_changes_nothing_but_the_size(simulator: Any) -> None:
    """A client that takes gzip gets the same document, smaller."""
    import gzip

    plain, packed = ask(simulator, "wifi.csv").body, ask(simulator, "wifi.csv", Accept_Encoding="gzip").body
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 2


@pytest.mark.parametrize(("fault", "status"), [("status-503", 503), ("gone", 410), ("html", 200), ("empty", 200)])
def test_faults_with_a_status(simulator: Any, fault: str, status: int) -> None:
    """A fault holds for its source alone, and ends when it is told to."""
    order(simulator.origin, source="phones", fault=fault)
    answer = ask(simulator, "phones.csv")
    assert answer.status == status
    assert "市民服务热线".encode() not in answer.body
    assert ask(simulator, "blood.json").status == 200
    order(simulator.origin, source="phones", fault="none")
    assert "市民服务热线".encode() in ask(simulator, "phones.csv").body


def test_faults_that_break_off(simulator: Any) -> None:
    """A truncated answer promises more than it sends, a reset one breaks, a hanging one says nothing, a huge one
    does not end."""
    expected: dict[str, type[Exception]] = {
        "truncated": http.client.IncompleteRead, "reset": ConnectionError, "hang": TimeoutError,
    }  # fmt: skip
    for fault, error in expected.items():
        order(simulator.origin, source="wifi", fault=fault)
        with pytest.raises(error):
            ask(simulator, "wifi.csv", timeout=0.5 if fault == "hang" else 60)
    order(simulator.origin, source="wifi", fault="huge")
    answer = ask(simulator, "wifi.csv", most=3_000_000)
    assert len(answer.body) == 3_000_000
    assert int(answer.headers["Content-Length"]) > 1_000_000_000


def test_every_fault_is_known() -> None:
    """An unknown fault is refused with the ones that exist."""
    for fault in misbehaviour.FAULTS:
        misbehaviour.check(fault)
    with pytest.raises(ValueError, match="hang"):
        misbehaviour.check("status-7")


def test_an_alert_is_raised_and_cancelled(simulator: Any) -> None:
    """The chain of messages refers to what came before, as CAP asks."""
    order(simulator.origin, alert={"id": "storm", "headline": "大风红色预警", "severity": "Extreme"})
    order(simulator.origin, alert={"id": "storm", "message": "Cancel"})
    index = ask(simulator, "alerts/index.atom").body
    assert b"mh-storm-1.cap" in index and b"mh-storm-2.cap" in index
    last = ask(simulator, "alerts/mh-storm-2.cap").body
    assert b"<msgType>Cancel</msgType>" in last and b",mh-storm-1," in last
    first = ask(simulator, "alerts/mh-storm-1.cap").body
    assert b"<severity>Extreme</severity>" in first and "大风红色预警".encode() in first


@pytest.mark.parametrize(
    "wrong",
    [[], "x", {"source": "nobody", "fault": "hang"}, {"source": "wifi", "fault": "nap"}, {"moment": "noon"},
     {"alert": {"id": "no", "message": "Update"}}, {"alert": {"id": "../x", "headline": "x"}}],
)  # fmt: skip
def test_control_refuses_nonsense(simulator: Any, wrong: object) -> None:
    """What is no order, or names nothing that is here, changes nothing and says why."""
    answer = ask(simulator, "_control", body=json.dumps(wrong).encode())
    assert answer.status == 400
    assert "found" in json.loads(answer.body)["error"] or "isoformat" in json.loads(answer.body)["error"]
    state = simulator.state()
    assert (state["faults"], state["alerts"], state["moment"][:16]) == ({}, [], "2026-11-24T08:05")


def test_it_ends_when_told_and_when_its_parent_dies() -> None:
    """SIGTERM ends it cleanly; a parent that was killed leaves no simulator behind."""
    command = [sys.executable, str(EXAMPLE / "simulator.py"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline().startswith("http://127.0.0.1:")
        process.terminate()
        assert process.wait(60) == 0
    start = (
        "import subprocess, sys, os; p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True); "
        "print(p.pid, p.stdout.readline().strip(), flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", start, *command], capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL
    pid = int(done.stdout.split()[0])
    wait_for(lambda: not _runs(pid))


def _runs(pid: int) -> bool:
    """Whether the process is alive; one that ended and was not yet collected is not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
