"""The architecture drawn in the terminal, from the draft as it is, finished or not; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from screens.draft import Draft

_BOX = 30  # columns of a drawn tier


def hosts_of(draft: Draft) -> list[dict[str, object]]:
    """The hosts as they stand in the file."""
    found = draft.value("topology.hosts")
    return [host for host in found if isinstance(host, dict)] if isinstance(found, list) else []


def with_role(draft: Draft, role: str) -> list[str]:
    """The names of the hosts with a role; a host without a name is a question mark."""
    return [
        str(host.get("name") or "?")
        for host in hosts_of(draft)
        if isinstance(roles := host.get("roles"), list) and role in roles
    ]


def diagram(draft: Draft) -> str:
    """Who talks to whom, in at most six lines."""
    web = draft.value("application.port") or 5000
    shared = draft.value("networking.virtual_ip")
    at = f" at {str(shared).partition('/')[0]}" if shared else ""
    apps = with_role(draft, "app")
    front = f"users ─443▶ {_balancers(draft)}{at}"
    tree = [front, f"  └─{web}▶ {_sharing(draft, apps)}"]
    below = list(_below(draft))
    for number, line in enumerate(below):
        tree.append(f"       {'└' if number == len(below) - 1 else '├'}─{line}")
    return "\n".join(tree)


def _balancers(draft: Draft) -> str:
    if draft.value("load_balancer.kind") == "external":
        return "your balancer"
    return "  ".join(with_role(draft, "load_balancer")) or "✗ no balancer"


def _sharing(draft: Draft, apps: list[str]) -> str:
    if not apps:
        return "✗ no app server"
    if draft.value("topology.mode") == "active-passive" and len(apps) > 1:
        return f"{apps[0]}  (waiting: {'  '.join(apps[1:])})"
    return "  ".join(apps)


def _below(draft: Draft) -> Iterator[str]:
    yield f"{draft.value('database.port') or 5432}▶ {_databases(draft)}"
    if draft.value("storage.kind") == "external":
        yield f"2049▶ your file share{_named(draft, 'storage.external.server')}"
    else:
        yield f"2049▶ {'  '.join(with_role(draft, 'storage')) or '✗ no file server'}"
    kind, port = draft.value("cache.kind"), draft.value("cache.port") or 6379
    if kind == "external":
        yield f"{port}▶ your Redis{_named(draft, 'cache.external.host')}"
    elif kind == "none":
        yield "no cache: each app server keeps its own sessions"
    else:
        yield f"{port}▶ {'  '.join(with_role(draft, 'cache')) or '! no cache host'}"


def _named(draft: Draft, path: str) -> str:
    value = draft.value(path)
    return f" {value}" if value else ""


def _databases(draft: Draft) -> str:
    names, primary = with_role(draft, "database"), str(draft.value("database.primary") or "")
    if not names:
        return "✗ no database server"
    standbys = [name for name in names if name != primary]
    arrow = "⇉" if draft.value("database.replication") == "sync" else "→"
    first = primary if primary in names else "✗ no primary"
    return f"{first} {arrow} {'  '.join(standbys)}" if standbys else first
