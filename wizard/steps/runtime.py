"""Node.js on an app server: the package of the site's source, or the official tarball."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.facts.platform import platform_of
from wizard.resources.condition import Condition
from wizard.resources.resource import Upload
from wizard.resources.shell import lines, words
from wizard.site.application import NodeSourceKind
from wizard.steps.selinux import relabel
from wizard.steps.task import Phase, Task, task_id

if TYPE_CHECKING:
    from wizard.site.topology import Host
    from wizard.steps.inputs import NodeTarball
    from wizard.steps.task import Situation

RUNTIMES = "/opt/minusnow/runtime"


def node_binary(situation: Situation, app: Host) -> str:
    """Return the path of the node program that runs the application."""
    tarball = situation.inputs.node
    if tarball and situation.site.application.node_source.kind is NodeSourceKind.TARBALL:
        return f"{RUNTIMES}/{tarball.version}/bin/node"
    return platform_of(situation.facts[app.name].os).node_binary


def runtime_task(situation: Situation, app: Host) -> Task:
    """Return the task that makes sure of the wanted major version."""
    wanted = situation.site.application.node
    node = node_binary(situation, app)
    tarball = situation.inputs.node
    version = Condition(
        name=f"Node.js {wanted}",
        seen=f"[ ! -x {node} ] || {{ v=$({node} --version); echo ${{v%%.*}}; }}",
        wanted=f"v{wanted}",
        summary=f"Node.js {wanted} as {node}",
        script=lines(
            [
                # It may have been unpacked a moment ago.
                f'case "$({node} --version 2>&1)" in v{wanted}.*) exit 0;; esac',
                f'echo "this is not Node.js {wanted} but $({node} --version 2>&1)" >&2',
                f"echo {words(REMEDY)} >&2; exit 1",
            ]
        ),
    )
    uses_tarball = situation.site.application.node_source.kind is NodeSourceKind.TARBALL
    resources = (_unpacked(tarball), version) if tarball and uses_tarball else (version,)
    return Task(
        phase=Phase.APPLICATION,
        step="node",
        host=app.name,
        title=f"Node.js {wanted}",
        resources=resources,
        after=frozenset({task_id("packages", app.name)}),
    )


REMEDY = (
    "Name a package source with that version in networking.packages, or use"
    " application.node_source with kind tarball."
)


def _unpacked(tarball: NodeTarball) -> Condition:
    place = f"{RUNTIMES}/{tarball.version}"
    archive = f"/var/lib/minusnow-setup/node-{tarball.sha256[:16]}.tar"
    mark = f"{place}/.minusnow-sha256"
    return Condition(
        name=f"Node.js {tarball.version} unpacked",
        seen=f'[ ! -r {mark} ] || {{ IFS= read -r line <{mark}; echo "$line"; }}',
        wanted=tarball.sha256,
        summary=f"unpack Node.js {tarball.version} to {place}",
        script=lines(
            [
                words("rm", "-rf", f"{place}.new"),
                words("install", "-d", "-m", "0755", f"{place}.new"),
                words("tar", "-xf", archive, "--no-same-owner", "--strip-components=1")
                + " "
                + words("-C", f"{place}.new"),
                words("chown", "-R", "root:root", f"{place}.new"),
                f"echo {tarball.sha256} >{place}.new/.minusnow-sha256",
                f"[ ! -e {place} ] || mv -T {place} {place}.$(date +%s).old",
                words("mv", "-T", f"{place}.new", place),
                relabel(place),
                words("rm", "-f", archive),
            ]
        ),
        uploads=(
            Upload(
                source=tarball.path, destination=archive, sha256=tarball.sha256, size=tarball.size
            ),
        ),
        timeout=300.0,
    )
