"""Keys are replaced, put away and renewed: whoever has the first `root.json` follows, and old keys get nowhere."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bundle_site import Site, site

from broadcaster import cli
from broadcaster.bundle import bundles, ceremony, key_status, keys
from feeds.base.errors import ChannelError, PersonError, TrustError

pytestmark = pytest.mark.slow

DOC = Path(__file__).resolve().parents[1] / "docs" / "pull.md"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    """A channel whose bundles are served, and an operator with the first `root.json` who pulled once."""
    with site(tmp_path) as made:
        made.root = shutil.copy(keys.root_file(made.state), tmp_path / "handed-over.json")
        made.air("one")
        made.pull()
        made.clock.forward(5)
        yield made


def _home(there: Site) -> Path:
    return keys.folder(there.state)


def _again(there: Site) -> None:
    """The channel publishes the release that is on air already; the operator pulls it."""
    there.publish(there.on_air)
    assert there.pull().release == there.on_air.id


ROLES = [("root",), ("targets",), ("snapshot",), ("timestamp",), keys.ROLES, ()]


@pytest.mark.parametrize("roles", ROLES, ids="+".join)
def test_an_operator_follows_and_the_old_keys_are_worth_nothing(there: Site, tmp_path: Path, roles: tuple[str]) -> None:
    """After each kind of replacement pulls go on with the `root.json` of the first day, for the same release and the
    next; what the replaced keys sign is refused."""
    shutil.copytree(_home(there), tmp_path / "stolen")
    before = keys.root(there.state)
    after = ceremony.rotate(_home(there), roles, there.clock)
    changed = {role for role in keys.ROLES if before.signed.roles[role].keyids != after.signed.roles[role].keyids}
    assert changed == set(roles) and after.signed.version == 2
    _again(there)
    there.clock.forward(5)
    there.air("two")
    assert there.pull().changed
    if roles and roles != ("root",):
        shutil.rmtree(_home(there))
        shutil.copytree(tmp_path / "stolen", _home(there))
        there.clock.forward(5)
        there.air("three")
        with pytest.raises(TrustError):
            there.pull()


def test_whoever_slept_through_several_follows_them_all(there: Site) -> None:
    """Five versions later, and after the folder of bundles was lost: the first `root.json` still leads there."""
    for roles in (("timestamp",), ("root",), ("root", "targets"), (), ("snapshot",)):
        ceremony.rotate(_home(there), roles, there.clock)
    shutil.rmtree(bundles.folder(there.state))
    there.clock.forward(5)
    _again(there)
    assert sorted(keys.history(_home(there))) == [1, 2, 3, 4, 5, 6]


def test_a_pull_in_the_middle_of_a_replacement_follows(there: Site) -> None:
    """Keys are replaced after the operator asked for root metadata and before he asks for the timestamp."""
    release = there.air("two")
    stamp = bundles.folder(there.state) / "metadata" / "timestamp.json"
    done = []

    def replaced(body: bytes) -> bytes:
        if not done:
            done.append(ceremony.rotate(_home(there), keys.ROLES, there.clock))
            there.clock.forward(5)
            there.publish(release)
        return stamp.read_bytes()

    there.forge = {"timestamp.json": replaced}
    assert there.pull().release == release.id and done


def _commands(folder: Path) -> list[list[str]]:
    """The commands of the document's part on keys, with the medium in ``folder``."""
    text = DOC.read_text(encoding="utf-8").partition("\n## The keys, at the channel's end\n")[2].partition("\n## ")[0]
    lines = re.findall(r"^    channel (.+?)(?:\s+#.*)?$", text, re.MULTILINE)
    return [line.replace("/media/root", str(folder)).split() for line in lines]


def test_the_ceremony_of_the_document_is_what_works(
    there: Site, tmp_path: Path, channel_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command of `docs/pull.md`, in its order: the root key goes to another folder and leaves the machine, new
    root metadata is signed there and brought back, and the operator follows from what he was handed."""
    medium = tmp_path / "another-machine"
    for command in _commands(medium):
        if command == ["bundle"]:
            _again(there)
            continue
        elsewhere = "--keys" in command
        assert cli.main([*([] if elsewhere else ["--state", str(there.state)]), *command]) == 0, command
        assert "another-machine" in capsys.readouterr().out or command[1] == "status"
        assert (
            elsewhere or command[1] != "export-root" or (_home(there) / "root.pem").exists() != ("--remove" in command)
        )
    assert keys.root(there.state).signed.version == 3
    assert not (_home(there) / "root.pem").exists()
    assert (medium / "root.pem").stat().st_mode & 0o777 == 0o600


class Killed(BaseException):
    """The process is dead."""


class Kills:
    """Lets so many steps of the disk pass; none after that. Threads that other tests have left are not meant."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, last: int) -> None:
        self.left, self._mine = last, threading.get_ident()
        for name in ("replace", "unlink", "open", "fsync"):
            monkeypatch.setattr(os, name, partial(self._step, getattr(os, name)))

    def _step(self, real: Callable[..., Any], *args: Any, **more: Any) -> Any:
        if threading.get_ident() == self._mine:
            self.left -= 1
            if self.left < 0:
                raise Killed
        return real(*args, **more)


@pytest.mark.parametrize("what", ["rotate", "accept"])
def test_every_step_of_a_replacement_may_be_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Killed at any step of the disk: the channel can sign with what `root.json` names, and the next try succeeds."""
    made = Site(tmp_path / "made")
    made.air("one")
    home, other = _home(made), tmp_path / "other"
    ceremony.export(home, other)
    if what == "accept":
        ceremony.rotate(other, keys.ROLES, made.clock)
    start = tmp_path / "start"
    shutil.copytree(home, start)
    outcomes = set()
    for step in range(200):
        shutil.rmtree(home)
        shutil.copytree(start, home)
        with monkeypatch.context() as patched:
            kills = Kills(patched, step)
            with suppress(Killed):
                _do(what, made, other)
        trusted = keys.root(made.state)
        outcomes.add(trusted.signed.version)
        for role in keys.ROLES[1:]:
            keys.signer(made.state, role, trusted)
        if trusted.signed.version == 1:
            _do(what, made, other)
        keys.settle(home, keys.root(made.state))
        for role in keys.ROLES if what == "rotate" else keys.ROLES[1:]:
            keys.signer(made.state, role, keys.root(made.state))
        assert not list(home.glob("*.next.pem"))
        if kills.left >= 0:
            break
    assert outcomes == {1, 2} and step > 10


def _do(what: str, made: Site, other: Path) -> None:
    if what == "rotate":
        ceremony.rotate(_home(made), keys.ROLES, made.clock)
    else:
        ceremony.accept(_home(made), other)


def test_the_root_key_leaves_only_when_it_is_told_to_and_safe_elsewhere(there: Site, tmp_path: Path) -> None:
    """A copy is for its owner alone; not in the state, nor over another key; without it nothing is removed."""
    home, key = _home(there), _home(there) / "root.pem"
    for inside in (there.state, there.state / "deep" / "er", home):
        with pytest.raises(PersonError, match="state"):
            ceremony.export(home, inside, remove=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "root.pem").write_bytes(b"another")
    with pytest.raises(PersonError, match="another key"):
        ceremony.export(home, tmp_path / "other", remove=True)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ChannelError):
        ceremony.export(home, tmp_path / "file" / "folder", remove=True)
    assert key.exists()
    target = tmp_path / "medium"
    ceremony.export(home, target)
    assert key.exists() and target.stat().st_mode & 0o777 == 0o700
    assert (target / "root.pem").stat().st_mode & 0o777 == 0o600
    assert (target / "root.pem").read_bytes() == key.read_bytes()
    ceremony.export(home, target, remove=True)
    assert not key.exists() and (target / "root.json").read_bytes() == keys.root_file(there.state).read_bytes()
    for late in (lambda: ceremony.rotate(home, ("targets",), there.clock), lambda: ceremony.export(home, target)):
        with pytest.raises(PersonError, match=r"root\.pem"):
            late()
    _again(there)


def test_only_what_follows_is_accepted(there: Site, tmp_path: Path) -> None:
    """Nothing newer, another channel's keys, a version left out, a new key left out: refused, and nothing changes."""
    home, medium = _home(there), tmp_path / "medium"
    ceremony.export(home, medium)
    before = {path.name: path.read_bytes() for path in home.iterdir()}

    def refused(error: type[ChannelError], match: str) -> None:
        with pytest.raises(error, match=match):
            ceremony.accept(home, medium)
        assert {path.name: path.read_bytes() for path in home.iterdir() if path.name in before} == before
        assert keys.root(there.state).signed.version == 1

    refused(PersonError, "nothing newer")
    other = Site(tmp_path / "stranger")
    ceremony.rotate(_home(other), ("targets",), there.clock)
    shutil.copytree(_home(other), tmp_path / "strange")
    right, medium = medium, tmp_path / "strange"
    refused(TrustError, "not signed by version 1")
    medium = right
    ceremony.rotate(medium, ("targets",), there.clock)
    ceremony.rotate(medium, ("root",), there.clock)
    second = (medium / "2.root.json").read_bytes()
    (medium / "2.root.json").unlink()
    refused(PersonError, "2.root.json")
    (medium / "2.root.json").write_bytes(second)
    key = (medium / "targets.pem").read_bytes()
    (medium / "targets.pem").unlink()
    refused(PersonError, r"targets\.pem")
    keys.write(medium / "targets.pem", key, 0o600)
    assert ceremony.accept(home, medium).signed.version == 3
    _again(there)


DAYS = [
    (0, []),
    (5 * 365 - 181, []),
    (5 * 365 - 179, ["root.json is good for 17"]),
    (5 * 365 + 2, ["root.json ended at"]),
]


@pytest.mark.parametrize(("days", "said"), DAYS)
def test_the_end_of_the_root_is_told_half_a_year_ahead(tmp_path: Path, days: int, said: list[str]) -> None:
    """Before it is too late, and after."""
    made = Site(tmp_path)
    (_home(made) / "root.pem").unlink()
    found = [t.sentence for t in key_status.troubles(made.state, made.clock.now() + timedelta(days=days))]
    assert len(found) == len(said) and all(s in f for s, f in zip(said, found, strict=True))


def test_what_nobody_signs_anew_is_told_before_it_ends(there: Site) -> None:
    """A channel that stopped publishing: first the timestamp, later the others, and what operators do not know yet."""
    (_home(there) / "root.pem").rename(there.state / "away.pem")

    def told(hours: float) -> list[str]:
        moment = there.clock.now() + timedelta(hours=hours)
        return [t.sentence.split(" ")[1] for t in key_status.troubles(there.state, moment)]

    assert told(0) == [] and told(3.9) == []
    assert told(4.1) == ["timestamp"] and told(24 * 6) == ["snapshot", "timestamp"]
    assert told(24 * 21) == ["targets", "snapshot", "timestamp"]
    (there.state / "away.pem").rename(_home(there) / "root.pem")
    ceremony.rotate(_home(there), (), there.clock)
    sentences = [t.sentence for t in key_status.troubles(there.state, there.clock.now())]
    assert len(sentences) == 2 and "lies on this machine" in sentences[0] and "version 2" in sentences[1]
    (_home(there) / "targets.pem").unlink()
    assert any("targets is not here" in t.sentence for t in key_status.troubles(there.state, there.clock.now()))


def test_a_new_key_does_not_claim_what_the_old_one_signed(
    there: Site, channel_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Right after a replacement it has signed nothing; when the next bundle is published, it has."""
    ceremony.rotate(_home(there), ("targets", "timestamp"), there.clock)
    told = {row.role: (row.signed, row.until is not None) for row in key_status.rows(there.state, there.clock.now())}
    assert told == {
        "root": (True, True), "targets": (False, True), "snapshot": (True, True), "timestamp": (False, True)
    }  # fmt: skip
    assert cli.main(["--channel", str(channel_dir), "--state", str(there.state), "keys", "status"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")}
    assert "signed nothing yet; what the key before it signed is good until" in lines["targets"]
    assert "signed until" in lines["snapshot"]
    _again(there)
    assert all(row.signed for row in key_status.rows(there.state, there.clock.now()))


def test_the_doctor_warns_while_the_root_key_is_here(channel_dir: Path, tmp_path: Path) -> None:
    """With the way to put it away; and no more when it is."""
    from broadcaster.tools.doctor import examine
    from channel.folder import Channel

    channel = Channel.open(channel_dir, tmp_path / "state")
    keys.create(channel.state)

    def warned() -> list[str]:
        return [f.mend for f in examine(channel) if f.about == "keys" and f.level == "warning"]

    assert any("export-root" in mend for mend in warned())
    ceremony.export(keys.folder(channel.state), tmp_path / "medium", remove=True)
    assert warned() == []
