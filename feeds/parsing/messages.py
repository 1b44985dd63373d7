"""What goes over the wire between a pool and a worker: eight bytes of length, then the message.

A request is pickled, for it comes from us. An answer is MessagePack of known types: the process that makes it has read
what a stranger wrote, and is not trusted to say what to run.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

READY = b"ready"
TAKEN = b"+"
"""One byte for a request that has come whole."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """``function`` is ``module:name`` of ours; ``seconds`` of processor time, ``memory`` in bytes beyond what the
    worker holds already."""

    function: str
    args: tuple[Any, ...]
    seconds: float
    memory: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """``result`` is the encoded value of a request that was ``done``. Else ``kind`` says whose fault it is: the bytes'
    (``format``), the source's table (``person``), the limit's (``memory``), or ours (``fault``, with its trace). After
    the ``last`` one the worker ends."""

    kind: Literal["done", "format", "person", "memory", "fault"]
    result: msgspec.Raw = msgspec.Raw(b"\xc0")
    message: str = ""
    hint: str = ""
    trace: str = ""
    last: bool = False
