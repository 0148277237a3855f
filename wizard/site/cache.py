"""The cache that holds the users' sessions."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from wizard.site.values import Address, Flag, Port, Section, Size


class CacheKind(StrEnum):
    """Who provides the cache."""

    REDIS = "redis"
    NONE = "none"
    EXTERNAL = "external"


class CachePolicy(StrEnum):
    """What happens when the memory is used up.

    The policies that evict any key are left out: they log users out at random.
    """

    NOEVICTION = "noeviction"
    VOLATILE_TTL = "volatile-ttl"


class ExternalCache(Section):
    """A Redis service that exists already; its password is kept as redis_password."""

    host: Address = Field(description="Address or name of the Redis service.")
    port: Port = Field(default=6379, description="Its port.")
    tls: Flag = Field(default=False, description="Whether it is reached over TLS.")


class Cache(Section):
    """The session store."""

    kind: CacheKind = Field(
        default=CacheKind.REDIS,
        description="redis: on the cache host; external: a service that exists; none: each app "
        "server keeps its own sessions.",
    )
    max_memory: Size = Field(default=Size("256mb"), description="Memory that Redis may use.")
    port: Port = Field(default=6379, description="Port of Redis.")
    policy: CachePolicy = Field(
        default=CachePolicy.VOLATILE_TTL,
        description="When memory is used up, volatile-ttl drops the sessions that would end "
        "soonest; noeviction refuses new ones.",
    )
    external: ExternalCache | None = Field(
        default=None, description="The existing service, with kind external."
    )
