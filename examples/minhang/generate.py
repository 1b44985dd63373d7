"""Makes the example's data: ``estates.csv`` and the records, from a seed and a moment, never at random.

    python examples/minhang/generate.py [--moment 2026-11-24T08:05+08:00] [--out FOLDER]

writes what the simulator would answer at the moment. Without arguments it writes the committed files again.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from district import alerts, base, towns  # noqa: E402 (the folder must be importable first)

MAKERS = (
    "medical", "people", "transport", "buses", "leisure", "life", "weather", "programmes", "events", "air", "articles",
    "services", "alerts",
)  # fmt: skip
for _name in MAKERS:
    importlib.import_module(f"district.{_name}")


def files(moment: datetime) -> dict[str, base.File]:
    """Every document that exists at ``moment``, by path."""
    at = base.At(moment.astimezone(base.SHANGHAI).replace(second=0, microsecond=0))
    return {**base.FILES, **alerts.files(at)}


def documents(moment: datetime, origin: str = base.ORIGIN) -> dict[str, bytes]:
    """The bytes of every document at ``moment``, by path; links between them start with ``origin``."""
    return {path: file.at(moment, origin) for path, file in files(moment).items()}


def write(folder: Path, moment: datetime) -> int:
    """Writes ``estates.csv`` and ``records/`` under ``folder`` and removes records that are no longer made."""
    records = folder / "records"
    made = documents(moment)
    for path, body in made.items():
        target = records / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    for old in sorted(records.rglob("*")):
        if old.is_file() and old.relative_to(records).as_posix() not in made:
            old.unlink()
    (folder / "estates.csv").write_bytes(towns.estates_csv())
    return len(made)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--moment", default=base.FIRST_MOMENT.isoformat(), help="ISO 8601; without offset Shanghai")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for estates.csv and records/")
    args = parser.parse_args()
    moment = datetime.fromisoformat(args.moment)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=base.SHANGHAI)
    count = write(args.out, moment)
    print(f"{count} documents and {len(towns.estates())} estates in {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
