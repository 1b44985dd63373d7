"""What a bundle carries of a release: which families of boxes, for which estates, and the key of each thing in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from broadcaster.painters.keys import document_key, ground_of, script_key
from channel.batch.jobs import Want
from channel.estates import DISTRICT
from channel.fingerprint import engine
from channel.profiles import Profile
from channel.profiles import document_key as family_of
from channel.release.reading import Release
from channel.settings import Channel


@dataclass(frozen=True)
class Selection:
    """``profiles`` by name, the first of them the one for whoever matches none; ``estates`` have pages of their own
    there, ``others`` see the district's."""

    profiles: Mapping[str, Profile]
    estates: tuple[str, ...]
    others: tuple[str, ...]

    @classmethod
    def of(cls, channel: Channel, profiles: Mapping[str, Profile]) -> Selection:
        """What the channel's ``[bundle]`` says."""
        own = channel.bundled_estates
        first = channel.settings.origin.default_profile
        names = sorted(channel.bundled, key=lambda name: name != first)
        chosen = {name: profiles[name] for name in names if name in profiles}
        return cls(chosen, own, tuple(sorted(set(channel.estates) - set(own))))

    def wants(self, release: Release, page: str) -> Iterator[Want]:
        """Everything of a page: the district's screens and items, then what estates are told otherwise, for one family
        after another. Raises StoreError when the page's map is damaged."""
        found = release.map(page)
        district = found.entries.get(DISTRICT)
        ground = ground_of(engine(), release.root.declared)
        families = {name: family_of(profile) for name, profile in self.profiles.items()}
        if district is not None:
            for profile, family in families.items():
                yield Want(document_key(district, page, DISTRICT, family, ground), profile, DISTRICT)
            for item in release.item_ids(page):
                words = found.items[item]
                for profile, family in families.items():
                    key = document_key(district, page, DISTRICT, family, ground, item=item, words=words)
                    yield Want(key, profile, DISTRICT, item)
        for estate in self.estates:
            entry = found.entries.get(estate)
            if entry is not None and (entry != district or entry.placed):
                for profile, family in families.items():
                    yield Want(document_key(entry, page, estate, family, ground), profile, estate)

    def scripts(self, release: Release) -> tuple[Want, ...]:
        """The remote's script of each family that runs one."""
        ground = ground_of(engine(), release.root.declared)
        return tuple(Want(script_key(n, ground), n, "") for n, p in self.profiles.items() if p.script != "none")
