"""Parts of a day that have names, as sessions and meals have: which of them are over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated

import msgspec

from channel.views.base import Inputs, Until

Ends = dict[str, Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]]
"""When parts of a day end on the channel's clock, by name."""


def over(ends: Mapping[str, str], inputs: Inputs, until: Until | None = None) -> frozenset[str]:
    """The names (casefolded) of the parts of today that are over; ``until`` hears when the others will be."""
    now = inputs.say.local(inputs.moment)
    found = set()
    for name, end in ends.items():
        at = datetime.combine(now.date(), time.fromisoformat(end), tzinfo=now.tzinfo)
        if at <= now:
            found.add(name.casefold())
        elif until is not None:
            until.at(at)
    return frozenset(found)
