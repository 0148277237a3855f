"""A vault makes what is missing once, keeps it, tells about it, and is never without protection."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.vault.keyrings import LockedKeyring, MemoryKeyring
from tests.vault.sites import PASSPHRASE, site
from wizard.errors import VaultError
from wizard.vault.authority import issue, new_authority
from wizard.vault.catalogue import Kind, needed
from wizard.vault.encrypted_file import EncryptedFileKeyring
from wizard.vault.store import INDEX, Origin, Vault, open_vault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from keyring.backend import KeyringBackend

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Return its time."""
        return self.now


@pytest.fixture(params=["file", "desktop"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    """Return an empty vault, once in an encrypted file, once in a desktop's keyring."""
    backend: KeyringBackend = MemoryKeyring()
    if request.param == "file":
        backend = EncryptedFileKeyring(tmp_path / "k.keyring", lambda: PASSPHRASE)
    return Vault("vault-test", backend, clock=Clock())


def _clear(vault: Vault) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in vault.secrets().items()}


def test_everything_that_can_be_made_is_made_once(vault: Vault) -> None:
    """The first call makes all but what people must type; the second nothing."""
    wanted = site()
    made = vault.ensure(wanted)
    values = _clear(vault)
    can_be_made = [spec.name for spec in needed(wanted) if spec.kind is not Kind.ASKED]
    assert list(made) == can_be_made
    assert sorted(values) == sorted(can_be_made)
    assert vault.ensure(wanted) == ()
    assert _clear(vault) == values
    assert [spec.name for spec in vault.missing(wanted)] == ["smtp_password"]
    for spec in needed(wanted):
        if spec.kind is Kind.GENERATED:
            assert len(values[spec.name]) == spec.length
            assert values[spec.name].isalnum()
    assert len(set(values.values())) == len(values)


def test_a_typed_secret_stays_and_is_no_longer_missing(vault: Vault) -> None:
    """What a person stored is never made anew."""
    vault.set("app_password", "typed by hand", purpose="the role")
    vault.set("smtp_password", "p@ss: 'ü'")
    assert "app_password" not in vault.ensure(site())
    assert vault.missing(site()) == ()
    values = _clear(vault)
    assert (values["app_password"], values["smtp_password"]) == ("typed by hand", "p@ss: 'ü'")


def test_it_tells_when_and_how_but_not_what(vault: Vault) -> None:
    """The description has name, purpose, time and origin."""
    vault.set("app_password", "very-clear-text", purpose="the role")
    vault.ensure(site(), only=frozenset({"redis_password"}))
    infos = {info.name: info for info in vault.describe()}
    assert sorted(infos) == ["app_password", "redis_password"]
    assert infos["app_password"].created == NOW
    assert infos["app_password"].origin is Origin.TYPED
    assert infos["redis_password"].origin is Origin.GENERATED
    assert infos["redis_password"].purpose
    assert "very-clear-text" not in repr((infos, vault, vault.secrets()))


def test_deleting_is_forgetting(vault: Vault) -> None:
    """A deleted secret is gone; deleting one that is not there does nothing."""
    vault.set("app_password", "x" * 10)
    vault.delete("app_password")
    vault.delete("app_password")
    assert len(vault.secrets()) == 0
    assert vault.describe() == ()


def test_making_one_anew_leaves_the_others(vault: Vault) -> None:
    """Renewing one name changes that name only."""
    vault.ensure(site())
    before = _clear(vault)
    name = frozenset({"session_secret"})
    assert vault.ensure(site(), renew=name, only=name) == ("session_secret",)
    after = _clear(vault)
    assert {key for key in after if after[key] != before[key]} == {"session_secret"}


def test_a_new_authority_issues_every_certificate_anew(vault: Vault) -> None:
    """With the authority go all certificates that it signed, and no password."""
    vault.ensure(site())
    name = frozenset({"ca_key"})
    made = vault.ensure(site(), renew=name, only=name)
    assert set(made) == {
        *("ca_key", "ca_certificate", "balancer_key", "balancer_certificate"),
        *("tls_key_db1", "tls_certificate_db1", "tls_key_db2", "tls_certificate_db2"),
    }


def test_one_certificate_is_renewed_with_its_key(vault: Vault) -> None:
    """Naming a certificate or its key makes both anew, signed by the same authority."""
    vault.ensure(site())
    for name in ("tls_certificate_db1", "tls_key_db1"):
        only = frozenset({name})
        made = vault.ensure(site(), renew=only, only=only)
        assert made == ("tls_key_db1", "tls_certificate_db1")


def test_certificates_are_issued_anew_before_they_end(tmp_path: Path) -> None:
    """800 days later the server certificates are renewed, the authority is not."""
    clock = Clock()
    backend = EncryptedFileKeyring(tmp_path / "k", lambda: PASSPHRASE)
    vault = Vault("vault-test", backend, clock=clock)
    vault.ensure(site())
    clock.now = NOW + timedelta(days=700)
    assert vault.ensure(site()) == ()
    clock.now = NOW + timedelta(days=800)
    assert set(vault.ensure(site())) == {
        *("balancer_key", "balancer_certificate"),
        *("tls_key_db1", "tls_certificate_db1", "tls_key_db2", "tls_certificate_db2"),
    }


def test_a_changed_site_changes_its_certificates_only(vault: Vault) -> None:
    """Another domain: the balancers' certificate is for it; nothing else is touched."""
    vault.ensure(site())
    other = site(networking__domain="desk.example.com")
    assert vault.ensure(other) == ("balancer_key", "balancer_certificate")


def test_with_an_external_balancer_no_certificate_is_made_for_it(vault: Vault) -> None:
    """What someone else's balancer shows is not ours to issue."""
    made = vault.ensure(site(load_balancer__kind="external"))
    assert not {"balancer_key", "vrrp_password"} & set(made)
    assert "balancer_key" not in vault.secrets()


def test_provided_files_are_read_and_read_again_when_they_change(
    vault: Vault, tmp_path: Path
) -> None:
    """The site's own certificate comes from its files, relative to the site file."""
    tls = {"mode": "provided", "certificate": "tls/cert.pem", "key": "tls/key.pem"}
    provided = site(networking__tls=tls)
    (tmp_path / "tls").mkdir()
    authority = new_authority("corporate", datetime.now(UTC))
    for round_ in range(2):
        issued = issue(authority, ["itsm.example.com"], NOW)
        (tmp_path / "tls/cert.pem").write_text(issued.certificate)
        (tmp_path / "tls/key.pem").write_text(issued.key)
        made = vault.ensure(provided, base=tmp_path)
        assert {"balancer_key", "balancer_certificate"} <= set(made)
        assert round_ == 0 or len(made) == 2
        assert _clear(vault)["balancer_certificate"] == issued.certificate
        assert vault.ensure(provided, base=tmp_path) == ()
    origin = {info.name: info.origin for info in vault.describe()}
    assert origin["balancer_key"] is Origin.READ
    assert origin["ca_key"] is Origin.GENERATED


def test_provided_files_that_do_not_serve_store_nothing(vault: Vault, tmp_path: Path) -> None:
    """All problems are listed and the vault stays empty."""
    issued = issue(new_authority("c", NOW), ["other.example.com"], NOW - timedelta(days=900))
    (tmp_path / "cert.pem").write_text(issued.certificate)
    (tmp_path / "key.pem").write_text(new_authority("x", NOW).key)
    tls = {"mode": "provided", "certificate": "cert.pem", "key": "key.pem"}
    with pytest.raises(VaultError) as caught:
        vault.ensure(site(networking__tls=tls), base=tmp_path)
    for words in ("does not belong", "expired", "not for itsm.example.com"):
        assert words in str(caught.value)
    assert vault.describe() == ()


def test_the_names_in_the_keyring_are_the_documented_ones() -> None:
    """A person finds the entries under minusnow-setup/<site>; the index holds no value."""
    backend = MemoryKeyring()
    Vault("vault-test", backend).set("app_password", "very-clear-text")
    assert ("minusnow-setup/vault-test", "app_password") in backend.entries
    index = backend.entries["minusnow-setup/vault-test", INDEX]
    assert "very-clear-text" not in index
    assert list(json.loads(index)) == ["app_password"]


def test_a_value_counts_only_once_it_is_listed() -> None:
    """A desktop keyring cut off between two entries leaves values unlisted: they are made again."""
    backend = MemoryKeyring()
    vault = Vault("vault-test", backend)
    backend.entries["minusnow-setup/vault-test", "app_password"] = "half"
    assert "app_password" in vault.ensure(site())
    backend.entries["minusnow-setup/vault-test", INDEX] = "{damaged"
    with pytest.raises(VaultError, match="damaged"):
        vault.secrets()


def test_a_locked_desktop_keyring_is_an_error_in_words() -> None:
    """What keyring raises reaches people as a VaultError with a way out."""
    with pytest.raises(VaultError, match="dismissed") as caught:
        Vault("vault-test", LockedKeyring()).secrets()
    assert "--keyring-file" in str(caught.value)


def test_everything_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ensure() replaces the encrypted file once, for all secrets together."""
    writes = []
    original = EncryptedFileKeyring.set_many

    def counted(ring: EncryptedFileKeyring, service: str, values: Mapping[str, str | None]) -> None:
        writes.append(1)
        original(ring, service, values)

    monkeypatch.setattr(EncryptedFileKeyring, "set_many", counted)
    open_vault("s", passphrase=lambda: PASSPHRASE, keyring_file=tmp_path / "k").ensure(site())
    assert len(writes) == 1


def test_keyring_is_not_imported_before_it_is_needed() -> None:
    """The command line starts without importing keyring or cryptography."""
    code = (
        "import sys, wizard.vault.store, wizard.vault.backend, wizard.vault.mask, wizard.cli.secret"
        "\nprint([m for m in ('keyring', 'cryptography') if m in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert printed.stdout == "[]\n"
