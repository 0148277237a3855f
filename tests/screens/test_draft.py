"""The draft keeps what people wrote, knows what `validate` knows, and can go back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from screens.draft import Draft, write_site
from screens.found import look
from screens.presets import PRESETS, apply, new_site
from tests.screens.site_text import SITE
from wizard.errors import SiteError
from wizard.run.events import RunStarted
from wizard.run.state import StateFile
from wizard.site.document import compose
from wizard.site.problems import SiteProblems

if TYPE_CHECKING:
    from pathlib import Path


def test_a_change_keeps_comments() -> None:
    """Only the value is another one afterwards."""
    draft = Draft(SITE)
    assert draft.change({"networking.domain": "desk.example.org"})
    assert SITE.replace("itsm.example.com", "desk.example.org") == draft.text


def test_problems_are_those_of_validate() -> None:
    """A wrong answer is a problem at its path and there is no site any more."""
    draft = Draft(SITE)
    assert draft.site is not None
    draft.change({"ssh.port": "abc"})
    problem = draft.problem_at("ssh.port")
    assert problem is not None
    assert problem.wanted == "a port from 1 to 65535"
    assert draft.site is None


def test_typing_is_taken_back_as_one_change() -> None:
    """Keystrokes at one place are one step back; another place is another step."""
    draft = Draft(SITE)
    for typed in ("d", "de", "desk.example.org"):
        draft.change({"networking.domain": typed})
    draft.change({"database.primary": "db2"})
    assert draft.undo() == "database.primary"
    assert draft.undo() == "networking.domain"
    assert draft.text == SITE
    assert draft.undo() == ""


def test_a_settled_change_is_taken_back_on_its_own() -> None:
    """Coming back to a field later is another change."""
    draft = Draft(SITE)
    draft.change({"networking.domain": "a.example.org"})
    draft.settle()
    draft.change({"networking.domain": "b.example.org"})
    assert draft.undo() == "networking.domain"
    assert draft.value("networking.domain") == "a.example.org"


def test_saving_says_what_is_on_disk(tmp_path: Path) -> None:
    """After saving nothing is dirty, and a change by someone else is noticed."""
    draft = Draft(SITE)
    before = draft.dirty
    path = write_site(tmp_path / "site.yaml", draft.text)
    draft.kept(path, draft.text)
    assert (before, draft.dirty) == (True, False)
    assert path.read_text(encoding="utf-8") == SITE
    path.write_text("# someone else\n", encoding="utf-8")
    assert draft.changed_on_disk()


def test_a_folder_that_is_missing_is_said_in_words(tmp_path: Path) -> None:
    """What cannot be written is an error that a person can act on."""
    with pytest.raises(SiteError, match="cannot be written"):
        write_site(tmp_path / "nowhere" / "site.yaml", SITE)


def test_what_is_no_yaml_is_not_opened(tmp_path: Path) -> None:
    """There would be nothing to write answers into."""
    path = tmp_path / "broken.yaml"
    path.write_text("site: [", encoding="utf-8")
    with pytest.raises(SiteProblems):
        Draft.open(path)


def test_a_short_form_reads_like_the_long_one() -> None:
    """`database: done` in the checklist is a state."""
    assert Draft(SITE).value("licensing.checklist.database.state") == "done"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_a_preset_lacks_answers_only(preset: object) -> None:
    """What is wrong with a fresh layout is nothing but what only a person knows."""
    chosen = next(one for one in PRESETS if one is preset)
    draft = Draft(apply(new_site("ops"), chosen))
    assert draft.parsed.refusals == ()
    assert {one.seen for one in draft.problems} <= {"nothing"}
    assert len(draft.value("topology.hosts") or []) == len(chosen.hosts)  # type: ignore[arg-type]
    assert "192.0.2" not in draft.text


def test_a_preset_keeps_addresses_of_hosts_that_stay() -> None:
    """Nothing is typed twice."""
    draft = Draft(apply(SITE, PRESETS[1]))
    assert draft.value("topology.hosts[2].address") == "10.0.1.10"
    assert draft.value("topology.hosts[4].address") is None


def test_files_to_go_on_with_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Site files, with how far their installation got; other YAML is left out."""
    monkeypatch.setenv("MINUSNOW_PRACTICE_DIR", str(tmp_path / "no-fleet"))
    site = tmp_path / "acme.yaml"
    site.write_text(SITE, encoding="utf-8")
    (tmp_path / "other.yaml").write_text("services: {}\n", encoding="utf-8")
    assert [(one.path.name, one.words) for one in look(tmp_path)] == [
        ("acme.yaml", "a site file of this folder")
    ]
    state = StateFile.create(
        tmp_path / "acme.state", site_name="acme-itsm", site_text=SITE, site_path=str(site)
    )
    state.take([RunStarted(site="acme-itsm", command="apply")])
    state.close()
    (found,) = look(tmp_path)
    assert found.words.startswith("! running, or ended without a word")


def test_a_keystroke_reads_the_new_text_once() -> None:
    """Composing YAML is what takes time between two keystrokes."""
    draft = Draft(SITE)
    assert draft.site
    before = compose.cache_info().misses
    draft.change({"networking.domain": "a-new-name.example.com"})
    assert draft.site
    assert draft.value("networking.domain") == "a-new-name.example.com"
    assert compose.cache_info().misses == before + 1


def test_what_is_typed_while_the_file_is_written_is_still_to_be_saved(tmp_path: Path) -> None:
    """What counts as saved is the text that was written, not the one of that moment."""
    draft = Draft(SITE)
    draft.change({"ssh.user": "first"})
    text = draft.text
    draft.change({"ssh.user": "second"})
    draft.kept(write_site(tmp_path / "acme.yaml", text), text)
    assert draft.dirty
    assert draft.value("ssh.user") == "second"
    assert not draft.changed_on_disk()
    draft.kept(write_site(tmp_path / "acme.yaml", draft.text), draft.text)
    assert not draft.dirty
