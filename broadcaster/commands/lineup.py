"""``channel lineup``."""

from __future__ import annotations

import argparse

HELP = "what the desk changes in the line-up, or (channel lineup export) the files with these changes in them"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Without ``export``, list."""
    parser.add_argument("what", nargs="?", choices=("export",), help="print the files as the desk has them")
    parser.add_argument("--write", action="store_true", help="with export: write the changes into the channel's files")


def run(args: argparse.Namespace) -> int:
    """List the changes, or put them into the files: what the files say by then, the desk shows as done."""
    from broadcaster.cli import open_channel
    from broadcaster.tools.terminal import table
    from channel import overlay
    from feeds.base.errors import PersonError
    from feeds.base.files import write_whole

    channel = open_channel(args)
    if args.what != "export":
        if args.write:
            raise PersonError("--write: found it without export")
        files = {name: overlay.file_tables(channel.folder, name) for name in overlay.FILES.values()}
        misfits = {misfit.change.text: misfit.why for misfit in channel.misfits}
        table(
            ("text", "table", "key", "the file says", "the desk says", "but"),
            [
                (
                    change.text, change.table, key, _told(overlay.said(files[change.file], change.table, key)),
                    _told(value), misfits.get(change.text) or _but(key, overlay.conflicts(files[change.file], change)),
                )
                for change in channel.overlay.changes
                for key, value in change.fields.items()
            ],
        )  # fmt: skip
        return 0
    for name, text in channel.overlaid.items():
        if args.write:
            write_whole(channel.folder / name, text.encode())
            print(f"{channel.folder / name} is written")
        else:
            print(text, end="")
    return 0


def _told(value: object) -> str:
    return "—" if value is None else str(value)


def _but(key: str, conflicts: tuple[str, ...]) -> str:
    return "the file has changed since" if key in conflicts else ""
