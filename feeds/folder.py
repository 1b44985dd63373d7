"""Records from a folder of raw files, for previews, replays and a first start with nothing gathered yet.

A source's file is called ``{source-id}.*`` and is in the source's own format. A format of several documents has a
folder ``{source-id}/``: its entry is the file whose name ends the source's address, else ``index.*``, else the first;
what it links to is found by the last part of the link.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from feeds.base.errors import ChannelError
from feeds.datasets import DatasetStore
from feeds.formats import Document, get, is_linked
from feeds.network.local import last_segment
from feeds.parsing import shared
from feeds.source import Snapshot, Source, records_digest

log = logging.getLogger(__name__)


def read_records(
    source: Source, folder: Path, moment: datetime, datasets: DatasetStore | None = None
) -> Snapshot | None:
    """The snapshot that the folder holds for ``source``; None when it holds none that can be read.

    ``datasets`` is where a dataset is put; without it the snapshot names none.

    ``observed`` is the feed's own ``updated`` where that is not after ``moment``, else ``moment``: same folder, same
    moment, same snapshot.
    """
    try:
        documents = _documents(source, folder)
        if not documents:
            return None
        parsed = shared().parse(source, documents, moment)
    except (ChannelError, OSError) as error:
        log.warning("source %s: %s: %s", source.id, folder, error)
        return None
    updated = parsed.updated
    return Snapshot(
        source=source.id,
        observed=updated if updated is not None and updated <= moment else moment,
        checked=moment,
        digest=records_digest(parsed.records),
        records=parsed.records,
        problems=parsed.problems,
        updated=updated,
        dataset=datasets.save(source.id, parsed.dataset) if datasets is not None and parsed.dataset else "",
    )


def _documents(source: Source, folder: Path) -> list[Document]:
    files = sorted(path for path in folder.glob(f"{source.id}.*") if path.is_file())
    if files:
        return [Document(url=source.url, body=files[0].read_bytes())]
    files = sorted(path for path in (folder / source.id).glob("*") if path.is_file())
    if not files:
        return []
    entry = _entry(source, files)
    documents = [Document(url=source.url, body=entry.read_bytes())]
    if not is_linked(get(source.format)):
        return documents
    by_name = {path.name: path for path in files}
    for url in shared().links(source, documents):
        path = by_name.get(last_segment(url))
        if path is not None:
            documents.append(Document(url=url, body=path.read_bytes()))
    return documents


def _entry(source: Source, files: list[Path]) -> Path:
    wanted = last_segment(source.url)
    named = next((path for path in files if path.name == wanted), None)
    return named or next((path for path in files if path.stem == "index"), files[0])
