"""One thing a firewall lets in."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

# How long, in seconds, a changed firewall stays without being confirmed over a new session.
ROLLBACK_SECONDS = 90
ROLLBACK_UNIT = "minusnow-setup-firewall-rollback"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Rule:
    """Connections from one source (an address or network; "" is anywhere) to one port."""

    protocol: str  # tcp, or vrrp without a port
    port: int
    source: str
    purpose: str

    @property
    def network(self) -> str:
        """The source as firewalls store it: single addresses without a prefix length."""
        if not self.source:
            return ""
        network = ipaddress.ip_network(self.source, strict=False)
        single = network.prefixlen == network.max_prefixlen
        return str(network.network_address) if single else str(network)

    @property
    def ipv6(self) -> bool:
        """Tell whether the source is an IPv6 one."""
        return ":" in self.source

    def __str__(self) -> str:
        port = f" port {self.port}" if self.port else ""
        return f"{self.protocol}{port} from {self.network or 'anywhere'} ({self.purpose})"


def arm(undo: str) -> str:
    """Return shell that undoes a firewall change unless `disarm` runs in time."""
    return (
        f"systemctl stop {ROLLBACK_UNIT}.timer 2>/dev/null || true\n"
        f"systemd-run --quiet --collect --on-active={ROLLBACK_SECONDS} --unit={ROLLBACK_UNIT}"
        f" {undo}"
    )
