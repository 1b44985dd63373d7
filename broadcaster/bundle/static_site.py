"""A release as plain files that any web server or CDN can serve: the folder that ``channel pull`` keeps, made here."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from broadcaster.bundle import pack_format
from broadcaster.bundle.earlier import EarlierTree, Index
from broadcaster.bundle.pack_writer import Progress, write_pack
from broadcaster.bundle.pulled_folder import Home
from broadcaster.bundle.selection import Selection
from channel.batch.painting import BatchPainter
from channel.folder import Channel
from channel.release import Store
from feeds.base.errors import ChannelError, NotFound

ROWS = "painted.msgpack"
"""In the folder's private part: what led to which files."""


def publish_static(
    store: Store,
    channel: Channel,
    folder: Path,
    *,
    release: str = "",
    select: Sequence[str] = (),
    progress: Progress | None = None,
) -> tuple[str, int]:
    """Make ``folder/current`` what the channel's bundles carry (or what ``select`` names: families of boxes, towns) of
    the release on air (or ``release``); gives its id and how many paths it has. What was painted for the tree before is
    taken over.

    The switch is one step; assets of the release before stay for a day, and its tree until the next. Raises NotFound
    without a release, StoreError for damage, BusyError when another one writes there, ChannelError for the disk.
    """
    wanted = store.release(release) if release else store.current()
    if wanted is None:
        raise NotFound("release: found none, expected one on air", hint="make one with `channel build`")
    home = Home(folder.absolute())
    selection = Selection.of(channel, select)
    try:
        with home.locked(), tempfile.TemporaryFile(dir=home.private) as pack:
            rows = home.private / ROWS
            earlier = EarlierTree(Index.load(rows), home.pool)
            with BatchPainter(store, wanted, channel.settings.render) as painter:
                _, index = write_pack(
                    wanted, selection, painter.paint, pack, earlier, plain=True, progress=progress
                )  # fmt: skip
            pack.seek(0)
            tree, _ = home.unpack(pack, pack_format.Limits())
            name, paths = home.install(tree, wanted.id)
            before = home.serving
            home.carry(name, time.time())
            home.switch(name)
            home.prune({name, before})
            Index(rows=index.rows).save(rows)
    except OSError as error:
        raise ChannelError(f"{folder}: {error.strerror or error}", hint="`current` is as it was") from None
    return wanted.id, paths
