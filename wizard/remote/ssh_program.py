"""The bash that runs on a host around every script.

The command line holds no script and no secret, only lengths and markers, and stays within what
every login shell (sh, bash, zsh, fish, csh) reads alike: one pair of single quotes, no `!`.
The program and the scripts follow over standard input, and a script runs only if every byte of it
has arrived. A shell stays and takes one script after the other: starting it costs more than most
scripts do.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Literal

RUN_DIRECTORY = "/run/minusnow-setup"
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KILL_GRACE = 2  # whole seconds, at least, between asking a script to end and killing it
NOT_RUN = -1  # the status told of a script that a shell has refused to start

# What standard input carries once the script has been read: further scripts, where its end means
# that a running script has to be ended too (cancelled, or the connection is gone), or bytes for
# this one script (its fd 3).
Input = Literal["scripts", "bytes"]

_LOADER = (
    'umask 077; printf "%s%s\\n" "$2" "$3"; printf "%s%s\\n" "$2" "$3" >&2; LC_ALL=C; '
    'IFS= read -r -N "$1" minusnow_program && '
    '[[ ${#minusnow_program} == "$1" ]] || exit 125; eval "$minusnow_program"'
)

BASH = "/bin/bash"
# What every root command of the installer begins with; lengths and markers follow.
# -p: functions and options that the account's environment carries stay outside, see bash(1).
LOADER_ARGUMENTS = ("--noprofile", "--norc", "-p", "-c", _LOADER, "minusnow-setup")

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
    fields=($REPLY)
    [[ ${fields[3]} == "$session" && ${fields[0]} != Z ]] && printf '%s\n' "$entry"
  done
  return 0
}
minusnow_end_session() {  # session, pids to spare: TERM, then KILL
  local pids begin=$SECONDS
  pids=$(minusnow_members "$1" "$2 $BASHPID")
  [[ $pids ]] && kill -TERM $pids 2>/dev/null
  while (( SECONDS - begin <= GRACE )); do
    pids=$(minusnow_members "$1" "$2 $BASHPID")
    [[ $pids ]] || return 0
    sleep 0.1
  done
  local tries
  for tries in 1 2 3 4 5 6 7 8 9 10; do  # what was being forked meanwhile is met the next time
    kill -KILL $pids 2>/dev/null
    sleep 0.05
    pids=$(minusnow_members "$1" "$2 $BASHPID")
    [[ $pids ]] || return 0
  done
  return 0
}
""".replace("GRACE", str(KILL_GRACE))

_SURROUNDINGS = f"""
export PATH={SEARCH_PATH} HOME="${{HOME:-/root}}" DEBIAN_FRONTEND=noninteractive
# POSIX mode has no process substitution; a language counts even beside LC_ALL=C.UTF-8; what is
# said to PostgreSQL and Redis must not lead to another server than the host's own.
unset BASH_ENV ENV CDPATH POSIXLY_CORRECT LANGUAGE REDISCLI_AUTH ${{!PG@}}
set +o posix
export -n SHELLOPTS BASHOPTS
umask 077
cd /
"""

ENVIRONMENT = _SURROUNDINGS + "export LC_ALL=C.UTF-8\n"

# A script runs in a subshell of its own, with fresh positional parameters; its end is told on both
# streams, so that neither can be cut. Around it stands `minusnow_run`, a background job, because
# the shell itself reads on: that is how it hears that the script is to be ended.
_FUNCTIONS = r"""
minusnow_frame() {  # one script from fd 3, whole or not at all; 1: that was the last one
  local header heard more=
  while :; do
    if [[ $minusnow_job ]]; then
      IFS= read -r -t 2 -N 1 header <&3 && break
      heard=$?
      [[ -z $header ]] || break  # bash may tell that the time is over with the byte in its hand
      (( heard > 128 )) || return 1
      minusnow_runs "$minusnow_job" && continue
      wait "$minusnow_job"
      minusnow_left=$? minusnow_job=
      (( minusnow_left < 2 )) || exit 126
    else
      IFS= read -r -N 1 header <&3 && break
      return 1
    fi
  done
  [[ $header != q ]] || exit 0
  IFS= read -r -N 62 more <&3 && [[ ${#more} == 62 ]] || exit 125
  header+=$more
  local size=$((10#${header:0:12}))
  minusnow_first=${header:13:24} minusnow_second=${header:38:24}
  IFS= read -r -N "$size" minusnow_script <&3 && [[ ${#minusnow_script} == "$size" ]] || exit 125
}
minusnow_runs() {  # pid -> whether it is there and not just waiting to be reaped
  minusnow_stat "$1" && [[ $REPLY != " Z"* ]]
}
minusnow_tell() {  # a line on both streams, the error stream first
  printf '%s\n' "$1" >&4
  printf '%s\n' "$1"
}
minusnow_begin() {
  minusnow_tell "$minusnow_first$minusnow_second"
  export LC_ALL=C.UTF-8
  [[ -d $TMPDIR && -O $TMPDIR ]] || mkdir -p -m 0700 -- "$TMPDIR" || {
    printf 'the directory %s cannot be made\n' "$TMPDIR" >&4
    minusnow_tell "$minusnow_second$minusnow_first:126"
    exit 0
  }
}
minusnow_run() {
  local since=$SECONDS status
  set +m
  exec 3<&-
  minusnow_begin
  ( exec 2>&4 4>&-; set --; set -euo pipefail; eval "$minusnow_script" )
  status=$?
  minusnow_tell "$minusnow_second$minusnow_first:$status"
  minusnow_leaves $((SECONDS - since))
}
minusnow_leaves() {  # seconds -> exits 1 if something is left that may write to our streams
  local entry fields last=0
  IFS=' ' read -r _ _ _ _ last </proc/loadavg  # the last process number given out
  if (( $1 < 2 && last >= BASHPID && last - BASHPID < 200 )); then
    for ((entry = BASHPID + 1; entry <= last; entry++)); do
      minusnow_may_write "$entry" && exit 1
    done
    exit 0
  fi
  for entry in /proc/[0-9]*; do
    entry=${entry#/proc/}
    [[ $minusnow_spare == *" $entry "* || $entry == "$BASHPID" ]] && continue
    minusnow_may_write "$entry" && exit 1
  done
  exit 0
}
minusnow_may_write() {  # pid -> whether it is of our session, or holds one of our streams
  local fields number
  minusnow_stat "$1" || return 1
  fields=($REPLY)
  [[ ${fields[0]} != Z ]] || return 1
  [[ ${fields[3]} == "$minusnow_session" ]] && return 0
  for number in 1 2; do
    [[ /proc/$1/fd/$number -ef /proc/$$/fd/1 || /proc/$1/fd/$number -ef /proc/$$/fd/4 ]] && return 0
  done
  return 1
}
"""

_PREPARE = r"""
export TMPDIR=$4
exec 3<&0 4>&2 </dev/null 2>/dev/null
minusnow_job= minusnow_left=0
"""

_SHELL = (
    _SURROUNDINGS
    + SESSION_FUNCTIONS
    + _FUNCTIONS
    + _PREPARE
    + r"""
minusnow_spare=" $$ " minusnow_parent=$PPID
while [[ $minusnow_parent -gt 1 ]]; do
  minusnow_spare+="$minusnow_parent "
  minusnow_stat "$minusnow_parent" && read -r _ minusnow_parent _ <<<"$REPLY" || break
done
minusnow_stat $$ && read -r _ _ _ minusnow_session _ <<<"$REPLY"
set -m  # a job that leaves SIGINT and SIGQUIT as they are
while minusnow_frame; do
  if [[ $minusnow_job ]]; then
    wait "$minusnow_job"
    minusnow_left=$?
  fi
  if (( minusnow_left )); then
    minusnow_tell "$minusnow_first$minusnow_second"
    minusnow_tell "$minusnow_second$minusnow_first:NOT_RUN"
    exit 0
  fi
  minusnow_run &
  minusnow_job=$!
  minusnow_script=
done
if [[ $minusnow_job ]] && minusnow_runs "$minusnow_job"; then
  minusnow_end_session "$minusnow_session" "$minusnow_spare $minusnow_job"
  wait "$minusnow_job"
fi
# The connection may be gone, and nobody else left to tidy up; another shell's files stay.
[[ ! -d $TMPDIR ]] || rmdir -- "$TMPDIR" 2>/dev/null
""".replace("NOT_RUN", str(NOT_RUN))
)

# The one script reads what follows from its fd 3; it ends by itself where that is cut.
_SINGLE = (
    _SURROUNDINGS
    + SESSION_FUNCTIONS
    + _FUNCTIONS
    + _PREPARE
    + r"""
minusnow_frame || exit 125
minusnow_begin
( exec 2>&4 4>&-; set --; set -euo pipefail; eval "$minusnow_script" )
minusnow_status=$?
minusnow_tell "$minusnow_second$minusnow_first:$minusnow_status"
"""
)
_PROGRAMS: dict[Input, bytes] = {"scripts": _SHELL.encode(), "bytes": _SINGLE.encode()}

FAREWELL = b"q"  # in the place of a script: end, and spare what scripts have left running


def _half() -> str:
    return secrets.token_hex(12)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One script ready to travel, and the shell that takes it."""

    script: str
    directory: str  # for temporary files; made with mode 0700 if it is not there
    input: Input = "scripts"
    _halves: tuple[str, str] = field(default_factory=lambda: (_half(), _half()))
    _ready_halves: tuple[str, str] = field(default_factory=lambda: (_half(), _half()))

    def __post_init__(self) -> None:
        if "\0" in self.script:
            raise ValueError("a script cannot hold a NUL byte")

    @property
    def command(self) -> str:
        """The command line for any login shell to `exec` (or for sudo to run)."""
        words = (
            str(len(_PROGRAMS[self.input])),
            *self._ready_halves,
            self.directory,
            self.input,
        )
        start = " ".join(f"'{word}'" if " " in word else word for word in LOADER_ARGUMENTS)
        return f"{BASH} {start} {' '.join(words)}"

    @property
    def payload(self) -> bytes:
        """The bytes that follow over standard input where a shell is started with `command`."""
        return _PROGRAMS[self.input] + self.frame

    @property
    def frame(self) -> bytes:
        """The bytes that a shell which is running already takes."""
        script = (self.script + "\n").encode()
        return f"{len(script):012d} {' '.join(self._halves)}\n".encode() + script

    @property
    def ready(self) -> bytes:
        """What a shell says when it has started and reads; it does not stand in `command`."""
        return "".join(self._ready_halves).encode()

    @property
    def start(self) -> bytes:
        """The marker before the script's output."""
        return "".join(self._halves).encode()

    @property
    def end(self) -> bytes:
        """The marker after the script's output, followed by `:status`."""
        return "".join(reversed(self._halves)).encode()


def sudo_command(command: str, *, prompt: str | None) -> str:
    """Return the command run as root; sudo asks with `prompt` on stdin, or never if None."""
    return f"sudo -n -- {command}" if prompt is None else f"sudo -S -p {prompt} -- {command}"
