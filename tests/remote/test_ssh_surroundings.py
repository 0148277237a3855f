"""Odd surroundings on a host: facts, files and modes come out as on any other."""

from __future__ import annotations

import grp
import pwd
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import Sshd, available, unix_user, wait_until
from wizard.errors import ConnectionLost
from wizard.facts.gather import gather
from wizard.facts.platform import Family
from wizard.remote.ssh import connect
from wizard.remote.ssh_program import RUN_DIRECTORY
from wizard.resources.block import Block
from wizard.resources.directory import Directory
from wizard.resources.file import File
from wizard.run.change_script import change_script
from wizard.run.look import look_script, new_token
from wizard.site.topology import Host, Role
from wizard.vault.secret import Secrets
from wizard.vault.text import SecretRef, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.remote.transport import Transport
    from wizard.resources.resource import Resource

pytestmark = pytest.mark.sshd

HOST = Host(name="here", address="192.0.2.1", roles=(Role.APP,))
SECRETS = Secrets({"password": "pässwörd İı $`'\"\\"})
LOCALES = Path("/usr/share/i18n/locales")
# What differs from one second to the next, whatever the surroundings.
FLEETING = {"clock_skew", "clock_synchronised", "disk_free", "listeners", "package_lock"}


@dataclass(frozen=True)
class Odd:
    """What a session finds on the host."""

    environment: tuple[str, ...] = ()
    """As of sshd's SetEnv, PermitUserEnvironment or pam_env."""
    bashrc: str = ""
    """What .bashrc, .profile and /etc/profile.d make of the shell."""
    wrapper: str = ""
    """Shell that prepares the server's file systems."""


ODD = {
    "Turkish, open umask, chatty": Odd(
        ("LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", "LOCPATH={locales}", "TZ=Asia/Kolkata"),
        "umask 0; echo 'Welcome to db1!'; echo 'Last update: never' >&2; alias ls='ls --color'",
    ),
    "German, umask 077, POSIX mode": Odd(
        (
            "LC_ALL=de_DE.UTF-8",
            "LANGUAGE=de",
            "LOCPATH={locales}",
            "POSIXLY_CORRECT=1",
            "PGHOST=10.9.9.9",
        ),
        "umask 077; printf '\\033[31mVerboten\\007\\n'",
    ),
    "no locale, closed umask, traced": Odd(
        ("LC_ALL=POSIX", "LANG=", "SHELLOPTS=xtrace:verbose:braceexpand", "COLUMNS=9"),
        "umask 0777; export PS4='$(echo traced) '; head -c 100000 /dev/urandom",
    ),
    "unknown locale, noexec /tmp, functions of its own": Odd(
        ("LC_ALL=xx_YY.KOI8", "TMPDIR=/nowhere", "BASH_ENV=/etc/motd", "ENV=/etc/motd"),
        "umask 077; ls() { false; }; mv() { false; }; printf() { false; }\n"
        "export -f ls mv printf; GREP_OPTIONS=-v; CDPATH=/usr; export GREP_OPTIONS CDPATH",
        "mount -t tmpfs -o noexec,nosuid,nodev none /tmp",
    ),
}


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real Turkish and German, where their sources are; elsewhere they are unknown locales."""
    folder = tmp_path_factory.mktemp("locales")
    for name in ("tr_TR", "de_DE"):
        if which("localedef") and (LOCALES / name).exists():
            command = ["localedef", "--no-archive", "-i", name, "-f", "UTF-8"]
            subprocess.run([*command, str(folder / f"{name}.UTF-8")], check=False)
    return folder


@pytest.fixture
def odd(request: pytest.FixtureRequest, locales: Path) -> Iterator[Sshd]:
    """A server whose sessions begin in odd surroundings."""
    if not available():
        pytest.skip("needs root and an OpenSSH server")
    wanted: Odd = ODD[request.param]
    words = [f'"{each.format(locales=locales)}"' for each in wanted.environment]
    shell = ("unshare", "--mount", "sh", "-c", f'{wanted.wrapper} && exec "$@"', "sshd")
    server = Sshd(
        # Only the first SetEnv counts, so HOME stands in it too.
        options=f"SetEnv HOME=/var/tmp/{id(request)} {' '.join(words)}",
        wrapper=shell if wanted.wrapper else (),
    )
    home = Path(f"/var/tmp/{id(request)}")
    home.symlink_to(server.home)
    for name in (".bashrc", ".profile", ".bash_profile"):
        (server.home / name).write_text(f"{wanted.bashrc}\n")
    yield server
    home.unlink()
    server.stop()


def facts_of(transport: Transport) -> dict[str, object]:
    """The facts by name."""
    found = gather(
        transport,
        host=HOST,
        packages={Family.DEBIAN: ("bash", "haproxy"), Family.RHEL: ("bash",)},
        names=("localhost", "no.such.name.invalid"),
        data_path="/var/lib",
    )
    return {each.name: getattr(found, each.name) for each in fields(found)}


def settle(transport: Transport, folder: Path, owner: str = "root") -> None:
    """Place files of all kinds as a run does; a fresh look must find nothing to change."""
    group = grp.getgrgid(pwd.getpwnam(owner).pw_gid).gr_name
    resources: tuple[Resource, ...] = (
        Directory(path=f"{folder}/d", mode=0o750, group=group),
        File(path=f"{folder}/made/on/the/way/é İ.cfg", content=Text("ğ İi straße é✓\n")),
        File(path=f"{folder}/d/a", content=Text("x=", SecretRef("password"), "\n"), mode=0o600),
        File(path=f"{folder}/d/b", content=Text("b\n"), owner=owner, group=group, mode=0o640),
        File(path=f"{folder}/d/c", content=Text("#!/bin/sh\n"), mode=0o755),
        Block(path=f"{folder}/hosts", name="hosts", content="10.0.0.1 ğüşiöç\n"),
    )
    for last in (False, True):
        look = look_script([each.look() for each in resources])
        seen = transport.run(look.script, waiting_for="a look", timeout=60)
        pairs = zip(resources, look.split(seen.out), strict=True)
        changes = [change for each, text in pairs if (change := each.change(text, SECRETS))]
        assert len(changes) == (0 if last else len(resources))
        if changes:
            script = change_script(changes, new_token()).reveal(SECRETS)
            done = transport.run(script, waiting_for="files", timeout=60)
            assert done.status == 0, done.err


def modes(folder: Path) -> dict[str, str]:
    """What is there, with owner and mode."""
    return {
        str(path.relative_to(folder)): f"{path.stat().st_mode & 0o7777:o} {path.owner()}"
        for path in sorted(folder.rglob("*"))
    }


EXPECTED = {
    "d": "750 root",
    "d/a": "600 root",
    "d/b": "640 daemon",
    "d/c": "755 root",
    "hosts": "644 root",
    "made": "755 root",
    "made/on": "755 root",
    "made/on/the": "755 root",
    "made/on/the/way": "755 root",
    "made/on/the/way/é İ.cfg": "644 root",
}


def check(transport: Transport, folder: Path, usual: dict[str, object]) -> None:
    """Everything comes out as it does on a host without oddities."""
    folder.mkdir()
    settle(transport, folder, "daemon")
    assert modes(folder) == EXPECTED
    text = (folder / "made/on/the/way/é İ.cfg").read_text(encoding="utf-8")
    assert text == "ğ İi straße é✓\n"
    found = facts_of(transport)
    different = {name for name in found if found[name] != usual[name]}
    assert different <= FLEETING
    for name in ("odd", None):
        script = "umask; echo İ; env | grep -c '^PG' || true; exit 3"
        done = transport.run(script, waiting_for="x", timeout=30, job=name)
        assert (done.status, done.out) == (3, "0077\nİ\n0\n")


@pytest.mark.parametrize("odd", ODD, indirect=True)
def test_root_is_met_in_odd_surroundings(odd: Sshd, host: Transport) -> None:
    """Locales, umask, tracing, functions and chatter of the account end at our own shell."""
    usual = facts_of(host)
    transport = connect(odd.endpoint(name="here"))
    try:
        check(transport, odd.directory / "x", usual)
    finally:
        transport.close()


@pytest.mark.parametrize("odd", list(ODD)[:2], indirect=True)
def test_a_login_user_is_met_in_odd_surroundings(odd: Sshd, host: Transport) -> None:
    """The same through sudo, which keeps some of the environment."""
    usual = facts_of(host)
    rule = "Defaults:{user} !env_reset\n{user} ALL=(ALL) NOPASSWD: ALL"
    with unix_user(rule, password="anything") as user:
        usual["accounts"] = facts_of(host)["accounts"]
        transport = connect(odd.endpoint(name="here", user=user))
        try:
            check(transport, odd.directory / "x", usual)
        finally:
            transport.close()


def test_a_connection_that_is_cut_leaves_no_directory_of_its_own(own_server: Sshd) -> None:
    """The shells on the host tidy up themselves when nobody is left to tell them to."""
    transport = connect(own_server.endpoint())
    said = transport.run('echo "$TMPDIR"', waiting_for="x", timeout=30).out.strip()
    assert said.startswith(RUN_DIRECTORY)
    assert Path(said).is_dir()
    for pid in own_server.sessions():
        subprocess.run(["kill", "-KILL", str(pid)], check=False)
    with pytest.raises(ConnectionLost):
        transport.run("sleep 60", waiting_for="x", timeout=90)
    wait_until(lambda: not Path(said).exists(), seconds=60)
