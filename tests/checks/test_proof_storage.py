"""What is concluded from files on the share."""

from __future__ import annotations

import pytest

from tests.checks.served import ground
from tests.site.example import site
from wizard.checks import proof_storage
from wizard.checks.check import Finding, Verdict
from wizard.remote.transport import Result
from wizard.site.storage import SHARED_DIRECTORIES

SITE = site()
MOUNT = "nfs4 10.0.3.10:/exports/minusnow/{} rw,nosuid,relatime,vers=4.2,hard,proto=tcp"


class Node:
    """Stands in for an app server: answers the scripts of the share with prepared text."""

    def __init__(self, host: str, written: str, read: str) -> None:
        self.host = host
        self.answers = [written, read, ""]
        self.scripts: list[str] = []

    def run(self, script: str, **_options: object) -> Result:
        """Answer the next script."""
        self.scripts.append(script)
        return Result(status=0, out=self.answers.pop(0), err="")


def written(*, mount: str = MOUNT, refused: str = "") -> str:
    """What the script that writes prints."""
    words = "".join(
        f"{'refused' if name == refused else 'written'} {name}\n" for name in SHARED_DIRECTORIES
    )
    return words + "".join(f"mount {name} {mount.format(name)}\n" for name in SHARED_DIRECTORIES)


def read(other: str, *, missing: str = "", root: str = "refused") -> str:
    """What the script that reads prints."""
    words = "".join(
        f"{'missing' if name == missing else 'read'} {other} {name}\n"
        for name in SHARED_DIRECTORIES
    )
    return f"{words}root {root}\n"


def findings(
    first: tuple[str, str], second: tuple[str, str]
) -> tuple[dict[tuple[str, str], Finding], list[Node]]:
    """The findings by check and host for what two nodes print, and the nodes."""
    nodes = [Node("app1", *first), Node("app2", *second)]
    installed = ground(SITE)
    object.__setattr__(
        installed, "transports", {**installed.transports, **{node.host: node for node in nodes}}
    )
    found = {(each.check, each.host): each for each in proof_storage.check(installed)}
    return found, nodes


def test_files_that_arrive_both_ways_prove_the_share() -> None:
    """The words name the file system, the server and the directories."""
    found, nodes = findings((written(), read("app2")), (written(), read("app1")))
    assert {each.verdict for each in found.values()} == {Verdict.OK}
    mount = found["storage-mount", "app1"].seen
    assert mount == "nfs4 4.2 from 10.0.3.10:/exports/minusnow, hard"
    assert all(name in found["storage-shared", "app2"].seen for name in SHARED_DIRECTORIES)
    assert all("rm -f" in node.scripts[-1] for node in nodes)


@pytest.mark.parametrize(
    ("first", "second", "check", "host", "words"),
    [
        (
            (written(), read("app2", missing="uploads")),
            (written(), read("app1")),
            "storage-shared",
            "app1",
            "uploads of app2",
        ),
        (
            (written(refused="data"), read("app2")),
            (written(), read("app1")),
            "storage-shared",
            "app2",
            "app1 cannot write to data",
        ),
        (
            (written(mount="nfs4 a:/b rw,soft"), read("app2")),
            (written(), read("app1")),
            "storage-mount",
            "app1",
            "5 of 5 are not",
        ),
        (
            (written(mount="none"), read("app2")),
            (written(), read("app1")),
            "storage-mount",
            "app1",
            "none",
        ),
        (
            (written(), read("app2", root="0")),
            (written(), read("app1")),
            "storage-root",
            "app1",
            "root on the share",
        ),
    ],
)
def test_what_does_not_hold_fails_on_its_node(
    first: tuple[str, str], second: tuple[str, str], check: str, host: str, words: str
) -> None:
    """The other node's findings stay as they are."""
    finding = findings(first, second)[0][check, host]
    assert finding.verdict is Verdict.FAILED
    assert words in finding.seen
