"""JSON from outside: any encoding, any nesting, without harm."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from feeds.base.errors import FormatError
from feeds.formats._decode import decode
from feeds.formats.base import Document


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
        return json.loads(text, parse_constant=lambda name: None)
    except RecursionError:
        raise FormatError("JSON is nested too deeply") from None
    except ValueError as error:
        if start[:1] == "<":
            raise FormatError(f"found {kind_of_markup(start)} where JSON was expected") from None
        raise FormatError(f"not valid JSON{_where(error, text)}") from None


_EXPECTED = {
    "Expecting value": "a value",
    "Expecting ',' delimiter": "a comma or the end of a list or object",
    "Expecting ':' delimiter": "a colon",
    "Expecting property name enclosed in double quotes": "a name in double quotes",
    "Extra data": "the end of the document",
    "Unterminated string starting at": "a closing quote for the text that starts here",
    "Illegal trailing comma before end of array": "a value",
    "Illegal trailing comma before end of object": "a name",
    "Invalid control character at": "a text without line breaks or other control characters",
}
"""What the library misses, in the words of a message."""


def _where(error: ValueError, text: str) -> str:
    """The place of a mistake, what stands there and what should."""
    if not isinstance(error, json.JSONDecodeError):
        return ""
    found = repr(text[error.pos : error.pos + 20]) if error.pos < len(text) else "the end of the document"
    expected = _EXPECTED.get(error.msg, "another character")
    return f": line {error.lineno}, column {error.colno}: found {found}, expected {expected}"


def kind_of_markup(start: str) -> str:
    """What a document that starts with ``<`` seems to be, for the message."""
    head = start[:200].lower()
    return "an HTML page" if "<html" in head or "<!doctype html" in head else "an XML document"
