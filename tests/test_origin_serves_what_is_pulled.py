"""`/bundles/` answers what a puller asks for; drafts, locks and notes beside it are nobody's business."""

from __future__ import annotations

from pathlib import Path

import pytest
from bundle_site import Site
from small_origin import get, served

from broadcaster.bundle import bundles

pytestmark = pytest.mark.slow
HIDDEN = (".index.json", ".lock", ".index.json.new", "metadata/.timestamp.json.new", "targets/.r1.77.new", "index.json")


def test_an_operator_pulls_from_the_origin_and_sees_nothing_else(tmp_path: Path) -> None:
    """A pull over the production server succeeds; whatever else lies in the folder, or beside it, is 404."""
    site = Site(tmp_path)
    release = site.air("one")
    home = bundles.folder(site.state)
    assert sorted(path.name for path in home.iterdir()) == ["metadata", "targets"]
    for name in HIDDEN:
        (home / name).write_bytes(b"{}")
    with served(site.state) as (port, _):
        site.url = f"http://127.0.0.1:{port}/bundles/"
        assert site.pull().release == release.id
        shown = ("", "/", *HIDDEN, "metadata", "metadata/", "targets/../../keys/root.pem", "metadata/%2e%2e/.lock")
        assert {path: get(port, f"/bundles/{path}").status for path in shown} == dict.fromkeys(shown, 404)
