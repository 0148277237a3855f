"""What stands beside the forms: files that are read, and what follows from the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from screens.app import SetupApp
from screens.draft import Draft
from screens.widgets.plain import Plain
from tests.screens.test_probed_table import look_at_all
from tests.screens.test_wizard import LARGE, SMALL, to
from tests.screens.waiting import until
from tests.steps.test_local_files import release
from tests.vault.test_certificates import DOMAIN, Made, make
from wizard.run.simulated.hosts import SimulatedFleet
from wizard.site.edit import REMOVE

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

_TLS = {
    "networking.tls.mode": "provided",
    "networking.tls.certificate": "site.pem",
    "networking.tls.key": "site.key",
    "networking.tls.chain": "chain.pem",
}
_LONG = (-2000, 4000)  # days of validity: the test may run on any of them


def place(folder: Path, certificate: Made, key: Made, chain: Made) -> None:
    """Put files where the site file names them."""
    (folder / "site.pem").write_bytes(certificate.pem)
    (folder / "site.key").write_bytes(key.key_pem())
    (folder / "chain.pem").write_bytes(chain.pem)


async def told(pilot: Pilot[int], setup: SetupApp, words: str) -> str:
    """Wait for words beside the form; return all of them."""
    aside = setup.step.query_one(".aside-text", Plain)
    await until(pilot, lambda: words in aside.words, f"{words!r} beside the form")
    return aside.words


async def test_a_certificate_is_read_at_once(setup: SetupApp, folder: Path) -> None:
    """Subject, names, validity, issuer; then what is wrong with another one."""
    root = make("Root", ca=True, days=_LONG)
    place(folder, leaf := make(DOMAIN, root, days=_LONG), leaf, root)
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "networking")
        setup.change(_TLS)
        words = await told(pilot, setup, "✓ ")
        assert f"names    {DOMAIN}" in words
        assert "issuer   CN=Root" in words or "issuer   Root" in words
        place(folder, make("old.example.com", root, names=("old.example.com",)), leaf, root)
        setup.change({"networking.domain": "desk.example.com"})
        words = await told(pilot, setup, "✗ ")
        assert "old.example.com" in words
        assert "key" in words.partition("old.example.com")[0].lower()


async def test_a_certificate_is_read_while_other_answers_are_missing(
    setup: SetupApp, folder: Path
) -> None:
    """Neither the release nor the relay is needed for it; without a domain that is said."""
    root = make("Root", ca=True, days=_LONG)
    place(folder, leaf := make(DOMAIN, root, days=_LONG), make("Other", root), root)
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "networking")
        setup.change({"application.release": None, "networking.smtp.host": None, **_TLS})
        words = await told(pilot, setup, "does not belong to the certificate")
        assert f"names    {DOMAIN}" in words
        assert "names no certificate" not in words
        place(folder, leaf, leaf, root)
        setup.change({"networking.domain": None})
        words = await told(pilot, setup, "is seen once that is answered")
        assert "✗" not in words


async def test_a_certificate_that_is_not_there_is_told_as_its_field_is_left(
    setup: SetupApp,
) -> None:
    """Beside the field and beside the form, with what to do."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "networking")
        setup.change({"application.release": None, "networking.tls.mode": "provided"})
        row = setup.step.query_one("#field-networking-tls-certificate")
        await until(pilot, lambda: row.display, "the file is asked for")
        row.query_one(Input).focus()
        await pilot.press(*"/no/such.pem")
        await pilot.pause()
        assert not row.query(".file-note")
        await pilot.press("tab", *"/no/such.key", "tab")
        await until(pilot, lambda: bool(row.query(".file-note")), "a word beside the field")
        assert "✗ There is no file /no/such.pem" in row.query_one(".file-note", Plain).words
        words = await told(pilot, setup, "✗ ")
        assert "/no/such.pem cannot be read" in words
        assert "/no/such.key cannot be read" in words
        setup.change({"networking.tls.mode": "self-signed"})
        await until(pilot, lambda: not row.display, "the file is not asked for")


async def test_the_flows_are_shown_before_the_release_is_named(setup: SetupApp) -> None:
    """From the hosts and what is answered of the network; what is not says so."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "networking")
        setup.change({"application": REMOVE, "topology.hosts[7].address": None})
        words = await told(pilot, setup, "The firewalls will allow, and nothing else")
        assert "smtp.example.com" in words
        assert "2049/tcp" in words
        assert "1 without a usable address" in words
        setup.change({"networking.smtp.host": None})
        words = await told(pilot, setup, "app1, app2 → (not answered yet)")
        assert "provisional" not in words
        setup.change({"topology.hosts": []})
        await told(pilot, setup, "once a host has an address")


async def test_a_key_file_that_is_not_there_is_told_as_its_field_is_left(setup: SetupApp) -> None:
    """With a cross beside the field and beside the form; of a host's own key, too."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "access")
        setup.change({"ssh.key_file": REMOVE, "topology.hosts[0].ssh.key_file": "/no/other"})
        row = setup.step.query_one("#field-ssh-key-file")
        row.query_one(Input).focus()
        await pilot.press(*"/no/such", "tab")
        await until(pilot, lambda: bool(row.query(".file-note")), "a word beside the field")
        assert row.query_one(".file-note", Plain).words.startswith("✗ There is no file /no/such:")
        words = await told(pilot, setup, "✗ Key file")
        assert "✗ Key of lb1\n  There is no file /no/other" in words


async def test_a_missing_file_is_a_note_for_simulated_hosts(site_file: Path) -> None:
    """They need neither key nor release; a person hears of it all the same."""
    setup = SetupApp(Draft.open(site_file), simulation=SimulatedFleet(pace=0))
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "access")
        setup.change({"ssh.key_file": "/no/such"})
        words = await told(pilot, setup, "· Key file\n  There is no file /no/such")
        assert "Simulated hosts do without it." in words
        await to(pilot, setup, "application")
        setup.change({"application.release": "/no/such.tar.gz"})
        await told(pilot, setup, "· There is no file /no/such.tar.gz")


async def test_a_release_that_is_not_there_is_told_with_what_to_do(
    setup: SetupApp, folder: Path
) -> None:
    """With a cross; a folder is no release either."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "application")
        await told(pilot, setup, "✗ There is no file minusnow-1.4.0.tar.gz: put it there")
        note = setup.step.query(".file-note")  # at once, although the cursor is there
        await until(pilot, lambda: bool(note) and note.first().display, "a word beside the field")
        setup.change({"application.release": str(folder)})
        await told(pilot, setup, "✗ ~ is a folder: name a file.")


async def test_the_configuration_follows_as_one_types(setup: SetupApp) -> None:
    """The rate limit and the program are in the file beside the form."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "balancer")
        await told(pilot, setup, "/etc/haproxy/haproxy.cfg")
        setup.change({"load_balancer.rate_limit": 137})
        await told(pilot, setup, "137")
        setup.change({"load_balancer.kind": "nginx"})
        words = await told(pilot, setup, "/etc/nginx/")
        assert "asks /health" in words  # what each can do stands side by side
        setup.change({"load_balancer.kind": "external"})
        await told(pilot, setup, "Your balancer has to")


async def test_replication_and_memory_are_told_in_words(setup: SetupApp) -> None:
    """Sync hangs while the only standby is down; sizes come from the machine that was seen."""
    async with setup.run_test(size=LARGE) as pilot:
        look_at_all(setup)
        await to(pilot, setup, "database")
        words = await told(pilot, setup, "commits never wait")
        assert "shared_buffers" in words
        assert "a quarter" in words
        setup.change({"database.replication": "sync"})
        await told(pilot, setup, "every commit hangs.")


async def test_what_others_provide_is_asked_for(setup: SetupApp) -> None:
    """External storage and cache have a server; none is warned of."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "storage")
        words = await told(pilot, setup, "st1:/exports/minusnow is mounted on app1, app2")
        assert words.count("/opt/minusnow/") == 5
        row = setup.step.query_one("#field-storage-external-server")
        assert not row.display
        setup.change({"storage.kind": "external"})
        await until(pilot, lambda: row.display, "the server is asked for")
        setup.action_undo()
        await to(pilot, setup, "cache")
        setup.change({"cache.kind": "none"})
        await told(pilot, setup, "have to log in again")


async def test_a_release_is_read_at_once(setup: SetupApp, folder: Path) -> None:
    """Version, built or not, size, checksum; and how long its Node.js is supported."""
    release(folder / "minusnow-1.4.0.tar.gz", built=False)
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "application")
        words = await told(pilot, setup, "version   1.4.0")
        assert "no: it is built on one app server" in words
        assert "SHA-256" in words
        assert "Node.js 22 is " in words or "Node.js 22 is out of support" in words
        setup.change({"application.release_sha256": "0" * 64})
        await told(pilot, setup, "✗ ")


async def test_a_login_holds_for_the_settings_it_was_made_with(setup: SetupApp) -> None:
    """With any other of them nothing was tested; with the old ones again, what was seen counts."""
    async with setup.run_test(size=SMALL) as pilot:
        look_at_all(setup)
        await to(pilot, setup, "access")
        assert await told(pilot, setup, "✓ logged in and root")
        for change in (
            {"ssh.user": "other"},
            {"ssh.port": 2222},
            {"ssh.key_file": "~/.ssh/other"},
            {"ssh.sudo": "password"},
            {"ssh.jump": "bastion.example.com"},
        ):
            setup.change(change)
            assert "✓" not in await told(pilot, setup, "· not tested"), change
            setup.action_undo()
            assert "· not tested" not in await told(pilot, setup, "✓ logged in and root"), change
        setup.change({"ssh.port": 22})  # what held unwritten is no other way
        setup.change({"topology.hosts[4].ssh.user": "dba"})
        words = await told(pilot, setup, "db1\n  · not tested")
        assert "lb1, lb2, app1, app2, db2, st1, cache1\n  ✓ logged in and root" in words
