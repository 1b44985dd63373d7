"""Everything of some families and estates painted: jobs over a crew, results by the key of each thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType

import msgspec

from channel.batch import engines, jobs
from channel.batch.crew import Crew
from channel.batch.jobs import Job, Result, Row, Want
from channel.fingerprint import engine
from channel.paint.output import Finding
from channel.release import Release, Store
from channel.release.objects import BOOK, MAP
from channel.settings import Render
from feeds.base.errors import ChannelError

MOST_WANTS = 256
"""Of a job: many share their rows best (a worker paints a row once), few keep all workers busy and cost little when a
worker dies."""


class BatchPainter:
    """Paints what a release says by whoever ``[render]`` names. Use as a context; its workers end with it."""

    def __init__(self, store: Store, release: Release, render: Render) -> None:
        self._store, self._release = store, release
        workers = render.workers or engines.cores()
        self._crew = Crew(lambda: engines.open_executor(render.executor, workers), jobs.run, workers)
        self._declared = store.object(MAP, bytes.fromhex(release.root.declared)) if release.root.declared else b""

    def __enter__(self) -> BatchPainter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._crew.close()

    def paint(
        self, pages: Iterable[tuple[str, Sequence[Want]]], *, bodies: bool = True
    ) -> Iterator[tuple[str, Result]]:
        """What is wanted of each of ``pages`` ("" for scripts), some at a time, in any order. What killed its worker is
        done again one by one, and is a fault of its own if it does so again."""
        sent: list[Job] = []

        def packed(wanted: Iterable[Job]) -> Iterator[bytes]:
            for job in wanted:
                sent.append(job)
                yield jobs.encode(job)

        lost: list[Job] = []
        for number, result in self._crew.run(packed(self._jobs(pages, bodies))):
            if isinstance(result, Exception):
                lost.append(sent[number])
            else:
                yield sent[number].page, jobs.decode_result(result)
            # A job holds the words of its page: thousands of them are not kept.
            sent[number] = Job("", b"", sent[number].page, b"", (), ())
        singles = [msgspec.structs.replace(job, wants=(want,)) for job in lost for want in job.wants]
        sent = []
        for number, result in self._crew.run(packed(singles)):
            job = singles[number]
            if isinstance(result, Exception):
                lost_row = Row(shown="nothing", findings=(_lost(job.page, result),), lasting=False)
                yield job.page, Result({job.wants[0].key: lost_row})
            else:
                yield job.page, jobs.decode_result(result)

    def _jobs(self, pages: Iterable[tuple[str, Sequence[Want]]], bodies: bool) -> Iterator[Job]:
        root = self._release.root
        for page, wants in pages:
            name = root.map_of(page)
            map_ = self._store.object(MAP, bytes.fromhex(name)) if name else b""
            books = tuple(self._store.object(BOOK, key) for key in self._release.map(page).books) if name else ()
            for first in range(0, len(wants), MOST_WANTS):
                yield Job(engine(), self._declared, page, map_, books, tuple(wants[first : first + MOST_WANTS]), bodies)


def _lost(page: str, error: Exception) -> Finding:
    sentence = error.message if isinstance(error, ChannelError) else f"{type(error).__name__}: {error}"
    return Finding(level="fault", page=page, screen=0, element="", sentence=sentence)
