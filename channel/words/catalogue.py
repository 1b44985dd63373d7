"""Catalogues: what each message is called in a language, read from gettext's ``.po`` files as they are written.

A catalogue is checked when it is read: a translation names the same placeholders as its message, for a sentence with a
hole that nobody fills would take a page off air.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.core import Locale, UnknownLocaleError, get_global
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import PoFileError, read_po

from feeds.base.errors import Mistake, Mistakes, NotFound


@dataclass(frozen=True)
class Catalogue:
    """The messages of a language: by context (empty: none) and message, the forms of its translation."""

    language: str
    """As its file is named: ``zh_Hans``, ``en``."""
    forms: Mapping[tuple[str, str], tuple[str, ...]]
    plural: Callable[[int], int]
    """Which of the forms a number takes."""


def languages() -> tuple[str, ...]:
    """The languages that there are catalogues of."""
    names = (entry.name for entry in resources.files("channel.words").iterdir())
    return tuple(sorted(name.removesuffix(".po") for name in names if name.endswith(".po")))


_LETTERS = frozenset({"Latn", "Grek", "Cyrl", "Hans", "Hant", "Hani", "Jpan", "Kore", "Armn"})
"""Scripts that are written letter by letter from left to right (ISO 15924)."""


def cannot_be_set(language: str) -> str:
    """Why a language cannot be on the screens, whatever its catalogue says; empty where it can, or nobody knows it."""
    try:
        found = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return ""
    likely = get_global("likely_subtags").get(found.language, "")
    script = found.script or next((part for part in likely.split("_")[1:] if len(part) == 4), "")
    if found.character_order == "right-to-left":
        return "it is written from right to left: that takes shaping and mirrored layouts, which are not there"
    if script and script not in _LETTERS:
        return "its letters change by their neighbours: that takes shaping, and text is set letter by letter here"
    return ""


@cache
def load_catalogue(language: str) -> Catalogue:
    """The catalogue of ``language``. Raises NotFound, and Mistakes with the file's lines."""
    if language not in languages():
        raise NotFound(f"language: found {language!r}, expected one of: {', '.join(languages())}")
    return read_catalogue(Path(str(resources.files("channel.words").joinpath(f"{language}.po"))))


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue of a file. Raises Mistakes: every message whose translation cannot be used."""
    language = path.stem
    try:
        catalog = read_po(BytesIO(path.read_bytes()), locale=language, abort_invalid=True)
    except (PoFileError, ValueError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None) or 0
        raise Mistakes([Mistake(str(path), line, "", f"found no gettext catalogue: {error}")]) from None
    found = list(_broken(path, catalog))
    if found:
        raise Mistakes(found)
    forms = {
        (entry.context or "", _ids(entry)[0]): _strings(entry)
        for entry in catalog
        if entry.id and not entry.fuzzy and all(_strings(entry))
    }
    return Catalogue(language, forms, gettext.c2py(catalog.plural_expr))


def placeholders(text: str) -> frozenset[str]:
    """The names between braces. Raises ValueError where braces do not match."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _broken(path: Path, catalog: Catalog) -> Iterator[Mistake]:
    for entry in catalog:
        if not entry.id or entry.fuzzy:
            continue
        wanted = placeholders(_ids(entry)[-1])
        for text in filter(None, _strings(entry)):
            try:
                found = placeholders(text)
            except ValueError as error:
                yield Mistake(str(path), entry.lineno or 0, repr(_ids(entry)[0]), f"found {text!r}: {error}")
                continue
            # A form for one thing may do without its number.
            if not (found == wanted or (entry.pluralizable and found == wanted - {"n"})):
                names = ", ".join(sorted(wanted)) or "none"
                sentence = f"found {text!r}, expected these placeholders: {names}"
                yield Mistake(str(path), entry.lineno or 0, repr(_ids(entry)[0]), sentence)


def _ids(entry: Entry) -> tuple[str, ...]:
    return (entry.id,) if isinstance(entry.id, str) else tuple(entry.id)


def _strings(entry: Entry) -> tuple[str, ...]:
    said = entry.string or ""
    return (said,) if isinstance(said, str) else tuple(map(str, said))
