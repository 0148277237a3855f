"""Proof: is what one node writes what the other nodes read, as the service's account?"""

from __future__ import annotations

import re
import secrets
import shlex
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question
from wizard.checks.proof_ground import SHARED_ROOT
from wizard.errors import SetupError
from wizard.site.application import SERVICE_USER
from wizard.site.storage import SHARED_DIRECTORIES
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wizard.checks.proof_ground import Ground

TIMEOUT = 60.0  # seconds for one trip; a file server that is away shows in that time
ARRIVES_WITHIN = 10  # seconds for a file to be seen on the other nodes
REMOVED_AFTER = 120  # seconds, by the host itself, if this program is gone

SHARED = Question(
    "storage-shared",
    "Do the other nodes' files arrive?",
    f"all {len(SHARED_DIRECTORIES)} directories, both ways",
)
MOUNT = Question("storage-mount", "Is it the share that is mounted?", "NFS, mounted hard")
SQUASH = Question("storage-root", "Is root of a node nobody on the share?", "root is squashed")


def check(ground: Ground) -> Iterator[Finding]:
    """Write on every node, read on every other one, and take the files away again."""
    nodes = [host.name for host in ground.reached(Role.APP)]
    token = secrets.token_hex(8)
    try:
        written = _everywhere(ground, nodes, {node: write_script(node, token) for node in nodes})
        read = _everywhere(
            ground,
            nodes,
            {
                node: read_script(node, [each for each in nodes if each != node], token)
                for node in nodes
            },
        )
    finally:
        with suppress(SetupError):
            _everywhere(ground, nodes, dict.fromkeys(nodes, remove_script(token)))
    managed = ground.site.storage.managed
    for node in nodes:
        others = [each for each in nodes if each != node]
        yield _mount(node, written[node])
        yield _shared(node, others, read[node], written)
        yield _squash(node, read[node], managed=managed)


def write_script(node: str, token: str) -> str:
    """Return bash that writes a file into each directory as the service's account would."""
    own = _file(token, node)
    script = f"""\
for name in {" ".join(SHARED_DIRECTORIES)}; do
  if printf %s {shlex.quote(token + node)} >"{SHARED_ROOT}/$name/{own}"
  then echo "written $name"; else echo "refused $name"; fi
done
"""
    pattern = f"{SHARED_ROOT}/*/{_file(token, '*')}"
    return f"""\
systemd-run --quiet --collect --unit={_timer(token)} --on-active={REMOVED_AFTER} \\
  sh -c {shlex.quote(f"rm -f {pattern}")} || true
runuser -u {SERVICE_USER} -- bash -c {shlex.quote(script)} 2>&1 || true
for name in {" ".join(SHARED_DIRECTORIES)}; do
  printf 'mount %s ' "$name"
  findmnt -n -o FSTYPE,SOURCE,OPTIONS --mountpoint "{SHARED_ROOT}/$name" || echo none
done
"""


def read_script(node: str, others: Sequence[str], token: str) -> str:
    """Return bash that waits for the others' files, reads them, and tries to write as root."""
    script = f"""\
end=$((SECONDS + {ARRIVES_WITHIN}))
for other in {" ".join(map(shlex.quote, others))}; do
  for name in {" ".join(SHARED_DIRECTORIES)}; do
    file="{SHARED_ROOT}/$name/{_file(token, "$other")}"
    until [[ $(cat "$file" 2>/dev/null) == "{token}$other" ]]; do
      ((SECONDS < end)) || break
      sleep 0.1
    done
    if [[ $(cat "$file" 2>/dev/null) == "{token}$other" ]]
    then echo "read $other $name"; else echo "missing $other $name"; fi
  done
done
"""
    probe = f"{SHARED_ROOT}/{SHARED_DIRECTORIES[0]}/{_file(token, node + '-root')}"
    return f"""\
runuser -u {SERVICE_USER} -- bash -c {shlex.quote(script)} 2>&1 || true
if : 2>/dev/null >{shlex.quote(probe)}; then
  printf 'root %s\\n' "$(stat -c %u {shlex.quote(probe)})"
else echo 'root refused'; fi
"""


def remove_script(token: str) -> str:
    """Return bash that takes every file of this proof away, and the timer that would."""
    pattern = f"{SHARED_ROOT}/*/{_file(token, '*')}"
    return f"""\
runuser -u {SERVICE_USER} -- bash -c {shlex.quote(f"rm -f {pattern}")} || true
rm -f {pattern} 2>/dev/null || true
systemctl stop {_timer(token)}.timer 2>/dev/null || true
"""


def _file(token: str, node: str) -> str:
    return f".minusnow-setup-proof-{token}-{node}"


def _timer(token: str) -> str:
    return f"minusnow-setup-proof-{token}"


def _everywhere(
    ground: Ground, nodes: Sequence[str], scripts: Mapping[str, str]
) -> Mapping[str, str]:
    """Return what the nodes printed, all at once; raises what the transports raise."""

    def one(node: str) -> str:
        return (
            ground.transports[node]
            .run(scripts[node], waiting_for="files on the share", timeout=TIMEOUT)
            .out
        )

    with ThreadPoolExecutor(max_workers=max(len(nodes), 1)) as pool:
        return dict(zip(nodes, pool.map(one, nodes), strict=True))


def _mount(node: str, text: str) -> Finding:
    mounts = dict(re.findall(r"^mount (\S+) (.+)$", text, re.MULTILINE))
    wrong = {
        name: words
        for name in SHARED_DIRECTORIES
        if not _is_right(words := mounts.get(name, "none"))
    }
    if wrong:
        name, words = next(iter(wrong.items()))
        return MOUNT.failed(
            node,
            f"{len(wrong)} of {len(SHARED_DIRECTORIES)} are not, such as {name}: {words}",
            f"See `systemctl status {SHARED_ROOT.strip('/').replace('/', '-')}-*.mount`, then"
            " apply the site again.",
        )
    kind, source, options = mounts[SHARED_DIRECTORIES[0]].split(maxsplit=2)
    version = re.search(r"\bvers=([\d.]+)", options)
    return MOUNT.ok(
        node, f"{kind}{f' {version[1]}' if version else ''} from {source.rpartition('/')[0]}, hard"
    )


def _is_right(words: str) -> bool:
    kind, _, rest = words.partition(" ")
    options = rest.split()[-1].split(",") if rest.split() else []
    return kind in {"nfs", "nfs4"} and "hard" in options


def _shared(node: str, others: Sequence[str], text: str, written: Mapping[str, str]) -> Finding:
    refused = [
        f"{other} cannot write to {name}"
        for other in others
        for name in SHARED_DIRECTORIES
        if f"written {name}\n" not in written[other]
    ]
    missing = [
        f"{name} of {other}"
        for other in others
        for name in SHARED_DIRECTORIES
        if f"read {other} {name}\n" not in text
    ]
    if not others:
        return SHARED.skipped(node, "no other node could be asked")
    if refused or missing:
        words = [
            *refused,
            *([f"not seen after {ARRIVES_WITHIN} s: {', '.join(missing)}"] * bool(missing)),
        ]
        return SHARED.failed(
            node,
            "; ".join(words),
            f"See owner and mode of the directories: {SERVICE_USER} must have the same number on"
            " every host and own them.",
        )
    return SHARED.ok(
        node,
        f"those of {', '.join(others)} in {', '.join(SHARED_DIRECTORIES)}, read as {SERVICE_USER}",
    )


def _squash(node: str, text: str, *, managed: bool) -> Finding:
    match = re.search(r"^root (\S+)$", text, re.MULTILINE)
    seen = match[1] if match else ""
    if seen == "refused":
        return SQUASH.ok(node, "root may not write there")
    if seen and seen != "0":
        return SQUASH.ok(node, f"root writes as number {seen}")
    if not seen:
        return SQUASH.skipped(node, "it could not be tried")
    report = SQUASH.failed if managed else SQUASH.warning
    return report(node, "root of this node is root on the share", "Export it with root_squash.")
