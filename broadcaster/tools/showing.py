"""One page rendered by itself, for a person or a test to look at: from the archive, or from a folder of records."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import make_url

from broadcaster.places import STORE
from channel import preflight
from channel.declared import unpack_folder
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.overlay import NONE
from channel.paint.output import Rendered
from channel.painting import choose
from channel.release import Store
from channel.release.objects import MAP
from channel.release.reading import Release
from channel.render import Renderer
from channel.views.content import Album
from feeds.archive import Archive
from feeds.base.errors import NotFound, PersonError
from feeds.base.toml import nearest
from feeds.folder import read_records
from feeds.source import Snapshot

RECORDS = "records"
"""The folder of a channel's first records, beside ``channel.toml``."""


def render_page(
    channel: Channel, page: str, estate: str, profile: str, moment: datetime, records: Path | None = None
) -> Rendered:
    """The page with preflight's findings, every asset that it needs, and the script. Touches neither store nor archive.

    Raises NotFound for a page, estate or profile that is not there, PersonError for a folder that is not there.
    """
    declared = channel.lineup.page(page)
    if estate != DISTRICT and estate not in channel.estates:
        raise NotFound(f"estate: found {estate!r}, which is not in estates.csv{nearest(estate, channel.estates)}")
    renderer = Renderer(channel)
    snapshots = snapshots_at(channel, set(declared.sources.values()), moment, records)
    rendered = renderer.page(page, estate, profile, snapshots, moment, album=album_of(channel))
    inspected = preflight.inspect(rendered, channel.lineup, channel.estates, renderer.profiles[profile])
    documents = (*inspected.documents, *renderer.scripts(profile))
    return msgspec.structs.replace(inspected, documents=documents)


def painted_page(channel: Channel, release: Release, page: str, estate: str, profile: str) -> Rendered:
    """The page as ``release`` says it, painted now: by its contents alone, whatever archive and time say by now; with
    its items, each of them what a box would be answered.

    Raises NotFound for what the release does not have, StoreError for contents that cannot be read.
    """
    then = declared_by(channel, release)
    if estate != DISTRICT and estate not in then.estates:
        raise NotFound(f"estate: found {estate!r}, which the release does not know{nearest(estate, then.estates)}")
    renderer = Renderer(then)
    parts = [choose(renderer, release, page, estate, profile)]
    parts += [choose(renderer, release, page, estate, profile, item) for item in release.item_ids(page)]
    documents = [document for part in parts for document in part.rendered.documents]
    return msgspec.structs.replace(
        parts[0].rendered,
        documents=(*documents, *renderer.scripts(profile)),
        assets={name: asset for part in parts for name, asset in part.rendered.assets.items()},
        findings=tuple(finding for part in parts for finding in part.findings),
    )


def declared_by(channel: Channel, release: Release) -> Channel:
    """The channel as ``release`` declares it, whatever its folder says by now, over the same state. Raises
    StoreError."""
    folder = Path(tempfile.mkdtemp(prefix="declared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = Store.open(channel.state / STORE)
    unpack_folder(store.object(MAP, bytes.fromhex(release.root.declared)), folder)
    return Channel.open(folder, channel.state, overlay=NONE)


def album_of(channel: Channel) -> Album:
    """The pictures of the channel's archive, which is opened when one is asked for."""

    def picture(key: str) -> bytes:
        archive = Archive.open(channel.archive_url)
        try:
            return archive.picture(key)
        finally:
            archive.close()

    return picture


def snapshots_at(
    channel: Channel, wanted: Iterable[str], moment: datetime, records: Path | None = None
) -> dict[str, Snapshot]:
    """What the sources said as of ``moment``: by ``records`` if given, else by the archive, and while the archive has
    nothing at all, by the channel's own first records."""
    ids = sorted(wanted)
    if records is None:
        kept = _archived(channel, ids, moment)
        if kept is not None:
            return kept
        records = channel.folder / RECORDS
        if not records.is_dir():
            return {}
    elif not records.is_dir():
        raise PersonError(f"{records}: no such folder", hint="--records names a folder with a file a source")
    found = ((ident, read_records(channel.sources[ident], records, moment, channel.datasets)) for ident in ids)
    return {ident: snapshot for ident, snapshot in found if snapshot is not None}


def _archived(channel: Channel, ids: list[str], moment: datetime) -> dict[str, Snapshot] | None:
    """The archive's snapshots, None when it has none of any source as of then."""
    database = make_url(channel.archive_url).database
    if channel.archive_url.startswith("sqlite") and not (database and Path(database).is_file()):
        return None
    archive = Archive.open(channel.archive_url)
    try:
        if not archive.latest_all(channel.sources, moment):
            return None
        return archive.latest_all(ids, moment)
    finally:
        archive.close()


def write(rendered: Rendered, out: Path) -> list[str]:
    """Write the documents under the names of their addresses, and ``assets/``; gives the documents' names.

    A redirect to a picture is written as that picture: in a folder there is nobody to redirect.
    """
    written = []
    for document in rendered.documents:
        path = out / document.name
        path.parent.mkdir(parents=True, exist_ok=True)
        body = document.body
        if document.location:
            name = document.location.rpartition("/")[2]
            body = rendered.assets[name].body
        path.write_bytes(body)
        written.append(document.name)
    (out / "assets").mkdir(parents=True, exist_ok=True)
    for name, asset in rendered.assets.items():
        (out / "assets" / name).write_bytes(asset.body)
    return written


def link_for_browsers(out: Path, profile: str, estate: str) -> Path:
    """Make ``out/view``, in which the documents' own references hold: the same files under the addresses they have."""
    view = out / "view"
    (view / profile).mkdir(parents=True, exist_ok=True)
    for link, target in ((view / "assets", "../assets"), (view / profile / estate, "../..")):
        if not link.is_symlink():
            link.symlink_to(target, target_is_directory=True)
    return view / profile / estate
