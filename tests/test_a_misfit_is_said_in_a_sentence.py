"""A row that is no record is refused with the field, what was found and what was expected, in plain words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from feeds.records import Event, Misfit, Place, Record, build

PLACE: dict[str, Any] = {"id": "a", "name": "甲"}
EVENT: dict[str, Any] = {"id": "a", "title": "甲"}


@pytest.mark.parametrize(
    ("kind", "row", "said"),
    [
        (Place, {"id": "a"}, "name: found nothing, expected a value, for every row needs one"),
        (Place, {**PLACE, "id": "Ä"}, "id: found 'Ä', expected a word that is allowed there"),
        (Place, {**PLACE, "lon": 999}, "lon: found 999, expected a number of at most 180"),
        (Place, {**PLACE, "lon": float("inf")},
         "lon: found a number beyond all bounds, expected a number of at most 180"),
        (Place, {**PLACE, "lat": -91.5}, "lat: found -91.5, expected a number of at least -90"),
        (Place, {**PLACE, "queue": 1.5}, "queue: found 1.5, expected a whole number"),
        (Place, {**PLACE, "queue": "viele"}, "queue: found 'viele', expected a whole number"),
        (Place, {**PLACE, "phone": "1" * 201}, "phone: found 201 characters, expected at most 200 characters"),
        (Place, {**PLACE, "facts": [["a", "b" * 601]]},
         "facts: found something in its list, expected at most 600 characters"),
        (Place, {**PLACE, "areas": 7}, "areas: found 7, expected a list"),
        (Event, {**EVENT, "begins": "morgen"}, "begins: found 'morgen', expected a moment"),
        (Event, {**EVENT, "begins": datetime(2026, 1, 1)},  # noqa: DTZ001 - a wall clock is the point
         "begins: found 2026-01-01 00:00:00, expected a moment with its offset"),
    ],
)  # fmt: skip
def test_every_kind_of_misfit_has_its_sentence(kind: type[Record], row: dict[str, Any], said: str) -> None:
    """No word of the checker, and no more of the value than an editor needs."""
    with pytest.raises(Misfit) as caught:
        build(kind, row)
    assert str(caught.value) == said
    assert caught.value.field == said.partition(":")[0]
