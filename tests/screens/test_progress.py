"""How far a run is, and what was learned from the runs before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.progress import Progress
from screens.state_of import learned
from tests.screens.site_text import SITE
from wizard.run import events as e
from wizard.run.state import StateFile
from wizard.site.file import LoadedSite, parse

if TYPE_CHECKING:
    from pathlib import Path

PLAN = {
    "tasks": [
        {
            "task": f"release@{host}",
            "phase": "Application",
            "host": host,
            "title": "MinusNow",
            "after": [],
            "changes": [{"summary": "unpack it", "uploads": [{"size": 60_000_000}]}],
        }
        for host in ("app1", "app2")
    ]
}


def made() -> e.PlanMade:
    """A plan that sends a release to two hosts."""
    names = ("release@app1", "release@app2")
    return e.PlanMade(fingerprint="f", changes=2, tasks=names, changing=names, plan=PLAN)


def upload(sent: int) -> e.UploadProgress:
    """So much of the release is on app1."""
    return e.UploadProgress(
        host="app1", task="release@app1", destination="/r", sent=sent, size=60_000_000
    )


def test_sizes_are_part_of_the_estimate() -> None:
    """A release of sixty megabytes takes longer than none."""
    progress = Progress()
    progress.take(made())
    assert progress.lines()[0].size == 60_000_000
    assert progress.seconds_left() > 5


def test_a_slow_upload_makes_the_estimate_longer() -> None:
    """A twentieth in ten seconds: more than three minutes are left."""
    progress = Progress()
    progress.take(made())
    progress.take(e.TaskStarted(host="app1", task="release@app1", title="", phase=""))
    progress.take(upload(0))
    progress.steps["release@app1"].share_begun -= 10
    progress.take(upload(3_000_000))
    assert progress.seconds_left() > 180
    progress.take(upload(60_000_000))
    assert progress.seconds_left() < 60


def test_a_base_backup_says_how_far_it_is() -> None:
    """Its lines are read; others change nothing."""
    progress = Progress()
    progress.take(made())
    progress.take(e.TaskStarted(host="app1", task="release@app1", title="", phase=""))
    for text in ("24117/90000 kB (26%), 0/1 tablespace", "(no share%)", "100%"):
        progress.take(e.OutputLine(host="app1", task="release@app1", stream="err", text=text))
    assert progress.steps["release@app1"].share == 0.26


def test_earlier_runs_of_the_site_are_learned_from(tmp_path: Path) -> None:
    """Seconds and sizes by step; without a state file nothing is known."""
    site = parse(SITE, "acme.yaml").site
    assert site
    loaded = LoadedSite(site, tmp_path / "acme.yaml", SITE, {})
    assert learned(loaded) == {}
    state = StateFile.create(tmp_path / "acme.state", site_name=site.site, site_text=SITE)
    state.take(
        [
            e.RunStarted(site=site.site, command="apply"),
            made(),
            e.TaskDone(host="app1", task="release@app1", seconds=9.5, changed=1),
        ]
    )
    state.close()
    (took,) = learned(loaded)["release"]
    assert (took.seconds, took.size) == (9.5, 60_000_000)
