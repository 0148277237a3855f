"""Names of the roles, slots and tables that the installer makes in PostgreSQL."""

from __future__ import annotations

import re

SETUP_ROLE = "minusnow_setup"  # superuser of this installer, from the host itself only
REPLICATION_ROLE = "replicator"
BACKUP_ROLE = "minusnow_backup"
MONITORING_ROLE = "minusnow_monitoring"
ACTING_ROLE = "minusnow_rotation"  # the application, while the password of its own role changes
OWN_ROLES = (SETUP_ROLE, REPLICATION_ROLE, BACKUP_ROLE, MONITORING_ROLE, ACTING_ROLE)

SETUP_PASSWORD = "setup_password"  # noqa: S105 - the name of a secret, as the following ones
REPLICATION_PASSWORD = "replication_password"  # noqa: S105
BACKUP_PASSWORD = "backup_password"  # noqa: S105
MONITORING_PASSWORD = "monitoring_password"  # noqa: S105
APP_PASSWORD = "app_password"  # noqa: S105

OWN_SCHEMA = "minusnow_setup"  # in the database postgres: the canary lives there
SLOT_PREFIX = "minusnow_"


def slot_name(host: str) -> str:
    """Return the replication slot of a standby; slots know lower-case letters, digits and _."""
    return SLOT_PREFIX + re.sub(r"[^a-z0-9]", "_", host.lower())[:54]
