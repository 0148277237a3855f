"""A unit under a real systemd: taken in, put back when it fails, still due after a kill."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from wizard.resources.file import File
from wizard.resources.unit import Unit, stamp
from wizard.run.change_script import change_script
from wizard.run.look import look_script, new_token
from wizard.vault.secret import Secrets
from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fleet.conftest import RunningFleet
    from wizard.resources.resource import Change, Resource

pytestmark = pytest.mark.fleet

HOST = "cache1"
NAME = "minusnow-trial"
CONFIG = "/etc/minusnow-trial/trial.conf"
# A service that says which configuration it runs with, and does not start with a bad one.
SERVICE = f"""\
[Unit]
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/bash -c '. {CONFIG}; [ "$$SAYS" != bad ] || exit 1; \
echo "$$SAYS" >/run/{NAME}; systemd-notify --ready; exec sleep infinity'
ExecReload=/bin/bash -c '. {CONFIG}; [ "$$SAYS" != bad ] || exit 1; echo "$$SAYS" >/run/{NAME}'

[Install]
WantedBy=multi-user.target
"""
REMOVE = f"""
systemctl disable --now {NAME} 2>/dev/null
rm -rf /etc/systemd/system/{NAME}.service /etc/minusnow-trial /run/{NAME} \
 /var/lib/minusnow-setup/applied/{NAME} /var/lib/minusnow-setup/previous/{NAME} \
 /var/lib/minusnow-setup/replaced/*/etc/minusnow-trial
systemctl daemon-reload; systemctl reset-failed {NAME} 2>/dev/null
true
"""


class Trial:
    """A host with the trial service, and nothing of it afterwards."""

    def __init__(self, fleet: RunningFleet) -> None:
        self._fleet = fleet

    def bash(self, script: str, *, ok: bool = True) -> str:
        """Run a script as root with bash; return what it wrote."""
        done = self._fleet.run(HOST, f"sudo bash -c {shlex.quote(script)}")
        assert not ok or done.returncode == 0, done.stderr
        return done.stdout if ok else done.stderr

    def change(self, resource: Resource) -> Change | None:
        """Look at the host, and return what would change."""
        script = look_script([resource.look()])
        return resource.change(script.split(self.bash(script.script))[0], Secrets())

    def make(self, resource: Resource, *, ok: bool = True) -> str:
        """Make it true; return what was written, its errors if it must fail."""
        change = self.change(resource)
        assert change is not None
        return self.bash(change_script([change], new_token(), []).masked(), ok=ok)

    def says(self) -> str:
        """Return which configuration the service runs with."""
        return self.bash(f"systemctl is-active {NAME} && cat /run/{NAME}").split()[-1]


def config(text: str) -> File:
    """Return the configuration file that the service reads."""
    return File(path=CONFIG, content=Text(f"SAYS={text}\n"), unit=NAME)


def unit(text: str, action: str = "restart", probe_seconds: int = 2) -> Unit:
    """Return the service as it should run with that configuration."""
    return Unit(
        name=NAME,
        stamp=stamp([config(text)]),
        action="reload" if action == "reload" else "restart",
        probe=f"grep -qx {text} /run/{NAME}",
        probe_seconds=probe_seconds,
    )


@pytest.fixture
def trial(fleet: RunningFleet) -> Iterator[Trial]:
    """The service running with `good`."""
    found = Trial(fleet)
    found.bash(REMOVE)
    found.make(File(path=f"/etc/systemd/system/{NAME}.service", content=Text(SERVICE), unit=NAME))
    found.make(config("good"))
    found.make(unit("good"))
    assert found.says() == "good"
    yield found
    found.bash(REMOVE)


@pytest.mark.parametrize("action", ["reload", "restart"])
def test_a_new_configuration_is_taken_in_once(trial: Trial, action: str) -> None:
    """Then there is nothing to do, and no previous one is kept."""
    trial.make(config("better"))
    trial.make(unit("better", action))

    assert trial.says() == "better"
    assert trial.change(unit("better", action)) is None
    assert trial.bash(f"ls /var/lib/minusnow-setup/previous/{NAME} 2>&1 || true").count("No such")


@pytest.mark.parametrize("action", ["reload", "restart"])
def test_the_previous_configuration_is_put_back(trial: Trial, action: str) -> None:
    """The unit serves on with it, the mode of `/` and of the folders stays, and it stays due."""
    before = trial.bash("stat -c '%a %U' / /etc /etc/minusnow-trial")
    trial.make(config("bad"))

    said = trial.make(unit("bad", action), ok=False)

    assert f"{NAME}: the previous configuration was put back" in said
    assert trial.says() == "good"
    assert trial.bash(f"cat {CONFIG}") == "SAYS=good\n"
    assert trial.bash("stat -c '%a %U' / /etc /etc/minusnow-trial") == before
    assert trial.bash("ls -A /etc/minusnow-trial") == "trial.conf\n"
    assert trial.change(unit("bad", action)) is not None


def test_a_second_attempt_still_goes_back_to_what_worked(trial: Trial) -> None:
    """Two bad ones in a row, the first never taken in: what ran last is put back."""
    trial.make(config("unready"))
    trial.make(config("bad"))

    trial.make(unit("bad"), ok=False)

    assert trial.says() == "good"


def test_a_probe_that_fails_counts_as_a_failure(trial: Trial) -> None:
    """The unit is active, but does not do its work."""
    trial.make(config("other"))
    wrong = Unit(name=NAME, stamp="x", probe="false", probe_seconds=1)

    said = trial.make(wrong, ok=False)

    assert f"{NAME} did not answer within 1 s" in said
    assert trial.says() == "good"


def test_a_kill_between_the_file_and_the_reload_leaves_it_due(trial: Trial) -> None:
    """The file is right already, yet the unit knows that it has not taken it in."""
    trial.make(config("newer"))
    assert trial.says() == "good"
    assert trial.change(config("newer")) is None

    change = trial.change(unit("newer", "reload"))

    assert change is not None
    assert change.summary == f"reload {NAME}"
    trial.make(unit("newer", "reload"))
    assert trial.says() == "newer"


def test_a_unit_that_failed_for_long_starts_again(trial: Trial) -> None:
    """A start limit that was used up is cleared."""
    trial.bash(
        f"sed -i s/StartLimitIntervalSec=0/StartLimitBurst=1/ /etc/systemd/system/{NAME}.service"
    )
    trial.bash(
        f"systemctl daemon-reload; echo SAYS=bad >{CONFIG}; for n in 1 2 3; do"
        f" systemctl restart {NAME}; done 2>/dev/null; echo SAYS=good >{CONFIG}"
    )

    trial.make(unit("good"))

    assert trial.says() == "good"
