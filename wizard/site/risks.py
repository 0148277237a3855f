"""What a single server risks, and the fewest servers with which no layout rule is broken."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.site.topology import Role


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk of a single-server deployment, as the vendor guide puts it."""

    risk: str
    impact: str
    consequence: str


RISKS = (
    Risk(
        "Hardware failure",
        "Complete system outage",
        "All ITSM operations halt, tickets unreachable",
    ),
    Risk(
        "Disk failure",
        "Data loss",
        "Incidents, changes, assets, CMDB data permanently lost",
    ),
    Risk(
        "Memory exhaustion",
        "Application crash",
        "Database corruption possible during crash",
    ),
    Risk(
        "No failover",
        "Extended downtime",
        "SLA breaches, customer dissatisfaction",
    ),
    Risk(
        "Maintenance windows",
        "Service unavailable",
        "Cannot patch or upgrade without downtime",
    ),
    Risk(
        "Performance bottleneck",
        "Slow response",
        "App and database compete for resources",
    ),
)
"""The six risks of the vendor guide's first chapter, in its order."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server of the smallest layout, and what it is there for."""

    name: str
    roles: tuple[Role, ...]
    purpose: str


SMALLEST_LAYOUT = (
    Server("app1", (Role.APP, Role.LOAD_BALANCER), "app server and balancer"),
    Server("app2", (Role.APP, Role.LOAD_BALANCER), "app server and balancer"),
    Server("db1", (Role.DATABASE,), "database, primary"),
    Server("db2", (Role.DATABASE,), "database, standby"),
    Server("st1", (Role.STORAGE, Role.CACHE), "shared files and sessions"),
)
"""The fewest servers with which no rule is broken."""
