"""A jump host that dies takes the connection along, and nothing else."""

from __future__ import annotations

import secrets
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import Sshd, wait_until
from wizard.errors import ConnectionLost
from wizard.remote.ssh import connect
from wizard.remote.ssh_closing import close_quietly
from wizard.remote.ssh_connect import open_connection

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sshd

LIMIT = 120  # seconds for whatever must happen
STOPS = {"killed": signal.SIGKILL, "gone silent": signal.SIGSTOP}


@pytest.mark.parametrize("how", ["killed", "gone silent"])
def test_long_work_outlives_the_jump_host_and_is_begun_once(
    server: Sshd, own_server: Sshd, tmp_path: Path, how: str
) -> None:
    """Its loss is noticed; over another way the same work is attached to, to its end."""
    begun, go = tmp_path / "begun", tmp_path / "go"
    script = f"echo begun >>{begun}\necho up\nuntil [[ -e {go} ]]; do sleep 0.05; done\necho end"
    job = f"jump-{secrets.token_hex(4)}"

    def work(jump: Sshd | None) -> str:
        way = jump.endpoint(name="bastion") if jump else None
        host = connect(server.endpoint(jump=way))
        try:
            return host.run(script, waiting_for="the base backup", timeout=LIMIT, job=job).out
        finally:
            host.close()

    try:
        with ThreadPoolExecutor() as pool:
            lost = pool.submit(work, own_server)
            wait_until(begun.exists, seconds=LIMIT)
            own_server.signal_sessions(STOPS[how])
            with pytest.raises(ConnectionLost, match="the base backup") as told:
                lost.result(LIMIT)
            assert f"its jump host {own_server.endpoint().place}" in told.value.remedy
            again = pool.submit(work, None)
            go.touch()
            assert again.result(LIMIT) == "up\nend\n"
    finally:
        go.touch()
    assert begun.read_text() == "begun\n"


@pytest.mark.parametrize("quietly", [True, False])
def test_who_is_closed_through_a_lost_jump_host_does_not_complain(
    server: Sshd, own_server: Sshd, *, quietly: bool
) -> None:
    """Paramiko does, where the way breaks before it knows: that would hide how the work ended."""
    inner = open_connection(
        server.endpoint(jump=own_server.endpoint(name="bastion")),
        passphrase=None,
        confirm_host_key=None,
        timeout=20,
    )
    inner.gateway.transport.packetizer.close()
    if quietly:
        close_quietly(inner.transport)
    else:
        with pytest.raises(EOFError):
            inner.transport.close()
    wait_until(lambda: not inner.transport.is_alive())
    inner.gateway.close()
