"""Cache: where the users' sessions live, so that losing an app server logs nobody out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.diagram import with_role
from screens.form_step import FormStep
from screens.widgets.field import YES_NO, Field, words

if TYPE_CHECKING:
    from screens.draft import Draft


def _redis(draft: Draft) -> bool:
    return draft.value("cache.kind") not in {"none", "external"}


def _external(draft: Draft) -> bool:
    return draft.value("cache.kind") == "external"


class CacheStep(FormStep):
    """Redis here, a Redis that exists, or none."""

    HELP = (
        "Redis holds the users' sessions. Without it each app server keeps its own, and a user"
        " whose app server fails has to log in again.\n\n"
        "When the memory is used up, volatile-ttl drops the sessions that would end soonest;"
        " noeviction refuses new logins."
    )
    ASIDE_TITLE = "What follows"
    FIELDS: ClassVar[tuple[Field | str, ...]] = (
        Field(
            path="cache.kind",
            label="Sessions",
            kind="choice",
            options=(
                ("Redis here", "redis"),
                ("a Redis of yours", "external"),
                ("none", "none"),
            ),
            default="redis",
        ),
        Field(path="cache.max_memory", label="Memory", default="256mb", when=_redis),
        Field(
            path="cache.policy",
            label="When it is full",
            kind="choice",
            options=words("volatile-ttl", "noeviction"),
            default="volatile-ttl",
            when=_redis,
        ),
        Field(path="cache.port", label="Port", kind="number", default=6379, when=_redis),
        Field(
            path="cache.external.host",
            label="Server",
            example="redis.example.com",
            required=True,
            when=_external,
        ),
        Field(
            path="cache.external.port",
            label="Port",
            kind="number",
            default=6379,
            when=_external,
        ),
        Field(
            path="cache.external.tls",
            label="Over TLS",
            kind="choice",
            options=YES_NO,
            default=False,
            when=_external,
        ),
    )

    def aside(self) -> str:
        """What it means for the users."""
        kind = self.draft.value("cache.kind") or "redis"
        if kind == "none":
            return (
                "! Each app server keeps its own sessions: when one is lost, its users\n"
                "  have to log in again. This has to be acknowledged before installing."
            )
        if kind == "external":
            server = self.draft.value("cache.external.host") or "?"
            return (
                f"Sessions live on {server}. Its password is kept in the keyring\n"
                "as redis_password and asked for before installing."
            )
        host = next(iter(with_role(self.draft, "cache")), "")
        if not host:
            return "! No host has the role cache: add one under Topology, or choose another way."
        return (
            f"Redis on {host}, reached by the app servers only, with a password of its own.\n"
            "Users stay logged in when an app server is lost."
        )
