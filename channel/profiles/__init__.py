"""Box profiles: which boxes there are and what each can do, as TOML with ``extends``, one file a family.

``load_profiles`` reads and checks them, ``choose`` finds the one for a User-Agent, ``document_key`` says which of them
can share their documents. How a person writes one is told in ``docs/profiles.md``.
"""

from __future__ import annotations

from channel.profiles.choice import LAST, choose
from channel.profiles.loader import load_profiles
from channel.profiles.profile import (
    ACTIONS,
    Action,
    Budgets,
    Events,
    Exit,
    GuardedKey,
    Identity,
    Image,
    KeyReturn,
    Keys,
    Match,
    NativeFocus,
    Profile,
    Ready,
    document_key,
    one_of_each,
)

__all__ = [
    "ACTIONS",
    "LAST",
    "Action",
    "Budgets",
    "Events",
    "Exit",
    "GuardedKey",
    "Identity",
    "Image",
    "KeyReturn",
    "Keys",
    "Match",
    "NativeFocus",
    "Profile",
    "Ready",
    "choose",
    "document_key",
    "load_profiles",
    "one_of_each",
]
