"""Catalogues: what each message is called in a language, read from gettext's ``.po`` files as they are written.

A catalogue is checked when it is read: a translation names the same placeholders as its message, for a sentence with a
hole that nobody fills would take a page off air.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.core import Locale, UnknownLocaleError, get_global
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import PoFileError, read_po

from feeds.base.errors import Mistake, Mistakes, NotFound

ENGLISH = "en"
"""The language that code is written in: its catalogue has every message, and says few of them otherwise."""


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


_SHORT = re.compile(r"(?:\.[0-9]{1,2})?")
_PATTERN = re.compile("[EMdyL]+(?:[ ,./-]+[EMdyL]+)*")
"""A message that is a date pattern."""
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
    language, catalog = path.stem, read_catalog(path)
    found = list(_broken(path, catalog))
    if found:
        raise Mistakes(found)
    forms = {
        (entry.context or "", ids_of(entry)[0]): strings_of(entry)
        for entry in catalog
        if entry.id and not entry.fuzzy and all(strings_of(entry))
    }
    try:
        plural = gettext.c2py(catalog.plural_expr)
    except ValueError as error:
        sentence = f"found plural={catalog.plural_expr!r}: {error}"
        raise Mistakes([Mistake(str(path), 0, "Plural-Forms", sentence)]) from None
    return Catalogue(language, forms, plural)


def read_catalog(path: Path) -> Catalog:
    """A file as gettext has it, called after its language. Raises Mistakes where it is none."""
    try:
        return read_po(BytesIO(path.read_bytes()), locale=path.stem, abort_invalid=True)
    except (PoFileError, ValueError, LookupError, UnknownLocaleError, TypeError) as error:
        line = getattr(error, "lineno", None) or 0
        raise Mistakes([Mistake(str(path), line, "", f"found no gettext catalogue: {error}")]) from None


def placeholders(text: str) -> frozenset[str]:
    """What stands between braces, with how it is to be written. Raises ValueError where braces do not match."""
    found = (part for part in Formatter().parse(text) if part[1] is not None)
    # A language may say less than a name (``{town:.2}``: its first two letters); nothing else may be asked of a value.
    plain = ((name, "" if _SHORT.fullmatch(spec or "") else spec, conversion) for _, name, spec, conversion in found)
    return frozenset(f"{name}!{conversion or ''}:{spec}".removesuffix("!:") for name, spec, conversion in plain)


def _broken(path: Path, catalog: Catalog) -> Iterator[Mistake]:
    for entry in catalog:
        if not entry.id or entry.fuzzy:
            continue
        wanted = placeholders(ids_of(entry)[-1])
        for text in filter(None, strings_of(entry)):
            try:
                found = placeholders(text)
            except ValueError as error:
                yield Mistake(str(path), entry.lineno or 0, repr(ids_of(entry)[0]), f"found {text!r}: {error}")
                continue
            if _PATTERN.fullmatch(ids_of(entry)[0]) and not _is_pattern(text, path.stem):
                sentence = f"found {text!r}, expected a date pattern of CLDR"
                yield Mistake(str(path), entry.lineno or 0, repr(ids_of(entry)[0]), sentence)
            # A form for one thing may do without its number, where there are several forms.
            alone = entry.pluralizable and len(strings_of(entry)) > 1 and found == wanted - {"n"}
            if not (found == wanted or alone):
                names = ", ".join(sorted(wanted)) or "none"
                sentence = f"found {text!r}, expected these placeholders: {names}"
                yield Mistake(str(path), entry.lineno or 0, repr(ids_of(entry)[0]), sentence)


def _is_pattern(text: str, language: str) -> bool:
    try:
        return bool(format_date(date(2026, 11, 30), text, locale=language))
    except (ValueError, KeyError, AttributeError, TypeError, UnknownLocaleError):
        return False


def ids_of(entry: Entry) -> tuple[str, ...]:
    """A message, and its plural where it has one."""
    return (entry.id,) if isinstance(entry.id, str) else tuple(entry.id)


def strings_of(entry: Entry) -> tuple[str, ...]:
    """The forms of its translation; empty ones are not there yet."""
    said = entry.string or ""
    return (said,) if isinstance(said, str) else tuple(map(str, said))
