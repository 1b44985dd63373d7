"""What a source can do wrong, on request."""

from __future__ import annotations

import socket
import struct
from datetime import datetime
from typing import Any

FAULTS = (
    "none", "hang", "slow", "drip", "html", "huge", "gone", "truncated", "reset", "loop", "empty", "mislabelled",
    "bomb",
)  # fmt: skip
"""Beside ``status-NNN``. drip: a header byte a second; loop: a redirect to itself; mislabelled: GBK called UTF-8;
bomb: an XML whose entities grow without end."""
_BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
_HUGE = 2_000_000_000


def check(fault: str) -> None:
    """Raises ValueError for a fault that is not known."""
    number = fault.removeprefix("status-")
    if fault in FAULTS or (number != fault and number.isdigit() and 200 <= int(number) <= 599):
        return
    raise ValueError(f"fault: found {fault!r}, expected status-NNN or one of: {', '.join(FAULTS)}")


def answer(handler: Any, fault: str, body: bytes, since: datetime, media_type: str) -> bool:
    """Answers wrongly through ``handler``; False when the true answer should follow."""
    if fault.startswith("status-"):
        handler.answer(int(fault[7:]), b"the department's server is out of order\n", "text/plain")
    elif fault == "gone":
        handler.answer(410, b"gone\n", "text/plain")
    elif fault == "html":
        page = "<!DOCTYPE html><html><body><h1>系统维护中</h1></body></html>"
        handler.answer(200, page.encode(), "text/html; charset=utf-8")
    elif fault == "empty":
        handler.answer(200, b"", media_type)
    elif fault == "loop":
        handler.answer(302, b"", "", {"Location": handler.path})
    elif fault == "mislabelled":
        text = body.decode("utf-8", "replace") if not media_type.endswith(("gbk", "gb18030")) else ""
        handler.answer(200, text.encode("gbk", "replace") or body, media_type.partition(";")[0] + "; charset=utf-8")
    elif fault == "bomb":
        text = f'<!DOCTYPE rss [<!ENTITY e0 "lol">{_BOMB}]><rss><channel><title>&e11;</title></channel></rss>'
        handler.answer(200, text.encode(), "application/xml")
    else:
        handler.close_connection = True
        _slowly(handler, fault, body, media_type)
    return True


def _slowly(handler: Any, fault: str, body: bytes, media_type: str) -> None:
    """The faults that take time or break off."""
    ended = handler.simulator.ended
    if fault == "hang":
        ended.wait(600)
    elif fault == "drip":
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Wait: " + b"." * 600:
            handler.wfile.write(bytes([byte]))
            if ended.wait(1):
                return
    elif fault == "slow":
        _head(handler, media_type, len(body))
        size = max(1, len(body) // 40)
        for start in range(0, len(body), size):
            handler.wfile.write(body[start : start + size])
            if ended.wait(0.25):
                return
    elif fault == "truncated":
        _head(handler, media_type, len(body))
        handler.wfile.write(body[: len(body) // 2])
    elif fault == "huge":
        _head(handler, media_type, _HUGE)
        block = b" " * 1_000_000
        for _ in range(_HUGE // len(block)):
            handler.wfile.write(block)
            if ended.is_set():
                return
    elif fault == "reset":
        _head(handler, media_type, len(body))
        handler.wfile.write(body[: len(body) // 2])
        # A linger of zero seconds makes close() send RST.
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()


def _head(handler: Any, media_type: str, length: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", media_type)
    handler.send_header("Content-Length", str(length))
    handler.send_header("Connection", "close")
    handler.end_headers()
