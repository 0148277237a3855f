"""The kinds of values a site file holds, each with the words that say what is wanted.

Most of these end up in configuration files of other programs. Their patterns leave no room for
line breaks, quotes, shell or template characters: that is the defence against injection.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue


def wanted(text: str) -> PydanticCustomError:
    """The error of a value that is not what is wanted; `text` completes "wanted ..."."""
    return PydanticCustomError("wanted", "{text}", {"text": text})


class Section(BaseModel):
    """A part of the site file: frozen, and without room for unknown keys."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_alias=True,
        hide_input_in_errors=True,
    )


@dataclass(frozen=True, slots=True)
class Matching:
    """Text that matches a pattern as a whole, and not the one of what is refused."""

    pattern: str
    wanted: str
    lower: bool = False
    refused: str = ""

    def check(self, value: object) -> str:
        """Returns the value, in lower case where case means nothing."""
        if not isinstance(value, str):
            raise wanted(self.wanted)
        text = value.lower() if self.lower else str(value)
        if not re.fullmatch(self.pattern, text, re.ASCII):
            raise wanted(self.wanted)
        if self.refused and re.fullmatch(self.refused, text, re.ASCII):
            raise wanted(self.wanted)
        return text

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        pattern = self.pattern.replace("a-z", "A-Za-z") if self.lower else self.pattern
        return {"type": "string", "pattern": f"^(?:{pattern})$"}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds."""

    least: int
    most: int
    what: str = "a whole number"

    def check(self, value: object) -> int:
        """Returns the value."""
        if type(value) is not int or not self.least <= value <= self.most:
            raise wanted(f"{self.what} from {self.least} to {self.most}")
        return value

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


def _exact(value: object) -> object:
    return str(value) if isinstance(value, bool | float) else value


Exact = BeforeValidator(_exact)
"""Beside a Literal: keeps true and 20.0 from passing for the whole numbers they equal."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label of a name is never all digits: 10.0.0.300 is a mistyped address, not a name.
_NAME = rf"(?=.{{1,253}}$)(?:{_LABEL}\.)*(?=[a-z0-9-]*[a-z]){_LABEL}"
_DOMAIN = rf"(?=.{{1,253}}$)(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}"
_USER = r"[a-z_][a-z0-9_-]{0,31}"

WANTED_ADDRESS = "an IPv4 or IPv6 address or a host name"

SiteName = Annotated[
    str,
    Matching(
        r"[a-z0-9][a-z0-9-]{0,62}",
        "a short name of lower-case letters, digits and hyphens, such as 'acme-itsm'",
    ),
]
HostName = Annotated[
    str,
    Matching(
        _LABEL,
        "a short host name without dots: letters, digits and hyphens, at most 63",
        lower=True,
    ),
]
Domain = Annotated[str, Matching(_DOMAIN, "a domain name such as 'itsm.example.com'", lower=True)]
UserName = Annotated[
    str, Matching(_USER, "a Linux user name: lower-case letters, digits, '_' and '-', at most 32")
]
Email = Annotated[
    str,
    Matching(
        r"(?=.{3,254}$)[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9])?@"
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}",
        "an e-mail address such as 'support@example.com'",
    ),
]
Interface = Annotated[
    str, Matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}", "a network interface such as 'eth0'")
]
LocalPath = Annotated[
    str,
    Matching(
        r"[A-Za-z0-9À-ɏ_./~@+=,:-][A-Za-z0-9À-ɏ_./~@+=,: -]{0,1023}",
        "a path on this machine, of letters, digits and _ . / ~ @ + = , : - only",
        refused=r".* |-.*|.*://.*",
    ),
]
RemotePath = Annotated[
    str,
    Matching(
        r"(?:/[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,126}){1,32}",
        "an absolute path such as '/exports/minusnow', of letters, digits and _ . + - only",
    ),
]
ExternalPath = Annotated[
    str,
    Matching(
        r"/|(?:/[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,126}){1,32}",
        "the path of an export such as '/vol/minusnow', of letters, digits and _ . + - only",
    ),
]
MountOptions = Annotated[
    str,
    Matching(
        r"[a-z0-9_]+(?:=[A-Za-z0-9_.:/-]+)?(?:,[a-z0-9_]+(?:=[A-Za-z0-9_.:/-]+)?)*",
        "mount options such as 'nfsvers=4.2,hard' without 'soft', which corrupts data",
        refused=r"(?:.*,)?soft(?:,.*)?",
    ),
]
Sha256 = Annotated[
    str, Matching(r"[0-9a-f]{64}", "a SHA-256 checksum: 64 hexadecimal digits", lower=True)
]
Port = Annotated[int, Whole(1, 65535, "a port")]
UnprivilegedPort = Annotated[int, Whole(1024, 65535, "a port")]
AccountId = Annotated[int, Whole(100, 60000, "a user or group number")]
Flag = Annotated[bool, Field(strict=True)]


def _prose(value: str) -> str:
    if not value.isprintable() or not value.strip() or re.search(r'["`$\\<>{}]', value):
        raise wanted('one line of plain text without " ` $ \\ < > { }')
    return value.strip()


Prose = Annotated[str, Field(max_length=200), AfterValidator(_prose)]
"""Words for people, such as a name or an order number; never part of a configuration file."""


def normal_address(text: str) -> str:
    """The one spelling of an address or name: IPv6 compressed, IPv4-mapped as IPv4, lower case.

    Raises:
        ValueError: it is neither an address nor a host name.
    """
    candidate = text.lower()
    try:
        ip = ipaddress.ip_address(candidate.removeprefix("[").removesuffix("]"))
    except ValueError:
        name = candidate.removesuffix(".")
        if not re.fullmatch(_NAME, name, re.ASCII):
            raise ValueError(WANTED_ADDRESS) from None
        return name
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id:
            raise ValueError(WANTED_ADDRESS)
        ip = ip.ipv4_mapped or ip
    return str(ip)


def ip_of(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address as a number, or nothing for a host name."""
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _any_address(value: object) -> str:
    try:
        return normal_address(value) if isinstance(value, str) else normal_address("")
    except ValueError:
        raise wanted(WANTED_ADDRESS) from None


def _reaches_nobody(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return ip.is_loopback or ip.is_unspecified or ip.is_multicast or ip.is_link_local


def _address(value: object) -> str:
    normal = _any_address(value)
    ip = ip_of(normal)
    if normal.split(".")[0] == "localhost" or (ip and (_reaches_nobody(ip))):
        raise wanted("an address at which the other hosts can reach this one")
    return normal


def _network(value: object) -> object:
    if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return value
    text = "a network in CIDR notation such as '10.0.0.0/16' or 'fd00::/64'"
    if not isinstance(value, str) or "/" not in value:
        raise wanted(text)
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise wanted(text) from None
    if network.prefixlen == 0:
        raise wanted("a network smaller than all addresses there are")
    if ipaddress.ip_interface(value).ip != network.network_address:
        raise wanted(f"the network itself: '{network}'")
    return network


def _shared_address(value: object) -> object:
    if isinstance(value, ipaddress.IPv4Interface | ipaddress.IPv6Interface):
        return value
    text = "an address with its prefix length such as '10.0.0.100/16' or 'fd00::100/64'"
    if not isinstance(value, str) or "/" not in value:
        raise wanted(text)
    try:
        interface = ipaddress.ip_interface(value)
    except ValueError:
        raise wanted(text) from None
    network, ip = interface.network, interface.ip
    if getattr(ip, "scope_id", None) or _reaches_nobody(ip):
        raise wanted(text)
    if network.num_addresses > 2 and ip in {network.network_address, network.broadcast_address}:  # noqa: PLR2004 - point-to-point networks have no reserved address
        raise wanted(f"an address inside {network}, not its first or last")
    return interface


Address = Annotated[
    str,
    BeforeValidator(_address),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 253}),
]
AnyAddress = Annotated[
    str,
    BeforeValidator(_any_address),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 253}),
]
"""An address that need not be the same from everywhere, such as a mail relay on localhost."""
Network = Annotated[
    ipaddress.IPv4Network | ipaddress.IPv6Network,
    BeforeValidator(_network),
    WithJsonSchema({"type": "string", "pattern": "^[0-9A-Fa-f:.]+/[0-9]{1,3}$"}),
]
SharedAddress = Annotated[
    ipaddress.IPv4Interface | ipaddress.IPv6Interface,
    BeforeValidator(_shared_address),
    WithJsonSchema({"type": "string", "pattern": "^[0-9A-Fa-f:.]+/[0-9]{1,3}$"}),
]

_SIZE = r"([1-9][0-9]{0,8})(kb|mb|gb|tb)"
_FACTORS = {"kb": 1024, "mb": 1024**2, "gb": 1024**3, "tb": 1024**4}


class Size(str):
    """An amount of memory or disk such as 256mb or 10GB; units are powers of 1024."""

    __slots__ = ()

    @property
    def bytes(self) -> int:
        """The amount in bytes."""
        return int(self[:-2]) * _FACTORS[self[-2:].lower()]

    @property
    def megabytes(self) -> int:
        """The amount in units of 1024 * 1024 bytes, rounded up."""
        return -(-self.bytes // _FACTORS["mb"])

    @classmethod
    def check(cls, value: object) -> Self:
        """Reads a size as typed.

        Raises:
            PydanticCustomError: it is not a whole number with a unit.
        """
        if not isinstance(value, str) or not re.fullmatch(_SIZE, value, re.ASCII | re.IGNORECASE):
            raise wanted("a size with its unit such as '256mb' or '10GB'")
        return cls(value)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.check)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^[1-9][0-9]{0,8}([kKmMgGtT][bB])$"}
