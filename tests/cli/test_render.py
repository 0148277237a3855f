"""`minusnow-setup render`: every file that would be placed, and what was assumed for it."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.site.example import REFERENCE, varied
from wizard.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = ["app1", "app2", "cache1", "db1", "db2", "lb1", "lb2", "st1"]


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    """The reference site in a folder without its release."""
    path = tmp_path / "site.yaml"
    path.write_text(REFERENCE)
    return path


def add_release(folder: Path) -> None:
    """Put a small built release where the reference site expects it."""
    package = {"version": "1.4.0", "scripts": {"db:push": "x"}}
    with tarfile.open(folder / "minusnow-1.4.0.tar.gz", "w:gz") as archive:
        for name, text in (("package.json", json.dumps(package)), ("dist/index.cjs", "")):
            member = tarfile.TarInfo(f"minusnow/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))


def test_each_host_gets_its_files_and_the_assumptions_are_named(
    site_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """DIR/HOST/PATH, ASSUMED.txt beside; one line says how many."""
    add_release(tmp_path)
    out = tmp_path / "out"

    status = main(["render", str(site_file), "--out", str(out)])

    assert status == 0
    assert sorted(path.name for path in out.iterdir()) == ["ASSUMED.txt", *HOSTS]
    assert (out / "lb1/etc/haproxy/haproxy.cfg").is_file()
    assert (out / "app2/opt/minusnow/.env").is_file()
    assert (out / "cache1/etc/redis/redis.conf").is_file()
    assert (out / r"app1/etc/systemd/system/opt-minusnow-audit\x2dlogs.mount").is_file()
    assumed = (out / "ASSUMED.txt").read_text()
    assert "every host runs Debian 12" in assumed
    assert "16 GiB" in assumed
    assert "release" not in assumed
    number = sum(path.is_file() for path in out.rglob("*")) - 1
    assert f"Wrote {number} files of 8 hosts" in capsys.readouterr().out


def test_another_system_and_size_can_be_assumed(site_file: Path, tmp_path: Path) -> None:
    """The paths are that system's."""
    out = tmp_path / "out"

    status = main(["render", str(site_file), "--out", str(out), "--os", "rhel-9", "--memory", "64"])

    assert status == 0
    assert (out / "db1/var/lib/pgsql/15/data/pg_hba.conf").is_file()
    assert "RHEL 9" in (out / "ASSUMED.txt").read_text()
    assert "64 GiB" in (out / "ASSUMED.txt").read_text()


def test_a_release_that_is_not_there_is_said(site_file: Path, tmp_path: Path) -> None:
    """A review does not need it, but must know."""
    out = tmp_path / "out"

    assert main(["render", str(site_file), "--out", str(out)]) == 0

    assert (
        "the release is version 0.0.0, because: application.release"
        in (out / "ASSUMED.txt").read_text()
    )


def test_secrets_stand_by_name(site_file: Path, tmp_path: Path) -> None:
    """No keyring is opened for it."""
    out = tmp_path / "out"
    main(["render", str(site_file), "--out", str(out)])

    environment = (out / "app1/opt/minusnow/.env").read_text()

    assert "postgres://minusnow:‹app_password›@10.0.2.10:5432/minusnow_db" in environment
    assert 'SMTP_PASS="‹smtp_password›"' in environment
    assert (out / "lb1/etc/haproxy/minusnow.pem").read_text() == (
        "‹balancer_certificate›‹balancer_key›"
    )


def test_a_second_rendering_is_the_same(site_file: Path, tmp_path: Path) -> None:
    """Nothing depends on time or chance: two renderings can be compared."""
    found = []
    for name in ("one", "two"):
        out = tmp_path / name
        main(["render", str(site_file), "--out", str(out)])
        files = (path for path in out.rglob("*") if path.is_file())
        found.append({path.relative_to(out): path.read_bytes() for path in files})
    assert found[0] == found[1]


def test_files_of_an_earlier_rendering_do_not_stay(site_file: Path, tmp_path: Path) -> None:
    """A host's folder holds what would be placed, nothing else."""
    out = tmp_path / "out"
    main(["render", str(site_file), "--out", str(out)])
    site_file.write_text(
        varied(
            {
                "load_balancer.kind": "nginx",
                "licensing.components.load_balancer.edition": "nginx",
            }
        )
    )

    assert main(["render", str(site_file), "--out", str(out)]) == 0

    assert (out / "lb1/etc/nginx/nginx.conf").is_file()
    assert not (out / "lb1/etc/haproxy").exists()


def test_a_folder_that_is_not_ours_is_not_emptied(site_file: Path, tmp_path: Path) -> None:
    """What lies there beside the hosts' folders stays, and so does a host's without our mark."""
    out = tmp_path / "out"
    (out / "lb1").mkdir(parents=True)
    (out / "lb1" / "notes").write_text("mine")

    assert main(["render", str(site_file), "--out", str(out)]) == 2

    assert (out / "lb1" / "notes").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--os", "plan9"], "--os: seen 'plan9', wanted one of debian-11, debian-12"),
        (["--memory", "0"], "--memory: seen 0"),
    ],
)
def test_bad_options_are_named(
    site_file: Path,
    tmp_path: Path,
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With what is wanted; nothing is written."""
    out = tmp_path / "out"

    status = main(["render", str(site_file), "--out", str(out), *arguments])

    assert status == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_an_unusable_site_is_refused(
    site_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the problems of the site file."""
    site_file.write_text(REFERENCE.replace("10.0.1.10", "10.0.1.300"))

    assert main(["render", str(site_file), "--out", str(tmp_path / "out")]) == 2
    assert "topology" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named(
    site_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in the way."""
    (tmp_path / "out").write_text("")

    assert main(["render", str(site_file), "--out", str(tmp_path / "out")]) == 2
    assert "--out" in capsys.readouterr().err
