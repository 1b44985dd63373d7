"""What commands print: tables and progress, with Rich in a terminal and as plain lines everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

Advance = Callable[[str], None]
"""Called with a few words after each step."""


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


@contextmanager
def progress(what: str, total: int) -> Iterator[Advance]:
    """A bar of ``total`` steps on standard error; without a terminal a line at each tenth."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda words: bar.update(task, advance=1, description=f"{what} {words}")
        return
    yield _plain_progress(what, total)


def _plain_progress(what: str, total: int) -> Advance:
    done = 0

    def advance(words: str) -> None:
        nonlocal done
        before, done = done, done + 1
        if total and before * 10 // total != done * 10 // total:
            print(f"{what}: {done}/{total} {words}".rstrip(), file=sys.stderr)

    return advance


def ago(seconds: float) -> str:
    """A duration in one figure and unit: ``40 s``, ``12 min``, ``3 h``, ``5 d``."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
