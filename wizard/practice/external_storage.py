"""Sets up the external file server: what a storage team hands over, made without the installer."""

from wizard.errors import PracticeError
from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import GATEWAY, PracticeHost
from wizard.practice.mirror import SOURCE_LINE
from wizard.practice.readiness import on_host

EXPORT = "/exports/minusnow"
DIRECTORIES = ("uploads", "data", "audit-logs", "support-tickets", "artifacts")
OWNER = 2500
"""Every client is mapped to this user, as a share that hides its own accounts does."""

OPTIONS = f"rw,sync,no_subtree_check,all_squash,anonuid={OWNER},anongid={OWNER}"

SECONDS = 240.0

SCRIPT = f"""
set -eu
[ ! -e {EXPORT}/.ready ] || exit 0
echo '{SOURCE_LINE}' | sudo tee /etc/apt/sources.list.d/storage-team.list >/dev/null
sudo apt-get -qq update
sudo DEBIAN_FRONTEND=noninteractive apt-get -qq --no-install-recommends install nfs-kernel-server
sudo sh -eu <<'END'
for name in {" ".join(DIRECTORIES)}; do
    install -d -o {OWNER} -g {OWNER} -m 0770 "{EXPORT}/$name"
done
echo '{EXPORT} {GATEWAY.network}({OPTIONS})' >/etc/exports
systemctl enable --quiet --now nfs-server
exportfs -ra
: >{EXPORT}/.ready
END
"""


def set_up_external_storage(directory: FleetDirectory, host: PracticeHost) -> None:
    """Serve the five directories from the host; call it from inside the fleet's network.

    Raises:
        PracticeError: a command on the host failed.
    """
    done = on_host(directory, host, SCRIPT, seconds=SECONDS)
    if done.returncode:
        raise PracticeError(
            f"The external storage could not be set up:\n{(done.stdout + done.stderr)[-800:]}",
            remedy="Correct what the lines above name, then run 'practice up' again.",
            host=host.name,
        )
