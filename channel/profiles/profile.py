"""What is known of a family of boxes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

Action = Literal[
    "up", "down", "left", "right", "ok", "back", "exit", "pageup", "pagedown", "home", "menu",
    "red", "green", "yellow", "blue", "digit0",
]  # fmt: skip
"""What a key asks for. ``digit0`` is the code of 0; those of 1 to 9 follow it."""

ACTIONS: tuple[Action, ...] = get_args(Action)

Code = Annotated[int, Meta(ge=1, le=0xFFFFFF)]
KeyName = Annotated[str, Meta(pattern="^[A-Za-z][A-Za-z0-9]+$")]
Statement = Annotated[str, Meta(max_length=600, pattern=r"^(?!.*(</|<!--|\n)).*$")]
"""One or more JavaScript statements in ES3 on one line; they run inside ``try``, for an object may be missing."""


class Keys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The codes of each action, as a mapping of those that have any. ``digit0`` is the code of 0."""

    up: tuple[Code, ...] = ()
    down: tuple[Code, ...] = ()
    left: tuple[Code, ...] = ()
    right: tuple[Code, ...] = ()
    ok: tuple[Code, ...] = ()
    back: tuple[Code, ...] = ()
    exit: tuple[Code, ...] = ()
    pageup: tuple[Code, ...] = ()
    pagedown: tuple[Code, ...] = ()
    home: tuple[Code, ...] = ()
    menu: tuple[Code, ...] = ()
    red: tuple[Code, ...] = ()
    green: tuple[Code, ...] = ()
    yellow: tuple[Code, ...] = ()
    blue: tuple[Code, ...] = ()
    digit0: tuple[Code, ...] = ()

    def __getitem__(self, action: str) -> tuple[int, ...]:
        codes: tuple[int, ...] = getattr(self, action)
        return codes

    def __bool__(self) -> bool:
        return any(self[action] for action in ACTIONS)

    def items(self) -> Iterator[tuple[Action, tuple[int, ...]]]:
        """Each action that has codes, with them."""
        return ((action, self[action]) for action in ACTIONS if self[action])


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule that recognises a box; all its parts must hold. A profile's rules are alternatives.

    Every text of ``ua_contains`` and none of ``ua_not`` stands in the User-Agent (upper and lower case are one);
    ``ua_empty`` asks for a box that sends none; ``query`` for what the operator's launcher appends to its link.
    """

    ua_contains: tuple[str, ...] = ()
    ua_not: tuple[str, ...] = ()
    ua_empty: bool = False
    query: dict[str, str] = {}


class Events(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which family of key events is bound (exactly one: many boxes send both), and the system event if there is one.

    ``payload`` is the property of the event that holds the code.
    """

    bind: Literal["keydown", "keypress", "irkeypress"] = "keydown"
    system: Literal["", "systemevent"] = ""
    payload: Literal["which", "keyCode", "userInt"] = "which"


class KeyReturn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a key handler returns when it dealt with the key, and when the box shall go on with it."""

    handled: bool | int = False
    passed: bool | int = True


class Ready(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The system event (0: none, the load event counts) before which keys are swallowed, for ``timeout_ms`` at most."""

    event: int = 0
    timeout_ms: Annotated[int, Meta(ge=0, le=3000)] = 3000


class GuardedKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code that is taken only when one of ``after`` was seen before, or ``ua`` stands in the User-Agent."""

    code: Code
    action: Action
    after: tuple[Code, ...]
    ua: str = ""


class NativeFocus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the box's own focus ring is switched off on load and on again before leaving, and whether links are given
    the box's own focus as well as ours."""

    hide: Statement = ""
    restore: Statement = ""
    follow: bool = False


class Image(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pictures: the formats that the box decodes, whether it scales them, and how its plane holds colour."""

    formats: Annotated[tuple[Literal["png", "gif", "jpg"], ...], Meta(min_length=1)] = ("png", "gif", "jpg")
    scale: bool = False
    colour: Literal["argb8888", "argb1555"] = "argb8888"


class Budgets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page may cost. ``decoded_bytes`` is width x height x 4 over the page's distinct pictures."""

    html_bytes: Annotated[int, Meta(ge=1024)] = 65_536
    decoded_bytes: Annotated[int, Meta(ge=65_536)] = 8_388_608
    full_screen_pictures: Annotated[int, Meta(ge=0)] = 2
    script_tags: Annotated[int, Meta(ge=0, le=3)] = 3


class Identity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An expression that reads an identity of the box inside the page; it may throw or give nothing."""

    js: Statement
    kind: Literal["smartcard", "account", "mac", "serial", "area"]


class Exit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to go back to television: the operator's address, or a statement; and after how many seconds without a key
    (0: never) the box goes there by itself."""

    live: str = ""
    statement: Statement = ""
    idle_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 180


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A family of boxes.

    ``order``: profiles are asked for a match by rising order, then by id. ``fallback`` is the profile that serves its
    boxes where it is not built. ``canvas`` is the page in its own pixels; ``pixel_aspect`` how wide one of them is when
    its height is 1; ``safe_area`` the percent kept free of text on each side, horizontally and vertically. ``metrics``
    names a geometry file of ``layouts/metrics``. ``large`` is the profile of the same boxes with large text and
    ``normal`` the way back. ``start`` is run once a page is there.
    """

    id: Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=32)]
    title: Annotated[str, Meta(min_length=1)]
    extends: str = ""
    fallback: str = ""
    order: Annotated[int, Meta(ge=0)] = 100
    match: tuple[Match, ...] = ()
    kind: Literal["html", "bitmap"]
    canvas: tuple[Annotated[int, Meta(ge=320, le=3840)], Annotated[int, Meta(ge=240, le=2160)]]
    pixel_aspect: Annotated[float, Meta(ge=0.5, le=2)] = 1.0
    safe_area: tuple[Annotated[float, Meta(ge=0, le=15)], Annotated[float, Meta(ge=0, le=15)]]
    metrics: Literal["hd", "large", "sd", "sd530"]
    charset: Literal["utf-8", "gbk", "gb18030"]
    dialect: Literal["html401", "xhtml-hbbtv", "html5"]
    media: Literal["text/html", "application/vnd.hbbtv.xhtml+xml"] = "text/html"
    script: Literal["none", "es3", "es5"]
    events: Events = Events()
    key_return: KeyReturn = KeyReturn()
    ready: Ready = Ready()
    debounce_ms: Annotated[int, Meta(ge=0, le=1000)] = 100
    keys: Keys = Keys()
    key_names: dict[Action, tuple[KeyName, ...]] = {}
    """``event.key`` names, asked before the codes; only for browsers that have them."""
    guarded_keys: tuple[GuardedKey, ...] = ()
    native_focus: NativeFocus = NativeFocus()
    start: Statement = ""
    image: Image = Image()
    budgets: Budgets = Budgets()
    identity: tuple[Identity, ...] = ()
    exit: Exit = Exit()
    alert_poll_s: Annotated[int, Meta(ge=5, le=3600)] = 30
    report: Annotated[str, Meta(pattern=r"^[\w./:-]*$")] = "report"
    """Where one failure in a hundred to load something is told, with this family's id and nothing of the box: an
    address of a server, else one of the root of ours; empty: nowhere."""
    large: str = ""
    normal: str = ""
    live_window: Literal["", "through", "placeholder"] = ""
    glyphs: Literal["", "gb2312", "gbk", "gb18030"] = ""
    """Whether page 100 holds a window of live television: ``through`` where the box shows its video plane through a
    clear page, ``placeholder`` to see the same page without one."""

    def codes(self) -> dict[int, str]:
        """Every unguarded code and what it asks for: an action of the remote, digits as ``"0"`` to ``"9"``.

        Raises ValueError when one code would mean two things.
        """
        table: dict[int, str] = {}
        for action, codes in self.keys.items():
            for code in codes:
                if action == "digit0":
                    for digit in range(10):
                        _put(table, code + digit, str(digit))
                else:
                    _put(table, code, action)
        return table


def _put(table: dict[int, str], code: int, action: str) -> None:
    if table.setdefault(code, action) != action:
        raise ValueError(f"code {code} means both {table[code]} and {action}")


def one_of_each(profiles: Iterable[Profile]) -> list[Profile]:
    """The first of those that share their documents: what is wrong with them is shared too."""
    first: dict[str, Profile] = {}
    for profile in profiles:
        first.setdefault(document_key(profile), profile)
    return list(first.values())


def document_key(profile: Profile) -> str:
    """A name that two profiles share when a page's documents are the same bytes for both.

    Left out is all that reaches a box by its script alone: keys, events, return values, statements, polling. What the
    page itself holds (its size, charset, dialect, pictures, links to large text and to television) stays in.
    """
    parts = (
        profile.kind, profile.canvas, profile.pixel_aspect, profile.safe_area, profile.metrics, profile.charset,
        profile.dialect, profile.media, profile.script == "none", profile.image, profile.budgets, profile.exit.live,
        profile.exit.idle_seconds, profile.large, profile.normal, profile.live_window,
        profile.glyphs,
    )  # fmt: skip
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=8).hexdigest()
