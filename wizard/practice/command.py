"""Runs one of this machine's own programs and turns its failure into something readable."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from wizard.errors import PracticeError

TOOLS_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Root's PATH: mke2fs and ip live in directories a plain shell may leave out."""

TAIL = 12


def run(
    arguments: Sequence[str | Path],
    *,
    script: str | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 600,
) -> str:
    """Run a program to its end and return what it wrote on standard output.

    Args:
        arguments: the program and its arguments.
        script: text for its standard input.
        cwd: the directory to run it in.
        env: variables on top of this process's own.
        timeout: seconds it may take.

    Raises:
        PracticeError: it failed or took too long; the text ends with its last lines.
    """
    called = " ".join(str(argument) for argument in arguments[:3])
    try:
        done = subprocess.run(
            [str(argument) for argument in arguments],
            input=script or "",
            cwd=cwd,
            env={**os.environ, "PATH": TOOLS_PATH, "LC_ALL": "C", **(env or {})},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PracticeError(
            f"'{called} …' did not end within {timeout:.0f} s.",
            remedy="See what this machine is busy with, then run 'practice up' again.",
        ) from None
    except OSError as problem:
        raise PracticeError(
            f"'{called} …' could not be started: {problem.strerror}.",
            remedy="Run 'practice up', which names the packages this machine lacks.",
        ) from None
    if done.returncode:
        lines = (done.stderr + done.stdout).strip().splitlines()[-TAIL:]
        raise PracticeError(
            f"'{called} …' ended with status {done.returncode}:\n" + "\n".join(lines),
            remedy="Correct what the lines above name, then run 'practice up' again.",
        )
    return done.stdout
