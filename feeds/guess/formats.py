"""Which format a document is in: every format looks at it, and the surest one counts.

``sight`` is pure and goes from bytes to what each format says; ``settled`` chooses, and may ask to see a linked
document.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from feeds.base.errors import ChannelError, FetchError, FormatError
from feeds.formats import Document, Evidence, formats, get, sniff_of
from feeds.formats._vocabulary import Words
from feeds.formats.base import Format
from feeds.formats.glance import Glance
from feeds.guess.encoding import Encoding, encoding_of
from feeds.guess.foreign import foreign

log = logging.getLogger(__name__)

_PROOF = 0.9
_A_TABLE = 0.5
"""As sure as a table is by its columns: what is known by sight is no table."""
_NOTHING = "this is in no format that we know, and no table with rows and columns"


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """A format, and what it says of the document."""

    format: str
    evidence: Evidence


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What a document looks like: every format's word, the surest first, and how its text was decoded. ``foreign`` is a
    sentence on what it is when it is no source at all."""

    guesses: list[Guess] = []
    foreign: str = ""
    encoding: Encoding | None = None


Look = Callable[[str], Sight]
"""What the document at an address looks like. Raises ChannelError when it cannot be had."""


def sight(
    document: Document, only: str = "", record: str = "", encoding: str = "", words: Words | None = None
) -> Sight:
    """What ``document`` looks like. ``only`` names the format and ``record`` the kind that an editor has chosen."""
    if not document.body.strip():
        return Sight(foreign="the document is empty")
    glance = Glance(document, record=record, encoding=encoding, words=words)
    read = encoding_of(glance)
    if only:
        found = _asked(get(only), document, glance)
        evidence = found if found and not found.instead else Evidence(certainty=1.0)
        return Sight(guesses=[Guess(format=only, evidence=evidence)], encoding=read)
    asked = {name: _asked(format_, document, glance) for name, format_ in formats().items()}
    guesses = [Guess(format=name, evidence=evidence) for name, evidence in asked.items() if evidence is not None]
    guesses.sort(key=lambda one: -one.evidence.certainty)
    known = bool(guesses) and guesses[0].evidence.certainty > _A_TABLE
    return Sight(guesses=guesses, foreign="" if known else foreign(glance), encoding=read)


def settled(seen: Sight, look: Look) -> Guess:
    """The surest guess, after ``look`` at what has to be seen. Raises FormatError with what to give instead, when it is
    no source."""
    if seen.foreign:
        raise FormatError(seen.foreign)
    certain = [one for one in seen.guesses if not one.evidence.look]
    note = ""
    for suspect in (one for one in seen.guesses if one.evidence.look):
        try:
            if _is(suspect.format, look(suspect.evidence.look)):
                return suspect
        except ChannelError as error:
            note = _undecided(suspect, certain, str(error))
    if not certain:
        raise FormatError(_NOTHING)
    best = certain[0]
    if best.evidence.instead:
        raise FormatError(best.evidence.instead)
    return Guess(format=best.format, evidence=msgspec.structs.replace(best.evidence, note=note)) if note else best


def guess(document: Document) -> Guess:
    """The likeliest reading of a document that stands alone. Raises FormatError as ``settled`` does."""
    return settled(sight(document), _unseen)


def _unseen(address: str) -> Sight:
    raise FetchError("nothing is fetched here")


def _asked(format_: Format, document: Document, glance: Glance) -> Evidence | None:
    """A format's evidence; one that fails on a document does not keep the others from it."""
    try:
        return sniff_of(format_)(document, glance)
    except ChannelError:
        return None
    except Exception:
        log.exception("format %s: failed to look at a document", format_.NAME)
        return None


def _is(name: str, seen: Sight) -> bool:
    return any(
        one.format == name and one.evidence.certainty >= _PROOF and not one.evidence.instead for one in seen.guesses
    )


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
