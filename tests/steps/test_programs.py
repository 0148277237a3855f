"""What is rendered, read by the programs it is for: each file's own check, in its real place.

The files are placed in a network and over folders that only the check sees.
"""

from __future__ import annotations

import datetime as dt
import os
import shlex
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.site.example import site
from tests.steps.assumed_site import situation, tasks
from tests.steps.variants import VARIANTS
from wizard.resources.file import File
from wizard.steps.upstream import version
from wizard.vault.authority import issue, new_authority
from wizard.vault.catalogue import needed
from wizard.vault.provision import balancer_names, generate
from wizard.vault.secret import Secrets

PACKAGES = {
    "haproxy": "haproxy",
    "nginx": "nginx",
    "keepalived": "keepalived",
    "redis-server": "redis-server",
    "redis-cli": "redis-tools",
    "systemd-analyze": "systemd",
}
# Folders of the balancers' hosts that a check may write to; they are empty when it begins.
OVERLAID = ("/etc/haproxy", "/etc/nginx", "/etc/keepalived", "/var/log/nginx", "/usr/local")
NGINX_HERE = (1, 22)  # Debian 12's, on which the tests run; newer syntax cannot be tried there

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="places files as root would")


def program(name: str) -> str:
    """Return where a program is; one that is missing is a failure, not an excuse."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, f"{name} is missing: apt-get install {PACKAGES[name]}"
    return found


@cache
def secrets() -> Secrets:
    """Return real secrets of the reference site: certificates of an authority of its own."""
    wanted = site()
    now = dt.datetime.now(dt.UTC)
    authority = new_authority(wanted.site, now)
    issued = issue(authority, balancer_names(wanted), now)
    values = {spec.name: generate(spec) for spec in needed(wanted) if spec.length}
    values |= {
        "ca_certificate": authority.certificate,
        "balancer_certificate": issued.certificate,
        "balancer_key": issued.key,
        "smtp_password": "p$w\"'\\ %x",
    }
    return Secrets(values)


def files_of(variant: str, step: str, host: str) -> list[File]:
    """Return the files of one step on one host."""
    os_name, changes = VARIANTS[variant]
    found = tasks(situation(changes, os_name))[f"{step}@{host}"].resources
    return [each for each in found if isinstance(each, File)]


def apart(script: str, *, seconds: float = 30) -> subprocess.CompletedProcess[str]:
    """Run a script as root in a network and a view of the file system of its own."""
    mounts = "".join(
        f"mkdir -p {folder}; mount -t tmpfs -o mode=755 none {folder}\n" for folder in OVERLAID
    )
    head = (
        "set -e; mount --make-rprivate /\n"
        f"{mounts}ip link set lo up; ip link add eth0 type bridge; ip link set eth0 up\n"
        "ip address add 10.0.0.10/16 dev eth0; ip address add fd00::1:10/64 dev eth0 nodad\n"
    )
    return subprocess.run(
        ["unshare", "-n", "-m", "bash", "-s"],
        input=head + script,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def placed(files: list[File]) -> str:
    """Return shell that puts files in their places, secrets and all."""
    return "".join(
        f"mkdir -p {shlex.quote(str(Path(file.path).parent))}\n"
        f"printf %s {shlex.quote(file.content.reveal(secrets()))} >{shlex.quote(file.path)}\n"
        f"chmod {file.mode:o} {shlex.quote(file.path)}\n"
        for file in files
    )


def checked(files: list[File]) -> subprocess.CompletedProcess[str]:
    """Place files and run the check of each that has one."""
    checks = "".join(f"{each.check.replace('{}', each.path)}\n" for each in files if each.check)
    assert checks
    return apart(f"{placed(files)}{checks}")


@needs_root
@pytest.mark.parametrize("host", ["lb1", "lb2"])
@pytest.mark.parametrize("variant", [name for name in VARIANTS if "nginx" not in name])
def test_haproxy_accepts_its_configuration(variant: str, host: str) -> None:
    """Without a warning where the version knows `-dW`."""
    program("haproxy")

    result = checked(files_of(variant, "balancer", host))

    assert result.returncode == 0, result.stderr


@needs_root
@pytest.mark.parametrize("host", ["lb1", "lb2"])
@pytest.mark.parametrize("variant", [name for name in VARIANTS if "nginx" in name])
def test_nginx_accepts_its_configuration(variant: str, host: str) -> None:
    """Without a warning; the account of other distributions is replaced by Debian's."""
    program("nginx")
    os_name, changes = VARIANTS[variant]
    facts = situation(changes, os_name).facts[host]
    if version(facts, "nginx", "1.26" if os_name == "debian-13" else "1.0") > NGINX_HERE:
        text = files_of(variant, "balancer", host)[-1].content.masked()
        assert "http2 on;" in text
        assert "ssl http2" not in text
        return
    files = files_of(variant, "balancer", host)
    checks = files[-1].check.replace("{}", files[-1].path)

    result = apart(
        f"{placed(files)}sed -i 's/^user nginx;/user www-data;/' {files[-1].path}\n{checks}"
    )

    assert result.returncode == 0, result.stderr
    assert "warn" not in result.stderr


@needs_root
@pytest.mark.parametrize("variant", ["debian-12", "debian-12-ipv6", "rhel-9"])
@pytest.mark.parametrize("host", ["lb1", "lb2"])
def test_keepalived_accepts_its_configuration(variant: str, host: str) -> None:
    """The check script is there, safe, and found to be so."""
    program("keepalived")

    result = checked(files_of(variant, "keepalived", host))

    assert result.returncode == 0, result.stderr
    assert "nsafe" not in result.stderr + result.stdout
    assert "truncat" not in result.stderr + result.stdout


@needs_root
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("nopreempt", "nopreemptt"),
        ("virtual_router_id 51", "virtual_router_id 999"),
        ("interface eth0", "interface eth9"),
    ],
)
def test_a_wrong_keepalived_configuration_is_refused(right: str, wrong: str) -> None:
    """Also by versions whose test ends with the same signal for good and for bad ones."""
    script, config = files_of("debian-12", "keepalived", "lb1")
    check = config.check.replace("{}", config.path)
    spoil = f"sed -i 's/{right}/{wrong}/' {config.path}\n"

    result = apart(f"{placed([script, config])}{spoil}{check}\n")

    assert result.returncode == 1, result.stderr
    assert result.stderr.strip()


@needs_root
def test_the_shell_accepts_the_check_of_the_balancer() -> None:
    """And it fails where nothing answers."""
    script = files_of("debian-12", "keepalived", "lb1")[0]

    result = apart(f"{placed([script])}sh -n {script.path}\n{script.path} && exit 9 || exit 0\n")

    assert result.returncode == 0, result.stderr


REDIS = """
mount -t tmpfs none /var/lib/redis 2>/dev/null || { mkdir -p /var/lib/redis; }
ip address add 10.0.4.10/16 dev eth0
redis-server CONFIG --supervised no --pidfile /run/no.pid --logfile /usr/local/log &
until redis-cli -h 10.0.4.10 ping 2>&1 | grep -q NOAUTH; do
kill -0 $! || { cat /usr/local/log; exit 1; }; done
export REDISCLI_AUTH=PASSWORD
for name in save maxmemory maxmemory-policy appendonly; do
redis-cli config get $name | tail -1; done
redis-cli shutdown nosave; wait
"""


@needs_root
@pytest.mark.parametrize("variant", ["debian-12", "rhel-9"])
def test_redis_starts_with_its_configuration(variant: str) -> None:
    """With a password, both forms of persistence, and no eviction of live sessions."""
    program("redis-server")
    program("redis-cli")
    files = [each for each in files_of(variant, "redis", "cache1") if each.path.endswith(".conf")]
    config = next(each for each in files if "systemd" not in each.path)
    password = secrets()["redis_password"].reveal()
    script = REDIS.replace("CONFIG", "/usr/local/redis.conf").replace("PASSWORD", password)

    result = apart(
        placed([config])
        .replace(config.path, "/usr/local/redis.conf")
        .replace(str(Path(config.path).parent), "/usr/local")
        + script
    )

    assert result.returncode == 0, result.stderr + result.stdout
    assert result.stdout.splitlines()[:4] == [
        "900 1 300 100",
        str(256 * 1024 * 1024),
        "volatile-ttl",
        "yes",
    ]


def test_redis_5_and_6_can_read_the_save_lines() -> None:
    """One pair a line: several on one came with Redis 7."""
    config = files_of("rhel-8", "redis", "cache1")[-1].content.masked()

    saves = [line.split() for line in config.splitlines() if line.startswith("save")]
    assert saves == [["save", "900", "1"], ["save", "300", "100"]]


def units(variant: str, folder: Path) -> list[Path]:
    """Write the units of an app server into a folder."""
    files = [*files_of(variant, "mounts", "app1"), *files_of(variant, "application", "app1")]
    found = [each for each in files if each.path.startswith("/etc/systemd/system/")]
    paths = [folder / Path(each.path).name for each in found]
    for path, each in zip(paths, found, strict=True):
        path.write_text(each.content.reveal(secrets()))
    return paths


@pytest.mark.parametrize("variant", ["debian-12", "debian-12-external", "debian-12-ipv6"])
def test_systemd_accepts_the_units(variant: str, tmp_path: Path) -> None:
    """Without a word; the mount units have the names that systemd wants for their places."""
    paths = units(variant, tmp_path)
    assert len(paths) == 6

    done = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", *map(str, paths)],
        capture_output=True,
        text=True,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": os.environ["PATH"]},
        check=False,
    )

    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "opt-" in line]
    assert done.returncode == 0, done.stderr
    assert said == []


def test_the_service_is_shut_in(tmp_path: Path) -> None:
    """Systemd's own measure of exposure stays below 3.0 of 10."""
    service = next(path for path in units("debian-12", tmp_path) if path.suffix == ".service")
    command = [program("systemd-analyze"), "security", "--offline=true", "--threshold=30"]

    done = subprocess.run([*command, str(service)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-300:]
