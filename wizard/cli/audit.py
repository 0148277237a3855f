"""`minusnow-setup audit verify|export|verify-export`: the record of what was done, for auditors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli.keyring_options import add_keyring_arguments, vault_from_args
from wizard.errors import StateError, VaultError

if TYPE_CHECKING:
    import argparse

    from wizard.site.model import Site


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "audit",
        help="verify the record of what was done, or export it signed",
        description="Looks into a state file without changing it.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser(
        "verify",
        help="find changed, removed, reordered or added events",
        description="Checks the chain of events and their seals, which are made with a key of the"
        " keyring as the events are written. Exit status 1 if anything does not fit.",
    )
    verify.add_argument("--state", metavar="FILE", type=Path, required=True, help="the state file")
    verify.add_argument(
        "--key",
        metavar="FILE",
        type=Path,
        help="the public key you trust, in PEM (the .pub of an export): the events must be sealed"
        " with it",
    )
    verify.add_argument(
        "--export",
        metavar="FILE",
        type=Path,
        help="an earlier export: the record must begin with exactly its events, so that an older"
        " state file put in the place of this one is found",
    )
    verify.set_defaults(run=run_verify)

    export = actions.add_parser(
        "export",
        help="write every event to a file that is signed",
        description="Writes every event with time, operator, host, step, change and duration, one"
        " JSON object a line, and beside it the signature (.sig) and the public key (.pub)."
        " Anybody can check them: with `audit verify-export`, or with openssl pkeyutl.",
    )
    export.add_argument("--state", metavar="FILE", type=Path, required=True, help="the state file")
    export.add_argument("--out", metavar="FILE", type=Path, required=True, help="a new file")
    export.add_argument(
        "--key-file",
        metavar="FILE",
        type=Path,
        help="a private Ed25519 key in PEM, readable by its owner only; default: one that is kept"
        " in the keyring as audit_key, with which the events are sealed too",
    )
    add_keyring_arguments(export)
    export.set_defaults(run=run_export)

    check = actions.add_parser(
        "verify-export",
        help="check an exported file: signature, chain, and what is told of each event",
        description="Needs neither the state file nor a keyring. Exit status 1 if anything is"
        " wrong.",
    )
    check.add_argument("file", metavar="FILE", type=Path, help="the export; .sig and .pub beside")
    check.add_argument(
        "--key",
        metavar="FILE",
        type=Path,
        help="the public key you trust, in PEM; without it compare the fingerprint yourself",
    )
    check.set_defaults(run=run_check)


def run_verify(args: argparse.Namespace) -> int:
    """Print what is wrong with the chain of events; exit status 1 if anything is."""
    from wizard.run.audit_verify import verified  # noqa: PLC0415 - start-up time
    from wizard.run.visible import visible  # noqa: PLC0415 - as above

    found = verified(args.state, key=args.key, export=args.export)
    for problem in found.problems:
        print(visible(problem))
    if not found.problems:
        print(f"{args.state}: the chain of events is intact")
    print(visible(f"The last event is {found.seq}, its hash {found.head}; {found.sealed}"))
    return 1 if found.problems else 0


def run_export(args: argparse.Namespace) -> int:
    """Write the export; exit status 1 if the chain is not intact."""
    from wizard.run.audit_export import export  # noqa: PLC0415 - start-up time
    from wizard.run.state_owner import this_process  # noqa: PLC0415 - as above
    from wizard.run.visible import visible  # noqa: PLC0415 - as above

    made = export(args.state, args.out, private_key=_key(args), made_by=this_process())
    print(f"Wrote {made.events} events to {args.out}; its signature and public key are beside it.")
    print(f"Signed with the key {made.fingerprint}")
    print(f"Last event's hash: {made.head_hash}")
    for problem in made.problems:
        print(visible(problem))
    return 1 if made.problems else 0


def run_check(args: argparse.Namespace) -> int:
    """Print what an export is and what is wrong with it; exit status 1 if anything is."""
    from wizard.run.audit_check import check  # noqa: PLC0415 - start-up time
    from wizard.run.visible import visible  # noqa: PLC0415 - as above

    found = check(args.file, key=args.key)
    for problem in found.problems:
        print(visible(problem))
    print(f"Site {visible(found.site)}, {found.events} events, exported {visible(found.made)}")
    print(f"Signed with the key {found.fingerprint}")
    if found.problems:
        return 1
    if args.key is None:
        print("The file is whole. Compare the key with the one that its maker gave you.")
    else:
        print("The file is whole, and signed with the key you named.")
    return 0


def _key(args: argparse.Namespace) -> str:
    """Return the private key from its file, or from the keyring, where one is made if need be."""
    if args.key_file:
        return _key_of(args.key_file)
    from wizard.run.known_secrets import require_known  # noqa: PLC0415 - start-up time
    from wizard.run.seal import audit_key  # noqa: PLC0415 - as above
    from wizard.vault.store import AUDIT_KEY  # noqa: PLC0415 - as above

    vault = vault_from_args(args, _site(args.state))
    secrets = vault.secrets()
    if secrets.known(AUDIT_KEY) is None:
        require_known(args.state, vault)
    return audit_key(vault, secrets)


def _key_of(path: Path) -> str:
    """Return a key file's text. Raises: VaultError if it cannot be read, or others can."""
    try:
        mode = path.stat().st_mode
        if mode & 0o077:
            raise VaultError(
                f"{path} may be read by others (mode {mode & 0o777:04o})",
                remedy=f"chmod 600 {path}",
            )
        return path.read_text(encoding="ascii")
    except UnicodeDecodeError:
        raise VaultError(f"{path} is no key in PEM", remedy="Name another file.") from None
    except OSError as error:
        raise VaultError(
            f"{path} cannot be read: {error.strerror}", remedy="Name another file."
        ) from None


def _site(path: Path) -> Site:
    """Return the site of a state file, whose keyring holds the key."""
    from wizard.run.state import StateFile  # noqa: PLC0415 - start-up time
    from wizard.site.file import parse  # noqa: PLC0415 - as above

    state = StateFile.open_read_only(path)
    try:
        record = state.records.site()
    finally:
        state.close()
    site = parse(record.text, record.path).site
    if site is None:
        raise StateError(
            "the site file kept in the state cannot be read by this version",
            remedy="Use the version that made it, or name a key with --key-file.",
        )
    return site
