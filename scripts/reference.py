"""Write docs/reference.md from the code: commands, settings, sources, pages, views. ``--check`` only compares."""

from __future__ import annotations

import argparse
import inspect
import os
import sys
import textwrap
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from broadcaster import cli
from channel.estates import COLUMNS, Estate
from channel.lineup import Page
from channel.settings import Bundle, Desk, OpenId, Origin, Render, Retention, Settings
from channel.views import views
from feeds.formats import format_names
from feeds.records import KINDS
from feeds.source import Source

TARGET = Path(__file__).parents[1] / "docs" / "reference.md"
HEAD = """# Reference
Made by `make docs` from the code; a test compares it. How things are done stands in the other documents.
"""


def main(argv: list[str]) -> int:
    """Write the file, or with ``--check`` (and in CI) say that it is stale with exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the file is stale")
    args = parser.parse_args(argv)
    text = reference()
    if args.check or os.environ.get("CI"):
        stale = not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != text
        if stale:
            print(f"{TARGET} is stale: run make docs", file=sys.stderr)
        return int(stale)
    TARGET.write_text(text, encoding="utf-8")
    print(TARGET)
    return 0


def reference() -> str:
    """The whole document."""
    parts = [HEAD, "## Commands\n", *map(_command, cli.command_names())]
    parts += ["## channel.toml\n", _fields(Settings), "### [render]\n", _fields(Render)]
    parts += ["### [bundle]\n", _fields(Bundle), "### [origin]\n", _fields(Origin)]
    parts += ["### [retention]\n", _fields(Retention), "### [desk]\n", _fields(Desk)]
    parts += ["### [desk.openid]\n", _fields(OpenId), "## estates.csv\n", _columns()]
    parts += ["## sources.toml: [source.ID]\n", f"Formats: {', '.join(sorted(format_names()))}.\n", _fields(Source)]
    parts += ["### Record types\n", *(_record(name, kind) for name, kind in sorted(KINDS.items()))]
    parts += ["## lineup.toml: [page.NUMBER]\n", _fields(Page), "## Views\n"]
    parts += [_view(name, module) for name, module in sorted(views().items())]
    return "\n".join(parts).rstrip() + "\n"


def _command(name: str) -> str:
    module = cli.load(name)
    parser = argparse.ArgumentParser(prog=f"channel {name.replace('_', '-')}", description=module.HELP)
    module.arguments(parser)
    # The width of a terminal must not decide what stands in a file.
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=100)
    return f"```\n{parser.format_help().strip()}\n```\n"


def _fields(kind: type[msgspec.Struct]) -> str:
    notes = _notes(kind)
    rows = ["| key | value | default | means |", "| --- | --- | --- | --- |"]
    hints = get_type_hints(kind, include_extras=True)
    rows += [
        f"| `{field.encode_name}` | {_kind(hints[field.name])} | {_default(field)} | {notes.get(field.name, '')} |"
        for field in msgspec.structs.fields(kind)
    ]
    doc = inspect.cleandoc(kind.__doc__ or "").replace("``", "`")
    return f"{doc}\n\n" + "\n".join(rows) + "\n"


def _columns() -> str:
    """The columns of estates.csv, from the type that a row becomes."""
    doc = inspect.cleandoc(Estate.__doc__ or "").replace("``", "`")
    wanted = ", ".join(f"`{name}`" for name in COLUMNS)
    return f"""A CSV in UTF-8 with a head: {wanted}; further columns are left alone. {doc}

A row with a bad or repeated id is left out; one without usable coordinates (degrees, WGS 84) is kept without distances.
Both are named by `channel check`.
"""


def _kind(hint: Any) -> str:
    """What a value may be, in a few words."""
    known = msgspec.inspect.type_info(hint)
    return _said(known).replace("|", "\\|")


def _said(known: Any) -> str:
    inspect_ = msgspec.inspect
    if isinstance(known, inspect_.LiteralType):
        return ", ".join(f"`{value}`" for value in known.values)
    if isinstance(known, inspect_.UnionType):
        return " or ".join(_said(part) for part in known.types if not isinstance(part, inspect_.NoneType))
    if isinstance(known, inspect_.Metadata):
        description = (known.extra_json_schema or {}).get("description", "")
        return description or _said(known.type)
    if isinstance(known, inspect_.IntType | inspect_.FloatType):
        low, high = known.ge if known.ge is not None else known.gt, known.le if known.le is not None else known.lt
        borders = (("from", low), ("to", high))
        return "a number" + "".join(f" {word} {border:g}" for word, border in borders if border is not None)
    if isinstance(known, inspect_.StrType):
        return f"text of at most {known.max_length} characters" if known.max_length else "text"
    if isinstance(known, inspect_.BoolType):
        return "`true`, `false`"
    if isinstance(known, inspect_.VarTupleType | inspect_.ListType):
        return f"a list: {_said(known.item_type)}"
    if isinstance(known, inspect_.TupleType):
        return f"a list of {len(known.item_types)}"
    if isinstance(known, inspect_.DictType):
        return f"a table: {_said(known.value_type)}"
    if isinstance(known, inspect_.StructType):
        return "a table of " + ", ".join(f"`{field.encode_name}`" for field in known.fields)
    return "any"


def _default(field: Any) -> str:
    if field.required:
        return "needed"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return "" if value in ("", (), {}, None) or isinstance(value, msgspec.Struct) else f"`{value}`"


def _notes(kind: type) -> dict[str, str]:
    """The string that follows a field in its class says what it means."""
    lines = inspect.getsource(kind).splitlines()
    notes: dict[str, str] = {}
    name = ""
    text: list[str] = []
    for line in lines[1:]:
        stripped = line.strip()
        if name and (stripped.startswith('"""') or text):
            text.append(stripped)
            if stripped.endswith('"""') and len(" ".join(text)) > 3:
                notes[name] = " ".join(text).strip('" ').replace("``", "`").replace("|", "\\|")
                name, text = "", []
        elif (
            ":" in stripped
            and line.startswith("    ")
            and not line.startswith("     ")
            and not stripped.startswith('"')
        ):
            name = stripped.partition(":")[0]
    return notes


def _record(name: str, kind: type[msgspec.Struct]) -> str:
    fields = ", ".join(f"`{field.encode_name}`" for field in msgspec.structs.fields(kind) if field.name != "id")
    first = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].replace("\n", " ").replace("``", "`")
    return f"- **{name}**: {first} Fields: {fields}."


def _view(name: str, module: Any) -> str:
    doc = textwrap.dedent(inspect.getdoc(module) or "").replace("``", "`")
    hints = get_type_hints(module.Options, include_extras=True)
    rows = [
        f"- `{field.name}`: {_kind(hints[field.name])}{_as_default(field)}"
        for field in msgspec.structs.fields(module.Options)
    ]
    options = "\n\nOptions:\n" + "\n".join(rows) if rows else ""
    return f"### {name}\n{doc}{options}\n"


def _as_default(field: Any) -> str:
    found = _default(field)
    return f", by default {found}" if found and found != "needed" else " (needed)" if found else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
