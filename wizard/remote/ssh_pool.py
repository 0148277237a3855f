"""Connects to every host of a site at once, and tells all failures together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from wizard.errors import SetupError
from wizard.remote.ssh import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wizard.remote.cancellation import Cancellation
    from wizard.remote.endpoint import Endpoint, HostKeyQuestion
    from wizard.remote.transport import Transport
    from wizard.vault.secret import Secret

AT_ONCE = 8  # sshd starts to drop logins beyond ten (MaxStartups), and a jump host sees them all


def connect_all(
    endpoints: Iterable[Endpoint],
    *,
    passphrase: Secret | None = None,
    sudo_password: Secret | None = None,
    confirm_host_key: Callable[[HostKeyQuestion], bool] | None = None,
    timeout: float = 10,
    cancellation: Cancellation | None = None,
) -> dict[str, Transport | SetupError]:
    """Return, by the endpoint's name, an open transport or why there is none.

    Questions about host keys are asked one after another, from worker threads. The caller closes
    the transports.
    """
    asking = threading.Lock()
    answers: dict[tuple[str, int, str], bool] = {}  # a jump host is asked about once for all

    def confirm_one(question: HostKeyQuestion) -> bool:
        key = (question.address, question.port, question.fingerprint)
        with asking:
            if key not in answers and confirm_host_key is not None:
                answers[key] = confirm_host_key(question)
            return answers.get(key, False)

    def attempt(endpoint: Endpoint) -> Transport | SetupError:
        try:
            return connect(
                endpoint,
                passphrase=passphrase,
                sudo_password=sudo_password,
                confirm_host_key=confirm_one if confirm_host_key else None,
                timeout=timeout,
                cancellation=cancellation,
            )
        except SetupError as error:
            return error

    wanted = list(endpoints)
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="connect") as pool:
        return dict(zip((one.name for one in wanted), pool.map(attempt, wanted), strict=True))
