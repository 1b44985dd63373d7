"""Which of several texts is in the language that is wanted: tags by BCP 47, matched by RFC 4647.

Feeds write one language in many ways: ``zh``, ``zh-CN``, ``zh_cn``, ``zh-Hans-CN``, ``zho``. All of them are of one
family, and a reader of Chinese is served by any of it before being served by English. Within a family the nearest
counts: the same tag, then what RFC 4647's lookup finds (the wanted tag cut short from its end), then what is narrower
than what was wanted, then the same script, then the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

# ISO 639-2's other names of a language, and the one that Chinese is written in as a rule (RFC 5646, 4.1.2).
_SAME = {"zho": "zh", "chi": "zh", "cmn": "zh", "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr",
         "jpn": "ja", "kor": "ko", "rus": "ru", "spa": "es"}  # fmt: skip
# Regions that write Chinese in the traditional script where the tag names none.
_TRADITIONAL = {"tw", "hk", "mo"}
_UNTAGGED = 7
_OTHER = 9


def matches(wanted: str, tag: str) -> bool:
    """Whether ``tag`` is of the language that ``wanted`` (a tag, or ``*``) names. A text without a tag is of none."""
    return distance(wanted, tag) < _UNTAGGED


def distance(wanted: str, tag: str) -> int:
    """How far ``tag`` is from ``wanted``: 0 the same, up to 6 of its language, 7 without a tag, 9 of another."""
    asked, found = _parts(wanted), _parts(tag)
    if not found or found[0] == "und":
        return _UNTAGGED
    if asked == found or asked[:1] == ("*",):
        return 0
    if asked[:1] != found[:1]:
        return _OTHER
    if _script(asked) != _script(found):
        return 6
    if asked[: len(found)] == found:
        return min(len(asked) - len(found), 3)
    return 4 if found[: len(asked)] == asked else 5


def best(choices: Sequence[str], wanted: str) -> int | None:
    """The index of the tag that serves a reader of ``wanted`` best; None when there is no choice at all.

    Where none is of the language, a text without a tag counts before one in another language, and of equals the first
    (RFC 4647, 3.4.1: the default is the caller's order).
    """
    return min(range(len(choices)), key=lambda place: distance(wanted, choices[place]), default=None)


def _parts(tag: str) -> tuple[str, ...]:
    """The subtags in small letters; the first by its shortest name (RFC 5646, 2.2.1)."""
    parts = tuple(part for part in tag.strip().lower().replace("_", "-").split("-") if part)
    if parts[:2] == ("zh", "cmn"):
        parts = ("zh", *parts[2:])
    return (_SAME.get(parts[0], parts[0]), *parts[1:]) if parts else ()


def _script(parts: Sequence[str]) -> str:
    """The script of a tag (four letters, RFC 5646, 2.2.3); that of Chinese follows from the region, else simplified."""
    named = next((part for part in parts[1:3] if len(part) == 4 and part.isalpha()), "")
    if named or parts[0] != "zh":
        return named
    return "hant" if _TRADITIONAL.intersection(parts[1:]) else "hans"
