"""The wizard as a person uses it over SSH: keys only, 80x24, Welcome to Done, on real hosts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.detector import Detector
from tests.fleet.test_second_install import BROKEN, REPAIR, SPOIL
from tests.fleet.tmux import Tmux
from tests.fleet.workplace import PROGRAM
from wizard.practice.site_file import site_text
from wizard.run.audit import verify_chain
from wizard.run.report import gather
from wizard.vault.store import open_vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fleet.conftest import RunningFleet

pytestmark = pytest.mark.fleet

PASSWORD = "wR7-plum/Kite@91"
PASSPHRASE = "an-opener-of-keyrings-7"
INSTALLED_WITHIN = 1200.0  # seconds
COLUMN = 15  # where the list of ways begins, right of the screens' names
WAYS = ("New site", "Open ", "Resume ", "Rehearse ", "Go on ", "Look into ", "Take up ")


def test_from_welcome_to_done_by_keys(fleet: RunningFleet, tmp_path: Path) -> None:
    """A mirror breaks on the way: the card says so, it is repaired, and the rest is installed."""
    (tmp_path / "site.yaml").write_text(site_text(fleet.directory))
    fleet.make_bare()
    fleet.bare = False
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        # No keyring on a server without a desktop: the encrypted file.
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    with Tmux([str(PROGRAM)], tmp_path, env) as terminal:
        open_the_site_file(terminal)
        probe_and_log_in(terminal)
        store_the_mail_password(terminal)
        read_on_to_the_review(terminal)
        fleet.read(BROKEN, SPOIL)
        install(terminal)
        read_the_card(terminal)
        fleet.read(BROKEN, REPAIR)
        retry(terminal)
        terminal.wait("✓ done: ", "✓ proven", within=INSTALLED_WITHIN)
        done = go_on_to_done(terminal)
        assert " 0 failed" in done
        terminal.press("C-q")
        assert terminal.ended() == 0

    told = "".join(terminal.seen)
    state = tmp_path / "site.state"
    assert list(verify_chain(state)) == []
    assert [run.outcome for run in gather(state, lines=0).runs] == ["failed", "done"]
    phrase = tmp_path / "phrase"
    phrase.touch(mode=0o600)
    phrase.write_text(f"{PASSPHRASE}\n")
    (keyring,) = tmp_path.glob(".local/share/minusnow-setup/keyring/*.keyring")
    stored = open_vault("practice", passphrase_file=phrase, keyring_file=keyring).secrets()
    assert stored["smtp_password"].reveal() == PASSWORD
    secrets = {name: stored[name].reveal() for name in stored}
    assert Detector({**secrets, "passphrase": PASSPHRASE}).found(told.encode()) == set()


def open_the_site_file(terminal: Tmux) -> None:
    """Welcome lists what is in this folder; with every answer given it goes on at Review."""
    screen = terminal.wait("▸ Welcome", "Open site.yaml")
    menu = [line[COLUMN:] for line in screen.splitlines() if line[COLUMN:].startswith(WAYS)]
    place = next(at for at, line in enumerate(menu) if line.startswith("Open site.yaml"))
    terminal.press(*["Down"] * place, "Enter")
    terminal.wait("▸ Review")
    terminal.press("F6", *["Up"] * 9, "Enter")  # the list at the side
    terminal.wait("▸ Topology", "cache1", "users ─443▶")


def probe_and_log_in(terminal: Tmux) -> None:
    """What the hosts are comes up beside them, and each lets the login in."""
    terminal.press("r")
    terminal.until(
        lambda now: any("10.0.4.10" in line and "✓" in line for line in now.splitlines()),
        "cache1 probed and found good",
    )
    terminal.press("C-n")
    terminal.wait("▸ Access")
    terminal.press("F5")
    terminal.wait("logged in and root")


def store_the_mail_password(terminal: Tmux) -> None:
    """Typed unseen; the first secret asks for a passphrase for the keyring."""
    terminal.press("C-n")
    terminal.wait("▸ Network")
    terminal.press("F5")
    terminal.wait("smtp_password", "must be typed")
    terminal.press("Enter")
    terminal.until(lambda now: "must be typed" not in now, "the field for the password")
    terminal.type(PASSWORD)
    terminal.wait("bits")
    terminal.press("Enter")
    terminal.wait("New passphrase")
    terminal.type(PASSPHRASE)
    terminal.press("Enter")
    terminal.wait("again")
    terminal.type(PASSPHRASE)
    terminal.press("Enter")
    terminal.wait("smtp_password", "✓ stored")
    terminal.press("Escape")
    terminal.until(lambda now: "✓ stored" not in now, "the form again")


def read_on_to_the_review(terminal: Tmux) -> None:
    """Every screen in turn; then the hosts are asked what would change, which changes nothing."""
    screens = ("Database", "Balancer", "Storage", "Cache", "Application", "Licences", "Review")
    for name in screens:
        terminal.press("C-n")
        terminal.wait(f"▸ {name}")
    terminal.press("l")
    terminal.wait("changes in", "steps on 8 hosts")
    terminal.press("C-n")
    terminal.wait("▸ Preflight", "0 failed")
    terminal.press("C-b")
    terminal.wait("▸ Review")


def install(terminal: Tmux) -> None:
    """The question names the hosts; what is chosen at first is not to install."""
    terminal.press("i")
    terminal.wait("Install practice?", "lb1 (10.0.0.10)", "Not now")
    terminal.press("Right", "Enter")
    terminal.wait("▸ Install", "gone")
    terminal.wait("| Unpacking")  # the log keeps its end in sight


def read_the_card(terminal: Tmux) -> None:
    """Which host, which step, what was seen."""
    card = terminal.wait("Retry", "Stop here", within=INSTALLED_WITHIN)
    assert f"✗ {BROKEN} · packages" in card
    assert "keepalived" in card
    assert "status 100" in card


def go_on_to_done(terminal: Tmux) -> str:
    """The way is open as soon as the proof is known, which is a moment after it was told."""

    def there(now: str) -> bool:
        if "▸ Done" not in now:
            terminal.press("C-n")
        return "▸ Done" in now and "installed and proven" in now

    return terminal.until(there, "Done, and the site proven")


def retry(terminal: Tmux) -> None:
    """What is still to be done is listed first, and agreed to."""
    terminal.press("Enter")
    terminal.wait("What is left to do", f"{BROKEN} · packages")
    terminal.press("Right", "Enter")
    terminal.until(lambda now: "What is left to do" not in now, "the installation again")
