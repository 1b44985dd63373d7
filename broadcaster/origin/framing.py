"""Where a request ends (RFC 9112, 6.3), before anybody reads what it says."""

from __future__ import annotations

import re

LONGEST_HEAD = 32_768
"""Bytes of a request before its body; four times what servers usually take, so that the refusal can be ours."""
LONGEST_BODY = 65_536
"""Bytes of a request's body: nothing that boxes, phones and operators send is longer."""
LONGEST_UPLOAD = (20 << 20) + LONGEST_BODY
"""Bytes of a form with a file, where editors write: a few at a time, see the loop."""
UPLOADS = b"POST /desk/"
_LENGTH = re.compile(rb"\r\ncontent-length:([^\r\n]*+)", re.IGNORECASE)
_CODING = re.compile(rb"\r\ntransfer-encoding[ \t]*+:", re.IGNORECASE)
_HOST = re.compile(rb"\r\nhost:", re.IGNORECASE)


def framed(data: bytes, uploads: bytes = b"") -> tuple[int, int]:
    """Length of the request that ``data`` begins with, 0 while it is not whole; and a status to refuse it with, else 0.

    One that begins with ``uploads``, unless that is empty, may bring a picture. A body whose length is not said, or
    said in a way that two readers could read differently, is refused.
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
    most = LONGEST_UPLOAD if uploads and data.startswith(uploads) else LONGEST_BODY
    if int(lengths[0]) > most:
        return 0, 413
    whole = end + 4 + int(lengths[0])
    return (whole if len(data) >= whole else 0), 0


def is_form(data: bytes) -> bool:
    """Whether a request is what an editor sends to the desk."""
    return data.startswith(UPLOADS)


def spoken(data: bytes) -> bytes:
    """The request in the newest version that we speak, 1.1, where a later one of major version 1 was named (RFC 9110,
    2.5: it is read as that)."""
    end = data.find(b"\r\n")
    if end < 9 or data[end - 9 : end - 1] != b" HTTP/1." or data[end - 1] not in b"23456789":
        return data
    return data[: end - 1] + b"1" + data[end:]


def names_host(data: bytes) -> bool:
    """Whether a request says once which server it means; one of HTTP/1.0, which knew none, need not (RFC 9112, 3.2)."""
    hosts = len(_HOST.findall(data[: data.find(b"\r\n\r\n") + 2]))
    return hosts == 1 or (not hosts and data[: data.find(b"\r\n")].endswith(b" HTTP/1.0"))
