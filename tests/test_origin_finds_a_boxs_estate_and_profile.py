"""The entry finds estate and profile by the operator's order of hints, and no lie makes it stumble."""

from __future__ import annotations

import csv
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from small_origin import CHARSETS, publish, small_channel
from werkzeug.test import Client

from broadcaster.origin.app import Parts, create
from broadcaster.origin.entry import Wish, profile_for
from broadcaster.origin.identity import (
    Box,
    CardTable,
    Directory,
    PrefixTable,
    card_hash,
    load_edges,
    load_prefixes,
    read_token,
    sign_token,
)
from broadcaster.origin.metrics import Counters
from broadcaster.origin.paintings import Paintings
from broadcaster.origin.parcels import Parcels
from broadcaster.origin.portal import Ways
from broadcaster.origin.ready import OnAir
from broadcaster.origin.view import Terms
from broadcaster.origin.warmer import Warmer
from broadcaster.origin.watch import Watch
from broadcaster.painters import Line
from broadcaster.places import BUNDLES, METRICS, PAINTED, STORE
from channel.fingerprint import engine
from channel.profiles.loader import load_profiles
from channel.release import Store
from channel.terminals import Terminals
from feeds.base.clock import SystemClock
from feeds.base.errors import PersonError

KEY, CARD_KEY = b"k" * 32, b"c" * 32
CARD = "8122 3344-55:667788"
PANEL = "Mozilla/4.0 (compatible; MSIE 6.0; EIS iPanel 3.0 ; unknown)"


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    estates = small_channel(tmp_path).estates
    (tmp_path / "prefixes.csv").write_text(
        "prefix,estate\n10.0.0.0/8,mh0001\n10.1.0.0/16,mh0002\n10.1.2.0/24,mh0003\n2001:db8::/32,mh0002\n"
    )
    (tmp_path / "edges.csv").write_text("prefix\n192.0.2.0/24\n")
    (tmp_path / "cards.csv").write_text(f"card,estate\n{CARD},mh0003\nshort,mh0001\n99999999,nowhere\n")
    taken = CardTable.write(tmp_path / "cards.csv", tmp_path / "cards.table", CARD_KEY, estates)
    assert taken == (1, 2)
    return Directory(
        estates,
        token_key=KEY,
        prefixes=load_prefixes(tmp_path / "prefixes.csv", estates),
        cards=CardTable(tmp_path / "cards.table", CARD_KEY),
        edges=load_edges(tmp_path / "edges.csv"),
    )


def find(directory: Directory, **said: str) -> Any:
    box = {name: said.pop(name) for name in Box._fields if name in said}
    return directory.find(said, Box(**box), time.time())


def test_hints_are_asked_in_their_order(directory: Directory) -> None:
    """Token, estate, area, address, card, path, cookie, district: take one away and the next decides."""
    token = sign_token("mh0001", int(time.time()) + 60, KEY)
    hints: dict[str, str] = {
        "e": token, "estate": "mh0002", "area": "310112001", "peer": "10.1.2.3", "card": CARD, "path": "mh0002",
        "cookie": "mh0001",
    }  # fmt: skip
    expected = [
        ("e", "mh0001", "token"), ("estate", "mh0002", "estate"), ("area", "mh0001", "area"),
        ("peer", "mh0003", "address"), ("card", "mh0003", "card"), ("path", "mh0002", "path"),
        ("cookie", "mh0001", "cookie"), ("", "district", "none"),
    ]  # fmt: skip
    for name, estate, by in expected:
        assert find(directory, **hints) == (estate, by)
        hints.pop(name, None)


def test_neighbours_who_share_an_area_code_keep_their_own_choice(directory: Directory) -> None:
    """Several estates have one code: the one that was chosen before among them wins, else the first."""
    assert find(directory, area="310112002").estate == "mh0002"
    assert find(directory, area="310112002", cookie="mh0003").estate == "mh0003"
    assert find(directory, area="310112002", cookie="mh0001").estate == "mh0002"


@pytest.mark.parametrize(
    ("address", "estate"),
    [
        ("10.200.0.1", "mh0001"), ("10.1.200.1", "mh0002"), ("10.1.2.255", "mh0003"), ("::ffff:10.1.2.4", "mh0003"),
        ("2001:db8::7", "mh0002"), ("2001:db9::7", "district"), ("11.0.0.1", "district"), ("nonsense", "district"),
        ("", "district"), ("010.1.2.3", "district"),
    ],
)  # fmt: skip
def test_the_longest_prefix_decides(directory: Directory, address: str, estate: str) -> None:
    """IPv4, IPv6 and mapped addresses; what is no address is no hint."""
    assert find(directory, peer=address).estate == estate


def test_only_an_edge_of_ours_may_speak_for_a_box(directory: Directory) -> None:
    """X-Forwarded-For counts when an edge appended it, and only what an edge appended."""
    assert find(directory, peer="203.0.113.9", forwarded="10.1.2.3").estate == "district"
    assert find(directory, peer="192.0.2.1", forwarded="10.1.2.3").estate == "mh0003"
    assert find(directory, peer="192.0.2.1", forwarded="10.0.0.1, 10.1.2.3").estate == "mh0003"
    assert find(directory, peer="192.0.2.1", forwarded="10.0.0.1, 192.0.2.7").estate == "mh0001"
    assert find(directory, peer="192.0.2.1", forwarded="10.0.0.1, nonsense").estate == "district"
    assert find(directory, peer="192.0.2.1", forwarded="," * 60_000).estate == "district"


@pytest.mark.parametrize(
    "token",
    [
        "", "a", "mh0001", "mh0001.9999999999.", "mh0001.9999999999." + "A" * 43,
        sign_token("mh0001", 9_999_999_999, b"another key"),
        sign_token("mh0001", 1, KEY), sign_token("mh0001", 9_999_999_999, KEY).replace("mh0001", "mh0002"),
        sign_token("mh0001", 9_999_999_999, KEY) + "A", "." * 60_000, sign_token("mh0001", 9_999_999_999, KEY)[:-1],
    ],
)  # fmt: skip
def test_a_token_that_is_not_genuine_names_nobody(token: str) -> None:
    """Forged, expired, cut, altered: none of them is believed."""
    assert read_token(token, KEY, time.time()) is None


def test_the_table_of_cards_holds_no_card(directory: Directory, tmp_path: Path) -> None:
    """Digits of a card are found neither in the table nor by another key."""
    plain = "8122334455667788"
    assert plain.encode() not in (tmp_path / "cards.table").read_bytes()
    assert find(directory, smid=plain).estate == "mh0003"
    assert find(directory, caid=" 8122-3344-5566-7788 ").estate == "mh0003"
    assert CardTable(tmp_path / "cards.table", b"another key").find(plain) is None
    for nonsense in ("", "1", "8122334455667789", "8" * 60_000, "812233445566778\x00", "八一二二三三四四"):
        assert find(directory, card=nonsense).estate == "district"
    assert card_hash("八一二二三三四四", CARD_KEY) is None


def test_340_000_cards_are_loaded_and_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real number of households: eighteen bytes each, and found by looking at no more than twenty of them."""
    estates = small_channel(tmp_path).estates
    names = list(estates)
    with (tmp_path / "cards.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("card", "estate"))
        rows.writerows((f"{8_000_000_000_000_000 + n * 977}", names[n % 3]) for n in range(340_000))
    assert CardTable.write(tmp_path / "cards.csv", tmp_path / "cards.table", CARD_KEY, estates) == (340_000, 0)
    table = CardTable(tmp_path / "cards.table", CARD_KEY)
    assert len(table) == 340_000
    assert [table.find(f"{8_000_000_000_000_000 + n * 977}") for n in (0, 1, 170_000, 339_999)] == [
        names[n % 3] for n in (0, 1, 170_000, 339_999)
    ]
    assert (tmp_path / "cards.table").stat().st_size < 340_000 * 18 + 100
    looked = 0

    class Counting(struct.Struct):
        def unpack_from(self, *where: Any) -> Any:
            nonlocal looked
            looked += 1
            return super().unpack_from(*where)

    monkeypatch.setattr(CardTable, "_ROW", Counting(">16sH"))
    for number in range(0, 340_000, 10_000):
        looked = 0
        assert table.find(f"{8_000_000_000_000_000 + number * 977}") == names[number % 3]
        assert 0 < looked <= 20


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("prefixes.csv", "prefix,estate\n10.0.0.1/8,mh0001\n", "line 2"),
        ("prefixes.csv", "prefix,estate\n10.0.0.0/8,mh9999\n", "mh9999"),
        ("prefixes.csv", "network,estate\n", "line 1"),
        ("prefixes.csv", "prefix,estate\n\nnonsense,mh0001\n", "line 3"),
    ],
)
def test_a_mistake_in_a_table_is_named_with_its_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    """File, line, found, expected."""
    (tmp_path / name).write_text(text)
    with pytest.raises(PersonError, match=says):
        load_prefixes(tmp_path / name, small_channel(tmp_path).estates)


@pytest.fixture
def client(tmp_path: Path, directory: Directory) -> Client:
    store = Store.open(tmp_path / STORE)
    publish(store, "一")
    views, counters, profiles = OnAir(), Counters(), load_profiles()
    paintings = Paintings(profiles, engine(), tmp_path / PAINTED, Line(tmp_path))
    channel = small_channel(tmp_path)
    Watch(store, views, Terms(CHARSETS, tuple(CHARSETS), channel.estates), paintings).look()
    parts = Parts(
        views=views,
        directory=directory,
        profiles=profiles,
        counters=counters,
        paintings=paintings,
        warmer=Warmer(views, paintings, counters, tmp_path),
        clock=SystemClock(),
        bundles=tmp_path / BUNDLES,
        parcels=Parcels(store, tmp_path / "parcels"),
        metrics=tmp_path / METRICS,
        portal=Ways(channel, Terminals(channel).portal),
    )
    return Client(create(parts), use_cookies=False)


def entry(client: Client, query: str = "", **headers: str) -> str:
    answer = client.get("/" + query, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.headers["Location"])


def test_the_entry_leads_to_a_clean_address(client: Client) -> None:
    """Estate and profile are in the path; what was asked, cards above all, is nowhere in the answer."""
    answer = client.get(f"/?smid={CARD}&foo=bar", headers={"User-Agent": PANEL})
    assert answer.headers["Location"] == "/ipanel-hd/mh0003/100.html"
    everything = str(answer.headers) + answer.get_data(as_text=True)
    assert "8122" not in everything and "bar" not in everything
    assert "estate=mh0003" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("query", "agent", "profile"),
    [
        ("?profile=bitmap-hd", PANEL, "bitmap-hd"),
        ("?profile=bitmap-hd-large", PANEL, "bitmap-hd"),
        ("?profile=nonsense", PANEL, "ipanel-hd"),
        ("?profile=../../etc", "x", "web-hd"),
        ("", PANEL, "ipanel-hd"),
        ("", "Mozilla/5.0 (X11; Linux x86_64) Chrome/120 Safari/537.36", "web-hd"),
        ("", "x" * 10_000, "web-hd"),
    ],
)
def test_the_profile_is_asked_for_or_recognised(client: Client, query: str, agent: str, profile: str) -> None:
    """``?profile=`` first, then the User-Agent, else web-hd; what is not built falls back."""
    assert entry(client, query, User_Agent=agent) == f"/{profile}/district/100.html"


def test_large_text_keeps_page_and_estate_with_and_without_cookies(client: Client) -> None:
    """The yellow key leads through the entry: the estate comes from the path it was pressed on, or from the cookie."""
    came = {"Referer": "http://localhost/web-hd/mh0001/201.html", "User-Agent": "x"}
    answer = client.get("/?profile=ipanel-hd&page=201", headers=came)
    assert answer.headers["Location"] == "/ipanel-hd/mh0001/201.html"
    elsewhere = {"Referer": "http://elsewhere/web-hd/mh0001/201.html", "User-Agent": "x"}
    assert client.get("/", headers=elsewhere).headers["Location"] == "/web-hd/district/100.html"
    assert entry(client, "?page=999", User_Agent="x") == "/web-hd/district/100.html"
    assert entry(client, "?page=../1", User_Agent="x") == "/web-hd/district/100.html"


def test_a_remembered_profile_chooses_the_size_of_text_and_no_other_family() -> None:
    """A cookie that says large text is kept; one that says another box's keys is not."""
    profiles = load_profiles()
    built = ["web-hd", "web-hd-large", "ipanel-hd"]
    assert profile_for(Wish({}, "x", "web-hd-large"), built, profiles) == "web-hd-large"
    assert profile_for(Wish({}, "x", "ipanel-hd"), built, profiles) == "web-hd"
    assert profile_for(Wish({}, PANEL, "ipanel-hd-large"), built, profiles) == "ipanel-hd"
    assert profile_for(Wish({}, "x"), built, profiles, default="ipanel-hd") == "ipanel-hd"


def test_nonsense_leads_to_the_district(client: Client) -> None:
    """A box always gets a page, whatever its launcher appended."""
    nonsense = ("?estate=mh9999", "?estate=%00", "?estate=../..", "?e=x&area=%ff&card=%E4%B8%80", "?estate=&estate=x")
    for query in nonsense:
        assert entry(client, query, User_Agent="x") == "/web-hd/district/100.html"
    assert entry(client, "", Cookie="estate=<script>", User_Agent="x") == "/web-hd/district/100.html"
    assert entry(client, "", Cookie="estate=mh0002", User_Agent="x") == "/web-hd/mh0002/100.html"


def test_no_prefix_means_no_estate() -> None:
    """An empty table answers nothing."""
    import ipaddress

    assert PrefixTable().find(ipaddress.ip_address("10.0.0.1")) is None
