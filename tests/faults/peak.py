"""Run a command and write how much memory it took at most: `python -m … FILE COMMAND …`.

What the kernel tells of a process is at least what its parent held when it was started, and the
process that runs the tests holds more than what is tested. This one in between holds little.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    process = subprocess.Popen(sys.argv[2:])
    _, status, used = os.wait4(process.pid, 0)
    Path(sys.argv[1]).write_text(str(used.ru_maxrss))  # KiB
    sys.exit(os.waitstatus_to_exitcode(status))
