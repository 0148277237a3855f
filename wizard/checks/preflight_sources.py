"""Preflight: can each host reach the package sources it is to use?

Nothing is downloaded and no list is refreshed: files are tested, and servers connected to.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SOURCES = Question("package-sources", "Can the package sources be reached?")

# The host's own sources and proxies, in the package manager's words; then each is tried once.
# A password in a URL stays on the host.
_COLLECT = """\
proxy=
if [[ -x /usr/bin/apt-get ]]; then
  mapfile -t uris < <(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages')
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
else
  for file in /etc/yum.repos.d/*.repo; do
    enabled=1 uri=
    while IFS='= ' read -r key value || [[ -n $key ]]; do
      case $key in
        \\[*) [[ $enabled == 1 && -n $uri ]] && uris+=("$uri"); enabled=1 uri=;;
        enabled) enabled=$value;;
        baseurl|mirrorlist|metalink) uri=${uri:-${value%% *}};;
      esac
    done <"$file"
    [[ $enabled == 1 && -n $uri ]] && uris+=("$uri")
  done
  while IFS='= ' read -r key value; do [[ $key == proxy ]] && proxy=$value; done </etc/dnf/dnf.conf
fi
"""
_TRY = """\
try_source() {
  local uri=$1 rest server host port words scheme=${1%%:*}
  rest=${uri#*:} rest=${rest#//} rest=${rest#*@}
  case $scheme in
    file|copy)
      rest=/${rest#/}
      if [[ -r $rest ]]; then words=ok; else words='no such directory'; fi;;
    http|https)
      server=${rest%%/*}
      if [[ -n $proxy ]]; then server=${proxy#*://} server=${server#*@} server=${server%%/*}; fi
      host=${server%:*} port=${server##*:}
      if [[ $server != *:* || $server == *] ]]; then
        host=$server port=80; [[ $scheme == https ]] && port=443
      fi
      host=${host#[} host=${host%]}
      words=$(timeout 4 bash -c 'exec 3<>"/dev/tcp/$1/$2"' try "$host" "$port" 2>&1)
      case $? in 0) words=ok;; 124) words=timeout;; *) words=${words##*: };; esac;;
    *) words='not tried';;
  esac
  printf 'source\\t%s\\t%s\\n' "$scheme://${rest%/}" "${words//$'\\n'/ }"
}
declare -A once=()
for uri in "${uris[@]}"; do
  [[ -n ${once[$uri]:-} ]] && continue
  once[$uri]=1
  try_source "$uri" &
done
wait
"""


def sources_script(own: Sequence[str]) -> str:
    """Return bash that tries every source; `own` are the site's, else the host's are tried."""
    if not own:
        return f"uris=()\n{_COLLECT}{_TRY}"
    words = " ".join(shlex.quote(uri_of(source)) for source in own)
    return f"proxy=\nuris=({words})\n{_TRY}"


def uri_of(source: str) -> str:
    """Return the address in a one-line apt source, or the source itself if it is one."""
    match = re.fullmatch(r"deb (?:\[[^\]]*\] )?(\S+) .*", source)
    return match[1] if match else source


def parse_sources(output: str) -> dict[str, str]:
    """Return the words for each source: ok, timeout, or what was seen instead."""
    found: dict[str, str] = {}
    for line in output.splitlines():
        match = re.fullmatch(r"source\t([^\t]*)\t([^\t]*)", line)
        if match:
            found[re.sub(r"//[^/@]*@", "//", match[1])] = match[2] or "unknown"
    return found


def check_sources(name: str, answers: dict[str, str] | None) -> Iterator[Finding]:
    """Answer for one host; None if the script could not be run."""
    if answers is None:
        yield SOURCES.skipped(name, "the host could not be asked")
    elif not answers:
        yield SOURCES.failed(
            name,
            "no package source is configured",
            "Name one in networking.packages, or configure the host's own.",
        )
    else:
        bad = {uri: words for uri, words in answers.items() if words not in {"ok", "not tried"}}
        if bad:
            yield SOURCES.failed(
                name,
                "; ".join(f"{uri}: {words}" for uri, words in sorted(bad.items())),
                "Open the way to it (or to the proxy), or name a mirror the host can reach in"
                " networking.packages.",
                wanted="an answer from every source",
            )
        else:
            yield SOURCES.ok(name, ", ".join(sorted(answers)))
