"""``channel press`` and ``channel explain``: a bug is reproducible in a line, and a page says why it is as it is."""

from pathlib import Path

import pytest

from broadcaster.tools.explaining import explain
from broadcaster.tools.walking import Walk
from channel.folder import Channel
from feeds.base.clock import parse_moment
from feeds.base.errors import NotFound, PersonError
from tests.conftest import EXAMPLE

pytestmark = pytest.mark.slow

MORNING = parse_moment("2026-11-24T08:12")
RECORDS = EXAMPLE / "records"


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    """The example, with a state folder of its own."""
    return Channel.open(EXAMPLE, tmp_path_factory.mktemp("state"))


def test_a_walk_by_keys_leads_to_a_hospital_and_back(channel: Channel) -> None:
    """From 100 by digits to 201, into a hospital, and back with the focus on it."""
    walk = Walk(channel, "mh0001", "web-hd", MORNING, RECORDS)
    walk.press("201")
    walk.press("down")
    page, _, focus, _, to = walk.where()
    assert page == "mh0001/201" and to.startswith("201.")
    walk.press("ok")
    assert walk.where()[0] == f"mh0001/{to}"
    walk.press("back")
    assert walk.where()[:3] == (page, "1/3", focus)


def test_every_page_is_two_oks_and_eight_arrows_from_home(channel: Channel) -> None:
    """No service is farther than a viewer's patience: two OKs and eight arrows from page 100."""
    walk = Walk(channel, "mh0001", "web-hd", MORNING, RECORDS)
    from_home = _arrows(walk)
    found = dict.fromkeys(("100", *from_home), 0)
    for menu, steps in from_home.items():
        if menu.isdigit():
            walk._open(menu, "")
            for target, more in _arrows(walk).items():
                found[target] = min(found.get(target, 99), steps + more)
    far = {page: found.get(page) for page in channel.lineup.pages if found.get(page, 99) > 8}
    assert far == {}


def _arrows(walk: Walk) -> dict[str, int]:
    """How many arrows each target of the screen is from its first focus; the footer's keys are links too."""
    screen = walk.screen
    steps, queue = {screen.first: 0}, [screen.first]
    while queue:
        here = queue.pop(0)
        around = screen.focus[here]
        for target in (around.up, around.down, around.left, around.right):
            if target >= 0 and target not in steps:
                steps[target] = steps[here] + 1
                queue.append(target)
    return {screen.links[index].to: count for index, count in reversed(list(steps.items()))}


def test_what_is_not_there_is_said(channel: Channel) -> None:
    """A key that no remote has, and a page that is not there."""
    walk = Walk(channel, "district", "web-hd", MORNING, RECORDS)
    with pytest.raises(PersonError, match="expected digits or one of"):
        walk.press("sideways")
    with pytest.raises(NotFound, match="777"):
        walk.press("777")


def test_explain_names_view_sources_and_the_next_change(channel: Channel) -> None:
    """Everything that led to the page is there, with the age of its sources."""
    facts = dict(explain(channel, "201", "mh0001", "web-hd", MORNING, RECORDS))
    assert facts["layout, view"].startswith("nearest, nearest")
    assert facts["scope"] == "differs by estate"
    assert facts["source places"].startswith("hospitals: fresh, observed 2026-11-24")
    assert facts["changes next"].startswith("2026-11-24 08:30")
    assert Path(facts["screens"].split(", ")[0]).suffix == ".html"
