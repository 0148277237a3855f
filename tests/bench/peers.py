"""Ansible and pyinfra in a virtual environment of the bench's own, given the same checks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.measured_process import Measured, measured
from wizard.practice.fleet import REFERENCE
from wizard.practice.identity import OPERATOR

if TYPE_CHECKING:
    from tests.bench.same_checks import Check
    from wizard.practice.directory import FleetDirectory

PEERS = ("ansible-core", "pyinfra")
ANSIBLE_SECONDS = 240.0
PYINFRA_SECONDS = 120.0
DEPLOY = Path(__file__).with_name("pyinfra_deploy.py")


def install_peers(folder: Path) -> Path:
    """Return the directory with the peers' programs; install them where they are missing."""
    programs = folder / "peers" / "bin"
    if not (programs / "pyinfra").exists() or not (programs / "ansible-playbook").exists():
        subprocess.run([sys.executable, "-m", "venv", str(programs.parent)], check=True)
        subprocess.run([str(programs / "pip"), "install", "-qq", *PEERS], check=True)
    return programs


def run_ansible(
    programs: Path, folder: Path, directory: FleetDirectory, checks: dict[str, list[Check]]
) -> Measured:
    """Check everything with one play over all hosts: pipelining, eight forks, no facts gathered."""
    playbook = folder / "playbook.json"  # JSON is YAML
    play = {
        "hosts": "all",
        "gather_facts": False,
        "become": True,
        "strategy": "free",
        "tasks": [{"ansible.builtin.include_tasks": "{{ inventory_hostname }}.json"}],
    }
    playbook.write_text(json.dumps([play]))
    for host, mine in checks.items():
        tasks = [task for check in mine for task in _ansible(check)]
        (folder / f"{host}.json").write_text(json.dumps(tasks))
    common = (
        f"ansible_user={OPERATOR} ansible_ssh_private_key_file={directory.key_file}"
        " ansible_python_interpreter=/usr/bin/python3"
    )
    lines = [f"{host.name} ansible_host={host.address} {common}" for host in REFERENCE.hosts]
    (folder / "inventory.ini").write_text("\n".join(lines) + "\n")
    (folder / "ansible.cfg").write_text(
        "[defaults]\nforks = 8\n[ssh_connection]\npipelining = True\n"
        f"ssh_args = -o UserKnownHostsFile={directory.known_hosts} -o ControlMaster=auto"
        " -o ControlPersist=60s\n"
    )
    return measured(
        [programs / "ansible-playbook", "-i", "inventory.ini", playbook],
        seconds=ANSIBLE_SECONDS,
        env={**_environment(programs, folder), "ANSIBLE_CONFIG": str(folder / "ansible.cfg")},
        cwd=folder,
    )


def _ansible(check: Check) -> list[dict[str, object]]:  # noqa: PLR0911 - one per kind
    match check["kind"]:
        case "file":
            words = {"src": check["source"], "dest": check["path"], "mode": f"{check['mode']:04o}"}
            owner = {"owner": check["owner"], "group": check["group"]}
            return [{"ansible.builtin.copy": {**words, **owner}}]
        case "directory":
            words = {"path": check["path"], "state": "directory", "mode": f"{check['mode']:04o}"}
            owner = {"owner": check["owner"], "group": check["group"]}
            return [{"ansible.builtin.file": {**words, **owner}}]
        case "link":
            words = {"path": check["path"], "src": check["target"], "state": "link"}
            return [{"ansible.builtin.file": words}]
        case "unit":
            words = {
                "name": check["name"],
                "state": "started" if check["running"] else "stopped",
                "enabled": check["enabled"],
            }
            return [{"ansible.builtin.systemd_service": words}]
        case "account":
            group = {"name": check["name"], "gid": check["gid"]}
            user = {"name": check["name"], "uid": check["uid"], "group": check["name"]}
            user |= {"shell": check["shell"], "home": check["home"], "create_home": False}
            return [{"ansible.builtin.group": group}, {"ansible.builtin.user": user}]
        case "packages":
            # The apt module needs a Python package that the hosts do not have.
            argv = ["dpkg-query", "-W", *check["names"]]
            return [{"ansible.builtin.command": {"argv": argv}, "changed_when": False}]
        case _:
            shell = {"cmd": check["script"], "executable": "/bin/bash"}
            asked = {"changed_when": False, "failed_when": False}
            return [{"ansible.builtin.shell": _raw(shell), **asked}]


def _raw(words: dict[str, str]) -> dict[str, str]:
    """Keep Ansible from reading a script's braces as its own templates."""
    return {name: f"{{% raw %}}{word}{{% endraw %}}" for name, word in words.items()}


def run_pyinfra(
    programs: Path, folder: Path, directory: FleetDirectory, checks: dict[str, list[Check]]
) -> Measured:
    """Check everything with one deploy over all hosts, side by side."""
    common = {
        "ssh_user": OPERATOR,
        "ssh_key": str(directory.key_file),
        "ssh_known_hosts_file": str(directory.known_hosts),
        "_sudo": True,
    }
    hosts = [
        (str(host.address), {**common, "checks": checks[host.name]}) for host in REFERENCE.hosts
    ]
    (folder / "inventory.py").write_text(f"fleet = {hosts!r}\n")
    return measured(
        [programs / "pyinfra", "-y", "--parallel", "8", "inventory.py", DEPLOY],
        seconds=PYINFRA_SECONDS,
        env=_environment(programs, folder),
        cwd=folder,
    )


def _environment(programs: Path, folder: Path) -> dict[str, str]:
    path = f"{programs}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8"}
