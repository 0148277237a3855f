"""A release that comes as sources is built once, by an account without rights, for all nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.resources.condition import Condition
from wizard.resources.resource import Upload
from wizard.resources.shell import lines, words
from wizard.site.application import SERVICE_USER
from wizard.steps.package_script import package_script
from wizard.steps.runtime import node_binary

if TYPE_CHECKING:
    from wizard.site.topology import Host
    from wizard.steps.inputs import ReleaseFile
    from wizard.steps.task import Situation

BUILDS = "/opt/minusnow/artifacts/.builds"

_LONGEST = 1800.0  # seconds


def built_archive(release: ReleaseFile) -> str:
    """Return where, on the share, the one built artefact of a release lies."""
    return f"{BUILDS}/{release.version}-{release.sha256[:16]}.tar.gz"


def build_condition(situation: Situation, app: Host) -> Condition:
    """Return the build: unpack, run the script `build` with the release's own packages, pack.

    The packages it was built with stay: the migrations may need some of them.
    """
    release = situation.inputs.release
    archive = built_archive(release)
    upload = f"/var/lib/minusnow-setup/source-{release.sha256[:16]}.tar.gz"
    work = "/opt/minusnow/.build"  # in a directory of root's: nobody else can prepare it
    node = node_binary(situation, app)
    place = node.removesuffix("/node")
    build = words(
        *("systemd-run", "--quiet", "--wait", "--pipe", "--collect"),
        *("-p", f"User={SERVICE_USER}", "-p", f"WorkingDirectory={work}/release"),
        # It is a unit of its own: ending what waits for it, at its time limit, would not end it.
        *("-p", f"RuntimeMaxSec={_LONGEST - 10:.0f}"),
        *("-p", "PrivateNetwork=yes", "-p", "NoNewPrivileges=yes", "-p", "ProtectHome=yes"),
        *(
            "-E",
            f"HOME={work}",
            "-E",
            f"PATH={work}/release/node_modules/.bin:{place}:/usr/bin:/bin",
        ),
        *package_script(node, "build"),
    )
    strip = ["--strip-components=1"] if release.top else []
    return Condition(
        name=f"built release {release.version}",
        seen=f"{_as(SERVICE_USER)} test -s {archive} && echo built",
        wanted="built",
        summary=f"build MinusNow {release.version} once, into {archive}",
        script=lines(
            [
                words("rm", "-rf", work),
                words("install", "-d", "-m", "0755", "-o", SERVICE_USER, f"{work}/release"),
                words("tar", "-xf", upload, "--no-same-owner", *strip, "-C", f"{work}/release"),
                words("chown", "-R", f"{SERVICE_USER}:", work),
                build,
                f"test -f {work}/release/dist/index.cjs",
                # The service account writes the share: root has no rights there.
                f"tar -C {work} -czf {work}/built.tar.gz release",
                words("chown", f"{SERVICE_USER}:", f"{work}/built.tar.gz"),
                f"{_as(SERVICE_USER)} mkdir -p {BUILDS}",
                f"{_as(SERVICE_USER)} cp {work}/built.tar.gz {archive}.new",
                f"{_as(SERVICE_USER)} mv {archive}.new {archive}",
                words("rm", "-rf", work, upload),
            ]
        ),
        uploads=(
            Upload(
                source=release.path, destination=upload, sha256=release.sha256, size=release.size
            ),
        ),
        timeout=_LONGEST,
        silence=900.0,
        waiting_for=f"the script build of MinusNow {release.version}",
        detached=True,
    )


def _as(user: str) -> str:
    return words("runuser", "-u", user, "--")
