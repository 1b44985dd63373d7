"""CAP messages for tests: whole by themselves, and without whatever a test takes away."""

from __future__ import annotations

from datetime import UTC, datetime

from feeding import source

from feeds.formats import Document
from feeds.formats.cap import parse
from feeds.records import Alert

SENDER = "met@example.cn"
NOON = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)
"""2026-11-29T12:00+08:00."""
BOX = "31.0,121.3 31.0,121.5 31.2,121.5 31.2,121.3 31.0,121.3"


def at(clock: str, day: int = 29) -> str:
    """``08:00`` on the day as CAP writes it."""
    return f"2026-11-{day:02}T{clock}:00+08:00"


def area(shapes: str = f"<polygon>{BOX}</polygon>", words: str = "甲") -> str:
    return f"<area><areaDesc>{words}</areaDesc>{shapes}</area>"


def info(event: str = "大风", severity: str = "Severe", *, language: str = "zh-CN", areas: str | None = None,
         more: str = "", headline: str = "") -> str:  # fmt: skip
    tag = f"<language>{language}</language>" if language else ""
    return (
        f"<info>{tag}<category>Met</category><event>{event}</event><urgency>Expected</urgency>"
        f"<severity>{severity}</severity><certainty>Likely</certainty>{more}"
        f"<headline>{headline or event + severity}</headline>{area() if areas is None else areas}</info>"
    )


def message(ident: str, kind: str = "Alert", *infos: str, sent: str = at("08:00"), sender: str = SENDER,
            references: str = "", status: str = "Actual", scope: str = "Public", without: str = "") -> str:  # fmt: skip
    """An alert; ``without`` names elements to leave out. A Cancel has no info by itself."""
    parts = {"identifier": ident, "sender": sender, "sent": sent, "status": status, "msgType": kind, "scope": scope,
             "references": references}  # fmt: skip
    body = "".join(f"<{k}>{v}</{k}>" for k, v in parts.items() if k not in without.split() and v)
    infos = infos or (() if kind == "Cancel" or "info" in without.split() else (info(),))
    return f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">{body}{"".join(infos)}</alert>'


def names(ident: str, sent: str = at("08:00"), sender: str = SENDER) -> str:
    return f"{sender},{ident},{sent}"


def feed(*messages: str) -> str:
    entries = "".join(f'<entry><content type="text/xml">{text}</content></entry>' for text in messages)
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'


def read(*messages: str, moment: datetime = NOON, **options: object) -> list[Alert]:
    """The records of one index that holds these messages."""
    document = Document(url="http://example.org/entry", body=feed(*messages).encode())
    parsed = parse([document], source("cap", options=options), moment)
    return [record for record in parsed.records if isinstance(record, Alert)]


def problems(*messages: str, **options: object) -> list[str]:
    document = Document(url="http://example.org/entry", body=feed(*messages).encode())
    return [problem.reason for problem in parse([document], source("cap", options=options), NOON).problems]
