"""The bash that runs on a host around every script.

The command line holds no script and no secret, only lengths and markers, and stays within what
every login shell (sh, bash, zsh, fish, csh) reads alike: one pair of single quotes, no `!`.
The program and the script follow over standard input and run only if every byte has arrived.
"""

from __future__ import annotations

import secrets
import shlex
from dataclasses import dataclass, field
from typing import Literal

RUN_DIRECTORY = "/run/minusnow-setup"
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KILL_GRACE = 2.0  # seconds between asking a script to end and killing it

# What standard input carries once the script has been read: nothing, where its end means that the
# script has to be ended too (cancelled, or the connection is gone), or bytes for the script (fd 3).
Input = Literal["lifeline", "bytes"]

_LOADER = (
    'umask 077; printf "%s%s\\n" "$3" "$4"; printf "%s%s\\n" "$3" "$4" >&2; LC_ALL=C; '
    'IFS= read -r -N "$1" minusnow_program && IFS= read -r -N "$2" minusnow_script && '
    '[[ ${#minusnow_program}/${#minusnow_script} == "$1/$2" ]] || exit 125; '
    'eval "$minusnow_program"'
)

# Run by a login shell that is bash itself, which saves starting a second one; if its ~/.bashrc has
# left options, functions or separators behind that would change a script, it starts a clean one.
_DIRECT = (
    "if [[ $- != hBc || $IFS != $' \\t\\n' || $BASHOPTS == "
    "*@(dotglob|extglob|failglob|nullglob|globstar|nocase|lastpipe|errexit|aliases|xpg)* ]] "
    "|| compgen -A function >/dev/null; then "
    'exec /bin/bash --noprofile --norc -c "$minusnow_loader" minusnow-setup "$@"; fi; '
    'trap - DEBUG ERR RETURN EXIT; eval "$minusnow_loader"'
)

# Reads /proc itself: ps is not on every host, and pkill -s misses who left the process group.
SESSION_FUNCTIONS = r"""
minusnow_stat() {  # pid -> "state ppid pgrp session ..." in $REPLY
  { IFS= read -r REPLY <"/proc/$1/stat"; } 2>/dev/null && REPLY=${REPLY##*) }
}
minusnow_members() {  # session, pids to spare -> the pids of everybody else in the session
  local session=$1 spare=" $2 " entry fields
  for entry in /proc/[0-9]*; do
    entry=${entry#/proc/}
    [[ $spare == *" $entry "* ]] && continue
    minusnow_stat "$entry" || continue
    read -r -a fields <<<"$REPLY"
    [[ ${fields[3]} == "$session" && ${fields[0]} != Z ]] && printf '%s\n' "$entry"
  done
  return 0
}
minusnow_end_session() {  # session, pids to spare: TERM, then KILL
  local pids tries
  pids=$(minusnow_members "$1" "$2 $BASHPID")
  [[ $pids ]] && kill -TERM $pids 2>/dev/null
  for ((tries = 0; tries < GRACE_TENTHS; tries++)); do
    pids=$(minusnow_members "$1" "$2 $BASHPID")
    [[ $pids ]] || return 0
    sleep 0.1
  done
  kill -KILL $pids 2>/dev/null
  return 0
}
""".replace("GRACE_TENTHS", str(round(KILL_GRACE * 10)))

ENVIRONMENT = f"""
export LC_ALL=C.UTF-8 PATH={SEARCH_PATH} HOME="${{HOME:-/root}}"
export DEBIAN_FRONTEND=noninteractive
unset BASH_ENV ENV CDPATH
umask 077
cd /
"""

# The script runs in a foreground subshell, so that its SIGINT and SIGQUIT are the usual ones, and
# with fresh positional parameters; its end is told on both streams, so that neither can be cut.
_PROGRAM = (
    ENVIRONMENT
    + r"""
export TMPDIR=$5
[[ -d $TMPDIR && -O $TMPDIR ]] || mkdir -p -m 0700 -- "$TMPDIR" || exit 126
exec 3<&0 4>&2 </dev/null 2>/dev/null
minusnow_ending="""
    + shlex.quote(
        SESSION_FUNCTIONS
        + r"""
    minusnow_stat $$ && read -r -a fields <<<"$REPLY"
    spare="$$ $BASHPID" parent=$PPID
    while [[ $parent -gt 1 ]]; do
      spare+=" $parent"
      minusnow_stat "$parent" && read -r _ parent _ <<<"$REPLY" || break
    done
    minusnow_end_session "${fields[3]}" "$spare"
"""
    )
    + r"""
if [[ $6 == lifeline ]]; then
  (
    exec 4>&- >/dev/null
    IFS= read -r -N 1 _ <&3
    eval "$minusnow_ending"
  ) &
  minusnow_watcher=$!
  disown
  ( exec 2>&4 3<&- 4>&-; set --; set -euo pipefail; eval "$minusnow_script" )
else
  ( exec 2>&4 4>&-; set --; set -euo pipefail; eval "$minusnow_script" )
fi
minusnow_status=$?
[[ ${minusnow_watcher-} ]] && kill -KILL "$minusnow_watcher"
printf "%s%s:%d\n" "$4" "$3" "$minusnow_status" >&4
printf "%s%s:%d\n" "$4" "$3" "$minusnow_status"
"""
)
_PROGRAM_BYTES = _PROGRAM.encode()


@dataclass(frozen=True, slots=True)
class Envelope:
    """One script ready to travel: a command line, what follows over stdin, and the markers."""

    script: str
    directory: str  # for temporary files; made with mode 0700 if it is not there
    input: Input = "lifeline"
    _halves: tuple[str, str] = field(
        default_factory=lambda: (secrets.token_hex(12), secrets.token_hex(12))
    )

    def __post_init__(self) -> None:
        if "\0" in self.script:
            raise ValueError("a script cannot hold a NUL byte")

    @property
    def payload(self) -> bytes:
        """The bytes that follow over standard input."""
        return _PROGRAM_BYTES + self._script_bytes

    @property
    def command(self) -> str:
        """The command line for any login shell to `exec` (or for sudo to run)."""
        return f"/bin/bash --noprofile --norc -c '{_LOADER}' minusnow-setup {self._words}"

    @property
    def bash_command(self) -> str:
        """The same for a login shell that is known to be bash."""
        return f"set -- {self._words}; minusnow_loader='{_LOADER}'; {_DIRECT}"

    @property
    def start(self) -> bytes:
        """The marker before the script's output; it does not stand in the command line."""
        return "".join(self._halves).encode()

    @property
    def end(self) -> bytes:
        """The marker after the script's output, followed by `:status`."""
        return "".join(reversed(self._halves)).encode()

    @property
    def _words(self) -> str:
        lengths = f"{len(_PROGRAM_BYTES)} {len(self._script_bytes)}"
        return f"{lengths} {' '.join(self._halves)} {self.directory} {self.input}"

    @property
    def _script_bytes(self) -> bytes:
        return (self.script + "\n").encode()


def sudo_command(command: str, *, prompt: str | None) -> str:
    """Return the command run as root; sudo asks with `prompt` on stdin, or never if None."""
    return f"sudo -n -- {command}" if prompt is None else f"sudo -S -p {prompt} -- {command}"
