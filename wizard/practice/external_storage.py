"""The external file server: what a storage team hands over, made without the installer."""

from wizard.practice.fleet import GATEWAY

PACKAGE = "nfs-kernel-server"
EXPORT = "/exports/minusnow"
DIRECTORIES = ("uploads", "data", "audit-logs", "support-tickets", "artifacts")
OWNER = 2500
"""Every client is mapped to this user, as a share that hides its own accounts does."""

OPTIONS = f"rw,sync,no_subtree_check,all_squash,anonuid={OWNER},anongid={OWNER}"

SET_UP = f"""
for name in {" ".join(DIRECTORIES)}; do
    install -d -o {OWNER} -g {OWNER} -m 0770 "{EXPORT}/$name"
done
echo '{EXPORT} {GATEWAY.network}({OPTIONS})' >/etc/exports
systemctl --quiet enable nfs-server
"""
"""Run in the image, once the package is installed there."""
