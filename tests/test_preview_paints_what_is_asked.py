"""The preview paints what somebody looks at, keeps so many bytes of it, and tells no more than it knows."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest
from conftest import EXAMPLE
from preview_site import MOMENT, STAMP, application, editor, example

from broadcaster.preview.kept import MOST_BYTES, Kept
from broadcaster.preview.looks import Look
from broadcaster.preview.studio import Studio
from channel.folder import Channel
from channel.kits import Kit
from channel.paint.output import Asset, PaintedDocument, Rendered
from channel.render import Renderer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    """The example with its records as archive."""
    return example(EXAMPLE, tmp_path_factory.mktemp("asked"))


def _rendered(name: str, document: int, picture: int) -> Rendered:
    made = PaintedDocument(name=f"{name}.html", media="text/html", body=bytes(document))
    asset = Asset((bytes(picture // 2), bytes(picture // 2)), "png")
    return Rendered(page=name, scope="district", documents=(made,), assets={f"{name}.png": asset})


def test_documents_and_pictures_together_are_kept_up_to_a_number_of_bytes() -> None:
    """The longest unused goes first, its pictures with it; what alone is too large is not kept."""
    assert MOST_BYTES == 64 << 20
    kept = Kept(most=250)
    for name in ("101", "102"):
        kept.put(name, _rendered(name, 20, 80))
    assert (len(kept), kept.bytes) == (2, 200)
    assert kept.find("101") and kept.asset("101.png") == bytes(80)
    kept.put("103", _rendered("103", 20, 80))
    assert kept.find("102") is None and kept.asset("102.png") is None
    assert kept.find("101") and kept.find("103") and kept.bytes == 200
    kept.put("104", _rendered("104", 200, 80))
    assert (len(kept), kept.bytes) == (0, 0)


def test_however_much_is_looked_at_no_more_is_kept(channel: Channel) -> None:
    """Many moments of a page of pictures: each is shown, and the renderer holds nothing of the rest."""
    kept = Kept(most=2_000_000)
    studio = Studio(channel, kept=kept)
    for minute in range(10, 30):
        assert studio.page("404", "mh0001", "bitmap-hd", studio.look(f"20261124T08{minute}00")).documents
        assert kept.bytes <= 2_000_000
    assert len(kept) < 20
    assert len(studio._engine()._painted) <= 4


def test_only_the_screens_that_are_asked_for_are_painted(channel: Channel) -> None:
    """A page of many items costs its own screens, an item itself."""
    studio, painted = Studio(channel), []
    paint = Kit.paint

    def noted(kit: Kit, screens: list[object], item: str, *rest: object) -> object:
        painted.append(item)
        return paint(kit, screens, item, *rest)  # type: ignore[arg-type]

    with patch.object(Kit, "paint", noted):
        page = studio.page("603", "mh0001", "bitmap-hd", Look(MOMENT))
        assert painted == [""] and studio.items("603", "mh0001", Look(MOMENT)) > 1000
        item = next(t for d in page.documents for t in d.targets if t.startswith("603.")).partition("#")[0][4:]
        assert studio.document("bitmap-hd", "mh0001", f"i/603.{item}.json", Look(MOMENT)).body
        studio.document("bitmap-hd", "mh0002", f"i/603.{item}.html", Look(MOMENT))
        assert painted == ["", item]


@pytest.mark.parametrize("profile", ["web-hd", "bitmap-sd"])
def test_what_is_painted_alone_is_what_the_whole_page_has(channel: Channel, profile: str) -> None:
    """The same documents under the same names, and the same pictures."""
    studio, page = Studio(channel), channel.lineup.page("201")
    snapshots = studio._snapshots(page, Look(MOMENT))
    whole = Renderer(channel).page("201", "mh0001", profile, snapshots, MOMENT)
    names = {d.name: d for d in whole.documents}
    for name in ("201", "201-2", "i/201.h05"):
        for ending in ("html",) if profile == "web-hd" else ("html", "json", "png"):
            found = studio.document(profile, "mh0001", f"{name}.{ending}", Look(MOMENT))
            assert found == names[f"{name}.{ending}"]
            for asset in found.assets:
                assert studio.asset(asset) == whole.assets[asset].body


def test_facts_are_of_what_was_painted(channel: Channel) -> None:
    """The page's own screens, with how many items there are; or the item that is on the television, by itself."""
    client = editor(application(channel))
    own = client.get(f"/preview/facts/{STAMP}/web-hd/mh0001/201").get_json()
    item = client.get(f"/preview/facts/{STAMP}/web-hd/mh0001/201.h05").get_json()
    assert (own["item"], item["item"]) == ("", "h05")
    assert own["items"] == item["items"] > 10
    assert (own["screens"] > 1, item["screens"]) == (True, 1)
    assert own["until"] == item["until"] != ""
    assert (item["number"], item["title"]) == ("201", own["title"])
    assert all(finding["page"] == "201.h05" for finding in item["findings"])


def test_a_link_to_an_item_that_is_not_there_is_still_found(channel: Channel) -> None:
    """Items are not painted with their page, but which there are is known."""
    studio = Studio(channel)
    content = studio._engine().content

    def without(*given: object) -> object:
        found = content(*given)  # type: ignore[arg-type]
        return msgspec.structs.replace(found, items=found.items[1:])

    assert studio.page("201", "district", "web-hd", Look(MOMENT)).sound
    with patch.object(studio._engine(), "content", without):
        found = studio.page("201", "mh0001", "web-hd", Look(MOMENT))
        many = studio.page("201", "mh0002", "web-hd", Look(MOMENT))
    sentences = [finding.sentence for finding in (*found.findings, *many.findings)]
    assert any(re.fullmatch(r"link to '201\.\w+', which is not there", sentence) for sentence in sentences)


def test_a_page_remembers_for_the_preview_alone(channel: Channel) -> None:
    """The editor's own box on this origin has the same cookies: the preview's have the preview's path."""
    client = editor(application(channel))
    for profile in ("web-hd", "ipanel-hd"):
        for name in ("remote.js", "later.js"):
            script = client.get(f"/preview/at/{STAMP}/{profile}/mh0001/{name}").data
            own = next(d.body for d in Renderer(channel).scripts(profile) if d.name == name)
            assert script == own.replace(b"path=/", b"path=/preview/")
            assert re.findall(rb"path=/[\w/]*", script) == [b"path=/preview/"] * own.count(b"path=/")
        assert b"path=/preview/" in client.get(f"/preview/at/{STAMP}/{profile}/mh0001/remote.js").data


def test_no_script_of_the_editors_page_sets_a_cookie_for_the_origin() -> None:
    """There is one place that sets one, and it names the preview's path."""
    setting = [
        line
        for path in Path(str(files("broadcaster.preview"))).glob("*.js")
        for line in path.read_text("utf-8").splitlines()
        if "cookie =" in line
    ]
    assert setting == ["export function remember(cookie) { document.cookie = `${cookie}; ${OWN}`; }"]
