"""Screens: from content to HTML bytes and to a bitmap, against a warm headless Chromium in the same run.

Sixteen layouts with long real text, each content seen for the first time: fonts and templates are warm, nothing is
cached of the content itself. Times are of one core (CPU time of the thread, so a busy machine does not count), the
browser's of the wall, for it is another process.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.machine import show
from channel.memory import collect_seldom
from channel.paint import png
from channel.paint.addresses import DocumentAddress
from channel.paint.bitmap import Painter
from channel.paint.html import DocumentFrame, HtmlPainter
from channel.paint.strips import Cutter
from channel.paint.theme import load_theme
from channel.profiles import load_profiles
from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from channel.screen.rows import Rows
from channel.screen.screen import Screen
from channel.screen.templates import FootKey, Head, layouts
from tests.samples import contents

WARM, SEEN = 6, 12
"""Contents of each layout before measuring, and measured ones."""
TARGETS = {
    "html_ms_median": 1.0,
    "html_ms_worst": 4.0,
    "bitmap_fresh_ms_median": 8.0,
    "bitmap_fresh_ms_worst": 15.0,
    "bitmap_join_ms": 0.05,
    "html_bytes_worst": 16_384,
    "menu_png_bytes": 61_440,
    "png_bytes_worst": 92_160,
}
_KEYS = (FootKey("red", "急诊", "209"), FootKey("green", "社区中心", "204"), None, FootKey("blue", "首页", "100"))


class Bench:
    """What paints, kept warm."""

    def __init__(self) -> None:
        self.geometry = load_geometry("hd")
        self.layouts = layouts()
        self.profile = load_profiles(["web-hd"])["web-hd"]
        self.rows = Rows()
        themes = ("night", "alert")
        self.html = {name: HtmlPainter(load_theme(name), self.profile) for name in themes}
        self.bitmap = {name: Painter(load_theme(name)) for name in themes}

    def screens(self, layout: str, seed: int) -> list[Screen]:
        """From content to Screens, focus map included."""
        head = Head(
            number="201", title="附近医院", district="闵行区", back="100#p201", keys=_KEYS, place="莘庄镇 · 景城花苑",
            place_to="109", place_w=250, source=f"来源 区卫健委 · 更新于 08:{seed % 60:02d}", clock=False,
        )  # fmt: skip
        markup = self.layouts.markup(layout, contents.sample(layout, seed), head, self.geometry)
        return compose(markup, self.geometry, page="201", title="附近医院", rows=self.rows)

    def document(self, screen: Screen) -> bytes:
        """The HTML of a Screen."""
        painter = self.html[screen.theme or "night"]
        frame = DocumentFrame(spot=DocumentAddress("201", screen=screen.number), back="100.html")
        return painter.document(screen, frame)[0].body

    def picture(self, screen: Screen) -> bytes:
        """The PNG of a Screen."""
        return self.bitmap[screen.theme or "night"].picture(screen).body


def _paint(bench: Bench) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {"html": [], "bitmap": [], "html_bytes": [], "png_bytes": [], "menu_png": []}
    for layout in contents.layouts():
        for seed in range(WARM):
            for screen in bench.screens(layout, seed):
                bench.document(screen)
                bench.picture(screen)
        for seed in range(1000, 1000 + SEEN):
            contents.sample(layout, seed)
            begun = time.thread_time()
            screens = bench.screens(layout, seed)
            laid = (time.thread_time() - begun) / len(screens)
            for screen in screens:
                begun = time.thread_time()
                body = bench.document(screen)
                times["html"].append((laid + time.thread_time() - begun) * 1000)
                begun = time.thread_time()
                picture = bench.picture(screen)
                times["bitmap"].append((laid + time.thread_time() - begun) * 1000)
                times["html_bytes"].append(len(body))
                times["png_bytes"].append(len(picture))
                if layout == "menu":
                    times["menu_png"].append(len(picture))
    return times


def _join(bench: Bench) -> float:
    """Milliseconds to join a picture whose bands are known: header, bands, trailer with its checksum."""
    screen = msgspec.structs.replace(bench.screens("nearest", 1)[0], rows=[])
    painter = bench.bitmap["night"]
    picture = painter.picture(screen)
    bands = [painter.band(strip, screen.width) for strip in Cutter().split(screen)]
    rounds = 2000
    begun = time.thread_time()
    for _ in range(rounds):
        body = b"".join((picture.parts[0], *[band.chunk for band in bands], png.trailer(bands)))
    spent = time.thread_time() - begun
    assert body == picture.body
    return spent / rounds * 1000


def _chromium(bench: Bench) -> list[float]:
    """Milliseconds of a warm browser to draw and photograph the same HTML; empty where there is none."""
    from tests import browser as chrome

    if not chrome.CHROMIUM:
        return []
    times = []
    with tempfile.TemporaryDirectory() as folder, chrome.chromium() as running:
        tab = running.open("about:blank")
        for layout in contents.layouts():
            for seed in (0, 1, 2):
                path = Path(folder) / f"{layout}-{seed}.html"
                path.write_bytes(bench.document(bench.screens(layout, seed)[0]))
                begun = time.perf_counter()
                tab.goto(path.as_uri())
                tab.call("Page.captureScreenshot", format="png")
                if seed:
                    times.append((time.perf_counter() - begun) * 1000)
    return times


def measure() -> dict[str, Any]:
    """Every figure."""
    bench = Bench()
    gc.collect()
    collect_seldom()
    times = _paint(bench)
    browser = _chromium(bench)
    bitmap = statistics.median(times["bitmap"])
    results: dict[str, Any] = {
        "html_ms_median": statistics.median(times["html"]),
        "html_ms_worst": max(times["html"]),
        "bitmap_fresh_ms_median": bitmap,
        "bitmap_fresh_ms_worst": max(times["bitmap"]),
        "chromium_ms_median": statistics.median(browser) if browser else None,
        "bitmap_vs_chromium": statistics.median(browser) / bitmap if browser else None,
        "bitmap_join_ms": _join(bench),
        "html_bytes_median": int(statistics.median(times["html_bytes"])),
        "html_bytes_worst": int(max(times["html_bytes"])),
        "menu_png_bytes": int(max(times["menu_png"])),
        "png_bytes_worst": int(max(times["png_bytes"])),
        "screens": len(times["html"]),
    }
    return results


def main(argv: list[str]) -> dict[str, Any]:
    """``python -m benchmarks screens [--json]``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks screens", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    args = parser.parse_args(argv)
    results = measure()
    show("screens", results, as_json=args.json, targets=TARGETS)
    return results
