"""firewalld: our rich rules are stored and loaded; rules of others stay."""

from __future__ import annotations

import pytest

from wizard.resources.firewall_rule import Rule
from wizard.resources.firewalld import Firewalld, rich
from wizard.vault.secret import Secrets

SSH = Rule(protocol="tcp", port=22, source="10.0.0.1", purpose="SSH")
HTTPS = Rule(protocol="tcp", port=443, source="", purpose="HTTPS")
VRRP = Rule(protocol="vrrp", port=0, source="10.0.0.11", purpose="virtual address")
SSH_TEXT = 'rule family="ipv4" source address="10.0.0.1" port port="22" protocol="tcp" accept'
HTTPS_TEXT = 'rule port port="443" protocol="tcp" accept'
OLD_TEXT = 'rule family="ipv4" source address="10.0.0.9" port port="5432" protocol="tcp" accept'
OLD_SSH = 'rule family="ipv4" source address="10.0.0.9" port port="22" protocol="tcp" accept'
ON = "running\nenabled\n"


def stored(*rules: str, own: bool = True) -> str:
    """Return what a look prints of rules that are stored and loaded."""
    kinds = ["permanent", "loaded", *(["own"] if own else [])]
    return "".join(f"{kind} {rule}\n" for kind in kinds for rule in rules)


def script(seen: str) -> str:
    """Return the script of the change for SSH and HTTPS, "" if none is due."""
    change = Firewalld(rules=(SSH, HTTPS), ssh_port=22).change(seen, Secrets())
    return change.script.masked() if change else ""


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (SSH, SSH_TEXT),
        (HTTPS, HTTPS_TEXT),
        (VRRP, 'rule family="ipv4" source address="10.0.0.11" protocol value="vrrp" accept'),
        (
            Rule(protocol="tcp", port=22, source="fd00::/64", purpose="SSH"),
            'rule family="ipv6" source address="fd00::/64" port port="22" protocol="tcp" accept',
        ),
        (
            Rule(protocol="tcp", port=22, source="10.0.0.5/32", purpose="SSH"),
            SSH_TEXT.replace("10.0.0.1", "10.0.0.5"),
        ),
    ],
)
def test_a_rule_is_written_as_firewalld_lists_it(rule: Rule, text: str) -> None:
    """From anywhere means over IPv4 and IPv6: no family."""
    assert rich(rule) == text


def test_all_there_is_nothing_to_do() -> None:
    """Stored, loaded, running, enabled."""
    assert script(ON + stored(SSH_TEXT, HTTPS_TEXT)) == ""


def test_a_firewall_that_is_off_gets_its_rules_before_it_starts() -> None:
    """SSH first of all: at the moment it filters, the way in is open."""
    text = script("not running\ndisabled\n")

    assert text.index(f"firewall-offline-cmd '--add-rich-rule={SSH_TEXT}'") < text.index(
        "systemctl enable --now firewalld"
    )
    assert "firewall-cmd --permanent" not in text


def test_one_that_runs_but_does_not_start_at_boot_is_told_while_it_runs() -> None:
    """The offline program refuses to work beside a running firewall."""
    text = script("running\ndisabled\n")

    assert "firewall-offline-cmd" not in text
    assert f"firewall-cmd --permanent '--add-rich-rule={SSH_TEXT}'" in text


def test_rules_that_are_stored_but_not_loaded_are_loaded() -> None:
    """Somebody has changed the running firewall."""
    text = script(ON + "".join(f"permanent {rule}\n" for rule in (SSH_TEXT, HTTPS_TEXT)))

    assert "firewall-cmd --reload" in text
    assert "add-rich-rule" not in text


def test_only_rules_of_ours_are_taken_away_and_never_one_for_ssh() -> None:
    """Others' rules look the same; what is ours is kept in a list."""
    theirs = OLD_TEXT.replace("10.0.0.9", "10.0.0.8")
    text = script(ON + stored(SSH_TEXT, HTTPS_TEXT, OLD_TEXT, OLD_SSH) + stored(theirs, own=False))

    assert f"--remove-rich-rule={OLD_TEXT}" in text
    assert "10.0.0.8" not in text
    assert f"--remove-rich-rule={OLD_SSH}" not in text


def test_a_rollback_is_armed_before_anything_changes() -> None:
    """And ends the firewall when nobody confirms."""
    first = script("not running\n").splitlines()
    armed = next(number for number, line in enumerate(first) if "systemd-run" in line)
    changed = next(number for number, line in enumerate(first) if "rich-rule" in line)
    assert armed < changed


def test_one_that_was_running_goes_back_to_its_rules() -> None:
    """Stopping it would let in more than before."""
    text = script("running\nenabled\n")
    armed = next(line for line in text.splitlines() if "systemd-run" in line)
    assert "--remove-rich-rule" in armed
    assert "--reload" in armed
    assert "stop firewalld" not in armed
