"""The transport over SSH: Fabric runs the commands, nothing else of the engine knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.remote.ssh_connect import open_connection
from wizard.remote.ssh_forward import Forwarder
from wizard.remote.ssh_job import run_job
from wizard.remote.ssh_program import RUN_DIRECTORY
from wizard.remote.ssh_session import Session
from wizard.remote.ssh_upload import upload

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from wizard.remote.cancellation import Cancellation
    from wizard.remote.endpoint import Endpoint, HostKeyQuestion
    from wizard.remote.transport import Result, Stream, Transport
    from wizard.vault.secret import Secret

# Proves that root can be reached, and removes what sessions left that were cut off long ago.
_GREETING = f"""
(( EUID == 0 ))
find {RUN_DIRECTORY} -mindepth 1 -maxdepth 1 -name 'session-*' -mmin +1440 -exec rm -rf -- {{}} +
"""


def connect(
    endpoint: Endpoint,
    *,
    passphrase: Secret | None = None,
    sudo_password: Secret | None = None,
    confirm_host_key: Callable[[HostKeyQuestion], bool] | None = None,
    timeout: float = 10,
    cancellation: Cancellation | None = None,
) -> Transport:
    """Open a session, check the host key and that root can be reached; one transport per host.

    `timeout` (seconds) is for reaching the host. `confirm_host_key` asks a person about an unknown
    key, which is then remembered; without it an unknown key is refused.

    Raises: ConnectionFailed, Cancelled.
    """
    if cancellation is not None:
        cancellation.raise_if_cancelled()
    connection = open_connection(
        endpoint,
        passphrase=passphrase,
        confirm_host_key=confirm_host_key,
        timeout=timeout,
    )
    session = Session(connection, endpoint, sudo_password=sudo_password, cancellation=cancellation)
    try:
        session.execute(_GREETING, waiting_for="a shell as root", timeout=max(30.0, 3 * timeout))
    except BaseException:
        session.close()
        raise
    return SshTransport(session)


class SshTransport:
    """One open SSH connection to one host; see `Transport` for what each method promises.

    A script that is not a job is ended on the host when the connection is lost or closed, so that
    a later attempt does not run beside it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def host(self) -> str:
        """The host's name in the site file."""
        return self._session.host

    @property
    def trips(self) -> int:
        """How many requests were sent and waited for since the connection was opened."""
        return self._session.trips

    def run(
        self,
        script: str,
        *,
        waiting_for: str,
        timeout: float,
        silence: float | None = None,
        root: bool = True,
        on_line: Callable[[Stream, str], None] | None = None,
        job: str | None = None,
    ) -> Result:
        """Run a bash script and return how it ended; a job also outlives the connection."""
        if job is not None:
            if not root:
                raise ValueError("a job runs as root")
            return run_job(
                self._session,
                job,
                script,
                waiting_for=waiting_for,
                timeout=timeout,
                silence=silence,
                on_line=on_line,
            )
        return self._session.execute(
            script,
            waiting_for=waiting_for,
            timeout=timeout,
            silence=silence,
            root=root,
            on_line=on_line,
        )

    def upload(
        self,
        source: Path | bytes,
        destination: str,
        *,
        mode: int = 0o600,
        owner: str = "root:root",
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Place a file on the host atomically, unless it is there already."""
        upload(self._session, source, destination, mode=mode, owner=owner, on_progress=on_progress)

    def forward(self, address: str, port: int) -> AbstractContextManager[tuple[str, int]]:
        """Give a local (address, port) that leads to (address, port) as seen from the host."""
        return Forwarder(self._session, address, port)

    def abort(self) -> None:
        """End what is running on the host now; the threads that wait for it raise Cancelled."""
        self._session.abort()

    def at_close(self, script: str) -> None:
        """Have a script run on the host, as root, when the connection is ended in order."""
        self._session.at_close(script)

    def close(self) -> None:
        """Remove temporary files from the host and end the connection."""
        self._session.tidy()
        self._session.close()
