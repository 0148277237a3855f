"""What a host runs on: hardware, a hypervisor, a container."""

from __future__ import annotations

# The signs that systemd-detect-virt(1) reads, without starting it.
SCRIPT = """\
read -r line </run/systemd/container && printf 'container=%s\\n' "$line"
while IFS= read -r -d '' line; do
  [[ $line == container=?* ]] && printf '%s\\n' "$line"
done </proc/1/environ
read -r line </sys/class/dmi/id/sys_vendor && printf 'vendor=%s\\n' "$line"
read -r line </sys/class/dmi/id/product_name && printf 'product=%s\\n' "$line"
read -r line </sys/hypervisor/type && printf 'hypervisor=%s\\n' "$line"
while read -r name _ value; do
  [[ $name == vendor_id ]] && printf 'cpu=%s\\n' "$value"
  [[ $name == flags && " $value " == *' hypervisor '* ]] && printf 'guest=yes\\n'
  [[ $name == flags ]] && break
done </proc/cpuinfo
"""

_SIGNS = (  # word in vendor, product or hypervisor -> name, the first that is found counts
    ("user mode linux", "uml"),
    ("qemu", "qemu"),
    ("kvm", "kvm"),
    ("vmware", "vmware"),
    ("virtualbox", "virtualbox"),
    ("innotek", "virtualbox"),
    ("xen", "xen"),
    ("microsoft", "hyper-v"),
    ("amazon ec2", "amazon"),
    ("google", "google"),
    ("openstack", "openstack"),
    ("parallels", "parallels"),
)

GUESTS = frozenset(
    {*(name for _, name in _SIGNS), "virtual"}
)  # machines of their own, by a hypervisor


def parse(text: str) -> str:
    """Return a container manager, a hypervisor, "virtual", or "none" for bare hardware."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and value:
            fields.setdefault(name, value.strip())
    if not fields:
        return "unknown"
    if "container" in fields:
        return fields["container"]
    seen = " ".join(fields.get(key, "") for key in ("cpu", "vendor", "product", "hypervisor"))
    for sign, name in _SIGNS:
        if sign in seen.lower():
            return name
    return "virtual" if "guest" in fields else "none"
