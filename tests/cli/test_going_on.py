"""`resume` on an installed site: what drifted is found, what was edited is listed first."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.workplace import LIMIT, Workplace
from tests.remote.sshd import Sshd, available
from wizard.run.state import StateFile

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

pytestmark = pytest.mark.sshd

TASKS = ["mounts@app1", "redis@st1", "packages@db1", "application@app2", "service@app2"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """The small site, installed."""
    if not available():
        pytest.skip("needs root and an OpenSSH server")
    server = Sshd()
    place = Workplace(tmp_path_factory.mktemp("operator"), server)
    place.open_gate()
    ended = place.end(place.apply("--yes"))
    assert ended.returncode == 0, ended.stderr
    yield place
    place.close()
    server.stop()


def events(ended: subprocess.CompletedProcess[str], kind: str) -> list[dict[str, Any]]:
    """Return the events of a kind that a run with --json told."""
    told = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    return [event for event in told if event["kind"] == kind]


def kept_site(place: Workplace) -> str:
    """Return the site file that the state file holds."""
    state = StateFile.open_read_only(place.state)
    try:
        return state.records.site().text
    finally:
        state.close()


def test_a_tick_of_the_past_is_verified_before_it_is_trusted(installed: Workplace) -> None:
    """What somebody has changed since is told as drifted and put right; the rest stays."""
    changed = installed.folder / "hosts/app1/mounts"
    changed.write_text("by hand\n")
    ended = installed.end(installed.resume("--yes", "--json"))
    assert ended.returncode == 0, ended.stderr
    (earlier,) = events(ended, "earlier-steps")
    assert earlier["drifted"] == ["mounts@app1"]
    assert sorted(earlier["done"]) == sorted(TASKS[1:])
    assert [event["task"] for event in events(ended, "task-done")] == ["mounts@app1"]
    assert changed.read_text() == "right\n"
    told = installed.say("review", "--state", str(installed.state), "--format", "text").stdout
    assert "GOING ON" in told


def test_the_record_is_sealed_with_a_key_that_only_the_keyring_has(installed: Workplace) -> None:
    """From its first event to its last, over several runs."""
    told = installed.say("audit", "verify", "--state", str(installed.state))
    assert told.returncode == 0, told.stdout
    assert "sealed to event" in told.stdout
    out = installed.folder / "record.jsonl"
    made = installed.end(
        installed.command(
            *("audit", "export", "--state", str(installed.state), "--out", str(out)),
            *installed.options,
        )
    )
    assert made.returncode == 0, made.stderr
    told = installed.say(
        *("audit", "verify", "--state", str(installed.state)),
        *("--key", f"{out}.pub", "--export", str(out)),
    )
    assert told.returncode == 0, told.stdout
    assert "PRIVATE KEY" not in installed.state.read_bytes().decode(errors="replace")


def test_edited_answers_are_listed_and_agreed_to_first(installed: Workplace) -> None:
    """Without consent nothing changes, not even what the state file holds; then only what rests."""
    before = installed.site.read_text()
    installed.site.write_text(before + "cache: {port: 6380}\n")
    file = installed.folder / "hosts/st1/redis"

    refused = installed.end(installed.resume("--yes"))
    assert refused.returncode == 2
    assert "cache.port: not set → 6380" in refused.stderr
    assert "--edited" in refused.stderr

    asked = installed.start_at_terminal(installed.resume())
    installed.until(lambda: "[yes/no]" in installed.screen, asked)
    shown = " ".join(installed.screen.split())
    assert "Answers that were changed since the run before: cache.port: not set → 6380" in shown
    again = "st1 · Step redis: 1 change left app2 · Step application: 1 change left"
    assert f"because of the changed answers: {again}" in shown
    os.write(installed.terminal, b"no\n")
    assert asked.wait(LIMIT) == 130
    installed.close_terminal()
    assert file.read_text() == "port 6379\n"
    assert kept_site(installed) == before

    ended = installed.end(installed.resume("--yes", "--edited", "--json"))
    assert ended.returncode == 0, ended.stderr
    (earlier,) = events(ended, "earlier-steps")
    assert earlier["redone"] == ["redis@st1", "application@app2"]
    assert earlier["answers"] == ["cache.port: not set → 6380"]
    assert earlier["drifted"] == []
    done = [event["task"] for event in events(ended, "task-done")]
    assert sorted(done) == ["application@app2", "redis@st1"]
    assert file.read_text() == "port 6380\n"
    assert kept_site(installed) == installed.site.read_text()


def test_what_a_changed_answer_asks_for_is_due_again_though_its_run_was_killed(
    installed: Workplace,
) -> None:
    """It has not drifted: it was made from the answer before, which is told once more."""
    installed.site.write_text(installed.site.read_text().replace("6380", "6390"))
    (installed.folder / "gate").unlink()
    (installed.folder / "hosts/db1/long").unlink()
    begun = installed.begun
    process = installed.start(installed.resume("--yes", "--edited", "--json"))
    redis = installed.folder / "hosts/st1/redis"
    installed.until(lambda: installed.begun > begun and redis.read_text() == "port 6390\n", process)
    installed.until(
        lambda: [one for one in installed.events("task-done") if one["task"] == "redis@st1"][2:],
        process,
    )
    process.kill()
    process.wait(LIMIT)
    assert kept_site(installed) == installed.site.read_text()
    redis.write_text("by hand\n")
    installed.open_gate()

    ended = installed.end(installed.resume("--yes", "--json"))
    assert ended.returncode == 0, ended.stderr
    (earlier,) = events(ended, "earlier-steps")
    assert earlier["redone"] == ["application@app2"]
    assert earlier["answers"] == ["cache.port: 6380 → 6390"]
    assert earlier["drifted"] == ["redis@st1"]  # the run that was killed had done it
    assert earlier["half_done"] == ["packages@db1"]
    assert installed.say("audit", "verify", "--state", str(installed.state)).returncode == 0


def test_a_site_file_that_cannot_be_read_is_no_reason_to_use_old_answers(
    installed: Workplace,
) -> None:
    """Somebody edited it: that is told. One that is gone is told as well, and gone on without."""
    before = installed.site.read_bytes()
    try:
        installed.site.write_bytes(before + "# f\xfcr\n".encode("latin-1"))
        refused = installed.end(installed.resume("--yes"))
        assert refused.returncode == 2
        assert str(installed.site) in refused.stderr
        assert "UTF-8" in refused.stderr

        installed.site.unlink()
        gone = installed.end(installed.resume("--yes"))
        assert gone.returncode == 0, gone.stderr
        assert "not there any more" in gone.stderr
    finally:
        installed.site.write_bytes(before)
