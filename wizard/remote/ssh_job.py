"""Long work that outlives the connection: a unit of its own on the host, followed from here.

A job lives in a directory of its own (0700, in memory, gone with the next boot): `script` until
bash has read it, `out`, `err`, `pid`, `sha256` of the script, and `status` once it has ended.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shlex
from typing import TYPE_CHECKING

from wizard.errors import Cancelled, CommandSilent, ConnectionFailed, ConnectionLost
from wizard.remote.ssh_program import ENVIRONMENT, RUN_DIRECTORY, SESSION_FUNCTIONS
from wizard.remote.transport import ANOTHER_ENDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.remote.ssh_session import Session
    from wizard.remote.transport import Result, Stream

JOBS = f"{RUN_DIRECTORY}/jobs"

# What runs detached, as `bash -c SUPERVISOR minusnow-setup-job DIRECTORY`.
_SUPERVISOR = (
    "minusnow_job=$1\n"
    + ENVIRONMENT
    + r"""
export TMPDIR=$minusnow_job/tmp
mkdir -m 0700 -- "$TMPDIR"
IFS= read -r -d "" minusnow_script <"$minusnow_job/script"
rm -f -- "$minusnow_job/script"
printf "%s\n" $$ >"$minusnow_job/pid.new"
mv -f -- "$minusnow_job/pid.new" "$minusnow_job/pid"
( set --; set -euo pipefail; eval "$minusnow_script" ) \
  </dev/null >>"$minusnow_job/out" 2>>"$minusnow_job/err"
printf "%s\n" $? >"$minusnow_job/status.new"
mv -f -- "$minusnow_job/status.new" "$minusnow_job/status"
"""
)

_COMMON = r"""
job={directory} unit={unit} want={sum}
booted() {{ [[ -d /run/systemd/system ]]; }}
alive() {{
  [[ -s $job/pid ]] && pid=$(<"$job/pid") && kill -0 "$pid" 2>/dev/null \
    && grep -qzxF -- "$job" "/proc/$pid/cmdline" 2>/dev/null
}}
ours() {{ [[ -e $job/sha256 && $(<"$job/sha256") == "$want" ]]; }}
done_well() {{ [[ -e $job/status && $(<"$job/status") == 0 ]]; }}
"""

_FOLLOW = r"""
follow() {{  # output as it comes, until the supervisor has ended
  tail -c +1 -s 0.1 -f --pid="$pid" -- "$job/err" >&2 &
  tail -c +1 -s 0.1 -f --pid="$pid" -- "$job/out"
  wait
}}
mkdir -p -m 0700 -- {jobs}
exec 9>"$job.lock"
flock 9
if alive && ! ours; then
  printf 'another script of the job {name} is still running; waiting for its end\n' >&2
  follow >&2
  exit {another}
fi
if ! alive && ! {{ ours && done_well; }}; then
  booted && systemctl stop "$unit" 2>/dev/null || true
  rm -rf -- "$job"
  mkdir -m 0700 -- "$job"
  : >"$job/out"
  : >"$job/err"
  cat >"$job/script" <<'{delimiter}'
{script}
{delimiter}
  printf '%s\n' "$want" >"$job/sha256"
  supervisor={supervisor}
  if booted; then
    # systemd reads $ in a command line as a variable of its own, and $$ as one $.
    systemd-run --quiet --collect --unit="$unit" --description='minusnow-setup: {name}' \
      --property=TimeoutStopSec=5 -- \
      /bin/bash --noprofile --norc -p -c "${{supervisor//\$/\$\$}}" minusnow-setup-job "$job" 9>&-
  else
    setsid /bin/bash --noprofile --norc -p -c "$supervisor" minusnow-setup-job "$job" \
      </dev/null >/dev/null 2>&1 9>&- &
  fi
  for ((tries = 0; tries < 400; tries++)); do
    [[ -s $job/pid || -e $job/status ]] && break
    sleep 0.05
  done
fi
flock -u 9
if alive; then
  follow
else
  cat -- "$job/err" >&2
  cat -- "$job/out"
fi
if [[ ! -e $job/status ]]; then
  printf 'the job {name} ended without telling its status: it was killed\n' >&2
  exit 137
fi
exit "$(<"$job/status")"
"""

_STOP = (
    SESSION_FUNCTIONS.replace("{", "{{").replace("}", "}}")
    + r"""
booted && systemctl stop "$unit" 2>/dev/null || true
if alive; then
  minusnow_end_session "$pid" "$$"
fi
rm -rf -- "$job" "$job.lock"
"""
)

_ACKNOWLEDGE = r"""
if ours && [[ -e $job/status ]]; then
  rm -rf -- "$job" "$job.lock"
fi
"""


def run_job(
    session: Session,
    job: str,
    script: str,
    *,
    waiting_for: str,
    timeout: float,
    silence: float | None,
    on_line: Callable[[Stream, str], None] | None,
) -> Result:
    """Start the job, or attach to it, or fetch its result if this very script has ended well.

    One that failed while nobody listened is started anew: its cause may be gone since, such as
    the lost network that kept the listener away as well.
    A job of the same name with another script is waited for and nothing is started: the status is
    ANOTHER_ENDED, and what that one has done is to be looked at first. Attaching tells the whole
    output from its beginning. A time limit or a cancellation ends the job; a lost connection
    does not, nor a cancellation that leaves jobs.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9@_.-]*", job):
        raise ValueError(f"a job's name is letters, digits and @_.-, not {job!r}")
    name = job.replace("@", "-")  # in unit names @ means something else
    words = {
        "name": name,
        "jobs": JOBS,
        "directory": f"{JOBS}/{name}",
        "unit": f"minusnow-setup-{name}.service",
        "sum": hashlib.sha256(script.encode()).hexdigest(),
        "delimiter": f"end-{secrets.token_hex(12)}",
        "supervisor": shlex.quote(_SUPERVISOR),
        "script": script,
        "another": ANOTHER_ENDED,
    }
    try:
        result = session.execute(
            (_COMMON + _FOLLOW).format(**words),
            waiting_for=waiting_for,
            timeout=timeout,
            silence=silence,
            on_line=on_line,
        )
    except (CommandSilent, Cancelled, KeyboardInterrupt) as stopped:
        if isinstance(stopped, Cancelled) and session.leave():
            raise
        _quietly(session, (_COMMON + _STOP).format(**words), f"the end of the job {name}")
        raise
    _quietly(session, (_COMMON + _ACKNOWLEDGE).format(**words), f"the tidying of the job {name}")
    return result


def _quietly(session: Session, script: str, waiting_for: str) -> None:
    """Run what follows a job; its failure must not hide how the job itself ended."""
    try:
        session.execute(script, waiting_for=waiting_for, timeout=20, despite_cancel=True)
    except (CommandSilent, Cancelled, ConnectionFailed, ConnectionLost):
        return
