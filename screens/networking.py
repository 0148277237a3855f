"""Networking: names and addresses, certificate, package sources, mail; and who talks to whom."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from screens.apart import begin
from screens.files_form import FilesForm
from screens.flow_matrix import flows_text
from screens.secrets import SecretsDesk
from screens.widgets.field import Field, words
from wizard.site.networking import Tls

if TYPE_CHECKING:
    from pathlib import Path

    from screens.draft import Draft
    from wizard.vault.certificates import CertificateCheck

_OWN_FIREWALL = (("auto", "auto"), ("ufw", "ufw"), ("firewalld", "firewalld"), ("none", "none"))


def _provided(draft: Draft) -> bool:
    return draft.value("networking.tls.mode") == "provided"


class NetworkingStep(FilesForm):
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
    FILES = tuple(f"networking.tls.{name}" for name in ("certificate", "key", "chain"))
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

    def needed(self, path: str) -> bool:
        """Whether the file is needed: a certificate is read for simulated hosts too."""
        del path
        return _provided(self.draft)

    def named(self, path: str) -> str:
        """The file that an answer names, while files are asked for."""
        return super().named(path) if _provided(self.draft) else ""

    def aside(self) -> str:
        """The certificate, then the flows."""
        self._look_at_certificate()
        return f"{self._certificate}{flows_text(self.draft)}"

    def _look_at_certificate(self) -> None:
        draft = self.draft
        tls = draft.value("networking.tls")
        domain = draft.value("networking.domain")
        wanted = (str(tls), domain, draft.base)
        if wanted == self._read_for:
            return
        self._read_for, self._certificate = wanted, ""
        named = isinstance(tls, dict) and tls.get("certificate") and tls.get("key")
        if named and _provided(draft) and not draft.problem_at("networking.tls"):
            self._certificate = "… reading the certificate\n\n"
            known = domain if draft.problem_at("networking.domain") is None else None
            files, base = Tls.model_validate(tls), draft.base
            reading = partial(self._read, files, str(known or ""), base, wanted)
            begin(self, "certificate", reading)

    async def _read(self, files: Tls, domain: str, base: Path, wanted: object) -> None:
        def read() -> str:
            from wizard.vault.certificates import check_files  # noqa: PLC0415 - start-up time

            return certificate_text(
                check_files(files, domain, base=base, now=datetime.now(UTC)), domain
            )

        words = await self.looks.do(read, still=lambda: wanted == self._read_for)
        if words is not None and wanted == self._read_for and self.shown:
            self._certificate = words
            self.refresh_aside()


def certificate_text(found: CertificateCheck, domain: str) -> str:
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
        if not domain:
            lines.append("· Whether it is made for the domain is seen once that is answered.")
    return "Certificate\n" + "\n".join(lines) + "\n\n"
