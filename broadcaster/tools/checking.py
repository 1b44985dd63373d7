"""Everything that is wrong with a channel, in one list: what people wrote, what sources gave, what pages came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from broadcaster import letters
from broadcaster.bundle.selection import Selection
from broadcaster.painters.keys import ground_of
from broadcaster.places import STORE
from broadcaster.tools.problems import NOTE, Problem, of_mistakes
from broadcaster.tools.showing import album_of, snapshots_at
from broadcaster.tools.sources import SourceRow, source_rows
from broadcaster.tools.terminal import Bar, ago
from channel import overlay, preflight
from channel.batch.painting import BatchPainter
from channel.build.builder import Builder
from channel.estates import DISTRICT, estate_doubts
from channel.fingerprint import engine
from channel.folder import Channel, Survey, every_family
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
from channel.verdicts import Verdicts
from channel.words import ENGLISH, N_, Remark, Say, gaps, languages, load_catalogue
from feeds.archive import Archive
from feeds.base.errors import ChannelError, FeedError, Mistake, Mistakes, NotFound, PersonError, RenderError, StoreError
from feeds.base.toml import Notes
from feeds.source import Freshness, Snapshot, file_of

SHOWN = 5
"""Rows of a source that are quoted; the rest is a number."""
_OLD = {
    Freshness.LATE: N_("is late: its last word is {age} old"),
    Freshness.STALE: N_("is stale: its last word is {age} old"),
    Freshness.EXPIRED: N_("is expired: its last word is {age} old"),
}

@dataclass(frozen=True)
class Checked:
    """All problems of a channel, what could not be looked at before some are mended, and the language to tell them in:
    the channel's, or English where that cannot be spoken."""

    problems: list[Problem]
    waiting: list[Remark]
    say: Say


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
    rows = (*_names_of(channel), *_links_out(channel), *_overlaid(channel))
    found = of_mistakes({*survey.found, *doubted.found, *own, *rows})
    say, lacking = _words(survey)
    found += lacking
    if "archive" in survey.unread or "channel.toml" in survey.unread:
        waiting.append(Remark.of(N_("what sources gave: channel.toml does not say where it is kept")))
    else:
        found += _gathered(channel, moment)
    if survey.found:
        waiting.append(Remark.of(N_("the pages themselves: they are looked at when the files are mended")))
    else:
        findings = _everything(channel) if everything else _rendered(channel, moment) if render else _built(channel)
        found += sorted((_finding(finding) for finding in dict.fromkeys(findings)), key=lambda problem: problem.name)
    if store:
        damages = Store.open(channel.state / STORE).check()
        found += [
            Problem(kind="store", name=damage.key, sentence=damage.sentence, code=StoreError.exit_code)
            for damage in damages
        ]
    return channel, Checked(found, waiting, say)


def doubts(channel: Channel) -> list[Mistake]:
    """What keeps no channel off air and is hardly meant: pages that nothing leads to, categories without a menu, rows
    of estates.csv, and layouts, themes and icons of its own folder that no page could use."""
    notes = Notes(channel.folder / "lineup.toml")
    note_doubts(channel.lineup, notes)
    own, _ = _own_files(Survey(channel, (), frozenset()))
    return [*notes.found, *own, *_names_of(channel), *_links_out(channel), *_overlaid(channel)]


def _names_of(channel: Channel) -> Iterator[Mistake]:
    """What is wrong in estates.csv, what is hardly meant there, and names with letters that no font has."""
    yield from letters.settings_doubts(channel)
    yield from channel.estates.problems
    yield from estate_doubts(channel.estates)
    yield from letters.estate_doubts(channel.estates)


def _links_out(channel: Channel) -> list[Mistake]:
    """Sources whose file or folder lies inside the channel's by name and outside by a link."""
    notes = Notes(channel.folder / "sources.toml")
    for source in channel.sources.values():
        if source.url.startswith("file:") and file_of(source.url, channel.folder) is None:
            sentence = f"found {source.url!r}, which leads outside by a link, expected it inside the channel's folder"
            notes.add(f"source.{source.id}.url", sentence)
    return notes.found


def _overlaid(channel: Channel) -> list[Mistake]:
    """Changes of the desk that fit no more, and those under which a file says something else by now."""
    found = []
    misfits = {misfit.change.text: misfit.why for misfit in channel.misfits}
    for change in channel.overlay.changes:
        notes = Notes(channel.folder / change.file)
        hint = f"see /desk/lineup/{change.text}, or channel lineup"
        if change.text in misfits:
            notes.add(change.table, f"the desk's change fits no more: {misfits[change.text]}", hint=hint)
        else:
            for key in overlay.conflicts(overlay.file_tables(channel.folder, change.file), change):
                sentence = "the file says something else than when the desk changed it; the desk's word holds"
                notes.add(f"{change.table}.{key}", sentence, hint=hint)
        found += notes.found
    return found


class _Doubts:
    """What is hardly meant in a line-up, as far as that can be told of one with mistakes."""

    def __init__(self) -> None:
        self.found: list[Mistake] = []
        self.waiting: list[Remark] = []

    def further(self, lineup: Lineup, numbers: frozenset[str], notes: Notes) -> None:
        """What views hold against a line-up; what is doubted besides is kept here."""
        letters.note_mistakes(lineup, numbers, notes)
        doubts = Notes(notes.where, notes.unread)
        unread = unsure(lineup, notes)
        if unread:
            message = N_("which pages nothing leads to: {keys} could not be understood")
            self.waiting.append(Remark.of(message, {"keys": ", ".join(unread)}))
        else:
            note_doubts(lineup, doubts)
        self.found += doubts.found


def _own_files(survey: Survey) -> tuple[list[Mistake], list[Remark]]:
    """What is wrong with the layouts, themes and icons of a channel's own folder, and what of it has to wait."""
    channel = survey.channel
    folder = channel.layouts
    found: list[Mistake] = []
    waiting: list[Remark] = []
    if "layouts" in survey.unread or "channel.toml" in survey.unread:
        return [], [Remark.of(N_("the channel's own layouts: channel.toml does not say where they are"))]
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
            waiting.append(Remark.of(N_("the channel's own layouts: its profiles could not be read")))
        else:
            found += error.found
    return found, waiting


def _words(survey: Survey) -> tuple[Say, list[Problem]]:
    """The language to tell problems in, and what the channel's catalogue lacks."""
    language = survey.channel.settings.language
    if "channel.toml" in survey.unread or language not in languages():
        return Say(ENGLISH), []
    try:
        say = Say(language)
    except Mistakes as error:
        return Say(ENGLISH), of_mistakes(error.found)
    found = [
        Problem(kind="words", name=language, sentence=gap.sentence, message=gap.message, given=gap.given)
        for gap in gaps(language)
    ]
    lost = letters.unpictured(load_catalogue(language))
    if lost:
        message = N_("no font here has {letters}: left out")
        code = PersonError.exit_code
        found.append(Problem.of(message, {"letters": lost}, kind="words", name=language, code=code))
    return say, found


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
    source = partial(Problem.of, kind="source", name=row.id)
    if row.error:
        given: dict[str, str | int] = {"n": row.failures, "error": row.error}
        yield source(N_("{n} times in a row: {error}"), given, code=FeedError.exit_code)
    elif row.state is Freshness.NEVER:
        yield source(N_("was never gathered"))
    if row.drift and row.drift != row.error:
        yield source(N_("seems to have changed its shape: {drift}"), {"drift": row.drift})
    if row.state in _OLD and row.age_s is not None:
        yield source(_OLD[row.state], {"age": ago(row.age_s)}, code=FeedError.exit_code)


def _rows(row: SourceRow, archive: Archive) -> Iterator[Problem]:
    snapshot = archive.latest(row.id) if row.quarantined else None
    if snapshot is None:
        return
    for problem in snapshot.problems[:SHOWN]:
        sentence = f"{problem.reason} ({problem.value})"
        yield Problem(kind="source", name=row.id, at=str(problem.position), sentence=sentence)
    if row.quarantined > SHOWN:
        message = N_("{n} rows were quarantined in all")
        yield Problem.of(message, {"n": row.quarantined}, kind="source", name=row.id)


def _finding(finding: Finding) -> Problem:
    code = RenderError.exit_code if finding.level == "fault" else NOTE
    screen = f"{finding.page}-{finding.screen}" if finding.screen else ""
    at = " ".join(filter(None, (screen, finding.element)))
    return Problem(
        kind="page", name=finding.page, at=at, code=code,
        sentence=finding.sentence, message=finding.message, given=finding.given,
    )  # fmt: skip


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
