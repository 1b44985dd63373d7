"""The machine that a number was measured on, and how results are printed."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path


def machine() -> str:
    """Processor, cores, memory, kernel and Python in one line."""
    model = platform.processor() or platform.machine()
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = next((int(line.split()[1]) // 1024 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {memory} MB, {system}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def show(
    name: str, results: Mapping[str, object], *, as_json: bool, targets: Mapping[str, float] | None = None
) -> None:
    """Print the results: a table with the targets beside them, or one JSON object on one line."""
    if as_json:
        print(json.dumps({"benchmark": name, "machine": machine(), **results}, ensure_ascii=False))
        return
    print(f"{name} on {machine()}")
    for key, value in results.items():
        target = (targets or {}).get(key)
        shown = f"{value:.3f}" if isinstance(value, float) else str(value)
        print(f"  {key:<28} {shown:>14}" + (f"   (at most {target:g})" if target is not None else ""))
