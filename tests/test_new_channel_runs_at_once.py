"""``channel new channel`` makes a folder that passes its check, builds and shows page 100; or it makes nothing."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from broadcaster.cli import main
from broadcaster.tools.starting.skeleton import titles
from channel.words import languages
from tests.conftest import EXAMPLE

pytestmark = pytest.mark.slow

CITY = ["--name", "Lisboa TV", "--district", "Lisboa", "--language", "en", "--timezone", "Europe/Lisbon"]
ESTATES = (
    "Nome;Freguesia;Longitude;Latitude\nAlvalade Norte;Alvalade;-9,1437;38,7536\nTelheiras;Lumiar;-9,1660;38,7590\n"
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with a list of estates as a city has it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bairros.csv").write_text(ESTATES, encoding="utf-8")
    return tmp_path


def new(*words: str) -> int:
    return main(["new", "channel", *words])


def test_a_new_channel_passes_builds_and_shows_page_100(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Estates of a spreadsheet, weather and news from files: checked, built, and said what to do next."""
    for name in ("weather.json", "district-news.xml"):
        shutil.copy(EXAMPLE / "records" / name, here)
    given = ["--estates", "bairros.csv", "--weather", "weather.json", "--news", "district-news.xml"]
    assert new("lisboa", *CITY, *given) == 0
    told = capsys.readouterr().out
    assert "Nome as name, Freguesia as town" in told and "news: rss, 40 article records" in told
    assert "channel --channel lisboa run\n" in told and "http://127.0.0.1:8180/" in told
    assert sorted(path.name for path in (here / "lisboa").iterdir()) == [
        "channel.toml", "estates.csv", "lineup.toml", "news.xml", "sources.toml", "weather.json",
    ]  # fmt: skip
    assert (here / "lisboa" / "estates.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "alvalade-norte,Alvalade Norte,Alvalade,-9.1437,38.7536,", "telheiras,Telheiras,Lumiar,-9.1660,38.7590,",
    ]  # fmt: skip
    common = ["--channel", "lisboa"]
    assert main([*common, "check"]) == 0
    assert main([*common, "gather"]) == 0
    assert main([*common, "build"]) == 0
    assert main([*common, "show", "100", "--estate", "telheiras", "--out", "out"]) == 0
    page = (here / "out" / "100.html").read_text(encoding="utf-8")
    assert "Lisboa TV" in page and "110" in page and "500" in page
    assert main([*common, "check"]) == 0


@pytest.mark.parametrize("language", languages())
def test_every_language_has_words_of_its_own(here: Path, language: str) -> None:
    """Without addresses and estates too: what a channel has not is not on its pages, and nothing is made up."""
    assert new("one", "--name", "C", "--language", language, "--timezone", "UTC") == 0
    pages = tomllib.loads((here / "one" / "lineup.toml").read_text(encoding="utf-8"))["page"]
    assert sorted(pages) == ["100", "102", "103", "109"]
    assert pages["103"]["title"] == titles(language)["help"] and titles(language).keys() == titles("en").keys()
    assert (here / "one" / "estates.csv").read_text(encoding="utf-8") == "id,name,town,lon,lat,area_code\n"
    assert main(["--channel", "one", "build"]) == 0


def test_an_address_that_does_not_answer_is_written_with_a_remark(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said, it stands in the file, and its pages are there; warnings have page 900."""
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{dead.getsockname()[1]}"
        assert new("one", *CITY, "--weather", f"{base}/w", "--news", f"{base}/n", "--alerts", f"{base}/a") == 0
    assert capsys.readouterr().out.count("nothing could be read") == 3
    text = (here / "one" / "sources.toml").read_text(encoding="utf-8")
    assert text.count("# When this was made nothing could be read here") == 3
    assert {s["format"] for s in tomllib.loads(text)["source"].values()} == {"weather", "rss", "cap"}
    pages = tomllib.loads((here / "one" / "lineup.toml").read_text(encoding="utf-8"))["page"]
    assert {"110", "500", "900"} <= set(pages) and pages["100"]["red"][1] == "900"


@pytest.mark.parametrize(
    ("zone", "given", "currency"),
    [("Pacific/Auckland", [], "NZD"), ("Europe/Warsaw", [], "PLN"), ("Europe/Warsaw", ["--currency", "EUR"], "EUR")],
)
def test_prices_are_in_the_money_of_the_place(here: Path, zone: str, given: list[str], currency: str) -> None:
    """That of the zone's country, unless another is named."""
    assert new("one", "--name", "C", "--language", "en", "--timezone", zone, *given) == 0
    assert tomllib.loads((here / "one" / "channel.toml").read_text(encoding="utf-8"))["currency"] == currency


def test_a_polish_list_of_estates_is_understood(here: Path) -> None:
    """By its own heads; letters with a stroke stay letters in ids."""
    rows = "Osiedle;Dzielnica;Szerokość;Długość\nŻoliborz Północny;Śródmieście;52,2690;20,9850\n"
    (here / "osiedla.csv").write_text(rows, encoding="utf-8")
    assert new("one", *CITY, "--estates", "osiedla.csv") == 0
    made = (here / "one" / "estates.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert made == ["zoliborz-polnocny,Żoliborz Północny,Śródmieście,20.9850,52.2690,"]


def test_a_map_gives_estates_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The middle of a shape is its place; a feature without one is named and left out."""
    (here / "map.geojson").write_text(
        '{"type": "FeatureCollection", "features": ['
        '{"type": "Feature", "id": "N1", "properties": {"NAME": "Alvalade", "Suburb": "Norte"}, "geometry":'
        ' {"type": "Polygon", "coordinates": [[[-9.14, 38.75], [-9.13, 38.75], [-9.13, 38.76], [-9.14, 38.75]]]}},'
        '{"type": "Feature", "properties": {"NAME": "Nowhere"}, "geometry": null},'
        '{"type": "Feature", "properties": {"NAME": "Olivais"},'
        ' "geometry": {"type": "Point", "coordinates": [-9, 38]}}]}',
        encoding="utf-8",
    )
    assert new("one", *CITY, "--estates", "map.geojson") == 0
    assert "map.geojson: features[1].lon: found '', expected degrees" in capsys.readouterr().err
    rows = (here / "one" / "estates.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert rows == ["n1,Alvalade,Norte,-9.135000,38.755000,", "olivais,Olivais,Lisboa,-9.000000,38.000000,"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--timezone", "Europe/Lisbonn"], "--timezone: found 'Europe/Lisbonn', expected a zone"),
        (["--currency", "euro"], "--currency: found 'euro', expected a code of ISO 4217"),
        (["--currency", "EUX"], "--currency: found 'EUX', expected a code of ISO 4217"),
        (["--language", "fr"], "--language: found 'fr', expected one of: en, zh_Hans, zh_Hant"),
        (["--name", "x" * 99], "--name: found 'xxx"),
        (["--estates", "none.csv"], "none.csv: no such file"),
        (["--estates", "nothing.csv"], "nothing.csv:1: found columns a, b; expected a column for name"),
        (["--estates", "wrong.csv"], "wrong.csv:2: lon: found '381.7', expected degrees from -180 to 180"),
        (["--weather", "none.json"], "--weather: found 'none.json', which cannot be read"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """Option or file and line, what was found and what was expected; exit code 2, and no folder."""
    (here / "nothing.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (here / "wrong.csv").write_text("name,lon,lat\nOne,381.7,1\nTwo,x,2\n", encoding="utf-8")
    before = sorted(here.iterdir())
    assert new("one", *CITY, *words) == 2
    assert said in capsys.readouterr().err
    assert sorted(here.iterdir()) == before


def test_a_bad_row_is_named_by_its_line_and_left_out(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are taken, an id that comes twice once."""
    rows = "id,name,lon,lat\na,One,1,2\nb,,1,2\nc,Three,1,x\nA,Four,1,2\ne,Five,1.1,2\nf,Six,1,2\n"
    (here / "some.csv").write_text(rows, encoding="utf-8")
    assert new("one", *CITY, "--estates", "some.csv") == 0
    told = capsys.readouterr()
    assert "estates: 3 read" in told.out
    for line in ("some.csv:3: name: found nothing", "some.csv:4: lat: found 'x'", "some.csv:5: id: found 'A' a second"):
        assert line in told.err
    assert main(["--channel", "one", "check"]) == 0


def test_a_folder_that_is_used_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is in it is named and stays; an empty one is taken, the one that is stood in is not."""
    (here / "used").mkdir()
    (here / "used" / "mine.txt").write_text("mine", encoding="utf-8")
    assert new("used", *CITY) == 2
    assert "found mine.txt in it, expected a new folder" in capsys.readouterr().err
    assert [path.name for path in (here / "used").iterdir()] == ["mine.txt"]
    (here / "empty").mkdir()
    assert new("empty", *CITY) == 0 and (here / "empty" / "channel.toml").is_file()
    assert new("bairros.csv", *CITY) == 2
    assert new("one") == 2
    assert "found no terminal to ask on, expected --name, --language, --timezone" in capsys.readouterr().err


def test_who_is_killed_leaves_nothing_half(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither while an address is waited for, nor between two files; what lay beside goes with the next call, whatever
    that makes, and nothing lies anywhere else."""
    temporary = tmp_path_factory.mktemp("temporary")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        argv = [sys.executable, "-m", "broadcaster.cli", "new", "channel", "one", *CITY, "--weather", address]
        process = subprocess.Popen(
            argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "TMPDIR": str(temporary)},
        )  # fmt: skip
        silent.settimeout(30)
        # Held open, or the waiting would be over before the kill.
        waiting = silent.accept()[0]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
        waiting.close()
    assert len(list(here.glob(".channel-new-*"))) == 1 and not list(temporary.iterdir())
    half = (
        "import os, signal; from pathlib import Path; from broadcaster.tools.starting import fresh\n"
        f"with fresh.beside(Path({str(here / 'two')!r})) as work:\n"
        "    (work / 'channel.toml').write_text('title')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", half], timeout=60, check=False).returncode == -signal.SIGKILL
    assert not (here / "one").exists() and len(list(here.glob(".channel-new-*"))) == 1
    assert new("one", *CITY) == 0
    assert sorted(path.name for path in here.iterdir()) == ["bairros.csv", "one"]


def test_a_person_is_asked_on_a_terminal(here: Path) -> None:
    """A wrong answer is told and asked again; an empty one takes what is shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "broadcaster.cli", "new", "channel", "one"], stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "LANG": "en_GB.UTF-8", "LC_ALL": ""},
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, b"Porto TV\nPorto\nxx\nen\nEurope/Lisbon\n\nno.csv\nbairros.csv\n\n\n\n")
    told, until = b"", time.monotonic() + 30
    while time.monotonic() < until:
        try:
            told += os.read(ours, 4096)
        except OSError:
            break
    assert process.wait(30) == 0
    os.close(ours)
    words = told.decode()
    assert "found 'xx', expected one of: en" in words and "found 'no.csv', which is no file" in words
    settings = tomllib.loads((here / "one" / "channel.toml").read_text(encoding="utf-8"))
    said = (settings["title"], settings["district"], settings["timezone"], settings["currency"])
    assert said == ("Porto TV", "Porto", "Europe/Lisbon", "EUR")
