"""The parts of HTTP that a static answer needs, as pure functions over header text (RFC 9110).

Header text is hostile: whatever cannot be read is treated as if it had not been sent, which RFC 9110 allows for each
of the fields here.
"""

from __future__ import annotations

import re
from functools import lru_cache

_RANGE = re.compile(r"bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*", re.ASCII)
_WEIGHT = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
LONGEST = 4096
"""Characters of a header that are looked at; more is nobody's honest header."""


@lru_cache(maxsize=512)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether ``Accept-Encoding`` allows gzip (RFC 9110, 12.5.3); a field that was not sent is the empty string."""
    weights: dict[str, float] = {}
    for part in accept_encoding[:LONGEST].lower().split(","):
        coding, _, parameters = part.partition(";")
        match = _WEIGHT.fullmatch(parameters.strip()) if parameters.strip() else None
        if parameters.strip() and match is None:
            continue
        weights[coding.strip()] = float(match[1]) if match else 1.0
    for coding in ("gzip", "x-gzip", "*"):
        if coding in weights:
            return weights[coding] > 0
    return False


def matches(if_none_match: str, etag: str) -> bool:
    """Whether ``If-None-Match`` names ``etag`` by weak comparison (RFC 9110, 13.1.2)."""
    if if_none_match == etag:
        return True
    text = if_none_match[:LONGEST].strip()
    return text == "*" or etag in _TAG.findall(text)


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte asked for, or None when the whole is to be sent.

    A last before a first byte is nonsense, several ranges are served whole (RFC 9110, 14.2). Raises ValueError when
    the one range lies outside ``size`` bytes: the answer is 416.
    """
    match = _RANGE.fullmatch(header[:LONGEST])
    if match is None or match[0] == "" or not (match[1] or match[2]):
        return None
    if not match[1]:
        suffix = int(match[2])
        if suffix == 0 or size == 0:
            raise ValueError(header)
        return max(0, size - suffix), size - 1
    first = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if match[2] and last < first:
        return None
    if first >= size:
        raise ValueError(header)
    return first, min(last, size - 1)
