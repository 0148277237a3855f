"""A next value stands beside the present one until it takes its place; nothing is lost between."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.vault.keyrings import MemoryKeyring
from tests.vault.sites import site
from wizard.errors import VaultError
from wizard.vault.encrypted_file import EncryptedFileKeyring
from wizard.vault.provision import provide, renewed
from wizard.vault.store import NEXT, Origin, Vault, rotating, with_next

if TYPE_CHECKING:
    from pathlib import Path

    from keyring.backend import KeyringBackend


class CutOff(Exception):  # noqa: N818 - named for what happens
    """The process ends here."""


class Short(MemoryKeyring):
    """A desktop keyring whose user is gone after some writes."""

    left = 10**6

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store one value, or end."""
        self._count()
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        """Take one away, or end."""
        self._count()
        super().delete_password(service, username)

    def _count(self) -> None:
        if not self.left:
            raise CutOff
        self.left -= 1


@pytest.fixture(params=["desktop", "file"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    """Give a vault of either kind with one secret in it."""
    backend: KeyringBackend = MemoryKeyring()
    if request.param == "file":
        backend = EncryptedFileKeyring(tmp_path / "keyring", lambda: "pass phrase")
    found = Vault("acme", backend)
    found.set("pw", "old", purpose="to log in")
    return found


def values(vault: Vault) -> dict[str, str]:
    """Return everything in it."""
    return {name: secret.reveal() for name, secret in vault.secrets().items()}


def test_both_values_are_kept_until_the_rotation_is_over(vault: Vault) -> None:
    """What it is for stays; how and when it came is that of the new value."""
    vault.begin_rotation({"pw": "new"}, origin=Origin.GENERATED)
    assert values(vault) == {"pw": "old", f"pw{NEXT}": "new"}
    assert rotating(vault.secrets()) == {"pw"}
    assert with_next(vault.secrets())["pw"].reveal() == "new"
    assert vault.finish_rotation() == ("pw",)
    assert values(vault) == {"pw": "new"}
    (info,) = vault.describe()
    assert (info.name, info.purpose, info.origin) == ("pw", "to log in", Origin.GENERATED)
    assert vault.finish_rotation() == ()


def test_a_rotation_that_is_given_up_leaves_the_value_before(vault: Vault) -> None:
    """The next value stays until the hosts have none of it; that it goes back is remembered."""
    vault.begin_rotation({"pw": "new"}, origin=Origin.GENERATED)
    assert not vault.given_up()
    vault.give_up_rotation()
    vault.give_up_rotation()
    assert vault.given_up()
    assert values(vault) == {"pw": "old", f"pw{NEXT}": "new"}
    assert vault.finish_rotation() == ("pw",)
    assert not vault.given_up()
    assert values(vault) == {"pw": "old"}
    (info,) = vault.describe()
    assert (info.name, info.purpose, info.origin) == ("pw", "to log in", Origin.TYPED)


def test_what_cannot_be_given_up_is_said(vault: Vault) -> None:
    """No rotation, and one whose present value somebody took out of the keyring."""
    with pytest.raises(VaultError, match="nothing to give up"):
        vault.give_up_rotation()
    vault.begin_rotation({"pw": "new"}, origin=Origin.GENERATED)
    vault.delete("pw")
    with pytest.raises(VaultError, match="had before is not in the keyring") as caught:
        vault.give_up_rotation()
    assert "resume" in caught.value.remedy
    assert not vault.given_up()


def test_a_second_rotation_waits_for_the_first(vault: Vault) -> None:
    """Its value would be lost otherwise."""
    vault.begin_rotation({"pw": "new"}, origin=Origin.TYPED)
    with pytest.raises(VaultError, match="a rotation of pw is under way"):
        vault.begin_rotation({"pw": "newer"}, origin=Origin.TYPED)
    assert values(vault)[f"pw{NEXT}"] == "new"


def test_a_rotation_in_a_desktop_keyring_may_be_cut_off_at_any_write() -> None:
    """The value that hosts may have is always there, and going on ends well."""
    for left in range(9):
        backend = Short()
        vault = Vault("acme", backend)
        vault.set("key", "old key")
        vault.set("certificate", "old certificate")
        backend.left = left
        begun = False
        try:
            vault.begin_rotation({"key": "new key", "certificate": "new"}, origin=Origin.GENERATED)
            begun = True
            vault.finish_rotation()
        except CutOff:
            pass
        backend.left = 10**6
        found = values(vault)
        if not begun:
            assert (found["key"], found["certificate"]) == ("old key", "old certificate")
            assert not rotating(found) or with_next(vault.secrets())["key"].reveal() == "new key"
            continue
        after = with_next(vault.secrets())
        assert {after["key"].reveal(), after["certificate"].reveal()} == {"new key", "new"}
        vault.finish_rotation()
        assert values(vault) == {"key": "new key", "certificate": "new"}


def test_a_next_value_that_was_taken_out_of_the_keyring_is_forgotten() -> None:
    """A new rotation may begin, and the present value is what it was."""
    backend = MemoryKeyring()
    vault = Vault("acme", backend)
    vault.set("pw", "old")
    vault.begin_rotation({"pw": "lost"}, origin=Origin.TYPED)
    del backend.entries["minusnow-setup/acme", f"pw{NEXT}"]
    assert not rotating(vault.secrets())
    assert vault.finish_rotation() == ()
    assert values(vault) == {"pw": "old"}
    vault.begin_rotation({"pw": "lost again"}, origin=Origin.TYPED)
    del backend.entries["minusnow-setup/acme", f"pw{NEXT}"]
    vault.begin_rotation({"pw": "new"}, origin=Origin.TYPED)
    assert vault.finish_rotation() == ("pw",)
    assert values(vault) == {"pw": "new"}


def test_new_values_are_made_for_what_belongs_together_and_nothing_else(tmp_path: Path) -> None:
    """A certificate with its key, by the authority that everybody trusts already."""
    now = datetime(2026, 1, 31, tzinfo=UTC)
    have = dict(provide(site(), {}, base=tmp_path, now=now).values)
    pair = ("tls_key_db1", "tls_certificate_db1")
    fresh = renewed(site(), have, pair, base=tmp_path, now=now)
    assert set(fresh) == set(pair)
    assert all(fresh[name] != have[name] for name in pair)
    again = provide(site(), {**have, **fresh}, base=tmp_path, now=now)
    assert not again.values
    only = renewed(site(), have, ("app_password",), base=tmp_path, now=now)
    assert set(only) == {"app_password"}
    assert only["app_password"] != have["app_password"]


def test_an_authority_at_its_end_is_not_renewed_by_the_way(tmp_path: Path) -> None:
    """Every host would refuse every other one in between."""
    have = dict(provide(site(), {}, base=tmp_path, now=datetime(2000, 1, 1, tzinfo=UTC)).values)
    with pytest.raises(VaultError, match="authority has to be renewed first"):
        renewed(
            site(),
            have,
            ("tls_key_db1", "tls_certificate_db1"),
            base=tmp_path,
            now=datetime(2026, 1, 31, tzinfo=UTC),
        )
