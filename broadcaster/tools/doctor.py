"""What is wrong with this machine for this channel, and how to mend each finding."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from broadcaster.bundle import key_status, keys
from broadcaster.bundle.lag import lag
from broadcaster.origin import serving
from broadcaster.origin.exposition import work_figures
from broadcaster.origin.listening import check_free
from broadcaster.painters.client import counts_of
from broadcaster.places import CARD_KEY, CARDS, EDGES, METRICS, PREFIXES, STORE
from broadcaster.tools.sources import source_rows
from broadcaster.tools.status import alert_trouble
from broadcaster.tools.terminal import ago
from channel.folder import Channel
from channel.release import Store
from feeds.archive import Archive
from feeds.base.errors import ChannelError
from feeds.source import Freshness

LEAST_FREE = 2 << 30
"""Bytes that a day of releases and what is painted may take."""
LEAST_FILES = 4096
AHEAD_S = 5.0
"""The clocks of machines that share a store may differ so much."""


@dataclass(frozen=True)
class Symptom:
    """``mend`` says what to do; empty where nothing is to be done."""

    level: Literal["ok", "warning", "fault"]
    about: str
    sentence: str
    mend: str = ""


def examine(channel: Channel, *, network: bool = False) -> list[Symptom]:
    """Look at everything; ``network`` also asks the sources. Never raises: what cannot be looked at is a finding."""
    looks: list[Callable[[Channel], Iterator[Symptom]]] = [
        _packages, _folders, _fonts, _database, _store, _clock, _port, _keys, _bundles, _boxes, _sources, _alerts,
        _painters, _limits,
    ]  # fmt: skip
    if network:
        looks.append(_reachable)
    found: list[Symptom] = []
    for look in looks:
        about = look.__name__.strip("_")
        try:
            found += look(channel)
        except Exception as error:
            found.append(Symptom("fault", about, f"could not be looked at: {type(error).__name__}: {error}"))
    return found


def _packages(channel: Channel) -> Iterator[Symptom]:
    spec = importlib.util.find_spec("broadcaster")
    ours = Path(__file__).resolve().parents[1]
    found = Path(spec.origin).resolve().parent if spec and spec.origin else None
    if found != ours:
        yield Symptom("fault", "packages", f"broadcaster is imported from {found}, expected {ours}",
                      "uninstall the other package of that name")  # fmt: skip
    missing = []
    for need in importlib.metadata.requires("service-channel") or []:
        name, _, condition = need.partition(";")
        plain = re.match(r"[A-Za-z0-9._-]+", name)
        if plain is not None and (not condition or "station" in condition):
            try:
                importlib.metadata.version(plain[0])
            except importlib.metadata.PackageNotFoundError:
                missing.append(plain[0])
    if missing:
        yield Symptom(
            "fault", "packages", f"not installed: {', '.join(missing)}", "pip install 'service-channel[station]'"
        )
    else:
        yield Symptom("ok", "packages", "everything that the station needs is installed")


def _folders(channel: Channel) -> Iterator[Symptom]:
    folder = channel.state
    folder.mkdir(parents=True, exist_ok=True)
    probe, renamed = folder / f".doctor-{os.getpid()}", folder / f".doctor-{os.getpid()}-renamed"
    try:
        probe.write_bytes(b"x")
        probe.replace(renamed)
    except OSError as error:
        yield Symptom(
            "fault", "folders", f"{folder}: {error.strerror}", f"let this user write there: chown -R $USER {folder}"
        )
        return
    finally:
        probe.unlink(missing_ok=True)
        renamed.unlink(missing_ok=True)
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        yield Symptom("warning", "folders", f"{folder}: {free / 1e9:.1f} GB free; what is painted takes up to 1 GB",
                      "`channel prune --keep 5`, or a larger disk")  # fmt: skip
    else:
        yield Symptom("ok", "folders", f"{folder} can be written; {free / 1e9:.1f} GB free")


def _fonts(channel: Channel) -> Iterator[Symptom]:
    from broadcaster.letters import unpictured
    from channel.screen import fonts
    from channel.words import load_catalogue

    wide, language = fonts.width(channel.settings.title, 30, "regular"), channel.settings.language
    lost = unpictured(load_catalogue(language))
    if lost:
        found = f"no font here has {lost}, which the words of {language} need"
        yield Symptom("fault", "fonts", found, "declare one in fonts/fonts.toml")
    if wide <= 0:
        yield Symptom(
            "fault", "fonts", f"the channel's title {channel.settings.title} has no width", "install the fonts again"
        )
    else:
        yield Symptom("ok", "fonts", fonts.engine_versions().replace("\n", ", ").strip(", "))


def _database(channel: Channel) -> Iterator[Symptom]:
    archive = Archive.open(channel.archive_url)
    try:
        states = archive.states(channel.sources)
    finally:
        archive.close()
    kind = channel.archive_url.partition(":")[0]
    yield Symptom(
        "ok", "database", f"{kind}: {len(states)} of {len(channel.sources)} sources were gathered at least once"
    )


def _store(channel: Channel) -> Iterator[Symptom]:
    store = Store.open(channel.state / STORE)
    release = store.current()
    if release is None:
        yield Symptom(
            "warning", "store", "nothing was published yet", "`channel run`, or `channel gather` and `channel build`"
        )
    else:
        yield Symptom("ok", "store", f"release {release.id} is on air")
    if store.held:
        yield Symptom("warning", "store", "publishing is held after a rollback", "`channel resume` when it is mended")


def _clock(channel: Channel) -> Iterator[Symptom]:
    made = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    now = datetime.now(UTC)
    if now < made - timedelta(days=1):
        yield Symptom("fault", "clock", f"it is {now:%Y-%m-%d %H:%M} here, before this program was installed",
                      "set the clock: timedatectl set-ntp true")  # fmt: skip
        return
    yield from _clock_was_set(channel, now)
    before = time.time() - time.monotonic()
    time.sleep(0.05)
    drift = abs(time.time() - time.monotonic() - before)
    if drift > 0.02:
        yield Symptom(
            "warning", "clock", f"the clock jumped by {drift * 1000:.0f} ms while we looked", "use a time server"
        )
    else:
        yield Symptom("ok", "clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _clock_was_set(channel: Channel, now: datetime) -> Iterator[Symptom]:
    """What a clock that goes on steadily now has done before."""
    release = Store.open(channel.state / STORE).current()
    ahead = (release.published - now).total_seconds() if release is not None else 0.0
    if release is not None and ahead > AHEAD_S:
        yield Symptom(
            "fault", "clock",
            f"release {release.id} was published {ago(ahead)} ahead of now: the clock was wrong then, or is now",
            "compare it with a time server: timedatectl",
        )  # fmt: skip
    work = work_figures(channel.state / METRICS)
    if sets := int(work.get("clock_sets", 0)):
        seconds = float(work.get("clock_set_seconds", 0.0))
        yield Symptom(
            "warning", "clock",
            f"it was set {sets} times since `channel work` began, last by {ago(abs(seconds))} "
            f"{'back' if seconds < 0 else 'forward'}",
            "a time server that slews the clock: chrony or systemd-timesyncd, with nothing else that sets it",
        )  # fmt: skip


def _port(channel: Channel) -> Iterator[Symptom]:
    running = serving.running(channel.state)
    for one in running:
        yield Symptom("ok", "port", f"{one.host}:{one.port} is this channel's: `channel serve`, process {one.pid}")
    if running:
        return
    origin = channel.settings.origin
    try:
        check_free(origin.host, origin.port)
    except ChannelError as error:
        yield Symptom(
            "warning", "port", error.message, "name another in channel.toml, or with --port"
        )
    else:
        yield Symptom("ok", "port", f"{origin.host}:{origin.port} of channel.toml is free; no origin runs here")


def _keys(channel: Channel) -> Iterator[Symptom]:
    if not keys.folder(channel.state).is_dir():
        yield Symptom("warning", "keys", "no keys: releases are not published as bundles", "`channel keys init`")
        return
    now = datetime.now(UTC)
    for trouble in key_status.troubles(channel.state, now):
        yield Symptom("fault" if trouble.fault else "warning", "keys", trouble.sentence, trouble.mend)
    root = key_status.rows(channel.state, now)[0]
    if root.until and not root.early:
        yield Symptom("ok", "keys", f"root.json is good until {root.until:%Y-%m-%d}")


def _bundles(channel: Channel) -> Iterator[Symptom]:
    """Whether operators can pull what is on air."""
    if not keys.folder(channel.state).is_dir():
        return
    behind = lag(channel.state, Store.open(channel.state / STORE), datetime.now(UTC))
    if behind.slow:
        leads = work_figures(channel.state / METRICS).get("leading")
        yield Symptom(
            "warning", "bundles",
            f"operators get {behind.bundled or 'nothing'}, {ago(behind.seconds)} behind {behind.air}, which is on air",
            "`channel bundle` publishes it now; " + ("the log of `channel work` says what keeps it" if leads else
                                                     "`channel work`, which does it by itself, does not run"),
        )  # fmt: skip
    elif behind.air:
        packing = f"; {behind.air} is on air and being packed" if behind.seconds else ""
        yield Symptom("ok", "bundles", f"operators get {behind.bundled or 'nothing yet'}{packing}")


def _boxes(channel: Channel) -> Iterator[Symptom]:
    from broadcaster.origin.worker import load_directory

    load_directory(channel, channel.folder)
    if (channel.state / CARDS).is_file() and not os.environ.get(CARD_KEY):
        yield Symptom(
            "warning", "boxes", f"there is a table of cards, but no {CARD_KEY} here", "set it for `channel serve`"
        )
    known = [name for name in (PREFIXES, EDGES) if (channel.folder / name).is_file()]
    yield Symptom("ok", "boxes", f"tables of the folder: {', '.join(known) or 'none'}")


def _sources(channel: Channel) -> Iterator[Symptom]:
    rows = source_rows(channel)
    for row in rows:
        if row.error:
            yield Symptom("warning", "sources", f"{row.id}: {row.failures} failures in a row: {row.error}",
                          f"`channel gather {row.id}` tries it now")  # fmt: skip
        if row.held:
            yield Symptom("warning", "sources", f"{row.id} is held by {row.held}: nothing new of it is on air",
                          f"let it go at the desk: /desk/source/{row.id}")  # fmt: skip
    fresh = sum(1 for row in rows if row.state is Freshness.FRESH)
    yield Symptom("ok", "sources", f"{fresh} of {len(rows)} are fresh")


def _alerts(channel: Channel) -> Iterator[Symptom]:
    """Whether what the alert source says is on air: nothing else of the channel is as urgent."""
    source = channel.settings.alert_source
    if not source:
        yield Symptom("ok", "alerts", "the channel shows none: alert_source of channel.toml is empty")
        return
    work = work_figures(channel.state / METRICS)
    if work and not work.get("leading"):
        yield Symptom(
            "warning", "alerts", "`channel work` does not run any more: no alert is gathered",
            "start it again: systemctl start channel-work",
        )  # fmt: skip
    failed = f"{int(work.get('failed_alerts', 0))} attempts failed since `channel work` began"
    trouble = alert_trouble(work) if work.get("leading") else ""
    if trouble:
        yield Symptom(
            "fault", "alerts", f"a change of alerts is {trouble}; {failed}",
            "the log of `channel work` has more; `channel check --store`, and room on the disk",
        )  # fmt: skip
    row = next((row for row in source_rows(channel) if row.id == source), None)
    if row is not None and row.error:
        last = "never answered yet" if row.age_s is None else f"last answered {ago(row.age_s)} ago"
        yield Symptom(
            "fault", "alerts", f"{source} {last}, {row.failures} failures in a row: {row.error}",
            f"`channel gather {source}` tries it now",
        )  # fmt: skip
    elif not trouble:
        took = f"the last was on air after {work['alert_seconds']:.1f} s" if "alert_seconds" in work else "none yet"
        yield Symptom("ok", "alerts", f"{took}; {failed}")


def _painters(channel: Channel) -> Iterator[Symptom]:
    counts = counts_of(channel.state)
    if counts is None:
        if serving.running(channel.state):
            sentence = "an origin runs and nobody paints for it"
            yield Symptom("fault", "painters", sentence, "see the log of `channel serve`")
        return
    if not counts.painters:
        yield Symptom("fault", "painters", f"none is ready, {counts.deaths} died", "see the log of `channel serve`")
    elif counts.deaths or counts.unsound:
        sentence = f"{counts.deaths} died at work, {counts.unsound} paintings stand in for a page that failed"
        yield Symptom("warning", "painters", sentence, "`channel check` names the pages")
    else:
        yield Symptom("ok", "painters", f"{len(counts.painters)} are ready; {counts.painted} things painted")


def _limits(channel: Channel) -> Iterator[Symptom]:
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < LEAST_FILES:
        yield Symptom("warning", "limits", f"{hard} open files are allowed: so many boxes at once, less some",
                      "LimitNOFILE=65536 in the unit, or ulimit -Hn")  # fmt: skip
    else:
        yield Symptom("ok", "limits", f"open files: {'no limit' if hard == resource.RLIM_INFINITY else hard}")


def _reachable(channel: Channel) -> Iterator[Symptom]:
    """Whether a connection to each source's server can be opened at all."""
    from urllib.parse import urlsplit

    for server in sorted({urlsplit(s.url)[:2] for s in channel.sources.values() if s.url.startswith("http")}):
        parts = urlsplit(f"{server[0]}://{server[1]}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            with socket.create_connection((parts.hostname or "", port), timeout=5) as sock:
                if parts.scheme == "https":
                    ssl.create_default_context().wrap_socket(sock, server_hostname=parts.hostname).close()
        except OSError as error:
            yield Symptom("warning", "network", f"{parts.netloc}: {error}", "the server, its name, or the way there")
        else:
            yield Symptom("ok", "network", f"{parts.netloc} can be reached")
