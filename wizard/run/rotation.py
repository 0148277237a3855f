"""Which secrets can get another value on an installed site, how, and what its users notice.

At no moment may a node hold a password that its server refuses. A server that knows one password
per account is therefore given a second account, or a second password, first; and every stage can
be done again from wherever an earlier attempt was cut off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wizard.database.acting import ActingRole, NoActingRole
from wizard.database.names import (
    ACTING_ROLE,
    APP_PASSWORD,
    BACKUP_PASSWORD,
    MONITORING_PASSWORD,
    REPLICATION_PASSWORD,
    SETUP_PASSWORD,
)
from wizard.errors import VaultError
from wizard.facts.platform import platform_of
from wizard.resources.file import File
from wizard.resources.redis_passwords import RedisPasswords
from wizard.site.cache import CacheKind
from wizard.site.networking import TlsMode
from wizard.steps import application
from wizard.steps.sequence import tasks_for
from wizard.steps.task import Phase, Task, task_id
from wizard.vault import catalogue
from wizard.vault.store import rotating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wizard.resources.resource import Resource
    from wizard.site.model import Site
    from wizard.steps.task import Situation

    Tasks = Callable[[Situation], Sequence[Task]]

_REDIS = "redis_password"
_RESTART = "Each app server restarts once, one after the other behind the balancers."
_HANDED_ON = "Whoever logs in with the old value is refused from then on: hand the new one over."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of a rotation that is over before the next one begins."""

    title: str
    tasks: Tasks
    # Tasks of a later stage: where they find everything right, this stage lies behind.
    behind: Tasks | None = None
    # Whether the next value carries people over while the present one is put back: nobody may
    # still come in by what is about to be changed under them.
    bridge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """How one secret, with what belongs to it, gets another value."""

    name: str
    names: tuple[str, ...]  # what changes together: a certificate with its key
    effect: str  # what people notice
    stages: tuple[Stage, ...]


def require_no_rotation(names: Iterable[str]) -> None:
    """Raise VaultError while a secret is being rotated: half of the hosts have its next value."""
    found = ", ".join(sorted(rotating(names)))
    if found:
        raise VaultError(
            f"a rotation of {found} is under way",
            remedy="Finish it first with `minusnow-setup resume --state FILE`, or give it up with"
            " `minusnow-setup rotate NAME SITE --abandon`.",
        )


def rotation_of(site: Site, name: str) -> Rotation:
    """Return how a secret of the site is rotated. Raises: VaultError, with the reason why not."""
    known = [spec.name for spec in catalogue.needed(site)]
    if name not in known:
        raise VaultError(
            f"the site needs no secret named {name!r}", remedy=f"It needs: {', '.join(known)}."
        )
    refusal = _refusal(site, name)
    if refusal:
        raise VaultError(f"{name} cannot be rotated here: {refusal[0]}", remedy=refusal[1])
    effect, stages = _how(site, name)
    return Rotation(name=name, names=_together(known, name), effect=effect, stages=stages)


def _together(known: list[str], name: str) -> tuple[str, ...]:
    """Return the names that change with one: a key and its certificate are one thing."""
    pair = {name, name.replace("certificate", "key", 1), name.replace("_key", "_certificate", 1)}
    return tuple(one for one in known if one in pair)


def _refusal(site: Site, name: str) -> tuple[str, str] | None:
    """Return why a secret cannot be rotated and what to do, None if it can."""
    provided = site.networking.tls.mode is TlsMode.PROVIDED
    if name in {catalogue.CA_KEY, catalogue.CA_CERTIFICATE}:
        return (
            (
                "every app server checks the database by this authority, and would refuse it"
                " between the first and the last host"
            ),
            (
                "In a maintenance window: `minusnow-setup secret generate ca_key SITE --replace`,"
                " then `minusnow-setup apply`."
            ),
        )
    if name in {catalogue.BALANCER_KEY, catalogue.BALANCER_CERTIFICATE} and provided:
        return (
            "the certificate is your own",
            (
                "Replace the files named under networking.tls, then `minusnow-setup apply`: the"
                " balancers reload one after the other."
            ),
        )
    if name in {"sudo_password", "key_passphrase"} or name.startswith("license_key"):
        return (
            "it is not this program's: no host is given it",
            f"Change it where it belongs, then `minusnow-setup secret set {name} SITE --replace`.",
        )
    return None


def _how(site: Site, name: str) -> tuple[str, tuple[Stage, ...]]:
    """Return what people notice, and the stages."""
    managed_redis = site.cache.kind is CacheKind.REDIS
    everything = Stage(title="the new value on every host", tasks=tasks_for)
    role = Stage(title="the new value in the database server", tasks=_roles)
    special: dict[str, tuple[str, tuple[Stage, ...]]] = {
        APP_PASSWORD: (
            (
                "No request fails for it: the database accepts the old and the new password until"
                " all have changed. Each app server restarts twice, one after the other behind the"
                " balancers."
            ),
            _app_password(),
        ),
        _REDIS: (
            f"Redis accepts both passwords meanwhile and does not restart. {_RESTART}",
            _redis_password(),
        )
        if managed_redis
        else (
            f"The service must accept both until all app servers have changed. {_RESTART}",
            (everything,),
        ),
        REPLICATION_PASSWORD: (
            (
                "Nobody notices: replication that runs goes on. A standby that loses its"
                " connection in the seconds between the two stages tries again until it has the"
                " new password."
            ),
            (role, everything),
        ),
        SETUP_PASSWORD: (
            "Nobody notices: only this program logs in with it.",
            (Stage(title="the new value in the database server", tasks=_setup_role),),
        ),
        BACKUP_PASSWORD: (_HANDED_ON, (role,)),
        MONITORING_PASSWORD: (_HANDED_ON, (role,)),
        "session_secret": (
            f"Every user is logged out, and may be so twice while nodes differ. {_RESTART}",
            (everything,),
        ),
        "smtp_password": (
            f"Until a node has the new value it sends with the old one. {_RESTART}",
            (everything,),
        ),
        "vrrp_password": (
            (
                "Until both balancers have it, for some seconds, both may hold the shared address;"
                " open connections to it can break once."
            ),
            (everything,),
        ),
        catalogue.BALANCER_KEY: ("The balancers reload one after the other.", (everything,)),
    }
    if name == catalogue.BALANCER_CERTIFICATE:
        name = catalogue.BALANCER_KEY
    tls = ("The database server reloads; open connections stay.", (everything,))
    return special.get(name, tls)


def _app_password() -> tuple[Stage, ...]:
    return (
        Stage(
            title="a second role, and the app servers as it",
            tasks=_acting,
            behind=_roles,
            bridge=True,
        ),
        Stage(title="the new password of the role that nobody uses now", tasks=_roles),
        Stage(title="the app servers as their own role again", tasks=tasks_for),
        Stage(title="the end of the second role", tasks=_no_acting),
    )


def _redis_password() -> tuple[Stage, ...]:
    return (
        Stage(title="both passwords, and the new one on the app servers", tasks=_both, behind=_one),
        Stage(title="the end of the old password", tasks=_one),
    )


def _of_step(situation: Situation, step: str) -> tuple[Task, ...]:
    """Return the tasks of one step as the installation has them, waiting for nothing else."""
    found = (task for task in tasks_for(situation) if task.step == step)
    return tuple(replace(task, after=frozenset()) for task in found)


def _roles(situation: Situation) -> tuple[Task, ...]:
    return _of_step(situation, "roles")


def _setup_role(situation: Situation) -> tuple[Task, ...]:
    return _of_step(situation, "postgres")


def _acting(situation: Situation) -> tuple[Task, ...]:
    site = situation.site
    first = Task(
        phase=Phase.PRIMARY,
        step="acting-role",
        host=site.primary.name,
        title="second role of the application",
        database=(ActingRole(name=ACTING_ROLE, acts_as=site.database.user, password=APP_PASSWORD),),
    )
    database = site.database.model_copy(update={"user": ACTING_ROLE})
    acting = replace(situation, site=site.model_copy(update={"database": database}))
    return (first, *_app_servers(acting, first))


def _no_acting(situation: Situation) -> tuple[Task, ...]:
    database = situation.site.database
    return (
        Task(
            phase=Phase.PRIMARY,
            step="acting-role",
            host=situation.site.primary.name,
            title="end of the second role",
            database=(
                NoActingRole(name=ACTING_ROLE, acts_as=database.user, database=database.name),
            ),
        ),
    )


def _app_servers(situation: Situation, first: Task) -> tuple[Task, ...]:
    """Return the tasks that give the app servers their files and restart them one by one."""
    found: list[Task] = []
    previous = first.id
    for task in application.tasks(situation):
        if task.step == "application":
            found.append(replace(task, after=frozenset({first.id})))
        elif task.step == "service":
            waits = {previous, task_id("application", task.host)}
            found.append(replace(task, after=frozenset(waits)))
            previous = task.id
    return tuple(found)


def _both(situation: Situation) -> tuple[Task, ...]:
    first = _redis_task(situation, "both passwords in Redis", only=False)
    return (first, *_app_servers(situation, first))


def _one(situation: Situation) -> tuple[Task, ...]:
    return (_redis_task(situation, "the new password in Redis alone", only=True),)


def _redis_task(situation: Situation, title: str, *, only: bool) -> Task:
    (usual,) = _of_step(situation, "redis")
    redis = platform_of(situation.facts[usual.host].os).redis
    passwords = RedisPasswords(
        config=redis.config, port=situation.site.cache.port, secret=_REDIS, only=only
    )
    # Without its unit: the running server is told, so it need not restart to read the file.
    files = tuple(
        replace(item, unit="")
        for item in usual.resources
        if isinstance(item, File) and item.path == redis.config
    )
    # The file first: what a server that restarts by itself reads is good already.
    resources: tuple[Resource, ...] = (*files, passwords) if only else (passwords,)
    return replace(usual, title=title, step="redis-passwords", resources=resources)
