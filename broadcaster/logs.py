"""Structured logs: one event a line with its fields, for people (``key=value``) or for machines (JSON lines).

An event is a constant sentence; what varies goes into fields: ``log.info("gathered", extra={"source": "buses"})``.
Lines go to standard error. Fields hold ids and figures, never payloads, card numbers or query strings.
"""

from __future__ import annotations

import json as codec
import logging
import sys
from collections.abc import Iterator
from typing import Any

from feeds.base.clock import SystemClock, local

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_QUIET = ("urllib3", "PIL", "fontTools", "alembic", "tuf")
_SILENT = ("apscheduler",)
"""Loggers that warn of what harms nothing: a job that is still running when it is due again is run the next time."""


def fields(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    """The fields given by ``extra``, in the order given."""
    return ((key, value) for key, value in vars(record).items() if key not in _OWN and not key.startswith("_"))


class ConsoleFormatter(logging.Formatter):
    """``14:05:09 INFO    gathered source=buses count=412``."""

    def format(self, record: logging.LogRecord) -> str:
        moment = local(SystemClock().now())
        pairs = "".join(f" {key}={_plain(value)}" for key, value in fields(record))
        line = f"{moment:%H:%M:%S} {record.levelname:<7} {_one_line(record.getMessage())}{pairs}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ``at``, ``level``, ``logger``, ``event``, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": SystemClock().now().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        entry.update(fields(record))
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return codec.dumps(entry, ensure_ascii=False, default=str)


def configure(*, json: bool = False, verbose: bool = False) -> None:
    """Send every logger of this process to standard error, as JSON lines or for people; ``verbose`` adds debug."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if json else ConsoleFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    for names, level in ((_QUIET, logging.WARNING), (_SILENT, logging.ERROR)):
        for name in names:
            logging.getLogger(name).setLevel(logging.INFO if verbose else level)


def _plain(value: Any) -> str:
    text = _one_line(str(value))
    return codec.dumps(text, ensure_ascii=False) if not text or any(c in text for c in ' "=') else text


def _one_line(text: str) -> str:
    """A value from outside must not forge a second line of log."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
