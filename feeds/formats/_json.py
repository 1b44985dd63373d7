"""JSON from outside: any encoding, any nesting, without harm."""

from __future__ import annotations

import json
from math import inf
from typing import Any

import msgspec

from feeds.base.errors import FormatError
from feeds.formats._decode import decode
from feeds.formats.base import Document

SEPARATOR = "\x1e"
"""Stands before each text of a sequence (RFC 7464, 2.2)."""
_MOST_DIGITS = 300


def read_json(document: Document, *, encoding: str = "") -> Any:
    """The document's value. Raises FormatError, also for nesting that would exhaust the stack."""
    try:
        if not encoding:
            return msgspec.json.decode(document.body)
        text = decode(document.body, declared=encoding, label=document.charset)
    except RecursionError:
        raise FormatError("JSON is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        text = decode(document.body, declared=encoding, label=document.charset)
    return read_json_text(text)


def read_json_text(text: str) -> Any:
    """The value of a text; ``NaN`` and ``Infinity``, which careless servers write, count as null. FormatError."""
    start = text.lstrip()[:200]
    try:
        return json.loads(text, parse_constant=lambda name: None, parse_int=_whole)
    except RecursionError:
        raise FormatError("JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        if start[:1] == "<":
            raise FormatError(f"found {kind_of_markup(start)} where JSON was expected") from None
        raise FormatError(f"not valid JSON from line {error.lineno}, character {error.colno} on") from None


def read_json_values(document: Document, *, encoding: str = "") -> list[tuple[str, Any]] | None:
    """(position, value) of each text of a sequence, one a line or each after a record separator (RFC 8142, RFC 7464).

    A text that is not JSON stands there as itself, shortened. None when the document is no sequence.
    """
    text = decode(document.body, declared=encoding, label=document.charset)
    if SEPARATOR in text[:100]:
        name, texts = "text", text.split(SEPARATOR)[1:]
    else:
        name, texts = "line", text.splitlines()
        if len(texts) < 2 or not texts[0].strip().endswith("}"):
            return None
    found: list[tuple[str, Any]] = []
    for number, part in enumerate(texts, 1):
        if part.strip():
            try:
                found.append((f"{name} {number}", read_json_text(part)))
            except FormatError:
                found.append((f"{name} {number}", part[:200]))
    return found


def _whole(digits: str) -> int | float:
    """A whole number; one of hundreds of digits is beyond all bounds, and its row alone is refused for it."""
    return int(digits) if len(digits) <= _MOST_DIGITS else inf


def kind_of_markup(start: str) -> str:
    """What a document that starts with ``<`` seems to be, for the message."""
    head = start[:200].lower()
    return "an HTML page" if "<html" in head or "<!doctype html" in head else "an XML document"
