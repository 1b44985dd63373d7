"""What an origin says of itself, read as a monitoring system reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from small_origin import get

CARD = "8122334455667788"
"""The number of a card that must be found nowhere."""


def scrape(port: int) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample of ``/metrics`` by name and labels."""
    answer = get(port, "/metrics")
    assert answer.status == 200 and answer.fields["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.body.decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def value(port: int, name: str, labels: Mapping[str, str] | None = None) -> float:
    """One sample; 0 when it is not there."""
    return scrape(port).get((name, tuple(sorted((labels or {}).items()))), 0.0)


def workers_of(process: int) -> list[int]:
    """The ids of a process's children."""
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
