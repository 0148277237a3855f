"""Proof: does the application run on every node, healthy and with few rights?"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question
from wizard.checks.proof_ground import SERVICE
from wizard.site.application import HEALTH_PATH, SERVICE_USER, STATUS_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_EXPOSED = 3.0  # of 10, as `systemd-analyze security` counts
HTTP_OK = 200
LOOKS = 3  # at what a node says of itself, before that counts
_ANSWER, _BETWEEN = 5, 2  # seconds for an answer, and between two looks

HEALTH = Question("app-health", f"Does the node answer {HEALTH_PATH}?", "200")
STATUS = Question(
    "app-components", "Are the components well that the node works with?", "200, each ok"
)
ACCOUNT = Question(
    "app-account", "Does the service run without root rights?", f"as {SERVICE_USER}, active"
)
ENVIRONMENT = Question(
    "app-environment", "Can only root read the file with the secrets?", "root:root 600"
)
EXPOSURE = Question(
    "app-exposure", "Is the service shut in?", f"exposure below {MOST_EXPOSED} of 10"
)

_LOG = f"See `journalctl -u {SERVICE} -n 50` on this host."
_APPLY = "Apply the site again."


def sections(port: int) -> Mapping[str, str]:
    """Return the scripts that look at one node, by the name of their section."""

    def ask(path: str) -> str:
        # A node that lacks something for a moment, as after a restart, is asked again.
        return f"""\
for looks in {" ".join(str(1 + look) for look in range(LOOKS))}; do
  answer=$(curl -s --max-time {_ANSWER} -w '\\n%{{http_code}}' http://127.0.0.1:{port}{path})
  [[ $answer == *$'\\n'{HTTP_OK} ]] && break
  [[ $looks == {LOOKS} ]] || sleep {_BETWEEN}
done
printf '%s\\n' "$answer"
"""

    return {
        "health": ask(HEALTH_PATH),
        "status": ask(STATUS_PATH),
        "looks": "printf '%s' \"$looks\"",
        "service": f"""\
systemctl show {SERVICE}.service -p ActiveState -p MainPID -p NRestarts
pid=$(systemctl show {SERVICE}.service -p MainPID --value)
printf 'Account=%s\\n' "$(stat -c %U "/proc/$pid")"
systemctl show {SERVICE}.service -p EnvironmentFiles --value | while read -r file _; do
  [[ $file ]] && printf 'File=%s %s\\n' "$(stat -c '%U:%G %a' "$file")" "$file"
done
""",
        "exposure": f"systemd-analyze security --no-pager {SERVICE}.service | tail -n 1",
    }


def check(host: str, seen: Mapping[str, str]) -> Iterator[Finding]:
    """Answer for one node from what its sections printed."""
    yield _health(host, seen.get("health", ""))
    yield _status(host, seen.get("status", ""), looks=seen.get("looks", ""))
    yield from _service(host, seen.get("service", ""))
    yield _exposure(host, seen.get("exposure", ""))


def answer_of(text: str) -> tuple[int, str]:
    """Return the status and the body that curl printed; 0 without an answer."""
    body, _, status = text.strip().rpartition("\n")
    return (int(status), body) if status.isdigit() and int(status) else (0, "")


def components_in(body: str) -> dict[str, str]:
    """Return the state of each component in a health answer, as far as it tells any.

    Products differ: an object of states or of objects with a state, under a key or at the top.
    """
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    if not isinstance(parsed, dict):
        return {}
    inner = next(
        (parsed[key] for key in ("components", "checks", "services") if key in parsed), parsed
    )
    found: dict[str, str] = {}
    for name, value in inner.items() if isinstance(inner, dict) else ():
        state = value.get("status", value.get("state")) if isinstance(value, dict) else value
        # At the top other things stand beside the components: only what says a state counts.
        if isinstance(state, str | bool) and (inner is not parsed or isinstance(value, dict)):
            found[str(name)] = str(state)
    return found


def is_json(body: str) -> bool:
    """Tell whether a body is JSON."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _health(host: str, text: str) -> Finding:
    status, _ = answer_of(text)
    if status == HTTP_OK:
        return HEALTH.ok(host, "200")
    return HEALTH.failed(host, str(status or "no answer"), _LOG)


def _status(host: str, text: str, *, looks: str) -> Finding:
    status, body = answer_of(text)
    states = components_in(body)
    words = ", ".join(f"{name} {state}" for name, state in states.items())
    if status != HTTP_OK:
        return STATUS.failed(host, f"{status or 'no answer'}{': ' if words else ''}{words}", _LOG)
    if not is_json(body):
        return STATUS.warning(host, "200, but no JSON", _LOG, wanted="200 with JSON")
    late = f", at look {looks}" if looks not in {"", "1"} else ""
    return STATUS.ok(host, f"{words or HTTP_OK}{late}")


def _service(host: str, text: str) -> Iterator[Finding]:
    values = dict(line.partition("=")[::2] for line in text.splitlines())
    state, account = values.get("ActiveState", "unknown"), values.get("Account", "")
    words = f"{state}, as {account or 'nobody'}, {values.get('NRestarts', '?')} restarts"
    if state == "active" and account == SERVICE_USER:
        yield ACCOUNT.ok(host, words)
    else:
        yield ACCOUNT.failed(host, words, _LOG)
    files = [line.removeprefix("File=") for line in text.splitlines() if line.startswith("File=")]
    wrong = [file for file in files if not file.startswith("root:root 600 ")]
    if not files:
        yield ENVIRONMENT.failed(host, "the service reads no environment file", _APPLY)
    elif wrong:
        yield ENVIRONMENT.failed(host, ", ".join(wrong), _APPLY)
    else:
        yield ENVIRONMENT.ok(host, ", ".join(files))


def _exposure(host: str, text: str) -> Finding:
    match = re.search(r": (\d+(?:\.\d+)?) ", text)
    if match is None:
        return EXPOSURE.skipped(host, "systemd-analyze gave no number")
    if float(match[1]) < MOST_EXPOSED:
        return EXPOSURE.ok(host, f"exposure {match[1]}")
    return EXPOSURE.failed(
        host, f"exposure {match[1]}", f"See `systemctl cat {SERVICE}` for a drop-in that opens it."
    )
