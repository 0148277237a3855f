"""Who holds the package manager's lock at the moment."""

from __future__ import annotations

# A holder of the lock appears in /proc/locks and has the lock file open; `-ef` compares files
# without starting a process. Lines with "->" are waiters.
SCRIPT = """\
locks=(/var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock
  /var/cache/apt/archives/lock /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock)
held() {
  local name=
  read -r name <"/proc/$1/comm"
  printf '%s\\t%s\\t%s\\n' "$1" "$name" "$2"
}
seen=' '
while read -r _ kind _ _ pid _; do
  [[ $kind == '->' || $seen == *" $pid "* || ! -d /proc/$pid ]] && continue
  seen+="$pid "
  for open in /proc/$pid/fd/*; do
    for lock in "${locks[@]}"; do
      [[ $open -ef $lock ]] && held "$pid" "$lock"
    done
  done
done </proc/locks
for file in /run/dnf.pid /var/run/dnf.pid /var/lib/dnf/rpmdb_lock.pid /var/run/yum.pid; do
  read -r pid <"$file" && [[ -d /proc/$pid ]] && held "$pid" "$file"
done
"""

_FIELDS = 3


def parse(text: str) -> str:
    """Return for people who holds a lock ("apt-get (pid 71) on /var/…"), "" if nobody."""
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) == _FIELDS and fields[0].isdecimal():
            pid, name, path = fields
            return f"{name or 'a process'} (pid {pid}) on {path}"
    return ""
