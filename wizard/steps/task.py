"""A task is one step on one host; the installation is a graph of tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.database.object import DatabaseObject
    from wizard.facts.host import HostFacts
    from wizard.resources.resource import Resource
    from wizard.site.model import Site
    from wizard.steps.inputs import Inputs


class Phase(StrEnum):
    """The parts of an installation that people follow, in order."""

    PREFLIGHT = "Preflight"
    BASE = "Base"
    PRIMARY = "Database primary"
    STANDBY = "Standby"
    STORAGE = "Storage"
    CACHE = "Cache"
    APPLICATION = "Application"
    BALANCER = "Balancers"
    FIREWALL = "Firewall"
    PROOF = "Proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that the steps may know: the site, the hosts' facts and the local files it names."""

    site: Site
    facts: Mapping[str, HostFacts]
    inputs: Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one step makes true on one host, and what must have been done before."""

    phase: Phase
    step: str  # short, unique on the host: "packages", "base-backup"
    host: str
    title: str  # for people: "PostgreSQL base backup"
    resources: tuple[Resource, ...] = ()
    # PostgreSQL objects, looked at and changed through psycopg on a connection forwarded to `host`.
    database: tuple[DatabaseObject, ...] = ()
    after: frozenset[str] = field(default_factory=frozenset)  # ids of tasks that come first

    # Whether it has to be done over a connection opened for it: a proof that one can be opened.
    new_session: bool = False
    # What follows if a person leaves the step out, as a sentence; "" where that must not be.
    if_left_out: str = ""
    # Whether hosts stand in for each other in this step: one of them at least has to do it.
    one_remains: bool = False

    @property
    def id(self) -> str:
        """The task's name in plans, journals and `after`: `base-backup@db2`."""
        return f"{self.step}@{self.host}"


def task_id(step: str, host: str) -> str:
    """Return the id of a step on a host, for `after`."""
    return f"{step}@{host}"
