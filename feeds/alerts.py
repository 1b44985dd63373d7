"""Which alerts hold at a moment: updates, cancellations and expiry followed through ``references``.

What is in force follows from the set of messages alone: their order and how often each was read never matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from feeds.base.clock import as_utc
from feeds.records import Alert

ACTUAL = frozenset({"Actual"})
Reason: TypeAlias = Literal[
    "", "status", "ahead", "ack", "cancel", "empty", "cancelled", "updated", "expired", "lapsed", "effective"
]
"""Why an alert is not in force; "" when it is."""

_ZONES = timedelta(hours=14)
"""How far apart two readings of one moment can be that differ in their zone: the widest offset there is."""
_REMEMBERED = timedelta(days=30)
_END = datetime.max.replace(tzinfo=UTC)
_Key: TypeAlias = tuple[str, str, str]
"""Status, sender and identifier: what drills say never touches what is real."""


class Verdict(NamedTuple):
    """Whether an alert is in force; ``by`` is the message that ended it, ``ignored`` one that named it and may not."""

    alert: Alert
    reason: Reason
    by: Alert | None = None
    ignored: Alert | None = None


def in_force(alerts: Iterable[Alert], moment: datetime, statuses: Collection[str] = ACTUAL) -> list[Alert]:
    """The alerts of these statuses that nobody replaced, cancelled or outlived at ``moment``, newest first."""
    return [verdict.alert for verdict in judged(alerts, moment, statuses) if not verdict.reason]


def judged(alerts: Iterable[Alert], moment: datetime, statuses: Collection[str] = ACTUAL) -> list[Verdict]:
    """For every alert whether it is in force at ``moment`` and why not, newest first.

    CAP 1.2, 3.2.1: ``references`` names earlier messages as ``sender,identifier,sent``; an Update or a Cancel takes
    them off for good, whether or not it is itself still in force, an Update from its ``effective`` on. Only the sender
    itself ends its messages, or one that the source lets speak for it.
    """
    every = list(alerts)
    ends = _Ends(every, moment)
    found = [_judge(alert, moment, statuses, ends) for alert in every]
    return sorted(found, key=lambda verdict: (_sent(verdict.alert), verdict.alert.id), reverse=True)


def same_message(alert: Alert) -> tuple[str, str, datetime | None, str]:
    """What tells a message from all others: sender, identifier and the instant it was sent; else what it names."""
    sent = _instant(alert.sent)
    return _fold(alert.sender), "".join(alert.identifier.split()), sent, "" if sent else " ".join(alert.references)


def remembered(
    before: Sequence[Alert], read: Sequence[Alert], moment: datetime, *, complete: bool, most: int, unlisted: bool
) -> tuple[Alert, ...]:
    """What a source has said: the alerts ``read`` now, and those of ``before`` that still count.

    An index may drop a message before its time. A warning with ``expires`` holds until then, whatever the index lists
    (with ``unlisted``; without, it leaves with its entry); one without leaves with its entry, unless the index was not
    read to its end (``complete``). An Update or Cancel is remembered for 30 days, so that nothing it ended comes back.
    At most ``most`` alerts, newest first to stay.
    """
    known = {same_message(alert): alert.heard for alert in before if alert.heard}
    # The earlier of both: a clock that was set back must not keep silent what came before it was.
    now = [_heard(alert, min(known.get(same_message(alert), moment), moment), moment) for alert in read]
    there = {same_message(alert) for alert in read}
    kept = [
        _slim(alert, moment)
        for alert in before
        if same_message(alert) not in there and _counts(alert, moment, complete=complete, unlisted=unlisted)
    ]
    kept.sort(key=lambda alert: (alert.message == "Cancel", _sent(alert), alert.id), reverse=True)
    return (*now, *kept[: max(0, most - len(now))])


def _heard(alert: Alert, at: datetime, moment: datetime) -> Alert:
    """A message that lies here was sent, whatever its date says: one that is dated ahead counts from its coming on."""
    if alert.sent is not None and alert.sent <= moment:
        return alert
    return msgspec.structs.replace(alert, heard=at)


def _counts(alert: Alert, moment: datetime, *, complete: bool, unlisted: bool) -> bool:
    said = alert.heard or alert.sent
    if said is not None and said + _REMEMBERED <= moment:
        return False
    if alert.message in ("Update", "Cancel"):
        return True
    if alert.expires is None:
        return not complete and (alert.lapses is None or alert.lapses > moment)
    return alert.expires > moment and (unlisted or not complete)


def _slim(alert: Alert, moment: datetime) -> Alert:
    """What is only remembered for what it ended, without its long parts."""
    if alert.message == "Cancel" or (alert.expires is not None and alert.expires <= moment):
        return msgspec.structs.replace(alert, description="", instruction="", areas=())
    return alert


def _judge(alert: Alert, moment: datetime, statuses: Collection[str], ends: _Ends) -> Verdict:
    if alert.message == "Cancel":
        return Verdict(alert, "cancel")
    if alert.message not in ("Alert", "Update"):
        return Verdict(alert, "ack")
    if alert.status not in statuses:
        return Verdict(alert, "status")
    if not _is_heard(alert, moment):
        return Verdict(alert, "ahead")
    by, ignored = ends.of(alert), ends.ignored(alert)
    if by is not None:
        return Verdict(alert, "cancelled" if by.message == "Cancel" else "updated", by)
    return Verdict(alert, _over(alert, moment), None, ignored)


def _over(alert: Alert, moment: datetime) -> Reason:
    if not (alert.headline or alert.event):
        return "empty"
    if alert.expires is not None and alert.expires <= moment:
        return "expired"
    if alert.expires is None and alert.lapses is not None and alert.lapses <= moment:
        return "lapsed"
    return "effective" if alert.effective is not None and alert.effective > moment else ""


class _Ends:
    """What the Updates and Cancels heard at a moment end, in one walk over them.

    A reference means the message of its sender and identifier that was sent at that instant. One without a readable
    instant means every one of that identifier sent before it. One whose instant is off by no more than zones are apart
    means the identifier's only message: identifiers are unique (CAP 1.2, 3.2.1), and a slip of the zone must not keep a
    cancelled warning on air.
    """

    def __init__(self, alerts: Sequence[Alert], moment: datetime) -> None:
        self._ends: dict[_Key, dict[datetime | None, dict[str, Alert]]] = {}
        self._ignored: dict[_Key, Alert] = {}
        self._editions: dict[_Key, set[datetime | None]] = {}
        self._ranks = _ranks(alerts)
        for alert in alerts:
            if alert.message in ("Alert", "Update"):
                self._editions.setdefault(_key(alert), set()).add(_instant(alert.sent))
            if _speaks(alert, moment):
                self._take(alert)

    def of(self, alert: Alert) -> Alert | None:
        """The message that ended ``alert``: the latest Cancel, else the latest Update; None: nobody did."""
        named = self._ends.get(_key(alert))
        if named is None:
            return None
        sent = _instant(alert.sent)
        found = [by for by in named.get(sent, {}).values() if sent is not None and self._follows(by, alert, to=True)]
        only = len(self._editions[_key(alert)]) == 1
        for at, enders in named.items() if only else [(None, named.get(None, {}))]:
            if at is None or sent is None or (at != sent and abs(at - sent) <= _ZONES):
                found += [by for by in enders.values() if self._follows(by, alert, to=False)]
        return max(found, key=lambda by: (by.message == "Cancel", self._order(by)), default=None)

    def ignored(self, alert: Alert) -> Alert | None:
        """A message that names ``alert`` and comes from somebody who may not end it."""
        return self._ignored.get(_key(alert))

    def _take(self, ender: Alert) -> None:
        for sender, identifier, at in _named(ender):
            key = ender.status, _fold(sender), _fold(identifier)
            if not _may_end(ender, sender):
                self._ignored[key] = max(ender, self._ignored.get(key, ender), key=self._order)
                continue
            enders = self._ends.setdefault(key, {}).setdefault(at, {})
            enders[ender.message] = max(ender, enders.get(ender.message, ender), key=self._order)

    def _follows(self, ender: Alert, alert: Alert, *, to: bool) -> bool:
        """Whether a message that names ``alert``, ``to`` the instant or not, may end it.

        A Cancel knows what it names to the instant, whatever its own date says. Of Updates that name each other the
        last one stays.
        """
        if ender.message == "Cancel" and (to or alert.sent is None):
            return True
        return self._order(ender) > self._order(alert)

    def _order(self, alert: Alert) -> tuple[datetime, bool, int, str, str]:
        """Messages in the order of time, an Alert before what speaks of it. The events of one message are equal."""
        sender, identifier = _fold(alert.sender), _fold(alert.identifier)
        sent = _instant(alert.sent)
        rank = self._ranks.get((alert.status, sender, identifier, sent), 0)
        return sent or _END, alert.message != "Alert", rank, sender, identifier


def _ranks(alerts: Iterable[Alert]) -> dict[tuple[str, str, str, datetime | None], int]:
    """A place for each Update among those that its sender sent in the same second: later than all that it names.

    Where they name each other in a ring, the last by name is the latest.
    """
    groups: dict[tuple[str, str, datetime | None], dict[str, set[str]]] = {}
    for alert in alerts:
        if alert.message == "Update":
            group = groups.setdefault((alert.status, _fold(alert.sender), _instant(alert.sent)), {})
            named = group.setdefault(_fold(alert.identifier), set())
            named.update(_fold(identifier) for _, identifier, _ in _named(alert))
    return {
        (status, sender, identifier, sent): len(group) - place
        for (status, sender, sent), group in groups.items()
        if len(group) > 1
        for place, identifier in enumerate(_latest_first(group))
    }


def _latest_first(group: Mapping[str, set[str]]) -> list[str]:
    """The identifiers, each before those that it names (Kahn 1962), rings cut at their last name."""
    waiting = Counter(name for identifier, names in group.items() for name in names if name != identifier)
    ready = [identifier for identifier in group if not waiting[identifier]]
    heapify(ready)
    rest = sorted(group)
    found: dict[str, None] = {}
    while len(found) < len(group):
        identifier = heappop(ready) if ready else rest.pop()
        if identifier in found:
            continue
        found[identifier] = None
        for name in group[identifier] - {identifier}:
            waiting[name] -= 1
            if not waiting[name] and name in group:
                heappush(ready, name)
    return list(found)


def _speaks(alert: Alert, moment: datetime) -> bool:
    """Whether the alert ends others at ``moment``; an Update that has yet to take effect leaves no gap before it."""
    if alert.message == "Cancel":
        return _is_heard(alert, moment)
    early = alert.effective is not None and alert.effective > moment
    return alert.message == "Update" and _is_heard(alert, moment) and not early


def _is_heard(alert: Alert, moment: datetime) -> bool:
    return alert.sent is None or alert.sent <= moment or (alert.heard is not None and alert.heard <= moment)


def _may_end(ender: Alert, sender: str) -> bool:
    allowed = {_fold(name) for name in (ender.sender, *ender.speaks_for)}
    return _fold(sender) in allowed or "*" in ender.speaks_for


def _named(alert: Alert) -> Iterator[tuple[str, str, datetime | None]]:
    """Sender, identifier and instant of each reference; without any, the earlier messages of the same identifier.

    The identifier may itself hold commas, the other two parts may not.
    """
    if not alert.references:
        yield alert.sender, alert.identifier, None
    for reference in alert.references:
        sender, _, rest = reference.partition(",")
        identifier, _, sent = rest.rpartition(",")
        yield sender, identifier or rest, _read(sent)


def _read(text: str) -> datetime | None:
    try:
        return _instant(as_utc(datetime.fromisoformat(text.strip())))
    except (ValueError, OverflowError):
        return None


def _instant(moment: datetime | None) -> datetime | None:
    """To the second, in UTC: the same moment however it is written."""
    return None if moment is None else moment.astimezone(UTC).replace(microsecond=0)


def _key(alert: Alert) -> _Key:
    return alert.status, _fold(alert.sender), _fold(alert.identifier)


def _fold(text: str) -> str:
    """Names as they are compared: no spaces, no case."""
    return "".join(text.casefold().split())


def _sent(alert: Alert) -> datetime:
    return alert.sent or alert.heard or alert.effective or alert.onset or _END
