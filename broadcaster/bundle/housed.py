"""What a bundle carries, painted by the painters that are there: they have the memory that others would need again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from broadcaster.bundle.earlier import Held
from broadcaster.bundle.pack_format import content_hash
from broadcaster.painters import CHECK, Ask, Client, PaintedPage
from broadcaster.painters.squeeze import gunzip
from channel.batch.jobs import Result, Row, Want
from channel.estates import DISTRICT
from channel.paint.addresses import SCRIPTS
from channel.release.reading import Release
from feeds.base.errors import RenderError

HOUSE = "processes"
"""The ``[render] executor`` that means this machine's own painters, where there are any."""
_WITHIN_S = 60.0


class HousePainter:
    """Paints what a release says by the house of a state folder. Use as ``channel.batch.painting.BatchPainter`` is."""

    def __init__(self, state: Path, release: Release) -> None:
        self._client, self._release = Client(state), release

    def __enter__(self) -> HousePainter:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def is_there(self) -> bool:
        """Whether somebody paints."""
        counts = self._client.counts()
        return counts is not None and bool(counts.painters)

    def paint(self, pages: Iterable[tuple[str, Sequence[Want]]]) -> Iterator[tuple[str, Result]]:
        """What is wanted of each page. Raises RenderError when the painters go away, or nothing comes of a thing."""
        wanted: dict[bytes, str] = {}

        def asks() -> Iterator[Ask]:
            for page, wants in pages:
                for want in wants:
                    wanted[want.key] = page
                    yield self._ask(page, want)

        for ask, answer in self._client.ask_all(asks()):
            if answer.page is None:
                raise RenderError(f"{ask.name} for {ask.profile}: {answer.status}", hint="the next bundle tries again")
            files: Held = {}
            row = _row(answer.page, files)
            yield wanted[ask.key], Result({ask.key: row}, files)

    def _ask(self, page: str, want: Want) -> Ask:
        name = SCRIPTS[0] if not want.estate else f"i/{page}.{want.item}.html" if want.item else f"{page}.html"
        estate = want.estate or DISTRICT
        return Ask(
            0, want.key, self._release.id, want.profile, estate, name, CHECK,
            within=_WITHIN_S, pictures=True, kept=False,
        )  # fmt: skip


def _row(page: PaintedPage, files: Held) -> Row:
    def kept(body: bytes) -> str:
        name = content_hash(body)
        files[name] = body
        return name

    assets = {name: kept(picture.data) for name, picture in page.pictures.items()}
    names = {
        name: assets[file.location.rpartition("/")[2]]
        if file.location
        else kept(gunzip(file.stored) if file.packed else file.stored)
        for name, file in page.documents.items()
    }
    # What is not to be had now may be the trouble of a moment: it is looked at again.
    return Row(names, assets, page.shown, page.findings, lasting=page.shown != "unsaid")
