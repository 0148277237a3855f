"""The driver of preflight: every host, everything at once, one trip each."""

from __future__ import annotations

import datetime as dt
import socket
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.facts.example import all_good
from tests.remote.local import LocalTransport
from tests.site.example import site
from wizard.checks import preflight_reach, preflight_sources
from wizard.checks.check import SITE, Verdict, worst
from wizard.checks.preflight import ask_again, run_preflight
from wizard.checks.preflight_reach import Target, parse_reach, reach_script
from wizard.errors import Cancelled, CommandSilent, ConnectionFailed
from wizard.remote.transport import Result

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wizard.checks.check import Finding

TODAY = dt.date(2026, 11, 23)
SITE_22 = site({"application.node": 22})


class Answering(LocalTransport):
    """Stands in for a host: answers preflight's script with lines made by the test."""

    def __init__(self, host: str, lines: Callable[[str], str]) -> None:
        super().__init__(host)
        self._lines = lines

    def run(self, script: str, **_options: object) -> Result:
        """Answer each section of the script."""
        self._trips += 1
        marker = script.partition("printf '\\n%s\\n' ")[2].partition(":")[0]
        out = f"\n{marker}:reach\n{self._lines(self.host)}\n{marker}:sources\n"
        out += f"source\tfile:///srv/mirror\tok\n\n{marker}:end\n"
        return Result(status=0, out=out, err="")


def all_open(name: str) -> str:
    """Every way is open; the virtual address is silent."""
    targets = preflight_reach.targets_of(SITE_22, name)
    return "".join(
        f"reach\t{each.key}\t{'timeout' if each.key.startswith('virtual') else 'connected'}\n"
        for each in targets
    )


def run(lines: Callable[[str], str] = all_open) -> tuple[Finding, ...]:
    """Preflight of good hosts with these answers about connections."""
    transports = {host.name: Answering(host.name, lines) for host in SITE_22.hosts}
    findings = run_preflight(SITE_22, transports, all_good(SITE_22), today=TODAY)
    assert {each.trips for each in transports.values()} == {1}
    return findings


def problems(findings: tuple[Finding, ...]) -> list[Finding]:
    """The findings that are not all right."""
    return [each for each in findings if each.verdict in {Verdict.FAILED, Verdict.WARNING}]


def test_a_good_site_passes_with_one_trip_to_each_host() -> None:
    """Nothing is wrong, every host was asked, and VRRP is said to be untried."""
    findings = run()
    assert worst(findings) is Verdict.OK
    skipped = [each for each in findings if each.verdict is Verdict.SKIPPED]
    assert [each.host for each in skipped] == ["lb1", "lb2"]
    assert all("VRRP" in each.seen for each in skipped)


def test_findings_are_in_the_order_of_the_site() -> None:
    """What concerns the whole site comes first, then host after host."""
    hosts = list(dict.fromkeys(each.host for each in run()))
    assert hosts == ["(site)", *(host.name for host in SITE_22.hosts)]


@pytest.mark.parametrize("words", ["timeout", "No route to host", "Network is unreachable"])
def test_a_blocked_way_is_named(words: str) -> None:
    """Source, target, port and purpose stand in the finding."""
    findings = run(
        lambda name: (
            all_open(name).replace("10.0.2.10:5432\tconnected", f"10.0.2.10:5432\t{words}")
            if name == "app1"
            else all_open(name)
        )
    )
    (finding,) = problems(findings)
    assert (finding.host, finding.check, finding.verdict) == ("app1", "reach", Verdict.FAILED)
    assert finding.seen == f"app1 (10.0.1.10) -> db1:5432 (database): {words}"


def test_a_closed_port_is_reachable() -> None:
    """Before the installation nothing listens: a refusal shows that the way is open."""
    assert (
        problems(run(lambda name: all_open(name).replace("connected", "Connection refused"))) == []
    )


def test_a_mail_relay_out_of_reach_is_a_warning() -> None:
    """The site works without mail."""
    findings = run(lambda name: all_open(name).replace("587\tconnected", "587\ttimeout"))
    assert {(each.host, each.verdict) for each in problems(findings)} == {
        ("app1", Verdict.WARNING),
        ("app2", Verdict.WARNING),
    }


def test_a_stranger_at_the_virtual_address_is_found() -> None:
    """Somebody refuses there, and no balancer of the site has the address."""
    findings = run(
        lambda name: all_open(name).replace("virtual:443\ttimeout", "virtual:443\tconnected")
    )
    assert {(each.host, each.check) for each in problems(findings)} == {
        ("lb1", "virtual-ip-free"),
        ("lb2", "virtual-ip-free"),
    }


def test_a_balancer_that_takes_the_virtual_address_meanwhile_is_no_stranger() -> None:
    """Started a moment before, it had the address not yet when the facts were gathered."""

    def taken(name: str) -> str:
        said = all_open(name).replace("virtual:443\ttimeout", "virtual:443\tconnected")
        return f"reach\t{preflight_reach.TAKEN}\tyes\n{said}" if name == "lb1" else said

    assert problems(run(taken)) == []


def test_the_question_says_whether_the_host_has_the_virtual_address() -> None:
    """Asked of a real machine: 127.0.0.1 is its own, an address for documentation is not."""
    for address, answers in (("127.0.0.1", True), ("192.0.2.1", False)):
        script = reach_script([Target("virtual:9", address, 9)])
        done = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True
        )
        assert (preflight_reach.TAKEN in parse_reach(done.stdout)) is answers


def test_unreachable_hosts_do_not_hide_the_rest() -> None:
    """Every host that failed is reported, and what is wrong with the others as well."""
    facts = {**all_good(SITE_22)}
    facts["app1"] = replace(facts["app1"], init="runit")
    transports = {
        host.name: ConnectionFailed("the host key has changed", remedy="Ask who changed it.")
        if host.name in {"db1", "db2"}
        else Answering(host.name, all_open)
        for host in SITE_22.hosts
    }
    partial = {name: each for name, each in facts.items() if name not in {"db1", "db2"}}
    findings = run_preflight(SITE_22, transports, partial, today=TODAY)
    failed = {(each.host, each.check) for each in findings if each.verdict is Verdict.FAILED}
    assert failed == {("db1", "access"), ("db2", "access"), ("app1", "init")}


class Silent(LocalTransport):
    """A host that stops answering."""

    error: CommandSilent | Cancelled = CommandSilent("nothing was heard for 60 s")

    def run(self, script: str, **_options: object) -> Result:
        """Say nothing for too long."""
        assert script
        raise self.error


def test_a_host_that_falls_silent_is_a_finding() -> None:
    """The others are still judged."""
    transports = {host.name: Answering(host.name, all_open) for host in SITE_22.hosts}
    findings = run_preflight(
        SITE_22, {**transports, "app1": Silent("app1")}, all_good(SITE_22), today=TODAY
    )
    (finding,) = problems(findings)
    assert (finding.host, finding.seen) == ("app1", "nothing was heard for 60 s")


def test_cancelling_ends_preflight() -> None:
    """A person who asked to stop gets no findings."""
    silent = Silent("app1")
    silent.error = Cancelled("stopped")
    with pytest.raises(Cancelled):
        run_preflight(SITE_22, {"app1": silent}, all_good(SITE_22), today=TODAY)


def test_reaching_for_real() -> None:
    """On this machine: an open port, a closed one, and an address that leads nowhere."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_server(("127.0.0.1", 0)) as other:
            closed = other.getsockname()[1]
        targets = [
            Target("open", "127.0.0.1", port),
            Target("closed", "127.0.0.1", closed),
            Target("name", "no-such-name.invalid", 80),
        ]
        out = LocalTransport().run(reach_script(targets), waiting_for="ways", timeout=20).out
    seen = parse_reach(out)
    assert (seen["open"], seen["closed"]) == ("connected", "Connection refused")
    assert seen["name"] not in preflight_reach.OPEN


def test_a_busy_host_gets_a_second_chance_where_an_answer_is_hoped_for() -> None:
    """The first attempt is made to run out of time; a way that is to be closed has only that."""
    busy = f'timeout() {{ [ $1 != {preflight_reach.SECONDS} ] || return 124; shift; "$@"; }}\n'
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        targets = [
            Target("wanted", "127.0.0.1", port),
            Target("closed", "127.0.0.1", port, hoped_for=False),
        ]
        script = busy + reach_script(targets)
        out = LocalTransport().run(script, waiting_for="ways", timeout=60).out
    assert parse_reach(out) == {"wanted": "connected", "closed": "timeout"}


def test_sources_for_real(tmp_path: Path) -> None:
    """A directory that exists is reachable, another is not; passwords are not shown."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        script = preflight_sources.sources_script(
            [
                f"deb [trusted=yes] file:{tmp_path} ./",
                "file:///no/such/mirror",
                f"http://user:word@127.0.0.1:{port}/debian",
                "https://127.0.0.1:1/el9",
            ]
        )
        out = LocalTransport().run(script, waiting_for="sources", timeout=20).out
    assert "word" not in out
    assert preflight_sources.parse_sources(out) == {
        f"file://{tmp_path}": "ok",
        "file:///no/such/mirror": "no such directory",
        f"http://127.0.0.1:{port}/debian": "ok",
        "https://127.0.0.1:1/el9": "Connection refused",
    }


def test_the_hosts_own_sources_are_read_without_touching_them() -> None:
    """On this machine the package manager names its sources, or there is none."""
    script = preflight_sources.sources_script(())
    result = LocalTransport().run(script, waiting_for="sources", timeout=60)
    assert all(words for words in preflight_sources.parse_sources(result.out).values())


def test_repositories_of_the_rhel_family_are_read(tmp_path: Path) -> None:
    """Only what is enabled counts, and the first address of a list."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    repositories = tmp_path / "repos"
    repositories.mkdir()
    (repositories / "site.repo").write_text(
        f"[base]\nname=Base\nbaseurl = file://{mirror} http://second\nenabled=1\n"
        "[debug]\nbaseurl=file:///no/such/debug\nenabled=0\n"
        f"[more]\nbaseurl=file://{tmp_path}/absent"
    )
    script = preflight_sources.sources_script(())
    script = script.replace("/usr/bin/apt-get", "/no/apt-get")
    script = script.replace("/etc/yum.repos.d", str(repositories))
    out = LocalTransport().run(script, waiting_for="sources", timeout=20).out
    assert preflight_sources.parse_sources(out) == {
        f"file://{mirror}": "ok",
        f"file://{tmp_path}/absent": "no such directory",
    }


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ({"file:///srv/mirror": "ok"}, Verdict.OK),
        ({"file:///srv/mirror": "ok", "http://a": "timeout"}, Verdict.FAILED),
        ({}, Verdict.FAILED),
        (None, Verdict.SKIPPED),
    ],
)
def test_sources_are_judged_together(answers: dict[str, str] | None, verdict: Verdict) -> None:
    """One source that cannot be reached fails the host: packages would come from a part only."""
    (finding,) = preflight_sources.check_sources("db1", answers)
    assert verdict is finding.verdict


def _asked_again(host: str, check: str = "") -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Findings of hosts of which two were out of reach, and those with one asked again."""
    broken = {"db1", "db2"}
    lost = ConnectionFailed("no answer", remedy="Start the host.")
    ways = {each.name: Answering(each.name, all_open) for each in SITE_22.hosts}
    seen = all_good(SITE_22)
    before = run_preflight(
        SITE_22,
        {name: lost if name in broken else way for name, way in ways.items()},
        {name: lost if name in broken else facts for name, facts in seen.items()},
        today=TODAY,
    )
    known = {name: lost if name in broken - {host} else facts for name, facts in seen.items()}
    again = {name: way for name, way in ways.items() if host in {SITE, name}}
    after = ask_again(SITE_22, again, known, before, host=host, check=check, today=TODAY)
    assert {name for name, way in ways.items() if way.trips != 1} == broken - {host}
    return before, after


def test_one_host_is_asked_again_and_the_others_stay() -> None:
    """Its findings are new ones; nobody else is asked."""
    before, after = _asked_again("db1")
    assert worst(tuple(each for each in before if each.host == "db1")) is Verdict.FAILED
    assert worst(tuple(each for each in after if each.host == "db1")) is not Verdict.FAILED
    others = [each for each in after if each.host not in {"db1", SITE}]
    assert others == [each for each in before if each.host not in {"db1", SITE}]
    hosts = [each.host for each in after]
    assert hosts == sorted(hosts, key=[SITE, *(host.name for host in SITE_22.hosts)].index)


def test_one_check_of_a_host_is_asked_again() -> None:
    """Its answer takes the place of the old one; all others are the same."""
    before, after = _asked_again("db1", "access")
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [(new.host, new.check, new.verdict) for _, new in changed] == [
        ("db1", "access", Verdict.OK)
    ]


def test_nobody_is_asked_at_a_virtual_address_that_a_balancer_holds() -> None:
    """Its firewall may keep silent, and then every look at an installed site would wait."""
    asked = preflight_reach.targets_of(SITE_22, "lb1")
    held = preflight_reach.targets_of(SITE_22, "lb1", held=True)

    assert {each.key for each in set(asked) - set(held)} == {"virtual:22", "virtual:443"}
    findings = list(preflight_reach.check_reach(SITE_22, "lb1", {}, held=True))
    assert any("is held by a balancer" in each.seen for each in findings)
