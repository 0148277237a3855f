"""Where the installer's session comes from, as the host sees it."""

from __future__ import annotations

import ipaddress

# sudo drops SSH_CONNECTION; the login shell above it still has it.
SCRIPT = """\
pid=$$
while [[ $pid =~ ^[0-9]+$ && $pid -gt 1 ]]; do
  while IFS= read -r -d '' line; do
    [[ $line == SSH_CONNECTION=* ]] && printf '%s\\n' "${line#*=}" && pid=0 && break
  done <"/proc/$pid/environ"
  [[ $pid == 0 ]] && break
  parent=
  while read -r name value; do [[ $name == PPid: ]] && parent=$value; done <"/proc/$pid/status"
  pid=$parent
done
"""


def parse(text: str) -> str:
    """Return the client's address of the SSH session, "" if there is none."""
    first = text.split()[:1]
    try:
        address = ipaddress.ip_address(first[0].partition("%")[0]) if first else None
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address) if address else ""
