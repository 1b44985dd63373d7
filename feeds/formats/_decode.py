"""From bytes to text, when the label may be missing or wrong."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Publishers say gb2312 or gbk and send characters of the larger sets; GB 18030 contains both.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "big5": "big5hkscs", "iso8859-1": "cp1252"}
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_GB2312_PAIR = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
_ANY_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_SAMPLE = 200_000


def decode(body: bytes, *, declared: str = "", label: str = "") -> str:
    """``body`` as text; never raises.

    ``declared`` is the editor's own word (``encoding`` in ``sources.toml``) and wins over everything but a byte-order
    mark; ``label`` is what the document or the transport says, believed only when the bytes agree with it.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace").removeprefix("\ufeff")
    chosen = codec(declared)
    if chosen:
        return body.decode(chosen, "replace")
    text = _strict(body, "utf-8")
    if text is not None:
        return text
    if _mostly_utf8(body):
        return body.decode("utf-8", "replace")
    named = codec(label)
    if named == "big5hkscs" and _share_of_gb2312(body) > 0.95:
        # Big5's decoder takes simplified text for other, rarer characters.
        named = "gb18030"
    text = _strict(body, named) if named and named != "utf-8" else None
    if text is not None and named != "cp1252":
        return text
    return _guess(body, text)


def codec(name: str) -> str:
    """Python's name for a character encoding, widened to what publishers mean by it; "" when there is none."""
    try:
        found = codecs.lookup(name.strip().strip("\"'")).name if name else ""
    except (LookupError, ValueError, UnicodeError):
        return ""
    # Codecs that are not character encodings (zlib, rot13, …) must never be reachable from a label.
    if found and not getattr(codecs.lookup(found), "_is_text_encoding", False):
        return ""
    return _WIDER.get(found, found) if found not in ("idna", "punycode", "unicode_escape", "raw_unicode_escape") else ""


def _strict(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None


def _mostly_utf8(body: bytes) -> bool:
    """Whether the bytes beyond ASCII are UTF-8 but for a few broken ones."""
    sample = body[:_SAMPLE]
    whole = sum(len(match) for match in _MULTIBYTE.findall(sample))
    beyond = sum(1 for byte in sample if byte >= 0x80)
    return beyond > 0 and whole / beyond >= 0.9


def _guess(body: bytes, fallback: str | None) -> str:
    """The likelier of GB 18030 and Big5; else what was labelled; else the last resort."""
    sample = body[:_SAMPLE]
    pairs = _ANY_PAIR.findall(sample)
    proper = _share_of_gb2312(sample)
    # A few accented letters look like pairs too, so a Latin label is overruled only by a text full of them.
    if len(pairs) > (7 if fallback is not None else 1) and proper > 0.85:
        return body.decode("gb18030", "replace")
    if fallback is None and len(pairs) > 7:
        for name in ("big5hkscs", "gb18030"):
            text = _strict(body, name)
            if text is not None:
                return text
    if fallback is not None:
        return fallback
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return body.decode(best.encoding if best else "utf-8", "replace")


def _share_of_gb2312(body: bytes) -> float:
    """How much of the text keeps to GB 2312's rows, where both bytes are above A0; half of Big5's second bytes are
    not."""
    pairs = _ANY_PAIR.findall(body[:_SAMPLE])
    return sum(1 for pair in pairs if _GB2312_PAIR.fullmatch(pair)) / max(1, len(pairs))
