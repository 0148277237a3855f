"""The shell that stays on a host takes every script whole, whenever it comes."""

from __future__ import annotations

import random
import subprocess
import threading

from wizard.remote import ssh_program
from wizard.remote.ssh_program import Envelope

FRAMES = 200
TIMER = 0.01  # seconds instead of the shell's own: what takes hours to meet is met at once


def test_no_byte_is_lost_when_a_script_comes_as_the_timer_ends() -> None:
    """Bash's timed read may fail with the byte it has read: it still belongs to the script."""
    functions = ssh_program._FUNCTIONS  # noqa: SLF001 - the shell's own text is what is tried
    assert functions.count("read -r -t 2 ") == 1
    program = (
        f"LC_ALL=C; exec 3<&0 </dev/null\n{functions.replace('-t 2 ', f'-t {TIMER} ')}\n"
        "minusnow_runs() { true; }\n"
        'while minusnow_job=1; minusnow_frame; do printf %s "$minusnow_script"; done'
    )
    chance = random.Random(1)  # noqa: S311 - no secret
    pause = threading.Event()
    with subprocess.Popen(
        ["bash", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as shell:
        assert shell.stdin
        assert shell.stdout
        limit = threading.Timer(60, shell.kill)
        limit.start()
        for number in range(FRAMES):
            pause.wait(chance.uniform(0.8 * TIMER, 1.2 * TIMER))
            shell.stdin.write(Envelope(f"script {number}", "/tmp").frame)
            shell.stdin.flush()
            assert shell.stdout.readline() == f"script {number}\n".encode()
        limit.cancel()
        shell.stdin.close()
