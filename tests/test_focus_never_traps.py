"""Arrows reach every link and lead back from it, on any screen."""

from hypothesis import given, settings
from hypothesis import strategies as st

from channel.screen.focus import focus_map, unreachable
from channel.screen.screen import Link
from tests.samples import contents
from tests.screens import compose_sample

RECTS = st.lists(
    st.tuples(st.integers(0, 1100), st.integers(0, 650), st.integers(20, 400), st.integers(20, 140)),
    min_size=1,
    max_size=24,
)


def links(rects: list[tuple[int, int, int, int]], groups: list[str] | None = None) -> list[Link]:
    """Links at these places."""
    names = groups or [""] * len(rects)
    return [Link(f"h{i}", "201", *rect, "row", 0, group=names[i]) for i, rect in enumerate(rects)]


@given(rects=RECTS, first=st.integers(0, 23), nav=st.integers(0, 4))
@settings(max_examples=200, deadline=None)
def test_every_link_is_reached_and_none_is_a_trap(rects: list[tuple[int, int, int, int]], first: int, nav: int) -> None:
    """From the first link arrows lead to all others, and from each of them back, even where boxes overlap."""
    first %= len(rects)
    groups = ["nav" if i >= len(rects) - nav else "" for i in range(len(rects))]
    focus = focus_map(links(rects, groups), first)
    assert unreachable(focus, first) == []
    for start in range(len(rects)):
        assert first in set(range(len(rects))) - set(unreachable(focus, start)), f"no way back from {start}"


def test_a_column_is_walked_in_its_order() -> None:
    """DOWN leads from row to row, UP leads back, LEFT and RIGHT stay."""
    focus = focus_map(links([(64, 156 + 59 * i, 1152, 55) for i in range(8)]), 0)
    for index, around in enumerate(focus):
        assert around.down == (index + 1 if index < 7 else -1)
        assert around.up == index - 1
        assert (around.left, around.right) == (-1, -1)


def test_a_grid_is_walked_straight() -> None:
    """In a grid every arrow leads to the neighbour, and the opposite one leads back."""
    rects = [(64 + 194 * (i % 6), 112 + 150 * (i // 6), 182, 138) for i in range(18)]
    focus = focus_map(links(rects), 0)
    for index, around in enumerate(focus):
        assert around.right == (index + 1 if index % 6 < 5 else -1)
        assert around.down == (index + 6 if index < 12 else -1)
        if around.right >= 0:
            assert focus[around.right].left == index
        if around.down >= 0:
            assert focus[around.down].up == index


def test_the_footer_is_entered_at_its_first_link() -> None:
    """Whichever row one comes from, DOWN enters the footer at 返回."""
    rects = [(64, 112, 1152, 60), (64, 638, 84, 52), (160, 638, 114, 52), (660, 638, 170, 52)]
    focus = focus_map(links(rects, ["", "nav", "nav", "nav"]), 0)
    assert focus[0].down == 1
    assert focus[1].up == 0
    assert (focus[1].right, focus[2].right) == (2, 3)


def test_every_layout_starts_on_its_content() -> None:
    """The first focus is the first thing to choose; a page without any starts on 返回."""
    for layout in contents.layouts():
        screen = compose_sample(layout)[0]
        link = screen.links[screen.first]
        content = [other for other in screen.links if not other.group]
        assert link.id == "back" if not content else not link.group, layout
