"""Makes the example's data: ``estates.csv`` and the records, from a seed and a moment, never at random.

    python examples/harbour/generate.py [--moment 2026-11-24T08:05] [--out FOLDER]

Without arguments it writes the committed files again.
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from city import alerts, base, civic, places, sky, television, transport  # noqa: E402 (the folder comes first)

MAKERS = (alerts, civic, places, sky, television, transport)
"""The modules whose documents are served; importing them has registered each."""


def files(moment: datetime) -> dict[str, base.File]:
    """Every document that there is at ``moment``, by path."""
    return {**base.FILES, **alerts.files(base.At(moment.astimezone(base.ZONE).replace(second=0, microsecond=0)))}


def write(folder: Path, moment: datetime) -> int:
    """Writes ``estates.csv`` and ``records/`` under ``folder``; records that are no longer made are removed."""
    records = folder / "records"
    made = files(moment)
    for path, file in made.items():
        target = records / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.at(moment))
    for old in sorted(records.rglob("*")):
        if old.is_file() and old.relative_to(records).as_posix() not in made:
            old.unlink()
    (folder / "estates.csv").write_bytes(places.estates_csv())
    return len(made)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--moment", default=base.FIRST_MOMENT.isoformat(), help="ISO 8601; without offset the city's")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for estates.csv and records/")
    args = parser.parse_args()
    moment = datetime.fromisoformat(args.moment)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=base.ZONE)
    print(f"{write(args.out, moment)} documents in {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
