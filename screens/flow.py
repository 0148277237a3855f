"""The way through the wizard: every screen, in order. Only what is listed here exists."""

from __future__ import annotations

from screens.access import AccessStep
from screens.application import ApplicationStep
from screens.cache import CacheStep
from screens.database import DatabaseStep
from screens.done import DoneStep
from screens.install import InstallStep
from screens.licensing import LicensingStep
from screens.load_balancer import LoadBalancerStep
from screens.networking import NetworkingStep
from screens.place import Place
from screens.preflight import PreflightStep
from screens.review import ReviewStep
from screens.storage import StorageStep
from screens.topology import TopologyStep
from screens.welcome import WelcomeStep

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
    Place(id="welcome", title="Welcome", step=WelcomeStep),
    Place(
        id="topology",
        title="Topology",
        step=TopologyStep,
        answers=("", "schema", "site", "purpose", "topology", "acknowledged"),
        follows=("load_balancer.kind", "storage.kind", "cache.kind", "database.replication"),
    ),
    Place(id="access", title="Access", step=AccessStep, answers=("ssh",), follows=(_HOSTS,)),
    Place(
        id="networking",
        title="Network",
        step=NetworkingStep,
        answers=("networking",),
        follows=(_HOSTS, "load_balancer.kind"),
    ),
    Place(
        id="database",
        title="Database",
        step=DatabaseStep,
        answers=("database",),
        follows=(_HOSTS,),
    ),
    Place(
        id="balancer",
        title="Balancer",
        step=LoadBalancerStep,
        answers=("load_balancer",),
        follows=(_HOSTS, "networking.domain", "application.port", "topology.mode"),
    ),
    Place(id="storage", title="Storage", step=StorageStep, answers=("storage",), follows=(_HOSTS,)),
    Place(id="cache", title="Cache", step=CacheStep, answers=("cache",), follows=(_HOSTS,)),
    Place(id="application", title="Application", step=ApplicationStep, answers=("application",)),
    Place(id="licensing", title="Licences", step=LicensingStep, answers=("licensing",)),
    Place(id="review", title="Review", step=ReviewStep, follows=_ANSWERS),
    Place(id="preflight", title="Preflight", step=PreflightStep, follows=_ANSWERS),
    Place(id="install", title="Install", step=InstallStep),
    Place(id="done", title="Done", step=DoneStep),
)
