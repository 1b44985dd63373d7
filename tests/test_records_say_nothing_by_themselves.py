"""What a feed does not say stays unsaid: no record's field has a default that is a statement."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from feeds.records import KINDS, Area

FIELDS = [
    (kind.__name__, field.name, field.default)
    for kind in (*KINDS.values(), Area)
    for field in msgspec.structs.fields(kind)
    if not field.required
]
CAP_UNKNOWN = {("Alert", "urgency"), ("Alert", "severity"), ("Alert", "certainty")}
"""Where the standard has a word of its own for "nobody knows" (CAP 1.2, 3.2.2)."""

COUNTS = {("Area", "unread")}
"""Where the reader counts what it could not read: none is what it knows."""


@pytest.mark.parametrize(("kind", "name", "default"), FIELDS)
def test_a_default_is_no_statement(kind: str, name: str, default: Any) -> None:
    """None, nothing or empty; never a word, a number, a yes or a no."""
    if (kind, name) in CAP_UNKNOWN:
        assert default == "Unknown"
    elif (kind, name) not in COUNTS:
        assert default in (None, "", ())
