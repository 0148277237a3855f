"""Application: Node.js, the release, its environment, migrations once, and the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.facts.begun import SERVICE_FILE
from wizard.render.template import render
from wizard.resources.directory import Directory
from wizard.resources.file import File
from wizard.resources.unit import Unit, stamp
from wizard.site.application import HEALTH_PATH, SERVICE_USER, STATUS_PATH
from wizard.site.cache import CacheKind
from wizard.site.topology import Role
from wizard.steps.migration import CA_PATH, ENVIRONMENT_FILE, migration_task, save_task
from wizard.steps.release import CURRENT, release_tasks
from wizard.steps.runtime import node_binary, runtime_task
from wizard.steps.storage import shared_paths
from wizard.steps.task import Phase, Task, task_id
from wizard.vault.text import SecretRef, Text

if TYPE_CHECKING:
    from wizard.resources.resource import Resource
    from wizard.site.model import Site
    from wizard.site.topology import Host
    from wizard.steps.task import Situation


def tasks(situation: Situation) -> tuple[Task, ...]:
    """Return runtime, release, configuration, the one migration, and the services in turn."""
    site = situation.site
    apps = site.hosts_with(Role.APP)
    found: list[Task] = []
    for app in apps:
        found.append(runtime_task(situation, app))
        found.extend(release_tasks(situation, app))
        found.append(_configuration(situation, app))
    found += [save_task(situation), migration_task(situation, apps[0])]
    rolling = _serving(situation)
    for index, app in enumerate(apps):
        before = {
            task_id("application", app.name),
            task_id("migrate", apps[0].name),
            # All of them: a node that served early would write while another one still copies.
            *(task_id("mounts", each.name) for each in apps),
        }
        if site.cache_host:
            before.add(task_id("redis", site.cache_host.name))
        if rolling and index:
            # On a site that serves users, one node after the other.
            before.add(task_id("service", apps[index - 1].name))
        found.append(
            Task(
                phase=Phase.APPLICATION,
                step="service",
                host=app.name,
                title="MinusNow service",
                resources=(_service(situation, app),),
                after=frozenset(before),
                # A node that serves users would go on with old code on the new schema.
                if_left_out=""
                if rolling
                else f"{app.name} serves nobody; the other application servers carry all users.",
                one_remains=True,
            )
        )
    return tuple(found)


def _serving(situation: Situation) -> bool:
    """Tell whether the application already runs on some node, so that users may be on it."""
    site = situation.site
    return any(
        listener.port == site.application.port
        for app in site.hosts_with(Role.APP)
        for listener in situation.facts[app.name].listeners
    )


def environment(site: Site, *, smtp_password: bool) -> Text:
    """Return the environment file with everything of the vendor guide's step 6."""
    return render(
        "app/minusnow.env.j2",
        port=site.application.port,
        base_url=site.base_url,
        database=site.database,
        database_host=_bracketed(site.primary.address),
        ca_path=CA_PATH,
        smtp=site.networking.smtp,
        smtp_password=smtp_password,
        support_email=site.networking.support_email,
        redis=_redis(site),
        environment=site.application.environment,
    )


def _redis(site: Site) -> dict[str, object] | None:
    external = site.cache.external
    if site.cache.kind is CacheKind.EXTERNAL and external:
        return {
            "scheme": "rediss" if external.tls else "redis",
            "host": _bracketed(external.host),
            "port": external.port,
            "password": True,
        }
    if site.cache_host:
        return {
            "scheme": "redis",
            "host": _bracketed(site.cache_host.address),
            "port": site.cache.port,
            "password": True,
        }
    return None


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _unit_file(situation: Situation, app: Host) -> Text:
    return render(
        "app/minusnow.service.j2",
        shared=shared_paths(),
        user=SERVICE_USER,
        current=CURRENT,
        environment_file=ENVIRONMENT_FILE,
        node=node_binary(situation, app),
    )


def _files(situation: Situation, app: Host) -> tuple[File, File, File]:
    site = situation.site
    return (
        File(path=CA_PATH, content=Text(SecretRef("ca_certificate")), unit="minusnow"),
        File(
            path=ENVIRONMENT_FILE,
            content=environment(site, smtp_password=situation.inputs.smtp_password),
            mode=0o600,
            unit="minusnow",
        ),
        File(path=SERVICE_FILE, content=_unit_file(situation, app), unit="minusnow"),
    )


def _configuration(situation: Situation, app: Host) -> Task:
    resources: tuple[Resource, ...] = (
        Directory(path="/etc/minusnow"),
        *_files(situation, app),
    )
    return Task(
        phase=Phase.APPLICATION,
        step="application",
        host=app.name,
        title="environment and unit of the service",
        resources=resources,
        after=frozenset({task_id("release", app.name)}),
    )


def _service(situation: Situation, app: Host) -> Unit:
    port = situation.site.application.port
    ready = f"curl -fsS -o /dev/null --max-time 10 http://127.0.0.1:{port}"
    # Three times in a row: a node that crashes right after its first answer is not ready.
    return Unit(
        name="minusnow",
        stamp=stamp(_files(situation, app)) + "-" + situation.inputs.release.sha256[:16],
        probe=f"{ready}{HEALTH_PATH} && {ready}{HEALTH_PATH} && {ready}{HEALTH_PATH}"
        f" && {ready}{STATUS_PATH}",
        probe_seconds=120,
        timeout=300.0,
    )
