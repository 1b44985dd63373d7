"""Replacing the keys of bundles so that every operator follows (TUF 1.0, clauses 5.3 and 6.1).

A new version of the root metadata names the new keys and is signed with the root key of the version before it, and
with its own. The root key may be on another machine: ``export`` puts it into a folder there, ``rotate`` works in that
folder, ``accept`` takes the outcome back. Whatever step is the last, the keys named by ``root.json`` can be found:
a new key is first written beside the old one, ``root.json`` is replaced in one step, then the key takes its place.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root  # type: ignore[attr-defined]

from broadcaster.bundle import keys
from broadcaster.bundle.pulled_folder import sync
from feeds.base.clock import Clock
from feeds.base.errors import ChannelError, PersonError, TrustError

KEY = "root.pem"


def rotate(home: Path, roles: Collection[str], clock: Clock) -> Metadata[Root]:
    """New keys for ``roles`` (none: the same keys, good for five years from now) in the folder of keys ``home``; gives
    the new root metadata.

    Raises PersonError when the root key is not in this folder, TrustError when it is another.
    """
    before = keys.read(home)
    keys.settle(home, before)
    signers = [keys.key_of(home, "root", before)]
    after: Metadata[Root] = Metadata.from_bytes(before.to_bytes())
    after.signed.version += 1
    after.signed.expires = clock.now().replace(microsecond=0) + timedelta(days=keys.ROOT_DAYS)
    for role in roles:
        made = CryptoSigner.generate_ed25519()
        keys.write(home / keys.NEXT.format(role), made.private_bytes, 0o600)
        for keyid in list(after.signed.roles[role].keyids):
            after.signed.revoke_key(keyid, role)
        after.signed.add_key(made.public_key, role)
        if role == "root":
            signers.append(made)
    after.signatures.clear()
    for one in signers:
        after.sign(one, append=True)
    _verify(before, after)
    _put(home, {**keys.history(home), after.signed.version: after.to_bytes()})
    keys.settle(home, after)
    return after


def export(home: Path, target: Path, *, remove: bool = False) -> None:
    """The root key and all root metadata of ``home`` into the folder ``target``, durably, the key for its owner alone;
    with ``remove`` the key leaves ``home`` once the copy was read back.

    Raises PersonError when ``target`` lies in the channel's state or has another key, or the root key is not here.
    """
    trusted = keys.read(home)
    keys.settle(home, trusted)
    keys.key_of(home, "root", trusted)
    if target.resolve().is_relative_to(home.parent.resolve()):
        raise PersonError(f"{target}: lies in the channel's state", hint="give a folder on a medium to be taken away")
    key = (home / KEY).read_bytes()
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (target / KEY).exists():
            keys.write(target / KEY, key, 0o600)
        if (target / KEY).read_bytes() != key:
            raise PersonError(f"{target / KEY}: is another key", hint="give an empty folder")
        _put(target, keys.history(home))
        keys.key_of(target, "root", trusted)
        if remove:
            (home / KEY).unlink()
            sync(home)
    except OSError as error:
        raise ChannelError(f"{target}: {error.strerror or error}", hint="the root key is where it was") from None


def accept(home: Path, source: Path) -> Metadata[Root]:
    """Take over what ``rotate`` made in the folder ``source``: root metadata, and the new keys but the root's.

    Raises PersonError when there is nothing newer or a new key is missing, TrustError when the root metadata does not
    follow from ours.
    """
    ours, theirs = keys.read(home), keys.history(source)
    keys.settle(home, ours)
    step = ours
    for version in range(ours.signed.version + 1, max(theirs) + 1):
        if version not in theirs:
            raise PersonError(f"{source}: has no {version}.{keys.ROOT}", hint="take the whole folder")
        following = _parsed(source, theirs[version])
        if following.signed.version != version:
            raise TrustError(f"{source}: {version}.{keys.ROOT} is version {following.signed.version}")
        _verify(step, following)
        step = following
    if step is ours:
        raise PersonError(f"{source}: has nothing newer than version {ours.signed.version}, which is in force here")
    for role in keys.ROLES[1:]:
        if step.signed.roles[role].keyids != ours.signed.roles[role].keyids:
            made = keys.key_of(source, role, step)
            keys.write(home / keys.NEXT.format(role), made.private_bytes, 0o600)
    _put(home, {**keys.history(home), **{v: data for v, data in theirs.items() if v > ours.signed.version}})
    keys.settle(home, step)
    return step


def _parsed(source: Path, data: bytes) -> Metadata[Root]:
    try:
        return Metadata[Root].from_bytes(data)
    except RepositoryError:
        raise TrustError(f"{source}: holds a {keys.ROOT} that is no root metadata") from None


def _verify(before: Metadata[Root], after: Metadata[Root]) -> None:
    """Whether whoever trusts the one will trust the other (TUF 1.0, 5.3.4)."""
    for trusted in (before, after):
        try:
            trusted.signed.verify_delegate("root", after.signed_bytes, after.signatures)
        except (RepositoryError, ValueError):
            raise TrustError(
                f"root metadata version {after.signed.version} is not signed by version {trusted.signed.version}",
                hint="nothing was changed",
            ) from None


def _put(home: Path, versions: dict[int, bytes]) -> None:
    """Every version under its number, then the newest as the one in force: one step."""
    for version, data in versions.items():
        _replace(home / f"{version}.{keys.ROOT}", data)
    _replace(home / keys.ROOT, versions[max(versions)])


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    keys.write(draft, data, 0o644)
    draft.replace(path)
    sync(path.parent)
