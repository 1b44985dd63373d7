"""``channel``: one door to everything; each command is a module of ``broadcaster.commands``.

A command module offers ``HELP`` (one line), ``arguments(parser)`` and ``run(args) -> int``. It imports what is heavy
inside ``run``, so that a bare installation can pull bundles and ``--help`` is quick.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from broadcaster import commands, logs
from feeds.base.errors import ChannelError, Mistakes, PersonError
from feeds.base.machine import of_the_machine

if TYPE_CHECKING:
    from channel.folder import Channel
    from channel.release import Store

_LOG = logging.getLogger(__name__)
INTERNAL_FAULT = 70
"""Exit code of a fault of our own (EX_SOFTWARE of sysexits.h)."""
INTERRUPTED = 130


class Command(Protocol):
    """What a module of ``broadcaster.commands`` offers."""

    HELP: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it and give the exit code. Raises ChannelError."""


def command_names() -> tuple[str, ...]:
    """Every command, sorted; a module ``publish_static`` is the command ``publish-static``."""
    found = (module.name for module in pkgutil.iter_modules(commands.__path__))
    return tuple(sorted(name.replace("_", "-") for name in found if not name.startswith("_")))


def load(name: str) -> Command:
    """The module of a command."""
    return cast(Command, importlib.import_module(f"{commands.__name__}.{name.replace('-', '_')}"))


def default_folder() -> Path:
    """The current folder; inside a checkout, where that holds no channel, the example beside the source."""
    here, root = Path.cwd(), Path(__file__).resolve().parents[1]
    example = root / "examples" / "minhang"
    inside = root in (here, *here.parents) and (example / "channel.toml").is_file()
    return example if inside and not (here / "channel.toml").is_file() else here


def open_channel(args: argparse.Namespace) -> Channel:
    """The channel that ``--channel`` and ``--state`` name. Raises Mistakes: all that is wrong in its files."""
    from broadcaster.letters import note_mistakes
    from channel.folder import Channel
    from feeds.base.clock import set_wall

    # Options and roles belong to views, and letters to fonts, which stand above the settings that load the line-up.
    channel = Channel.open(channel_folder(args), args.state, note_mistakes)
    set_wall(channel.settings.timezone)
    return channel


def channel_folder(args: argparse.Namespace) -> Path:
    """The folder that ``--channel`` names. Raises PersonError when it is none of a channel."""
    folder: Path = args.channel
    if not (folder / "channel.toml").is_file():
        hint = "make one with `channel new channel DIR`, or name one with --channel DIR"
        raise PersonError(f"{folder}: found no channel.toml", hint=hint)
    return folder


def open_store(args: argparse.Namespace) -> Store:
    """The store of releases in that channel's state. Raises PersonError."""
    from broadcaster.places import STORE
    from channel.release import Store

    return Store.open(open_channel(args).state / STORE)


def own_state(channel: Channel) -> Channel:
    """``channel``, if its state is not that of an origin which follows another channel: what is done there would be
    undone by the next release that comes. Raises PersonError."""
    from broadcaster.places import FOLLOWED

    if (channel.state / FOLLOWED).is_dir():
        hint = "do it where the channel is built, or name another folder with --state"
        raise PersonError(f"{channel.state}: found an origin's state that follows another channel", hint=hint)
    return channel


def open_own_store(args: argparse.Namespace) -> Store:
    """The store, to change what is on air. Raises PersonError."""
    from broadcaster.places import STORE
    from channel.release import Store

    return Store.open(own_state(open_channel(args)).state / STORE)


def common_options(args: argparse.Namespace) -> list[str]:
    """The options of how to log, for a child process."""
    return [flag for flag, wanted in (("--json-log", args.json_log), ("--verbose", args.verbose)) if wanted]


def build_parser(names: Iterable[str]) -> argparse.ArgumentParser:
    """The parser of all commands; those of ``names`` with their own arguments."""
    parser = argparse.ArgumentParser(prog="channel", description="A service channel for digital cable TV.")
    _add_common(parser, top=True)
    group = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = frozenset(names)
    for name in command_names():
        if name not in wanted:
            group.add_parser(name, add_help=False)
            continue
        module = load(name)
        sub = group.add_parser(name, help=module.HELP, description=module.HELP)
        _add_common(sub, top=False)
        module.arguments(sub)
        sub.set_defaults(run=module.run)
    return parser


def _add_common(parser: argparse.ArgumentParser, *, top: bool) -> None:
    """The options that may stand before or after the command's name."""

    def default(value: object) -> object:
        return value if top else argparse.SUPPRESS

    group = parser.add_argument_group("common options")
    group.add_argument(
        "--channel",
        type=Path,
        metavar="DIR",
        default=default(None),
        help="the channel's folder (default: the current one; from within the source, its example)",
    )
    group.add_argument(
        "--state", type=Path, metavar="DIR", default=default(None), help="where state is kept (default: DIR/var)"
    )
    how = group.add_mutually_exclusive_group()
    how.add_argument("--json-log", action="store_true", default=default(False), help="log as JSON lines on stderr")
    how.add_argument("--verbose", action="store_true", default=default(False), help="log more, with tracebacks")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; what goes wrong is one line on stderr, never a traceback."""
    given = list(sys.argv[1:] if argv is None else argv)
    names = command_names()
    named = next((word for word in given if word in names), None)
    verbose = "--verbose" in given
    state = Path.cwd()
    try:
        _refuse_torn(given)
        args = build_parser([named] if named else names).parse_args(given)
        args.channel = (args.channel or default_folder()).absolute()
        args.state = args.state.absolute() if args.state else None
        state = args.state or args.channel / "var"
        logs.configure(json=args.json_log, verbose=args.verbose)
        return int(args.run(args))
    except Mistakes as error:
        for mistake in error.found:
            _say(str(mistake), mistake.hint)
        return error.exit_code
    except ChannelError as error:
        # What a part could only hand on in the system's words is said in ours, with its own family's code.
        refused = of_the_machine(error.__cause__, state) if error.__cause__ else None
        _say(refused.message if refused else error.message, refused.hint if refused else error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does: nothing is wrong, and the flush at exit must not say so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as error:
        if verbose:
            _LOG.exception("module missing")
        hint = "install service-channel[station]; after an update too"
        _say(f"{named}: the module {error.name} is not installed", hint)
        return 1
    except Exception as error:
        refused = of_the_machine(error, state)
        if verbose:
            _LOG.exception("the machine refused" if refused else "internal fault")
        if refused:
            _say(refused.message, refused.hint)
            return refused.exit_code
        _say(f"internal fault: {type(error).__name__}: {error}", "" if verbose else "--verbose shows where")
        return INTERNAL_FAULT


def _refuse_torn(given: Sequence[str]) -> None:
    """Raises PersonError for a word of the command line that is not text: no file and no screen could bear it."""
    for word in given:
        if any("\ud800" <= letter <= "\udfff" for letter in word):
            raise PersonError(f"found {word!a}, which is not UTF-8, expected text")


def _say(message: str, hint: str) -> None:
    line = " ".join(f"channel: {message}".split())
    print(line, file=sys.stderr)
    if hint:
        print(f"  hint: {' '.join(hint.split())}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
