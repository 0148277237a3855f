"""What the vendor's guide says about third-party products: editions, checklist, portals; data."""

from __future__ import annotations

# By component of the licence record: what is free, and what has to be bought.
COMPONENTS = (
    ("database", "Database", "PostgreSQL", "EnterpriseDB, AWS RDS PostgreSQL"),
    ("cache", "Cache", "Redis OSS", "Redis Enterprise (clustering, HA)"),
    ("directory", "Directory", "OpenLDAP", "Microsoft Active Directory"),
    ("smtp", "Mail", "Postfix, hMailServer", "Exchange, Office 365, SendGrid"),
    ("monitoring", "Monitoring", "Prometheus, Grafana OSS", "Datadog, New Relic, Grafana Ent."),
    ("backup", "Backup", "pg_dump, rsync", "Veeam, Commvault, AWS Backup"),
    ("load_balancer", "Load balancer", "HAProxy, Nginx OSS", "F5, AWS ALB/NLB, Azure LB"),
    ("certificates", "Certificates", "Let's Encrypt", "DigiCert, GlobalSign, Sectigo"),
)

CHECKLIST = (
    ("database", "Database licence"),
    ("operating_system", "Operating system"),
    ("certificates", "TLS certificate"),
    ("smtp", "SMTP service"),
    ("load_balancer", "Load balancer"),
    ("monitoring", "Monitoring tools"),
    ("backup", "Backup software"),
    ("directory", "Active Directory"),
)

PORTALS = (
    ("Microsoft", "microsoft.com/licensing"),
    ("Red Hat", "redhat.com/en/store"),
    ("EnterpriseDB", "enterprisedb.com/pricing"),
    ("Redis Labs", "redis.com/pricing"),
    ("VMware", "vmware.com/products"),
)
