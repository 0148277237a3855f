"""The probe for server programs, by real bash on a folder that stands for the host's root."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.remote.local import LocalTransport
from wizard.facts import begun, sections
from wizard.facts.begun import SERVICE_FILE, Begun, marks

if TYPE_CHECKING:
    from pathlib import Path

NGINX, REDIS = "/etc/nginx/nginx.conf", "/etc/redis/redis.conf"
SHIPPED = "user www-data;\n"
MOVED = ("/etc/", "/var/lib/")


@dataclass
class Root:
    """A folder in the place of /."""

    folder: Path

    def write(self, path: str, text: str | bytes) -> None:
        """Put a file there."""
        file = self.folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)

    def look(self, before: str = "") -> Begun:
        """What the probe's script says of it, paths as on a host."""
        script = sections.join({"begun": begun.SCRIPT}, "m")
        for start in MOVED:
            script = script.replace(start, f"{self.folder}{start}")
        out = LocalTransport().run(before + script, waiting_for="begun", timeout=30).out
        return begun.parse(sections.split(out, "m")["begun"].replace(str(self.folder), ""))


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """A host of the Debian family, with Nginx's configuration as its package has it."""
    found = Root(tmp_path)
    digest = hashlib.md5(SHIPPED.encode(), usedforsecurity=False).hexdigest()
    conffiles = f"Conffiles:\n {tmp_path}{NGINX} {digest}\n"
    found.write("/var/lib/dpkg/status", f"Package: nginx-common\n{conffiles}")
    found.write(NGINX, SHIPPED)
    return found


def test_nothing_was_begun_on_a_host_that_nobody_has_touched(root: Root) -> None:
    """A configuration as its package has it is nobody's work."""
    assert root.look() == Begun()


@pytest.mark.parametrize("state", ["about", "wrote"])
def test_what_we_wrote_or_were_about_to_is_begun(root: Root, state: str) -> None:
    """Of the record only what is a server program's counts, also where its last line was cut."""
    day = "2026-11-29T10:00:00Z"
    noted = f"{day} {state} {'5' * 64} {root.folder}"
    lines = [f"{noted}{SERVICE_FILE}", f"{noted}/etc/hosts", f"{day} forgot - {root.folder}{REDIS}"]
    root.write("/var/lib/minusnow-setup/written", "\n".join(["", *lines, "2026"]))
    assert root.look().begun == {SERVICE_FILE}


def test_packages_that_we_were_about_to_install_are_begun(root: Root) -> None:
    """What they wrote and started meanwhile is ours, whether or not the run was killed then."""
    root.write("/var/lib/minusnow-setup/installed", "curl\nredis-server\nnginx\n")
    root.write("/var/lib/redis/dump.rdb", b"REDIS" * 100)
    root.write(NGINX, "somebody's since")
    assert root.look() == Begun(begun=frozenset({"redis-server", "nginx"}))


def test_a_file_with_our_first_line_is_begun_without_a_record(root: Root) -> None:
    """A host that was put back from a copy."""
    root.write(REDIS, "# Managed by minusnow-setup: a later run puts this file back.\nport 6379\n")
    root.write("/var/lib/redis/dump.rdb", b"REDIS" * 1000)
    assert root.look() == Begun(begun=frozenset({REDIS}))


def test_configuration_that_no_package_brought_is_somebody_elses(root: Root) -> None:
    """Changed after it was installed, or no package's at all; an empty one is nobody's."""
    root.write(NGINX, f"{SHIPPED}# by hand\n")
    root.write("/etc/keepalived/keepalived.conf", "vrrp_instance old {}\n")
    root.write("/etc/haproxy/haproxy.cfg", "")
    assert root.look().foreign_files == {NGINX, "/etc/keepalived/keepalived.conf"}


RPM = """rpm() {{
    [[ $1 == -qf ]] && {{ [[ $2 == *nginx* ]]; return; }}
    printf '%s\\n' 'S.5....T.  c /etc/nginx/mime.types' '{}  c {}'; return 1
}}
"""


@pytest.mark.parametrize(("flags", "foreign"), [("S.5....T.", True), (".M.......", False)])
def test_rpm_is_asked_where_there_is_no_dpkg(root: Root, flags: str, *, foreign: bool) -> None:
    """Only another content counts, and only of this file."""
    (root.folder / "var/lib/dpkg/status").unlink()
    root.write(REDIS, "no package's\n")
    seen = root.look(RPM.format(flags, f"{root.folder}{NGINX}"))
    assert seen.foreign_files == {REDIS, *([NGINX] if foreign else [])}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/var/lib/redis/dump.rdb", True),
        ("/var/lib/redis/appendonly.aof", True),
        ("/var/lib/redis/appendonlydir/appendonly.aof.1.incr.aof", True),
        ("/var/lib/redis/appendonlydir/appendonly.aof.manifest", False),
        ("/var/lib/redis/notes", False),
    ],
)
def test_redis_data_is_found(root: Root, path: str, *, told: bool) -> None:
    """A dump, or a log of either form, with its size; also where it cannot be read."""
    root.write(path, b"REDIS" * 10)
    root.write("/var/lib/redis/empty.aof", b"")
    assert [(each.path, each.size) for each in root.look().redis_data] == [(path, 50)] * told


@pytest.mark.parametrize("key", [False, True])
def test_a_real_dump_counts_as_soon_as_it_holds_a_key(root: Root, *, key: bool) -> None:
    """Redis writes one when it is stopped, also if it never held anything."""
    if not (shutil.which("redis-server") and shutil.which("redis-check-rdb")):
        pytest.skip("needs Redis: apt-get install redis-server redis-tools")
    folder = root.folder / "var/lib/redis"
    folder.mkdir(parents=True)
    socket = root.folder / "s"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", socket, "--dir", folder],
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    asking = ["redis-cli", "-s", str(socket)]
    until = f'until [ -S {socket} ] && [ "$({" ".join(asking)} ping)" = PONG ]; do sleep 0.05; done'
    try:
        subprocess.run(["bash", "-c", until], check=True, timeout=30)
        if key:
            subprocess.run([*asking, "set", "payroll", "4711"], check=True, capture_output=True)
        subprocess.run([*asking, "shutdown", "save"], check=True, capture_output=True)
        server.wait(timeout=30)
    finally:
        server.kill()
        server.wait()
    assert (folder / "dump.rdb").stat().st_size < 1024
    found = [each.path for each in root.look().redis_data]
    assert found == (["/var/lib/redis/dump.rdb"] if key else [])


def test_marks_are_of_every_platform() -> None:
    """Packages and files as either family has them."""
    assert marks("redis") == {"redis-server", "redis", REDIS, "/etc/redis.conf"}
    assert marks("minusnow") == {SERVICE_FILE}


@given(
    st.lists(
        st.lists(
            st.text(max_size=9)
            | st.sampled_from(["begun", "redis", "configuration", NGINX, "nginx", "12"]),
            max_size=4,
        ).map("\t".join)
    ).map("\n".join)
)
def test_no_answer_is_an_error(printed: str) -> None:
    """And none names a file or package that nobody asked about."""
    seen = begun.parse(printed)
    known = {SERVICE_FILE}.union(*map(marks, ("haproxy", "nginx", "keepalived", "redis")))
    assert seen.begun <= known
    assert seen.foreign_files <= known
    assert all(each.size >= 0 and each.path for each in seen.redis_data)
