"""No child outlives its parent: each process of ``channel run`` watches the process that started it.

``python -m broadcaster.station.parent_watch SCRIPT ARGS…`` runs a script of somebody else's under the same watch.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Callable

PARENT = "CHANNEL_PARENT"
"""Environment variable with the process id whose death ends this process; set by whoever starts a child."""
INTERVAL_S = 0.5


def stop_self() -> None:
    """Ask this process to end in its own good order, and end it after five seconds if it does not."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)
    os._exit(1)


def watch(parent: int | None = None, *, then: Callable[[], None] = stop_self) -> threading.Thread | None:
    """Call ``then`` once ``parent`` (default: what CHANNEL_PARENT says) is no longer this process's parent.

    Gives the watching thread, or None when there is nobody to watch.
    """
    if parent is None:
        named = os.environ.get(PARENT, "")
        if not named.isdigit():
            return None
        parent = int(named)

    def poll() -> None:
        while os.getppid() == parent:
            time.sleep(INTERVAL_S)
        then()

    thread = threading.Thread(target=poll, name="parent-guard", daemon=True)
    thread.start()
    return thread


def main() -> None:
    """Run the script named on the command line with its arguments, ended by the parent's death."""
    # A script that handles no signal ends at once; one that does is given its chance by stop_self.
    watch()
    sys.argv = sys.argv[1:]
    sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))  # noqa: PTH100, PTH120
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
