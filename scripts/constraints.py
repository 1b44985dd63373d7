"""Pin what the channel is installed with: ``constraints.txt`` holds the versions that pip would take today.

    python scripts/constraints.py

All extras are resolved together, so that the station, its tests and an existing engine agree. Whoever installs with
``pip install -c constraints.txt '.[station]'`` gets these versions and no others.
"""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "constraints.txt"
OWN = "service-channel"
HEAD = """\
# Made by `make constraints`; tests hold it against setup.cfg. Install with: pip install -c constraints.txt '.[station]'
"""


def extras() -> list[str]:
    """The names of all extras of setup.cfg."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return sorted(setup["options.extras_require"])


def resolve() -> dict[str, str]:
    """Name and version of everything that an installation with all extras would have, as pip resolves it now."""
    wanted = f"{ROOT}[{','.join(extras())}]"
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    argv = [*pip, "--dry-run", "--ignore-installed", "--report", "-", wanted]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
    found = {}
    for entry in json.loads(done.stdout)["install"]:
        # Normalised as names of packages are compared (PEP 503).
        name = re.sub(r"[-_.]+", "-", entry["metadata"]["name"]).lower()
        found[name] = entry["metadata"]["version"]
    found.pop(OWN, None)
    return found


def main() -> int:
    """Write the file; tells what changed."""
    before = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    lines = [f"{name}=={version}" for name, version in sorted(resolve().items())]
    FILE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    for line in lines:
        if line not in before:
            print(line)
    print(f"{len(lines)} packages in {FILE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
