"""The vault of a site: its secrets in a keyring, with when and how each came to be."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import VaultError
from wizard.vault.backend import choose, keyring_path
from wizard.vault.catalogue import needed
from wizard.vault.index import INDEX, Entry, Origin, read, written
from wizard.vault.lock import locked
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from keyring.backend import KeyringBackend

    from wizard.site.model import Site
    from wizard.vault.catalogue import SecretSpec

__all__ = ["INDEX", "Origin", "SecretInfo", "Vault", "open_vault", "rotating", "with_next"]

# Behind the name of a secret whose next value is on its way to the hosts; no name holds a space.
NEXT = " (next)"
AUDIT_KEY = "audit_key"  # seals the record and signs exports of it; made by the first run or export


@dataclass(frozen=True, slots=True)
class SecretInfo:
    """What may be told about a stored secret."""

    name: str
    purpose: str
    created: datetime  # UTC
    origin: Origin


class Vault:
    """The secrets of one site. Every call reads or writes the keyring: ask once, off the screen."""

    def __init__(
        self,
        site_name: str,
        backend: KeyringBackend,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.site_name = site_name
        self._backend = backend
        self._clock = clock
        self._service = f"minusnow-setup/{site_name}"

    @property
    def place(self) -> str:
        """Where the secrets are, in words."""
        path = getattr(self._backend, "path", None)
        return f"the encrypted file {path}" if path else f"the keyring {self._backend.name}"

    def secrets(self) -> Secrets:
        """Return every secret, read once.

        Raises:
            VaultError: the keyring cannot be opened.
        """
        return Secrets(self._values(self._index()))

    def set(
        self, name: str, value: str, *, origin: Origin = Origin.TYPED, purpose: str = ""
    ) -> None:
        """Store one secret, over an older one of this name."""
        with self._changing():
            self._store({name: value}, {name: Entry(self._clock(), origin, purpose)})

    def delete(self, name: str) -> None:
        """Take one secret away; nothing happens if there is none."""
        with self._changing():
            index = self._index()
            if name in index:
                self._store({name: None}, {name: None})

    def ensure(
        self,
        site: Site,
        *,
        base: Path = Path(),
        renew: frozenset[str] = frozenset(),
        only: frozenset[str] | None = None,
    ) -> tuple[str, ...]:
        """Make or read whatever is missing or no longer good, in one write; return its names.

        Relative paths of the site start at `base`. Names in `renew` are made anew even if they
        are there. With `only`, nothing else is touched (a key goes with its certificate).

        Raises:
            VaultError: provided certificate files cannot be used, or the keyring cannot; or,
                without `only`, a secret that was stored is gone from it.
        """
        from wizard.vault.provision import provide  # noqa: PLC0415 - cryptography, start-up time

        with self._changing():
            index = self._index()
            have = self._values(index)
            if only is None:
                self._require_kept(site, index, have)
            now = self._clock()
            found = provide(site, have, base=base, now=now, renew=renew, only=only)
            purposes = {spec.name: spec.purpose for spec in needed(site)}
            entries = {
                name: Entry(
                    now,
                    Origin.READ if name in found.read else Origin.GENERATED,
                    purposes.get(name, ""),
                )
                for name in found.values
            }
            if entries:
                self._store(found.values, entries)
        return tuple(name for name in purposes if name in entries)

    def begin_rotation(self, values: Mapping[str, str], *, origin: Origin) -> None:
        """Keep next values beside the present ones, in one write, until `finish_rotation`.

        Raises:
            VaultError: another rotation is under way, or the keyring cannot be used.
        """
        with self._changing():
            under_way = rotating(self._values(self._index()))
            if under_way:
                raise VaultError(
                    f"a rotation of {', '.join(sorted(under_way))} is under way",
                    remedy="Finish it with `minusnow-setup resume --state FILE`, or give it up with"
                    " `minusnow-setup rotate NAME SITE --abandon`.",
                )
            now = self._clock()
            self._store(
                {name + NEXT: value for name, value in values.items()},
                {
                    name + NEXT: Entry(now, origin, f"next value of {name}: rotation under way")
                    for name in values
                },
            )

    def give_up_rotation(self) -> None:
        """Have the rotation that is under way go back to the present values; they stay.

        Raises:
            VaultError: there is none, or a present value is gone from the keyring.
        """
        with self._changing():
            index = self._index()
            values = self._values(index)
            names = sorted(rotating(values))
            if not names:
                raise VaultError(
                    "no rotation is under way: there is nothing to give up",
                    remedy="`minusnow-setup plan` shows whether anything on the hosts differs.",
                )
            gone = [name for name in names if name not in values]
            if gone:
                raise VaultError(
                    f"the value that {', '.join(gone)} had before is not in the keyring",
                    remedy="There is nothing to go back to. Bring the rotation to its end with"
                    " `minusnow-setup resume --state FILE`, then rotate once more.",
                )
            entries = {name + NEXT: replace(index[name + NEXT], given_up=True) for name in names}
            self._store({}, entries)

    def given_up(self) -> bool:
        """Return whether the rotation under way goes back to the present values."""
        return any(entry.given_up for entry in self._index().values())

    def finish_rotation(self) -> tuple[str, ...]:
        """Let the next values take the place of the present ones; return their names.

        Those of a rotation that was given up are dropped. It may be cut off anywhere and be called
        again.
        """
        with self._changing():
            index = self._index()
            values = self._values(index)
            # One that somebody has taken out of the keyring meanwhile is only forgotten.
            names = sorted(rotating(values))
            gone: dict[str, None] = dict.fromkeys(name + NEXT for name in rotating(index))
            if gone and any(index[name].given_up for name in gone):
                self._store(gone, gone)
            elif gone:
                entries = {
                    name: Entry(
                        index[name + NEXT].created,
                        index[name + NEXT].origin,
                        index[name].purpose if name in index else "",
                    )
                    for name in names
                }
                self._store(
                    {**{name: values[name + NEXT] for name in names}, **gone}, {**entries, **gone}
                )
        return tuple(names)

    def missing(self, site: Site) -> tuple[SecretSpec, ...]:
        """Return what the site cannot do without and `ensure` cannot make: a person must type it.

        Generated and derived secrets count as missing too as long as they are not there.
        """
        have = self._values(self._index())
        return tuple(spec for spec in needed(site) if not spec.optional and spec.name not in have)

    def describe(self) -> tuple[SecretInfo, ...]:
        """Return what is stored, by name, without any value."""
        index = self._index()
        have = self._values(index)
        return tuple(
            SecretInfo(name, entry.purpose, entry.created, entry.origin)
            for name, entry in sorted(index.items())
            if name in have
        )

    def gone(self) -> frozenset[str]:
        """Return what was stored and is there no longer: somebody took it out of the keyring."""
        index = self._index()
        return frozenset(index.keys() - self._values(index).keys())

    def _require_kept(
        self, site: Site, index: Mapping[str, Entry], have: Mapping[str, str]
    ) -> None:
        """Raise VaultError if somebody took a secret out: hosts may know it, a new one is no help.

        One that was never stored is not meant, nor one that the site can do without.
        """
        wanted = {spec.name for spec in needed(site) if not spec.optional}
        gone = [name for name in sorted(index.keys() - have.keys()) if name in wanted]
        if gone:
            raise VaultError(
                f"{self.place} held {', '.join(gone)}, and does so no longer",
                remedy="Restore it from a backup of the keyring. If it is lost, store another"
                f" with `minusnow-setup secret generate {gone[0]} SITE` (`secret set`, if"
                " somebody gave it out); the next apply gives it to the hosts.",
            )

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold a lock from reading to writing, so that two processes never both generate."""
        hold = getattr(self._backend, "locked", None)
        if hold is not None:
            with hold():
                yield
        else:
            with locked(keyring_path(self.site_name).with_suffix(".lock")):
                yield

    def _index(self) -> dict[str, Entry]:
        text = self._get(INDEX)
        if text is None:
            return {}
        try:
            return read(text)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise VaultError(
                f"the list of secrets in {self.place} is damaged",
                remedy=f"Remove the entry {INDEX!r} of {self._service!r} and store them again.",
            ) from None

    def _values(self, index: Mapping[str, Entry]) -> dict[str, str]:
        everything = getattr(self._backend, "get_all", None)
        if everything is not None:
            stored: dict[str, str] = everything(self._service)
            return {name: stored[name] for name in index if name in stored}
        values = {name: self._get(name) for name in index}
        return {name: value for name, value in values.items() if value is not None}

    def _get(self, name: str) -> str | None:
        from keyring.errors import KeyringError  # noqa: PLC0415 - start-up time

        try:
            return self._backend.get_password(self._service, name)
        except KeyringError as error:
            raise self._unusable(error) from error

    def _store(self, values: Mapping[str, str | None], entries: Mapping[str, Entry | None]) -> None:
        from keyring.errors import KeyringError, PasswordDeleteError  # noqa: PLC0415 - as above

        index: dict[str, Entry | None] = {**self._index(), **entries}
        text = written({name: entry for name, entry in index.items() if entry is not None})
        everything = getattr(self._backend, "set_many", None)
        if everything is not None:
            everything(self._service, {**values, INDEX: text})
            return
        try:
            for name, value in values.items():
                if value is not None:
                    self._backend.set_password(self._service, name, value)
            # The index comes last: a secret counts only once it is listed.
            self._backend.set_password(self._service, INDEX, text)
            for name in (name for name, value in values.items() if value is None):
                try:
                    self._backend.delete_password(self._service, name)
                except PasswordDeleteError:
                    continue  # it was gone already
        except KeyringError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> VaultError:
        return VaultError(
            f"{self.place} cannot be used: {str(error) or type(error).__name__}",
            remedy="Unlock it, or use an encrypted file with --keyring-file FILE.",
        )


def rotating(names: Iterable[str]) -> frozenset[str]:
    """Return which of the stored secrets have a next value: their rotation is under way."""
    return frozenset(name.removesuffix(NEXT) for name in names if name.endswith(NEXT))


def with_next(secrets: Secrets) -> Secrets:
    """Return the secrets with every next value in the place of the present one."""
    values = {name: secret.reveal() for name, secret in secrets.items()}
    return Secrets({**values, **{name: values[name + NEXT] for name in rotating(values)}})


def open_vault(
    site_name: str,
    *,
    passphrase: Callable[[], str] | None = None,
    passphrase_file: Path | None = None,
    keyring_file: Path | None = None,
) -> Vault:
    """Return the vault of a site; the passphrase is asked for when it is first needed.

    Raises:
        VaultError: only a keyring without protection is configured.
    """
    return Vault(
        site_name,
        choose(
            site_name,
            passphrase=passphrase,
            passphrase_file=passphrase_file,
            keyring_file=keyring_file,
        ),
    )
