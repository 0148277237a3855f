"""Load balancer: which one and how, with its configuration as it would be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.form_step import FormStep
from screens.provisional import provisional_site
from screens.rendered import balancer_text
from screens.widgets.field import Field, words
from wizard.errors import SetupError
from wizard.site.application import HEALTH_EVERY, HEALTH_PATH
from wizard.site.topology import Role

if TYPE_CHECKING:
    from screens.draft import Draft

_ASKS = f"{HEALTH_PATH} every {HEALTH_EVERY} seconds"
_DIFFERENCE = f"""\
HAProxy                        Nginx
asks {_ASKS:<26}notices a dead app server only
by itself                      when requests to it fail
without a cache users stick    without a cache users stick
to a server by a cookie        to a server by their address
statistics page on loopback    short status page on loopback
"""
_EXTERNAL = """\
Your balancer has to
· end TLS for the domain and send plain HTTP to the app servers' port
· ask GET /health of each app server and leave out those that do not answer 200
· keep a user on one app server while there is no cache
· set X-Forwarded-For and X-Forwarded-Proto
It is not touched; the preflight checks what it can from here."""


def _managed(draft: Draft) -> bool:
    return draft.value("load_balancer.kind") != "external"


class LoadBalancerStep(FormStep):
    """The form beside the file that comes of it."""

    HELP = (
        "What stands before the app servers. HAProxy asks each app server every few seconds"
        " whether it is well; Nginx in its free edition only notices when a request fails. Both"
        " share the virtual address between two hosts by keepalived.\n\n"
        "The rate limit is per client address: offices behind one address share it. HSTS for"
        " subdomains cannot be taken back for a year in browsers that saw it."
    )
    FIELDS: ClassVar[tuple[Field | str, ...]] = (
        Field(
            path="load_balancer.kind",
            label="Program",
            kind="choice",
            options=words("haproxy", "nginx", "external"),
            default="haproxy",
        ),
        Field(
            path="load_balancer.rate_limit",
            label="Requests/second",
            kind="number",
            default=100,
            when=_managed,
        ),
        Field(
            path="load_balancer.hsts_include_subdomains",
            label="HSTS",
            kind="choice",
            options=(("this domain", False), ("and subdomains", True)),
            default=False,
            when=_managed,
        ),
        Field(
            path="load_balancer.max_body_size",
            label="Largest request",
            default="30MB",
            when=_managed,
        ),
        Field(
            path="load_balancer.stats_port",
            label="Statistics port",
            kind="number",
            default=8404,
            when=_managed,
        ),
    )
    _file = ""
    _rendered_for = ""

    def aside(self) -> str:
        """What each program can do, then the file."""
        if not _managed(self.draft):
            return _EXTERNAL
        if self._rendered_for != self.draft.text:
            self._rendered_for = self.draft.text
            self.run_worker(self._render_file, thread=True, exclusive=True, group="rendering")
        return f"{_DIFFERENCE}\n{self._file}"

    def _render_file(self) -> None:
        draft = self.draft
        wanted, site = draft.text, provisional_site(draft)
        if draft.problem_at("load_balancer"):
            words_ = "The file is shown again once the answers are right."
        elif site is None or not site.hosts_with(Role.LOAD_BALANCER):
            words_ = "The file is shown once a balancer has an address under Topology."
        else:
            try:
                where, text = balancer_text(site, draft, self.setup.live)
                words_ = f"{where}\n\n{text}"
            except SetupError as error:
                words_ = str(error)
        self.app.call_from_thread(self._told, wanted, words_)

    def _told(self, wanted: str, text: str) -> None:
        if wanted == self._rendered_for and self.shown:
            self._file = text
            self.refresh_aside()
