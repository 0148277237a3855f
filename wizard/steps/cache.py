"""Cache: Redis with a password, on the private address only, that never evicts live sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.errors import RefusedOnHost
from wizard.facts.begun import REDIS_DATA, found_files
from wizard.facts.platform import platform_of
from wizard.render.template import render
from wizard.resources.condition import Condition
from wizard.resources.file import File
from wizard.resources.redis_passwords import login
from wizard.resources.shell import lines, words
from wizard.resources.unit import Unit, stamp
from wizard.steps.selinux import selinux_port
from wizard.steps.task import Phase, Task, task_id
from wizard.vault.text import Text

if TYPE_CHECKING:
    from wizard.facts.host import HostFacts
    from wizard.facts.platform import Software
    from wizard.steps.task import Situation

# The private address must be up before it can be bound to, and a late one is waited for.
AFTER_NETWORK = """\
# Managed by minusnow-setup: a later run puts this file back.
[Unit]
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Restart=always
RestartSec=2
"""


def tasks(situation: Situation) -> tuple[Task, ...]:
    """Return the one task of the cache host, none if the site has no cache of its own.

    Raises: RefusedOnHost if there is data that this installer did not make.
    """
    site = situation.site
    host = site.cache_host
    if host is None:
        return ()
    facts = situation.facts[host.name]
    _refuse_data(facts)
    platform = platform_of(facts.os)
    redis = platform.redis
    file = File(
        path=redis.config,
        content=render(
            "redis/redis.conf.j2",
            # By number: Redis starts before any name service may answer.
            addresses=["127.0.0.1", facts.own_address(host.address)],
            port=site.cache.port,
            pidfile="/run/redis/redis-server.pid",
            data=REDIS_DATA,
            max_memory=site.cache.max_memory.bytes,
            policy=site.cache.policy,
        ),
        owner=redis.user,
        group=redis.group,
        mode=0o640,
        unit=redis.unit,
        foreign=redis.config in facts.foreign_files,
    )
    order = File(
        path=f"/etc/systemd/system/{redis.unit}.service.d/minusnow.conf",
        content=Text(AFTER_NETWORK),
        unit=redis.unit,
    )
    port = selinux_port(facts, platform, "redis_port_t", site.cache.port)
    unit = Unit(
        name=redis.unit,
        stamp=stamp([file, order]),
        # Without the password an answer of any kind shows that it listens.
        probe=f"redis-cli -p {site.cache.port} ping 2>&1 | grep -qE 'NOAUTH|PONG'",
    )
    return (
        Task(
            phase=Phase.CACHE,
            step="redis",
            host=host.name,
            title="Redis for the users' sessions",
            resources=(*port, order, file, unit, _own_password(redis, site.cache.port)),
            after=frozenset({task_id("packages", host.name)}),
        ),
    )


def _refuse_data(facts: HostFacts) -> None:
    """Raise RefusedOnHost where Redis would start with an empty log and write over what it finds.

    With `appendonly yes` it reads no dump.rdb; the next save replaces it.
    """
    if facts.redis_data:
        raise RefusedOnHost(
            f"Redis data of somebody else: {found_files(facts.redis_data)}",
            remedy=f"Move it out of {REDIS_DATA} if nobody needs it there, or use another host.",
            host=facts.name,
        )


def _own_password(redis: Software, port: int) -> Condition:
    """Return that the server takes the password of its own configuration.

    A person may have told the running server another one (CONFIG SET). Only a start takes that
    back: the one it has now is known to nobody here. Sessions are on its disk.
    """
    client = words("redis-cli", "-p", port)
    refused = (
        f"{login(redis.config)}refused() {{"
        f" [[ $({{ login; echo PING; }} | {client} 2>&1)"
        " =~ WRONGPASS|NOAUTH|invalid.password ]]; }\n"
    )
    unit = words(redis.unit)
    return Condition(
        name="redis takes its own password",
        seen=f"{refused}if [ -r {words(redis.config)} ] && refused; then echo another; fi",
        wanted="",
        summary=f"restart {redis.unit}: the running server has another password than its"
        " configuration",
        script=lines(
            [
                refused.rstrip(),
                f"if refused; then systemctl restart {unit}; fi",
                "end=$((SECONDS + 30))",
                f"until [[ $({client} ping 2>&1) == *NOAUTH* ]]; do",
                "[ $SECONDS -lt $end ]; sleep 0.3; done",
                "if refused; then exit 1; fi",
            ]
        ),
    )
