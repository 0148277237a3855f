"""A site for the tests of the vault, with parts that can be put in the place of others."""

from __future__ import annotations

from typing import Any

from wizard.site.model import Site

PASSPHRASE = "correct horse battery staple"


def document(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a YAML document
    """Return the site as a file holds it; each change replaces one key of one section."""
    data: dict[str, Any] = {
        "schema": 1,
        "site": "vault-test",
        "purpose": "rehearsal",
        "topology": {
            "mode": "active-active",
            "hosts": [
                {"name": name, "address": f"10.0.0.{number}", "roles": [role]}
                for number, (name, role) in enumerate(
                    [
                        ("lb1", "load_balancer"),
                        ("lb2", "load_balancer"),
                        ("app1", "app"),
                        ("app2", "app"),
                        ("db1", "database"),
                        ("db2", "database"),
                        ("st1", "storage"),
                        ("cache1", "cache"),
                    ],
                    10,
                )
            ],
        },
        "ssh": {"user": "ops"},
        "networking": {
            "domain": "itsm.example.com",
            "virtual_ip": "10.0.0.100/16",
            "private_network": "10.0.0.0/16",
            "tls": {"mode": "self-signed"},
            "smtp": {"host": "smtp.example.com", "user": "noreply@example.com"},
            "support_email": "support@example.com",
        },
        "database": {"primary": "db1"},
        "application": {"release": "./minusnow.tar.gz"},
    }
    for place, value in changes.items():
        section, key = place.split("__")
        data.setdefault(section, {})[key] = value
    return data


def site(**changes: Any) -> Site:  # noqa: ANN401 - as above
    """Return the site; `site(networking__dns=True)` changes one key."""
    return Site.model_validate(document(**changes))
