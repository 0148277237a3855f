"""The MinusNow release and how it runs on the app servers."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from wizard.site.values import (
    AccountId,
    Exact,
    LocalPath,
    Section,
    Sha256,
    UnprivilegedPort,
    wanted,
)

SERVICE_USER = "minusnow"
"""The account that runs the application; its group has the same name."""
HEALTH_PATH = "/health"
HEALTH_EVERY = 2  # seconds between two questions of HAProxy
STATUS_PATH = "/api/telemetry/health"

# What the installer writes itself; a second value would be ambiguous.
OWN_VARIABLES = frozenset(
    {
        "APP_BASE_URL",
        "DATABASE_URL",
        "NODE_ENV",
        "NODE_EXTRA_CA_CERTS",
        "PORT",
        "REDIS_URL",
        "SESSION_STORE",
        "SMTP_HOST",
        "SMTP_PORT",
        "SMTP_USER",
        "SUPPORT_EMAIL",
    }
)


class NodeSourceKind(StrEnum):
    """Where Node.js comes from."""

    PACKAGES = "packages"
    TARBALL = "tarball"


class NodeSource(Section):
    """Where Node.js comes from."""

    kind: NodeSourceKind = Field(
        default=NodeSourceKind.PACKAGES,
        description="packages: the hosts' package sources; tarball: a file on this machine.",
    )
    path: LocalPath | None = Field(default=None, description="The tarball, a path on this machine.")
    sha256: Sha256 | None = Field(default=None, description="SHA-256 checksum of the tarball.")


def _variables(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,62}", name, re.ASCII):
            raise wanted(f"names of capital letters, digits and '_'; not {name!r}")
        if name in OWN_VARIABLES:
            raise wanted(f"variables that the installer does not set itself; not {name!r}")
        if not re.fullmatch(r"[A-Za-z0-9_.,:/@+=?&~-][A-Za-z0-9 _.,:/@+=?&~-]{0,1023}", text):
            raise wanted(f"a value of letters, digits and _ . , : / @ + = ? & ~ - for {name!r}")
    return value


Variables = Annotated[
    dict[str, str],
    AfterValidator(_variables),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]


class Application(Section):
    """The release and its runtime."""

    release: LocalPath = Field(
        description="Release archive from the vendor (.tar.gz); relative to this file."
    )
    release_sha256: Sha256 | None = Field(
        default=None, description="SHA-256 checksum of the release, checked before it is used."
    )
    node: Annotated[Literal[20, 22, 24], Exact] = Field(
        default=22, description="Major version of Node.js."
    )
    node_source: NodeSource = Field(default=NodeSource(), description="Where Node.js comes from.")
    port: UnprivilegedPort = Field(
        default=5000, description="Port of the application on each app server."
    )
    uid: AccountId = Field(
        default=990,
        description="User number of the service account, the same on every host because of the "
        "shared directories.",
    )
    gid: AccountId = Field(default=990, description="Group number of the service account.")
    environment: Variables = Field(
        default={}, description="Further environment variables; never a secret."
    )
