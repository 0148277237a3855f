"""A complete site file with comments, for tests of the screens."""

SITE = """\
# Written by hand: comments stay.
schema: 1
site: acme-itsm
purpose: production              # or rehearsal
acknowledged: [single-storage, self-signed-certificate]

topology:
  mode: active-active
  hosts:
    - {name: lb1,    address: 10.0.0.10, roles: [load_balancer]}
    - {name: lb2,    address: 10.0.0.11, roles: [load_balancer]}
    - {name: app1,   address: 10.0.1.10, roles: [app]}
    - {name: app2,   address: 10.0.1.11, roles: [app]}
    - {name: db1,    address: 10.0.2.10, roles: [database]}
    - {name: db2,    address: 10.0.2.11, roles: [database]}
    - {name: st1,    address: 10.0.3.10, roles: [storage]}
    - {name: cache1, address: 10.0.4.10, roles: [cache]}

ssh:
  user: ops
  key_file: ~/.ssh/id_ed25519

networking:
  domain: itsm.example.com       # what users type
  virtual_ip: 10.0.0.100/16
  private_network: 10.0.0.0/16
  tls: {mode: self-signed}
  packages: {mirror: "deb [arch=amd64,arm64] http://mirror.example.com/debian bookworm main"}
  smtp: {host: smtp.example.com, port: 587, user: noreply@example.com}
  support_email: support@example.com

database:
  primary: db1

application:
  release: ./minusnow-1.4.0.tar.gz

licensing:
  checklist: {database: done}
"""
