"""`minusnow-setup rotate NAME SITE --state FILE`: gives one secret another value everywhere."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.checks.check import Verdict, worst
from wizard.cli.job import add_job_arguments, load_site, open_job, require_acknowledged
from wizard.cli.keyring_options import can_ask
from wizard.cli.run_to_end import CANCELLED, DONE, FAILED, show
from wizard.cli.streams import say
from wizard.errors import Cancelled, SetupError, SiteError, StateError, VaultError
from wizard.run.events import RunFinished
from wizard.run.host_lock import claim_for
from wizard.run.recorded import begun

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from wizard.cli.job import Job
    from wizard.run.rotating import Rotating
    from wizard.run.rotation import Rotation
    from wizard.run.state import StateFile
    from wizard.vault.store import Origin


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "rotate",
        help="give one secret another value, on the hosts and in the keyring",
        description="Gives one secret another value on an installed site, without more downtime"
        " than one rolling restart, and says what its users notice. A value that somebody else"
        " gave out is typed unseen or read from standard input. What was cut off goes on with"
        " `minusnow-setup resume`, or back with --abandon. Exit status as of apply.",
    )
    parser.add_argument("name", metavar="NAME", help="the secret's name; `secret list` knows them")
    parser.add_argument("site", metavar="SITE", help="the site file")
    parser.add_argument(
        "--state",
        metavar="FILE",
        type=Path,
        help="the state file; default: SITE with the ending .state",
    )
    parser.add_argument(
        "--abandon",
        action="store_true",
        help="give up a rotation of NAME that was cut off: the hosts get the value they had",
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing: for unattended runs")
    parser.add_argument(
        "--break-lock",
        action="store_true",
        help="work on hosts that another run has left locked; only if that run is certainly over",
    )
    add_job_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Rotate it; return the exit status."""
    from wizard.run.rotation import require_no_rotation, rotation_of  # noqa: PLC0415 - start-up time
    from wizard.run.state import StateFile  # noqa: PLC0415 - as above
    from wizard.vault.store import rotating  # noqa: PLC0415 - as above

    loaded = load_site(args.site)
    rotation = rotation_of(loaded.site, args.name)
    require_acknowledged(loaded.site)
    path: Path = args.state or Path(args.site).with_suffix(".state")
    state = StateFile.open(path)
    try:
        state.require_site(loaded.site.site)
        if state.records.site().text != loaded.text:
            raise SiteError(
                f"{args.site} was changed since it was applied",
                remedy="Run `minusnow-setup apply` first, then rotate: one thing at a time.",
            )
        with open_job(args, loaded, generate=True, state=path) as job:
            if rotating(job.secrets) != frozenset(rotation.names):
                require_no_rotation(job.secrets)
                if args.abandon:
                    raise VaultError(
                        f"no rotation of {rotation.name} is under way: there is nothing to give up",
                        remedy="`minusnow-setup plan` shows whether anything on the hosts differs.",
                    )
                values, origin = _new_values(job, rotation)
                return rotate(args, job, state, rotation, values=values, origin=origin)
            return rotate(args, job, state, rotation)
    finally:
        state.close()


def rotate(
    args: argparse.Namespace,
    job: Job,
    state: StateFile,
    rotation: Rotation,
    *,
    values: Mapping[str, str] | None = None,
    origin: Origin | None = None,
) -> int:
    """Begin with new values, go on with the ones in the keyring or back; prove the site then.

    Raises: SetupError for what stopped it.
    """
    from wizard.run.rotating import Rotating  # noqa: PLC0415 - start-up time

    job.record_in(state)
    site, work, command = job.site.site, job.installation, f"rotate {rotation.name}"
    work.replace_edited = frozenset(getattr(args, "replace_edited", ()))  # as resume has it
    rotating = Rotating(work=work, vault=job.vault, rotation=rotation)
    try:
        with begun(job.bus, site, command):
            work.claim = claim_for(site, command, state=state, break_lock=args.break_lock)
            _begin(args, job, rotating, values, origin)
            job.bus.publish(RunFinished(outcome="done"))
        failed = rotating.go_on()
    except Cancelled:
        say(f"Cancelled. {_go_on(job, state)}")
        return CANCELLED
    except StateError:
        raise
    except SetupError:
        say(f"Stopped. {_go_on(job, state)}")
        raise
    if failed is not None:
        say(f"Stopped. {_go_on(job, state)}")
        return CANCELLED if failed.outcome == "cancelled" else FAILED
    proof = work.prove(drills=False, after_changes=True)
    show(args, proof, everything=True)
    return FAILED if worst(proof) is Verdict.FAILED else DONE


def _begin(
    args: argparse.Namespace,
    job: Job,
    rotating: Rotating,
    values: Mapping[str, str] | None,
    origin: Origin | None,
) -> None:
    """Reach all hosts; with new values, or to turn back, ask for consent and write it down.

    Raises: SetupError, Cancelled.
    """
    work = job.installation
    work.reach()
    work.reached()
    names = " and ".join(rotating.rotation.names)
    if values is not None and origin is not None:
        _agree(args, job, rotating.rotation, f"Give {names} a new value?")
        rotating.begin(values, origin)
    elif getattr(args, "abandon", False) and not job.vault.given_up():
        _agree(args, job, rotating.rotation, f"Give {names} the value back that it had?")
        rotating.give_up()


def pending(job: Job) -> Rotation | None:
    """Return the rotation that was cut off and must be gone on with, None if there is none."""
    from wizard.run.rotation import rotation_of  # noqa: PLC0415 - start-up time
    from wizard.vault.store import rotating  # noqa: PLC0415 - as above

    names = sorted(rotating(job.secrets))
    return rotation_of(job.site, names[0]) if names else None


def _new_values(job: Job, rotation: Rotation) -> tuple[Mapping[str, str], Origin]:
    """Return the new values: made here, or typed. Raises: VaultError."""
    from wizard.cli.secret import typed_value  # noqa: PLC0415 - start-up time
    from wizard.vault.catalogue import Kind, needed  # noqa: PLC0415 - as above
    from wizard.vault.provision import renewed  # noqa: PLC0415 - as above
    from wizard.vault.store import Origin  # noqa: PLC0415 - as above

    name = rotation.name
    if name not in job.secrets:
        raise VaultError(
            f"{name} is not in the keyring: there is nothing to rotate",
            remedy=f"Store it with `minusnow-setup secret set {name} {job.loaded.path}`, then run"
            " apply.",
        )
    (spec,) = (spec for spec in needed(job.site) if spec.name == name)
    if spec.kind is Kind.ASKED:
        return {name: typed_value(spec)}, Origin.TYPED
    have = {each: secret.reveal() for each, secret in job.secrets.items()}
    base, now = job.loaded.path.parent, datetime.now(UTC)
    return renewed(job.site, have, rotation.names, base=base, now=now), Origin.GENERATED


def _agree(args: argparse.Namespace, job: Job, rotation: Rotation, question: str) -> None:
    """Ask once, after what people will notice was told. Raises: Cancelled, SiteError."""
    if args.yes:
        return
    if not can_ask() or not sys.stdin.isatty():
        raise SiteError("there is no terminal to ask for consent", remedy="Run it with --yes.")
    hosts = ", ".join(f"{host.name} ({host.address})" for host in job.site.hosts)
    print(f"Hosts: {hosts}\n{rotation.effect}")
    if input(f"{question} [yes/no] ").strip() != "yes":
        raise Cancelled("nothing was changed")


def _go_on(job: Job, state: StateFile) -> str:
    from wizard.vault.store import rotating  # noqa: PLC0415 - start-up time

    if not rotating(job.vault.secrets()):
        return "Nothing was changed."
    on = f"Both values are kept. Go on with: minusnow-setup resume --state {state.path}"
    if job.vault.given_up():
        return on
    name = min(rotating(job.vault.secrets()))
    return f"{on}\nOr give it up: minusnow-setup rotate {name} {job.loaded.path} --abandon"
