"""What ``channel source try`` calls good, a gathering believes; how the text was read is told."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from feeding import NOW, Station
from google.transit import gtfs_realtime_pb2 as pb
from hostile_tasks import Misled

from broadcaster.cli import main
from feeds.base.clock import SetClock
from feeds.guess import trial


def rows(good: int, bad: int) -> str:
    lines = [f"站{number},121.4,31.{number + 10}" for number in range(good)]
    return "\n".join(["名称,经度,纬度", *lines, *(f",121.{number},31" for number in range(bad))]) + "\n"


@pytest.mark.parametrize(("good", "bad", "ok"), [(5, 7, False), (6, 6, True), (12, 0, True), (1, 11, False)])
def test_a_trial_is_judged_like_a_gathering(tmp_path: Path, good: int, bad: int, ok: bool) -> None:
    """Under min_valid the trial refuses with the share, as the gathering of the same file does."""
    (tmp_path / "given.csv").write_text(rows(good, bad), encoding="utf-8")
    done = trial("file:given.csv", tmp_path, SetClock(NOW))
    assert done.source is not None
    station = Station(tmp_path)
    gathered = station.gather(done.source)
    station.close()
    assert done.ok == gathered.ok == ok
    assert ok or (f"only {good} of {good + bad} rows" in done.error and "min_valid = 0.5" in done.error)
    assert bool(done.toml) == ok


def test_the_share_is_shown_and_the_exit_code_tells(
    channel_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, the rows and the reason, and no ready table."""
    (tmp_path / "given.csv").write_text(rows(5, 7), encoding="utf-8")
    assert main(["--channel", str(channel_dir), "source", "try", str(tmp_path / "given.csv")]) == 1
    said = capsys.readouterr()
    assert "5 of 12 read (Place), 7 refused, 42% valid (min_valid 50%)" in said.out
    assert "write min_valid = 0.41" in said.err and "[source." not in said.out


def test_records_are_shown_in_words(channel_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Field by field, in district time, nothing of how they are held in memory."""
    area = "<area><areaDesc>闵行区</areaDesc><circle>31.1,121.4 5</circle></area></info></alert>"
    (tmp_path / "given.cap").write_text(CAP.replace("</info></alert>", area), encoding="utf-8")
    assert main(["--channel", str(channel_dir), "source", "try", str(tmp_path / "given.cap")]) == 0
    said = capsys.readouterr().out
    assert "sent 2026-11-24 08:00; status Actual" in said and "event 大风" in said
    assert not any(word in said for word in ("Area(", "+00:00", "None", "True"))


def test_a_dataset_is_named_as_one(channel_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not as nothing of nothing: updates of trips give no records of their own."""
    (tmp_path / "given.pb").write_bytes(trip_update())
    assert main(["--channel", str(channel_dir), "source", "try", str(tmp_path / "given.pb")]) == 0
    assert "gtfs_rt: a dataset of 1 trip update" in capsys.readouterr().out


def trip_update() -> bytes:
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = 1_795_478_400
    entity = message.entity.add(id="1")
    entity.trip_update.trip.trip_id = "t1"
    entity.trip_update.stop_time_update.add(stop_sequence=1).departure.delay = 60
    return bytes(message.SerializeToString())


CAP = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>W</identifier><sender>a@b.cn</sender>'
    "<sent>2026-11-24T08:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info>"
    "<category>Met</category><event>大风</event><urgency>Immediate</urgency><severity>Minor</severity>"
    "<certainty>Observed</certainty></info></alert>"
)
TEXTS = {
    "cp1252": "name,address\nCafé Zürich,Königstraße 5\nÉcole Molière,12 rue de l'Église\n",
    "cp1251": "name,address\nБольница,улица Ленина 5\nШкола,проспект Мира 3\n",
    "koi8_r": "name,address\nБольница,улица Ленина 5\nШкола,проспект Мира 3\n",
    "gb18030": "name,address\n古美医院,合川路3051号\n第五人民医院,鹤庆路801号\n",
    "big5hkscs": "name,address\n圖書館,中正路一號\n醫院,民生東路\n學校,仁愛路三段\n",
    "shift_jis": "name,address\n図書館,東京都千代田区\nひろば,とうきょう\n",
    "euc_kr": "name,address\n도서관,서울시 중구\n부산 병원,부산시 해운대구\n",
}


@pytest.mark.parametrize("codec", TEXTS)
def test_an_encoding_without_a_label_is_weighed(
    channel_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], codec: str
) -> None:
    """The right one is found, its certainty and a piece of the text are shown, and the next best where it is unsure."""
    (tmp_path / "given.csv").write_bytes(TEXTS[codec].encode(codec))
    assert main(["--channel", str(channel_dir), "source", "try", str(tmp_path / "given.csv")]) == 0
    said = capsys.readouterr().out
    assert TEXTS[codec].splitlines()[1].partition(",")[0] in said
    assert f"encoding: {codec}, " in said and "% sure: " in said
    if codec in ("gb18030", "big5hkscs"):
        assert "encoding = " not in said
    else:
        assert 'if that is not what was written, try encoding = "' in said
        assert f'every = "1h"\nencoding = "{codec}"\n' in said


@pytest.mark.parametrize("label", ["", ' encoding="gb2312"'])
def test_words_of_another_script_between_tags_are_read(tmp_path: Path, label: str) -> None:
    """A feed in Windows-1251 without a label, or with one that its bytes deny, is no nonsense in Chinese."""
    title = "Новости города и области на сегодня"
    body = f'<?xml version="1.0"{label}?><rss><channel><item><title>{title}</title></item></channel></rss>'
    (tmp_path / "given").write_bytes(body.encode("cp1251"))
    done = trial("file:given", tmp_path, SetClock(NOW))
    assert done.ok and done.parsed is not None and done.parsed.records[0].title == title  # type: ignore[union-attr]


def test_a_declared_encoding_wins(tmp_path: Path) -> None:
    """In guessing, in reading and in JSON alike; what is UTF-8 without doubt needs no word."""
    for name, body in (("a.csv", TEXTS["cp1251"]), ("b.json", '[{"name": "Школа", "address": "Мира 3"}]')):
        (tmp_path / name).write_bytes(body.encode("utf-8"))
        done = trial(f"file:{name}", tmp_path, SetClock(NOW))
        assert done.ok and done.encoding is None
        done = trial(f"file:{name}", tmp_path, SetClock(NOW), encoding="cp1251")
        assert done.encoding is not None and (done.encoding.name, done.encoding.sure) == ("cp1251", 1.0)
        assert done.parsed is not None and "РЁРєРѕР»Р°" in str(done.parsed.records)


def test_a_fault_of_a_format_is_told_as_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No traceback and no library's words reach the editor; the log has them."""
    misled = Misled("explode")
    monkeypatch.setattr("feeds.guess.trying.shared", lambda: misled)
    (tmp_path / "given.csv").write_text(rows(2, 0), encoding="utf-8")
    try:
        with caplog.at_level(logging.ERROR):
            done = trial("file:given.csv", tmp_path, SetClock(NOW), ident="bad")
    finally:
        misled.close()
    assert "fault is ours" in done.error and "ZeroDivision" not in done.error
    assert "the reader's own fault" in caplog.text


@pytest.mark.parametrize(
    ("body", "words"), [('[{"name": "a"} {"name": "b"}]', "line 1, character 16"), ("{name: 1}", "line 1, character 2")]
)
def test_a_mistake_in_json_is_a_sentence(tmp_path: Path, body: str, words: str) -> None:
    """It says where, and nothing in a library's words."""
    (tmp_path / "given").write_text(body, encoding="utf-8")
    error = trial("file:given", tmp_path, SetClock(NOW), format="geojson").error
    assert words in error and "Expecting" not in error


def test_a_calendar_of_the_past_is_remarked_upon(tmp_path: Path) -> None:
    """It is read, so that it can be seen, and told that the channel would show none of it."""
    event = "BEGIN:VEVENT\nUID:1\nSUMMARY:会\nDTSTART:20050101T000000Z\nEND:VEVENT\n"
    (tmp_path / "given").write_text(event, encoding="utf-8")
    done = trial("file:given", tmp_path, SetClock(NOW))
    assert done.ok and "2005-01-01" in done.notes[0] and "past" in done.notes[0]
