"""Which PostgreSQL clusters a host holds, running or not, and whether this installer made them."""

from __future__ import annotations

import re

from wizard.facts.host import PostgresCluster

MARKERS = "/var/lib/minusnow-setup"  # postgresql-<version>-<name> holds the system identifier

# Everything that looks like a data directory counts, whatever the packaging thinks of it. Only
# hosts that have one start a process: pg_controldata, and psql if it runs and is not ours.
SCRIPT = """\
markers=/var/lib/minusnow-setup
for file in /var/lib/postgresql/*/*/PG_VERSION /var/lib/pgsql/*/data/PG_VERSION \\
  /var/lib/pgsql/data/PG_VERSION; do
  [[ -e $file ]] || continue
  data=${file%/PG_VERSION} name=main port= running=no identifier= ours=no version=
  read -r version <"$file"
  conf=$data/postgresql.conf
  if [[ $data == /var/lib/postgresql/* ]]; then
    name=${data##*/} conf=/etc/postgresql/$version/${data##*/}/postgresql.conf
  fi
  for part in "$conf" "${conf%/*}"/conf.d/*.conf "$data/postgresql.auto.conf"; do
    while read -r key value; do
      [[ $key == port* && "$key $value" =~ ^port[[:space:]]*=?[[:space:]]*\\'?([0-9]+) ]] \\
        && port=${BASH_REMATCH[1]}
    done <"$part"
  done
  if read -r pid <"$data/postmaster.pid" && read -r comm <"/proc/$pid/comm" \\
    && [[ $comm == postgres* || $comm == postmaster* ]]; then running=yes; fi
  for bin in "/usr/lib/postgresql/$version/bin" "/usr/pgsql-$version/bin" /usr/bin; do
    if [[ -x $bin/pg_controldata ]]; then
      while read -r line; do
        [[ $line == 'Database system identifier:'* ]] && identifier=${line##* }
      done < <("$bin/pg_controldata" -D "$data")
      break
    fi
  done
  marker=
  read -r marker <"$markers/postgresql-$version-$name"
  [[ -n $identifier && $marker == "$identifier" ]] && ours=yes
  recovery=no
  [[ -e $data/standby.signal || -e $data/recovery.conf ]] && recovery=yes
  printf 'cluster\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$version" "$name" "$port" \\
    "$running" "$data" "$ours" "$identifier" "$recovery"
  [[ $ours == yes ]] && continue
  if [[ $running == yes ]]; then
    timeout 10 runuser -u postgres -- psql -XAtq -p "${port:-5432}" -d postgres -c "select \\
'database'||chr(9)||datname from pg_database where not datistemplate and datname<>'postgres'"
  else
    for base in "$data"/base/*; do
      [[ ${base##*/} =~ ^[0-9]+$ && ${base##*/} -ge 16384 ]] \\
        && printf 'database\\tnumber %s\\n' "${base##*/}"
    done
  fi
done
"""

_FIELDS = 9
_DEFAULT_PORT = 5432


def parse(text: str) -> tuple[PostgresCluster, ...]:
    """Return the clusters; databases of a stopped one are named by their number on disk."""
    rows: list[list[str]] = []
    databases: list[list[str]] = []
    for line in text.splitlines():
        fields = line.split("\t")
        if fields[0] == "cluster" and len(fields) == _FIELDS:
            rows.append(fields)
            databases.append([])
        elif fields[0] == "database" and rows and len(fields) > 1:
            databases[-1].append(fields[1])
    return tuple(
        PostgresCluster(
            version=row[1],
            name=row[2],
            port=int(row[3]) if re.fullmatch(r"[0-9]{1,5}", row[3], re.ASCII) else _DEFAULT_PORT,
            running=row[4] == "yes",
            data=row[5],
            ours=row[6] == "yes",
            databases=tuple(names),
            system_identifier=row[7],
            in_recovery=row[8] == "yes",
        )
        for row, names in zip(rows, databases, strict=True)
    )
