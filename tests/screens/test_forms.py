"""What stands beside the forms: files that are read, and what follows from the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.widgets.plain import Plain
from tests.screens.test_probed_table import look_at_all
from tests.screens.test_wizard import LARGE, SMALL, to
from tests.screens.waiting import until
from tests.steps.test_local_files import release
from tests.vault.test_certificates import DOMAIN, Made, make

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from screens.app import SetupApp

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
