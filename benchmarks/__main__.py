"""``python -m benchmarks NAME [--json]``: measure one thing and print a table, or one JSON object on one line."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path


def names() -> list[str]:
    """The benchmarks that there are: each a module with ``main(argv)``; the others help them."""
    folder = Path(__file__).parent
    found = (module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_"))
    return sorted(name for name in found if "\ndef main(" in (folder / f"{name}.py").read_text(encoding="utf-8"))


def main(argv: list[str]) -> int:
    """Run the benchmark that the first argument names."""
    if not argv or argv[0] in ("-h", "--help") or argv[0] not in names():
        print(f"usage: python -m benchmarks NAME [--json]\nNAME is one of: {', '.join(names())}", file=sys.stderr)
        return 0 if argv[:1] in (["-h"], ["--help"]) else 2
    importlib.import_module(f"benchmarks.{argv[0]}").main(argv[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
