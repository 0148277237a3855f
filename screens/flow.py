"""The way through the wizard: every screen, in order. Only what is listed here exists."""

from __future__ import annotations

from screens.place import Place

_HOSTS = "topology.hosts"
# Whatever is answered is reviewed, checked and planned anew.
_ANSWERS = (
    "site",
    "purpose",
    "topology",
    "ssh",
    "networking",
    "database",
    "load_balancer",
    "storage",
    "cache",
    "application",
    "licensing",
)

FLOW = (
    Place(id="welcome", title="Welcome", screen="welcome:WelcomeStep"),
    Place(
        id="topology",
        title="Topology",
        screen="topology:TopologyStep",
        answers=("", "schema", "site", "purpose", "topology", "acknowledged"),
        follows=(
            "load_balancer.kind",
            "storage.kind",
            "cache.kind",
            "database.primary",
            "database.replication",
        ),
    ),
    Place(
        id="access", title="Access", screen="access:AccessStep", answers=("ssh",), follows=(_HOSTS,)
    ),
    Place(
        id="networking",
        title="Network",
        screen="networking:NetworkingStep",
        answers=("networking",),
        follows=(  # the flows that the firewalls will allow
            _HOSTS,
            "ssh.port",
            "load_balancer.kind",
            "database.port",
            "storage.kind",
            "storage.external.server",
            "cache.kind",
            "cache.port",
            "cache.external",
            "application.port",
        ),
    ),
    Place(
        id="database",
        title="Database",
        screen="database:DatabaseStep",
        answers=("database",),
        follows=(_HOSTS,),
    ),
    Place(
        id="balancer",
        title="Balancer",
        screen="load_balancer:LoadBalancerStep",
        answers=("load_balancer",),
        follows=(  # the configuration that is shown
            _HOSTS,
            "topology.mode",
            "networking.domain",
            "cache.kind",
            "application.port",
        ),
    ),
    Place(
        id="storage",
        title="Storage",
        screen="storage:StorageStep",
        answers=("storage",),
        follows=(_HOSTS,),
    ),
    Place(
        id="cache", title="Cache", screen="cache:CacheStep", answers=("cache",), follows=(_HOSTS,)
    ),
    Place(
        id="application",
        title="Application",
        screen="application:ApplicationStep",
        answers=("application",),
    ),
    Place(
        id="licensing",
        title="Licences",
        screen="licensing:LicensingStep",
        answers=("licensing",),
        follows=("database.version", "load_balancer.kind", "cache.kind"),  # products by name
    ),
    Place(id="review", title="Review", screen="review:ReviewStep", follows=_ANSWERS),
    Place(id="preflight", title="Preflight", screen="preflight:PreflightStep", follows=_ANSWERS),
    Place(id="install", title="Install", screen="install:InstallStep"),
    Place(id="done", title="Done", screen="done:DoneStep"),
)
