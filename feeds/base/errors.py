"""The errors of the house.

::

    ChannelError                 exit code 1, with a hint
      PersonError                2  a person's file or argument is wrong: names file, key, found, expected
        Mistakes                 2  all that is wrong in what people wrote, each with its file and line
        NotFound                 2  a page, estate, profile, source or release that is not there
      FeedError                  3  a source could not be read; never stops another source
        FetchError               3  the network or the server; ``retryable`` says whether to try again
        FormatError              3  the bytes are not what the source's format promises
        ParseError               3  reading the bytes was stopped: too long, too much memory, or the reader broke down
      RenderError                4  a page cannot be made; that page falls back to its last good screens
        MarkupError              4  a layout wrote markup that the engine does not know
      TrustError                 5  a release or bundle is not to be trusted; nothing is published or swapped
        StoreError               5  a stored object is missing or its bytes do not match its name
      SpaceError                 1  there is no room left to write to
      BusyError                  6  somebody else holds what is needed (a lock, a port)

Data from outside never raises past the source it came from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class ChannelError(Exception):
    """Something the channel can name.

    ``hint`` is one sentence that tells a person what to do next; may be empty.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class PersonError(ChannelError):
    """A file that a person wrote, or an argument that a person gave, is wrong."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Mistake:
    """One mistake in a file that a person wrote; ``sentence`` says what was found and what was expected.

    ``line`` counts from 1; 0 is not known. ``key`` is dotted (``page.201.title``); empty: the file as a whole.
    """

    file: str
    line: int
    key: str
    sentence: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, self.key, self.sentence) if part)


class Mistakes(PersonError):
    """Everything that is wrong in one or more files, by file and line; ``found`` is never empty."""

    def __init__(self, found: Iterable[Mistake]) -> None:
        self.found = tuple(sorted(set(found)))
        hints = dict.fromkeys(mistake.hint for mistake in self.found if mistake.hint)
        super().__init__("\n".join(map(str, self.found)), hint="; ".join(hints))

    def __reduce__(self) -> tuple[type[Mistakes], tuple[tuple[Mistake, ...]]]:
        return Mistakes, (self.found,)


class NotFound(PersonError):
    """A name that is not there: a page, an estate, a profile, a source, a release."""


class FeedError(ChannelError):
    """A source could not be read."""

    exit_code = 3
    retryable = False


class FetchError(FeedError):
    """The network or the server at its end failed.

    ``retry_after`` is the server's own wish in seconds, if it gave one; ``late``: it was the time that ran out.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = True,
        retry_after: float | None = None,
        late: bool = False,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable
        self.late = late
        self.retry_after = retry_after


class FormatError(FeedError):
    """The bytes as a whole are not what the source's format promises."""


class ParseError(FeedError):
    """Reading the bytes was stopped, or broke down, before anything could be said of them."""


class WorkerError(FeedError):
    """No process could be had to read the bytes in: the machine's fault, and no source's."""


class RenderError(ChannelError):
    """A page cannot be made from its content."""

    exit_code = 4


class MarkupError(RenderError):
    """A layout wrote markup that the screen engine does not know."""


class TrustError(ChannelError):
    """A release or bundle is not to be trusted."""

    exit_code = 5


class StoreError(TrustError):
    """A stored object is missing, or its bytes do not match its name."""


class SpaceError(ChannelError):
    """The disk, or the database's part of it, is full."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: no room left to write", hint="free some space on the disk, then run it again")


class BusyError(ChannelError):
    """Somebody else holds what is needed."""

    exit_code = 6
