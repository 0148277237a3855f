"""One run as the command line does it, on simulated hosts: skips, and what is said of failures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.screens.site_text import SITE
from wizard.cli.apply import add_run_arguments
from wizard.cli.job import Job
from wizard.cli.run_to_end import FAILED, run_to_end
from wizard.errors import SetupError
from wizard.remote.cancellation import Cancellation
from wizard.run.bus import EventBus
from wizard.run.events import TaskLeftOut
from wizard.run.report import gather
from wizard.run.simulated.hosts import SimulatedFleet
from wizard.run.simulated.installation import (
    SimulatedInstallation,
    simulated_engine,
    simulated_inputs,
)
from wizard.run.simulated.secrets import fill, simulated_vault
from wizard.run.state import StateFile
from wizard.site.file import LoadedSite, parse

if TYPE_CHECKING:
    from wizard.run.report import Report


def run(path: Path, *typed: str, fleet: SimulatedFleet) -> tuple[int, Report]:
    """Do a whole run with options; return its exit status and what its state file tells."""
    parser = argparse.ArgumentParser()
    add_run_arguments(parser)
    args = parser.parse_args(["--yes", "--drills", "never", "--quiet", *typed])
    parsed = parse(SITE, "site.yaml")
    assert parsed.site
    site, stop, bus = parsed.site, Cancellation(), EventBus(str)
    vault = simulated_vault(site.site)
    fill(vault, site, base=Path())
    secrets = vault.secrets()
    installation = SimulatedInstallation(
        site=site,
        inputs=simulated_inputs(site, Path("/nowhere"), smtp_password=False),
        engine=simulated_engine(site, secrets, bus, stop, fleet),
        fleet=fleet,
    )
    loaded = LoadedSite(site, Path("site.yaml"), SITE, parsed.lines)
    job = Job(
        loaded=loaded,
        vault=vault,
        secrets=secrets,
        bus=bus,
        stop=stop,
        installation=installation,
    )
    if path.exists():
        state = StateFile.open(path)
    else:
        state = StateFile.create(path, site_name=site.site, site_text=SITE, simulated=True)
    try:
        status = run_to_end(args, job, state, command="apply")
    finally:
        bus.close()
        state.close()
    return status, gather(path, lines=0)


def test_a_failed_step_that_may_be_skipped_is_named_with_the_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line can be copied; with it the run comes to its end, and the reason is kept."""
    fleet = SimulatedFleet(pace=0, failing={"firewall@db2"})
    status, _ = run(tmp_path / "site.state", fleet=fleet)
    assert status == FAILED
    said = capsys.readouterr().err
    assert "--skip 'firewall@db2=REASON'" in said
    assert "db2 keeps the firewall rules it has" in said

    typed = ("--skip", "firewall@db2=the hypervisor filters")
    status, report = run(tmp_path / "site.state", *typed, fleet=fleet)
    left_out = [each.event for each in report.happened if isinstance(each.event, TaskLeftOut)]
    assert [(one.task, one.reason) for one in left_out] == [
        ("firewall@db2", "the hypervisor filters"),
        ("firewall-confirmed@db2", "the hypervisor filters"),
    ]
    assert report.runs[-1].outcome == "done"
    assert not report.broken
    # A skip excuses nothing: the proof still finds db2 without its firewall.
    failed = {(one.host, one.check) for one in report.checks if one.verdict == "failed"}
    assert {host for host, _ in failed} == {"db2"}
    assert status == FAILED


def test_what_must_not_be_skipped_ends_the_run_before_anything_is_done(tmp_path: Path) -> None:
    """It says who needs it; the run counts as failed, and nothing was begun."""
    fleet = SimulatedFleet(pace=0)
    with pytest.raises(SetupError, match="needed by PostgreSQL standby of db1 on db2"):
        run(tmp_path / "site.state", "--skip", "roles@db1=no", fleet=fleet)
    report = gather(tmp_path / "site.state", lines=0)
    assert report.runs[-1].outcome == "failed"
    assert {record.status for record in report.tasks} == {"pending"}
