"""A rotation on local hosts as a program of its own: `python -m … FOLDER`; again: it goes on.

With `back` behind the folder it is given up.

db1 keeps the passwords it accepts, one a line; the app servers keep the one they log in with.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.facts.example import good_facts
from tests.run.local_host import LocalHost
from tests.run.pieces import LocalFile, no_database, task
from tests.site.example import site
from wizard.remote.cancellation import Cancellation
from wizard.resources.resource import Change
from wizard.resources.shell import OWN_DIRECTORY
from wizard.run.bus import EventBus
from wizard.run.console import JsonSink
from wizard.run.events import RunStarted
from wizard.run.host_lock import claim_for
from wizard.run.installation import Installation
from wizard.run.rotating import Rotating
from wizard.run.rotation import Rotation, Stage
from wizard.run.session import Engine
from wizard.run.state import StateFile
from wizard.steps.inputs import Inputs, ReleaseFile
from wizard.vault import encrypted_file
from wizard.vault.encrypted_file import EncryptedFileKeyring
from wizard.vault.envelope import Derivation, fresh
from wizard.vault.store import Origin, Vault, rotating
from wizard.vault.text import SecretRef, Text

if TYPE_CHECKING:
    from wizard.facts.host import HostFacts
    from wizard.remote.transport import Result, Transport
    from wizard.steps.task import Situation, Task
    from wizard.vault.secret import Secrets

OLD, NEW = "canary-old-Wq3", "canary-new-Zt8"
NODES = ("app1", "app2")
_RELEASE = ReleaseFile(
    path=Path("/nowhere"), sha256="", size=0, version="1", top="", built=True, scripts=()
)
# Long enough that a kill may come in the middle.
_SLOW = "for n in 1 2 3; do echo line $n; read -t 0.02 <> <(:) || true; done"


class FolderHost(LocalHost):
    """A host whose copies of replaced files are in its folder, too."""

    def run(self, script: str, **options: Any) -> Result:  # noqa: ANN401 - of a transport
        """Run the script, the installer's own directory moved."""
        return super().run(script.replace(OWN_DIRECTORY, str(self.root / "own")), **options)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The password is one of those the server accepts, or the only one."""

    only: bool

    @property
    def key(self) -> str:
        """`accepted`."""
        return "accepted"

    def look(self) -> str:
        """Print them."""
        return "cat accepted"

    def change(self, seen: str, secrets: Secrets) -> Change | None:
        """Add it, or let it be the only one; at once, as a server does."""
        found, password = seen.split(), secrets["pw"].reveal()
        if found == [password] or (not self.only and password in found):
            return None
        kept = "" if self.only else "cat accepted 2>/dev/null || true\n"
        write = Text("cat <<'END'\n", SecretRef("pw"), "\nEND\n")
        script = Text(f"{_SLOW}\n{{ {kept}", write, "} >accepted.new\nmv accepted.new accepted\n")
        return Change(resource=self.key, summary="let it in", script=script)


def nodes(*, after: str = "") -> list[Task]:
    """Return the tasks of the app servers, one after the other."""
    found: list[Task] = []
    for name in NODES:
        file = LocalFile(name="env", content=Text(SecretRef("pw")), script=_SLOW)
        found.append(task(f"env@{name}", file, after=[after] if after else []))
        after = f"env@{name}"
    return found


def usual(_situation: Situation) -> list[Task]:
    """Return what the site is when nothing is being rotated."""
    return [task("server@db1", Accepted(only=True)), *nodes(after="server@db1")]


def both(_situation: Situation) -> list[Task]:
    """Let both in, then change the app servers."""
    return [task("both@db1", Accepted(only=False)), *nodes(after="both@db1")]


def one(_situation: Situation) -> list[Task]:
    """Let the old one in no longer."""
    return [task("one@db1", Accepted(only=True))]


ROTATION = Rotation(
    name="pw",
    names=("pw",),
    effect="",
    stages=(Stage(title="both", tasks=both, behind=one), Stage(title="one", tasks=one)),
)


def vault_in(folder: Path) -> Vault:
    """Return the site's vault, with the cheapest derivation of its key."""

    def cheap() -> Derivation:
        return replace(fresh(), memory_kib=19456, iterations=2)

    encrypted_file.fresh = cheap  # type: ignore[attr-defined] # a name that module imports
    return Vault("acme", EncryptedFileKeyring(folder / "keyring", lambda: "pass phrase"))


def installation(folder: Path, bus: EventBus, secrets: Secrets) -> Installation:
    """Return the reference site on hosts that are folders."""
    wanted = site()

    def gather(transport: Transport) -> HostFacts:
        return good_facts(wanted, wanted.host(transport.host))

    engine = Engine(
        connect=lambda name: FolderHost(name, folder / name),
        gather=gather,
        tasks_for=usual,
        open_database=no_database,
        secrets=secrets,
        bus=bus,
        stop=Cancellation(),
        lock_folder="run",
    )
    inputs = Inputs(release=_RELEASE, node=None, base=Path(), smtp_password=False)
    return Installation(site=wanted, inputs=inputs, engine=engine)


def main(folder: Path, *, back: bool = False) -> int:
    """Install first, then rotate or go on; print one JSON object per event of the rotation."""
    path = folder / "state"
    vault = vault_in(folder)
    first = not path.exists()
    if first:
        vault.set("pw", OLD)
        state = StateFile.create(path, site_name="acme", site_text="")
    else:
        state = StateFile.open(path)
    bus = EventBus(str)
    bus.add(state, journal=True)
    secrets = vault.secrets()
    work = installation(folder, bus, secrets)
    bus.publish(RunStarted(site="acme", command="rotate pw"))
    work.claim = claim_for("acme", "rotate pw", state=state)
    work.reach()
    if first:
        work.plan()
        work.apply()
    bus.add(JsonSink(sys.stdout))
    rotation = Rotating(
        work=work, vault=vault, rotation=ROTATION, open_database=lambda _secrets: no_database
    )
    if back and not vault.given_up():
        rotation.give_up()
    elif not rotating(secrets) and secrets["pw"].reveal() == OLD:
        rotation.begin({"pw": NEW}, Origin.GENERATED)
    failed = rotation.go_on()
    work.close()
    bus.close()
    state.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), back=sys.argv[2:] == ["back"]))
