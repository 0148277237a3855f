"""What guards a host: SELinux and a firewall."""

from __future__ import annotations

# A unit that runs has a control group of its name; asking systemctl would start a process.
SCRIPT = """\
read -r line </sys/fs/selinux/enforce && printf 'selinux=%s\\n' "$line"
while read -r line; do
  [[ $line == ENABLED=yes ]] && echo active=ufw
done </etc/ufw/ufw.conf
for root in /sys/fs/cgroup /sys/fs/cgroup/systemd; do
  [[ -d $root/system.slice/firewalld.service ]] && echo active=firewalld
done
[[ -x /usr/sbin/ufw ]] && echo installed=ufw
[[ -x /usr/sbin/firewalld ]] && echo installed=firewalld
"""

_MODES = {"selinux=1": "enforcing", "selinux=0": "permissive"}


def selinux(text: str) -> str:
    """Return enforcing, permissive or disabled."""
    return next((_MODES[line] for line in text.splitlines() if line in _MODES), "disabled")


def firewall(text: str) -> str:
    """Return the firewall that is active, else the one installed, else none."""
    lines = text.splitlines()
    for state in ("active", "installed"):
        for kind in ("ufw", "firewalld"):
            if f"{state}={kind}" in lines:
                return kind
    return "none"
