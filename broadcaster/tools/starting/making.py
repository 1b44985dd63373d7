"""A new channel from its answers: addresses tried, files written beside, checked and put in place."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from broadcaster.tools.checking import check
from broadcaster.tools.problems import Group, grouped
from broadcaster.tools.starting import fresh
from broadcaster.tools.starting.answers import Answers
from broadcaster.tools.starting.feeding import PURPOSES, Fed, fed
from broadcaster.tools.starting.households import COLUMNS, Households, read_households
from broadcaster.tools.starting.skeleton import Plan, files, without_page
from channel.words import ENGLISH, Say
from feeds.base.clock import SystemClock, set_wall
from feeds.base.errors import PersonError

_OURS = ("channel.toml", "sources.toml", "lineup.toml")
_SHOWN = 12
"""Rows that are quoted; the rest is a number."""


def make(answers: Answers, folder: Path) -> list[Group]:
    """Make the channel's folder, telling what is found on the way; gives what its check found. Raises Mistakes and
    PersonError, and leaves nothing then."""
    fresh.refuse_used(folder)
    households = _households(answers)
    set_wall(answers.timezone)
    with fresh.beside(folder) as work:
        made, kept = work / "made", work / "kept"
        made.mkdir()
        kept.mkdir()
        feeds, copies = _feeds(answers, kept)
        plan = Plan(
            title=answers.name, district=answers.district, language=answers.language, timezone=answers.timezone,
            currency=answers.currency,
            estates=households.csv() if households else ",".join(COLUMNS) + "\n", feeds=feeds, copies=copies,
        )  # fmt: skip
        found = _write(plan, made, kept / "state")
        fresh.put(made, folder)
    return found


def _households(answers: Answers) -> Households | None:
    if not answers.estates:
        print("estates: none yet; page 109 says so until estates.csv has rows")
        return None
    found = read_households(Path(answers.estates).expanduser(), answers.district)
    taken = ", ".join(ours if ours == theirs else f"{theirs} as {ours}" for ours, theirs in found.columns.items())
    print(f"estates: {len(found.rows)} read; columns {taken}")
    wrong = found.notes.found
    for mistake in wrong[:_SHOWN]:
        print(f"note: {mistake}", file=sys.stderr)
    if len(wrong) > _SHOWN:
        print(f"note: {len(wrong)} rows were left out in all", file=sys.stderr)
    return found


def _feeds(answers: Answers, kept: Path) -> tuple[dict[str, Fed], dict[str, Path]]:
    """What each address gives; files are copied to ``kept``, where they are called as they will be in the folder."""
    feeds: dict[str, Fed] = {}
    copies: dict[str, Path] = {}
    ground = {"zone": answers.timezone, "language": answers.language.replace("_", "-")}
    for purpose, wanted in PURPOSES.items():
        address = getattr(answers, purpose)
        if not address:
            continue
        if not address.startswith(("http://", "https://")):
            path = Path(address.removeprefix("file:")).expanduser()
            name = f"{purpose}{path.suffix}"
            copies[name] = _copied(path, kept / name, f"--{purpose}")
            address = f"file:{name}"
        found = feeds[purpose] = fed(purpose, address, kept, wanted, answers.district, ground)
        if found.remark:
            print(f"{purpose}: nothing could be read at {address}, and it is written down all the same: {found.remark}")
        else:
            print(f"{purpose}: {found.told}")
    return feeds, copies


def _copied(path: Path, target: Path, option: str) -> Path:
    try:
        return Path(shutil.copyfile(path, target))
    except OSError as error:
        why = f"found {str(path)!r}, which cannot be read ({error.strerror}), expected a file or an http address"
        raise PersonError(f"{option}: {why}") from None


def _write(plan: Plan, work: Path, state: Path) -> list[Group]:
    """Write the files and hold them against the same check as ``channel check``."""
    for name, text in files(plan).items():
        (work / name).write_text(text, encoding="utf-8")
    for name, path in plan.copies.items():
        shutil.copyfile(path, work / name)
    for purpose in without_page(plan):
        print(f"{purpose}: no view shows such records by itself; `channel new page` puts them on a page")
    _, found = check(work, state, SystemClock().now())
    groups = grouped(found.problems)
    # Our own files: what is wrong with them is our fault, and no half channel is left for it.
    ours = [group for group in groups if group.first.code and group.first.name.partition(":")[0] in _OURS]
    if ours:
        raise PersonError("\n".join(group.told(Say(ENGLISH)) for group in ours))
    return groups
