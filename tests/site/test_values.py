"""The kinds of values: what passes, in which spelling, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from wizard.site import values
from wizard.site.networking import AptSource, MirrorSource, SourceUrl

if TYPE_CHECKING:
    import ipaddress


def accepted(kind: Any, value: object) -> object:  # noqa: ANN401 - any annotation
    """The value as the model keeps it."""
    adapter: TypeAdapter[object] = TypeAdapter(kind)
    return adapter.validate_python(value)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("10.0.0.10", "10.0.0.10"),
        ("FD00:0:0::1", "fd00::1"),
        ("[fd00::1]", "fd00::1"),
        ("::ffff:10.0.0.10", "10.0.0.10"),
        ("::FFFF:0a00:000a", "10.0.0.10"),
        ("DB1.Example.COM.", "db1.example.com"),
        ("db1", "db1"),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str) -> None:
    """However an address is typed, it is kept in its normal form."""
    assert accepted(values.Address, typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "10.0.0.300",
        "010.0.0.1",
        "10.0.0",
        "1234",
        "fe80::1%eth0",
        "fd00:::1",
        "-db1",
        "db_1",
        "db1..example.com",
        "a" * 64,
        "127.0.0.1",
        "::1",
        "0.0.0.0",  # noqa: S104 - refused
        "224.0.0.1",
        "169.254.1.1",
        "fe80::1",
        "localhost",
        "db1\n",
        "db1;reboot",
        17,
        None,
        ["10.0.0.1"],
    ],
)
def test_an_address_that_others_cannot_reach_is_refused(typed: object) -> None:
    """Mistyped, local and impossible addresses do not pass."""
    with pytest.raises(ValidationError):
        accepted(values.Address, typed)


@given(st.ip_addresses(v=6))
def test_every_spelling_of_an_ipv6_address_is_one(ip: ipaddress.IPv6Address) -> None:
    """Compressed, exploded and upper-case spellings come out the same."""
    spellings = {ip.compressed, ip.exploded, ip.exploded.upper(), f"[{ip.compressed}]"}
    assert len({values.normal_address(spelling) for spelling in spellings}) == 1


@given(st.ip_addresses(v=4))
def test_an_ipv4_mapped_address_is_the_ipv4_address(ip: ipaddress.IPv4Address) -> None:
    """A host cannot be listed twice by writing its address as IPv6."""
    assert values.normal_address(f"::ffff:{ip}") == str(ip)


@pytest.mark.parametrize(
    ("text", "size"),
    [("256mb", 256 * 1024**2), ("10GB", 10 * 1024**3), ("1kb", 1024), ("2Tb", 2 * 1024**4)],
)
def test_a_size_counts_in_powers_of_1024(text: str, size: int) -> None:
    """PostgreSQL and Redis read the same units the same way."""
    kept = values.Size.check(text)
    assert (kept, kept.bytes) == (text, size)


def test_a_size_in_megabytes_is_rounded_up() -> None:
    """A limit of half a megabyte is not a limit of none."""
    assert values.Size.check("512kb").megabytes == 1


@pytest.mark.parametrize("text", ["10", "mb", "0mb", "1.5gb", "10 GB", "-1gb", "10pb", 256])
def test_a_size_needs_a_whole_number_and_a_unit(text: object) -> None:
    """Anything else is refused."""
    with pytest.raises(ValidationError):
        accepted(values.Size, text)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (values.Network, "10.0.0.5/16"),
        (values.Network, "10.0.0.0"),
        (values.Network, "10.0.0.0/33"),
        (values.Network, "0.0.0.0/0"),
        (values.Network, 10),
        (values.SharedAddress, "10.0.0.100"),
        (values.SharedAddress, "10.0.0.0/16"),
        (values.SharedAddress, "10.0.255.255/16"),
        (values.SharedAddress, "127.0.0.1/8"),
        (values.Port, 0),
        (values.Port, 65536),
        (values.Port, "22"),
        (values.Port, True),
        (values.Port, 22.0),
        (values.Domain, "nodots"),
        (values.Domain, "https://itsm.example.com"),
        (values.Domain, "itsm.example.com/"),
        (values.Domain, "itsm example.com"),
        (values.HostName, "db1.example.com"),
        (values.HostName, "-db1"),
        (values.MountOptions, "soft"),
        (values.MountOptions, "nfsvers=4.2,soft,ro"),
        (values.RemotePath, "exports"),
        (values.RemotePath, "/exports/../etc"),
        (values.RemotePath, "/exports/a b"),
        (values.LocalPath, "-rf"),
        (values.LocalPath, "https://example.com/release.tar.gz"),
        (values.SharedAddress, "fe80::1/64"),
        (values.Sha256, "abc"),
        (values.Email, "support"),
        (AptSource, "http://mirror.example.com"),
        (SourceUrl, "ftp://mirror.example.com"),
        (MirrorSource, "deb http://m.example.com"),
    ],
)
def test_what_does_not_fit_its_kind_is_refused(kind: object, typed: object) -> None:
    """Each kind of value has its limits."""
    with pytest.raises(ValidationError):
        accepted(kind, typed)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (values.LocalPath, "/home/jörg/minusnow 1.4.tar.gz"),
        (values.LocalPath, "~/.ssh/id_ed25519"),
        (values.ExternalPath, "/"),
        (values.MountOptions, "nfsvers=4.1,rsize=1048576,hard,timeo=600,_netdev"),
        (values.SharedAddress, "10.0.0.100/32"),
    ],
)
def test_what_people_use_is_accepted(kind: object, typed: str) -> None:
    """Home folders with accents, the root export of a cloud file system, single addresses."""
    assert str(accepted(kind, typed)) == typed


_OF_VALUES = (
    "SiteName",
    "HostName",
    "Domain",
    "UserName",
    "Email",
    "Interface",
    "LocalPath",
    "RemotePath",
    "ExternalPath",
    "MountOptions",
    "Sha256",
    "Address",
    "Network",
    "SharedAddress",
    "Size",
)
TEXTS = {
    **{name: getattr(values, name) for name in _OF_VALUES},
    "AptSource": AptSource,
    "SourceUrl": SourceUrl,
    "MirrorSource": MirrorSource,
}
EXAMPLES = [
    "abc",
    "itsm.example.com",
    "a@example.com",
    "/exports/minusnow",
    "hard,nfsvers=4.2",
    "10.0.0.0/16",
    "10.0.0.100/16",
    "10GB",
    "f" * 64,
    "deb http://m.example.com/debian bookworm main",
    "http://m.example.com/debian",
]
DANGEROUS = ["\n", "\r", "\0", '"', "'", "`", "$", "\\", ";", "|", "&", "<", "{", "}", "\u2028"]


@pytest.mark.parametrize("kind", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("character", DANGEROUS, ids=repr)
def test_no_text_for_a_configuration_file_holds_a_dangerous_character(
    kind: object, character: str
) -> None:
    """Line breaks, quotes, shell and template characters never reach a configuration file."""
    for example in EXAMPLES:
        for text in (character + example, example + character, example[:2] + character + "x"):
            with pytest.raises(ValidationError):
                accepted(kind, text)


@pytest.mark.parametrize("kind", TEXTS.values(), ids=TEXTS)
@given(text=st.text(max_size=20))
def test_whatever_text_is_typed_what_passes_is_one_harmless_line(kind: object, text: str) -> None:
    """The patterns hold for arbitrary text."""
    try:
        kept = str(accepted(kind, text))
    except ValidationError:
        return
    assert not set(kept) & set(DANGEROUS)
    assert kept.isprintable()
