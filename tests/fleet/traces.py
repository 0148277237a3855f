"""Everything that an installation leaves behind, on the hosts and beside the operator.

What a host keeps: its journal with the logs of all services, `/var/log` with those of PostgreSQL,
Redis and the web servers, left-over files, crash files, and what others than root may read. Beside
the operator: the state file, what the program wrote and said, the reports.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tests.detector import Detector
from wizard.practice.fleet import REFERENCE
from wizard.run.report import gather
from wizard.run.report_write import FORMATS, written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tests.fleet.conftest import RunningFleet
    from tests.fleet.workplace import Ended, Workplace

SKEW = 120  # seconds by which a host's clock may be behind

# Everything that others than root could come across, and what programs leave without being asked:
# logs, histories, crash files, names of files. Root's copies of replaced files are not among it.
ON_HOST = r"""
journalctl -o export --no-pager --since=@SINCE 2>/dev/null
find /tmp /var/tmp /dev/shm /var/log /var/crash /var/lib/systemd/coredump /var/spool /root /home \
    -xdev -path /var/log/journal -prune -o -path /root/.ssh -prune -o \
    -type f -newermt @SINCE -print -exec cat {} + 2>/dev/null
find /etc /run /var/lib/minusnow-setup /opt/minusnow /exports -xdev \
    \( -path /opt/minusnow/releases -o -path /opt/minusnow/runtime \) -prune -o \
    -type f -perm -004 -newerct @SINCE -print -exec cat {} + 2>/dev/null
true
"""


def leaked(
    fleet: RunningFleet,
    place: Workplace,
    *ended: Ended,
    secrets: Mapping[str, str] | None = None,
    hosts: Collection[str] = REFERENCE.names,
    since: float = 0,
) -> dict[str, set[str]]:
    """Return the secrets that can be read where they may not be: by name, the places.

    `ended` is what the installer said. Looked for are the site's secrets and those given; on the
    hosts in what is not older than `since` (of time.time()).
    """
    detector = Detector({**place.secrets, **(secrets or {})})
    after = max(0, int(since) - SKEW)
    found: dict[str, set[str]] = {}

    def judge(where: str, data: bytes) -> None:
        for name in detector.found(data):
            found.setdefault(name, set()).add(where)

    for number, one in enumerate(ended):
        judge(f"output {number}", one.out.encode())
        judge(f"messages {number}", one.err.encode())
    for where, data in beside_the_operator(place):
        judge(where, data)
    for host, data in on_hosts(fleet, hosts, since=after).items():
        judge(host, data)
    return found


def on_hosts(
    fleet: RunningFleet, hosts: Collection[str] = REFERENCE.names, *, since: int = 0
) -> dict[str, bytes]:
    """Return the traces on each host."""
    script = ON_HOST.replace("SINCE", str(since))
    with ThreadPoolExecutor(len(hosts)) as pool:
        traces = pool.map(lambda name: fleet.read(name, script, seconds=300), hosts)
        return dict(zip(hosts, traces, strict=True))


def beside_the_operator(place: Workplace) -> Iterator[tuple[str, bytes]]:
    """Yield what lies on this machine, and the reports in all formats, by where it is."""
    own = {place.passphrase_file}
    left = sorted(Path(tempfile.gettempdir()).glob("minusnow-*"))
    for top in (place.folder, *left):
        for file in (top, *sorted(top.rglob("*"))):
            keyring = file.name.startswith((place.keyring.name, f".{place.keyring.name}"))
            if file.is_file() and file not in own and not keyring:
                yield str(file), _read(file)
    if place.state.exists():
        report = gather(place.state, lines=None)
        for form in FORMATS:
            yield f"report as {form}", written(report, form).encode()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # a run that is over by now has taken it away
        return b""


def written_by_the_program(place: Workplace) -> Iterator[tuple[str, bytes]]:
    """Yield what the program itself writes for others to read: plan, lists, reports, an export."""
    state, site = str(place.state), str(place.site_file)
    out = place.folder / "record.jsonl"
    for arguments, keyring in (
        *((("review", "--state", state, "--format", form, "--secrets"), True) for form in FORMATS),
        (("secret", "list", site), True),
        (("plan", site), True),
        (("render", site, "--out", str(place.folder / "rendered")), False),
        (("audit", "verify", "--state", state), False),
        (("audit", "export", "--state", state, "--out", str(out)), True),
    ):
        said = place.say(*arguments, keyring=keyring)
        assert said.status == 0, (arguments, said.err)
        yield " ".join(arguments[:2]), f"{said.out}{said.err}".encode()
    yield "export", out.read_bytes()
