"""Which machine a host is: names, kernel, and the numbers that tell two machines apart."""

from __future__ import annotations

from dataclasses import dataclass

# bash starts no process for any of these; `uname` only on kernels before 6.1.
SCRIPT = """\
show_as() { local line=; [[ -r $2 ]] && read -r line <"$2"; printf '%s=%s\\n' "$1" "$line"; }
show_as hostname /proc/sys/kernel/hostname
show_as kernel /proc/sys/kernel/osrelease
show_as machine_id /etc/machine-id
show_as boot_id /proc/sys/kernel/random/boot_id
show_as hardware_id /sys/class/dmi/id/product_uuid
show_as host_key /etc/ssh/ssh_host_ed25519_key.pub
if [[ -r /proc/sys/kernel/arch ]]; then show_as architecture /proc/sys/kernel/arch
else printf 'architecture=%s\\n' "$(uname -m)"; fi
"""

# What firmware reports when nobody gave the board a number: the same on thousands of machines.
_NO_IDENTITY = {
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "03000200-0400-0500-0006-000700080009",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Names and numbers of one machine; "" where there is none."""

    hostname: str
    kernel: str
    architecture: str
    machine_id: str
    boot_id: str
    hardware_id: str
    host_key: str


def parse(text: str) -> Identity:
    """Return the identity; hardware numbers that are placeholders count as none."""
    fields = dict(line.partition("=")[::2] for line in text.splitlines())
    hardware_id = fields.get("hardware_id", "").strip().lower()
    return Identity(
        hostname=fields.get("hostname", "").strip(),
        kernel=fields.get("kernel", "").strip(),
        architecture=fields.get("architecture", "").strip(),
        machine_id=fields.get("machine_id", "").strip(),
        boot_id=fields.get("boot_id", "").strip(),
        hardware_id="" if hardware_id in _NO_IDENTITY else hardware_id,
        host_key=" ".join(fields.get("host_key", "").split()[:2]),
    )
