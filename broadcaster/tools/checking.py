"""Everything that is wrong with a channel, in one list: what people wrote, what sources gave, what pages came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import zip_longest
from pathlib import Path

import msgspec

from broadcaster import letters
from broadcaster.bundle.selection import Selection
from broadcaster.painters.keys import ground_of
from broadcaster.places import STORE
from broadcaster.tools.showing import album_of, snapshots_at
from broadcaster.tools.sources import SourceRow, source_rows
from broadcaster.tools.terminal import Bar, ago
from channel import preflight
from channel.batch.painting import BatchPainter
from channel.build.builder import Builder
from channel.estates import DISTRICT, estate_doubts
from channel.fingerprint import engine
from channel.lineup import Lineup
from channel.paint.icons import read_icon
from channel.paint.output import Finding
from channel.paint.theme import load_theme
from channel.profiles import one_of_each
from channel.reach import note_doubts, unsure
from channel.release import Release, Store
from channel.render import Renderer
from channel.screen.geometry import load_geometry
from channel.screen.templates import template_mistakes
from channel.settings import Channel, Survey, every_family
from channel.verdicts import Verdicts
from feeds.archive import Archive
from feeds.base.errors import ChannelError, FeedError, Mistake, Mistakes, NotFound, PersonError, RenderError, StoreError
from feeds.base.toml import Notes
from feeds.source import Freshness, Snapshot, file_of

NOTE = 0
"""The exit code of what a person should know and nothing needs."""
SHOWN = 5
"""Rows of a source that are quoted; the rest is a number."""
EXAMPLES = 3
"""Places that are named where the same is to be said of many."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """``kind`` and ``name`` say where: a line of a file, a source, a page, the store; ``at`` is the place within.

    ``code`` is the exit code of its family, 0 for a note.
    """

    kind: str
    name: str
    sentence: str
    at: str = ""
    code: int = NOTE

    @property
    def where(self) -> str:
        """``page 201``, ``lineup.toml:12``."""
        return {"line": self.name, "store": self.kind}.get(self.kind, f"{self.kind} {self.name}")


@dataclass(frozen=True)
class Group:
    """The problems of which the same is to be said; ``names`` are those of their places, each once, and ``keys`` what
    stands there, where it is a file's."""

    first: Problem
    names: tuple[str, ...]
    keys: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What is to be said, with the place within where there is but one."""
        alone = len(self.names) == 1 and self.first.at
        return f"{self.first.at}: {self.first.sentence}" if alone else self.first.sentence

    @property
    def text(self) -> str:
        """One line: where and what, or what and how often."""
        if len(self.names) == 1:
            return f"{self.first.where}: {self.sentence}"
        places = zip_longest(self.names[:EXAMPLES], self.keys[:EXAMPLES], fillvalue="")
        named = ", ".join(" ".join(filter(None, place)) for place in places)
        return f"{self.sentence}: {len(self.names)} {self.first.kind}s, e.g. {named}"


@dataclass(frozen=True)
class Checked:
    """All problems of a channel, and what could not be looked at before some are mended, in sentences."""

    problems: list[Problem]
    waiting: list[str]


def check(
    folder: Path,
    state: Path | None,
    moment: datetime,
    *,
    render: bool = False,
    everything: bool = False,
    store: bool = False,
) -> tuple[Channel, Checked]:
    """The channel of ``folder`` and all its problems at ``moment``: files, sources, pages as they were last looked at
    (with ``render`` rendered now, with ``everything`` all that is on air painted now), and with ``store`` every object
    of the store. Raises PersonError, NotFound."""
    doubted = _Doubts()
    survey = Survey.of(folder, state, doubted.further)
    channel, waiting = survey.channel, doubted.waiting
    own, unlooked = _own_files(survey)
    waiting += unlooked
    rows = (*channel.estates.problems, *estate_doubts(channel.estates), *_links_out(channel))
    found = of_mistakes({*survey.found, *doubted.found, *own, *rows})
    if "archive" in survey.unread or "channel.toml" in survey.unread:
        waiting.append("what sources gave: channel.toml does not say where it is kept")
    else:
        found += _gathered(channel, moment)
    if survey.found:
        waiting.append("the pages themselves: they are looked at when the files are mended")
    else:
        findings = _everything(channel) if everything else _rendered(channel, moment) if render else _built(channel)
        found += sorted((_finding(finding) for finding in dict.fromkeys(findings)), key=lambda problem: problem.name)
    if store:
        damages = Store.open(channel.state / STORE).check()
        found += [
            Problem(kind="store", name=damage.key, sentence=damage.sentence, code=StoreError.exit_code)
            for damage in damages
        ]
    return channel, Checked(found, waiting)


def doubts(channel: Channel) -> list[Mistake]:
    """What keeps no channel off air and is hardly meant: pages that nothing leads to, categories without a menu, rows
    of estates.csv, and layouts, themes and icons of its own folder that no page could use."""
    notes = Notes(channel.folder / "lineup.toml")
    note_doubts(channel.lineup, notes)
    own, _ = _own_files(Survey(channel, (), frozenset()))
    return [*notes.found, *own, *channel.estates.problems, *estate_doubts(channel.estates), *_links_out(channel)]


def _links_out(channel: Channel) -> list[Mistake]:
    """Sources whose file or folder lies inside the channel's by name and outside by a link."""
    notes = Notes(channel.folder / "sources.toml")
    for source in channel.sources.values():
        if source.url.startswith("file:") and file_of(source.url, channel.folder) is None:
            sentence = f"found {source.url!r}, which leads outside by a link, expected it inside the channel's folder"
            notes.add(f"source.{source.id}.url", sentence)
    return notes.found


class _Doubts:
    """What is hardly meant in a line-up, as far as that can be told of one with mistakes."""

    def __init__(self) -> None:
        self.found: list[Mistake] = []
        self.waiting: list[str] = []

    def further(self, lineup: Lineup, numbers: frozenset[str], notes: Notes) -> None:
        """What views hold against a line-up; what is doubted besides is kept here."""
        letters.note_mistakes(lineup, numbers, notes)
        doubts = Notes(notes.where, notes.unread)
        unread = unsure(lineup, notes)
        if unread:
            self.waiting.append(f"which pages nothing leads to: {', '.join(unread)} could not be understood")
        else:
            note_doubts(lineup, doubts)
        self.found += doubts.found


def of_mistakes(mistakes: Iterable[Mistake], code: int = PersonError.exit_code) -> list[Problem]:
    """The mistakes of people's files as problems, by file and line."""
    return [
        Problem(
            kind="line",
            name=f"{Path(mistake.file).name}:{mistake.line}" if mistake.line else Path(mistake.file).name,
            at=mistake.key,
            sentence=f"{mistake.sentence} ({mistake.hint})" if mistake.hint else mistake.sentence,
            code=code,
        )
        for mistake in sorted(mistakes)
    ]


def grouped(problems: Iterable[Problem]) -> list[Group]:
    """The problems in their order, those of which the same is to be said together, where the first of them stands."""
    places: dict[tuple[str, str, int], dict[str, Problem]] = {}
    for problem in problems:
        # What differs in its place within one page only is said once too.
        places.setdefault((problem.kind, problem.sentence, problem.code), {}).setdefault(problem.name, problem)
    return [_group(found) for found in places.values()]


def _group(found: Mapping[str, Problem]) -> Group:
    first = next(iter(found.values()))
    return Group(first, tuple(found), tuple(p.at for p in found.values()) if first.kind == "line" else ())


def _own_files(survey: Survey) -> tuple[list[Mistake], list[str]]:
    """What is wrong with the layouts, themes and icons of a channel's own folder, and what of it has to wait."""
    channel = survey.channel
    folder = channel.layouts
    found: list[Mistake] = []
    waiting: list[str] = []
    if "layouts" in survey.unread or "channel.toml" in survey.unread:
        return [], ["the channel's own layouts: channel.toml does not say where they are"]
    if folder is None:
        return [], []
    attempts: list[tuple[Path, Callable[[], object]]] = [
        *((path, partial(load_theme, path.stem, folder)) for path in sorted(folder.glob("themes/*.toml"))),
        *((path, partial(read_icon, path.stem, path.parent)) for path in sorted(folder.glob("icons/*.svg"))),
    ]
    for path, attempt in attempts:
        try:
            attempt()
        except Mistakes as error:
            found += error.found
        except ChannelError as error:
            found.append(Mistake(str(path), 0, "", error.message.removeprefix(f"{path}: ")))
    try:
        profiles = every_family(channel)
        used = [profiles[name] for name in channel.profiles if name in profiles]
        names = sorted({profile.metrics for profile in used})
        found += template_mistakes(folder, [load_geometry(name, folder) for name in names])
    except Mistakes as error:
        if error.found[0] in survey.found:
            waiting.append("the channel's own layouts: its profiles could not be read")
        else:
            found += error.found
    return found, waiting


def _gathered(channel: Channel, moment: datetime) -> list[Problem]:
    found: list[Problem] = []
    archive = Archive.open(channel.archive_url)
    try:
        for row in source_rows(channel, moment, archive):
            found += _source(row)
            found += _rows(row, archive)
    finally:
        archive.close()
    return found


def _source(row: SourceRow) -> Iterator[Problem]:
    source = partial(Problem, kind="source", name=row.id)
    if row.error:
        yield source(sentence=f"{row.failures} times in a row: {row.error}", code=FeedError.exit_code)
    elif row.state is Freshness.NEVER:
        yield source(sentence="was never gathered")
    if row.drift and row.drift != row.error:
        yield source(sentence=f"seems to have changed its shape: {row.drift}")
    if row.state in (Freshness.LATE, Freshness.STALE, Freshness.EXPIRED) and row.age_s is not None:
        sentence = f"is {row.state.value}: its last word is {ago(row.age_s)} old"
        yield source(sentence=sentence, code=FeedError.exit_code)


def _rows(row: SourceRow, archive: Archive) -> Iterator[Problem]:
    snapshot = archive.latest(row.id) if row.quarantined else None
    if snapshot is None:
        return
    for problem in snapshot.problems[:SHOWN]:
        sentence = f"{problem.reason} ({problem.value})"
        yield Problem(kind="source", name=row.id, at=str(problem.position), sentence=sentence)
    if row.quarantined > SHOWN:
        yield Problem(kind="source", name=row.id, sentence=f"{row.quarantined} rows were quarantined in all")


def _finding(finding: Finding) -> Problem:
    code = RenderError.exit_code if finding.level == "fault" else NOTE
    at = f"screen {finding.screen} {finding.element}"
    return Problem(kind="page", name=finding.page, at=at, sentence=finding.sentence, code=code)


def _built(channel: Channel) -> list[Finding]:
    """What was wrong with the pages as they were last asked, and with what is on air wherever it was painted."""
    archive = Archive.open(channel.archive_url)
    store = Store.open(channel.state / STORE)
    try:
        found = Builder(channel, archive, store).findings()
    finally:
        archive.close()
    release = store.current()
    return [*found, *(_on_air(release, Verdicts(channel.state)) if release else ())]


def _on_air(release: Release, verdicts: Verdicts) -> Iterator[Finding]:
    ground = ground_of(engine(), release.root.declared).hex()
    for verdict in verdicts.all():
        if verdict.ground != ground:
            continue
        try:
            still = bytes.fromhex(verdict.said) in release.map(verdict.page).where
        except StoreError:
            still = False
        if still:
            yield from verdict.findings


def _everything(channel: Channel) -> Iterator[Finding]:
    """Everything on air painted and checked, for every estate and family; Raises NotFound."""
    store = Store.open(channel.state / STORE)
    release = store.current()
    if release is None:
        raise NotFound("check: found no release, expected one on air", hint="make one with `channel build`")
    known = every_family(channel)
    families = one_of_each(known[name] for name in channel.profiles)
    selection = Selection({profile.id: profile for profile in families}, tuple(channel.estates), ())
    pages = {page: tuple(selection.wants(release, page)) for page in release.pages}
    done, number = 0, sum(len(set(wants)) for wants in pages.values())
    with BatchPainter(store, release, channel.settings.render) as painter, Bar("checking", number) as bar:
        for _, result in painter.paint(pages.items(), bodies=False):
            done += len(result.rows)
            bar.at(done, number)
            for row in result.rows.values():
                yield from row.findings


def _rendered(channel: Channel, moment: datetime) -> Iterator[Finding]:
    """What preflight finds now, for the district and one estate."""
    renderer = Renderer(channel)
    snapshots = snapshots_at(channel, channel.sources, moment)
    estate = next(iter(channel.estates), DISTRICT)
    pages = list(channel.lineup.pages.values())
    families = one_of_each(renderer.profiles[name] for name in channel.profiles)
    with Bar("rendering", len(pages)) as bar:
        for page in pages:
            for profile in families:
                yield from _page(channel, renderer, page.number, estate, profile.id, snapshots, moment)
            bar.step(page.number)


def _page(
    channel: Channel,
    renderer: Renderer,
    number: str,
    estate: str,
    profile: str,
    snapshots: Mapping[str, Snapshot],
    moment: datetime,
) -> tuple[Finding, ...]:
    try:
        rendered = renderer.page(number, estate, profile, snapshots, moment, album=album_of(channel))
    except ChannelError as error:
        return (Finding(level="fault", page=number, screen=0, element=profile, sentence=error.message),)
    return preflight.inspect(rendered, channel.lineup, channel.estates, renderer.profiles[profile]).findings
