"""Networking: names and addresses, certificate, package sources, mail; and who talks to whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from screens.secrets import SecretsDesk
from screens.step import FormStep
from screens.widgets.field import Field, words
from wizard.site.flows import flows

if TYPE_CHECKING:
    from screens.draft import Draft
    from wizard.site.model import Site
    from wizard.vault.certificates import CertificateCheck

_OWN_FIREWALL = (("auto", "auto"), ("ufw", "ufw"), ("firewalld", "firewalld"), ("none", "none"))


def _provided(draft: Draft) -> bool:
    return draft.value("networking.tls.mode") == "provided"


class NetworkingStep(FormStep):
    """The network's part of the site, and the flows that the firewalls will allow."""

    HELP = (
        "The domain is what users type; DNS must lead it to the virtual address, which the two"
        " balancers share: an address of their network that nobody uses. The private network is"
        " the one that all hosts are in; nothing else may talk to the app servers.\n\n"
        "With a certificate of your own, name its PEM files: they are read at once and checked for"
        " the domain, expiry, chain and key. Self-signed is for rehearsals: browsers warn.\n\n"
        "Package sources: leave them empty if the hosts can reach the distribution's mirrors."
    )
    ASIDE_TITLE = "What follows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "secrets", "Passwords", key_display="F5", tooltip="In the keyring, by name"),
    ]
    FIELDS: ClassVar[tuple[Field | str, ...]] = (
        Field(path="networking.domain", label="Domain", example="itsm.example.com", required=True),
        Field(path="networking.virtual_ip", label="Virtual address", example="10.0.0.100/24"),
        Field(
            path="networking.private_network",
            label="Private network",
            example="10.0.0.0/16",
            required=True,
        ),
        Field(
            path="networking.firewall",
            label="Firewall",
            kind="choice",
            options=_OWN_FIREWALL,
            default="auto",
        ),
        Field(
            path="networking.tls.mode",
            label="Certificate",
            kind="choice",
            options=words("self-signed", "provided"),
            default="self-signed",
        ),
        Field(
            path="networking.tls.certificate",
            label="  PEM file",
            example="./itsm.example.com.pem",
            when=_provided,
        ),
        Field(
            path="networking.tls.key",
            label="  Key file",
            example="./itsm.example.com.key",
            when=_provided,
        ),
        Field(
            path="networking.tls.chain",
            label="  Chain file",
            example="./intermediates.pem",
            when=_provided,
        ),
        Field(
            path="networking.smtp.host",
            label="Mail relay",
            example="smtp.example.com",
            required=True,
        ),
        Field(path="networking.smtp.port", label="  Port", kind="number", default=587),
        Field(path="networking.smtp.user", label="  Login", example="noreply@example.com"),
        Field(
            path="networking.smtp.tls",
            label="  Protection",
            kind="choice",
            options=words("starttls", "tls", "none"),
            default="starttls",
        ),
        Field(
            path="networking.support_email",
            label="Support address",
            example="support@example.com",
            required=True,
        ),
        Field(
            path="networking.packages.mirror",
            label="Package sources",
            kind="list",
            example="http://mirror.example.com/debian",
        ),
        Field(
            path="networking.dns",
            label="Hosts' names",
            kind="choice",
            options=(("written to /etc/hosts", False), ("in DNS", True)),
            default=False,
        ),
        Field(
            path="networking.admin_networks",
            label="SSH also from",
            kind="list",
            example="10.9.0.0/24",
        ),
        Field(
            path="networking.monitoring_hosts",
            label="Monitoring hosts",
            kind="list",
            example="10.9.0.20",
        ),
        Field(path="networking.vrrp_id", label="VRRP number", kind="number", default=51),
    )
    _certificate = ""
    _read_for: object = None

    def action_secrets(self) -> None:
        """List the passwords and keys by name."""
        SecretsDesk(self.setup).start()

    def aside(self) -> str:
        """The certificate, then the flows."""
        self._look_at_certificate()
        site = self.draft.site
        matrix = flow_matrix(site) if site else "The flows are shown once every answer is there."
        return f"{self._certificate}{matrix}"

    def _look_at_certificate(self) -> None:
        tls = {
            key: self.draft.value(f"networking.tls.{key}")
            for key in ("mode", "certificate", "key", "chain")
        }
        wanted = (tuple(tls.values()), self.draft.value("networking.domain"))
        if wanted == self._read_for:
            return
        self._read_for, self._certificate = wanted, ""
        if tls["mode"] == "provided" and tls["certificate"] and tls["key"]:
            self._certificate = "… reading the certificate\n\n"
            self.run_worker(self._read, thread=True, exclusive=True, group="certificate")

    def _read(self) -> None:
        from screens.provisional import provisional_site  # noqa: PLC0415 - as below
        from wizard.vault.certificates import check_files  # noqa: PLC0415 - start-up time

        draft, wanted = self.draft, self._read_for
        site = provisional_site(draft)
        if site is None or self.draft.problem_at("networking.tls"):
            words = ""
        else:
            networking = site.networking
            found = check_files(
                networking.tls, networking.domain, base=draft.base, now=datetime.now(UTC)
            )
            words = certificate_text(found)
        self.app.call_from_thread(self._told, wanted, words)

    def _told(self, wanted: object, words: str) -> None:
        if wanted == self._read_for and self.shown:
            self._certificate = words
            self.refresh_aside()


def certificate_text(found: CertificateCheck) -> str:
    """A certificate in a few lines: what it says, what is wrong with it."""
    lines = [f"✗ {problem}" for problem in found.problems]
    lines += [f"! {warning}" for warning in found.warnings]
    if found.summary:
        one = found.summary
        lines += [
            f"{'✓' if not found.problems else '·'} {one.subject}",
            f"  names    {', '.join(one.names) or '(none)'}",
            f"  valid    {one.not_before:%Y-%m-%d} to {one.not_after:%Y-%m-%d}",
            f"  issuer   {one.issuer}",
            f"  key      {one.key}",
        ]
    return "Certificate\n" + "\n".join(lines) + "\n\n"


def flow_matrix(site: Site) -> str:
    """Every connection the firewalls will allow, grouped: where from, where to, port, why."""
    grouped: dict[tuple[str, str, str], tuple[list[str], list[str]]] = {}
    for flow in flows(site):
        port = f"{flow.port}/{flow.protocol}" if flow.port else flow.protocol
        sources, targets = grouped.setdefault((flow.purpose, port, ""), ([], []))
        source = (
            flow.source
            if not flow.source_address or "(" not in flow.source
            else (f"{flow.source} {flow.source_address}")
        )
        target = flow.target if "(" not in flow.target else flow.target_address
        for names, name in ((sources, source), (targets, target)):
            if name not in names:
                names.append(name)
    lines = ["The firewalls will allow, and nothing else:", ""]
    for (purpose, port, _), (sources, targets) in grouped.items():
        lines.append(f"{port:>10}  {purpose}")
        lines.append(f"            {', '.join(sources)} → {', '.join(targets)}")
    return "\n".join(lines)
