"""What a viewer could not read, or a box not show, is found before air, with its page, its screen and its element."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from channel import preflight
from channel.folder import Channel
from channel.kits import Kit
from channel.paint.output import Asset, Finding, PaintedDocument, Rendered
from channel.paint.theme import load_theme
from channel.profiles import Profile, load_profiles
from channel.screen import legibility
from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from feeds.base.errors import PersonError
from tests.conftest import EXAMPLE
from tests.samples import picture

CHANNEL = Channel.open(EXAMPLE)
WEB = load_profiles(["web-hd"])["web-hd"]
BARE = '<nav id="nav"><link id="back" to="100" kind="cell" x="64" y="638" w="84" h="52" fill="panel2"/></nav>'
ROWS = "".join(f'<box x="64" y="{112 + 50 * i}" w="1152" h="46" fill="panel"/>' for i in range(10))


def sentences(markup: str, theme: str = "night", profile: Profile = WEB) -> list[tuple[bool, str, str]]:
    """Fault, element and sentence of each flaw of a screen with this in it."""
    shape = load_geometry(profile.metrics)
    screen = compose(f'<screen fill="ground">{markup}{BARE}</screen>', shape, page="201", title="")[0]
    colors = load_theme(theme).colors
    return [(f.fault, f.element, f.sentence) for f in legibility.flaws(screen, shape, profile.safe_area, colors)]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<text x="64" y="112" h="40">莘庄</text>', ()),
        ('<text x="30" y="112" h="40">莘庄</text>', (True, "莘庄", "text at 30,117 leaves the safe area")),
        ('<text x="64" y="20" h="30">莘庄</text>', (True, "莘庄", "text at 64,20 leaves the safe area")),
        ('<text x="64" y="112" h="40" size="20">莘庄</text>', (True, "莘庄", "20 px, expected 24 px at least")),
        (
            f'<text x="64" y="112" h="40" size="24">{"莘" * 41}</text>',
            (False, "莘" * 20, "41 characters on a line, expected 40 at most"),
        ),
        (f'<text x="64" y="112" h="40" size="24">{"Lift " * 15}</text>', ()),
        (
            '<rule x="64" y="112" w="300" h="2"/>',
            (False, "<rule> at 64,112", "300 x 2 px, expected 3 px at least"),
        ),
        ('<rule x="64" y="112" w="300" h="3"/>', ()),
        (ROWS, (False, "<flow>", "10 rows on one screen, expected 9 at most")),
    ],
)
def test_each_rule_of_legibility_is_checked(markup: str, expected: tuple[bool, str, str] | tuple[()]) -> None:
    """Safe area, floor, forty characters, three pixels, nine rows: found where it is broken, silent where it is not."""
    assert sentences(markup) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("markup", "ratio"),
    [
        # What is read first needs 7 to 1 ...
        ('<box x="64" y="112" w="400" h="60" fill="panel2"><text color="text2">每天 6:30</text></box>', "5.6"),
        ('<box x="64" y="112" w="400" h="60" fill="panel2"><text size="title" color="text2">每天</text></box>', "5.6"),
        ('<box x="64" y="112" w="400" h="60" fill="panel"><text color="text2">每天 6:30</text></box>', ""),
        # ... a label, a head and the word of a state 4.5 ...
        ('<box x="64" y="112" w="400" h="60" fill="panel2"><text size="secondary" color="text2">时间</text></box>', ""),
        ('<box x="64" y="112" w="400" h="60" fill="panel"><text weight="bold" color="brand">今日菜价</text></box>', ""),
        ('<box x="64" y="112" w="400" h="60" fill="panel"><text color="red">停诊</text></box>', ""),
        ('<box x="64" y="112" w="400" h="60" fill="panel2"><text color="red">停诊</text></box>', "3.5"),
        # ... and as much while the link has the focus.
        ('<link to="201" x="64" y="112" w="400" h="60" fill="panel"><text on="text">莘庄</text></link>', "1.5"),
        ('<link to="201" x="64" y="112" w="400" h="60" fill="panel"><text>莘庄</text></link>', ""),
    ],
)
def test_body_text_needs_more_contrast_than_the_rest(markup: str, ratio: str) -> None:
    """7 to 1 for names, prose and figures, 4.5 for labels, heads, states and keys."""
    found = [sentence for _, _, sentence in sentences(markup)]
    assert len(found) == bool(ratio)
    assert all(f"has a contrast of {ratio}, expected" in sentence for sentence in found)


def test_a_finding_names_page_screen_and_element() -> None:
    """The second screen of an item of page 201 is told as that."""
    shape = load_geometry("hd")
    markup = f'<screen fill="ground"><text x="30" y="112" h="40">莘庄</text>{BARE}</screen>'
    screen = msgspec.structs.replace(compose(markup, shape, page="201", title="")[0], number=2, count=2)
    sheets = Kit(CHANNEL, WEB, shape).paint([screen], "h17", picture.head("list", "hd"), None, "")
    (finding,) = sheets.findings
    assert (finding.level, finding.page, finding.screen, finding.element) == ("fault", "201.h17", 2, "莘庄")


THEME = (Path(__file__).parents[1] / "layouts" / "themes" / "night.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('panel = "#1F2F3D"', 'panel = "#0F2F3D"', "colors.panel: found '#0F2F3D', expected channels of 16 to 235"),
        ('text = "#EBE8DE"', 'text = "#FFFFFF"', "colors.text: found '#FFFFFF', expected channels of 16 to 235"),
        ("[colors]", "[edges]\nkeys = 2\n[colors]", "edges.keys: found 2, expected 0 or 3 px at least"),
        ("[colors]", "[edges]\nkeys = 3\n[colors]", "found no edge, expected it where edges.keys is set"),
        ('line = "#101822"', "", "found no line, expected every token"),
    ],
)
def test_a_theme_that_no_set_can_show_is_refused_when_it_is_read(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A colour outside 16 to 235, an edge that flickers, a token left out: the file, what was found, what is right."""
    (tmp_path / "themes").mkdir()
    assert old in THEME
    (tmp_path / "themes" / "own.toml").write_text(THEME.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PersonError) as caught:
        load_theme("own", tmp_path)
    assert said in str(caught.value) and "own.toml" in str(caught.value)


HTML = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><body>{}</body>'


def inspected(
    body: str, profile: Profile = WEB, *, media: str = "text/html; charset=utf-8", **assets: Asset
) -> list[Finding]:
    """The findings of one document."""
    names = tuple(f"{name}.png" for name in assets)
    document = PaintedDocument(name="201.html", media=media, body=HTML.format(body).encode(), assets=names)
    rendered = Rendered(
        page="201", scope="district", documents=(document,), findings=(), valid_until=None,
        assets={f"{name}.png": asset for name, asset in assets.items()},
    )  # fmt: skip
    return list(preflight.inspect(rendered, CHANNEL.lineup, CHANNEL.estates, profile).findings)


def png(width: int, height: int) -> Asset:
    """As much of a PNG as its size takes."""
    return Asset((b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big"),), "png")


def test_what_a_box_has_no_room_for_is_a_fault() -> None:
    """Bytes, decoded pictures, pictures that fill the screen, scripts."""
    small = msgspec.structs.replace(WEB, budgets=msgspec.structs.replace(WEB.budgets, script_tags=1))
    assert inspected("<p>莘庄</p>") == []
    assert [f.sentence for f in inspected("x" * 70_000)] == ["70080 bytes, the box takes 65536"]
    assert [f.sentence for f in inspected("<script></script>" * 2, small)] == ["2 script elements, the box takes 1"]
    found = [f.sentence for f in inspected("", a=png(1280, 720), b=png(1280, 720), c=png(1920, 1080))]
    assert found == [
        "15667200 bytes of decoded pictures, the box takes 8388608",
        "3 pictures that fill the screen, the box takes 2",
    ]
    assert all(f.level == "fault" and f.element == "201.html" for f in inspected("", a=png(9000, 9000)))


def test_a_picture_is_drawn_in_its_own_size_for_boxes_that_do_not_scale() -> None:
    """Coship ignores the width on the page."""
    coship = msgspec.structs.replace(WEB, image=msgspec.structs.replace(WEB.image, scale=False))
    drawn = '<img src="../../assets/a.png" width="{}" height="60" alt="">'
    assert inspected(drawn.format(120), coship, a=png(120, 60)) == []
    found = inspected(drawn.format(100), coship, a=png(120, 60))
    assert [f.sentence for f in found] == ["a.png is 120 x 60 px and drawn as 100 x 60: the box does not scale"]
    assert (
        inspected(
            drawn.format(100),
            msgspec.structs.replace(WEB, image=msgspec.structs.replace(WEB.image, scale=True)),
            a=png(120, 60),
        )
        == []
    )


def test_header_page_and_bytes_agree_on_the_charset() -> None:
    """A box believes whichever it reads first."""
    found = inspected("莘庄", media="text/html; charset=gbk")
    assert [f.sentence for f in found] == ["the header says gbk, the first meta utf-8"]


@pytest.mark.parametrize(("letters", "said"), [("€12 – ő, Łódź", []), ("\U0002000b", ["\U0002000b"])])
def test_a_rare_han_is_a_note_and_a_sign_of_money_is_none(letters: str, said: list[str]) -> None:
    """What GBK lacks is written by its number, which every browser reads: an English channel's euros are no finding. Of
    a Han that GBK lacks, an old box may have no picture either."""
    body = HTML.replace("utf-8", "gbk").format(letters).encode("gbk", "xmlcharrefreplace")
    document = PaintedDocument(name="201.html", media="text/html; charset=gbk", body=body)
    rendered = Rendered(
        page="201", scope="district", documents=(document,), findings=(), valid_until=None, assets={}
    )  # fmt: skip
    found = preflight.inspect(rendered, CHANNEL.lineup, CHANNEL.estates, WEB).findings
    assert [f.sentence for f in found if "numeric reference" in f.sentence] == [
        f"{sign} is outside gbk and written as a numeric reference" for sign in said
    ]
