"""Which alerts hold at a moment: updates, cancellations and expiry followed through ``references``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from feeds.records import Alert


def in_force(alerts: Iterable[Alert], moment: datetime) -> list[Alert]:
    """The actual alerts that nobody replaced, cancelled or outlived at ``moment``, newest first.

    CAP 1.2, 3.2.1: ``references`` names earlier messages as ``sender,identifier,sent``; an Update or a Cancel takes
    them off, whether or not it is itself still in force. Exercises, tests and drafts are never in force.
    """
    heard = [alert for alert in alerts if alert.status == "Actual" and alert.sent <= moment]
    gone = {key for alert in heard if alert.message in ("Update", "Cancel") for key in map(_key, alert.references)}
    found = [
        alert
        for alert in heard
        if alert.message in ("Alert", "Update")
        and (alert.sender.strip(), alert.identifier.strip()) not in gone
        and (alert.expires is None or alert.expires > moment)
    ]
    return sorted(found, key=lambda alert: (alert.sent, alert.id), reverse=True)


def _key(reference: str) -> tuple[str, str]:
    """Sender and identifier of a reference; the identifier may itself hold commas, the other two parts may not."""
    sender, _, rest = reference.partition(",")
    identifier, _, _sent = rest.rpartition(",")
    return sender.strip(), (identifier or rest).strip()
