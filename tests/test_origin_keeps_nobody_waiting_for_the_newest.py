"""Once a minute the boards of all estates change: where many wait, a box gets what was there a minute ago at once."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any, cast

import pytest

from broadcaster.origin.answer import Answer, Reply, Served
from broadcaster.origin.careful import PAINTED, PARK
from broadcaster.origin.identity import Directory, PrefixTable
from broadcaster.origin.layer import Layer
from broadcaster.origin.metrics import Counters
from broadcaster.origin.paintings import NotPainted
from broadcaster.origin.patience import BEHIND, BRIEFLY_S, BUSY, PATIENCE_S
from broadcaster.origin.ready import OnAir
from broadcaster.painters import LATE, Ask
from broadcaster.painters import Answer as Heard
from broadcaster.painters.wire import Counts
from channel.estates import Estates
from feeds.base.errors import StoreError

PATH = "/web-hd/mh0001/401.html"
HEAD = f"GET {PATH} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
ASK = Ask(0, b"k" * 16, "r000002-000000", "web-hd", "mh0001", "401.html")
EARLIER = Answer(Served("stale", b"a minute ago", False, 12, "t", "text/html"), "r000001-000000")


class View:
    """A release whose page is not painted yet; ``earlier`` is what the one before had there."""

    id = "r000002-000000"
    coming = False

    def __init__(self, earlier: Answer | StoreError | None) -> None:
        self.earlier = earlier
        self.paths: dict[str, Answer] = {}

    def find(self, path: str) -> Answer | None:
        raise NotPainted(ASK)

    def stale(self, path: str) -> Answer | None:
        if isinstance(self.earlier, StoreError):
            raise self.earlier
        return self.earlier

    def has(self, path: str) -> bool:
        return False

    def charset(self, path: str) -> str:
        return "utf-8"


class Painters:
    """A line to painters whom ``waiting`` boxes wait for, and who have so much ``before`` them."""

    def __init__(self, waiting: int, before: int = 0) -> None:
        self.waiting = waiting
        self.counts = Counts(0, waiting=before)
        self.asked: list[Ask] = []

    def ask(self, ask: Ask) -> int:
        self.asked.append(ask)
        return len(self.asked)


def _layer(
    view: View,
    waiting: int,
    before: int = 0,
    address: Callable[[str, str], object] = lambda peer, forwarded: peer,
) -> Layer:
    paintings = SimpleNamespace(line=Painters(waiting, before), take=lambda page: None)
    views = OnAir()
    views.current = cast("Any", view)
    return Layer(lambda environ, start: [], views, Counters(), cast("Any", paintings), client_address=address)


def _asked(layer: Layer, **more: Any) -> tuple[list[Ask], str, dict[str, str], bytes]:
    """What was sent to the painters, and what the box got."""
    parked: list[Ask] = []
    seen: list[Any] = [""]
    environ = {"PATH_INFO": PATH, "REQUEST_METHOD": "GET", PARK: parked.append, **more}
    body = b"".join(layer(environ, lambda status, fields: seen.__setitem__(slice(None), [status, dict(fields)])))
    return parked, seen[0], seen[1] if len(seen) > 1 else {}, body


@pytest.mark.parametrize(
    ("waiting", "before", "earlier", "seconds"),
    [
        (0, BEHIND, EARLIER, PATIENCE_S),
        (BUSY, BEHIND, EARLIER, BRIEFLY_S),
        (BUSY + 1, BEHIND + 1, None, PATIENCE_S),
        (BUSY + 1, BEHIND + 1, StoreError("damaged"), PATIENCE_S),
    ],
    ids=["nobody waits", "few wait", "nothing to fall back on", "the map before is damaged"],
)
def test_a_box_waits_for_its_page(
    waiting: int, before: int, earlier: Answer | StoreError | None, seconds: float
) -> None:
    """Two seconds at most, an instant where others wait and there is something else, and without a thread; what came
    is answered by the same door."""
    layer = _layer(View(earlier), waiting, before)
    wanted = layer.door.answer(HEAD, "192.0.2.1")
    assert isinstance(wanted, Ask) and wanted.within == seconds and wanted.asker == "192.0.2.1"


@pytest.mark.parametrize(("waiting", "before"), [(BUSY + 1, 0), (0, BEHIND + 1)])
def test_where_many_wait_a_box_gets_what_was_there_before_at_once(waiting: int, before: int) -> None:
    """And the painters hear of it, once: nobody waits for that."""
    layer = _layer(View(EARLIER), waiting, before)
    for _ in range(2):
        reply = layer.door.answer(HEAD, "192.0.2.1")
        assert isinstance(reply, Reply) and reply.body == b"a minute ago"
    assert [(ask.urgency, ask.within) for ask in cast("Painters", layer.line).asked] == [(LATE, 0.0)]


def test_what_comes_too_late_is_what_was_there_before_at_the_door_too() -> None:
    """The door answers it as the careful way does, and leaves it to that where there is nothing."""
    reply = _layer(View(EARLIER), 0).door.heard(HEAD, "192.0.2.1", Heard(1, "late"))
    assert reply is not None and reply.body == b"a minute ago"
    assert _layer(View(None), 0).door.heard(HEAD, "192.0.2.1", Heard(1, "late")) is None
    assert _layer(View(EARLIER), 0).door.heard(HEAD, "192.0.2.1", Heard(1, "gone")) is None


def test_what_comes_too_late_is_what_was_there_before() -> None:
    """Named by the release that it is of, and to be kept no longer than two seconds."""
    parked, status, fields, body = _asked(_layer(View(EARLIER), 500), **{PAINTED: Heard(1, "late")})
    assert parked == [] and status.startswith("200") and body == b"a minute ago"
    assert fields["X-Release"] == "r000001-000000" and fields["Cache-Control"] == "public, max-age=2"


def test_where_there_was_nothing_before_the_page_asks_again_by_itself() -> None:
    """503 with its own short page, which nobody may keep."""
    _, status, fields, body = _asked(_layer(View(None), 500), **{PAINTED: Heard(1, "late")})
    assert status.startswith("503") and fields["Cache-Control"] == "no-store" and "正在准备".encode() in body


def test_boxes_behind_an_edge_have_a_turn_each() -> None:
    """The edge is one peer; what it forwards for tells its boxes apart, where it is one of ours."""
    edges = PrefixTable([(ip_network("10.0.0.9/32"), "edge")])
    directory = Directory(Estates(()), edges=edges)
    layer = _layer(View(None), 0, address=directory.client_address)
    parked, _, _, _ = _asked(layer, REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR="172.16.3.4")
    assert [ask.asker for ask in parked] == ["172.16.3.4"]
    parked, _, _, _ = _asked(layer, REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="172.16.3.4")
    assert [ask.asker for ask in parked] == ["192.0.2.1"]
    behind = HEAD[:-2] + b"X-Forwarded-For: 172.16.3.4\r\n\r\n"
    wanted = layer.door.answer(behind, "10.0.0.9")
    assert isinstance(wanted, Ask) and wanted.asker == "172.16.3.4"
