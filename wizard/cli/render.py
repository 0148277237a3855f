"""`minusnow-setup render SITE --out DIR`: every file that would be placed, without connecting."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli.job import load_site
from wizard.errors import SetupError, SiteError

if TYPE_CHECKING:
    import argparse

    from wizard.site.file import LoadedSite
    from wizard.steps.inputs import Inputs


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "render",
        help="write every file that would be placed, per host, without connecting",
        description="Writes DIR/HOST/PATH for every file that apply would place. No host is"
        " reached, so what a host is has to be assumed; DIR/ASSUMED.txt names it. Secrets stand"
        " by name.",
    )
    parser.add_argument("site", metavar="SITE", help="the site file")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="a folder")
    parser.add_argument("--os", default="debian-12", metavar="NAME", help="such as rhel-9")
    parser.add_argument("--memory", default="16", metavar="GIB", type=int, help="of every host")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the files."""
    from wizard.facts.assumed import (  # noqa: PLC0415 - start-up time
        Assumption,
        assumed_facts,
        platform_named,
        platform_names,
    )
    from wizard.steps.placed import placed_files  # noqa: PLC0415 - as above
    from wizard.steps.task import Situation  # noqa: PLC0415 - as above

    loaded = load_site(args.site)
    platform = platform_named(args.os)
    if platform is None:
        names = ", ".join(platform_names())
        raise SiteError(f"--os: seen {args.os!r}, wanted one of {names}")
    if args.memory < 1:
        raise SiteError(f"--memory: seen {args.memory}, wanted at least 1")
    memory = args.memory * 2**30
    assumption = Assumption(platform=platform, memory=memory, cpus=4, interface="eth0")
    inputs, notes = _inputs(loaded)
    facts = {host.name: assumed_facts(host, assumption) for host in loaded.site.hosts}
    files = placed_files(Situation(site=loaded.site, facts=facts, inputs=inputs))
    _clear(args.out, tuple(files))
    for host, placed in files.items():
        for path, text in placed.items():
            _write(args.out / host / path.lstrip("/"), text)
    assumed = "".join(f"- {sentence}\n" for sentence in (*assumption.sentences(), *notes))
    _write(args.out / "ASSUMED.txt", f"No host was reached. Assumed is that\n{assumed}")
    number = sum(len(placed) for placed in files.values())
    print(f"Wrote {number} files of {len(files)} hosts to {args.out}; see ASSUMED.txt there.")
    return 0


def _inputs(loaded: LoadedSite) -> tuple[Inputs, tuple[str, ...]]:
    from wizard.steps.inputs import Inputs, ReleaseFile  # noqa: PLC0415 - start-up time
    from wizard.steps.local_files import read_inputs  # noqa: PLC0415 - as above

    base = loaded.path.parent
    try:
        return read_inputs(loaded.site, base, smtp_password=True), ()
    except SetupError as error:
        release = ReleaseFile(
            path=base / loaded.site.application.release,
            sha256="0" * 64,
            size=0,
            version="0.0.0",
            top="",
            built=True,
            scripts=(),
        )
        inputs = Inputs(release=release, node=None, smtp_password=True, base=base)
        return inputs, (f"the release is version 0.0.0, because: {error.seen}",)


def _clear(out: Path, hosts: tuple[str, ...]) -> None:
    """Remove what an earlier rendering left of the hosts; refuse a folder of somebody else's."""
    try:
        if not out.exists() or not any(out.iterdir()):
            return
        if not (out / "ASSUMED.txt").is_file():
            raise SiteError(
                f"--out: {out} is not empty and was not made by this command",
                remedy="Name a folder that is empty or does not exist yet.",
            )
        for host in hosts:
            if (out / host).is_dir():
                shutil.rmtree(out / host)
    except OSError as error:
        raise SiteError(f"--out: {out} cannot be written: {error.strerror}") from None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SiteError(f"--out: {path} cannot be written: {error.strerror}") from None
