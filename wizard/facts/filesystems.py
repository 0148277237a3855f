"""Which network file systems a host's kernel can mount or serve."""

from __future__ import annotations

# What is loaded or built in stands in /proc/filesystems; what can be loaded is a module file.
SCRIPT = """\
show /proc/filesystems
read -r release </proc/sys/kernel/osrelease
for root in /lib/modules /usr/lib/modules; do
  for module in "$root/$release"/kernel/fs/nfs/*.ko* "$root/$release"/kernel/fs/nfsd/*.ko*; do
    printf 'module %s\\n' "${module##*/}"
  done
done
"""

_MODULES = {"nfs": ("nfs",), "nfsv4": ("nfs4",), "nfsd": ("nfsd",)}


def parse(text: str) -> frozenset[str]:
    """Return the names that mount(8) would accept: nfs, nfs4, nfsd, ext4 ..."""
    found: set[str] = set()
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "module":
            found.update(_MODULES.get(words[-1].partition(".")[0], ()))
        else:
            found.add(words[-1])
    return frozenset(found)
