"""Bring the catalogues of ``channel/words/`` up to date with the messages of code and templates.

python scripts/words.py             write them: new messages are added, those that nobody says go
python scripts/words.py --check     only say what is missing; exit 1
python scripts/words.py --new de    begin a language
"""

from __future__ import annotations

import argparse
import ast
import sys
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
WORDS = ROOT / "channel" / "words"
PROFILES = ROOT / "channel" / "profiles"
"""Families of boxes: their files have titles that the preview and the desk say."""
SPOKEN = ("channel", "broadcaster", "layouts")
KEYWORDS: dict[str, Any] = {
    "say": None,
    "within": ((1, "c"), 2),
    "plural": (1, 2),
    "dated": (2,),
    "N_": None,
}
"""How ``channel.words.Say`` is called, in code and in templates."""
_TEMPLATES = {"extensions": "channel.screen.once.Once", "silent": "false", "trimmed": "true"}


def main(argv: list[str]) -> int:
    """Write or check the catalogues."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--new", metavar="LANGUAGE")
    options = parser.parse_args(argv)
    template = extracted()
    paths = sorted(WORDS.glob("*.po"))
    if options.new:
        paths = [WORDS / f"{options.new}.po"]
        paths[0].write_bytes(written(Catalog(locale=options.new, fuzzy=False)))
    stale = 0
    for path in paths:
        text = updated(path, template)
        if text != path.read_bytes():
            stale += 1
            print(f"{path.relative_to(ROOT)}: {'is stale: python scripts/words.py' if options.check else 'written'}")
            if not options.check:
                path.write_bytes(text)
        if path.stem != "en":
            for entry in untranslated(text, path.stem):
                stale += 1
                print(f"{path.relative_to(ROOT)}: not translated: {entry}")
    return int(bool(stale))


def extracted() -> Catalog:
    """Every message of code and templates, in the order of the files."""
    template = Catalog(fuzzy=False)
    for path in _files():
        for _, message, comments, context in _messages(path):
            where = [(path.relative_to(ROOT).as_posix(), 0)]
            template.add(message, locations=where, auto_comments=comments, context=context)
    return template


def updated(path: Path, template: Catalog) -> bytes:
    """The catalogue's text with the messages that there are now."""
    catalog = read_po(BytesIO(path.read_bytes()), locale=path.stem)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return written(catalog)


def written(catalog: Catalog) -> bytes:
    """A catalogue's text: the same for the same messages, whoever wrote it when."""
    catalog.fuzzy = False
    out = BytesIO()
    write_po(out, catalog, width=0, omit_header=True, sort_output=True, include_lineno=False)
    head = f"# {catalog.locale.get_display_name('en')}.\n" if catalog.locale else ""
    plural = f"nplurals={catalog.num_plurals}; plural={catalog.plural_expr};"
    header = (
        f'{head}msgid ""\nmsgstr ""\n"Language: {catalog.locale}\\n"\n"Plural-Forms: {plural}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    )
    return header.encode() + out.getvalue()


def untranslated(text: bytes, language: str) -> list[str]:
    """The messages that the catalogue does not say."""
    catalog = read_po(BytesIO(text), locale=language)
    return [
        repr(entry.id)
        for entry in catalog
        if entry.id and not all((entry.string,) if isinstance(entry.string, str) else entry.string or ("",))
    ]


def _files() -> Iterator[Path]:
    for folder in SPOKEN:
        for path in sorted((ROOT / folder).rglob("*")):
            if (path.suffix in (".py", ".xml", ".html") or path.parent == PROFILES) and "__pycache__" not in path.parts:
                yield path


def _messages(path: Path) -> Iterator[tuple[int, Any, list[str], str | None]]:
    if path.suffix == ".py":
        yield from _said(path)
        return
    if path.suffix == ".toml":
        yield 0, tomllib.loads(path.read_text("utf-8"))["title"], [], None
        return
    method = "jinja2.ext:babel_extract"
    yield from extract_from_file(method, str(path), KEYWORDS, ("Words:",), _TEMPLATES, strip_comment_tags=True)


def _said(path: Path) -> Iterator[tuple[int, Any, list[str], str | None]]:
    """The messages of a module. By its tree: one call often stands within another, and Babel's reader of tokens sees
    the outer one alone."""
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = (call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")).lstrip("_")
        if name not in KEYWORDS:
            continue
        words = [arg.value if isinstance(arg, ast.Constant) and isinstance(arg.value, str) else "" for arg in call.args]
        places = KEYWORDS[name] or (1,)
        context = next((words[p[0] - 1] for p in places if isinstance(p, tuple) and len(words) >= p[0]), None)
        found = tuple(words[p - 1] for p in places if isinstance(p, int) and len(words) >= p)
        if found and all(found):
            yield call.lineno, found if len(found) > 1 else found[0], [], context


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
