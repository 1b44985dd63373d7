"""``python -m benchmarks._ticking FOLDER``: the example said in FOLDER, then each line of standard input is obeyed.

``tick`` lets a minute pass (departures and bicycles of all estates), ``alert`` raises a warning for everybody; each is
answered with its seconds. A process of its own, so that it takes no turn from those who measure.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.channel import Bench
from channel.memory import collect_seldom


def main(folder: Path, estates: int) -> None:
    """Build, say ``ready``, obey."""
    bench = Bench(folder, estates, frozenset())
    collect_seldom()
    bench.builder.build(bench.clock.now())
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == "end":
            break
        print(f"{bench.alert() if line.strip() == 'alert' else bench.tick():.3f}", flush=True)
    bench.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 818)
