"""What a bundle carries of a release: which families of boxes, for which estates, and the key of each thing in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from broadcaster.painters.keys import document_key, ground_of, script_key
from channel.batch.jobs import Want
from channel.estates import DISTRICT
from channel.fingerprint import engine
from channel.folder import Channel, every_family
from channel.profiles import Profile
from channel.profiles import document_key as family_of
from channel.release.reading import Release
from feeds.base.errors import NotFound
from feeds.base.toml import nearest


@dataclass(frozen=True)
class Selection:
    """``profiles`` by name, the first of them the one for whoever matches none; ``estates`` have pages of their own
    there, ``others`` see the district's."""

    profiles: Mapping[str, Profile]
    estates: tuple[str, ...]
    others: tuple[str, ...]

    @classmethod
    def of(cls, channel: Channel, names: Sequence[str] = ()) -> Selection:
        """What the channel's ``[bundle]`` says, or what ``names`` say instead: families of boxes and towns. Raises
        NotFound for a name that is neither."""
        towns = {estate.town for estate in channel.estates.values()}
        for name in names:
            if name not in channel.profiles and name not in towns:
                known = [*channel.profiles, *sorted(towns)]
                raise NotFound(f"select: found {name!r}, expected a family of boxes or a town{nearest(name, known)}")
        profiles = every_family(channel)
        first = channel.settings.origin.default_profile
        families = [name for name in names if name in channel.profiles] or channel.bundled
        chosen = {name: profiles[name] for name in sorted(families, key=lambda name: name != first)}
        wanted = towns.intersection(names)
        own = channel.bundled_estates
        if wanted:
            own = tuple(estate.id for estate in channel.estates.values() if estate.town in wanted)
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

    def count(self, release: Release, page: str) -> int:
        """How many things of a page are wanted, at most. Raises StoreError when the page's map is damaged."""
        found = release.map(page)
        estates = sum(estate in found.entries for estate in self.estates)
        return len(self.profiles) * (estates + len(release.item_ids(page)) + (DISTRICT in found.entries))

    def scripts(self, release: Release) -> tuple[Want, ...]:
        """The remote's script of each family that runs one."""
        ground = ground_of(engine(), release.root.declared)
        return tuple(Want(script_key(n, ground), n, "") for n, p in self.profiles.items() if p.script != "none")
