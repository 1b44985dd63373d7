"""What commands print: tables and progress, with Rich in a terminal and as plain lines everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
    """Print rows under their column heads; tab-separated without heads decoration where no terminal listens."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        drawn = Table(title=title or None, title_justify="left")
        for column in columns:
            drawn.add_column(column)
        for row in rows:
            drawn.add_row(*(Text(str(cell)) for cell in row))
        Console().print(drawn)
        return
    print("\t".join(columns))
    for row in rows:
        print("\t".join(" ".join(str(cell).split()) for cell in row))


class Bar:
    """A progress bar on standard error, used as a context; without a terminal, a line at each tenth."""

    def __init__(self, what: str, total: int = 0) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._rich: Any = None
        self._task: Any = None
        self._printed = 0

    def __enter__(self) -> Bar:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._rich = Progress(*columns, console=Console(stderr=True), transient=True)
            self._rich.start()
            self._task = self._rich.add_task(self._what, total=self._total or None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._rich is not None:
            self._rich.stop()

    def step(self, words: str = "") -> None:
        """One more is done."""
        self.at(self._done + 1, self._total, words)

    def at(self, done: int, total: int, words: str = "") -> None:
        """``done`` of ``total`` are done."""
        self._done, self._total = done, total
        if self._rich is not None:
            self._rich.update(self._task, completed=done, total=total, description=f"{self._what} {words}")
        elif total and done * 10 // total != self._printed:
            self._printed = done * 10 // total
            print(f"{self._what}: {done}/{total} {words}".rstrip(), file=sys.stderr)


def ago(seconds: float) -> str:
    """A duration in one figure and unit: ``40 s``, ``12 min``, ``3 h``, ``5 d``."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
