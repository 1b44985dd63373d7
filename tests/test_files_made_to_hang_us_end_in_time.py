"""Files that were made to keep a reader busy for ever end within its deadline, and others are gathered meanwhile."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from feeding import NOW, source

from feeds.archive import Archive
from feeds.base.clock import SetClock
from feeds.gatherer import Gatherer
from feeds.source import Source

pytestmark = pytest.mark.slow

ALERT = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier><sender>s</sender>
<sent>2026-11-24T08:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info>
<language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Immediate</urgency>
<severity>Severe</severity><certainty>Likely</certainty><expires>2026-11-25T08:00:00+08:00</expires>
<headline>暴雨橙色预警</headline><area><areaDesc>闵行区</areaDesc></area></info></alert>"""


def workbook(format_code: str) -> bytes:
    """One number in a style of that number format: a file that any spreadsheet opens."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    parts = {
        "xl/workbook.xml": f'<workbook {main} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {main}><numFmts><numFmt numFmtId="164" formatCode="{format_code}"/></numFmts>'
        '<cellXfs><xf numFmtId="164"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet {main}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>name</t>'
        '</is></c></row><row r="2"><c r="A2" s="0"><v>1</v></c></row></sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, head + text)
    return out.getvalue()


def calendar(*rules: str, begins: str = "19700101T080000", events: int = 1) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x"]
    for number in range(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}@x", f"DTSTART:{begins}", f"SUMMARY:第{number}场", *rules, "END:VEVENT"]
    return ("\r\n".join([*lines, "END:VCALENDAR"]) + "\r\n").encode()


def many(count: int) -> str:
    return ",".join(map(str, range(count)))


RECIPES: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "brackets": ("table", "x.xlsx", lambda: workbook("[" * 900_000)),
    "quotes": ("table", "x.xlsx", lambda: workbook("&quot;[" * 200_000)),
    "by-lists": (
        "ical", "x.ics",
        lambda: calendar(f"RRULE:FREQ=DAILY;BYHOUR={many(24)};BYMINUTE={many(60)};BYSECOND={many(60)}"),
    ),
    "folded": ("ical", "x.ics", lambda: calendar("RRULE:FREQ=SECO\r\n NDLY;INTERVAL=1")),
    "folded-tab": ("ical", "x.ics", lambda: calendar("RRULE:FR\r\n\tEQ=MINUTELY;COUNT=99999999")),
    "no-interval": ("ical", "x.ics", lambda: calendar("RRULE:FREQ=DAILY;INTERVAL=0")),
    "half-a-century": ("ical", "x.ics", lambda: calendar("RRULE:FREQ=DAILY", events=3_000)),
    "empty-members": ("rss", "x.xml.gz", lambda: gzip.compress(b"", mtime=0) * 900_000),
    "digits": (
        "geojson", "x.json",
        lambda: b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"x"},"geometry":'
        b'{"type":"Point","coordinates":[' + b"1" * 400 + b",31.1]}}]}",
    ),
}  # fmt: skip
DEADLINE_S = 3


def hostile(folder: Path, name: str) -> Source:
    format, file, made = RECIPES[name]
    (folder / f"{name}-{file}").write_bytes(made())
    return source(
        format, f"file:{name}-{file}", id=f"bad-{name}", record="place" if format in ("table", "geojson") else "",
        parse_deadline=f"{DEADLINE_S}s",
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_it_ends_within_the_deadline(tmp_path: Path, name: str) -> None:
    """Read, refused or stopped: it ends, and costs no more than was allowed (and the start of a reader)."""
    archive = Archive.open(f"sqlite:///{tmp_path}/a.db")
    gatherer = Gatherer(archive, tmp_path, SetClock(NOW))
    start = time.monotonic()
    done = gatherer.submit(hostile(tmp_path, name)).result(60)
    seconds = time.monotonic() - start
    gatherer.close()
    archive.close()
    assert seconds < DEADLINE_S + 5
    assert done.ok or done.error


def test_others_are_gathered_meanwhile_alerts_included(tmp_path: Path) -> None:
    """All of them come at once, and first; a warning and a table that come after them wait for none to be over."""
    archive = Archive.open(f"sqlite:///{tmp_path}/a.db")
    gatherer = Gatherer(archive, tmp_path, SetClock(NOW))
    (tmp_path / "alert.xml").write_text(ALERT)
    (tmp_path / "good.csv").write_text("name,phone\nx,1\n")
    for round_ in range(2):
        bad = [gatherer.submit(hostile(tmp_path, name), force=True) for name in sorted(RECIPES)]
        good = [
            gatherer.submit(source("cap", "file:alert.xml", id="alerts"), force=True),
            gatherer.submit(source("table", "file:good.csv", id="good", record="contact"), force=True),
        ]
        start = time.monotonic()
        assert {one.result(60).outcome for one in good} == {"unchanged" if round_ else "changed"}
        # A moment for each that is not known yet; in the second round every one is.
        assert time.monotonic() - start < (4 if round_ else 2 * len(RECIPES))
        for one in bad:
            one.result(90)
    gatherer.close()
    archive.close()
