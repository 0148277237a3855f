"""Whatever a valid site file holds, no rendered file can be broken by it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.site.example import parsed
from tests.steps.assumed_site import situation, tasks
from tests.steps.test_programs import apart, needs_root, placed, program
from tests.steps.variants import NGINX
from wizard.resources.file import File
from wizard.steps.placed import placed_files

if TYPE_CHECKING:
    from wizard.site.model import Site

ODD = st.text("aZ09 _.,:/@+=?&~-'\"\\$`%#;{}\n\t!é", max_size=12)
LABEL = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}[a-z0-9]", fullmatch=True)
PATH = st.from_regex(r"(/[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,8}){1,4}", fullmatch=True)
CHANGES: dict[str, st.SearchStrategy[object]] = {
    "networking.domain": st.builds("{}.{}.example".format, LABEL, LABEL) | ODD,
    "networking.smtp.host": LABEL | st.just("fd00::25") | ODD,
    "networking.smtp.user": st.from_regex(r"[A-Za-z0-9_.+-][A-Za-z0-9_.@+-]{0,20}", fullmatch=True)
    | ODD,
    "networking.support_email": st.just("a.b+c-d@x.example") | ODD,
    "database.name": LABEL | st.just("a_b") | ODD,
    "database.user": LABEL | ODD,
    "storage.export": PATH | ODD,
    "storage.mount_options": st.just("nfsvers=4.2,hard,rsize=1048576,sec=krb5p") | ODD,
    "application.environment": st.dictionaries(
        st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True), ODD, max_size=3
    ),
    "application.port": st.integers(1, 65535),
    "cache.port": st.integers(1, 65535),
    "load_balancer.rate_limit": st.integers(-1, 100001),
    "load_balancer.stats_port": st.integers(1, 65535),
    "cache.max_memory": st.sampled_from(["256mb", "1GB", "999999999tb", "0mb"]) | ODD,
}


@st.composite
def sites(draw: st.DrawFn, always: dict[str, object] | None = None) -> Site | None:
    """Return the reference site with odd values, None where the model refuses them."""
    chosen = draw(st.sets(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=4))
    return parsed({**(always or {}), **{key: draw(CHANGES[key]) for key in sorted(chosen)}}).site


ENVIRONMENT = re.compile(r'[A-Z][A-Z0-9_]*="[^"\\$`%\n]*"')
MOUNT = re.compile(r"(\[.*\]|#.*||[A-Z][A-Za-z]*=[^%\\]*)")
EXPORT = re.compile(r"(#.*|/[\w.+/-]+ [\w.:-]+\([a-z_,]+\))")


@given(wanted=sites())
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_each_line_keeps_its_form(wanted: Site | None) -> None:
    """No value ends a line, a word or a quotation early."""
    if wanted is None:
        return
    files = placed_files(situation(wanted))
    for line in files["app1"]["/opt/minusnow/.env"].splitlines()[1:]:
        assert ENVIRONMENT.fullmatch(line), line
        assert shlex.split(line) == [line.replace('"', "")]
    for path, text in files["app1"].items():
        if path.endswith(".mount"):
            assert all(MOUNT.fullmatch(line) for line in text.splitlines()), text
    for line in files["st1"]["/etc/exports.d/minusnow.exports"].splitlines():
        assert EXPORT.fullmatch(line), line
    for text in (text for host in files.values() for text in host.values()):
        assert "\t" not in text or "hosts" in text
        assert "Undefined" not in text


@needs_root
@given(wanted=sites() | sites(NGINX))
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_the_balancers_accept_it(wanted: Site | None) -> None:
    """Judged by the programs themselves."""
    if wanted is None:
        return
    program(wanted.load_balancer.kind.value)
    files = [
        each
        for each in tasks(situation(wanted))["balancer@lb1"].resources
        if isinstance(each, File)
    ]
    config = files[-1]

    result = apart(f"{placed(files)}{config.check.replace('{}', config.path)}\n")

    assert result.returncode == 0, result.stderr
