"""Reading profiles: ``extends`` resolved, every mistake named by file and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from channel.profiles.choice import LAST
from channel.profiles.profile import Match, Profile
from channel.profiles.terminals import RESERVED
from feeds.base import toml
from feeds.base.errors import Mistake, Mistakes, NotFound
from feeds.base.toml import Notes

HOUSE = Path(__file__).parent
"""The folder of the profiles that come with the project."""

OWN = frozenset({"id", "extends", "title", "fallback", "order", "match", "large", "normal"})
"""Keys that a file never takes over from the one it extends: they say which family it is."""

NEEDED = ("up", "down", "left", "right", "ok", "back", "digit0")
"""Actions that a box with a script must have codes for; the rest may be missing on a remote."""


def load_profiles(names: Sequence[str] | None = None, folder: Path | None = None) -> dict[str, Profile]:
    """The checked profiles by id: those of the house and those of ``folder`` (a channel's own; they may extend ours).

    With ``names`` only these are given back, in that order. Raises Mistakes (all that is wrong in the files), and
    NotFound for a name that has no file.
    """
    loader = _Loader(folder)
    profiles = loader.load()
    loader.done()
    if names is None:
        return profiles
    for name in names:
        if name not in profiles:
            raise NotFound(f"profile: found {name!r}, expected one that has a file{toml.nearest(name, profiles)}")
    return {name: profiles[name] for name in names}


def _files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


class _Loader:
    """Files on their way to profiles. A file that is wrong is noted, and so are the others."""

    def __init__(self, folder: Path | None) -> None:
        self._files = _files(HOUSE)
        self._notes: dict[str, Notes] = {}
        self._found: list[Mistake] = []
        self._tables: dict[str, dict[str, Any] | None] = {}
        """What each file says, laid over what it extends; None when that cannot be told."""
        for name, path in (_files(folder) if folder is not None else {}).items():
            if name in RESERVED:
                notes = Notes(path)
                notes.add("id", f"found {name!r}, which begins other addresses", hint="give it another name")
                self._found += notes.found
            elif name in self._files:
                notes = Notes(path)
                notes.add("id", f"found {name!r}, which the house has already", hint="give it another name")
                self._found += notes.found
            else:
                self._files[name] = path

    def load(self) -> dict[str, Profile]:
        """Every sound profile by id."""
        profiles = {}
        for name in self._files:
            table = self._resolve(name, ())
            profile = self._of(name).convert(table, Profile) if table is not None else None
            if profile is not None:
                _check(profile, self._of(name))
                profiles[name] = profile
        for name, profile in profiles.items():
            self._check_names(profile, profiles, self._of(name))
        self._refuse_twins(profiles)
        return profiles

    def done(self) -> None:
        """Raises Mistakes when there are any."""
        found = [*self._found, *(mistake for notes in self._notes.values() for mistake in notes.found)]
        if found:
            raise Mistakes(found)

    def _of(self, name: str) -> Notes:
        return self._notes.setdefault(name, Notes(self._files[name]))

    def _resolve(self, name: str, chain: tuple[str, ...]) -> dict[str, Any] | None:
        """The file's table laid over that of the profile it extends."""
        if name not in self._tables:
            self._tables[name] = self._read(name, chain)
        return self._tables[name]

    def _read(self, name: str, chain: tuple[str, ...]) -> dict[str, Any] | None:
        notes = self._of(name)
        try:
            table = toml.read(self._files[name])
        except Mistakes as error:
            notes.found += error.found
            return None
        if table.get("id", name) != name:
            notes.add("id", f"found {table['id']!r}, expected {name!r}, the name of the file")
        parent = table.get("extends", "")
        base: dict[str, Any] = {}
        if not isinstance(parent, str):
            notes.add("extends", f"found {parent!r}, expected the name of a profile")
            return None
        if parent:
            loop = (*chain, name)
            if parent in loop:
                notes.add("extends", f"found {' -> '.join((*loop, parent))}, expected a chain that ends")
                return None
            if parent not in self._files:
                notes.unknown("extends", parent, self._files, "a profile")
                return None
            inherited = self._resolve(parent, loop)
            if inherited is None:
                # What it extends is wrong, and told: what is missing here for that reason is not.
                return None
            base = {key: value for key, value in inherited.items() if key not in OWN}
        return {**_merge(base, table), "id": name}

    def _check_names(self, profile: Profile, profiles: Mapping[str, Profile], notes: Notes) -> None:
        """What a profile says of others: fallback, large and normal. What is said of a bad file is not held against
        it."""
        for key in ("fallback", "large", "normal"):
            name = getattr(profile, key)
            if name and name not in self._files:
                notes.unknown(key, name, self._files, "a profile")
        large, normal = profiles.get(profile.large), profiles.get(profile.normal)
        if large and large.normal != profile.id:
            notes.add("large", f"found {profile.large!r}, whose `normal` does not lead back here")
        if normal and normal.large != profile.id:
            notes.add("normal", f"found {profile.normal!r}, whose `large` does not lead here")
        chain = [profile.id]
        while chain[-1] != LAST and chain[-1] in profiles:
            following = profiles[chain[-1]].fallback
            if not following or following in chain:
                found = " -> ".join([*chain, following or "nothing"])
                notes.add("fallback", f"found {found}, expected a chain that ends at {LAST!r}")
                return
            chain.append(following)

    def _refuse_twins(self, profiles: Mapping[str, Profile]) -> None:
        """Two files that say the same of a box are one family: its rules belong into one file."""
        known: dict[bytes, str] = {}
        for profile in profiles.values():
            facts = {key: getattr(profile, key) for key in profile.__struct_fields__ if key not in OWN}
            facts["keys"] = {action: sorted(codes) for action, codes in profile.keys.items()}
            twin = known.setdefault(msgspec.json.encode(facts), profile.id)
            if twin != profile.id:
                self._of(profile.id).add(
                    "",
                    f"found the same facts as in {twin!r}, expected another family",
                    hint=f"add its match rules to {twin}.toml",
                )


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are laid over each other key by key; anything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _check(profile: Profile, notes: Notes) -> None:
    """What one profile must hold by itself."""
    try:
        codes = profile.codes()
    except ValueError as error:
        notes.add("keys", f"found that {error}, expected one meaning a code")
        codes = {}
    for key in profile.guarded_keys:
        if key.code in codes:
            notes.add("guarded_keys", f"found {key.code}, which keys.{codes[key.code]} has already")
    named = [name for names in profile.key_names.values() for name in names]
    if len(named) != len(set(named)):
        notes.add("key_names", "found a name twice, expected one meaning a name")
    if profile.script != "none":
        for action in NEEDED:
            if not profile.keys[action]:
                notes.add(f"keys.{action}", "found nothing, expected at least one code")
    if profile.kind == "bitmap" and profile.script != "none":
        notes.add("script", f'found {profile.script!r}, expected "none" for a bitmap')
    if any(rule == Match(ua_not=rule.ua_not) for rule in profile.match):
        notes.add("match", "found a rule that holds for every box, expected a condition")
    if (profile.dialect == "xhtml-hbbtv") != (profile.media != "text/html"):
        notes.add("media", f"found {profile.media!r}, which is not that of {profile.dialect}")
