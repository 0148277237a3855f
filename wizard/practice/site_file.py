"""The site file of the practice fleet: what ``apply`` is rehearsed with."""

from wizard.practice.directory import FleetDirectory
from wizard.practice.external_storage import EXPORT
from wizard.practice.fleet import EXTERNAL_STORAGE, GATEWAY, REFERENCE, PracticeHost
from wizard.practice.identity import OPERATOR
from wizard.practice.mirror import SOURCE_LINE
from wizard.practice.node import MAJOR

VIRTUAL_ADDRESS = f"10.0.0.100/{GATEWAY.network.prefixlen}"

TEMPLATE = """\
# The practice fleet: rehearse here what you do to real servers later.
# Its hosts live on a network of their own; this machine is {gateway} there.
schema: 1
site: practice
purpose: rehearsal              # the hosts are below the minimum specs, and that is accepted
acknowledged: [single-storage, self-signed-certificate]

topology:
  mode: active-active
  hosts:
{hosts}

ssh:
  user: {operator}
  port: 22
  key_file: {key_file}
  sudo: nopasswd
  known_hosts: {known_hosts}

networking:
  domain: itsm.example.com
  virtual_ip: {virtual}
  private_network: {network}
  firewall: auto
  tls: {{mode: self-signed}}
  packages: {{mirror: "{source}"}}
  smtp: {{host: {gateway}, port: 587, user: noreply@example.com}}   # nothing answers there
  support_email: support@example.com

database:
  name: minusnow_db
  user: minusnow
  primary: db1
  version: {postgresql}
  replication: async
  max_connections: 200

load_balancer:
  kind: haproxy
  rate_limit: 100
  hsts_include_subdomains: false

storage:
{storage}

cache:
  kind: redis
  max_memory: 256mb

application:
  release: {release}
  node: {node}
  port: 5000

licensing:
  components:
    database: {{edition: postgresql}}
    load_balancer: {{edition: haproxy}}
    cache: {{edition: redis}}
  accepted_by: Practice Operator
"""


def _host_line(host: PracticeHost) -> str:
    name, address = f"{host.name},", f"{host.address},"
    return f"    - {{name: {name:<7} address: {address:<10} roles: [{host.role}]}}"


def site_text(
    directory: FleetDirectory, *, postgresql: int = 15, external_storage: bool = False
) -> str:
    """The site file's text.

    Args:
        directory: the fleet whose key, known hosts and release it names.
        postgresql: the major version in the fleet's mirror.
        external_storage: use the file server that exists already instead of the storage host.
    """
    hosts = [host for host in REFERENCE.hosts if not (external_storage and host.role == "storage")]
    storage = (
        f"  kind: external\n  external: {{server: {EXTERNAL_STORAGE.address}, path: {EXPORT}}}"
        if external_storage
        else "  kind: nfs\n  export: /exports/minusnow"
    )
    return TEMPLATE.format(
        gateway=GATEWAY.ip,
        hosts="\n".join(_host_line(host) for host in hosts),
        operator=OPERATOR,
        key_file=directory.key_file,
        known_hosts=directory.known_hosts,
        virtual=VIRTUAL_ADDRESS,
        network=GATEWAY.network,
        source=SOURCE_LINE,
        postgresql=postgresql,
        storage=storage,
        release=directory.release,
        node=MAJOR,
    )
