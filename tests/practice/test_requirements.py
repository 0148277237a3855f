"""What the machine lacks is said at once."""

from wizard.practice.requirements import PROGRAMS, install_command, missing_packages


def test_a_machine_with_everything_lacks_nothing() -> None:
    """No package is named."""
    assert missing_packages(lambda _program: True) == ()


def test_all_missing_packages_are_named_once() -> None:
    """Two programs of one package make one package."""
    missing = missing_packages(lambda _program: False)

    assert missing == tuple(sorted(set(PROGRAMS.values())))


def test_one_command_installs_what_is_missing() -> None:
    """It can be pasted."""
    missing = missing_packages(lambda program: program not in {"linux.uml", "mmdebstrap"})

    assert (
        install_command(missing)
        == "apt-get install --yes --no-install-recommends mmdebstrap user-mode-linux"
    )
