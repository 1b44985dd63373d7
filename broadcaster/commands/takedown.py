"""``channel takedown``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channel.release import Store

HELP = "remove one page or item from every estate, profile and release at once, or put it back"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What, and which way."""
    parser.add_argument("unit", nargs="?", metavar="UNIT", help="a page such as 201, or an item such as 201.h17")
    parser.add_argument("--undo", action="store_true", help="put it back")
    parser.add_argument("--note", default="", help="why, for the list of releases")


def run(args: argparse.Namespace) -> int:
    """Take down or put back; without UNIT, list what is down."""
    from broadcaster.cli import open_own_store
    from broadcaster.places import ASK

    store = open_own_store(args)
    if not args.unit:
        for unit in store.taken_down():
            print(unit)
        return 0
    if not args.undo:
        _check(store, args.unit)
    act = store.put_back if args.undo else store.take_down
    ident = act(args.unit, args.note)
    # Whoever works on this channel builds at once: what leads there leaves lists, menus and tickers.
    (store.folder.parent / ASK).touch()
    print(f"{args.unit} is {'back' if args.undo else 'down'}; release {ident} is on air")
    if store.held:
        print("publishing is held: pages that name it are those of the release that was rolled back to, until resume")
    return 0


def _check(store: Store, unit: str) -> None:
    """A slip of the pen must not look as if something had gone. Raises NotFound and PersonError."""
    from channel.paint.addresses import ALERTS, HOME
    from channel.release.tree import is_unit
    from feeds.base.errors import NotFound, PersonError
    from feeds.base.toml import nearest

    release = store.current()
    page, _, item = unit.partition(".")
    if release is None or not is_unit(unit) or release.denies(page, item):
        return
    if unit == HOME:
        raise PersonError("takedown: found 100, the home page", hint="roll back, or take down what stands on it")
    if unit == ALERTS:
        hint = f"take down the warning itself, {ALERTS}.ID of this list"
        raise PersonError(f"takedown: found {ALERTS}, to which every warning leads", hint=hint)
    if page not in release.pages:
        raise NotFound(f"takedown: found {unit}, which is not on air{nearest(page, release.pages)}")
    if item and item not in release.item_ids(page):
        raise NotFound(f"takedown: found {unit}, which is not on air{nearest(item, release.item_ids(page))}")
