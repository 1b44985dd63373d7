"""What a catalogue lacks: messages that code and templates say, and forms of its plurals. All of these are shown in
English, which nobody would see who does not look at every page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.plurals import get_plural

from channel.words.catalogue import ENGLISH, ids_of, read_catalog, strings_of
from channel.words.remark import Remark
from channel.words.say import N_

_EXAMPLES = 3
_FOLDER = str(resources.files("channel.words"))


def gaps(language: str, folder: Path = Path(_FOLDER)) -> list[Remark]:
    """What the catalogue of ``language`` in ``folder`` lacks, in sentences. Raises Mistakes when it cannot be read."""
    catalog, source = (_entries(read_catalog(folder / f"{name}.po")) for name in (language, ENGLISH))
    found = list(_forms(read_catalog(folder / f"{language}.po")))
    if language != ENGLISH:
        found += _messages(catalog, source)
    return found


def _entries(catalog: Catalog) -> Mapping[tuple[str, str], Entry]:
    return {(entry.context or "", ids_of(entry)[0]): entry for entry in catalog if entry.id}


def _messages(known: Mapping[tuple[str, str], Entry], source: Mapping[tuple[str, str], Entry]) -> Iterator[Remark]:
    missing = [key for key in source if key not in known or known[key].fuzzy or not any(strings_of(known[key]))]
    if not missing:
        return
    given = {"n": len(missing), "all": len(source)}
    if len(missing) == len(source):
        yield Remark.of(N_("none of its {all} messages is translated: all are shown in English"), {"all": len(source)})
        return
    examples = ", ".join(repr(message) for _, message in missing[:_EXAMPLES])
    sentence = N_("{n} of {all} messages are not translated and shown in English, e.g. {messages}")
    yield Remark.of(sentence, {**given, "messages": examples})


def _forms(catalog: Catalog) -> Iterator[Remark]:
    """Plurals that lack a form, and a head that promises fewer forms than the language has (CLDR)."""
    expected, promised = int(get_plural(catalog.locale)[0]), catalog.num_plurals
    if promised < expected:
        sentence = N_("Plural-Forms promises {n} forms, the language has {all}")
        yield Remark.of(sentence, {"n": promised, "all": expected})
    for entry in catalog:
        strings = strings_of(entry)
        said = sum(map(bool, strings))
        if entry.id and entry.pluralizable and 0 < said < promised:
            sentence = N_("{message} has {n} of {all} plural forms and is shown in English")
            yield Remark.of(sentence, {"message": repr(ids_of(entry)[-1]), "n": said, "all": promised})
