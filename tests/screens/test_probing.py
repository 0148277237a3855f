"""Probing the hosts over real SSH: unknown keys, refused ones, changed ones, and logins."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from textual.widgets import DataTable, OptionList

from screens.app import SetupApp
from screens.dialogs.ask_text import AskText
from screens.dialogs.host_keys import HostKeys
from screens.draft import Draft
from screens.presets import new_site
from screens.widgets.plain import Plain
from tests.remote.sshd import Sshd, available, make_key
from tests.screens.test_wizard import SMALL, to
from tests.screens.waiting import shown, until
from wizard.errors import ConnectionFailed
from wizard.facts.host import HostFacts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from textual.pilot import Pilot

pytestmark = pytest.mark.sshd
_PASSPHRASE = "opens-the-key-7"


def own_address() -> str:
    """An address of this machine that is not loopback, "" if there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("198.51.100.1", 9))  # sends nothing: it only chooses an address
            found = str(asked.getsockname()[0])
        except OSError:
            return ""
    return "" if found.startswith("127.") else found


@pytest.fixture
def server() -> Iterator[Sshd]:
    """A server of this test's own, on an address that a site may name."""
    address = own_address()
    if not available() or not address:
        pytest.skip("needs root, an OpenSSH server and an address besides loopback")
    sshd = Sshd(options=f"ListenAddress {address}")
    sshd.known_hosts.unlink()
    yield sshd
    sshd.stop()


@pytest.fixture
def probed(folder: Path, server: Sshd) -> SetupApp:
    """A wizard in which db1 is that server; the other hosts have no address yet."""
    path = folder / "new.yaml"
    path.write_text(new_site("root"), encoding="utf-8")
    draft = Draft.open(path)
    draft.change(
        {
            "topology.hosts[4].address": own_address(),
            "ssh.port": server.port,
            "ssh.key_file": str(server.user_key),
            "ssh.known_hosts": str(server.known_hosts),
        }
    )
    assert draft.value("topology.hosts[4].name") == "db1"
    return SetupApp(draft)


def fingerprint(server: Sshd) -> str:
    """The server's key as OpenSSH's own tool prints it on the host's console."""
    printed = subprocess.run(
        ["ssh-keygen", "-lf", str(server.host_key.with_suffix(".pub"))],
        capture_output=True,
        text=True,
        check=True,
    )
    return printed.stdout.split()[1]


async def over(pilot: Pilot[int], setup: SetupApp) -> object:
    """Wait until db1 has been looked at; return what was seen."""
    await until(pilot, lambda: not setup.live.probing, "the look at the hosts is over")
    return setup.live.facts.get("db1")


async def test_an_unknown_key_is_shown_and_accepted(probed: SetupApp, server: Sshd) -> None:
    """The dialog shows the server's own fingerprint; once accepted, it is known."""
    printed = fingerprint(server)
    async with probed.run_test(size=SMALL) as pilot:
        await to(pilot, probed, "topology")
        await pilot.press("r")
        await shown(pilot, probed, HostKeys)
        keys = probed.screen.query_one(OptionList)
        assert printed in str(keys.get_option_at_index(0).prompt)
        await pilot.press("down", "enter")
        seen = await over(pilot, probed)
        assert isinstance(seen, HostFacts)
        assert seen.machine_id
        kind, key = server.host_key.with_suffix(".pub").read_text(encoding="utf-8").split()[:2]
        assert f"{kind} {key}" in server.known_hosts.read_text(encoding="utf-8")
        await pilot.press("r")
        assert isinstance(await over(pilot, probed), HostFacts)  # nobody is asked again


async def test_a_refused_key_is_not_connected_to(probed: SetupApp, server: Sshd) -> None:
    """Escape refuses; the host says why it was not looked at."""
    async with probed.run_test(size=SMALL) as pilot:
        await to(pilot, probed, "topology")
        await pilot.press("r")
        await shown(pilot, probed, HostKeys)
        await pilot.press("escape")
        seen = await over(pilot, probed)
        assert isinstance(seen, ConnectionFailed)
        assert "not known" in seen.seen
        assert not server.known_hosts.exists()


async def test_a_changed_key_is_a_hard_stop(probed: SetupApp, server: Sshd, tmp_path: Path) -> None:
    """No question, no session, and no way past Access, by keys or by the list at the side."""
    other = make_key(tmp_path / "other")
    kind, key = other.with_name("other.pub").read_text(encoding="utf-8").split()[:2]
    server.known_hosts.write_text(f"[{own_address()}]:{server.port} {kind} {key}\n")
    async with probed.run_test(size=SMALL) as pilot:
        await to(pilot, probed, "topology")
        await pilot.press("r")
        seen = await over(pilot, probed)
        assert not isinstance(probed.screen, HostKeys)
        assert isinstance(seen, ConnectionFailed)
        assert seen.untrusted
        assert "✗ the host key" in str(probed.step.query_one(DataTable).get_row_at(4)[-1])
        assert probed.limit == 2  # other hosts have no address yet
        for number in (0, 1, 2, 3, 5, 6, 7):
            probed.change({f"topology.hosts[{number}].address": f"10.99.0.{number + 1}"})
        assert probed.limit == 3
        await to(pilot, probed, "access")
        await pilot.press("ctrl+n")
        await pilot.pause()
        assert probed.here == "access"
        assert "CHANGED" in probed.step.blocked()
        assert "✗ the host key" in probed.step.query_one(".aside-text", Plain).words


async def test_access_tests_logins_live(probed: SetupApp, server: Sshd, tmp_path: Path) -> None:
    """F5 says who logged in, and why not with another key."""
    server.known_hosts.write_text(server.known_line(f"[{own_address()}]:{server.port}"))
    async with probed.run_test(size=SMALL) as pilot:
        await to(pilot, probed, "access")
        told = probed.step.query_one(".aside-text", Plain)
        await pilot.press("f5")
        assert isinstance(await over(pilot, probed), HostFacts)
        await until(pilot, lambda: "✓ logged in and root" in told.words, "a login that worked")
        probed.change({"ssh.key_file": str(make_key(tmp_path / "stranger"))})
        await pilot.press("f5")
        assert isinstance(await over(pilot, probed), ConnectionFailed)
        await until(pilot, lambda: "✗" in told.words, "a login that was refused")


async def test_a_locked_key_is_asked_for_once(probed: SetupApp, server: Sshd) -> None:
    """A wrong passphrase is told of and asked for again; the right one is remembered."""
    server.known_hosts.write_text(server.known_line(f"[{own_address()}]:{server.port}"))
    locked = make_key(server.directory / "locked", passphrase=_PASSPHRASE)
    server.authorize(locked)
    async with probed.run_test(size=SMALL) as pilot:
        probed.change({"ssh.key_file": str(locked)})
        await to(pilot, probed, "access")
        await pilot.press("f5")
        await shown(pilot, probed, AskText, "Passphrase")
        await pilot.press(*"wrong", "enter")
        assert isinstance(await over(pilot, probed), ConnectionFailed)
        await pilot.press("f5")
        await shown(pilot, probed, AskText, "Passphrase")
        await pilot.press(*_PASSPHRASE, "enter")
        assert isinstance(await over(pilot, probed), HostFacts)
        await pilot.press("f5")
        assert isinstance(await over(pilot, probed), HostFacts)
