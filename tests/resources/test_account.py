"""The service account: the same numbers everywhere, and nobody else's."""

from __future__ import annotations

import pytest

from wizard.errors import RefusedOnHost
from wizard.resources.account import Account
from wizard.vault.secret import Secrets

ACCOUNT = Account(name="minusnow", uid=990, gid=990, home="/opt/minusnow")
USER = "minusnow:x:990:990::/opt/minusnow:/usr/sbin/nologin\n"
GROUP = "group:minusnow:x:990:\n"


@pytest.mark.parametrize(
    ("seen", "commands"),
    [
        (USER + GROUP, []),
        ("", ["groupadd", "useradd"]),
        (GROUP, ["useradd"]),
    ],
)
def test_what_is_missing_is_created(seen: str, commands: list[str]) -> None:
    """The group before the user; nothing when both are there."""
    change = ACCOUNT.change(seen, Secrets())

    lines = change.script.masked().splitlines() if change else []
    assert [line.split()[0] for line in lines] == commands


@pytest.mark.parametrize(
    "seen",
    [
        "backup:x:990:34::/:/bin/sh\n",
        "minusnow:x:1001:990::/:/bin/sh\n" + GROUP,
        "group:backup:x:990:\n",
        "group:minusnow:x:1001:\n",
        USER + "group:minusnow:x:1001:\n",
        "minusnow:x:990:100::/:/bin/sh\n" + GROUP,
    ],
)
def test_a_name_or_number_of_somebody_else_is_refused(seen: str) -> None:
    """Files on the share belong to numbers: one that is taken would be somebody else's."""
    with pytest.raises(RefusedOnHost, match="wanted is minusnow with 990"):
        ACCOUNT.change(seen, Secrets())
