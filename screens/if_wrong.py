"""What happens if an answer is wrong, for the help on each field; data."""

from __future__ import annotations

import re

_HOST = "topology.hosts[]"
_PORT = "If another program holds it, preflight says so before anything is changed."
IF_WRONG = {
    "site": "The keyring and the state file go by this name: under another one they are not found.",
    "purpose": "A rehearsal takes machines that are too small; production runs out of room.",
    "topology.mode": "active-passive leaves the second app server idle; nothing is lost by either.",
    f"{_HOST}.name": "The host is called so in every file, log and report; a name may stand once.",
    f"{_HOST}.address": "Another machine is installed: r probes it and shows which one it is.",
    f"{_HOST}.roles": "The wrong programs are installed; a layout that breaks a rule is refused.",
    f"{_HOST}.interface": "The virtual address cannot be taken over; preflight looks for it.",
    "ssh.user": "Nobody can log in, or sudo refuses: F5 under Access tells which.",
    "ssh.port": "Connections are refused, or another service answers; F5 under Access tells.",
    "ssh.key_file": "The login is refused: another key is not tried by chance.",
    "ssh.sudo": "Commands that need root stop at sudo's question; F5 under Access tells.",
    "ssh.known_hosts": "Hosts that are known elsewhere look unknown: each key is asked about.",
    "ssh.jump": "No host can be reached; F5 under Access tells how far it got.",
    "networking.domain": "Users get a certificate warning, or nothing at all: DNS has to lead this"
    " name to the virtual address, and the certificate has to be made for it.",
    "networking.virtual_ip": "If someone else uses it, users see their machine. It must be free and"
    " in the balancers' network; preflight asks whether it answers.",
    "networking.private_network": "Too narrow: the hosts shut each other out. Too wide: more"
    " machines than needed may talk to the app servers.",
    "networking.firewall": "With none, every port of the hosts stays as open as it is now.",
    "networking.tls.mode": "Self-signed: every browser warns. Right for a rehearsal only.",
    "networking.tls.certificate": "A certificate for another name, or one that has ended, is"
    " refused here; nothing is installed with it.",
    "networking.tls.key": "A key of another certificate is refused here; users never see it.",
    "networking.tls.chain": "Without the intermediates some browsers and most programs refuse.",
    "networking.smtp.host": "The site runs, but sends no mail; preflight looks the name up.",
    "networking.smtp.port": "The site runs, but sends no mail.",
    "networking.smtp.user": "The relay refuses MinusNow's mail; its password is smtp_password.",
    "networking.smtp.tls": "Nothing breaks: it stands in the review and in the report.",
    "networking.support_email": "Users write to an address that nobody reads.",
    "networking.packages.mirror": "Packages cannot be installed; preflight asks for each of them.",
    "networking.dns": "If DNS does not know the hosts, preflight says which name is missing.",
    "networking.admin_networks": "Who is not in one of them cannot log in over SSH any more; the"
    " address you install from is always let in.",
    "networking.monitoring_hosts": "The firewall shuts the monitoring out.",
    "networking.vrrp_id": "Two groups of one number fight for each other's address.",
    "database.name": "Later it can only be changed by moving the data.",
    "database.user": "The role owns the data; a role that exists for something else is refused.",
    "database.primary": "Another machine takes the writes; change it before the installation.",
    "database.version": "A version that the package sources lack is found by preflight; one that is"
    " out of support gets no fixes.",
    "database.replication": "async may lose the last moment with the primary; sync hangs every"
    " commit while its only standby is down.",
    "database.max_connections": "Too few: users wait or get errors. Too many: memory runs out.",
    "database.port": _PORT,
    "database.max_slot_wal_keep_size": "Too small: a standby that was away is built anew. Larger"
    " than the disk: the primary stops when it is full.",
    "database.tls": "Without it passwords are still protected, but data crosses the net in clear.",
    "load_balancer.kind": "Both do the same for users; Nginx notices a dead app server later.",
    "load_balancer.rate_limit": "Too low: an office behind one address is shut out with 429. Too"
    " high: one client can slow down all others.",
    "load_balancer.hsts_include_subdomains": "A subdomain that has no HTTPS cannot be opened for a"
    " year by browsers that saw it.",
    "load_balancer.max_body_size": "Larger attachments are refused with 413.",
    "load_balancer.stats_port": _PORT,
    "storage.kind": "Without a host of the role storage the layout is refused.",
    "storage.export": "Files of another directory would be shared; one that holds data is kept.",
    "storage.mount_options": "With soft a slow file server corrupts attachments; it is refused.",
    "storage.external.server": "The share cannot be mounted; the app servers do not start.",
    "storage.external.path": "The share cannot be mounted; the app servers do not start.",
    "storage.external.options": "With soft a slow file server corrupts attachments; it is refused.",
    "cache.kind": "With none, losing an app server logs its users out.",
    "cache.max_memory": "Too little: sessions are dropped early. Too much: the host swaps.",
    "cache.policy": "noeviction: when it is full, nobody can log in any more.",
    "cache.port": _PORT,
    "cache.external.host": "Nobody can log in, and the proof at the end fails.",
    "cache.external.port": "Nobody can log in, and the proof at the end fails.",
    "cache.external.tls": "Nobody can log in: both sides have to agree.",
    "application.release": "It is read here: what is no release of MinusNow is refused.",
    "application.release_sha256": "A file that differs is refused: it was damaged or exchanged.",
    "application.node": "A version that is out of support gets no fixes; the release may need one.",
    "application.node_source.kind": "Hosts without package sources need the tarball.",
    "application.node_source.path": "It is read here: a tarball of another version is refused.",
    "application.node_source.sha256": "A file that differs is refused.",
    "application.port": _PORT,
    "application.uid": "A number that another account of a host has is refused when the plan is"
    " made; the shared files belong to this number on every host.",
    "application.gid": "As with the user number.",
    "application.environment": "The application may not start. A name that the installer sets"
    " itself is refused; a password does not belong here.",
    "licensing.components[].edition": "The record is wrong at the next audit; nothing breaks.",
    "licensing.components[].licensed": "A bought product's renewal would not be pointed out.",
    "licensing.components[].vendor": "Nobody knows whom to call.",
    "licensing.components[].reference": "The contract is not found. Never a key: F5 keeps those.",
    "licensing.components[].renewal": "The licence ends without a warning.",
    "licensing.components[].portal": "Whoever renews it does not find where.",
    "licensing.components[].owner": "Nobody feels responsible when it ends.",
    "licensing.checklist[].state": "Something is called settled that is not, or the reverse.",
    "licensing.checklist[].owner": "What is open stays open: nobody sees to it.",
    "licensing.accepted_by": "The record does not tell who took responsibility.",
    "licensing.accepted_on": "The record does not tell when.",
}


def if_wrong(path: str) -> str:
    """Return what happens if the answer at a path of the site file is wrong, in a sentence."""
    path = re.sub(r"\[\d+\]", "[]", path)
    path = re.sub(r"^(licensing\.(?:components|checklist))\.\w+", r"\1[]", path)
    # MinusNow's own licence is wrong in the same way as that of another product.
    path = path.replace("licensing.minusnow.", "licensing.components[].")
    own = IF_WRONG.get(path, "")
    # A login of one host is wrong in the same way as that of all.
    return own or IF_WRONG.get(path.removeprefix(f"{_HOST}."), "")
