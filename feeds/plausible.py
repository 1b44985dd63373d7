"""Prices that cannot be: a feed that counts in cents from today on, a row that lost its decimal point.

A price is held against what the last snapshot had for the same thing in the same unit, and against what other markets
ask for it in this one. Both are the source's own words: no table of ours says what pork costs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from statistics import median

import msgspec

from feeds.formats.base import Parsed
from feeds.records import Price, Problem
from feeds.source import Snapshot

FAR = 20.0
"""How many times dearer or cheaper no price becomes from one gathering to the next, nor is from market to market."""
_ENOUGH = 3
"""Prices that make a rule."""


def doubt(parsed: Parsed, last: Snapshot | None) -> str:
    """Why the prices of a whole feed are not believed; "" when they are."""
    ratios = [now.value / before.value for now, before in _again(parsed, last) if now.value and before.value]
    if len(ratios) < _ENOUGH or not _is_far(found := median(ratios)):
        return ""
    times = f"{found:.0f} times" if found > 1 else f"a {1 / found:.0f}th of"
    return f"prices are about {times} those before"


def without_slips(parsed: Parsed, last: Snapshot | None) -> Parsed:
    """What was read, without the prices that are a slip: each is a problem instead, with what was expected."""
    expected = {now.id: before.value for now, before in _again(parsed, last)}
    asked: dict[tuple[str, str], list[float]] = defaultdict(list)
    for price in _prices(parsed.records):
        asked[price.item, price.unit].append(price.value or 0.0)
    slips: dict[str, Problem] = {}
    for price in _prices(parsed.records):
        others = asked[price.item, price.unit]
        known = expected.get(price.id) or (median(others) if len(others) > _ENOUGH else None)
        if known and price.value and _is_far(price.value / known):
            reason = f"value: found {price.value:g}, expected about {known:g}"
            slips[price.id] = Problem(position=f"{price.item} {price.market}".strip()[:200], reason=reason)
    if not slips:
        return parsed
    records = tuple(record for record in parsed.records if record.id not in slips)
    return msgspec.structs.replace(parsed, records=records, problems=(*parsed.problems, *slips.values()))


def _again(parsed: Parsed, last: Snapshot | None) -> Iterator[tuple[Price, Price]]:
    """The prices that there were before, in the same unit: now, and then."""
    before = {price.id: price for price in _prices(last.records if last else ())}
    for price in _prices(parsed.records):
        known = before.get(price.id)
        if known is not None and known.unit == price.unit:
            yield price, known


def _prices(records: tuple[object, ...]) -> Iterator[Price]:
    return (record for record in records if isinstance(record, Price) and record.value)


def _is_far(ratio: float) -> bool:
    return ratio >= FAR or ratio <= 1 / FAR
