"""What each family calls the packages, unit, directories and files of PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """Names of one PostgreSQL major version and its one cluster on a platform."""

    version: int
    packages: tuple[str, ...]
    client_packages: tuple[str, ...]
    unit: str
    cluster: str  # "main"; the RHEL family has no cluster names, so "main" stands for its only one
    data: str
    config: str  # directory of postgresql.conf
    conf_d: str
    conf_d_included: bool  # whether the packaged postgresql.conf has include_dir 'conf.d'
    hba: str
    ident: str
    bin: str
    logs: str
    initialise: str  # shell that makes an empty cluster; "" where installing the package does


def debian_postgres(version: int) -> Postgres:
    """Return the layout of postgresql-common, https://manpages.debian.org/pg_createcluster."""
    config = f"/etc/postgresql/{version}/main"
    return Postgres(
        version=version,
        packages=(f"postgresql-{version}", f"postgresql-client-{version}"),
        client_packages=(f"postgresql-client-{version}",),
        unit=f"postgresql@{version}-main",
        cluster="main",
        data=f"/var/lib/postgresql/{version}/main",
        config=config,
        conf_d=f"{config}/conf.d",
        conf_d_included=True,
        hba=f"{config}/pg_hba.conf",
        ident=f"{config}/pg_ident.conf",
        bin=f"/usr/lib/postgresql/{version}/bin",
        logs="/var/log/postgresql",
        initialise="",
    )


def rhel_postgres(version: int) -> Postgres:
    """Return the layout of the PGDG packages, https://www.postgresql.org/download/linux/redhat/."""
    data = f"/var/lib/pgsql/{version}/data"
    return Postgres(
        version=version,
        packages=(f"postgresql{version}-server", f"postgresql{version}-contrib"),
        client_packages=(f"postgresql{version}",),
        unit=f"postgresql-{version}",
        cluster="main",
        data=data,
        config=data,
        conf_d=f"{data}/conf.d",
        conf_d_included=False,
        hba=f"{data}/pg_hba.conf",
        ident=f"{data}/pg_ident.conf",
        bin=f"/usr/pgsql-{version}/bin",
        logs=f"{data}/log",
        initialise=f"/usr/pgsql-{version}/bin/postgresql-{version}-setup initdb",
    )
