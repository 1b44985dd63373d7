"""Which format a document is in: every format looks at it, and the surest one counts."""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from feeds.base.errors import ChannelError, FetchError, FormatError
from feeds.formats import Document, Evidence, formats, get, sniff_of
from feeds.formats._words import Words
from feeds.formats.base import Format
from feeds.formats.glance import Glance
from feeds.guess.foreign import foreign

log = logging.getLogger(__name__)
Look = Callable[[str], Document]
"""Fetches the document at an address. Raises ChannelError."""

_PROOF = 0.9
_A_TABLE = 0.5
"""As sure as a table is by its columns: what is known by sight is no table."""


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """A format, and what it says of the document."""

    format: str
    evidence: Evidence

    @property
    def record(self) -> str:
        """What a row is; "" where the format decides."""
        return self.evidence.record

    @property
    def fields(self) -> dict[str, str]:
        """The field map; empty where the format needs none."""
        return self.evidence.fields


def guess(
    document: Document,
    *,
    only: str = "",
    record: str = "",
    encoding: str = "",
    words: Words | None = None,
    look: Look | None = None,
) -> Guess:
    """The likeliest reading of a document.

    ``only`` names the format and ``record`` the kind that an editor has chosen. ``look`` fetches a document that has to
    be seen before the format is certain. Raises FormatError with what to give instead, when it is no source.
    """
    if not document.body.strip():
        raise FormatError("the document is empty")
    glance = Glance(document, record=record, encoding=encoding, words=words)
    if only:
        found = _asked(get(only), document, glance)
        return Guess(format=only, evidence=found if found and not found.instead else Evidence(certainty=1.0))
    guesses = [
        Guess(format=name, evidence=evidence)
        for name, format_ in formats().items()
        if (evidence := _asked(format_, document, glance)) is not None
    ]
    guesses.sort(key=lambda one: -one.evidence.certainty)
    if (not guesses or guesses[0].evidence.certainty <= _A_TABLE) and (sentence := foreign(glance)):
        raise FormatError(sentence)
    return _settled(guesses, look)


def _asked(format_: Format, document: Document, glance: Glance) -> Evidence | None:
    """A format's evidence; one that fails on a document does not keep the others from it."""
    try:
        return sniff_of(format_)(document, glance)
    except ChannelError:
        return None
    except Exception:
        log.exception("format %s: failed to look at a document", format_.NAME)
        return None


def _settled(guesses: list[Guess], look: Look | None) -> Guess:
    """The surest guess, after seeing what has to be seen."""
    certain = [one for one in guesses if not one.evidence.look]
    note = ""
    for suspect in (one for one in guesses if one.evidence.look):
        try:
            if _is(suspect.format, _seen(suspect.evidence.look, look)):
                return suspect
        except ChannelError as error:
            note = _undecided(suspect, certain, str(error))
    if not certain:
        raise FormatError("this is in no format that we know, and no table with rows and columns")
    best = certain[0]
    if best.evidence.instead:
        raise FormatError(best.evidence.instead)
    return Guess(format=best.format, evidence=msgspec.structs.replace(best.evidence, note=note)) if note else best


def _seen(address: str, look: Look | None) -> Document:
    if look is None:
        raise FetchError("nothing is fetched here")
    return look(address)


def _is(name: str, document: Document) -> bool:
    found = _asked(get(name), document, Glance(document))
    return found is not None and found.certainty >= _PROOF and not found.instead


def _undecided(suspect: Guess, others: list[Guess], why: str) -> str:
    """A remark when the linked document that would decide cannot be had. Raises FormatError where the suspicion is the
    surest of all."""
    other = others[0].format if others else "NAME"
    what = f"{suspect.evidence.look} could not be fetched ({why})"
    if not others or suspect.evidence.certainty > others[0].evidence.certainty:
        raise FormatError(
            f"its links look like {suspect.format}, and its entries like {other}; {what}, so it cannot be told which "
            f"it is: say --format {suspect.format} or --format {other}"
        )
    return f"it may be {suspect.format}: {what}; if it is, say --format {suspect.format}"
