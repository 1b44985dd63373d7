"""Reading profiles: ``extends`` resolved, every mistake named by file and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from channel.profiles.choice import LAST
from channel.profiles.profile import Match, Profile
from feeds.base import toml
from feeds.base.errors import NotFound, PersonError

HOUSE = Path(__file__).parent
"""The folder of the profiles that come with the project."""

OWN = frozenset({"id", "extends", "title", "fallback", "order", "match", "large", "normal"})
"""Keys that a file never takes over from the one it extends: they say which family it is."""

NEEDED = ("up", "down", "left", "right", "ok", "back", "digit0")
"""Actions that a box with a script must have codes for; the rest may be missing on a remote."""


def load_profiles(names: Sequence[str] | None = None, folder: Path | None = None) -> dict[str, Profile]:
    """The checked profiles by id: those of the house and those of ``folder`` (a channel's own; they may extend ours).

    With ``names`` only these are given back, in that order. Raises PersonError (file, key, found, expected), and
    NotFound for a name that has no file.
    """
    files = _files(HOUSE)
    for name, path in (_files(folder) if folder is not None else {}).items():
        if name in files:
            raise PersonError(f"{path}: id: found {name!r}, which the house has already", hint="give it another name")
        files[name] = path
    resolved: dict[str, dict[str, Any]] = {}
    profiles: dict[str, Profile] = {}
    for name in files:
        _resolve(name, files, resolved, profiles, ())
    for profile in profiles.values():
        _check_names(profile, files[profile.id], profiles)
    _refuse_twins(profiles, files)
    if names is None:
        return profiles
    for name in names:
        if name not in profiles:
            raise NotFound(f"profile: found {name!r}, expected one that has a file{toml.nearest(name, profiles)}")
    return {name: profiles[name] for name in names}


def _files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _resolve(
    name: str,
    files: Mapping[str, Path],
    resolved: dict[str, dict[str, Any]],
    profiles: dict[str, Profile],
    chain: tuple[str, ...],
) -> dict[str, Any]:
    """The file's table laid over that of the profile it extends; converts and checks it on the way."""
    if name in resolved:
        return resolved[name]
    path = files[name]
    table = toml.read(path)
    parent = table.get("extends", "")
    base: dict[str, Any] = {}
    if parent:
        loop = (*chain, name)
        if parent in loop:
            raise PersonError(f"{path}: extends: found {' -> '.join((*loop, parent))}, expected a chain that ends")
        if parent not in files:
            raise PersonError(f"{path}: extends: found {parent!r}, expected a profile{toml.nearest(parent, files)}")
        inherited = _resolve(parent, files, resolved, profiles, loop)
        base = {key: value for key, value in inherited.items() if key not in OWN}
    if table.get("id", name) != name:
        raise PersonError(f"{path}: id: found {table['id']!r}, expected {name!r}, the name of the file")
    merged = {**_merge(base, table), "id": name}
    profile = toml.convert(merged, Profile, where=str(path))
    _check(profile, path)
    resolved[name], profiles[name] = merged, profile
    return merged


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are laid over each other key by key; anything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _check(profile: Profile, path: Path) -> None:
    """What one profile must hold by itself."""
    try:
        codes = profile.codes()
    except ValueError as error:
        raise PersonError(f"{path}: keys: found that {error}, expected one meaning a code") from None
    for key in profile.guarded_keys:
        if key.code in codes:
            raise PersonError(f"{path}: guarded_keys: found {key.code}, which keys.{codes[key.code]} has already")
    named = [name for names in profile.key_names.values() for name in names]
    if len(named) != len(set(named)):
        raise PersonError(f"{path}: key_names: found a name twice, expected one meaning a name")
    if profile.script != "none":
        for action in NEEDED:
            if not profile.keys[action]:
                raise PersonError(f"{path}: keys.{action}: found nothing, expected at least one code")
    if profile.kind == "bitmap" and profile.script != "none":
        raise PersonError(f'{path}: script: found {profile.script!r}, expected "none" for a bitmap')
    if any(rule == Match(ua_not=rule.ua_not) for rule in profile.match):
        raise PersonError(f"{path}: match: found a rule that holds for every box, expected a condition")
    if (profile.dialect == "xhtml-hbbtv") != (profile.media != "text/html"):
        raise PersonError(f"{path}: media: found {profile.media!r}, which is not that of {profile.dialect}")


def _check_names(profile: Profile, path: Path, profiles: Mapping[str, Profile]) -> None:
    """What a profile says of others: fallback, large and normal."""
    for key in ("fallback", "large", "normal"):
        name = getattr(profile, key)
        if name and name not in profiles:
            raise PersonError(f"{path}: {key}: found {name!r}, expected a profile{toml.nearest(name, profiles)}")
    if profile.large and profiles[profile.large].normal != profile.id:
        raise PersonError(f"{path}: large: found {profile.large!r}, whose `normal` does not lead back here")
    if profile.normal and profiles[profile.normal].large != profile.id:
        raise PersonError(f"{path}: normal: found {profile.normal!r}, whose `large` does not lead here")
    chain = [profile.id]
    while chain[-1] != LAST:
        following = profiles[chain[-1]].fallback
        if not following or following in chain:
            found = " -> ".join([*chain, following or "nothing"])
            raise PersonError(f"{path}: fallback: found {found}, expected a chain that ends at {LAST!r}")
        chain.append(following)


def _refuse_twins(profiles: Mapping[str, Profile], files: Mapping[str, Path]) -> None:
    """Two files that say the same of a box are one family: its rules belong into one file."""
    known: dict[bytes, str] = {}
    for profile in profiles.values():
        facts = {key: getattr(profile, key) for key in profile.__struct_fields__ if key not in OWN}
        facts["keys"] = {action: sorted(codes) for action, codes in profile.keys.items()}
        twin = known.setdefault(msgspec.json.encode(facts), profile.id)
        if twin != profile.id:
            raise PersonError(
                f"{files[profile.id]}: found the same facts as in {twin!r}, expected another family",
                hint=f"add its match rules to {twin}.toml",
            )
