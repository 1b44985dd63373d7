"""A job of rendering: one page for some estates and profiles. What is sent to a worker, and what comes back.

The worker opens the channel's folder by itself when it finds the same declarations there, else it unpacks those that
came with the job. Snapshots travel with the job. Nothing else is shared.
"""

from __future__ import annotations

import importlib
import io
import os
import shutil
import tarfile
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, cast

import msgspec
import zstandard

from channel.estates import DISTRICT
from channel.paint.output import Finding, PaintedDocument, Rendered
from channel.preflight import inspect
from channel.profiles import Profile, alike
from channel.release.artefact import Press
from channel.release.objects import key_of
from channel.settings import Channel
from feeds.base.errors import ChannelError, PersonError
from feeds.source import Snapshot

RENDERER = "channel.render:Renderer"
"""Where the renderer is: ``module:name`` of something that is called with a Channel."""
_FILES = ("channel.toml", "sources.toml", "lineup.toml", "estates.csv")
_MOST_SNAPSHOTS = 256


class Renderer(Protocol):
    """What a builder asks of ``channel.render.Renderer``."""

    profiles: Mapping[str, Profile]

    @property
    def fingerprint(self) -> str:
        """The hash of everything that rendered bytes depend on besides their inputs."""

    def page(
        self,
        number: str,
        estate: str,
        profile: str,
        snapshots: Mapping[str, Snapshot],
        moment: datetime,
        *,
        items: bool = True,
    ) -> Rendered:
        """A page for one estate and one profile, with its items or without. Raises ChannelError when it cannot be
        made."""

    def script(self, profile: str) -> PaintedDocument | None:
        """The script that every page of the profile names; None where there is none."""

    def unavailable(self, number: str, profile: str) -> Rendered:
        """A plain screen with a way back."""


class Job(msgspec.Struct, array_like=True):
    """What to render. ``snapshots`` are packed (``pack_snapshot``) by source id, ``declared`` the packed folder.

    ``folder`` and ``state`` are where they may be found too, empty for a worker that sees none of our disks.
    ``datasets`` are files that the snapshots name, None until a worker has said that it does not have them; what is
    not in it either is nowhere, and the views do without.
    """

    folder: str
    state: str
    digest: str
    declared: bytes
    renderer: str
    page: str
    estates: tuple[str, ...]
    profiles: tuple[str, ...]
    moment: datetime
    snapshots: dict[str, bytes]
    datasets: dict[str, bytes] | None = None


Sheets = tuple[tuple[str, bytes], ...]
"""Group (``201`` or ``i/201``) and key of its sheet."""


class Outcome(msgspec.Struct, array_like=True):
    """How one pair of estate and profile went.

    ``sheets`` are (group, key); ``plain`` are those of the plain screen that may stand in for the page, given for the
    district and with a page that is not sound.
    ``targets`` are links to items and to other estates, ``items`` the ids of the page's own items (district only).
    ``until`` is when to look again, in unix seconds, 0 for never.
    """

    profile: str
    estate: str
    sound: bool
    until: float
    sheets: Sheets
    findings: tuple[Finding, ...]
    targets: tuple[str, ...]
    items: tuple[str, ...]
    plain: Sheets = ()


class Result(msgspec.Struct, array_like=True):
    """Everything that a job gave: objects (kind, key, data), each once, and an outcome for each pair.

    ``missing`` names datasets without which the worker could not begin.
    """

    objects: list[tuple[int, bytes, bytes]]
    outcomes: list[Outcome]
    missing: tuple[str, ...] = ()


encode = msgspec.msgpack.Encoder().encode
_decode_job = msgspec.msgpack.Decoder(Job).decode
decode_result = msgspec.msgpack.Decoder(Result).decode
_decode_snapshot = msgspec.msgpack.Decoder(Snapshot).decode


def pack_snapshot(snapshot: Snapshot) -> bytes:
    """A snapshot for its journey to a worker."""
    return zstandard.ZstdCompressor(level=1).compress(encode(snapshot))


def pack_dataset(path: Path) -> bytes:
    """A dataset's file for its journey to a worker that has none of our folders."""
    return zstandard.ZstdCompressor(level=1).compress(path.read_bytes())


def pack_folder(channel: Channel) -> bytes:
    """The files that declare a channel, as one archive: what ``Channel.digest`` covers."""
    folder = channel.folder
    paths = [folder / name for name in _FILES] + sorted((folder / "profiles").glob("*.toml"))
    if channel.layouts:
        paths += sorted(path for path in channel.layouts.rglob("*") if path.is_file())
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path in paths:
            info = tarfile.TarInfo(path.relative_to(folder).as_posix())
            data = path.read_bytes()
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return zstandard.ZstdCompressor(level=3).compress(out.getvalue())


def unpack_folder(data: bytes, folder: Path) -> None:
    """Lay out in ``folder`` what ``pack_folder`` packed."""
    with tarfile.open(fileobj=io.BytesIO(zstandard.ZstdDecompressor().decompress(data))) as archive:
        archive.extractall(folder, filter="data")


def run(data: bytes) -> bytes:
    """Do a job: the function that an executor calls."""
    worker: _Worker | None = getattr(_THREAD, "worker", None)
    if worker is None:
        worker = _THREAD.worker = _Worker()
    return encode(worker.do(_decode_job(data)))


_THREAD = threading.local()
"""An engine may run several jobs of one process side by side; a renderer serves one thread."""


class _Worker:
    """What a worker keeps from job to job: the renderer of the channel it last worked for, and decoded snapshots."""

    def __init__(self) -> None:
        self._made: tuple[tuple[str, ...], Channel, Renderer] | None = None
        self._snapshots: OrderedDict[bytes, Snapshot] = OrderedDict()

    def do(self, job: Job) -> Result:
        """Render every pair; what goes wrong with one of them is its outcome's finding."""
        channel, renderer = self._open(job)
        snapshots = {source: self._snapshot(data) for source, data in job.snapshots.items()}
        missing = self._missing(channel, job, snapshots)
        if missing:
            return Result([], [], missing)
        rendering = _Rendering(channel, renderer, job, snapshots)
        # Estates outside, profiles inside: the view of an estate runs once and serves all profiles.
        groups = alike(renderer.profiles[name] for name in job.profiles)
        outcomes = [made for estate in job.estates for group in groups for made in rendering.pairs(estate, group)]
        return Result(rendering.press.pressed.objects, outcomes)

    def _open(self, job: Job) -> tuple[Channel, Renderer]:
        key = (job.folder, job.state, job.digest, job.renderer)
        if self._made is None or self._made[0] != key:
            channel = self._declared(job)
            self._made = (key, channel, make_renderer(job.renderer, channel))
        return self._made[1], self._made[2]

    def _declared(self, job: Job) -> Channel:
        """The channel of the job: from its folder, if that says the same here, else from what was sent."""
        with suppress(PersonError, OSError):
            if job.folder and (channel := Channel.open(Path(job.folder), Path(job.state))).digest == job.digest:
                return channel
        folder = Path(tempfile.mkdtemp(prefix="channel-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        unpack_folder(job.declared, folder)
        channel = Channel.open(folder)
        if channel.digest != job.digest:
            raise PersonError(f"worker {os.getpid()}: the declarations that came with the job are not those it names")
        return channel

    @staticmethod
    def _missing(channel: Channel, job: Job, snapshots: Mapping[str, Snapshot]) -> tuple[str, ...]:
        """Put the datasets that came with the job where views look for them; the names of those to ask for."""
        folder = channel.datasets_folder
        wanted = sorted({snapshot.dataset for snapshot in snapshots.values() if snapshot.dataset})
        missing = tuple(name for name in wanted if not (folder / name).exists())
        if job.datasets is None:
            return missing
        for name in set(missing) & set(job.datasets):
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / f"{name}.{os.getpid()}.part"
            temporary.write_bytes(zstandard.ZstdDecompressor().decompress(job.datasets[name]))
            temporary.replace(folder / name)
        return ()

    def _snapshot(self, data: bytes) -> Snapshot:
        key = key_of(data)
        found = self._snapshots.get(key)
        if found is None:
            found = self._snapshots[key] = _decode_snapshot(zstandard.ZstdDecompressor().decompress(data))
            if len(self._snapshots) > _MOST_SNAPSHOTS:
                self._snapshots.popitem(last=False)
        else:
            self._snapshots.move_to_end(key)
        return found


def make_renderer(reference: str, channel: Channel) -> Renderer:
    """The renderer that ``module:name`` makes of a channel."""
    module, _, name = reference.partition(":")
    make = cast("Callable[[Channel], Renderer]", getattr(importlib.import_module(module), name))
    return make(channel)


class _Rendering:
    """One job under way."""

    def __init__(self, channel: Channel, renderer: Renderer, job: Job, snapshots: Mapping[str, Snapshot]) -> None:
        self._channel = channel
        self._renderer = renderer
        self._job = job
        self._snapshots = snapshots
        self._known: dict[tuple[Any, ...], Sheets] = {}
        self.press = Press()

    def pairs(self, estate: str, profiles: tuple[str, ...]) -> list[Outcome]:
        """The outcomes of profiles that share their documents: rendered for the first, true of all."""
        made = self._pair(estate, profiles[0])
        return [made, *(msgspec.structs.replace(made, profile=profile) for profile in profiles[1:])]

    def _pair(self, estate: str, profile: str) -> Outcome:
        """Render one pair and press what it gave."""
        job = self._job
        try:
            # Items are the district's: links to them from the estates are checked by what the district has.
            items = estate == DISTRICT
            rendered = self._renderer.page(job.page, estate, profile, self._snapshots, job.moment, items=items)
            rendered = inspect(
                rendered, self._channel.lineup, self._channel.estates, self._renderer.profiles[profile], items=items
            )
        except Exception as error:
            # Whatever a page does wrong is that page's own affair: it becomes a finding, and the others go on.
            return self._failed(estate, profile, _sentence(error), None)
        if not rendered.sound:
            return self._failed(estate, profile, "", rendered)
        targets = {target for d in rendered.documents for target in d.targets if "." in target}
        return Outcome(
            profile=profile,
            estate=estate,
            sound=True,
            until=rendered.valid_until.timestamp() if rendered.valid_until else 0.0,
            sheets=self._pressed(rendered.documents, rendered),
            findings=rendered.findings,
            targets=tuple(sorted(targets)),
            items=tuple(sorted({d.name.split(".")[1] for d in rendered.documents if d.name.startswith("i/")})),
            plain=self._plain(profile)[0] if estate == DISTRICT else (),
        )

    def _failed(self, estate: str, profile: str, sentence: str, rendered: Rendered | None) -> Outcome:
        findings = rendered.findings if rendered else (self._fault(sentence),)
        plain, trouble = self._plain(profile)
        if trouble:
            findings += (self._fault(f"the plain screen failed too: {trouble}"),)
        until = rendered.valid_until.timestamp() if rendered and rendered.valid_until else 0.0
        return Outcome(profile, estate, False, until, (), findings, (), (), plain)

    def _fault(self, sentence: str) -> Finding:
        return Finding(level="fault", page=self._job.page, screen=0, element="", sentence=sentence)

    def _plain(self, profile: str) -> tuple[Sheets, str]:
        """The sheets of the plain screen, and what went wrong with it."""
        try:
            plain = self._renderer.unavailable(self._job.page, profile)
            return self._pressed(plain.documents, plain), ""
        except Exception as error:
            return (), _sentence(error)

    def _pressed(self, documents: Iterable[PaintedDocument], rendered: Rendered) -> Sheets:
        """The sheets of ``documents``; equal ones are pressed once for all estates."""
        until = int(rendered.valid_until.timestamp()) if rendered.valid_until else 0
        key = (until, *((d.name, d.body, d.location) for d in documents))
        known = self._known.get(key)
        if known is None:
            self.press.assets(rendered.assets)
            first = len(self.press.pressed.sheets)
            self.press.documents(DISTRICT, rendered.page, documents, until)
            known = tuple((group, sheet) for _, group, sheet in self.press.pressed.sheets[first:])
            self._known[key] = known
        return known


def _sentence(error: Exception) -> str:
    return error.message if isinstance(error, ChannelError) else f"{type(error).__name__}: {error}"
