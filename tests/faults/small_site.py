"""The real command line on a small site: `python -m tests.faults.small_site FOLDER COMMAND ...`.

Command line, keyring, SSH, planner, runner, events and state file are the real ones. Small is the
sequence of steps: three per host, files below FOLDER/hosts/NAME, preceded on one host by what
FOLDER/script does there. All hosts are one sshd on this machine, so facts are simulated, and
preflight and proof, which would find that they are one, ask nothing.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.run.pieces import LocalFile, task
from wizard.cli.main import main
from wizard.cli.streams import ready
from wizard.remote.endpoint import Endpoint
from wizard.resources.file import File
from wizard.run import wiring
from wizard.run.events import ProofFinished
from wizard.run.installation import Installation
from wizard.run.simulated.facts import simulated_facts
from wizard.run.simulated.installation import simulated_inputs
from wizard.steps import local_files
from wizard.vault.text import Text

if TYPE_CHECKING:
    from wizard.checks.check import Finding
    from wizard.facts.host import HostFacts
    from wizard.remote.transport import Transport
    from wizard.run.session import Engine
    from wizard.site.model import Site
    from wizard.site.topology import Host
    from wizard.steps.task import Situation, Task

HOSTS = ("app1", "app2", "db1", "db2", "st1")
TALKER = "app1"  # the host on which FOLDER/script runs
EDITED = "app2"  # the host with a file that somebody may have edited: hosts/app2/conf
SITE = """\
schema: 1
site: small
purpose: rehearsal
acknowledged: [single-storage, self-signed-certificate, balancer-on-app]
topology:
  mode: active-active
  hosts:
    - {name: app1, address: 10.0.1.10, roles: [app, load_balancer]}
    - {name: app2, address: 10.0.1.11, roles: [app, load_balancer]}
    - {name: db1, address: 10.0.2.10, roles: [database]}
    - {name: db2, address: 10.0.2.11, roles: [database]}
    - {name: st1, address: 10.0.3.10, roles: [storage, cache]}
ssh: {user: root, key_file: ~/.ssh/id_ed25519}
networking:
  domain: itsm.example.com
  virtual_ip: 10.0.0.100/16
  private_network: 10.0.0.0/16
  tls: {mode: self-signed}
  smtp: {host: smtp.example.com, port: 25}
  support_email: support@example.com
database: {primary: db1}
application: {release: ./minusnow-1.4.0.tar.gz}
"""


def tasks(folder: Path) -> tuple[Task, ...]:
    """Return the steps: `base`, `work` and `last` on every host, each after the talker's before."""

    def file(host: str, name: str) -> LocalFile:
        place = folder / "hosts" / host
        before = f"mkdir -p {place}\n"
        if host == TALKER and name == "work":
            before += f"[ ! -e {folder}/script ] || . {folder}/script\n"
        return LocalFile(name=str(place / name), script=before)

    edited = File(path=str(folder / "hosts" / EDITED / "conf"), content=Text("right\n"))
    base = [
        task(f"base@{host}", file(host, "base"), *([edited] if host == EDITED else []))
        for host in HOSTS
    ]
    work = [
        task(f"work@{host}", file(host, "work"), after=[f"base@{TALKER}", f"base@{host}"])
        for host in HOSTS
    ]
    last = [task(f"last@{host}", file(host, "last"), after=[f"work@{TALKER}"]) for host in HOSTS]
    return (*base, *work, *last)


def run(folder: Path, arguments: list[str]) -> int:
    """Run one command as the program does; return its exit status."""
    where = json.loads((folder / "sshd.json").read_text())
    full = wiring.ssh_engine

    def endpoint(_site: Site, host: Host) -> Endpoint:
        return Endpoint(
            name=host.name,
            address="127.0.0.1",
            port=where["port"],
            key_file=Path(where["key"]),
            known_hosts=Path(where["known_hosts"]),
        )

    def engine(site: Site, *arguments: Any, **options: Any) -> Engine:  # noqa: ANN401 - handed on
        def gather(transport: Transport) -> HostFacts:
            return simulated_facts(site, site.host(transport.host))

        made = full(site, *arguments, **options)
        return replace(made, lock_folder=str(folder / "lock"), gather=gather)

    def small(_situation: Situation) -> tuple[Task, ...]:
        return tasks(folder)

    def preflight(_work: Installation) -> tuple[Finding, ...]:
        return ()

    def prove(work: Installation, **_options: bool) -> tuple[Finding, ...]:
        work.engine.bus.publish(ProofFinished(verdict="ok", drills=False, seconds=0.0))
        return ()

    vars(wiring).update(endpoint=endpoint, tasks_for=small, ssh_engine=engine)
    vars(local_files).update(read_inputs=simulated_inputs)
    for method in (preflight, prove):
        setattr(Installation, method.__name__, method)
    ready()
    return main(arguments)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
