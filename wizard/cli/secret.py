"""`minusnow-setup secret set|generate|list`: fills and shows the keyring, never a value."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from wizard.cli.keyring_options import add_keyring_arguments, ask_twice, vault_from_args
from wizard.counted import counted
from wizard.errors import VaultError

if TYPE_CHECKING:
    import argparse

    from wizard.site.model import Site
    from wizard.vault.catalogue import SecretSpec
    from wizard.vault.store import Vault

DONE = 0
_LONGEST_INPUT = 64 * 1024  # bytes read from standard input at most

_CONSEQUENCES = {
    "session_secret": "every user is logged out",
    "redis_password": "Redis and the application restart one after the other",
    "vrrp_password": "the balancers do not know each other until both have the new one",
    "ca_key": "every certificate of the site is issued anew",
    "ca_certificate": "every certificate of the site is issued anew",
}


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "secret",
        help="store, make and list the site's secrets",
        description="Keeps the secrets of a site in the keyring. Values are never shown.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    setting = actions.add_parser(
        "set",
        help="store a value that you have",
        description="Stores one secret. The value is read from standard input, or typed unseen"
        " and twice at a terminal. With --keyring-passphrase-file -, the first line of standard"
        " input is the passphrase and the rest is the value.",
    )
    setting.add_argument("name", metavar="NAME", help="the secret's name; `secret list` knows them")
    setting.add_argument("site", metavar="SITE", help="the site file")
    setting.add_argument("--replace", action="store_true", help="take the place of a stored one")
    setting.set_defaults(run=run_set)

    making = actions.add_parser(
        "generate",
        help="make a random value, or a key and certificate",
        usage="%(prog)s [options] NAME SITE\n       %(prog)s [options] --all SITE",
        description="Makes one secret, or with --all every one that is missing and can be made.",
    )
    making.add_argument("words", metavar="NAME SITE", nargs="+", help="the name and the site file")
    making.add_argument("--all", action="store_true", help="everything that is missing")
    making.add_argument("--replace", action="store_true", help="take the place of a stored one")
    making.set_defaults(run=run_generate, usage_error=making.error)

    listing = actions.add_parser(
        "list",
        help="show which secrets are there and since when",
        description="Lists the site's secrets: what for, whether stored, age, origin; no value.",
    )
    listing.add_argument("site", metavar="SITE", help="the site file")
    listing.set_defaults(run=run_list)
    for each in (setting, making, listing):
        add_keyring_arguments(each)


def run_set(args: argparse.Namespace) -> int:
    """Store one value; 0, or a SetupError."""
    from wizard.site.file import load  # noqa: PLC0415 - pydantic: 0.2 s to import
    from wizard.vault.catalogue import Kind  # noqa: PLC0415 - as above
    from wizard.vault.strength import strength  # noqa: PLC0415 - as above

    site = load(args.site).site
    spec = _known(site, args.name)
    if spec.kind is Kind.DERIVED:
        raise VaultError(
            f"{spec.name} is not typed: {spec.purpose}",
            remedy="Name your own certificate and key under networking.tls (mode: provided), or"
            f" run `minusnow-setup secret generate {spec.name} {args.site}`.",
        )
    vault = vault_from_args(args, site)
    _refuse_replacing(vault, spec, replace=args.replace)
    value = typed_value(spec)
    vault.set(spec.name, value, purpose=spec.purpose)
    print(f"{spec.name} is stored in {vault.place}.")
    if spec.kind is Kind.GENERATED and (found := strength(value)).word == "weak":
        print(
            f"note: it looks weak (about {found.bits:.0f} bits);"
            f" `minusnow-setup secret generate {spec.name} {args.site} --replace` makes a strong"
            " one.",
            file=sys.stderr,
        )
    return DONE


def run_generate(args: argparse.Namespace) -> int:
    """Make one value or all that are missing; 0, or a SetupError."""
    from wizard.site.file import load  # noqa: PLC0415 - pydantic: 0.2 s to import

    words: list[str] = args.words
    if len(words) != (1 if args.all else 2):
        args.usage_error("give NAME and SITE, or --all and SITE")
    if args.all and args.replace:
        args.usage_error("--replace takes one name, never --all")
    loaded = load(words[-1])
    site, base = loaded.site, loaded.path.parent
    vault = vault_from_args(args, site)
    if args.all:
        made = vault.ensure(site, base=base)
        print(_made(made, vault) if made else "Nothing was missing that can be made.")
        for spec in vault.missing(site):
            print(f"still to be typed: `minusnow-setup secret set {spec.name} {words[-1]}`")
        return DONE
    spec = _known(site, words[0])
    _refuse_asked(spec, words[-1])
    _refuse_replacing(vault, spec, replace=args.replace)
    only = frozenset({spec.name})
    made = vault.ensure(site, base=base, renew=only if args.replace else frozenset(), only=only)
    print(_made(made, vault))
    return DONE


def run_list(args: argparse.Namespace) -> int:
    """Print what is there; 0, or a SetupError."""
    from wizard.site.file import load  # noqa: PLC0415 - pydantic: 0.2 s to import
    from wizard.vault.catalogue import Kind, needed  # noqa: PLC0415 - as above
    from wizard.vault.store import AUDIT_KEY, NEXT  # noqa: PLC0415 - as above

    site = load(args.site).site
    vault = vault_from_args(args, site)
    stored = {info.name: info for info in vault.describe()}
    now = datetime.now(UTC)
    rows = [("NAME", "STORED", "AGE", "ORIGIN", "WHAT FOR")]
    for spec in needed(site):
        info = stored.pop(spec.name, None)
        if info:
            rows.append((spec.name, "yes", age(now - info.created), info.origin, spec.purpose))
        else:
            absent = "optional" if spec.optional else "MISSING"
            how = "to be typed" if spec.kind is Kind.ASKED else "to be made"
            rows.append((spec.name, absent, "", how, spec.purpose))
    for info in stored.values():
        ours = info.name == AUDIT_KEY or info.name.endswith(NEXT)
        told = info.purpose if ours else f"{info.purpose} (not needed by this site)".strip()
        rows.append((info.name, "yes", age(now - info.created), info.origin, told))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join([*cells, row[4]]).rstrip())
    return DONE


def age(span: timedelta) -> str:
    """Return a span of time in its largest unit: `3 days`."""
    seconds = max(0, int(span.total_seconds()))
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if number := seconds // length:
            return counted(number, unit)
    return "just now"


def _made(made: tuple[str, ...], vault: Vault) -> str:
    if not made:
        return "Nothing changed: what is stored is what the site's files say."
    return f"Made and stored in {vault.place}: {', '.join(made)}."


def _known(site: Site, name: str) -> SecretSpec:
    import difflib  # noqa: PLC0415 - only for a mistyped name

    from wizard.vault.catalogue import needed  # noqa: PLC0415 - pydantic: 0.2 s to import

    specs = {spec.name: spec for spec in needed(site)}
    if name in specs:
        return specs[name]
    near = difflib.get_close_matches(name, specs, 1)
    raise VaultError(
        f"the site needs no secret named {name!r}" + (f"; {near[0]!r} is near" if near else ""),
        remedy=f"It needs: {', '.join(specs)}.",
    )


def _refuse_asked(spec: SecretSpec, site_file: str) -> None:
    from wizard.vault.catalogue import Kind  # noqa: PLC0415 - as above

    if spec.kind is Kind.ASKED:
        raise VaultError(
            f"{spec.name} cannot be made here: someone else gave it out ({spec.purpose})",
            remedy=f"Type it with `minusnow-setup secret set {spec.name} {site_file}`.",
        )


def _refuse_replacing(vault: Vault, spec: SecretSpec, *, replace: bool) -> None:
    info = next((info for info in vault.describe() if info.name == spec.name), None)
    if info is None or replace:
        return
    effect = _CONSEQUENCES.get(spec.name, "")
    raise VaultError(
        f"{spec.name} is stored already ({info.origin}, {age(datetime.now(UTC) - info.created)})",
        remedy="With --replace the old value is lost; what is installed keeps using it until the"
        f" next `minusnow-setup apply`{f', at which {effect}' if effect else ''}.",
    )


def typed_value(spec: SecretSpec) -> str:
    """Return what a person gives as a secret's value. Raises: VaultError if it cannot be one."""
    from wizard.vault.strength import problems  # noqa: PLC0415 - start-up time

    value = _value(spec)
    wrong = problems(spec.name, value)
    if wrong:
        raise VaultError(
            f"this value cannot be {spec.name}:\n" + "\n".join(f"  - {one}" for one in wrong),
            remedy="Nothing was stored; give another value.",
        )
    return value


def _value(spec: SecretSpec) -> str:
    """Return the value from a terminal (unseen, twice) or from standard input."""
    if sys.stdin.isatty():
        return ask_twice(f"{spec.name} ({spec.purpose})")
    data = sys.stdin.buffer.read(_LONGEST_INPUT)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise VaultError(
            f"the value of {spec.name} is not text in UTF-8", remedy="Nothing was stored."
        ) from None
    # One line end is what `echo` adds; any other belongs to the value and is judged there.
    return text.removesuffix("\n").removesuffix("\r")
