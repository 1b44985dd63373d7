"""``channel new``: a channel, or one more piece of it."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "make a new channel, or add a source, a page, a layout or a profile to one"


def arguments(parser: argparse.ArgumentParser) -> None:
    """``channel``, ``source``, ``page``, ``layout`` and ``profile``."""
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    _channel(kinds.add_parser("channel", help="a folder with a channel that runs at once"))
    _source(kinds.add_parser("source", help="one more table in sources.toml, by what its address gives"))
    _page(kinds.add_parser("page", help="one more table in lineup.toml"))
    layout = kinds.add_parser("layout", help="a template in the channel's own folder of layouts, to go on with")
    layout.add_argument("name", metavar="NAME")
    profile = kinds.add_parser("profile", help="a family of boxes of the channel's own")
    profile.add_argument("name", metavar="NAME")
    profile.add_argument("--extends", required=True, metavar="PARENT", help="the family that it is like")
    profile.add_argument(
        "--key", action="append", default=[], metavar="ACTION=CODE", help="what its remote sends otherwise"
    )
    profile.add_argument("--agent", default="", metavar="TEXT", help="what its User-Agent contains")
    for name in ("source", "page", "layout", "profile"):
        # After the kind too, where a person writes them.
        for option, what in (("--channel", "the channel's folder"), ("--state", "where its state is kept")):
            kinds.choices[name].add_argument(
                option, type=Path, metavar="DIR", default=argparse.SUPPRESS, help=f"{what} (default: as for all)"
            )


def _channel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help="where it goes: a new folder, or an empty one")
    parser.add_argument("--name", default="", help="what the channel is called")
    parser.add_argument("--district", default="", help="the district or city that it serves (default: its name)")
    parser.add_argument("--language", default="", help="of its screens, such as en")
    parser.add_argument("--timezone", default="", metavar="ZONE", help="its clock, such as Europe/Lisbon")
    parser.add_argument(
        "--currency", default="", metavar="CODE", help="that of its prices, such as EUR (default: its zone's)"
    )
    parser.add_argument("--estates", default="", metavar="FILE", help="a CSV or GeoJSON of its residential estates")
    for name, what in (("weather", "a forecast"), ("news", "RSS, Atom or a table"), ("alerts", "warnings in CAP")):
        parser.add_argument(f"--{name}", default="", metavar="URL-or-FILE", help=what)
    parser.add_argument("--yes", action="store_true", help="never ask; what is not given is as the machine has it")


def _source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="its id in sources.toml")
    parser.add_argument("address", metavar="URL", help="http(s)://…, or file:PATH in the channel's folder")
    for option, what in (
        ("publisher", "who stands behind the data (default: the address's host)"),
        ("every", "how often it is asked (default: 1h)"), ("format", "do not guess the format"),
        ("record", "the type of record that the rows are"),
    ):  # fmt: skip
        parser.add_argument(f"--{option}", default="", help=what)


def _page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help="three digits that are free")
    parser.add_argument("--title", required=True, help="what stands at its top and on its tile")
    for option, metavar, what in (
        ("view", "NAME", "what it shows (default: as suits its source)"),
        ("layout", "NAME", "how it looks (default: as suits its view)"),
        ("category", "NAME", "whose menu leads to it (default: one of its own, with a tile on the home page)"),
        ("scope", "estate|district", "whether it differs by estate"), ("parent", "NUMBER", "where BACK leads"),
        ("icon", "NAME", "on its tile"), ("label", "TEXT", "on its tile, where the title is too long for it"),
    ):  # fmt: skip
        parser.add_argument(f"--{option}", default="", metavar=metavar, help=what)
    parser.add_argument(
        "--source", action="append", default=[], metavar="ROLE=ID", help="a source; an id alone has the usual role"
    )


def run(args: argparse.Namespace) -> int:
    """Make it, check it, and say what comes next. Raises PersonError, and nothing is changed then."""
    makers = {
        "channel": _new_channel, "source": _new_source, "page": _new_page, "layout": _new_layout,
        "profile": _new_profile,
    }  # fmt: skip
    return makers[args.kind](args)


def _new_channel(args: argparse.Namespace) -> int:
    import sys

    from broadcaster.tools.problems import size
    from broadcaster.tools.starting.answers import Answers, complete, missing
    from broadcaster.tools.starting.making import make
    from channel.folder import Channel
    from feeds.base.errors import PersonError

    answers = Answers(**{name: getattr(args, name) for name in Answers.__dataclass_fields__})
    ask = sys.stdin.isatty() and not args.yes
    if not ask and not args.yes and missing(answers):
        told = ", ".join(missing(answers))
        raise PersonError(f"channel new channel: found no terminal to ask on, expected {told}, or --yes")
    folder = args.folder.absolute()
    complete(answers, folder, ask=ask)
    groups = make(answers, folder)
    channel = Channel.open(folder)
    for group in groups:
        print(group.line(channel.say))
    print(f"{folder}: {size(channel, channel.say)}")
    origin = channel.settings.origin
    print(f"Put it on air: channel --channel {args.folder} run")
    print(f"Then look at:  http://{origin.host}:{origin.port}/")
    return max((group.first.code for group in groups), default=0)


def _folder(args: argparse.Namespace) -> Path:
    """The channel that is added to: never the example only because nobody named another. Raises PersonError."""
    from broadcaster.cli import channel_folder, default_folder
    from feeds.base.errors import PersonError

    folder = channel_folder(args)
    if folder != Path.cwd() and folder == default_folder().absolute():
        raise PersonError(
            f"{Path.cwd()}: found no channel.toml, and the example is not added to from elsewhere",
            hint="name the channel's folder with --channel DIR, or make one with `channel new channel DIR`",
        )
    return folder


def _new_source(args: argparse.Namespace) -> int:
    from broadcaster.tools.starting.adding import append, checked
    from broadcaster.tools.starting.feeding import attempt, check_new, counted, record_of, shown_by
    from broadcaster.tools.trying import ground
    from feeds.base.errors import PersonError

    folder = _folder(args)
    path = folder / "sources.toml"
    check_new(args.name, args.address, folder)
    facts = {name: getattr(args, name) for name in ("publisher", "every", "format", "record")}
    result = attempt(args.name, args.address, folder, **facts, **ground(args.address, folder))
    if not result.ok or result.source is None:
        print(result.toml, end="")
        why = result.error or "nothing was read"
        raise PersonError(f"URL: found {args.address!r}: {why}", hint="sources.toml is as it was")
    with checked(folder, args.state, path):
        append(path, result.toml)
    for note in result.notes:
        print(f"note: {note}")
    print(f"{path}: source {args.name}: {result.source.format}, {counted(result)}")
    shown = shown_by().get(record_of(result))
    view = f" ({shown.view})" if shown else ""
    print(f"Fetch it: channel --channel {folder} gather {args.name}")
    print(f"Show it{view}: channel --channel {folder} new page NUMBER --title TITLE --source {args.name}")
    return 0


def _new_page(args: argparse.Namespace) -> int:
    from broadcaster.cli import open_channel
    from broadcaster.tools.starting.adding import append, checked
    from broadcaster.tools.starting.pages import page_table

    folder = _folder(args)
    names = ("title", "view", "layout", "category", "scope", "parent", "icon", "label")
    text = page_table(open_channel(args), args.number, {name: getattr(args, name) for name in names}, args.source)
    path = folder / "lineup.toml"
    with checked(folder, args.state, path):
        append(path, text)
    print(f"{path}: page {args.number} is added:\n\n{text}")
    print(f"Look at it:    channel --channel {folder} show {args.number} --out DIR")
    print(f"Put it on air: channel --channel {folder} build (one that runs begins again with it)")
    return 0


def _new_layout(args: argparse.Namespace) -> int:
    from broadcaster.cli import open_channel
    from broadcaster.tools.starting.adding import checked
    from broadcaster.tools.starting.pieces import FOLDER, layout_path, write_layout

    folder = _folder(args)
    channel = open_channel(args)
    path = layout_path(channel, args.name)
    with checked(folder, args.state, path):
        write_layout(channel, path)
    print(f"{path}: rows of two lines, to go on with")
    if not channel.settings.layouts:
        print(f'Add this line to channel.toml, above its first [table]: layouts = "{FOLDER}"')
    print(f'Give it to a page whose view is latest: layout = "{args.name}" in lineup.toml')
    print(f"Look at it: channel --channel {folder} show NUMBER --out DIR, or /preview/ while the channel runs")
    return 0


def _new_profile(args: argparse.Namespace) -> int:
    from broadcaster.cli import open_channel
    from broadcaster.tools.starting.adding import checked
    from broadcaster.tools.starting.pieces import profile_path, profile_text

    folder = _folder(args)
    channel = open_channel(args)
    path = profile_path(channel, args.name)
    text = profile_text(channel, args.name, args.extends, args.agent, args.key)
    with checked(folder, args.state, path):
        path.write_text(text, encoding="utf-8")
    print(f"{path}: like {args.extends}, with {', '.join(args.key)}")
    if channel.settings.profiles:
        print(f'Add "{args.name}" to profiles in channel.toml: only those are served')
    print(f"Look at it: channel --channel {folder} show 100 --profile {args.name} --out DIR, then /keytest on the box")
    return 0
