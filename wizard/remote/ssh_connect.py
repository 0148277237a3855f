"""Opens a Fabric connection to an endpoint, through its jump host if it has one."""

from __future__ import annotations

import logging
import math
import socket
from typing import TYPE_CHECKING, Any

import paramiko
from fabric import Config, Connection
from paramiko.config import SSHConfig

from wizard.errors import ConnectionFailed
from wizard.remote.ssh_closing import close_quietly
from wizard.remote.ssh_hostkeys import (
    CheckedByPerson,
    changed,
    check_not_revoked,
    known_keys,
    preferred_types,
)
from wizard.remote.ssh_keys import keys_tried, login_arguments
from wizard.remote.ssh_watchdog import HearingPacketizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.remote.endpoint import Endpoint, HostKeyQuestion
    from wizard.remote.ssh_hostkeys import KnownKey
    from wizard.vault.secret import Secret

# paramiko prints tracebacks of its threads to standard error where nobody has set up logging.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


def open_connection(
    endpoint: Endpoint,
    *,
    passphrase: Secret | None,
    confirm_host_key: Callable[[HostKeyQuestion], bool] | None,
    timeout: float,
) -> Connection:
    """Return an open connection whose host key was checked; ConnectionFailed otherwise."""
    gateway = None
    if endpoint.jump is not None:
        gateway = open_connection(
            endpoint.jump,
            passphrase=passphrase,
            confirm_host_key=confirm_host_key,
            timeout=timeout,
        )
    try:
        return _open(endpoint, gateway, passphrase, confirm_host_key, timeout)
    except BaseException:
        if gateway is not None:
            close_quietly(gateway)
        raise


def _open(
    endpoint: Endpoint,
    gateway: Connection | None,
    passphrase: Secret | None,
    confirm_host_key: Callable[[HostKeyQuestion], bool] | None,
    timeout: float,
) -> Connection:
    known = known_keys(endpoint)
    connection = Connection(
        endpoint.address,
        user=endpoint.user,
        port=endpoint.port,
        gateway=gateway or False,
        connect_timeout=math.ceil(timeout),
        inline_ssh_env=False,
        # Explicit and lazy: neither ~/.ssh/config nor an invoke.yaml may turn the way elsewhere.
        config=Config(lazy=True, ssh_config=SSHConfig()),
        connect_kwargs={
            **login_arguments(endpoint, passphrase),
            "banner_timeout": timeout,
            "auth_timeout": 3 * timeout,  # PAM and a slow name server take their time
            "channel_timeout": timeout,
            "transport_factory": _TransportFactory(known),
        },
    )
    # Fabric accepts every host key unless its policy is replaced before it opens.
    connection.client.set_missing_host_key_policy(CheckedByPerson(endpoint, confirm_host_key))
    for entry in known:
        if not entry.revoked:
            name = entry.key.get_name()
            connection.client.get_host_keys().add(endpoint.known_name, name, entry.key)
    try:
        connection.open()
        check_not_revoked(endpoint, known, connection.transport.get_remote_server_key())
    except Exception as error:
        close_quietly(connection.client)
        if isinstance(error, ConnectionFailed):
            raise
        raise explain(error, endpoint, known, timeout) from error
    connection.transport.channel_timeout = 60
    return connection


class _TransportFactory:
    """Makes paramiko's transport: without Nagle's delay, with known key types asked for first."""

    def __init__(self, known: list[KnownKey]) -> None:
        self._known = known

    def __call__(self, sock: Any, disabled_algorithms: Any = None) -> paramiko.Transport:  # noqa: ANN401
        if isinstance(sock, socket.socket):  # a jump host gives a channel instead
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = paramiko.Transport(
            sock, disabled_algorithms=disabled_algorithms, packetizer_class=HearingPacketizer
        )
        options = transport.get_security_options()
        options.key_types = preferred_types(self._known, tuple(options.key_types))
        return transport


def explain(
    error: Exception, endpoint: Endpoint, known: list[KnownKey], timeout: float
) -> ConnectionFailed:
    """Return what went wrong, and what a person can do about it."""
    if isinstance(error, paramiko.BadHostKeyException):
        return changed(endpoint, known, error.key)
    where = f"{endpoint.address}:{endpoint.port}"
    if endpoint.jump is not None:
        where += f" (through {endpoint.jump.place})"
    if isinstance(error, paramiko.SSHException):
        seen, remedy = _explain_ssh(error, endpoint, where, timeout)
    else:
        seen, remedy = _explain_network(error, endpoint, where, timeout)
    return ConnectionFailed(seen, remedy=remedy, host=endpoint.name)


def _explain_ssh(
    error: paramiko.SSHException, endpoint: Endpoint, where: str, timeout: float
) -> tuple[str, str]:
    match error:
        case paramiko.ssh_exception.IncompatiblePeer():
            return (
                f"the SSH server at {where} is too old: {error}",
                (
                    "Servers that know only RSA with SHA-1 (before OpenSSH 7.2) or old key"
                    " exchanges cannot be used: update openssh-server on the host."
                ),
            )
        case paramiko.AuthenticationException():
            return (
                f"{where} refused the login as {endpoint.user} with {keys_tried(endpoint)}",
                (
                    f"Put the public key into ~{endpoint.user}/.ssh/authorized_keys on the host"
                    " (`ssh-copy-id`) and check ssh.user in the site file; a host that is still"
                    " booting refuses everybody but root."
                ),
            )
        case paramiko.ChannelException():
            return (
                f"the jump host cannot reach {where}: {error.text}",
                "Check the address, the port and the jump host's AllowTcpForwarding.",
            )
        case _ if "No authentication methods" in str(error):
            return (
                f"there is no key to log in to {endpoint.place} with",
                "`ssh-add` a key to the agent, or set ssh.key_file in the site file.",
            )
        case _ if "banner" in str(error) or "No existing session" in str(error):
            return (
                f"what listens on {where} did not speak SSH within {timeout:g} s",
                "Check the port; an overloaded sshd (MaxStartups) also looks like this.",
            )
    return f"no SSH session with {where}: {error}", "Try `ssh` by hand to see more."


def _explain_network(
    error: Exception, endpoint: Endpoint, where: str, timeout: float
) -> tuple[str, str]:
    match error:
        case socket.gaierror():
            return (
                f"the name {endpoint.address} cannot be resolved",
                "Write the address in the site file, or add the name to DNS.",
            )
        case TimeoutError():
            return (
                f"{where} did not answer within {timeout:g} s",
                "Check that the host is up and that no firewall drops the port.",
            )
        case paramiko.ssh_exception.NoValidConnectionsError() | ConnectionRefusedError():
            return (
                f"nothing listens on {where}, or there is no route to it",
                "Check address and port, and that sshd runs on the host.",
            )
        case EOFError() | ConnectionError():
            return (
                f"{where} closed the connection at once",
                "Check sshd's log there: MaxStartups, a deny list, or a broken sshd_config.",
            )
    return f"{where}: {error}", "Check the network between here and the host."
