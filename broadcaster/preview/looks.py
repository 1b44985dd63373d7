"""As what a page is looked at, in one segment of the preview's addresses: what a page names stays in that look.

::

    20261124T081200             at that moment, on the district's clock (with a Z behind it: in UTC)
    20261124T081200~day         in another theme than the channel's
    20261124T081200~~severe     with a warning of that severity rehearsed
    20261124T081200~day~severe  both
    20261124T081200~~~t12       with text 12 of the desk as if it were approved; ~~~x12 as if it were not there
    20261124T081200~~~r000017-3fa9c2   as that release said it, which was really on air
    20261124T081200~~~then      as the record has it of that moment, said again from what sources had said by then
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from feeds.base.clock import as_utc
from feeds.base.errors import NotFound

_MOMENT = re.compile(r"\d{8}T\d{6}Z?")
_OF = re.compile(r"[tx][1-9][0-9]{0,8}|r[0-9]{6,12}-[0-9a-f]{6}|then")
THEN = "then"
"""Of a look at what was on air when no release of it is kept."""


@dataclass(frozen=True)
class Look:
    """A moment; a theme (empty: the channel's); the severity of the warning that is rehearsed (empty: none is); a text
    of the desk, with it or without, a release, or ``THEN`` (empty: what sources say now)."""

    moment: datetime
    theme: str = ""
    drill: str = ""
    of: str = ""

    @property
    def release(self) -> str:
        """The release that is looked at; empty: none."""
        return self.of if self.of.startswith("r") else ""

    @property
    def is_recorded(self) -> bool:
        """Whether it is of the as-run record."""
        return self.of == THEN

    @property
    def text(self) -> int:
        """The desk's text that is looked at, with it or without; 0: none."""
        return int(self.of[1:]) if self.of and not self.release and not self.is_recorded else 0


def parse_look(segment: str, themes: Collection[str], drills: Collection[str]) -> Look:
    """The look of an address, of these themes and severities. Raises NotFound, which names what is not there."""
    moment, theme, drill, of, *more = [*segment.split("~"), "", "", ""]
    if any(more) or (of and not _OF.fullmatch(of)):
        raise NotFound(f"look: found {segment!r}, expected at most MOMENT~THEME~SEVERITY~RELEASE")
    for what, found, known in (("theme", theme, themes), ("drill", drill, drills)):
        if found and found not in known:
            raise NotFound(f"{what}: found {found!r}, expected {_one_of(known)}")
    return Look(parse(moment), theme, drill, of)


def segment_of(look: Look) -> str:
    """The look as an address has it, its moment in UTC: no hour of that comes twice."""
    moment = f"{look.moment.astimezone(UTC):%Y%m%dT%H%M%S}Z"
    return "~".join((moment, look.theme, look.drill, look.of)).rstrip("~")


def parse(moment: str) -> datetime:
    """The moment of an address, ``20261124T081200``, district time unless a ``Z`` follows. Raises NotFound."""
    try:
        if _MOMENT.fullmatch(moment):
            naive = datetime.strptime(moment.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - as_utc says whose it is
            found = naive.replace(tzinfo=UTC) if moment.endswith("Z") else as_utc(naive)
            # A day's room on both sides, for views look some hours back and ahead.
            if found.year >= 1971 and found + timedelta(days=400) > found:
                return found
    except (ValueError, OverflowError):
        pass
    raise NotFound(f"moment: found {moment!r}, expected such as 20261124T081200")


def _one_of(known: Collection[str]) -> str:
    return f"one of: {', '.join(known)}" if known else "none: the channel has no alert_source"
