"""As what a page is looked at, in one segment of the preview's addresses: what a page names stays in that look.

::

    20261124T081200             at that moment, on the district's clock
    20261124T081200~day         in another theme than the channel's
    20261124T081200~~severe     with a warning of that severity rehearsed
    20261124T081200~day~severe  both
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.base.clock import as_utc
from feeds.base.errors import NotFound

_MOMENT = re.compile(r"\d{8}T\d{6}")


@dataclass(frozen=True)
class Look:
    """A moment; a theme (empty: the channel's); the severity of the warning that is rehearsed (empty: none is)."""

    moment: datetime
    theme: str = ""
    drill: str = ""


def parse_look(segment: str, themes: Collection[str], drills: Collection[str]) -> Look:
    """The look of an address, of these themes and severities. Raises NotFound, which names what is not there."""
    moment, theme, drill, *more = [*segment.split("~"), "", ""]
    if any(more):
        raise NotFound(f"look: found {segment!r}, expected at most MOMENT~THEME~SEVERITY")
    for what, found, known in (("theme", theme, themes), ("drill", drill, drills)):
        if found and found not in known:
            raise NotFound(f"{what}: found {found!r}, expected {_one_of(known)}")
    return Look(parse(moment), theme, drill)


def parse(moment: str) -> datetime:
    """The moment of an address, ``20261124T081200``, district time. Raises NotFound."""
    try:
        if _MOMENT.fullmatch(moment):
            found = as_utc(datetime.strptime(moment, "%Y%m%dT%H%M%S"))  # noqa: DTZ007 - as_utc says whose it is
            # A day's room on both sides, for views look some hours back and ahead.
            if found.year >= 1971 and found + timedelta(days=400) > found:
                return found
    except (ValueError, OverflowError):
        pass
    raise NotFound(f"moment: found {moment!r}, expected such as 20261124T081200")


def _one_of(known: Collection[str]) -> str:
    return f"one of: {', '.join(known)}" if known else "none: the channel has no alert_source"
