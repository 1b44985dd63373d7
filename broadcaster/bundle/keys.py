"""The keys that bundles are signed with: ed25519, one for each top-level role of The Update Framework.

``state/keys/`` holds ``{role}.pem`` (PKCS#8, mode 0600) for root, targets, snapshot and timestamp, and ``root.json``:
the signed root metadata, which is public and is what an operator is handed once, by hand. The root key signs nothing
but root metadata, so ``root.pem`` can leave the machine; the other three must stay where bundles are published.

When keys were replaced (``broadcaster.bundle.ceremony``) each version of the root metadata is kept as
``{version}.root.json``, for an operator follows from the one he was handed, step by step.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.exceptions import KeyMismatchError
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root  # type: ignore[attr-defined]

from broadcaster.bundle.pulled_folder import sync
from feeds.base.clock import Clock, SystemClock
from feeds.base.errors import PersonError, TrustError

ROLES = ("root", "targets", "snapshot", "timestamp")
"""The top-level roles, the one whose key belongs offline first."""
ROOT = "root.json"
NEXT = "{}.next.pem"
"""A role's key that is about to take the place of the one there is."""
ROOT_DAYS = 5 * 365
"""How long root metadata is good for; before then the channel hands out a new one."""

_ABSENT = (
    "this key signs every bundle and must be here",
    "it is where `channel keys export-root` put it: give that folder with --keys",
)


def folder(state: Path) -> Path:
    """Where the keys of a channel's state are."""
    return state / "keys"


def root_file(state: Path) -> Path:
    """The signed root metadata: what an operator needs once to trust this channel."""
    return folder(state) / ROOT


def create(state: Path, clock: Clock | None = None) -> Path:
    """Make all keys and the signed root metadata; gives the path of ``root.json``.

    The folder appears whole or not at all. Raises PersonError when there are keys already: replacing them would cut off
    every operator who trusts the old ones.
    """
    target = folder(state)
    if target.exists():
        raise PersonError(f"{target}: there are keys already", hint="move the folder away to make new ones")
    state.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".keys-", dir=state))  # made with mode 0700
    try:
        signers = {role: CryptoSigner.generate_ed25519() for role in ROLES}
        for role, made in signers.items():
            write(draft / f"{role}.pem", made.private_bytes, 0o600)
        write(draft / ROOT, _root(signers, clock or SystemClock()).to_bytes(), 0o644)
        draft.rename(target)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise PersonError(f"{target}: cannot make keys: {error.strerror}") from None
    return root_file(state)


def ensure(state: Path, clock: Clock | None = None) -> Path:
    """The path of ``root.json``, with keys made on a first start."""
    if root_file(state).exists():
        return root_file(state)
    return create(state, clock)


def root(state: Path) -> Metadata[Root]:
    """The signed root metadata. Raises PersonError when there are no keys, TrustError when it is damaged."""
    return read(folder(state))


def read(home: Path) -> Metadata[Root]:
    """The same of any folder of keys."""
    path = home / ROOT
    try:
        return Metadata[Root].from_bytes(path.read_bytes())
    except FileNotFoundError:
        raise PersonError(f"{path}: no such file", hint="`channel keys init` makes the keys") from None
    except RepositoryError as error:
        raise TrustError(f"{path}: not root metadata: {error}") from None


def history(home: Path) -> dict[int, bytes]:
    """Every version of the root metadata in a folder of keys up to the one in force, oldest first."""
    newest = read(home)
    found = {newest.signed.version: (home / ROOT).read_bytes()}
    for path in home.glob(f"*.{ROOT}"):
        number = path.name.partition(".")[0]
        if number.isdigit() and int(number) < newest.signed.version:
            found[int(number)] = path.read_bytes()
    return dict(sorted(found.items()))


def signer(state: Path, role: str, trusted: Metadata[Root]) -> CryptoSigner:
    """The signer of a role, which must be the one that root metadata names.

    Raises PersonError when its key is not on this machine, TrustError when it is another key or others may read it.
    """
    return key_of(folder(state), role, trusted)


def key_of(home: Path, role: str, trusted: Metadata[Root]) -> CryptoSigner:
    """The same of any folder of keys. A key that was about to take the other's place is one of the two to look at."""
    with suppress(PersonError, TrustError):
        return _signer(home / NEXT.format(role), role, trusted)
    return _signer(home / f"{role}.pem", role, trusted)


def settle(home: Path, trusted: Metadata[Root]) -> None:
    """End a replacement of keys that was cut short: what the root metadata names takes its place, the rest goes.

    Raises TrustError when neither of a role's two keys is the one that it names.
    """
    for role in ROLES:
        path = home / NEXT.format(role)
        if path.exists():
            with suppress(TrustError, PersonError):
                _signer(home / f"{role}.pem", role, trusted)
                path.unlink()
                continue
            _signer(path, role, trusted)
            path.replace(home / f"{role}.pem")
    sync(home)


def _signer(path: Path, role: str, trusted: Metadata[Root]) -> CryptoSigner:
    try:
        if path.stat().st_mode & 0o077:
            raise TrustError(f"{path}: others may read this key", hint=f"chmod 600 {path}")
        private = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        raise PersonError(f"{path}: no such file", hint=_ABSENT[role == "root"]) from None
    except (ValueError, TypeError):
        raise TrustError(f"{path}: not a private key in PEM") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise TrustError(f"{path}: found another kind of key, expected ed25519")
    public = trusted.signed.keys[trusted.signed.roles[role].keyids[0]]
    try:
        return CryptoSigner(private, public)  # type: ignore[arg-type]
    except KeyMismatchError:
        raise TrustError(f"{path}: not the key that root.json names for {role}") from None


def _root(signers: dict[str, CryptoSigner], clock: Clock) -> Metadata[Root]:
    expires = clock.now().replace(microsecond=0) + timedelta(days=ROOT_DAYS)
    signed = Root(version=1, expires=expires, consistent_snapshot=True)
    for role, made in signers.items():
        signed.add_key(made.public_key, role)
    metadata = Metadata(signed)
    metadata.sign(signers["root"])
    return metadata


def write(path: Path, data: bytes, mode: int) -> None:
    """A new file, durably; raises FileExistsError when there is one."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
