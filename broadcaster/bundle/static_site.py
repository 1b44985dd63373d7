"""A release as plain files that any web server or CDN can serve: the folder that ``channel pull`` keeps, made here."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from broadcaster.bundle import pack_format, pack_writer
from broadcaster.bundle.pulled_folder import Home
from channel.release import Store
from feeds.base.errors import ChannelError, NotFound


def publish_static(store: Store, folder: Path, *, release: str = "", first: str = "") -> tuple[str, int]:
    """Make ``folder/current`` the release on air (or ``release``); gives its id and how many paths it has.

    The switch is one step; assets of the release before stay for a day, and its tree until the next. ``first`` is the
    profile that ``index.html`` leads to. Raises NotFound without a release, StoreError for damage, BusyError when
    another one writes there, ChannelError for the disk.
    """
    wanted = store.release(release) if release else store.current()
    if wanted is None:
        raise NotFound("release: found none, expected one on air", hint="make one with `channel build`")
    home = Home(folder.absolute())
    try:
        with home.locked(), tempfile.TemporaryFile(dir=home.private) as pack:
            pack_writer.write_tar(store, wanted, pack, first)
            pack.seek(0)
            tree, _ = home.unpack(pack, pack_format.Limits())
            name, paths = home.install(tree, wanted.id)
            before = home.serving
            home.carry(name, time.time())
            home.switch(name)
            home.prune({name, before})
    except OSError as error:
        raise ChannelError(f"{folder}: {error.strerror or error}", hint="`current` is as it was") from None
    return wanted.id, paths
