"""A secret value that cannot be turned into text by accident."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NoReturn

from wizard.errors import VaultError


class Secret:
    """A value that only `reveal` hands out: formatting, str() and pickling are refused."""

    __slots__ = ("_value", "name")

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def reveal(self) -> str:
        """Return the clear value; for transports, encoders, the mask, and who asks to see it."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"

    def __str__(self) -> NoReturn:
        message = f"secret {self.name!r} was about to be formatted into text"
        raise TypeError(message)

    def __format__(self, _spec: str) -> NoReturn:
        self.__str__()

    def __reduce__(self) -> NoReturn:
        self.__str__()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self.name, self._value) == (other.name, other._value)

    def __hash__(self) -> int:
        return hash((self.name, self._value))


class Secrets(Mapping[str, Secret]):
    """The secrets of one site as they are known now, by name; a missing one is a VaultError."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._secrets = {name: Secret(name, value) for name, value in (values or {}).items()}

    def __getitem__(self, name: str) -> Secret:
        try:
            return self._secrets[name]
        except KeyError:
            raise VaultError(
                f"the secret {name!r} is not in the keyring",
                remedy=f"Store it with `minusnow-setup secret set {name} SITE` or let"
                f" `minusnow-setup secret generate {name} SITE` make one.",
            ) from None

    def known(self, name: str) -> Secret | None:
        """Return the secret, None if it is not known."""
        return self._secrets.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._secrets

    def __iter__(self) -> Iterator[str]:
        return iter(self._secrets)

    def __len__(self) -> int:
        return len(self._secrets)

    def __repr__(self) -> str:
        return f"Secrets({sorted(self._secrets)})"
