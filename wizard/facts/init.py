"""What a host was started with: process 1 and the version of systemd."""

from __future__ import annotations

import re

# The library's name carries the version: no process has to be started to read it.
SCRIPT = """\
read -r line </proc/1/comm && printf 'init=%s\\n' "$line"
for file in /usr/lib/systemd/libsystemd-shared-*.so /lib/systemd/libsystemd-shared-*.so \\
  /usr/lib/*/systemd/libsystemd-shared-*.so /usr/lib64/systemd/libsystemd-shared-*.so; do
  printf 'library=%s\\n' "${file##*/}"
done
"""


def parse(text: str) -> tuple[str, int]:
    """Return the name of process 1 ("unknown") and systemd's version (0)."""
    init, version = "unknown", 0
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if name == "init" and value:
            init = value
        match = re.match(r"libsystemd-shared-([0-9]{1,5})", value, re.ASCII)
        if name == "library" and match:
            version = max(version, int(match[1]))
    return init, version
