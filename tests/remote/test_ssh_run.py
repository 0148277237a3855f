"""Scripts over a real sshd: what comes back, and what does not leak."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
import pytest

from tests.remote.sshd import Sshd, processes_with, wait_until
from wizard.errors import Cancelled, CommandSilent
from wizard.remote.cancellation import Cancellation
from wizard.remote.ssh import connect
from wizard.remote.ssh_program import RUN_DIRECTORY, Envelope
from wizard.remote.transport import Result

if TYPE_CHECKING:
    from wizard.remote.transport import Stream, Transport

pytestmark = pytest.mark.sshd


def run(host: Transport, script: str) -> Result:
    """Run a script that is soon done."""
    return host.run(script, waiting_for="a test", timeout=60)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo hi; echo there >&2", Result(status=0, out="hi\n", err="there\n")),
        ("printf 'no newline'", Result(status=0, out="no newline", err="")),
        ("exit 3", Result(status=3, out="", err="")),
        ("false; echo never", Result(status=1, out="", err="")),
        ("false | true; echo never", Result(status=1, out="", err="")),
        ("cat; echo end", Result(status=0, out="end\n", err="")),
        ("exec echo replaced", Result(status=0, out="replaced\n", err="")),
        ("umask; id -u; echo $LC_ALL", Result(status=0, out="0077\n0\nC.UTF-8\n", err="")),
        ("kill -9 $BASHPID", Result(status=137, out="", err="")),
        ("printf 'r\\303'; sleep 0.1; printf '\\251'", Result(status=0, out="ré", err="")),
        ("printf '\\377\\n'", Result(status=0, out="\ufffd\n", err="")),
        ("echo 'é ‹x› \x01\x7f $#'", Result(status=0, out="é ‹x› \x01\x7f $#\n", err="")),
        ("sleep 10 & echo on", Result(status=0, out="on\n", err="")),
        ("", Result(status=0, out="", err="")),
    ],
)
def test_a_script_tells_its_status_and_output(
    host: Transport, script: str, expected: Result
) -> None:
    """Strict mode, empty standard input, bytes as they are, no waiting for children."""
    assert run(host, script) == expected


def test_an_unset_variable_ends_the_script(host: Transport) -> None:
    """`set -u` is on."""
    assert run(host, "echo $nothing_of_that_name; echo never").out == ""


def test_a_syntax_error_runs_nothing_of_that_line(host: Transport) -> None:
    """The status is not zero."""
    assert run(host, "if then").status != 0


def test_a_large_script_arrives_whole(host: Transport) -> None:
    """Three megabytes, more than the window of an SSH channel."""
    text = "0123456789abcdef" * 200_000
    assert run(host, f"cat <<'EOF' | wc -c\n{text}\nEOF").out.strip() == str(len(text) + 1)


def test_one_line_of_ten_megabytes(host: Transport) -> None:
    """It comes as one line, in seconds."""
    lines: list[str] = []
    result = host.run(
        "head -c 10000000 /dev/zero | tr '\\0' x; echo",
        waiting_for="a long line",
        timeout=60,
        on_line=lambda _stream, line: lines.append(line),
    )
    assert [len(line) for line in lines] == [10_000_000]
    assert len(result.out) == 10_000_001


def test_lines_are_told_as_they_come(host: Transport, tmp_path: Path) -> None:
    """The first line is heard while the script still waits for us."""
    flag = tmp_path / "flag"
    lines: list[tuple[Stream, str]] = []

    def on_line(stream: Stream, line: str) -> None:
        lines.append((stream, line))
        flag.touch()

    script = f"echo first; until [[ -e {flag} ]]; do sleep 0.02; done; echo second >&2"
    host.run(script, waiting_for="lines", timeout=30, on_line=on_line)
    assert lines == [("out", "first"), ("err", "second")]


@pytest.mark.parametrize(
    "noise",
    [
        *("echo hello", "echo oops >&2", "set -x", "set -u", "alias ls=false", "ls() { false; }"),
        *("IFS=m", "shopt -s failglob expand_aliases; alias ls=false", "trap 'echo bye' EXIT"),
        *("trap 'echo each' DEBUG", "export LC_ALL=de_DE", "cd /usr"),
    ],
)
def test_a_chatty_bashrc_is_not_part_of_the_output(own_server: Sshd, noise: str) -> None:
    """What the login shell prints comes before the start marker."""
    (own_server.home / ".bashrc").write_text(f"{noise}\n")
    host = connect(own_server.endpoint())
    try:
        script = "words='a me b'; echo $words mine; ls -d /none* . 2>/dev/null || pwd"
        assert run(host, script) == Result(status=0, out="a me b mine\n.\n/\n", err="")
    finally:
        host.close()


@pytest.mark.parametrize("missing", [1, 2, 30])
def test_a_truncated_script_does_not_run_at_all(server: Sshd, tmp_path: Path, missing: int) -> None:
    """Every byte has to arrive before the first command runs."""
    witness = tmp_path / "ran"
    envelope = Envelope(f"touch {witness}\n: and more that follows here", f"{RUN_DIRECTORY}/test")
    client = paramiko.SSHClient()
    client.load_host_keys(str(server.known_hosts))
    client.connect("127.0.0.1", server.port, "root", key_filename=str(server.user_key))
    channel = client.get_transport().open_session()
    channel.exec_command(f"exec {envelope.command}")
    channel.sendall(envelope.payload[:-missing])
    channel.shutdown_write()
    assert channel.recv_exit_status() == 125
    assert not witness.exists()
    client.close()


def test_temporary_files_are_private_and_removed(server: Sshd) -> None:
    """TMPDIR is a 0700 directory that is gone with the connection."""
    host = connect(server.endpoint())
    result = run(host, 'echo "$TMPDIR"; stat -c %a "$TMPDIR"; touch "$TMPDIR/x"')
    directory, mode = result.out.split()
    assert directory.startswith(RUN_DIRECTORY)
    assert mode == "700"
    assert Path(directory).exists()
    host.close()
    assert not Path(directory).exists()


@pytest.mark.parametrize("job", [None, "secret-keeper"])
def test_a_secret_is_in_no_command_line_and_no_environment(
    host: Transport, tmp_path: Path, job: str | None
) -> None:
    """While a script that holds it runs, nobody can read it from /proc."""
    secret = "s3cret-Wrpl92-in-script"
    started, go_on = tmp_path / "started", tmp_path / "go"
    script = (
        f"password='{secret}'; touch {started};"
        f" until [[ -e {go_on} ]]; do sleep 0.02; done; printf '%s' ${{#password}}"
    )
    with ThreadPoolExecutor() as pool:
        result = pool.submit(host.run, script, waiting_for="a flag", timeout=60, job=job)
        wait_until(started.exists)
        seen = processes_with(secret)
        scripts = list(Path(RUN_DIRECTORY).glob("jobs/*/script"))
        go_on.touch()
        assert result.result().out == str(len(secret))
    assert seen == []
    assert scripts == []


def test_silence_names_what_was_waited_for_and_ends_it(host: Transport, tmp_path: Path) -> None:
    """The person reads `dpkg lock`, and nothing goes on behind their back."""
    pid = tmp_path / "pid"
    with pytest.raises(CommandSilent, match=r"dpkg lock: nothing was heard for 0\.5 s; it was"):
        host.run(
            f"echo $BASHPID >{pid}; sleep 300",
            waiting_for="dpkg lock",
            timeout=60,
            silence=0.5,
        )
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()


def test_the_time_limit_holds_while_output_comes(host: Transport) -> None:
    """A chatty script does not run for ever."""
    with pytest.raises(CommandSilent, match=r"not done after 0\.5 s"):
        host.run("while :; do echo x; sleep 0.1; done", waiting_for="x", timeout=0.5, silence=30)
    assert run(host, "echo still usable").out == "still usable\n"


STUBBORN = """
trap '' TERM INT HUP
timeout 300 sleep 299 &
(sleep 298 & sleep 297) &
echo ready
while :; do sleep 0.1; done
"""


@pytest.mark.parametrize("way", ["cancel", "abort"])
def test_stopping_ends_every_process_of_the_script(server: Sshd, way: str) -> None:
    """Also what ignores TERM, what left the process group, and what was left behind."""
    cancellation = Cancellation()
    host = connect(server.endpoint(), cancellation=cancellation)
    ready = threading.Event()
    with ThreadPoolExecutor() as pool:
        result = pool.submit(
            host.run,
            STUBBORN,
            waiting_for="nothing",
            timeout=60,
            on_line=lambda _stream, _line: ready.set(),
        )
        assert ready.wait(20)
        wait_until(lambda: sleepers() >= {"297", "298", "299"})
        before = time.monotonic()
        if way == "cancel":
            cancellation.cancel()
        else:
            host.abort()
        with pytest.raises(Cancelled, match="it was ended"):
            result.result()
        assert time.monotonic() - before < 6
    wait_until(lambda: not sleepers() & {"297", "298", "299"})
    if way == "cancel":
        with pytest.raises(Cancelled):
            run(host, "echo never")
    else:
        assert run(host, "echo again").out == "again\n"
    host.close()


def test_many_scripts_at_once_on_one_connection(host: Transport) -> None:
    """More than the server's session limit; each gets its own output."""
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda n: run(host, f"sleep 0.1; echo {n}"), range(20)))
    assert [result.out for result in results] == [f"{n}\n" for n in range(20)]


def test_a_script_is_one_trip(host: Transport) -> None:
    """Trips are what a slow line makes one pay for."""
    before = host.trips
    run(host, "echo one; echo two")
    assert host.trips - before == 1


def sleepers() -> set[str]:
    """Return the arguments of all `sleep` processes."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0] == b"sleep":
            found.add(words[1].decode())
    return found


def test_a_callback_that_fails_ends_the_script_and_is_told(host: Transport) -> None:
    """Its own error comes out, not one about threads."""

    def on_line(_stream: Stream, line: str) -> None:
        raise LookupError(line)

    before = time.monotonic()
    with pytest.raises(LookupError, match="first"):
        host.run("echo first; sleep 296", waiting_for="x", timeout=60, on_line=on_line)
    assert time.monotonic() - before < 10
    wait_until(lambda: "296" not in sleepers())
