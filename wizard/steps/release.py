"""The release on an app server: unpacked under its version, root's, and linked as current."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.resources.condition import Condition
from wizard.resources.directory import Directory, Link
from wizard.resources.resource import Upload
from wizard.resources.shell import lines, words
from wizard.site.application import SERVICE_USER
from wizard.site.topology import Role
from wizard.steps.build import build_condition, built_archive
from wizard.steps.selinux import relabel
from wizard.steps.task import Phase, Task, task_id

if TYPE_CHECKING:
    from wizard.site.topology import Host
    from wizard.steps.inputs import ReleaseFile
    from wizard.steps.task import Situation

RELEASES = "/opt/minusnow/releases"
CURRENT = "/opt/minusnow/current"


def release_path(release: ReleaseFile) -> str:
    """Return where a release is unpacked."""
    return f"{RELEASES}/{release.version}"


def release_tasks(situation: Situation, app: Host) -> tuple[Task, ...]:
    """Return the task that places the release, after the one that builds it where that is due."""
    release = situation.inputs.release
    first = situation.site.hosts_with(Role.APP)[0]
    before = {task_id("packages", app.name), task_id("node", app.name)}
    found: list[Task] = []
    if not release.built:
        before |= {task_id("build", first.name), task_id("mounts", app.name)}
        if app == first:
            found.append(
                Task(
                    phase=Phase.APPLICATION,
                    step="build",
                    host=app.name,
                    title=f"build of MinusNow {release.version}, once for all nodes",
                    resources=(build_condition(situation, app),),
                    after=frozenset({task_id("node", app.name), task_id("mounts", app.name)}),
                )
            )
    found.append(
        Task(
            phase=Phase.APPLICATION,
            step="release",
            host=app.name,
            title=f"MinusNow {release.version}",
            resources=(
                Directory(path="/opt/minusnow"),
                Directory(path=RELEASES),
                _unpacked(release),
                Link(path=CURRENT, target=f"releases/{release.version}", unit="minusnow"),
            ),
            after=frozenset(before),
        )
    )
    return tuple(found)


def _unpacked(release: ReleaseFile) -> Condition:
    place = release_path(release)
    mark = f"{place}/.minusnow-sha256"
    uploads: tuple[Upload, ...] = ()
    if release.built:
        archive = f"/var/lib/minusnow-setup/release-{release.sha256[:16]}.tar.gz"
        uploads = (
            Upload(
                source=release.path, destination=archive, sha256=release.sha256, size=release.size
            ),
        )
        done = words("rm", "-f", archive)
        read = words("tar", "-xf", archive) + " "
    else:
        archive = built_archive(release)
        done = "true"
        # The share lets root in nowhere: the service account reads, root unpacks.
        read = words("runuser", "-u", SERVICE_USER, "--", "cat", archive) + " | tar -xzf - "
    strip = ["--strip-components=1"] if release.top or not release.built else []
    return Condition(
        name=f"release {release.version}",
        seen=f'[ ! -r {mark} ] || {{ IFS= read -r line <{mark}; echo "$line"; }}',
        wanted=release.sha256,
        summary=f"unpack MinusNow {release.version} to {place}",
        script=lines(
            [
                words("rm", "-rf", f"{place}.new"),
                words("install", "-d", "-m", "0755", f"{place}.new"),
                read + words("--no-same-owner", *strip, "-C", f"{place}.new"),
                # Code belongs to root: the service cannot change what it runs.
                words("chown", "-R", "root:root", f"{place}.new"),
                words("chmod", "-R", "u+rwX,go+rX,go-w", f"{place}.new"),
                f"test -f {place}.new/dist/index.cjs",
                f"echo {release.sha256} >{place}.new/.minusnow-sha256",
                f"[ ! -e {place} ] || mv -T {place} {place}.$(date +%s).old",
                words("mv", "-T", f"{place}.new", place),
                relabel(place),
                done,
            ]
        ),
        uploads=uploads,
        timeout=600.0,
    )
