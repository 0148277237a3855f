"""Whether the hosts of a site file are practice hosts, which only their own network leads to."""

from pathlib import Path

from wizard.practice.directory import fleet_directory


def out_of_reach(site: Path) -> bool:
    """Whether its hosts are the practice fleet's, on whose network this process is not.

    Elsewhere their addresses lead nowhere, or to somebody else's servers.
    """
    directory = fleet_directory()
    if not directory.holds(site):
        return False
    from wizard.practice.namespace import on_network  # noqa: PLC0415 - start-up time

    return not on_network(directory)


def require_way() -> None:
    """Go onto the fleet's network and back, in a thread of its own.

    Raises:
        PracticeError: no fleet is up, or this is not root.
    """
    from wizard.practice.namespace import inside  # noqa: PLC0415 - as above

    inside(fleet_directory(), lambda: None)
