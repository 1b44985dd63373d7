"""A message as JSON from whatever else speaks to people: signed by a shared secret, answered at once.

``X-Channel-Signature: t=<unix seconds>,v1=<hex>``, where ``v1`` is the HMAC-SHA-256 of ``<t>.<body>``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from broadcaster.talk.answering import Answer
from feeds.base.errors import FormatError, TrustError

HEADER = "X-Channel-Signature"
LATE = timedelta(minutes=5)
LARGEST = 32 << 10
_HEADER = re.compile(r"t=(?P<t>[0-9]{1,12}),v1=(?P<v1>[0-9a-f]{64})")
_Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says: ``position`` is (longitude, latitude) in WGS 84. ``id`` is the same for each try."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    account: Annotated[str, msgspec.Meta(max_length=128)] = ""
    text: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    position: tuple[_Degrees, _Degrees] | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer in its parts, and as one text."""

    id: str
    answer: Answer
    text: str


def check(secret: bytes, header: str, body: bytes, now: datetime) -> None:
    """Raises TrustError for a body that was not signed with our secret, or not now."""
    found = _HEADER.fullmatch(header)
    if found is None:
        raise TrustError(f"{HEADER}: expected t=SECONDS,v1=HEX")
    wanted = hmac.new(secret, found["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, found["v1"]):
        raise TrustError("a message with a wrong signature")
    if abs(now.timestamp() - int(found["t"])) > LATE.total_seconds():
        raise TrustError("a message of another time")


def read(body: bytes) -> Message:
    """What it says. Raises FormatError."""
    if len(body) > LARGEST:
        raise FormatError(f"a message of {len(body)} bytes, expected at most {LARGEST}")
    try:
        return msgspec.json.decode(body, type=Message)
    except msgspec.DecodeError as error:
        raise FormatError(f"a message that is none: {error}") from None


def encode(reply: Reply) -> bytes:
    """As JSON."""
    return msgspec.json.encode(reply)
