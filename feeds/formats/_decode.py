"""From bytes to text, when the label may be missing or wrong."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from feeds.formats._alphabets import misfit

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Publishers say gb2312 or gbk and send characters of the larger sets; GB 18030 contains both.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "big5": "big5hkscs", "iso8859-1": "cp1252"}
# What a text without a label is weighed against when it is not Chinese.
_FOREIGN = ("cp1252", "cp1250", "iso8859_2", "cp1251", "koi8_r", "cp1253", "shift_jis", "euc_kr", "euc_jp")
_ACCENTS = ("cp1252", "cp1250", "iso8859_2")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_ANY_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_GB2312_PAIR = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
# GB 2312's symbols and its first level: the 3,755 characters that nearly all of a Chinese text consists of.
_GB2312_USUAL = re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]")
# Big5's symbols and its first level, 5,401 characters.
_BIG5_USUAL = re.compile(rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_HIGH = re.compile(rb"[\x80-\xff]+")
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_LEAST_ASCII = 0.05
"""The share of a text's characters that are ASCII at least: its separators and line ends."""
_SAMPLE = 200_000
_WEIGHED = 20_000
_LABELLED = 0.95
"""How sure a label is that nothing speaks against."""
_ACCENTED = 0.6
"""The share of the letters beyond ASCII, in the words that have any, under which they are accented ones."""
_TELLING = 10
_BELIEVED = 0.75
"""A share of usual characters from which on a text counts as Chinese."""


class Decoded(NamedTuple):
    """A text, the codec that gave it, and how sure that is: 0 (a last resort) to 1 (declared, or proved by the
    bytes)."""

    text: str
    codec: str
    sure: float


def decode(body: bytes, *, declared: str = "", label: str = "") -> str:
    """``body`` as text; never raises.

    ``declared`` is the editor's own word (``encoding`` in ``sources.toml``) and wins over everything but a byte-order
    mark; ``label`` is what the document or the transport says, believed only when the bytes agree with it.
    """
    return read_text(body, declared=declared, label=label).text


def read_text(body: bytes, *, declared: str = "", label: str = "") -> Decoded:
    """``decode``, with what was chosen and how sure that is."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return Decoded(body.decode(name, "replace").removeprefix("\ufeff"), name, 1.0)
    chosen = codec(declared)
    if chosen:
        return Decoded(body.decode(chosen, "replace"), chosen, 1.0)
    if wide := _without_mark(body):
        return Decoded(body.decode(wide), wide, 1.0)
    text = _strict(body, "utf-8")
    if text is not None:
        return Decoded(text, "utf-8", 1.0)
    if _mostly_utf8(body):
        return Decoded(body.decode("utf-8", "replace"), "utf-8", 0.9)
    named = codec(label)
    if named == "big5hkscs" and _share(_GB2312_PAIR, body) > 0.95:
        # Big5's decoder takes simplified text for other, rarer characters.
        named = "gb18030"
    text = _strict(body, named) if named and named != "utf-8" else None
    if text is not None and named != "cp1252":
        return Decoded(text, named, _agreement(body, named))
    return _guess(body, text)


def alternatives(body: bytes, chosen: str) -> list[Decoded]:
    """Other readings of ``body``, the likeliest first, for a person to choose among."""
    weighed = [(likely(body), name) for name, likely in (("gb18030", likely_gb18030), ("big5hkscs", likely_big5))]
    weighed += [(sure, name) for name, sure in _foreign(body)]
    weighed += [(0.0, name) for name in _FOREIGN if name not in {name for _, name in weighed}]
    found: dict[str, Decoded] = {}
    before = _strict(body, chosen)
    for sure, name in sorted(weighed, key=lambda one: -one[0]):
        text = _strict(body, name) if name != chosen else None
        if text is not None and text != before:
            found.setdefault(text, Decoded(text, name, sure))
    return list(found.values())


def start_of(body: bytes) -> bytes:
    """The first 200 kB, to the end of a line or element: a character cut in two would make the whole undecodable."""
    start = body[:_SAMPLE]
    if len(body) <= _SAMPLE:
        return start
    return start[: start.rfind(b"\n") + 1] or start[: start.rfind(b">") + 1] or start


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


def _without_mark(body: bytes) -> str:
    """The UTF-16 of a text that does not begin with its mark; "" when it is none.

    The letters, marks and line ends of ASCII have a nought on one side of them, and no text has one anywhere else.
    """
    sample = body[:_WEIGHED]
    noughts = sample[0::2].count(0), sample[1::2].count(0)
    if len(body) % 2 or min(noughts) or max(noughts) < max(2, len(sample) // 2 * _LEAST_ASCII):
        return ""
    name = "utf-16-be" if noughts[0] else "utf-16-le"
    text = _strict(sample, name) if _strict(body, name) is not None else None
    if text is None or _NO_TEXT.search(text) or text.count("\n") * 2 < sample.count(b"\n"):
        return ""
    return name


def _mostly_utf8(body: bytes) -> bool:
    """Whether the bytes beyond ASCII are UTF-8 but for a few broken ones."""
    sample = body[:_SAMPLE]
    whole = sum(len(match) for match in _MULTIBYTE.findall(sample))
    beyond = sum(1 for byte in sample if byte >= 0x80)
    return beyond > 0 and whole / beyond >= 0.9


def _guess(body: bytes, labelled: str | None) -> Decoded:
    """The likelier of GB 18030 and Big5, if either is likely; else what was labelled; else what fits best."""
    simplified, traditional = likely_gb18030(body), likely_big5(body)
    # A few accented letters look like pairs too, so a Latin label is overruled only by a text full of them.
    enough = labelled is None or len(_ANY_PAIR.findall(body[:_SAMPLE])) > 7
    if enough and max(simplified, traditional) >= _BELIEVED * _trust(body) > 0:
        name = "gb18030" if simplified >= traditional else "big5hkscs"
        text = _strict(body, name)
        sure = max(simplified, traditional)
        return Decoded(body.decode(name, "replace") if text is None else text, name, sure)
    if labelled is not None:
        return Decoded(labelled, "cp1252", _LABELLED)
    for name, sure in _foreign(body):
        text = _strict(body, name)
        if text is not None:
            return Decoded(text, name, sure)
    fallback = "gb18030" if _strict(body, "gb18030") is not None else "utf-8"
    return Decoded(body.decode(fallback, "replace"), fallback, 0.0)


def _agreement(body: bytes, named: str) -> float:
    """How sure a label is that the bytes allow: less where a text that should be Chinese has few usual characters."""
    likely = {"gb18030": likely_gb18030, "big5hkscs": likely_big5}.get(named)
    if likely is None or len(_ANY_PAIR.findall(body[:_SAMPLE])) < 10:
        return _LABELLED
    found = likely(body)
    return max(found, _LABELLED) if found > 0.4 else found


def likely_gb18030(body: bytes) -> float:
    """How likely simplified Chinese is, 0 to 1.

    Its characters keep to GB 2312's first level, and two bytes each make runs of even length; the words of alphabets
    do neither. Korean does both, but keeps to the half of that level where its syllables lie (KS X 1001).
    """
    sample = body[:_SAMPLE]
    pairs = _ANY_PAIR.findall(sample)
    if len(pairs) >= _TELLING and all(0xA1 <= pair[0] <= 0xC8 for pair in pairs):
        return 0.5
    runs = _HIGH.findall(sample)
    even = sum(1 for run in runs if len(run) % 2 == 0) / max(1, len(runs))
    return _share(_GB2312_USUAL, sample) * even * _trust(sample)


def likely_big5(body: bytes) -> float:
    """How likely traditional Chinese is, 0 to 1: its characters keep to Big5's first level, and the second byte of
    many is ASCII."""
    sample = body[:_SAMPLE]
    pairs = _ANY_PAIR.findall(sample)
    ascii_second = sum(1 for pair in pairs if pair[1] < 0x80) / max(1, len(pairs))
    if ascii_second < 0.1 or _strict(body, "big5hkscs") is None:
        return 0.0
    return _share(_BIG5_USUAL, sample) * _trust(sample)


def _trust(sample: bytes) -> float:
    """How much so many characters prove: one half, thirty nearly all."""
    count = len(_ANY_PAIR.findall(sample[:_SAMPLE]))
    return count / (count + 1)


def _foreign(body: bytes) -> list[tuple[str, float]]:
    """Codecs of other scripts that the text may be in, the likeliest first, and how likely each is."""
    from charset_normalizer import from_bytes

    first = _HIGH.search(body)
    start = body.rfind(b"\n", 0, first.start()) + 1 if first else 0
    letters = _share_of_letters(body[start : start + _WEIGHED])
    found: dict[str, float] = {}
    for match in from_bytes(body[start : start + _WEIGHED], cp_isolation=list(_FOREIGN)):
        same = [name for name in _FOREIGN if name in match.could_be_from_charset or name == match.encoding]
        sure = max(0.0, 0.6 + 0.3 * match.coherence - 2 * match.chaos)
        name = same[0] if same else match.encoding
        # Accents are few among the letters of a text; the letters of another script are most of them.
        fits = (letters < _ACCENTED) == (name in _ACCENTS)
        found.setdefault(name, round(sure if fits else sure / 2, 2))
    if letters < _ACCENTED:
        found = _by_alphabet(body[start : start + _WEIGHED], found)
    return sorted(found.items(), key=lambda item: (-item[1], _FOREIGN.index(item[0]) if item[0] in _FOREIGN else 99))


def _by_alphabet(sample: bytes, found: dict[str, float]) -> dict[str, float]:
    """The likelihood of each codec, where accented letters tell of whose languages they are: Western and Central
    European ones often give an equally clean text."""
    best = max((sure for name, sure in found.items() if name in _ACCENTS), default=0.0)
    if not best:
        return found
    texts = {name: _strict(sample, name) for name in _ACCENTS}
    return found | {
        name: round(best * (1 - misfit(text, name)), 2) if text is not None else 0.0 for name, text in texts.items()
    }


def _share_of_letters(sample: bytes) -> float:
    """How many letters lie beyond ASCII, in the words that have any such."""
    words = [word for word in _WORD.findall(sample) if _HIGH.search(word)]
    beyond = sum(1 for word in words for byte in word if byte >= 0x80)
    return beyond / max(1, sum(map(len, words)))


def _share(pattern: re.Pattern[bytes], body: bytes) -> float:
    """How much of the text's pairs of bytes the pattern matches."""
    pairs = _ANY_PAIR.findall(body[:_SAMPLE])
    return sum(1 for pair in pairs if pattern.fullmatch(pair)) / max(1, len(pairs))
