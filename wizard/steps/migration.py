"""The database schema: migrated once, from one node, after a dump of what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.facts.platform import platform_of
from wizard.resources.condition import Condition
from wizard.resources.shell import OWN_DIRECTORY, lines, words
from wizard.site.application import SERVICE_USER
from wizard.steps.package_script import package_script
from wizard.steps.primary import ready_after
from wizard.steps.runtime import node_binary
from wizard.steps.task import Phase, Task, task_id

if TYPE_CHECKING:
    from wizard.site.topology import Host
    from wizard.steps.task import Situation

ENVIRONMENT_FILE = "/opt/minusnow/.env"
CA_PATH = "/etc/minusnow/ca.pem"
RELEASE = "/opt/minusnow/current"
_LONGEST = 1800.0  # seconds


def migration_task(situation: Situation, app: Host) -> Task:
    """Return the task that brings the schema to the release, on the first app server."""
    site, release = situation.site, situation.inputs.release
    # What was migrated, and where: another database or another release makes it due again.
    wanted = f"{release.version} {release.sha256[:16]} {site.primary.address} {site.database.name}"
    mark = f"{OWN_DIRECTORY}/migrated"
    bin_directory = node_binary(situation, app).removesuffix("/node")
    run = words(
        *("systemd-run", "--quiet", "--wait", "--pipe", "--collect"),
        *("--unit", "minusnow-migrate", "-p", f"User={SERVICE_USER}"),
        *("-p", f"EnvironmentFile={ENVIRONMENT_FILE}", "-p", f"WorkingDirectory={RELEASE}"),
        *("-p", "NoNewPrivileges=yes", "-p", "ProtectSystem=strict", "-p", "PrivateTmp=yes"),
        *("-p", "StandardInput=null", "-E", "HOME=/tmp", "-E", "CI=true"),
        # It is a unit of its own: ending what waits for it, at its time limit, would not end it.
        *("-p", f"RuntimeMaxSec={_LONGEST - 10:.0f}"),
        *("-E", f"PATH={RELEASE}/node_modules/.bin:{bin_directory}:/usr/bin:/bin"),
        *package_script(node_binary(situation, app), "db:push"),
    )
    migrated = Condition(
        name="migrations",
        seen=f'[ ! -r {mark} ] || {{ IFS= read -r line <{mark}; echo "$line"; }}',
        wanted=wanted,
        summary=f"run the migrations of MinusNow {release.version} (its script db:push)",
        script=lines([run, f"echo {words(wanted)} >{mark}.new", f"mv -fT {mark}.new {mark}"]),
        timeout=_LONGEST,
        waiting_for="the script db:push (a lock in the database, or a prompt)",
        detached=True,
    )
    before = {
        task_id("application", app.name),
        task_id("save", site.primary.name),
        *ready_after(site),
    }
    return Task(
        phase=Phase.APPLICATION,
        step="migrate",
        host=app.name,
        title="database migrations",
        resources=(migrated,),
        after=frozenset(before),
    )


def save_task(situation: Situation) -> Task:
    """Return the task that dumps the database before a release changes its schema."""
    site, release = situation.site, situation.inputs.release
    postgres = platform_of(situation.facts[site.primary.name].os).postgres(site.database.version)
    wanted = f"{release.version} {release.sha256[:16]}"
    mark, place = f"{OWN_DIRECTORY}/saved-before", "/var/backups/minusnow"
    dump = f"{place}/before-{release.version}-{release.sha256[:16]}.dump"
    as_postgres = words("runuser", "-u", "postgres", "--")
    at = words("-p", site.database.port, "-d", site.database.name)
    tables = (
        "select count(*) from pg_catalog.pg_tables"
        " where schemaname not in ('pg_catalog', 'information_schema')"
    )
    saved = Condition(
        name="dump before the migrations",
        seen=f'[ ! -r {mark} ] || {{ IFS= read -r line <{mark}; echo "$line"; }}',
        wanted=wanted,
        summary=f"save the database before MinusNow {release.version} (if it holds tables)",
        script=lines(
            [
                f"tables=$({as_postgres} {postgres.bin}/psql -XAtq {at} -c {words(tables)})",
                'if [ "$tables" != 0 ]; then',
                words("install", "-d", "-m", "0700", "-o", "postgres", "-g", "postgres", place),
                f"{as_postgres} {postgres.bin}/pg_dump -Fc {at} -f {dump}.new",
                # A dump that cannot be read is none.
                f"{as_postgres} {postgres.bin}/pg_restore --list {dump}.new >/dev/null",
                f"mv -fT {dump}.new {dump}; fi",
                f"echo {words(wanted)} >{mark}.new; mv -fT {mark}.new {mark}",
            ]
        ),
        timeout=7200.0,
        waiting_for="pg_dump of the database",
        detached=True,
    )
    return Task(
        phase=Phase.APPLICATION,
        step="save",
        host=site.primary.name,
        title="dump before the migrations",
        resources=(saved,),
        after=frozenset({task_id("roles", site.primary.name)}),
    )
