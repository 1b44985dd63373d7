"""Where a request ends (RFC 9112, 6.3), before anybody reads what it says."""

from __future__ import annotations

import re

LONGEST_HEAD = 32_768
"""Bytes of a request before its body; four times what servers usually take, so that the refusal can be ours."""
LONGEST_BODY = 65_536
"""Bytes of a request's body: nothing that the origin takes is longer."""
_LENGTH = re.compile(rb"\r\ncontent-length:([^\r\n]*+)", re.IGNORECASE)
_CODING = re.compile(rb"\r\ntransfer-encoding[ \t]*+:", re.IGNORECASE)


def framed(data: bytes) -> tuple[int, int]:
    """Length of the request that ``data`` begins with, 0 while it is not whole; and a status to refuse it with, else 0.

    A body whose length is not said, or said in a way that two readers could read differently, is refused.
    """
    end = data.find(b"\r\n\r\n")
    if end > LONGEST_HEAD or (end < 0 and len(data) > LONGEST_HEAD):
        return 0, 431 if b"\r\n" in data[:LONGEST_HEAD] else 414
    if end < 0:
        return 0, 0
    head = data[: end + 2]
    lengths = [value.strip(b" \t") for value in _LENGTH.findall(head)]
    if _CODING.search(head):
        return 0, 411
    if not lengths:
        return end + 4, 0
    if len(lengths) > 1 or not lengths[0].isdigit() or len(lengths[0]) > 9:
        return 0, 400
    if int(lengths[0]) > LONGEST_BODY:
        return 0, 413
    whole = end + 4 + int(lengths[0])
    return (whole if len(data) >= whole else 0), 0
