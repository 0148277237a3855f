"""What stands between the users and the app servers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from wizard.site.values import Flag, Section, Size, UnprivilegedPort, Whole


class BalancerKind(StrEnum):
    """Which program balances; external means that someone else's does."""

    HAPROXY = "haproxy"
    NGINX = "nginx"
    EXTERNAL = "external"


class LoadBalancer(Section):
    """The balancers' settings."""

    kind: BalancerKind = Field(
        default=BalancerKind.HAPROXY,
        description="haproxy or nginx on the load_balancer hosts; external: a balancer that "
        "exists and is not touched.",
    )
    rate_limit: Annotated[int, Whole(1, 100000)] = Field(
        default=100, description="Requests per second and client that are let through."
    )
    hsts_include_subdomains: Flag = Field(
        default=False,
        description="Whether browsers are told to use HTTPS for every subdomain as well; hard to "
        "take back.",
    )
    max_body_size: Size = Field(
        default=Size("30MB"), description="Largest request, which limits attachments."
    )
    stats_port: UnprivilegedPort = Field(
        default=8404, description="Port of the statistics page, on 127.0.0.1 only."
    )

    @property
    def managed(self) -> bool:
        """Whether this installer sets the balancers up."""
        return self.kind is not BalancerKind.EXTERNAL
